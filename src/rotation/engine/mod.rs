//! One exchange from beginning to end. What comes next is decided by [`decide`], a pure function; this file looks at
//! the world, writes the journal, and does what was decided.

mod decide;
mod event;
mod others;
mod perform;
mod rotator;
mod state;
#[cfg(test)]
mod tests;
mod world;

pub use decide::{Next, Sight, SinkSight, decide};
pub use event::{Effect, Entry, Event, Job, Outcome};
pub use state::{Doubt, Put, State, Trouble};
pub use world::World;

use super::journal::{Journal, JournalError};
use super::traits::{Failure, FailureKind, Key, KeyId, Moment, Probe, Reload};
use std::collections::HashMap;
use thiserror::Error;

/// Where a call of [`Engine::run`] ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Finished(Outcome),
    /// Nothing to do before then; run it again.
    Waiting {
        until: Moment,
        why: String,
    },
    Stuck {
        why: String,
    },
}

#[derive(Debug, Error)]
pub enum EngineError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("run `{0}` is not in the journal")]
    NoRun(String),
    #[error("the run is for {wanted}, and {found} was given")]
    OtherWorld { wanted: String, found: String },
}

/// What came of an effect.
#[derive(Default)]
struct Done {
    made: Option<KeyId>,
    stamp: Option<String>,
}

/// How long one call may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// As long as it takes.
    Forever,
    /// Waits of up to so many seconds are sat out; with a longer one it ends.
    UpTo(i64),
}

/// What a run tells whoever looks on.
#[derive(Clone, Copy, Debug)]
pub enum Told<'a> {
    Begun {
        run: &'a str,
    },
    Written(&'a Entry),
    Waits {
        until: Moment,
        why: &'a str,
    },
    /// The world cannot be seen at present.
    Blind(&'a Failure),
}

/// When nothing may be changed: until when, if so.
pub type Closed<'a> = Box<dyn Fn(Moment) -> Option<Moment> + 'a>;
type Onlooker<'a> = Box<dyn FnMut(&Job, Told<'_>) + 'a>;

/// The exchange of one credential. Dropping it at any moment loses nothing but the secret in its memory.
pub struct Engine<'a> {
    world: World<'a>,
    journal: &'a mut dyn Journal,
    state: State,
    waiting: Waiting,
    closed: Closed<'a>,
    onlooker: Onlooker<'a>,
    probes: Vec<&'a dyn Probe>,
    reloads: Vec<&'a dyn Reload>,
    /// The new one, as long as this process knows it.
    new: Option<Key>,
    /// When this process saw each in use.
    uses: HashMap<KeyId, Moment>,
}

/// How often to look for uses that nobody writes down, in seconds.
pub const LOOK_FOR_USES: i64 = 10;
/// How long a key that is nowhere but in memory is waited for at least, in seconds: whoever goes on later has to make
/// another.
const LOSS: i64 = 60;

impl std::fmt::Debug for Engine<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Engine")
            .field("world", &self.world)
            .field("run", &self.state.run)
            .finish_non_exhaustive()
    }
}

impl<'a> Engine<'a> {
    /// Begins a run; refused as long as another one for the same credential is not finished.
    pub fn start(
        world: World<'a>,
        journal: &'a mut dyn Journal,
        run: &str,
        job: Job,
        waiting: Waiting,
    ) -> Result<Self, EngineError> {
        journal.begin(Entry { run: run.to_owned(), at: world.clock.now(), event: Event::Started { job } })?;
        Engine::resume(world, journal, run, waiting)
    }

    /// Goes on with a run from its journal.
    pub fn resume(
        world: World<'a>,
        journal: &'a mut dyn Journal,
        run: &str,
        waiting: Waiting,
    ) -> Result<Self, EngineError> {
        let entries = journal.entries(run)?;
        let state = State::of(&entries).ok_or_else(|| EngineError::NoRun(run.to_owned()))?;
        let sinks: Vec<_> = world.sinks.iter().map(|sink| sink.name()).collect();
        let (wanted, found) = (
            format!("{} and {}", state.job.issuer, state.job.sinks.join(", ")),
            format!("{} and {}", world.issuer.name(), sinks.join(", ")),
        );
        if wanted != found {
            return Err(EngineError::OtherWorld { wanted, found });
        }
        let (closed, onlooker) = (Box::new(|_| None), Box::new(|_: &Job, _: Told<'_>| ()));
        Ok(Engine {
            world,
            journal,
            state,
            waiting,
            closed,
            onlooker,
            probes: Vec::new(),
            reloads: Vec::new(),
            new: None,
            uses: HashMap::new(),
        })
    }

    /// Makes changes only while it is open. What goes back, and what finishes a switch, does not wait for that.
    pub fn within(&mut self, closed: Closed<'a>) {
        self.closed = closed;
    }

    /// Consumers that have to be well before the new one counts as proven.
    pub fn ask(&mut self, probes: Vec<&'a dyn Probe>) {
        self.probes = probes;
    }

    /// Consumers that look only when they are told to.
    pub fn have_reloaded(&mut self, reloads: Vec<&'a dyn Reload>) {
        self.reloads = reloads;
    }

    pub fn tell(&mut self, onlooker: impl FnMut(&Job, Told<'_>) + 'a) {
        self.onlooker = Box::new(onlooker);
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Sends it back to the old one, as soon as it runs.
    pub fn turn_back(&mut self, reason: &str) -> Result<(), EngineError> {
        match self.state.back.is_some() || self.state.outcome.is_some() {
            true => Ok(()),
            false => self.write(Event::TurnedBack { reason: reason.to_owned() }),
        }
    }

    /// Goes on until it is finished, stuck, or has to wait for longer than it may.
    pub async fn run(&mut self) -> Result<End, EngineError> {
        let (mut blind, mut told) = (0, None);
        loop {
            let mut sight = match self.look().await {
                Ok(sight) => sight,
                Err(failure) => {
                    let now = self.world.clock.now();
                    let pause = self.state.job.backoff.saturating_mul(1 << blind.min(6));
                    blind += 1;
                    (self.onlooker)(&self.state.job, Told::Blind(&failure));
                    if blind > 10 {
                        return Ok(End::Stuck { why: format!("cannot see where it stands: {failure}") });
                    }
                    self.world.clock.sleep(now + pause).await;
                    continue;
                }
            };
            blind = 0;
            // What somebody else did meanwhile would be taken for a stranger's doing.
            if self.journal.lease().is_some_and(|lease| lease.is_over()) {
                return Err(JournalError::Lost(self.state.job.credential.clone()).into());
            }
            self.note_use(&sight)?;
            let next = match self.is_of_others(&mut sight)? {
                Some(wait) => wait,
                None => decide(&self.state, &sight),
            };
            match self.unless_closed(next) {
                Next::Do(effect) => self.perform(effect).await?,
                Next::Switched => {
                    let last_used = sight.keys.iter().find(|key| key.id == self.state.job.old);
                    self.write(Event::Quiet { last_used: last_used.and_then(|key| key.last_used) })?;
                }
                Next::TurnBack { reason } => self.write(Event::TurnedBack { reason })?,
                Next::Wait { until, why } => {
                    let length = until - self.world.clock.now();
                    let least = if self.is_unpublished() { LOSS.max(self.state.job.settle) } else { 0 };
                    if matches!(self.waiting, Waiting::UpTo(most) if length > most.max(least)) {
                        return Ok(End::Waiting { until, why });
                    }
                    if told != Some(until) {
                        (self.onlooker)(&self.state.job, Told::Waits { until, why: &why });
                        told = Some(until);
                    }
                    // Uses that nobody writes down have to be seen while they last.
                    let pause = if self.world.issuer.sees_only_now() { LOOK_FOR_USES } else { length };
                    self.world.clock.sleep(until.min(self.world.clock.now() + pause)).await;
                }
                Next::Stuck { why } => return Ok(End::Stuck { why }),
                Next::Finish(outcome) => {
                    if self.state.outcome.is_none() {
                        self.write(Event::Finished { outcome: outcome.clone() })?;
                    }
                    return Ok(End::Finished(outcome));
                }
            }
        }
    }

    fn unless_closed(&self, next: Next) -> Next {
        let Next::Do(effect) = &next else { return next };
        let waits = match effect {
            Effect::Create { .. } | Effect::Stage { .. } | Effect::Disable { .. } => true,
            Effect::Promote { .. } => !self.state.published,
            Effect::Delete { .. } => !self.state.point_of_no_return,
            _ => false,
        };
        match (self.closed)(self.world.clock.now()) {
            Some(until) if waits && self.state.back.is_none() => {
                Next::Wait { until, why: "changes have to wait for the next window".to_owned() }
            }
            _ => next,
        }
    }

    /// Effects are written down before they are begun, and again once they are known to have taken place.
    async fn perform(&mut self, mut effect: Effect) -> Result<(), EngineError> {
        if let Effect::Create { mark, .. } = &mut effect {
            match self.world.prepare(&self.state.job.old).await {
                Ok(made) => *mark = made,
                // Nothing was asked for yet.
                Err(Failure { kind, message }) => {
                    let kind = if kind == FailureKind::Unclear { FailureKind::Later } else { kind };
                    return self.write(Event::Failed { doing: effect, kind, message });
                }
            }
        }
        let token = token(&self.state.run, self.state.attempts, &effect);
        self.write(Event::Will { doing: effect.clone(), token: token.clone() })?;
        let done = match self.journal.lease() {
            // Somebody else may go on with it as soon as that ends.
            Some(lease) => {
                let credential = self.state.job.credential.clone();
                lease.hold(self.effect(&effect, &token)).await.ok_or(JournalError::Lost(credential))?
            }
            None => self.effect(&effect, &token).await,
        };
        match done {
            Ok(Done { made, stamp }) => self.write(Event::Did { doing: effect, made, stamp }),
            Err(Failure { kind, message }) => self.write(Event::Failed { doing: effect, kind, message }),
        }
    }

    async fn look(&mut self) -> Result<Sight, Failure> {
        self.take_over().await?;
        let named: Vec<_> =
            [Some(self.state.job.old.clone()), self.state.new.clone()].into_iter().flatten().collect();
        let mut keys = self.world.issuer.look(&named, self.state.doubt.is_some()).await?;
        for key in &mut keys {
            let noted = self.state.used.filter(|_| key.id == self.state.job.old);
            key.last_used = key.last_used.max(self.uses.get(&key.id).copied()).max(noted);
            if let Some(at) = key.last_used {
                self.uses.insert(key.id.clone(), at);
            }
        }
        let mut sinks = Vec::new();
        for (at, sink) in self.world.sinks.iter().enumerate() {
            let held = sink.look().await?;
            sinks.push(self.state.sight_of(at, *sink, held));
        }
        let at_hand = match self.state.new.clone() {
            Some(id) => self.new_key(&id).await?.is_some(),
            None => false,
        };
        let issuer = self.world.issuer;
        Ok(Sight {
            now: self.world.clock.now(),
            keys,
            room: issuer.room(),
            disables: issuer.disables(),
            spreads: issuer.spreads(),
            reloads: !self.reloads.is_empty(),
            sinks,
            at_hand,
        })
    }

    /// Whether the new one would be lost with this process.
    fn is_unpublished(&self) -> bool {
        self.new.is_some() && self.state.switched.is_none() && self.state.outcome.is_none()
    }

    /// Writes down what only this process saw, as far as the quiet period depends on it.
    fn note_use(&mut self, sight: &Sight) -> Result<(), EngineError> {
        let (Some(switched), None) = (self.state.switched, self.state.disabled) else { return Ok(()) };
        if !self.world.issuer.sees_only_now() {
            return Ok(());
        }
        let used = sight.keys.iter().find(|key| key.id == self.state.job.old).and_then(|key| key.last_used);
        let known = self.state.used.unwrap_or(switched);
        match used {
            // The period is long, and an entry for each look would be many.
            Some(last_used) if last_used > known + self.state.job.quiet / 20 => {
                self.write(Event::Used { last_used })
            }
            _ => Ok(()),
        }
    }

    /// The new one from memory, or else from a sink that has it already.
    async fn new_key(&mut self, id: &KeyId) -> Result<Option<Key>, Failure> {
        if self.new.as_ref().is_none_or(|key| key.id != *id) {
            self.new = self.world.find(id).await?;
        }
        Ok(self.new.clone())
    }

    fn write(&mut self, event: Event) -> Result<(), EngineError> {
        let entry = Entry { run: self.state.run.clone(), at: self.world.clock.now(), event };
        self.journal.append(&entry)?;
        self.state.apply(&entry);
        (self.onlooker)(&self.state.job, Told::Written(&entry));
        Ok(())
    }
}

/// The same for the same attempt, and for no other. Staging has one for each key, so that a repeated request is
/// known to be one.
fn token(run: &str, attempt: usize, effect: &Effect) -> String {
    use sha2::{Digest, Sha256};
    let what = match effect {
        Effect::Stage { .. } | Effect::Promote { .. } | Effect::Revert { .. } => format!("{effect:?}"),
        _ => format!("{attempt} {effect:?}"),
    };
    let digest = Sha256::digest(format!("{run}\n{what}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn lost(id: &KeyId) -> Failure {
    Failure::new(FailureKind::Later, format!("no sink has the value of {} any more", id.0))
}
