//! What comes next, for what a journal says and the world shows.

use super::job;
use crate::rotation::engine::*;
use crate::rotation::traits::{Held, Listed};

const NEW: &str = "new";

fn key(id: &str) -> KeyId {
    KeyId(id.to_owned())
}

/// A journal, entry by entry.
struct Told {
    entries: Vec<Entry>,
    at: Moment,
}

impl Told {
    fn begun(places: usize) -> Self {
        let mut told = Told { entries: Vec::new(), at: 1_000 };
        told.write(Event::Started { job: job(places) });
        told
    }

    fn write(&mut self, event: Event) {
        self.entries.push(Entry { run: "run".into(), at: self.at, event });
    }

    fn will(&mut self, doing: &Effect) {
        self.write(Event::Will { doing: doing.clone(), token: String::new() });
    }

    fn did(mut self, doing: Effect) -> Self {
        let made = matches!(doing, Effect::Create { .. }).then(|| key(NEW));
        self.will(&doing);
        self.write(Event::Did { doing, made, stamp: Some("ours".into()) });
        self
    }

    fn failed(mut self, doing: Effect, kind: FailureKind) -> Self {
        self.will(&doing);
        self.write(Event::Failed { doing, kind, message: "no".into() });
        self
    }

    fn wrote(mut self, event: Event) -> Self {
        self.write(event);
        self
    }

    fn after(mut self, seconds: Moment) -> Self {
        self.at += seconds;
        self
    }

    /// Made, and in every place.
    fn switched(places: usize) -> Self {
        let made = Told::begun(places)
            .did(Effect::Create { known: vec![key("old")], mark: None })
            .did(Effect::ProveFresh { key: key(NEW) });
        let promoted = (0..places).fold(made, |told, sink| told.did(Effect::Promote { sink, key: key(NEW) }));
        promoted.wrote(Event::Quiet { last_used: None }).did(Effect::ProveNew { key: key(NEW) })
    }

    fn next(&self, change: impl FnOnce(&mut Sight, &State)) -> Next {
        let state = State::of(&self.entries).expect("begun");
        let keys = ["old", NEW].map(|id| Listed::new(key(id), true, Some(self.at)));
        let held = |sink: usize| match state.put.get(&sink) {
            Some(put) => Held { current: Some(put.key.clone()), ..Held::default() },
            None => Held { current: Some(key("old")), ..Held::default() },
        };
        let sinks = (0..state.job.sinks.len()).map(|sink| SinkSight {
            stages: false,
            silent: false,
            torn: false,
            held: held(sink),
        });
        let mut sight = Sight {
            now: self.at,
            keys: keys.into(),
            room: None,
            disables: true,
            spreads: false,
            reloads: false,
            sinks: sinks.collect(),
            at_hand: true,
        };
        change(&mut sight, &state);
        decide(&state, &sight)
    }
}

fn disable() -> Effect {
    Effect::Disable { key: key("old") }
}

fn stuck(next: &Next, words: &str) -> bool {
    matches!(next, Next::Stuck { why } if why.contains(words))
}

/// Somebody found out that the old one is needed, and brought it back.
#[test]
fn what_is_enabled_again_is_not_deleted() {
    let disabled = Told::switched(1).after(100).did(disable());
    let refused = disabled.after(1).did(Effect::ProveRefused { key: key("old") }).after(1_000);
    let off = |sight: &mut Sight| sight.keys[0].active = false;
    let deleted = Next::Do(Effect::Delete { key: key("old") });
    assert_eq!(refused.next(|sight, _| off(sight)), deleted);
    assert!(stuck(&refused.next(|_, _| ()), "enabled again"));
    let used = |at: Moment| {
        refused.next(|sight, state| {
            off(sight);
            sight.keys[0].last_used = state.refused_at.map(|refused| refused + at);
        })
    };
    // What was tried until it was refused is a use as well.
    assert_eq!(used(-1), deleted);
    assert!(stuck(&used(60), "used again"));
    // A list is late.
    let young = Told::switched(1).after(100).did(disable()).did(Effect::ProveRefused { key: key("old") });
    assert!(matches!(young.next(|_, _| ()), Next::Wait { .. }));
}

/// Who needs it cannot wait for the quiet period to pass.
#[test]
fn what_may_be_disabled_and_is_still_used_is_enabled() {
    let used = |told: &Told| told.next(|sight, _| sight.keys[0].last_used = Some(sight.now - 5));
    let enable = Next::Do(Effect::Enable { key: key("old") });
    let of = |kind| Told::switched(1).after(100).failed(disable(), kind).after(20);
    assert_eq!(used(&of(FailureKind::Unclear)), enable);
    assert!(matches!(used(&of(FailureKind::Later)), Next::Wait { .. }));
    let back = |sight: &mut Sight, _: &State| sight.sinks[0].held.current = Some(key("old"));
    assert_eq!(of(FailureKind::Unclear).next(back), enable);
    assert!(stuck(&of(FailureKind::Later).next(back), "does not hold new any more"));
    let enabled = of(FailureKind::Unclear).did(Effect::Enable { key: key("old") });
    assert!(matches!(used(&enabled), Next::Wait { .. }));
    assert_eq!(enabled.after(200).next(|_, _| ()), Next::Do(disable()));
}

#[test]
fn what_consumers_may_have_is_not_discarded_at_once() {
    let told = Told::begun(1)
        .did(Effect::Create { known: vec![key("old")], mark: None })
        .did(Effect::ProveFresh { key: key(NEW) });
    let lost = |sight: &mut Sight, _: &State| {
        sight.at_hand = false;
        sight.sinks[0].held.current = Some(key("old"));
    };
    let promote = Effect::Promote { sink: 0, key: key(NEW) };
    assert_eq!(told.next(lost), Next::Do(Effect::Discard { key: key(NEW) }));
    assert!(matches!(told.did(promote).after(100).next(lost), Next::TurnBack { .. }));
}

#[test]
fn a_place_that_cannot_be_sent_back_keeps_no_other_from_it() {
    let back = |sink| Effect::Revert { sink, key: key("old") };
    let turned = Told::switched(2).wrote(Event::TurnedBack { reason: "why".into() });
    assert_eq!(turned.next(|_, _| ()), Next::Do(back(0)));
    let refused = turned.failed(back(0), FailureKind::Never);
    let new = |sight: &mut Sight, at: usize| sight.sinks[at].held.current = Some(key(NEW));
    assert_eq!(
        refused.next(|sight, _| {
            new(sight, 0);
            new(sight, 1);
        }),
        Next::Do(back(1))
    );
    let one = refused.did(back(1)).after(100);
    assert_eq!(one.next(|sight, _| new(sight, 0)), Next::Do(back(0)));
    let again = one.failed(back(0), FailureKind::Never);
    assert!(stuck(&again.next(|sight, _| new(sight, 0)), "no"));
    // Both, in turns.
    let both = again.failed(back(1), FailureKind::Never).failed(back(0), FailureKind::Never);
    let next = both.next(|sight, _| {
        new(sight, 0);
        new(sight, 1);
    });
    assert!(stuck(&next, "no"), "{next:?}");
}

/// It may be the new one, which is about to be deleted.
#[test]
fn what_somebody_else_wrote_unseen_is_written_over_on_the_way_back() {
    let turned = Told::switched(2).wrote(Event::TurnedBack { reason: "why".into() });
    let kept = turned.did(Effect::Revert { sink: 0, key: key("old") }).after(1_000);
    let next = |stamp: &str| {
        kept.next(|sight, state| {
            let seen = Held { stamp: Some(stamp.to_owned()), ..Held::default() };
            let (held, torn) = state.held_at(1, &seen);
            sight.sinks[1] = SinkSight { stages: false, silent: true, torn, held };
        })
    };
    let back = Next::Do(Effect::Revert { sink: 1, key: key("old") });
    assert_eq!((next("ours"), next("theirs")), (back.clone(), back));
}

/// There, nothing of what a run made is listed, and deleting it does nothing.
#[test]
fn another_account_proves_nothing() {
    let made = Told::begun(1).did(Effect::Create { known: vec![key("old")], mark: None });
    let turned = Told::switched(1).wrote(Event::TurnedBack { reason: "why".into() });
    let turned = turned.did(Effect::Revert { sink: 0, key: key("old") });
    let other = |sight: &mut Sight, _: &State| {
        sight.keys.clear();
        sight.at_hand = false;
    };
    for told in [made.after(1_000), turned.after(1_000)] {
        assert!(stuck(&told.next(other), "is this another account?"));
        let here = told.next(|sight, _| sight.at_hand = false);
        assert!(matches!(here, Next::Do(Effect::Discard { .. } | Effect::Delete { .. })), "{here:?}");
    }
}

/// The clock of the issuer is behind, or ahead.
#[test]
fn what_nobody_heard_of_is_known_by_its_time() {
    let create = Effect::Create { known: vec![key("old")], mark: None };
    let unclear = Told::begun(1).failed(create.clone(), FailureKind::Unclear).after(5);
    let found = |told: &Told, at: Moment| {
        told.next(|sight, _| {
            sight.at_hand = false;
            sight.keys.push(Listed::new(key("other"), true, Some(1_000 + at)));
            sight.keys.retain(|listed| listed.id.0 != NEW);
        }) == Next::Do(Effect::Discard { key: key("other") })
    };
    assert!([-10, 0, 10].map(|at| found(&unclear, at)).into_iter().all(|found| found));
    assert!(![-100, 100].map(|at| found(&unclear, at)).into_iter().any(|found| found));
    // What was made after the answer came is somebody else's.
    let made = Told::begun(1).did(create);
    let late = made.next(|sight, _| sight.keys.push(Listed::new(key("other"), true, Some(1_010))));
    assert_ne!(late, Next::Do(Effect::Discard { key: key("other") }));
    let twice = made.next(|sight, _| sight.keys.push(Listed::new(key("other"), true, Some(1_000))));
    assert_eq!(twice, Next::Do(Effect::Discard { key: key("other") }));
}
