//! What comes next: a pure function of the journal and of what the world shows.

use super::event::{Effect, Outcome};
use super::state::State;
use crate::rotation::evidence::shown;
use crate::rotation::traits::{FailureKind, Held, KeyId, Listed, Moment};

/// What can be seen of the world.
#[derive(Clone, Debug)]
pub struct Sight {
    pub now: Moment,
    pub keys: Vec<Listed>,
    pub room: Option<usize>,
    /// Whether the issuer can disable one for a while.
    pub disables: bool,
    /// Whether its servers learn of a change one after the other.
    pub spreads: bool,
    /// Whether consumers have to be made to look again.
    pub reloads: bool,
    pub sinks: Vec<SinkSight>,
    /// The secret of the new one is in memory, or in a sink.
    pub at_hand: bool,
}

#[derive(Clone, Debug)]
pub struct SinkSight {
    pub stages: bool,
    /// It does not tell what it holds.
    pub silent: bool,
    /// A write to it may have taken place in part.
    pub torn: bool,
    pub held: Held,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Do(Effect),
    /// All sinks hold the new one: the quiet period begins.
    Switched,
    Wait {
        until: Moment,
        why: String,
    },
    TurnBack {
        reason: String,
    },
    Finish(Outcome),
    /// Nothing can be done without somebody's decision; nothing is lost by waiting for it.
    Stuck {
        why: String,
    },
}

/// How far clocks may differ, in seconds.
const SKEW: i64 = 5;
/// The longest between two attempts.
const MAX_BACKOFF: i64 = 60;

pub fn decide(state: &State, sight: &Sight) -> Next {
    if let Some(outcome) = &state.outcome {
        return Next::Finish(outcome.clone());
    }
    let next = match &state.back {
        Some(reason) => backward(state, sight, reason),
        None => forward(state, sight),
    };
    match next {
        Next::Do(effect) => {
            match elsewhere(state, sight, &effect).or_else(|| unlisted(state, sight, &effect)) {
                Some(next) => next,
                None => patiently(state, sight, effect),
            }
        }
        other => other,
    }
}

/// Where the old one is not, and nothing has ended it, somebody else did, or this is not the account that the run is
/// for: whatever is not listed there proves nothing.
fn elsewhere(state: &State, sight: &Sight, effect: &Effect) -> Option<Next> {
    let (Effect::Discard { key } | Effect::Delete { key }) = effect else { return None };
    let old = &state.job.old;
    let is_there =
        key == old || state.point_of_no_return || sight.keys.iter().any(|listed| listed.id == *old);
    let why = || format!("{} is not there any more; was it deleted, or is this another account?", old.0);
    (!is_there).then(|| Next::Stuck { why: why() })
}

/// What the issuer does not list yet would be taken for deleted, and appear after that.
fn unlisted(state: &State, sight: &Sight, effect: &Effect) -> Option<Next> {
    let (Effect::Discard { key } | Effect::Delete { key }) = effect else { return None };
    if state.new.as_ref() != Some(key) || sight.keys.iter().any(|listed| listed.id == *key) {
        return None;
    }
    let until = state.doubt.as_ref()?.at + state.job.settle;
    (sight.now < until).then(|| Next::Wait { until, why: format!("{} may not be listed yet", key.0) })
}

/// Repeats what failed, later and later, until patience ends.
fn patiently(state: &State, sight: &Sight, effect: Effect) -> Next {
    let Some(trouble) = state.trouble.as_ref().filter(|trouble| trouble.doing.is_again(&effect)) else {
        return Next::Do(effect);
    };
    let failing = sight.now - trouble.since;
    let over = trouble.kind == FailureKind::Never || failing >= state.job.patience;
    let why = format!("could not {}: {}", trouble.doing.describe(&state.job), trouble.message);
    if over && state.back.is_none() && can_turn_back(state) {
        return Next::TurnBack { reason: why };
    }
    let steps = trouble.times.saturating_sub(1).min(16);
    let most = MAX_BACKOFF.max(state.job.backoff);
    let until = trouble.last + state.job.backoff.saturating_mul(1 << steps).min(most);
    if sight.now >= until {
        return Next::Do(effect);
    }
    // Beyond the switch there is nothing to turn back for: the new one works, and the old one can wait.
    let hopeless = trouble.kind == FailureKind::Never || failing >= 2 * state.job.patience;
    if hopeless { Next::Stuck { why } } else { Next::Wait { until, why } }
}

fn can_turn_back(state: &State) -> bool {
    state.disabled.is_none() && state.enabled && !state.proven
}

fn forward(state: &State, sight: &Sight) -> Next {
    let old = &state.job.old;
    let Some(new) = &state.new else { return make(state, sight) };
    if let Some(stray) = strays(state, sight).next() {
        return Next::Do(Effect::Discard { key: stray.clone() });
    }
    let in_use = sight.sinks.iter().any(|sink| sink.held.current.as_ref() == Some(new));
    if !state.point_of_no_return
        && let Some(why) = foreign(state, sight, new)
    {
        return Next::Stuck { why };
    }
    if !sight.at_hand && !in_use && !state.proven && state.given {
        // Consumers may have it, and nobody can give it to the others.
        return Next::TurnBack { reason: format!("the value of {} is not at hand any more", new.0) };
    }
    if !sight.at_hand && !in_use && !state.proven {
        // Its secret went with the process that made it, and nobody has it, unless a switch is still on the way.
        return match state.switching.map(|at| at + state.job.settle).filter(|until| sight.now < *until) {
            Some(until) => {
                Next::Wait { until, why: format!("a switch to {} may still be on the way", new.0) }
            }
            None => Next::Do(Effect::Discard { key: new.clone() }),
        };
    }
    if state.switched.is_none() {
        return publish(state, sight, new);
    }
    if sight.reloads && !state.reloaded && !state.proven {
        return Next::Do(Effect::Reload { key: new.clone() });
    }
    if !state.proven {
        return Next::Do(Effect::ProveNew { key: new.clone() });
    }
    if !sight.disables {
        return end_at_once(state, sight, new);
    }
    if state.disabled.is_none() {
        return once_quiet(state, sight, new, Effect::Disable { key: old.clone() });
    }
    if !state.refused {
        return Next::Do(Effect::ProveRefused { key: old.clone() });
    }
    if !state.deleted {
        if let Some(why) = revived(state, sight).filter(|_| !state.point_of_no_return) {
            return Next::Stuck { why };
        }
        let until = state.disabled.unwrap_or(sight.now) + state.job.keep_disabled;
        if sight.now < until {
            return Next::Wait {
                until,
                why: format!("{} is kept disabled, so that it can be brought back", old.0),
            };
        }
        return match moved_away(state, sight, new) {
            Some(why) if !state.point_of_no_return => Next::Stuck { why },
            _ => Next::Do(Effect::Delete { key: old.clone() }),
        };
    }
    rotated(state, sight, new)
}

/// Somebody needed the old one again.
fn revived(state: &State, sight: &Sight) -> Option<String> {
    let old = sight.keys.iter().find(|key| key.id == state.job.old)?;
    let known = state.disabled? + state.job.settle;
    let what = match (old.active, old.last_used.zip(state.refused_at)) {
        (true, _) if sight.now >= known => "enabled again",
        (_, Some((used, refused))) if used > refused + SKEW => "used again",
        _ => return None,
    };
    let then = "disable it to go on, or go back with `keyward rotate rollback`";
    Some(format!("{} was {what} after it was disabled: {then}", old.id.0))
}

/// What cannot be disabled is deleted as soon as it is quiet, and seen to be refused then.
fn end_at_once(state: &State, sight: &Sight, new: &KeyId) -> Next {
    let old = &state.job.old;
    if !state.deleted {
        let delete = Effect::Delete { key: old.clone() };
        return match state.point_of_no_return {
            true => Next::Do(delete),
            false => once_quiet(state, sight, new, delete),
        };
    }
    if !state.refused {
        let wait = spreading(state, sight, state.deleted_at, || {
            format!("{} may still be accepted somewhere", old.0)
        });
        return wait.unwrap_or_else(|| Next::Do(Effect::ProveRefused { key: old.clone() }));
    }
    rotated(state, sight, new)
}

/// As long as not all servers of the issuer have to know of a change, consumers are not made to rely on it.
fn spreading(state: &State, sight: &Sight, since: Option<Moment>, why: impl Fn() -> String) -> Option<Next> {
    let until = since.filter(|_| sight.spreads)? + state.job.settle;
    (sight.now < until).then(|| Next::Wait { until, why: why() })
}

fn rotated(state: &State, sight: &Sight, new: &KeyId) -> Next {
    match unsettled(state, sight) {
        Some(wait) => wait,
        None => Next::Finish(Outcome::Rotated { key: new.clone() }),
    }
}

/// Keys that appeared with an attempt of which nothing was heard. Whatever is used, or was made at another time, is
/// somebody else's.
pub(super) fn strays<'a>(state: &'a State, sight: &'a Sight) -> impl Iterator<Item = &'a KeyId> {
    let ours = move |key: &&Listed| {
        let Some(doubt) = &state.doubt else { return false };
        let known = key.id == state.job.old
            || Some(&key.id) == state.new.as_ref()
            || doubt.known.contains(&key.id)
            || state.gone.contains(&key.id);
        let held = sight.sinks.iter().any(|sink| sink.held.current.as_ref() == Some(&key.id));
        // An answer says that it is made by then, and a request that arrived twice did so before it.
        let answered = state.made_at.filter(|made| *made >= doubt.at);
        let last = answered.unwrap_or(doubt.at + state.job.settle) + SKEW;
        // What is older was listed before, whatever the clocks say.
        let window = doubt.at - state.job.settle - SKEW..=last;
        let made_then = match &doubt.mark {
            Some(mark) => key.mark.as_ref() == Some(mark),
            None => !key.foreign && key.created.is_none_or(|at| window.contains(&at)),
        };
        !known && !held && made_then && key.last_used.is_none()
    };
    sight.keys.iter().filter(ours).map(|key| &key.id)
}

/// A key may still appear for as long as the issuer takes to list what it made.
fn unsettled(state: &State, sight: &Sight) -> Option<Next> {
    let until = state.doubt.as_ref()?.at + state.job.settle;
    let why = "it is not known whether a key was made, so the list has to settle".to_owned();
    (sight.now < until).then_some(Next::Wait { until, why })
}

fn make(state: &State, sight: &Sight) -> Next {
    let old = &state.job.old;
    if let Some(stray) = strays(state, sight).next() {
        return Next::Do(Effect::Discard { key: stray.clone() });
    }
    if let Some(wait) = unsettled(state, sight) {
        return wait;
    }
    match sight.keys.iter().find(|key| key.id == *old) {
        None => return Next::Stuck { why: format!("{} is not there any more", old.0) },
        Some(key) if !key.active => return Next::Stuck { why: format!("{} is disabled", old.0) },
        Some(key) if !key.shows_uses && !state.job.unseen => {
            return Next::TurnBack { reason: unseen(old, sight.disables) };
        }
        Some(_) => {}
    }
    for (sink, name) in sight.sinks.iter().zip(&state.job.sinks) {
        if sink.held.current.as_ref() != Some(old) {
            return Next::TurnBack { reason: format!("{name} does not hold {}", old.0) };
        }
    }
    if let Some(room) = sight.room
        && sight.keys.iter().filter(|key| !state.gone.contains(&key.id)).count() >= room
    {
        return Next::TurnBack { reason: no_room(state, sight, room) };
    }
    let known = sight.keys.iter().map(|key| key.id.clone()).collect();
    Next::Do(Effect::Create { known, mark: None })
}

fn unseen(old: &KeyId, disables: bool) -> String {
    let then = match disables {
        true => "so that disabling it may stop somebody",
        false => "and once it is deleted there is no way back",
    };
    format!(
        "nobody can see whether {} is still used, {then}; `accept-unseen = true` leaves that to the quiet period",
        old.0
    )
}

fn no_room(state: &State, sight: &Sight, room: usize) -> String {
    let others = sight.keys.iter().filter(|key| key.id != state.job.old).map(|key| {
        let state = if key.active { "active" } else { "inactive" };
        let used_for = key.used_for.as_ref().map(|by| format!(" for {by}")).unwrap_or_default();
        let used = match key.last_used {
            Some(at) => format!("last used {}{used_for}", shown(at)),
            None => "never used".to_owned(),
        };
        format!("{} ({state}, {used}, in no sink that is known)", key.id.0)
    });
    let others: Vec<_> = others.collect();
    format!(
        "there is no room for a new one: {room} are allowed, and there is {}; delete what nobody needs",
        others.join(" and ")
    )
}

fn publish(state: &State, sight: &Sight, new: &KeyId) -> Next {
    let has = |held: &Option<KeyId>| held.as_ref() == Some(new);
    for (at, sink) in sight.sinks.iter().enumerate() {
        if sink.stages && !has(&sink.held.pending) && !has(&sink.held.current) {
            return Next::Do(Effect::Stage { sink: at, key: new.clone() });
        }
    }
    if !state.fresh {
        let wait = spreading(state, sight, state.made_at, || {
            format!("{} may not be accepted everywhere yet", new.0)
        });
        return wait.unwrap_or_else(|| Next::Do(Effect::ProveFresh { key: new.clone() }));
    }
    // Those that do not give it back come last, so that it is never in such a place alone.
    let next =
        |silent: bool| sight.sinks.iter().position(|sink| sink.silent == silent && !has(&sink.held.current));
    match next(false).or_else(|| next(true)) {
        Some(at) => Next::Do(Effect::Promote { sink: at, key: new.clone() }),
        None => Next::Switched,
    }
}

/// A sink with something that is neither the old one nor the new one was changed by somebody else.
fn foreign(state: &State, sight: &Sight, new: &KeyId) -> Option<String> {
    sight.sinks.iter().zip(&state.job.sinks).find_map(|(sink, name)| {
        let current = sink.held.current.as_ref();
        let ours = sink.torn || current == Some(new) || current == Some(&state.job.old);
        (!ours).then(|| format!("{name} was changed by somebody else"))
    })
}

/// The old one must not be touched as long as a sink does not hold the new one, or the new one is not listed.
fn moved_away(state: &State, sight: &Sight, new: &KeyId) -> Option<String> {
    let back =
        sight.sinks.iter().zip(&state.job.sinks).find(|(sink, _)| sink.held.current.as_ref() != Some(new));
    if let Some((_, name)) = back {
        return Some(format!("{name} does not hold {} any more", new.0));
    }
    let listed = sight.keys.iter().any(|key| key.id == *new && key.active);
    (!listed).then(|| format!("{} is not there or not active any more", new.0))
}

/// What ends the old one, when nobody has used it for long enough and nobody went back to it.
fn once_quiet(state: &State, sight: &Sight, new: &KeyId, effect: Effect) -> Next {
    let next = match (when_quiet(state, sight, effect), moved_away(state, sight, new)) {
        (Next::Do(_), Some(why)) => Next::Stuck { why },
        (next, _) => next,
    };
    match next {
        Next::Do(_) => next,
        // It may be disabled already, by a request without an answer, and somebody needs it.
        _ if !state.enabled => Next::Do(Effect::Enable { key: state.job.old.clone() }),
        _ => next,
    }
}

fn when_quiet(state: &State, sight: &Sight, effect: Effect) -> Next {
    let old = &state.job.old;
    let listed = sight.keys.iter().find(|key| key.id == *old);
    let used = listed.and_then(|key| key.last_used);
    let since = state.switched.into_iter().chain(used).max().unwrap_or(sight.now);
    // The issuer has to have listed the new one by then.
    let until = since + state.job.quiet.max(state.job.settle);
    if sight.now >= until {
        return Next::Do(effect);
    }
    let why = match used.zip(state.switched).is_some_and(|(used, switched)| used > switched) {
        true => {
            let by = listed.and_then(|key| key.used_for.as_ref());
            let by = by.map(|by| format!(" ({by})")).unwrap_or_default();
            format!("{} was still used after the switch{by}", old.0)
        }
        false => format!("{} has to be unused for a while", old.0),
    };
    Next::Wait { until, why }
}

/// Back to the old one, which never stopped working unless it was disabled already.
fn backward(state: &State, sight: &Sight, reason: &str) -> Next {
    let old = &state.job.old;
    if state.point_of_no_return {
        return Next::Stuck { why: format!("{} is being deleted, so there is no way back", old.0) };
    }
    if !state.enabled {
        return Next::Do(Effect::Enable { key: old.clone() });
    }
    if !state.restored {
        let wait = spreading(state, sight, state.enabled_at, || {
            format!("{} may not be accepted everywhere yet", old.0)
        });
        return wait.unwrap_or_else(|| Next::Do(Effect::ProveRestored { key: old.clone() }));
    }
    if let Some(new) = &state.new {
        // One that cannot be sent back keeps no other from it.
        let mut places: Vec<usize> = (0..sight.sinks.len()).collect();
        places.sort_by_key(|at| state.stays.contains(at));
        for at in places {
            let sink = &sight.sinks[at];
            // What somebody else wrote where nothing is given back may be the new one as well.
            let is_unknown = sink.silent && sink.held.current.is_none();
            if sink.torn || is_unknown || sink.held.current.as_ref() == Some(new) {
                return Next::Do(Effect::Revert { sink: at, key: old.clone() });
            }
            if sink.held.pending.as_ref() == Some(new) {
                return Next::Do(Effect::Unstage { sink: at, key: new.clone() });
            }
        }
        if let Some(again) = unanswered(state, sight) {
            return Next::Do(again.clone());
        }
        if sight.reloads && state.reverted.is_some() && !state.reloaded_back {
            return Next::Do(Effect::Reload { key: old.clone() });
        }
        if !state.back_done {
            return remove_new(state, sight, new);
        }
    }
    if let Some(stray) = strays(state, sight).next() {
        return Next::Do(Effect::Discard { key: stray.clone() });
    }
    match unsettled(state, sight) {
        Some(wait) => wait,
        None => Next::Finish(Outcome::RolledBack { reason: reason.to_owned() }),
    }
}

/// A way back that took place without an answer: asked for again, it is done since then at the latest.
fn unanswered<'a>(state: &'a State, sight: &Sight) -> Option<&'a Effect> {
    let doing = &state.trouble.as_ref()?.doing;
    match doing {
        Effect::Revert { sink, .. } | Effect::Unstage { sink, .. } => {
            sight.sinks.get(*sink).filter(|sink| !sink.silent).map(|_| doing)
        }
        _ => None,
    }
}

/// Consumers that were given the new one use it until they look again.
fn remove_new(state: &State, sight: &Sight, new: &KeyId) -> Next {
    if state.published {
        let used = sight.keys.iter().find(|key| key.id == *new).and_then(|key| key.last_used);
        // A switch that nobody heard of may have taken place in between.
        let known = [state.reverted, state.unstaged, state.switching, used];
        let since = known.into_iter().flatten().max().unwrap_or(sight.now);
        let until = since + state.job.quiet.max(state.job.settle);
        if sight.now < until {
            return Next::Wait { until, why: format!("{} has to be unused for a while", new.0) };
        }
    }
    Next::Do(Effect::Delete { key: new.clone() })
}
