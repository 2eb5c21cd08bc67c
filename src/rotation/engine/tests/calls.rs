//! What holds over several calls, each with a memory of its own.

use super::sim::{At, Lags, Sim};
use super::{LAGS, PollReady, job};
use crate::rotation::engine::*;
use crate::rotation::journal::{Journal, MemoryJournal};
use crate::rotation::traits::{Doing, Listed};

/// An issuer that knows who is logged in, and forgets it a moment later.
struct Forgetful<'a>(&'a Sim);

impl Issuer for Forgetful<'_> {
    fn name(&self) -> String {
        Issuer::name(self.0)
    }

    fn room(&self) -> Option<usize> {
        self.0.room()
    }

    fn sees_only_now(&self) -> bool {
        true
    }

    fn list(&self) -> Doing<'_, Vec<Listed>> {
        Box::pin(async {
            let mut keys = self.0.list().await?;
            let now = self.0.now();
            keys.iter_mut().for_each(|key| key.last_used = key.last_used.filter(|at| now - at <= 2));
            Ok(keys)
        })
    }

    fn create<'a>(&'a self, token: &'a str) -> Doing<'a, Key> {
        self.0.create(token)
    }

    fn disable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        self.0.disable(id)
    }

    fn enable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        self.0.enable(id)
    }

    fn delete<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        self.0.delete(id)
    }
}

/// The old one is quiet when nobody used it for the whole period, also if only a call that is over saw the last use.
#[test]
fn a_use_that_one_call_saw_counts_for_the_next() {
    let mut longest = 0;
    // It depends on when the consumer looks again.
    for offset in 0..20 {
        let entries = in_calls(offset);
        let last = |wanted: fn(&Event) -> bool| {
            entries.iter().rev().find(|entry| wanted(&entry.event)).map(|entry| entry.at)
        };
        let switched = last(|event| matches!(event, Event::Quiet { .. })).expect("it was switched");
        let disabled = last(|event| matches!(event, Event::Will { doing: Effect::Disable { .. }, .. }));
        let uses: Vec<_> = entries.iter().filter_map(|entry| used(&entry.event)).collect();
        let Some(used) = uses.iter().max() else { continue };
        assert!(disabled.expect("it was disabled") >= used + 60);
        longest = longest.max(used - switched);
        assert!(uses.len() < 8, "{uses:?}");
    }
    assert!(longest > 10, "{longest}");
}

fn used(event: &Event) -> Option<Moment> {
    match event {
        Event::Used { last_used } => Some(*last_used),
        _ => None,
    }
}

/// An exchange of which no call waits.
fn in_calls(offset: Moment) -> Vec<Entry> {
    let sim = Sim::new(&[true], Lags::default(), 2, []);
    sim.sleep(sim.now() + offset).poll_ready();
    let at = At(&sim, 0);
    let issuer = Forgetful(&sim);
    let world = || World { issuer: &issuer, sinks: vec![&at], check: &sim, clock: &sim };
    let mut journal = MemoryJournal::default();
    drop(Engine::start(world(), &mut journal, "run", job(1), Waiting::UpTo(0)).expect("begins"));
    loop {
        let mut engine = Engine::resume(world(), &mut journal, "run", Waiting::UpTo(0)).expect("resumes");
        match engine.run().poll_ready().expect("ready").expect("works") {
            End::Waiting { .. } => sim.sleep(sim.now() + 5).poll_ready(),
            End::Finished(Outcome::Rotated { .. }) => break,
            other => panic!("{other:?}"),
        };
    }
    assert!(sim.lock().wrong.is_empty(), "{:?}", sim.lock().wrong);
    journal.entries("run").expect("there")
}

/// A fresh key is not believed for a while. Who ends the call then would have to make another one, again and again.
#[test]
fn a_call_that_may_not_wait_does_not_throw_away_what_it_made() {
    let sim = Sim::new(&[false], LAGS, 2, []);
    let at = At(&sim, 0);
    let world = World { issuer: &sim, sinks: vec![&at], check: &sim, clock: &sim };
    let mut journal = MemoryJournal::default();
    let mut engine = Engine::start(world, &mut journal, "run", job(1), Waiting::UpTo(0)).expect("begins");
    let end = engine.run().poll_ready().expect("ready").expect("works");
    assert!(matches!(end, End::Waiting { .. }), "{end:?}");
    assert_eq!(engine.state().stage(), "quiet period");
    assert_eq!(sim.lock().keys.len(), 2);
}
