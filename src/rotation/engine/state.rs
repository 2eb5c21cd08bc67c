use super::decide::SinkSight;
use super::event::{Effect, Entry, Event, Job, Outcome};
use crate::rotation::traits::{FailureKind, Held, KeyId, Moment, Sink};
use std::collections::{BTreeMap, BTreeSet};

/// What the journal of a run says, and nothing else.
#[derive(Clone, Debug)]
pub struct State {
    pub run: String,
    pub job: Job,
    pub started: Moment,
    /// Made, and heard of.
    pub new: Option<KeyId>,
    /// The last attempt to make one, as long as it is not known that it came to nothing.
    pub doubt: Option<Doubt>,
    /// Deleted; the issuer may list them for a while.
    pub gone: Vec<KeyId>,
    /// When the issuer said so.
    pub made_at: Option<Moment>,
    pub fresh: bool,
    /// Since when all sinks hold the new one.
    pub switched: Option<Moment>,
    /// When the old one was seen in use, where the issuer does not remember it.
    pub used: Option<Moment>,
    /// Consumers were made to look again after the switch.
    pub reloaded: bool,
    pub proven: bool,
    pub disabled: Option<Moment>,
    pub refused: bool,
    pub refused_at: Option<Moment>,
    pub deleted: bool,
    pub deleted_at: Option<Moment>,
    /// Whether anybody may have been given the new one.
    pub published: bool,
    /// Whether a place had it, so that consumers may.
    pub given: bool,
    /// The last time that a sink was asked to switch to it, which may take place later.
    pub switching: Option<Moment>,
    /// The last time that a sink was sent back.
    pub reverted: Option<Moment>,
    /// When something that was staged was taken out of a place last.
    pub unstaged: Option<Moment>,
    /// Consumers were made to look again after that.
    pub reloaded_back: bool,
    pub enabled: bool,
    /// Whether it was so for certain before the last attempt to disable it, and known to work.
    was_enabled: (bool, bool),
    pub enabled_at: Option<Moment>,
    pub restored: bool,
    /// Whether deleting the old one was begun: there is no way back from that.
    pub point_of_no_return: bool,
    /// Places that cannot be sent back, by their numbers.
    pub stays: BTreeSet<usize>,
    /// Why it goes back, when it does.
    pub back: Option<String>,
    pub back_done: bool,
    pub outcome: Option<Outcome>,
    /// The effect that fails at present.
    pub trouble: Option<Trouble>,
    /// Numbers the tokens.
    pub attempts: usize,
    /// What was put into each sink last, by its number.
    pub put: BTreeMap<usize, Put>,
}

/// The last write to a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    pub key: KeyId,
    /// What it showed afterwards. Without one it is not known how much of it took place.
    pub stamp: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    pub at: Moment,
    pub known: Vec<KeyId>,
    pub mark: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Trouble {
    pub doing: Effect,
    pub since: Moment,
    pub last: Moment,
    pub times: u32,
    pub kind: FailureKind,
    pub message: String,
}

impl State {
    /// Folds the entries of one run. `None` when they do not begin with its start.
    pub fn of(entries: &[Entry]) -> Option<State> {
        let (first, rest) = entries.split_first()?;
        let Event::Started { job } = &first.event else { return None };
        let mut state = State {
            run: first.run.clone(),
            job: job.clone(),
            started: first.at,
            new: None,
            doubt: None,
            gone: Vec::new(),
            made_at: None,
            fresh: false,
            switched: None,
            used: None,
            reloaded: false,
            proven: false,
            disabled: None,
            refused: false,
            refused_at: None,
            deleted: false,
            deleted_at: None,
            published: false,
            given: false,
            switching: None,
            reverted: None,
            unstaged: None,
            reloaded_back: false,
            enabled: true,
            was_enabled: (true, true),
            enabled_at: None,
            restored: true,
            point_of_no_return: false,
            stays: BTreeSet::new(),
            back: None,
            back_done: false,
            outcome: None,
            trouble: None,
            attempts: 0,
            put: BTreeMap::new(),
        };
        rest.iter().for_each(|entry| state.apply(entry));
        Some(state)
    }

    pub fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Started { .. } => {}
            Event::Will { doing, .. } => self.will(doing, entry.at),
            Event::Did { doing, made, stamp } => {
                self.trouble = None;
                self.did(doing, made.as_ref(), entry.at);
                if let Some((sink, key)) = put(doing) {
                    self.put.insert(sink, Put { key: key.clone(), stamp: stamp.clone() });
                }
            }
            Event::Failed { doing, kind, message } => self.failed(doing, *kind, message, entry.at),
            Event::Quiet { .. } => self.switched = self.switched.or(Some(entry.at)),
            Event::Used { last_used } => self.used = self.used.max(Some(*last_used)),
            Event::TurnedBack { reason } => {
                self.back.get_or_insert_with(|| reason.clone());
                self.trouble = None;
            }
            Event::Finished { outcome } => self.outcome = Some(outcome.clone()),
        }
    }

    fn will(&mut self, doing: &Effect, at: Moment) {
        self.attempts += 1;
        if let Some((sink, key)) = put(doing) {
            self.put.insert(sink, Put { key: key.clone(), stamp: None });
        }
        match doing {
            // There may be one more than is heard of: the answer may be lost, or the request arrive twice. What came
            // of an earlier attempt was waited for before this one.
            Effect::Create { known, mark } => {
                self.doubt = Some(Doubt { at, known: known.clone(), mark: mark.clone() });
            }
            Effect::Promote { .. } => {
                self.published = true;
                self.switching = Some(at);
            }
            Effect::Disable { .. } => {
                self.was_enabled = (self.enabled, self.restored);
                self.enabled = false;
                self.restored = false;
            }
            Effect::Delete { key } if *key == self.job.old => self.point_of_no_return = true,
            Effect::Unstage { .. } => self.unstaged = Some(at),
            Effect::Revert { .. } => {
                self.reverted = Some(at);
                self.reloaded_back = false;
            }
            _ => {}
        }
    }

    fn did(&mut self, doing: &Effect, made: Option<&KeyId>, at: Moment) {
        match doing {
            Effect::Create { .. } => {
                self.new = made.cloned();
                self.made_at = Some(at);
                self.fresh = false;
            }
            Effect::Discard { key } => {
                self.gone.push(key.clone());
                if self.new.as_ref() == Some(key) {
                    self.new = None;
                    self.fresh = false;
                }
            }
            Effect::ProveFresh { .. } => self.fresh = true,
            Effect::Reload { key } if *key == self.job.old => self.reloaded_back = true,
            Effect::Reload { .. } => self.reloaded = true,
            Effect::ProveNew { .. } => self.proven = true,
            Effect::Disable { .. } => self.disabled = Some(at),
            Effect::ProveRefused { .. } => {
                self.refused = true;
                self.refused_at = Some(at);
            }
            Effect::Delete { key } => {
                self.gone.push(key.clone());
                match *key == self.job.old {
                    true => {
                        self.deleted = true;
                        self.deleted_at = Some(at);
                    }
                    false => self.back_done = true,
                }
            }
            Effect::Enable { .. } => {
                self.enabled = true;
                self.enabled_at = Some(at);
            }
            Effect::ProveRestored { .. } => self.restored = true,
            Effect::Revert { sink, .. } => {
                self.reverted = Some(at);
                self.stays.remove(sink);
            }
            Effect::Unstage { .. } => self.unstaged = Some(at),
            Effect::Promote { .. } => self.given = true,
            Effect::Stage { .. } => {}
        }
    }

    fn failed(&mut self, doing: &Effect, kind: FailureKind, message: &str, at: Moment) {
        // An answer that nothing was made leaves no doubt.
        if matches!(doing, Effect::Create { .. }) && kind != FailureKind::Unclear {
            self.doubt = None;
        }
        match doing {
            // Nor does one that it was not disabled.
            Effect::Disable { .. } if kind != FailureKind::Unclear => {
                (self.enabled, self.restored) = self.was_enabled;
            }
            Effect::Revert { sink, .. } if kind == FailureKind::Never => {
                self.stays.insert(*sink);
            }
            _ => {}
        }
        let before = self.trouble.take().filter(|trouble| trouble.doing.is_again(doing));
        let (since, times) = before.map_or((at, 0), |trouble| (trouble.since, trouble.times));
        let (doing, message) = (doing.clone(), message.to_owned());
        self.trouble = Some(Trouble { doing, since, last: at, times: times + 1, kind, message });
    }

    /// What is in a place that does not say so, and whether a write to it may have taken place in part. As long as
    /// nothing was put there, it is taken for what the others hold.
    pub fn held_at(&self, sink: usize, seen: &Held) -> (Held, bool) {
        let holds = |key: &KeyId| Held { current: Some(key.clone()), ..Held::default() };
        match self.put.get(&sink) {
            None => (holds(&self.job.old), false),
            Some(Put { stamp: None, .. }) => (Held::default(), true),
            Some(put) if put.stamp == seen.stamp => (holds(&put.key), false),
            Some(_) => (Held::default(), false),
        }
    }

    /// What is seen of a sink, given what it says of itself.
    pub fn sight_of(&self, at: usize, sink: &dyn Sink, held: Held) -> SinkSight {
        let silent = !sink.gives_back();
        let (held, torn) = if silent { self.held_at(at, &held) } else { (held, false) };
        SinkSight { stages: sink.stages(), silent, torn, held }
    }

    /// Where it is, in a few words.
    pub fn stage(&self) -> &'static str {
        match () {
            () if self.outcome.is_some() => "done",
            () if self.back.is_some() => "going back",
            () if self.deleted => "deleted",
            () if self.refused => "kept disabled",
            () if self.disabled.is_some() => "disabled",
            () if self.proven => "quiet period",
            () if self.switched.is_some() => "switched",
            () if self.published => "switching",
            () if self.fresh => "staged",
            () if self.new.is_some() => "made",
            () => "begun",
        }
    }
}

/// Which place gets something, and what.
fn put(effect: &Effect) -> Option<(usize, &KeyId)> {
    match effect {
        Effect::Promote { sink, key } | Effect::Revert { sink, key } => Some((*sink, key)),
        _ => None,
    }
}
