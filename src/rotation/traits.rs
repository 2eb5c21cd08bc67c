//! What the engine asks of the world. Each effect may be asked for twice and must then do no more than once.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// What takes time.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Seconds since 1970.
pub type Moment = i64;

/// When something was made of which nobody wrote that down.
pub const LONG_AGO: Moment = 0;

/// The public name of a credential, such as an access key id. Never a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub String);

/// A credential with its secret half, which lives in memory only.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: KeyId,
    pub secret: SecretString,
}

/// Why something was not done, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// What was said, without secrets.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// No answer, or one that does not tell whether it took place.
    Unclear,
    /// It did not take place, and may later.
    Later,
    /// It did not take place, since there may not be one more.
    Full,
    /// It did not take place, and will not.
    Never,
}

impl Failure {
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Failure { kind, message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

/// One credential as its issuer lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub id: KeyId,
    pub active: bool,
    pub created: Option<Moment>,
    pub last_used: Option<Moment>,
    /// By whom or for what, as far as that is told: `s3 in eu-central-1`.
    pub used_for: Option<String>,
    /// Whether a use of it would show.
    pub shows_uses: bool,
    /// Surely made by somebody else, however young it is.
    pub foreign: bool,
    /// When it ends by itself.
    pub ends: Option<Moment>,
    /// What shows with which attempt it was made, where the issuer has such a thing.
    pub mark: Option<String>,
}

impl Listed {
    pub fn new(id: KeyId, active: bool, created: Option<Moment>) -> Self {
        Listed {
            id,
            active,
            created,
            last_used: None,
            used_for: None,
            shows_uses: true,
            foreign: false,
            ends: None,
            mark: None,
        }
    }
}

/// Who makes credentials and ends them.
pub trait Issuer: Send + Sync {
    /// For messages and evidence: `AWS IAM user exporter`.
    fn name(&self) -> String;
    /// How many there may be at once.
    fn room(&self) -> Option<usize>;
    fn list(&self) -> Doing<'_, Vec<Listed>>;
    /// At least those that are named, and with `others` all that may have been made with them. For issuers that have
    /// very many.
    fn look<'a>(&'a self, _named: &'a [KeyId], _others: bool) -> Doing<'a, Vec<Listed>> {
        self.list()
    }
    /// What will show that something was made by the next attempt. It is written down before that is made.
    fn prepare(&self) -> Doing<'_, Option<String>> {
        Box::pin(std::future::ready(Ok(None)))
    }
    /// Whether a secret is that of the id beside it, as far as the issuer can say without using it.
    fn is_of<'a>(&'a self, _key: &'a Key) -> Doing<'a, bool> {
        Box::pin(std::future::ready(Ok(true)))
    }
    /// Whether it tells only who uses a credential at present, and not when one was used last. It is asked often then.
    fn sees_only_now(&self) -> bool {
        false
    }
    /// Whether one can be disabled for a while. What cannot is deleted as soon as it is quiet.
    fn disables(&self) -> bool {
        true
    }
    /// Whether its servers learn of a change one after the other, so that one which knows it says nothing of the next.
    fn spreads(&self) -> bool {
        false
    }
    /// The key that it asks with, where that could be one of its own.
    fn acts_with(&self) -> Option<KeyId> {
        None
    }
    /// Asks with another one from now on.
    fn act_with(&self, _key: &Key) {}
    /// Makes a new one. The token names the attempt, for issuers that take one.
    fn create<'a>(&'a self, token: &'a str) -> Doing<'a, Key>;
    /// Turning off what is off is done already; so is deleting what is not there.
    fn disable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()>;
    fn enable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()>;
    fn delete<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()>;
}

/// What a place holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// What consumers get.
    pub current: Option<KeyId>,
    /// What they would get after the switch.
    pub pending: Option<KeyId>,
    /// Of a place that gives nothing back: what is different after every write.
    pub stamp: Option<String>,
}

/// A place that consumers take the credential from.
pub trait Sink: Send + Sync {
    fn name(&self) -> String;
    /// Whether a value can be put there before consumers see it. Most places hold what consumers get and nothing else.
    fn stages(&self) -> bool {
        false
    }
    /// Whether it tells what it holds. Of a place that does not, the journal says what was put there last, and that
    /// it is put there; such a place always writes, and reads nothing.
    fn gives_back(&self) -> bool {
        true
    }
    fn look(&self) -> Doing<'_, Held>;
    /// Whether what it holds can be had again after a switch, as far as it says.
    fn keeps(&self) -> Doing<'_, bool> {
        Box::pin(std::future::ready(Ok(true)))
    }
    /// Puts it where consumers do not see it yet. Only asked of sinks that stage.
    fn stage<'a>(&'a self, _token: &'a str, _key: &'a Key) -> Doing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
    /// Makes it what consumers get. `key` is there for sinks that do not stage. If it is current already, this is done.
    fn promote<'a>(&'a self, token: &'a str, id: &'a KeyId, key: Option<&'a Key>) -> Doing<'a, ()>;
    /// Makes what was there before current again. Only asked of places that give it back. If it is current already, this is done.
    fn revert<'a>(&'a self, token: &'a str, to: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(async move {
            let gone = || {
                Failure::new(FailureKind::Never, format!("{} does not have {} any more", self.name(), to.0))
            };
            let key = self.read(to).await?.ok_or_else(gone)?;
            self.promote(token, to, Some(&key)).await
        })
    }
    /// Forgets what was staged.
    fn unstage<'a>(&'a self, _id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
    /// The value of one that it holds: current, staged, or from before.
    fn read<'a>(&'a self, id: &'a KeyId) -> Doing<'a, Option<Key>>;
}

/// The key that a sink without stages is to switch to.
pub(super) fn at_hand<'k>(id: &KeyId, key: Option<&'k Key>) -> Result<&'k Key, Failure> {
    let lost = || Failure::new(FailureKind::Later, format!("the value of {} is not at hand", id.0));
    key.filter(|key| key.id == *id).ok_or_else(lost)
}

/// Says whether a credential is accepted, by using it.
pub trait Check: Send + Sync {
    fn name(&self) -> String;
    /// `true` for accepted, `false` for refused. Anything that is neither is a failure.
    fn accepted<'a>(&'a self, key: &'a Key) -> Doing<'a, bool>;
}

/// Says whether a consumer is well, now that it should have this one.
pub trait Probe: Send + Sync {
    fn name(&self) -> String;
    fn is_well<'a>(&'a self, key: &'a Key) -> Doing<'a, ()>;
}

/// Makes a consumer take what its place holds now, which those do not that look only when they start.
pub trait Reload: Send + Sync {
    fn name(&self) -> String;
    fn reload(&self) -> Doing<'_, ()>;
}

/// The time, so that tests need not wait.
pub trait Clock: Send + Sync {
    fn now(&self) -> Moment;
    fn sleep(&self, until: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
