use crate::rotation::traits::{FailureKind, KeyId, Moment};
use serde::{Deserialize, Serialize};

/// What is exchanged, and how patiently. Lengths are seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Of the credential: address, or any name that is used for nothing else.
    pub credential: String,
    pub issuer: String,
    pub sinks: Vec<String>,
    /// The one that is in use now.
    pub old: KeyId,
    /// How long nobody may have used the old one before it is disabled.
    pub quiet: i64,
    /// How long it stays disabled before it is deleted.
    pub keep_disabled: i64,
    /// How long it may take until the issuer lists what it made.
    pub settle: i64,
    /// How long something that fails is tried again, before the run turns back or stops.
    pub patience: i64,
    /// The first wait after a failure; it doubles up to a minute, or up to this if that is more.
    pub backoff: i64,
    /// Whether one of which no use shows may be ended after the quiet period.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unseen: bool,
    /// Who began it, as far as that is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// Something that changes the world, or proves something about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Effect {
    /// With what was there before, so that one which nobody heard of again is found.
    Create {
        known: Vec<KeyId>,
        /// What shows that one comes from this attempt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mark: Option<String>,
    },
    /// Deletes one that nobody uses: it was never published, or its value is lost.
    Discard {
        key: KeyId,
    },
    Stage {
        sink: usize,
        key: KeyId,
    },
    /// The new one is accepted, before anybody depends on it.
    ProveFresh {
        key: KeyId,
    },
    Promote {
        sink: usize,
        key: KeyId,
    },
    /// Consumers look again at what they have: the new one, or the old one on the way back.
    Reload {
        key: KeyId,
    },
    /// Read back from every sink that gives it back, and accepted; seen to be written in all others.
    ProveNew {
        key: KeyId,
    },
    Disable {
        key: KeyId,
    },
    ProveRefused {
        key: KeyId,
    },
    Delete {
        key: KeyId,
    },
    Enable {
        key: KeyId,
    },
    /// What was disabled is accepted again, before consumers are sent back to it.
    ProveRestored {
        key: KeyId,
    },
    Revert {
        sink: usize,
        key: KeyId,
    },
    Unstage {
        sink: usize,
        key: KeyId,
    },
}

impl Effect {
    /// Attempts to make one differ in what was there before.
    pub(super) fn is_again(&self, other: &Effect) -> bool {
        self == other || matches!((self, other), (Effect::Create { .. }, Effect::Create { .. }))
    }
}

/// How a run ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    Rotated {
        key: KeyId,
    },
    /// The old one is in use, and nothing is left of the new one.
    RolledBack {
        reason: String,
    },
}

/// One line of the journal. No event holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    Started {
        job: Job,
    },
    /// Written before the effect.
    Will {
        doing: Effect,
        token: String,
    },
    /// Written after it, with the id of what was made.
    Did {
        doing: Effect,
        #[serde(skip_serializing_if = "Option::is_none")]
        made: Option<KeyId>,
        /// By what the write shows, in a place that does not say what it holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stamp: Option<String>,
    },
    Failed {
        doing: Effect,
        kind: FailureKind,
        message: String,
    },
    /// All sinks hold the new one from here on, and the old one may become quiet.
    Quiet {
        last_used: Option<Moment>,
    },
    /// The old one was seen in use after that, by an issuer that does not remember it.
    Used {
        last_used: Moment,
    },
    TurnedBack {
        reason: String,
    },
    Finished {
        outcome: Outcome,
    },
}

/// An event with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub run: String,
    pub at: Moment,
    #[serde(flatten)]
    pub event: Event,
}

impl Effect {
    /// The key that it is about.
    pub fn key(&self) -> Option<&KeyId> {
        match self {
            Effect::Create { .. } => None,
            Effect::Discard { key }
            | Effect::Stage { key, .. }
            | Effect::ProveFresh { key }
            | Effect::Promote { key, .. }
            | Effect::Reload { key }
            | Effect::ProveNew { key }
            | Effect::Disable { key }
            | Effect::ProveRefused { key }
            | Effect::Delete { key }
            | Effect::Enable { key }
            | Effect::ProveRestored { key }
            | Effect::Revert { key, .. }
            | Effect::Unstage { key, .. } => Some(key),
        }
    }

    /// In words, for people.
    pub fn describe(&self, job: &Job) -> String {
        let sink = |at: &usize| job.sinks.get(*at).map_or("a sink", String::as_str).to_owned();
        match self {
            Effect::Create { .. } => "make a new one".to_owned(),
            Effect::Discard { key } => format!("delete {}, which nobody uses", key.0),
            Effect::Stage { sink: at, key } => format!("stage {} in {}", key.0, sink(at)),
            Effect::ProveFresh { key } => format!("see that {} is accepted", key.0),
            Effect::Promote { sink: at, key } => format!("switch {} to {}", sink(at), key.0),
            Effect::Reload { key } => format!("have consumers load {}", key.0),
            Effect::ProveNew { key } => format!("see {} in every sink and use it", key.0),
            Effect::Disable { key } => format!("disable {}", key.0),
            Effect::ProveRefused { key } => format!("see that {} is refused", key.0),
            Effect::Delete { key } => format!("delete {}", key.0),
            Effect::Enable { key } => format!("enable {}", key.0),
            Effect::ProveRestored { key } => format!("see that {} is accepted again", key.0),
            Effect::Revert { sink: at, key } => format!("switch {} back to {}", sink(at), key.0),
            Effect::Unstage { sink: at, key } => format!("take {} out of {}", key.0, sink(at)),
        }
    }
}
