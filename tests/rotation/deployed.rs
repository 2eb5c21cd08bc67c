//! Deploy keys, and what the SSH server is told of them.

use super::{Hub, Request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
pub struct Deployed {
    pub number: u64,
    pub title: String,
    pub key: String,
    pub read_only: bool,
    created: i64,
    last_used: Option<i64>,
    made: Instant,
    deleted: Option<Instant>,
}

/// How long it takes until everybody knows what was changed.
#[derive(Clone, Copy, Default)]
pub struct Lag {
    pub lists: Duration,
    pub logins: Duration,
}

#[derive(Default)]
pub struct Keys {
    /// By repository.
    deployed: BTreeMap<String, Vec<Deployed>>,
    /// What the SSH server is known by.
    hosts: Vec<String>,
    lag: Lag,
    made: u64,
    forbidden: BTreeMap<String, (u16, &'static str)>,
    /// Whether it tells when a key was used.
    silent: bool,
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn refused(words: &str) -> Value {
    let error = json!({ "resource": "PublicKey", "code": "custom", "field": "key", "message": words });
    let url = "https://docs.github.com/rest/deploy-keys/deploy-keys#create-a-deploy-key";
    json!({ "message": "Validation Failed", "errors": [error], "documentation_url": url })
}

impl Keys {
    /// A question of the SSH server: which keys there are, or that one was used.
    pub fn told_to_ssh(&mut self, what: &str, body: &[u8]) -> (u16, Value) {
        let lag = self.lag.logins;
        let all =
            self.deployed.iter_mut().flat_map(|(name, keys)| keys.iter_mut().map(move |key| (name, key)));
        let mut accepted = all.filter(|(_, key)| {
            key.made.elapsed() >= lag && key.deleted.is_none_or(|deleted| deleted.elapsed() < lag)
        });
        if what == "used" {
            let key = String::from_utf8_lossy(body).into_owned();
            if let Some((_, found)) = accepted.find(|(_, known)| known.key == key) {
                found.last_used = Some(now());
            }
            return (204, Value::Null);
        }
        let named = accepted.map(|(name, key)| (key.key.clone(), json!(name)));
        (200, Value::Object(named.collect()))
    }

    pub(super) fn act(&mut self, request: &Request, body: &Value) -> (u16, Value) {
        if request.path == "/meta" {
            return (200, json!({ "verifiable_password_authentication": false, "ssh_keys": self.hosts }));
        }
        let segments: Vec<_> = request.path.split('/').collect();
        let name = format!("{}/{}", segments[2], segments[3]);
        let missing =
            (404, json!({ "message": "Not Found", "documentation_url": "https://docs.github.com/rest" }));
        let (lag, silent) = (self.lag.lists, self.silent);
        let taken =
            self.deployed.values().flatten().any(|key| key.deleted.is_none() && body["key"] == *key.key);
        let Some(keys) = self.deployed.get_mut(&name) else { return missing };
        match request.method.as_str() {
            "GET" => {
                let of = |name: &str| {
                    let found = request.query.split('&').find_map(|pair| pair.strip_prefix(name));
                    found.and_then(|value| value.parse::<usize>().ok())
                };
                let (size, page) = (of("per_page=").unwrap_or(30), of("page=").unwrap_or(1));
                let listed = keys.iter().filter(|key| key.deleted.is_none() && key.made.elapsed() >= lag);
                let some = listed.skip((page - 1) * size).take(size);
                (200, some.map(|key| shown(key, silent)).collect())
            }
            "POST" => {
                if let Some((status, words)) = self.forbidden.get(&name) {
                    return (*status, refused(words));
                }
                if taken {
                    return (422, refused("key is already in use"));
                }
                let text = body["key"].as_str().unwrap_or_default();
                self.made += 1;
                keys.push(Deployed {
                    number: self.made,
                    title: body["title"].as_str().unwrap_or(text).to_owned(),
                    key: text.to_owned(),
                    read_only: body["read_only"] == true,
                    created: now(),
                    last_used: None,
                    made: Instant::now(),
                    deleted: None,
                });
                (201, shown(keys.last().expect("there"), silent))
            }
            _ => {
                let number = segments[5].parse::<u64>().ok();
                let found = keys.iter_mut().find(|key| Some(key.number) == number && key.deleted.is_none());
                let Some(key) = found else { return missing };
                key.deleted = Some(Instant::now());
                (204, Value::Null)
            }
        }
    }
}

fn shown(key: &Deployed, silent: bool) -> Value {
    let time = |at: i64| jiff::Timestamp::from_second(at).expect("a time").to_string();
    let mut shown = json!({
        "id": key.number, "key": key.key, "title": key.title, "verified": true, "read_only": key.read_only,
        "url": format!("https://api.github.com/repos/acme/any/keys/{}", key.number),
        "created_at": time(key.created), "added_by": "jane", "enabled": true,
        "last_used": key.last_used.map(time),
    });
    if silent {
        shown.as_object_mut().expect("one").shift_remove("last_used");
    }
    shown
}

impl Hub {
    fn deploy<T>(&self, with: impl FnOnce(&mut Keys) -> T) -> T {
        with(&mut self.state.lock().expect("whole").deploy)
    }

    pub fn known_by(&self, hosts: &[String]) {
        self.deploy(|keys| keys.hosts = hosts.to_vec());
    }

    pub fn lag(&self, lag: Lag) {
        self.deploy(|keys| keys.lag = lag);
    }

    /// What organizations do.
    pub fn forbid(&self, repository: &str, status: u16, words: &'static str) {
        self.deploy(|keys| keys.forbidden.insert(repository.to_owned(), (status, words)));
    }

    pub fn tell_no_uses(&self) {
        self.deploy(|keys| keys.silent = true);
    }

    /// A key as operators add it, an hour ago.
    pub fn add(&self, repository: &str, key: &str, read_only: bool) {
        self.deploy(|keys| {
            keys.made += 1;
            let long_ago =
                Instant::now().checked_sub(Duration::from_secs(3_600)).unwrap_or_else(Instant::now);
            let key = Deployed {
                number: keys.made,
                title: "by hand".to_owned(),
                key: key.to_owned(),
                read_only,
                created: now() - 3_600,
                last_used: None,
                made: long_ago,
                deleted: None,
            };
            keys.deployed.entry(repository.to_owned()).or_default().push(key);
        });
    }

    /// As somebody by hand.
    pub fn remove(&self, repository: &str, key: &str) {
        self.deploy(|keys| {
            let keys = keys.deployed.get_mut(repository).expect("a repository").iter_mut();
            keys.filter(|known| known.key == key).for_each(|key| key.deleted = Some(Instant::now()));
        });
    }

    /// Those that are there.
    pub fn deployed(&self, repository: &str) -> Vec<Deployed> {
        self.deploy(|keys| {
            let there = keys.deployed.get(repository).into_iter().flatten();
            there.filter(|key| key.deleted.is_none()).cloned().collect()
        })
    }
}
