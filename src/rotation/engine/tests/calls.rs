//! What holds over several calls, each with a memory of its own.

use super::sim::{At, Fault, Lags, Sim};
use super::{LAGS, PollReady, job};
use crate::rotation::engine::*;
use crate::rotation::journal::{Journal, MemoryJournal};
use crate::rotation::traits::{Clock, Doing, Issuer, Listed, Sink};

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

/// Two runs that make keys of one issuer at the same time, where nothing shows when those are used.
#[test]
fn what_another_run_made_is_not_taken_for_ones_own() {
    let mut discarded = 0;
    for lost in 0..20 {
        let faults = (0..=lost).map(|at| if at == lost { Fault::LostAnswer } else { Fault::None });
        let sim = Sim::new(&[false, false], Lags { list: 2, ..Lags::default() }, 10, faults);
        sim.lock().blind = true;
        let at = [At(&sim, 0), At(&sim, 1)];
        let world = |place: usize| {
            let sink: &dyn Sink = &at[place];
            World { issuer: &sim, sinks: vec![sink], check: &sim, clock: &sim }
        };
        let job = |place: usize| Job {
            credential: format!("key of {place}"),
            sinks: vec![format!("place {place}")],
            unseen: true,
            ..job(1)
        };
        let mut journal = MemoryJournal::default();
        let begun = |journal: &mut MemoryJournal, place: usize| {
            let run = place.to_string();
            let mut engine =
                Engine::start(world(place), journal, &run, job(place), Waiting::UpTo(0)).expect("begins");
            engine.run().poll_ready().expect("ready").expect("works");
            engine.state().new.clone()
        };
        begun(&mut journal, 0);
        let theirs = begun(&mut journal, 1).expect("it was made");
        for later in [3, 3, 10, 10] {
            sim.sleep(sim.now() + later).poll_ready();
            let mut engine = Engine::resume(world(0), &mut journal, "0", Waiting::UpTo(0)).expect("resumes");
            engine.run().poll_ready().expect("ready").expect("works");
        }
        let inner = sim.lock();
        assert!(!inner.keys[&theirs].deleted, "{lost}: {:?}", inner.keys);
        discarded += inner.keys.values().filter(|made| made.deleted).count();
    }
    assert!(discarded > 0);
}

/// What the new one was written over in one place is still in another.
#[test]
fn a_place_that_kept_nothing_gets_the_old_one_from_another() {
    let sim = Sim::new(&[false, true, false], LAGS, 2, []);
    let at = [0, 1, 2].map(|place| At(&sim, place));
    let sinks = || at.iter().map(|at| at as &dyn Sink).collect();
    let world = || World { issuer: &sim, sinks: sinks(), check: &sim, clock: &sim };
    let mut journal = MemoryJournal::default();
    let mut engine = Engine::start(world(), &mut journal, "run", job(3), Waiting::UpTo(20)).expect("begins");
    let end = engine.run().poll_ready().expect("ready").expect("works");
    assert!(matches!(end, End::Waiting { .. }), "{end:?}");
    sim.lock().places[..2].iter_mut().for_each(super::sim::Place::forget);
    engine.turn_back("somebody asked").expect("written");
    drop(engine);
    let mut engine = Engine::resume(world(), &mut journal, "run", Waiting::Forever).expect("resumes");
    let end = engine.run().poll_ready().expect("ready").expect("works");
    assert!(matches!(end, End::Finished(Outcome::RolledBack { .. })), "{end:?}");
    let inner = sim.lock();
    assert!(inner.wrong.is_empty(), "{:?}", inner.wrong);
    assert!(inner.places.iter().all(|place| place.current == Some(KeyId("old".into()))));
}

/// As long as the value of the old one is nowhere, it is neither disabled nor deleted.
#[test]
fn what_could_not_be_brought_back_is_not_disabled() {
    let sim = Sim::new(&[false], LAGS, 2, []);
    let at = At(&sim, 0);
    let world = || World { issuer: &sim, sinks: vec![&at], check: &sim, clock: &sim };
    let mut journal = MemoryJournal::default();
    let mut engine = Engine::start(world(), &mut journal, "run", job(1), Waiting::UpTo(20)).expect("begins");
    engine.run().poll_ready().expect("ready").expect("works");
    drop(engine);
    sim.lock().places[0].forget();
    let mut engine = Engine::resume(world(), &mut journal, "run", Waiting::Forever).expect("resumes");
    let end = engine.run().poll_ready().expect("ready").expect("works");
    assert!(matches!(&end, End::Stuck { why } if why.contains("no sink has the value of old")), "{end:?}");
    assert!(engine.state().enabled && sim.lock().keys.values().all(|made| made.active));
}
