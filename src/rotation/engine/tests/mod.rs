mod calls;
mod sights;
mod sim;

use super::*;
use crate::rotation::journal::{MemoryJournal, verify};
use crate::rotation::traits::{Clock, Held, Listed, Sink};
use proptest::prelude::*;
use sim::{At, Fault, Lags, Sim};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn job(places: usize) -> Job {
    Job {
        credential: "key of exporter".into(),
        issuer: "issuer".into(),
        sinks: (0..places).map(|at| format!("place {at}")).collect(),
        old: KeyId("old".into()),
        quiet: 60,
        keep_disabled: 30,
        settle: 15,
        patience: 120,
        backoff: 1,
        unseen: false,
        by: String::new(),
    }
}

/// What came of a run, however often it was killed on the way.
struct Ran {
    end: End,
    journal: MemoryJournal,
    crashes: usize,
}

/// Runs it to its end. A process that is killed is one that is not polled again: its memory is gone, the journal and
/// the world are not.
fn run(sim: &Sim, places: usize, back_after: Option<usize>) -> Ran {
    let at: Vec<_> = (0..places).map(|number| At(sim, number)).collect();
    let world = || World {
        issuer: sim,
        sinks: at.iter().map(|at| at as &dyn Sink).collect(),
        check: sim,
        clock: sim,
    };
    let mut journal = MemoryJournal::default();
    let (mut crashes, mut stuck) = (0, 0);
    let job = Job { unseen: sim.lock().blind, ..job(places) };
    let started = Engine::start(world(), &mut journal, "run", job, Waiting::Forever);
    drop(started.expect("begins"));
    loop {
        let mut engine = Engine::resume(world(), &mut journal, "run", Waiting::Forever).expect("resumes");
        if sim.lock().stubborn {
            engine.have_reloaded(vec![sim]);
        }
        if back_after.is_some_and(|count| crashes >= count) {
            engine.turn_back("somebody asked").expect("written");
        }
        let done = {
            let run = pin!(engine.run());
            run.poll_ready()
        };
        drop(engine);
        match done {
            // Somebody has a look, and runs it again later. What goes on being wrong when nothing is, is a mistake.
            Some(Ok(End::Stuck { .. })) if stuck < 5 || !sim.lock().faults.is_empty() => {
                stuck += 1;
                sim.sleep(sim.now() + 120).poll_ready();
            }
            Some(end) => return Ran { end: end.expect("the journal works"), journal, crashes },
            None => crashes += 1,
        }
        assert!(crashes < 1_000, "it never ends");
    }
}

trait PollReady: Future {
    /// Polls once. What is not ready in a world without real waiting never will be.
    fn poll_ready(self) -> Option<Self::Output>
    where
        Self: Sized,
    {
        match pin!(self).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }
}

impl<T: Future> PollReady for T {}

/// What has to hold however it went.
fn judge(sim: &Sim, ran: &Ran) -> Result<(), String> {
    let inner = sim.lock();
    if let Some(wrong) = inner.wrong.first() {
        return Err(wrong.clone());
    }
    let left: Vec<_> = inner.keys.iter().filter(|(_, made)| !made.deleted).collect();
    let survivor = match &ran.end {
        End::Finished(Outcome::Rotated { key }) => key.clone(),
        End::Finished(Outcome::RolledBack { .. }) => KeyId("old".into()),
        other => return Err(format!("it ended with {other:?}")),
    };
    if left.len() != 1 || *left[0].0 != survivor || !left[0].1.active {
        return Err(format!("{survivor:?} should be left, and there is {left:?}"));
    }
    for place in &inner.places {
        if place.current.as_ref() != Some(&survivor) || place.pending.is_some() {
            return Err(format!("a place holds {:?} and {:?}", place.current, place.pending));
        }
    }
    let links = ran.journal.links().map_err(|error| error.to_string())?;
    verify(&links, None).map_err(|error| error.to_string())?;
    match links.iter().any(|link| link.body.contains("secret-of")) {
        true => Err("there is a secret in the journal".to_owned()),
        false => Ok(()),
    }
}

const LAGS: Lags = Lags { list: 4, login: 5, used: 6, far: 0 };
const SHAPES: [&[bool]; 5] =
    [&[true], &[false], &[true, false], &[false, true, true], &[true, true, false, true]];

/// Calls of a run in which nothing goes wrong.
fn calls(shape: &[bool]) -> usize {
    let sim = Sim::new(shape, LAGS, 2, []);
    let ran = run(&sim, shape.len(), None);
    judge(&sim, &ran).expect("right");
    sim.lock().calls
}

fn faults_at(places: &[(usize, Fault)]) -> Vec<Fault> {
    let length = places.iter().map(|(at, _)| at + 1).max().unwrap_or(0);
    let mut faults = vec![Fault::None; length];
    places.iter().for_each(|(at, fault)| faults[*at] = *fault);
    faults
}

fn check(shape: &[bool], room: usize, faults: Vec<Fault>) -> Ran {
    let told =
        faults.iter().enumerate().filter(|(_, fault)| **fault != Fault::None).map(|it| format!("{it:?}"));
    let told: Vec<_> = told.collect();
    let sim = Sim::new(shape, LAGS, room, faults);
    let ran = run(&sim, shape.len(), None);
    if let Err(why) = judge(&sim, &ran) {
        let journal = ran.journal.links().expect("there").into_iter().map(|link| link.body);
        panic!("{shape:?} room {room} {told:?}: {why}\n{}", journal.collect::<Vec<_>>().join("\n"));
    }
    ran
}

#[test]
fn nothing_goes_wrong_and_it_is_rotated() {
    for shape in SHAPES {
        let ran = check(shape, 2, Vec::new());
        assert!(matches!(ran.end, End::Finished(Outcome::Rotated { .. })), "{:?}", ran.end);
    }
}

#[test]
fn killed_before_and_after_every_call() {
    let mut kills = 0;
    for shape in SHAPES {
        for at in 0..calls(shape) {
            for fault in [Fault::CrashBefore, Fault::CrashAfter] {
                kills += check(shape, 2, faults_at(&[(at, fault)])).crashes;
            }
        }
    }
    assert!(kills >= 500, "{kills}");
}

/// Who switches at once finds servers that do not know the new one yet.
#[test]
fn servers_that_learn_late_refuse_nobody() {
    let far = Lags { login: 0, far: 13, ..LAGS };
    for shape in SHAPES {
        let hasty = Sim::new(shape, Lags { far: 400, ..far }, 2, []);
        (hasty.lock().spreads, hasty.lock().stubborn) = (false, true);
        let ran = run(&hasty, shape.len(), None);
        assert!(judge(&hasty, &ran).expect_err("too early").contains("was refused with new"));
        for at in 0..calls(shape) {
            let sim = Sim::new(shape, far, 2, faults_at(&[(at, Fault::CrashAfter)]));
            sim.lock().stubborn = at % 2 == 0;
            let ran = run(&sim, shape.len(), None);
            judge(&sim, &ran).expect("right");
        }
    }
}

#[test]
fn killed_twice() {
    let shape: &[bool] = &[true, false];
    let count = calls(shape);
    for first in 0..count {
        for second in first + 1..count {
            let faults = faults_at(&[(first, Fault::CrashAfter), (second, Fault::CrashAfter)]);
            check(shape, 2, faults);
        }
    }
}

#[test]
fn every_single_fault_is_survived() {
    for shape in SHAPES {
        for at in 0..calls(shape) {
            let all = [Fault::LostAnswer, Fault::Unreached, Fault::Throttled, Fault::Twice];
            for fault in all {
                for room in [2, 10] {
                    check(shape, room, faults_at(&[(at, fault)]));
                }
            }
        }
    }
}

#[test]
fn a_lost_answer_and_then_a_crash() {
    let shape: &[bool] = &[false, true];
    let count = calls(shape);
    for first in 0..count {
        for second in first + 1..(first + 12).min(count) {
            for fault in [Fault::LostAnswer, Fault::Twice] {
                check(shape, 10, faults_at(&[(first, fault), (second, Fault::CrashAfter)]));
            }
        }
    }
}

#[test]
fn a_place_that_refuses_sends_everything_back() {
    let shape: &[bool] = &[true, true, false];
    let mut back = 0;
    for at in 0..calls(shape) {
        let sim = Sim::new(shape, LAGS, 2, faults_at(&[(at, Fault::Refused)]));
        let ran = run(&sim, shape.len(), None);
        // Looking is tried again, whatever was said; what can no longer turn back stops and waits for somebody.
        if matches!(ran.end, End::Stuck { .. }) {
            assert!(sim.lock().wrong.is_empty());
            continue;
        }
        judge(&sim, &ran).unwrap_or_else(|why| panic!("{at}: {why}"));
        back += usize::from(matches!(ran.end, End::Finished(Outcome::RolledBack { .. })));
    }
    assert!(back >= 5, "{back}");
}

#[test]
fn one_that_is_asked_to_go_back_goes_back_wherever_it_is() {
    let shape: &[bool] = &[true, false];
    let (mut back, mut too_late) = (0, 0);
    let far = Lags { login: 0, far: 13, ..LAGS };
    for (at, lags) in (0..calls(shape)).flat_map(|at| [(at, LAGS), (at, far)]) {
        let sim = Sim::new(shape, lags, 2, faults_at(&[(at, Fault::CrashAfter)]));
        let ran = run(&sim, shape.len(), Some(1));
        match &ran.end {
            End::Stuck { why } => {
                assert!(why.contains("no way back"), "{at}: {why}");
                assert!(sim.lock().wrong.is_empty());
                too_late += 1;
            }
            _ => {
                judge(&sim, &ran).unwrap_or_else(|why| panic!("{at}: {why}"));
                back += 1;
            }
        }
    }
    assert!(back > 20 && too_late > 0, "{back} {too_late}");
}

/// Deleted as soon as it is quiet, wherever it was killed.
#[test]
fn what_cannot_be_disabled_is_quiet_before_it_is_deleted_and_refused_after() {
    let shape: &[bool] = &[true, false];
    let world = |faults| {
        let sim = Sim::new(shape, LAGS, 10, faults);
        sim.lock().final_at_once = true;
        sim
    };
    let sim = world(Vec::new());
    judge(&sim, &run(&sim, 2, None)).expect("right");
    let calls = sim.lock().calls;
    for at in 0..calls {
        for fault in
            [Fault::CrashBefore, Fault::CrashAfter, Fault::LostAnswer, Fault::Unreached, Fault::Twice]
        {
            let sim = world(faults_at(&[(at, fault)]));
            let ran = run(&sim, 2, None);
            judge(&sim, &ran).unwrap_or_else(|why| panic!("{at} {fault:?}: {why}"));
            let bodies = ran.journal.links().expect("there").into_iter().map(|link| link.body);
            let order: Vec<_> =
                bodies.filter(|body| body.contains("\"did\"") && body.contains("\"old\"")).collect();
            let of = |name: &str| order.iter().position(|body| body.contains(&format!("\"{name}\"")));
            assert!(of("delete") < of("prove-refused") && of("delete").is_some(), "{order:#?}");
        }
    }
}

/// Sent back by a place that refuses, with an issuer that never tells when a key was used.
#[test]
fn the_way_back_ends_also_where_no_use_shows() {
    let shape: &[bool] = &[true, true, false];
    let mut back = 0;
    for at in 0..calls(shape) {
        let sim = Sim::new(shape, LAGS, 2, faults_at(&[(at, Fault::Refused)]));
        sim.lock().blind = true;
        let ran = run(&sim, shape.len(), None);
        if !matches!(ran.end, End::Stuck { .. }) {
            judge(&sim, &ran).unwrap_or_else(|why| panic!("{at}: {why}"));
        }
        back += usize::from(matches!(ran.end, End::Finished(Outcome::RolledBack { .. })));
    }
    assert!(back >= 5, "{back}");
}

#[test]
fn what_nobody_can_see_in_use_is_deleted_only_where_that_is_allowed() {
    let at_once = |unseen: bool| {
        let sim = Sim::new(&[true], LAGS, 10, []);
        sim.lock().final_at_once = true;
        sim.lock().blind = true;
        let at = At(&sim, 0);
        let world = World { issuer: &sim, sinks: vec![&at], check: &sim, clock: &sim };
        let mut journal = MemoryJournal::default();
        let job = Job { unseen, ..job(1) };
        let mut engine = Engine::start(world, &mut journal, "run", job, Waiting::Forever).expect("begins");
        engine.run().poll_ready().expect("ready").expect("works")
    };
    let End::Finished(Outcome::RolledBack { reason }) = at_once(false) else { panic!("it was not refused") };
    assert!(reason.contains("nobody can see whether old is still used"), "{reason}");
    assert!(matches!(at_once(true), End::Finished(Outcome::Rotated { .. })));
}

/// Consumers that look only when they are told to, wherever it was killed, and also on the way back.
#[test]
fn consumers_that_do_not_look_by_themselves_are_told_to() {
    let shape: &[bool] = &[true, false];
    let world = |faults| {
        let sim = Sim::new(shape, LAGS, 2, faults);
        sim.lock().stubborn = true;
        sim
    };
    let sim = world(Vec::new());
    judge(&sim, &run(&sim, 2, None)).expect("right");
    let calls = sim.lock().calls;
    for at in 0..calls {
        for fault in [Fault::CrashBefore, Fault::CrashAfter, Fault::LostAnswer, Fault::Unreached] {
            let sim = world(faults_at(&[(at, fault)]));
            let ran = run(&sim, 2, None);
            judge(&sim, &ran).unwrap_or_else(|why| panic!("{at} {fault:?}: {why}"));
        }
        let sim = world(faults_at(&[(at, Fault::CrashAfter)]));
        let ran = run(&sim, 2, Some(1));
        match &ran.end {
            End::Stuck { why } => assert!(why.contains("no way back"), "{at}: {why}"),
            _ => judge(&sim, &ran).unwrap_or_else(|why| panic!("{at}, back: {why}")),
        }
    }
}

#[test]
fn without_room_it_is_refused_with_the_reason() {
    let sim = Sim::new(&[true], LAGS, 1, []);
    let ran = run(&sim, 1, None);
    judge(&sim, &ran).expect("right");
    let End::Finished(Outcome::RolledBack { reason }) = ran.end else { panic!("{:?}", ran.end) };
    assert!(reason.starts_with("there is no room for a new one"), "{reason}");
}

#[test]
fn long_waits_end_the_call_and_go_on_later() {
    let sim = Sim::new(&[true], LAGS, 2, []);
    let at = At(&sim, 0);
    let world = || World { issuer: &sim, sinks: vec![&at], check: &sim, clock: &sim };
    let mut journal = MemoryJournal::default();
    let mut engine = Engine::start(world(), &mut journal, "run", job(1), Waiting::UpTo(20)).expect("begins");
    let end = engine.run().poll_ready().expect("ready").expect("works");
    let End::Waiting { until, .. } = end else { panic!("{end:?}") };
    assert_eq!(engine.state().stage(), "quiet period");
    drop(engine);
    sim.sleep(until).poll_ready();
    let mut engine = Engine::resume(world(), &mut journal, "run", Waiting::Forever).expect("resumes");
    let end = engine.run().poll_ready().expect("ready").expect("works");
    assert!(matches!(end, End::Finished(Outcome::Rotated { .. })), "{end:?}");
}

/// The world of these tests notices what it is there to notice.
#[test]
fn a_quiet_period_that_is_too_short_is_found_out() {
    let mut wrong = Vec::new();
    // It depends on when the consumer looks again.
    for offset in 0..20 {
        let sim = Sim::new(&[true], Lags { used: 30, ..Lags::default() }, 2, []);
        sim.sleep(sim.now() + offset).poll_ready();
        let at = At(&sim, 0);
        let world = World { issuer: &sim, sinks: vec![&at], check: &sim, clock: &sim };
        let mut journal = MemoryJournal::default();
        let hasty = Job { quiet: 1, settle: 1, ..job(1) };
        let mut engine = Engine::start(world, &mut journal, "run", hasty, Waiting::Forever).expect("begins");
        engine.run().poll_ready();
        wrong.append(&mut sim.lock().wrong);
    }
    assert!(wrong.iter().any(|wrong| wrong.contains("was refused with old")), "{wrong:?}");
}

#[test]
fn another_world_than_that_of_the_run_is_refused() {
    let sim = Sim::new(&[true, false], LAGS, 2, []);
    let at = [At(&sim, 0), At(&sim, 1)];
    let world = |sinks| World { issuer: &sim, sinks, check: &sim, clock: &sim };
    let mut journal = MemoryJournal::default();
    drop(Engine::start(world(vec![&at[0]]), &mut journal, "run", job(1), Waiting::Forever).expect("begins"));
    let other = Engine::resume(world(vec![&at[1]]), &mut journal, "run", Waiting::Forever).err();
    assert!(matches!(other, Some(EngineError::OtherWorld { .. })));
    let none = Engine::resume(world(vec![&at[0]]), &mut journal, "another", Waiting::Forever).err();
    assert!(matches!(none, Some(EngineError::NoRun(_))));
    let second = Engine::start(world(vec![&at[0]]), &mut journal, "two", job(1), Waiting::Forever).err();
    assert!(matches!(second, Some(EngineError::Journal(_))), "the credential is being rotated already");
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        12 => Just(Fault::None),
        2 => Just(Fault::CrashBefore),
        2 => Just(Fault::CrashAfter),
        2 => Just(Fault::LostAnswer),
        1 => Just(Fault::Unreached),
        1 => Just(Fault::Throttled),
        1 => Just(Fault::Twice),
    ]
}

/// `PROPTEST_CASES` may ask for more.
fn cases() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(400), failure_persistence: None, ..usual }
}

/// What shows with which attempt it was made is known by that alone, and nobody else's is taken for it.
#[test]
fn a_mark_tells_what_an_attempt_made_from_all_else() {
    let create = Effect::Create { known: vec![KeyId("old".into())], mark: Some("ours".into()) };
    let entry = |at, event| Entry { run: "run".into(), at, event };
    let entries = [
        entry(0, Event::Started { job: job(0) }),
        entry(1, Event::Will { doing: create.clone(), token: String::new() }),
        entry(2, Event::Failed { doing: create, kind: FailureKind::Unclear, message: String::new() }),
    ];
    let state = State::of(&entries).expect("begun");
    let next = |mark: Option<&str>, foreign, created| {
        let old = Listed::new(KeyId("old".into()), true, Some(0));
        let other = Listed::new(KeyId("other".into()), true, Some(created));
        let other = Listed { mark: mark.map(str::to_owned), foreign, ..other };
        let sight = Sight {
            now: 10,
            keys: vec![old, other],
            room: None,
            disables: false,
            spreads: false,
            reloads: false,
            sinks: Vec::new(),
            at_hand: false,
        };
        decide(&state, &sight)
    };
    let discarded = Next::Do(Effect::Discard { key: KeyId("other".into()) });
    assert_eq!(next(Some("ours"), true, 2), discarded);
    // Clocks differ.
    assert_eq!(next(Some("ours"), true, -1_000), discarded);
    for mark in [None, Some("theirs")] {
        assert!(matches!(next(mark, false, 2), Next::Wait { .. }), "{mark:?}");
    }
}

/// Of such a place only the journal says what it holds.
#[test]
fn a_place_that_gives_nothing_back_ends_with_the_right_one() {
    let (mut rotated, mut back, mut count) = (0, 0, 0);
    for silent in [0, 1] {
        let world = |faults| {
            let sim = Sim::new(&[false, false], LAGS, 2, faults);
            sim.lock().places[silent].silent = true;
            sim
        };
        let sim = world(Vec::new());
        judge(&sim, &run(&sim, 2, None)).expect("right");
        let calls = sim.lock().calls;
        for at in 0..calls {
            for fault in [
                Fault::CrashBefore,
                Fault::CrashAfter,
                Fault::LostAnswer,
                Fault::Unreached,
                Fault::Twice,
                Fault::Throttled,
            ] {
                for back_after in [None, Some(1)] {
                    let sim = world(faults_at(&[(at, fault)]));
                    let ran = run(&sim, 2, back_after);
                    if matches!(&ran.end, End::Stuck { why } if why.contains("no way back")) {
                        continue;
                    }
                    judge(&sim, &ran)
                        .unwrap_or_else(|why| panic!("{silent} {at} {fault:?} {back_after:?}: {why}"));
                    count += 1;
                    match ran.end {
                        End::Finished(Outcome::Rotated { .. }) => rotated += 1,
                        _ => back += 1,
                    }
                }
            }
        }
    }
    assert!(count > 500 && rotated > 300 && back > 50, "{count} {rotated} {back}");
}

/// What somebody else wrote there is seen, and not written over.
#[test]
fn a_write_of_somebody_else_is_seen_where_nothing_is_given_back() {
    let create = Effect::Create { known: Vec::new(), mark: None };
    let (new, old) = (KeyId("new".into()), KeyId("old".into()));
    let promote = Effect::Promote { sink: 0, key: new.clone() };
    let entry = |event| Entry { run: "run".into(), at: 1, event };
    let did = |stamp: Option<&str>| Event::Did {
        doing: promote.clone(),
        made: None,
        stamp: stamp.map(str::to_owned),
    };
    let mut entries = vec![
        entry(Event::Started { job: job(1) }),
        entry(Event::Will { doing: create.clone(), token: String::new() }),
        entry(Event::Did { doing: create, made: Some(new.clone()), stamp: None }),
    ];
    let held = |entries: &[Entry], stamp: &str| {
        let seen = Held { stamp: Some(stamp.to_owned()), ..Held::default() };
        let (held, torn) = State::of(entries).expect("begun").held_at(0, &seen);
        (held.current, torn)
    };
    assert_eq!(held(&entries, "1"), (Some(old), false), "as the others say");
    entries.push(entry(Event::Will { doing: promote.clone(), token: String::new() }));
    assert_eq!(held(&entries, "1"), (None, true));
    entries.push(entry(did(Some("2"))));
    assert_eq!(held(&entries, "2"), (Some(new), false));
    assert_eq!(held(&entries, "3"), (None, false), "somebody else");
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn whatever_goes_wrong_consumers_work_and_nothing_is_left(
        shape in 0..SHAPES.len(),
        lags in (0..6i64, 0..6i64, 0..8i64, 0..8i64),
        roomy in any::<bool>(),
        faults in proptest::collection::vec(fault(), 0..120),
    ) {
        let lags = Lags { list: lags.0, login: lags.1, used: lags.2, far: lags.3 };
        let sim = Sim::new(SHAPES[shape], lags, if roomy { 10 } else { 2 }, faults);
        let ran = run(&sim, SHAPES[shape].len(), None);
        let judged = judge(&sim, &ran);
        prop_assert!(judged.is_ok(), "{judged:?}\n{:#?}", ran.journal.entries("run"));
    }
}

/// A list that is late is no proof of a deletion.
#[test]
fn what_may_not_be_listed_yet_is_waited_for_before_it_is_discarded() {
    let create = Effect::Create { known: vec![KeyId("old".into())], mark: None };
    let entry = |at, event| Entry { run: "run".into(), at, event };
    let made = Some(KeyId("new".into()));
    let entries = [
        entry(0, Event::Started { job: job(0) }),
        entry(1, Event::Will { doing: create.clone(), token: String::new() }),
        entry(2, Event::Did { doing: create, made, stamp: None }),
    ];
    let state = State::of(&entries).expect("begun");
    let settled = 1 + state.job.settle;
    let next = |now, listed: &[&str]| {
        let keys = listed.iter().map(|id| Listed::new(KeyId((*id).into()), true, Some(0))).collect();
        let sinks = Vec::new();
        let sight = Sight {
            now,
            keys,
            room: None,
            disables: false,
            spreads: false,
            reloads: false,
            sinks,
            at_hand: false,
        };
        decide(&state, &sight)
    };
    let discarded = Next::Do(Effect::Discard { key: KeyId("new".into()) });
    assert_eq!(next(2, &["old", "new"]), discarded);
    assert!(matches!(next(2, &["old"]), Next::Wait { until, .. } if until == settled));
    assert_eq!(next(settled, &["old"]), discarded);
}
