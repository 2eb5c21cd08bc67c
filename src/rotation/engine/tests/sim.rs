//! A world in memory: an issuer that lists and believes late, places that consumers look at now and then, consumers
//! that log in every second, and faults at every call.

use crate::rotation::traits::*;
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    CrashBefore,
    CrashAfter,
    /// It took place, and the answer is lost.
    LostAnswer,
    /// It did not take place, and nobody says so.
    Unreached,
    Throttled,
    /// The request arrives twice.
    Twice,
    Refused,
}

/// How slowly the issuer is to be believed, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lags {
    pub list: i64,
    pub login: i64,
    pub used: i64,
    /// How much later than others the servers believe that consumers talk to.
    pub far: i64,
}

#[derive(Debug, Default)]
pub struct Made {
    pub secret: String,
    pub created: Moment,
    /// What holds from when on: accepted or not.
    logins: Vec<(Moment, bool)>,
    /// The same for what is listed: active or not, or gone.
    lists: Vec<(Moment, Option<bool>)>,
    uses: Vec<Moment>,
    pub deleted: bool,
    pub active: bool,
}

#[derive(Debug, Default)]
pub struct Place {
    pub stages: bool,
    /// It does not say what it holds.
    pub silent: bool,
    writes: usize,
    pub current: Option<KeyId>,
    pub pending: Option<KeyId>,
    before: Option<KeyId>,
    values: HashMap<KeyId, String>,
    tokens: HashMap<String, KeyId>,
}

/// Something that takes its credential from a place, and looks there again now and then.
#[derive(Debug, Default)]
struct Consumer {
    loaded: Option<(KeyId, String)>,
    at: Moment,
}

#[derive(Debug, Default)]
pub struct Inner {
    pub now: Moment,
    pub lags: Lags,
    pub room: usize,
    /// Keys are deleted without being disabled before.
    pub final_at_once: bool,
    /// Consumers look again only when they are told to.
    pub stubborn: bool,
    /// It says that its servers learn of a change one after the other.
    pub spreads: bool,
    /// Nobody can see when keys were used.
    pub blind: bool,
    pub faults: VecDeque<Fault>,
    pub calls: usize,
    pub keys: BTreeMap<KeyId, Made>,
    pub places: Vec<Place>,
    consumers: Vec<Consumer>,
    /// Seen to be refused since they were last enabled.
    refused: HashSet<KeyId>,
    pub wrong: Vec<String>,
    number: usize,
}

/// How often a consumer looks again.
const RELOAD: i64 = 20;

pub struct Sim(pub Mutex<Inner>);

impl Sim {
    /// One key that every place holds.
    pub fn new(stages: &[bool], lags: Lags, room: usize, faults: impl IntoIterator<Item = Fault>) -> Self {
        let mut inner = Inner {
            now: 1_000,
            lags,
            room,
            spreads: lags.far > 0,
            faults: faults.into_iter().collect(),
            ..Inner::default()
        };
        let old = KeyId("old".to_owned());
        inner.keys.insert(
            old.clone(),
            Made {
                secret: "secret-of-old".to_owned(),
                created: 1,
                logins: vec![(0, true)],
                lists: vec![(0, Some(true))],
                active: true,
                ..Made::default()
            },
        );
        for stages in stages {
            let values = HashMap::from([(old.clone(), "secret-of-old".to_owned())]);
            let place = Place { stages: *stages, current: Some(old.clone()), values, ..Place::default() };
            inner.places.push(place);
            inner.consumers.push(Consumer::default());
        }
        Sim(Mutex::new(inner))
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("nobody panicked")
    }

    /// Does it as the next fault says. What never ends is a crash: the test lets go of it.
    fn call<'a, T: Send + 'a>(
        &'a self,
        act: impl Fn(&mut Inner) -> Result<T, Failure> + Send + 'a,
    ) -> Doing<'a, T> {
        Box::pin(async move {
            let fault = {
                let mut inner = self.lock();
                inner.calls += 1;
                inner.pass(1);
                inner.faults.pop_front().unwrap_or(Fault::None)
            };
            let unclear = || Err(Failure::new(FailureKind::Unclear, "no answer"));
            match fault {
                Fault::None => act(&mut self.lock()),
                Fault::CrashBefore => std::future::pending().await,
                Fault::CrashAfter => {
                    let _ = act(&mut self.lock());
                    std::future::pending().await
                }
                Fault::LostAnswer => {
                    let _ = act(&mut self.lock());
                    unclear()
                }
                Fault::Unreached => unclear(),
                Fault::Throttled => Err(Failure::new(FailureKind::Later, "slow down")),
                Fault::Twice => {
                    let first = act(&mut self.lock());
                    let _ = act(&mut self.lock());
                    first
                }
                Fault::Refused => Err(Failure::new(FailureKind::Never, "not allowed")),
            }
        })
    }
}

impl Place {
    /// What was there before is gone.
    pub fn forget(&mut self) {
        self.before = None;
        let current = self.current.clone();
        self.values.retain(|id, _| Some(id) == current.as_ref());
    }
}

impl Inner {
    /// Lets time pass, in which consumers work.
    fn pass(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.now += 1;
            for at in 0..self.consumers.len() {
                self.work(at);
            }
        }
    }

    fn work(&mut self, at: usize) {
        let place = &self.places[at];
        let consumer = &mut self.consumers[at];
        if consumer.loaded.is_none() || (self.now - consumer.at >= RELOAD && !self.stubborn) {
            consumer.at = self.now;
            consumer.loaded =
                place.current.clone().and_then(|id| Some((id.clone(), place.values.get(&id)?.clone())));
        }
        let Some((id, secret)) = consumer.loaded.clone() else {
            return self.wrong.push(format!("{}: consumer {at} has nothing", self.now));
        };
        if !self.login(&id, &secret, self.now - self.lags.far) {
            self.wrong.push(format!("{}: consumer {at} was refused with {}", self.now, id.0));
        }
    }

    /// As servers know it that have heard of everything until then.
    fn login(&mut self, id: &KeyId, secret: &str, known: Moment) -> bool {
        let now = self.now;
        let Some(made) = self.keys.get_mut(id).filter(|made| made.secret == secret) else { return false };
        let accepted =
            made.logins.iter().rev().find(|(from, _)| *from <= known).is_some_and(|(_, accepted)| *accepted);
        if accepted {
            made.uses.push(now);
        }
        accepted
    }

    fn set(&mut self, id: &KeyId, active: Option<bool>) {
        let (now, lags) = (self.now, self.lags);
        if let Some(made) = self.keys.get_mut(id).filter(|made| !made.deleted) {
            made.logins.push((now + lags.login, active == Some(true)));
            made.lists.push((now + lags.list, active));
            made.active = active == Some(true);
            made.deleted = active.is_none();
        }
    }

    fn listed(&self) -> Vec<Listed> {
        let row = |(id, made): (&KeyId, &Made)| {
            let (_, active) = made.lists.iter().rev().find(|(from, _)| *from <= self.now)?;
            let seen = self.now - self.lags.used;
            let last_used = made.uses.iter().rev().find(|at| **at <= seen).copied();
            let listed = Listed::new(id.clone(), (*active)?, Some(made.created));
            let last_used = last_used.filter(|_| !self.blind);
            Some(Listed { last_used, shows_uses: !self.blind, ..listed })
        };
        self.keys.iter().filter_map(row).collect()
    }

    fn create(&mut self) -> Result<Key, Failure> {
        if self.keys.values().filter(|made| !made.deleted).count() >= self.room {
            return Err(Failure::new(FailureKind::Full, "no room"));
        }
        self.number += 1;
        let id = KeyId(format!("new{}", self.number));
        let secret = format!("secret-of-{}", id.0);
        let (now, lags) = (self.now, self.lags);
        let made = Made {
            secret: secret.clone(),
            created: now,
            logins: vec![(now + lags.login, true)],
            lists: vec![(now + lags.list, Some(true))],
            active: true,
            ..Made::default()
        };
        self.keys.insert(id.clone(), made);
        Ok(Key { id, secret: SecretString::from(secret) })
    }

    fn delete(&mut self, id: &KeyId) {
        if id.0 == "old" && !self.keys[id].deleted && !self.refused.contains(id) && !self.final_at_once {
            self.wrong.push("the old one was deleted before it was seen to be refused".to_owned());
        }
        self.set(id, None);
    }
}

impl Issuer for Sim {
    fn name(&self) -> String {
        "issuer".to_owned()
    }

    fn room(&self) -> Option<usize> {
        Some(self.lock().room)
    }

    fn disables(&self) -> bool {
        !self.lock().final_at_once
    }

    fn spreads(&self) -> bool {
        self.lock().spreads
    }

    fn list(&self) -> Doing<'_, Vec<Listed>> {
        self.call(|inner| Ok(inner.listed()))
    }

    fn create<'a>(&'a self, _token: &'a str) -> Doing<'a, Key> {
        self.call(Inner::create)
    }

    fn disable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        self.call(move |inner| {
            if inner.final_at_once {
                inner.wrong.push(format!("{} cannot be disabled", id.0));
            }
            inner.set(id, Some(false));
            Ok(())
        })
    }

    fn enable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        self.call(move |inner| {
            inner.refused.remove(id);
            inner.set(id, Some(true));
            Ok(())
        })
    }

    fn delete<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        self.call(move |inner| {
            inner.delete(id);
            Ok(())
        })
    }
}

impl Reload for Sim {
    fn name(&self) -> String {
        "reload".to_owned()
    }

    fn reload(&self) -> Doing<'_, ()> {
        self.call(|inner| {
            inner.consumers.iter_mut().for_each(|consumer| consumer.loaded = None);
            Ok(())
        })
    }
}

impl Check for Sim {
    fn name(&self) -> String {
        "login".to_owned()
    }

    fn accepted<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        self.call(move |inner| {
            let accepted = inner.login(&key.id, key.secret.expose_secret(), inner.now);
            if !accepted {
                inner.refused.insert(key.id.clone());
            }
            Ok(accepted)
        })
    }
}

impl Clock for Sim {
    fn now(&self) -> Moment {
        self.lock().now
    }

    fn sleep(&self, until: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let mut inner = self.lock();
            let length = (until - inner.now).max(0);
            inner.pass(length);
        })
    }
}

/// One of its places.
pub struct At<'a>(pub &'a Sim, pub usize);

impl<'s> At<'s> {
    fn place<'a, T: Send + 'a>(
        &'a self,
        act: impl Fn(&mut Place) -> Result<T, Failure> + Send + 'a,
    ) -> Doing<'a, T> {
        let at = self.1;
        self.0.call(move |inner| act(&mut inner.places[at]))
    }
}

impl Sink for At<'_> {
    fn name(&self) -> String {
        format!("place {}", self.1)
    }

    fn stages(&self) -> bool {
        self.0.lock().places[self.1].stages
    }

    fn gives_back(&self) -> bool {
        !self.0.lock().places[self.1].silent
    }

    fn look(&self) -> Doing<'_, Held> {
        self.place(|place| {
            if place.silent {
                return Ok(Held { stamp: Some(place.writes.to_string()), ..Held::default() });
            }
            Ok(Held { current: place.current.clone(), pending: place.pending.clone(), ..Held::default() })
        })
    }

    fn stage<'a>(&'a self, token: &'a str, key: &'a Key) -> Doing<'a, ()> {
        self.place(move |place| {
            let known = place.tokens.entry(token.to_owned()).or_insert_with(|| key.id.clone());
            if *known != key.id {
                return Err(Failure::new(FailureKind::Never, "this token was for something else"));
            }
            place.pending = Some(key.id.clone());
            place.values.insert(key.id.clone(), key.secret.expose_secret().to_owned());
            Ok(())
        })
    }

    fn promote<'a>(&'a self, _token: &'a str, id: &'a KeyId, key: Option<&'a Key>) -> Doing<'a, ()> {
        self.place(move |place| {
            place.writes += 1;
            if place.current.as_ref() == Some(id) {
                return Ok(());
            }
            if !place.stages {
                let key = key.ok_or_else(|| Failure::new(FailureKind::Later, "no value"))?;
                place.values.insert(key.id.clone(), key.secret.expose_secret().to_owned());
            } else if place.pending.as_ref() != Some(id) {
                return Err(Failure::new(FailureKind::Later, "not staged"));
            }
            place.before = place.current.replace(id.clone());
            place.pending = None;
            Ok(())
        })
    }

    fn revert<'a>(&'a self, _token: &'a str, to: &'a KeyId) -> Doing<'a, ()> {
        self.place(move |place| {
            if place.silent {
                return Err(Failure::new(FailureKind::Never, "it gives nothing back"));
            }
            if place.current.as_ref() != Some(to) {
                if place.before.as_ref() != Some(to) {
                    return Err(Failure::new(FailureKind::Never, "it was never there"));
                }
                place.before = place.current.replace(to.clone());
            }
            Ok(())
        })
    }

    fn unstage<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        self.place(move |place| {
            if place.pending.as_ref() == Some(id) {
                place.pending = None;
            }
            Ok(())
        })
    }

    /// Only what is current, staged, or was there just before.
    fn read<'a>(&'a self, id: &'a KeyId) -> Doing<'a, Option<Key>> {
        self.place(move |place| {
            if place.silent {
                return Ok(None);
            }
            let held = [&place.current, &place.pending, &place.before].contains(&&Some(id.clone()));
            let value = place.values.get(id).filter(|_| held);
            Ok(value.map(|value| Key { id: id.clone(), secret: SecretString::from(value.clone()) }))
        })
    }
}
