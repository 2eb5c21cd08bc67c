//! From settings to runs: builds the world of a target, and begins, goes on with and takes back its exchange.

mod build;
mod clock;
mod due;
mod journal;
mod preview;
mod surroundings;

pub use build::{Issuing, Parts, access_keys};
pub use due::Due;
pub use journal::postgres_journal;
pub use preview::Preview;
pub use surroundings::{Refusal, Surroundings};

use super::engine::{End, Engine, EngineError, Entry, Job, LOOK_FOR_USES, State, Told, Waiting};
use super::journal::{Journal, JournalError, Rest};
use super::plan::terms;
use super::traits::{Failure, KeyId, Moment};
use crate::config::{RotationPolicy, RotationTarget, Window};
use crate::identity::privilege::Level;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use std::future::Future;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum OperateError {
    /// Something that the configuration names is not there or not usable.
    #[error("{message}")]
    NotConfigured { message: String, help: String },
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("{0}")]
    World(Failure),
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
}

/// One target with everything that its exchange needs.
pub struct Operator<'a> {
    pub target: &'a RotationTarget,
    pub policy: &'a RotationPolicy,
    pub surroundings: Surroundings<'a>,
    pub waiting: Waiting,
}

impl std::fmt::Debug for Operator<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Operator").field("target", &self.target.credential).finish_non_exhaustive()
    }
}

/// Where a call left a run.
#[derive(Clone, Debug)]
pub struct Report {
    pub run: String,
    pub credential: String,
    pub stage: &'static str,
    pub end: End,
    /// When it is to be looked at again.
    pub rest: Rest,
}

/// What holds for a target: its own settings, or those of the policy.
#[derive(Clone, Debug)]
pub struct TargetTerms {
    pub max_age: Option<SignedDuration>,
    pub quiet: SignedDuration,
    pub keep_disabled: SignedDuration,
    pub windows: Vec<Window>,
    /// Who is told.
    pub notify: Vec<String>,
}

impl TargetTerms {
    pub fn of(target: &RotationTarget, policy: &RotationPolicy) -> Self {
        let subject = terms::Subject {
            kind: Some(target.kind()),
            production: target.production,
            privilege: target.privilege.map_or(Level::Unknown, terms::level),
            exposed: target.exposed,
            address: target.credential.get_ref(),
        };
        let usual = terms::of(policy, &subject);
        let windows = if target.windows.is_empty() { usual.windows } else { target.windows.clone() };
        TargetTerms {
            max_age: target.max_age.or(usual.max_age),
            quiet: target.quiet.unwrap_or(usual.quiet),
            keep_disabled: target.keep_disabled.unwrap_or(usual.keep_disabled),
            windows,
            notify: usual.notify,
        }
    }

    /// When the next window opens, unless one is open.
    pub fn closed(&self, now: Moment) -> Option<Moment> {
        let now = jiff::Timestamp::from_second(now).ok()?.to_zoned(TimeZone::UTC).datetime();
        if self.windows.is_empty() || self.windows.iter().any(|window| window.contains(now)) {
            return None;
        }
        let next = self.windows.iter().filter_map(|window| window.next(now)).min()?;
        Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
    }
}

impl Operator<'_> {
    pub fn terms(&self) -> TargetTerms {
        TargetTerms::of(self.target, self.policy)
    }

    /// Begins a run and carries it as far as it may wait.
    pub fn begin(
        &self,
        journal: &mut dyn Journal,
        run: &str,
        onlooker: &mut dyn FnMut(&Job, Told<'_>),
    ) -> Result<Report, OperateError> {
        journal.claim(self.target.credential.get_ref())?;
        let done = self.parts(journal.ahead()).and_then(|parts| {
            block_on(async {
                let old = self.current(&parts).await?;
                let job = self.job(&parts, old);
                let engine = Engine::start(parts.world(), journal, run, job, self.waiting)?;
                onlooker(&engine.state().job, Told::Begun { run });
                self.carry(&parts, engine, onlooker).await
            })?
        });
        let_go(journal, done)
    }

    /// Goes on with a run; with a reason, back to the old one.
    pub fn go_on(
        &self,
        journal: &mut dyn Journal,
        run: &str,
        back: Option<&str>,
        onlooker: &mut dyn FnMut(&Job, Told<'_>),
    ) -> Result<Report, OperateError> {
        journal.claim(self.target.credential.get_ref())?;
        let done = self.parts(journal.ahead()).and_then(|parts| {
            block_on(async {
                let mut engine = Engine::resume(parts.world(), journal, run, self.waiting)?;
                if let Some(reason) = back {
                    engine.turn_back(reason)?;
                }
                self.carry(&parts, engine, onlooker).await
            })?
        });
        let_go(journal, done)
    }

    async fn carry<'e>(
        &self,
        parts: &'e Parts,
        mut engine: Engine<'e>,
        onlooker: &'e mut dyn FnMut(&Job, Told<'_>),
    ) -> Result<Report, OperateError> {
        let terms = self.terms();
        engine.within(Box::new(move |now| terms.closed(now)));
        engine.ask(parts.probes.iter().map(|probe| &**probe).collect());
        engine.have_reloaded(parts.reloads.iter().map(|reload| &**reload).collect());
        engine.tell(onlooker);
        let end = engine.run().await?;
        let state = engine.state();
        let (run, credential) = (state.run.clone(), state.job.credential.clone());
        let rest = match &end {
            // Uses that nobody writes down have to be seen while they last.
            End::Waiting { until, .. } if parts.issuer.sees_only_now() => {
                let again = parts.clock.now() + LOOK_FOR_USES;
                Rest::Until { again: again.min(*until), due: *until }
            }
            End::Waiting { until, .. } => Rest::Until { again: *until, due: *until },
            End::Finished(_) | End::Stuck { .. } => Rest::Over,
        };
        Ok(Report { run, credential, stage: state.stage(), end, rest })
    }

    fn parts(&self, ahead: Moment) -> Result<Parts, OperateError> {
        build::parts(self.target, &self.surroundings, ahead)
            .map_err(|(message, help)| OperateError::NotConfigured { message, help })
    }

    /// The one that all sinks hold.
    async fn current(&self, parts: &Parts) -> Result<KeyId, OperateError> {
        let mut found: Option<KeyId> = None;
        for sink in &parts.sinks {
            let held = sink.look().await.map_err(OperateError::World)?.current;
            if !sink.gives_back() {
                continue;
            }
            let wrong = |message: String| OperateError::NotConfigured {
                message,
                help: "every sink has to hold the credential that is in use before it is exchanged"
                    .to_owned(),
            };
            let Some(held) = held else {
                return Err(wrong(format!(
                    "{} holds no credential under the configured fields",
                    sink.name()
                )));
            };
            if let Some(known) = &found
                && *known != held
            {
                let name = sink.name();
                return Err(wrong(format!("{name} holds {}, and another sink holds {}", held.0, known.0)));
            }
            found = Some(held);
        }
        found.ok_or_else(|| OperateError::NotConfigured {
            message: "there is no sink that gives back what it holds".to_owned(),
            help: "add a `[[rotation.target.sink]]` that does".to_owned(),
        })
    }

    fn job(&self, parts: &Parts, old: KeyId) -> Job {
        let terms = self.terms();
        Job {
            credential: self.target.credential.get_ref().clone(),
            issuer: parts.issuer.name(),
            sinks: parts.sinks.iter().map(|sink| sink.name()).collect(),
            old,
            quiet: terms.quiet.as_secs(),
            keep_disabled: terms.keep_disabled.as_secs(),
            settle: self.target.settle.as_secs(),
            patience: self.target.patience.as_secs(),
            backoff: 1,
            unseen: self.target.issuer.accepts_unseen(),
            by: self.surroundings.by.to_owned(),
        }
    }
}

/// What cannot be let go of ends with its lease.
fn let_go(journal: &mut dyn Journal, done: Result<Report, OperateError>) -> Result<Report, OperateError> {
    let rest = match &done {
        Ok(report) => report.rest,
        // Nothing is wrong with the run.
        Err(OperateError::Engine(EngineError::Journal(JournalError::Lost(_)))) => {
            Rest::Until { again: 0, due: 0 }
        }
        Err(_) => Rest::Over,
    };
    let _ = journal.release(rest);
    done
}

/// All runs of a journal, in the order in which they began.
pub fn runs(journal: &dyn Journal) -> Result<Vec<(State, Vec<Entry>)>, JournalError> {
    let mut by_run: indexmap::IndexMap<String, Vec<Entry>> = indexmap::IndexMap::new();
    for link in journal.links()? {
        let entry: Entry =
            serde_json::from_str(&link.body).map_err(|_| JournalError::Unreadable(link.number))?;
        by_run.entry(entry.run.clone()).or_default().push(entry);
    }
    Ok(by_run.into_values().filter_map(|entries| Some((State::of(&entries)?, entries))).collect())
}

/// Runs what takes time to its end.
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T, OperateError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.map_err(OperateError::Runtime)?.block_on(future))
}

#[cfg(test)]
mod tests {
    use super::TargetTerms;
    use crate::config::parse;
    use crate::dates::days;

    /// What a target says of itself meets the conditions of rules; what it does not say meets none.
    #[test]
    fn rules_hold_for_targets_that_say_what_they_ask_for() {
        let max_age = |condition: &str, said: &str| {
            let text = format!(
                "[rotation]\naccess-key = 90\n\n[[rotation.rule]]\n{condition}\nmax-age = 30\n\n[[rotation.target]]\ncredential = \"a\"\n{said}\n[rotation.target.issuer]\nkind = \"aws-iam\"\nuser = \"a\"\n[[rotation.target.sink]]\nkind = \"command\"\nname = \"store\"\ncommand = [\"./store\"]\n"
            );
            let policy = parse(&text, &[]).unwrap_or_else(|errors| panic!("{errors:?}")).rotation;
            TargetTerms::of(&policy.targets[0], &policy).max_age
        };
        for (condition, met, other) in [
            (
                "environment = \"production\"",
                "environment = \"production\"",
                "environment = \"non-production\"",
            ),
            ("privilege = \"write\"", "privilege = \"admin\"", "privilege = \"read\""),
            ("exposed = true", "exposed = true", "exposed = false"),
            ("exposed = false", "exposed = false", "exposed = true"),
            ("environment = \"non-production\"", "environment = \"non-production\"", ""),
        ] {
            assert_eq!(max_age(condition, met), Some(days(30)), "{condition}");
            assert_eq!(max_age(condition, other), Some(days(90)), "{condition}");
            assert_eq!(max_age(condition, ""), Some(days(90)), "{condition}");
        }
        assert_eq!(max_age("kind = \"access-key\"", ""), Some(days(30)));
    }
}
