use super::Actor;
use super::client::{Api, failure, read, word};
use crate::rotation::fields::Fields;
use crate::rotation::http::Http;
use crate::rotation::traits::{Doing, Failure, FailureKind, Held, Key, KeyId, Sink, at_hand};
use ::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value, json};

/// Versions before the current one that are looked through for an older value.
const BACK: usize = 10;

/// A secret of Google Secret Manager: a JSON object with the two halves among its fields, or a key file as it is. It
/// has no place for a value that nobody sees yet: each write is a new version, and soon what consumers get.
/// Source: Secret Manager API v1, `projects.secrets`.
pub struct ManagedSecret {
    api: Api,
    /// `projects/P/secrets/S`.
    secret: String,
    fields: Fields,
}

impl std::fmt::Debug for ManagedSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ManagedSecret").field("secret", &self.secret).finish_non_exhaustive()
    }
}

struct Version {
    number: u64,
    /// As it is kept.
    text: Zeroizing<String>,
    /// `None` where that is no JSON object.
    data: Option<Map<String, Value>>,
}

enum Found {
    Version(Version),
    /// It was disabled or destroyed.
    Closed,
    Nothing,
}

/// What consumers are given, and what was written last. `latest` may be behind for minutes, while a number is not.
/// Source: Secret Manager documentation, "Global consistency".
struct Seen {
    given: Version,
    /// In the order in which they were written, with `None` for those that cannot be read.
    above: Vec<Option<Version>>,
}

impl Seen {
    fn number(&self) -> u64 {
        self.given.number + self.above.len() as u64
    }

    fn readable_above(&self) -> impl Iterator<Item = &Version> {
        self.above.iter().flatten()
    }
}

/// Where a secret is asked for; those of one region have an address of their own.
pub fn usual_endpoint(secret: &str) -> String {
    match secret.split('/').collect::<Vec<_>>()[..] {
        ["projects", _, "locations", location, ..] => {
            format!("https://secretmanager.{location}.rep.googleapis.com")
        }
        _ => "https://secretmanager.googleapis.com".to_owned(),
    }
}

impl ManagedSecret {
    pub fn new(
        http: Http,
        endpoint: Option<&str>,
        actor: Actor,
        secret: &str,
        fields: Fields,
    ) -> Result<Self, String> {
        let usual = usual_endpoint(secret);
        let api = Api::new(http, endpoint.unwrap_or(&usual), actor)?;
        Ok(ManagedSecret { api, secret: secret.to_owned(), fields })
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::new(FailureKind::Later, format!("{}: {why}", self.name()))
    }

    /// What `latest` gives, or a version by its number.
    async fn version(&self, number: Option<u64>) -> Result<Found, Failure> {
        let which = number.map_or("latest".to_owned(), |number| number.to_string());
        let path = format!("{}/versions/{which}:access", self.secret);
        let answer = self.api.ask(Method::GET, &path, None).await?;
        match answer.status {
            200 => {}
            404 => return Ok(Found::Nothing),
            400 if word(&answer) == "FAILED_PRECONDITION" => return Ok(Found::Closed),
            _ => return Err(failure(&format!("read {}", self.name()), &answer, true)),
        }
        let mut said = read(&answer, &self.name())?;
        let number = number_of(&said).ok_or_else(|| self.failed("the answer has no number"))?;
        let garbled = || self.failed("the answer cannot be read");
        let Value::String(encoded) = said["payload"]["data"].take() else { return Err(garbled()) };
        let bytes = STANDARD.decode(Zeroizing::new(encoded).as_bytes()).map_err(|_| garbled())?;
        let bytes = Zeroizing::new(bytes);
        let sum = said["payload"]["dataCrc32c"].as_str().map(str::parse::<u32>);
        if sum.is_some_and(|sum| sum != Ok(crc32c(&bytes))) {
            return Err(garbled());
        }
        let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
        let data = match serde_json::from_str(&text) {
            Ok(Value::Object(data)) => Some(data),
            _ => None,
        };
        Ok(Found::Version(Version { number, text, data }))
    }

    async fn seen(&self) -> Result<Option<Seen>, Failure> {
        let Found::Version(given) = self.version(None).await? else { return Ok(None) };
        let mut seen = Seen { given, above: Vec::new() };
        for _ in 0..BACK {
            let next = match self.version(Some(seen.number() + 1)).await? {
                Found::Version(version) => Some(version),
                Found::Closed => None,
                Found::Nothing => return Ok(Some(seen)),
            };
            seen.above.push(next);
        }
        Err(self.failed("it is far behind what was written to it"))
    }

    /// Makes it the newest version, and tells its number.
    async fn add(&self, text: &str) -> Result<u64, Failure> {
        let (data, sum) = (STANDARD.encode(text), crc32c(text.as_bytes()).to_string());
        let body = json!({ "payload": { "data": data, "dataCrc32c": sum } });
        let path = format!("{}:addVersion", self.secret);
        let answer = self.api.ask(Method::POST, &path, Some(&body)).await?;
        if answer.status != 200 {
            return Err(failure(&format!("write {}", self.name()), &answer, false));
        }
        number_of(&read(&answer, &self.name())?).ok_or_else(|| self.failed("the answer has no number"))
    }

    fn id(&self, version: &Version) -> Option<KeyId> {
        self.fields.id_in(version.data.as_ref()?)
    }

    async fn find(&self, id: &KeyId) -> Result<Option<Key>, Failure> {
        let Some(seen) = self.seen().await? else { return Ok(None) };
        let holds = |version: &Version| self.id(version).as_ref() == Some(id);
        let key = |version: &Version| version.data.as_ref().and_then(|data| self.fields.key_in(data));
        let mut known = seen.readable_above().chain([&seen.given]);
        if let Some(version) = known.find(|version| holds(version)) {
            return Ok(key(version));
        }
        let number = seen.given.number;
        for number in (1..number).rev().take(BACK) {
            match self.version(Some(number)).await? {
                Found::Version(version) if holds(&version) => return Ok(key(&version)),
                _ => {}
            }
        }
        Ok(None)
    }

    /// There is no write that fails if anybody else wrote in between. The numbers tell, and then theirs is put back.
    async fn put(&self, key: &Key) -> Result<(), Failure> {
        let never = |why: &str| Failure::new(FailureKind::Never, format!("{}: {why}", self.name()));
        let seen = self.seen().await?.ok_or_else(|| never("`latest` gives nothing"))?;
        let (given, number) = (self.id(&seen.given), seen.number());
        let ours = |id: Option<KeyId>| id.as_ref() == Some(&key.id);
        let is_known = |version: &Version| ours(self.id(version)) || self.id(version) == given;
        if !seen.readable_above().all(is_known) {
            return Err(self.failed("somebody else wrote to it, and `latest` does not give that yet"));
        }
        let Seen { given: last, mut above } = seen;
        let last = match above.pop() {
            Some(newer) => newer.ok_or_else(|| never("the newest version was disabled"))?,
            None => last,
        };
        if ours(self.id(&last)) {
            return match ours(given) {
                true => Ok(()),
                false => Err(self.failed("it was written, and `latest` does not give it yet")),
            };
        }
        let data = last.data.ok_or_else(|| never("it is no JSON object"))?;
        let text = Zeroizing::new(Value::Object(self.fields.put(data, key)).to_string());
        let written = self.add(&text).await?;
        for between in (number + 1..written).rev().take(BACK) {
            let Found::Version(other) = self.version(Some(between)).await? else { continue };
            // A request of ours may have arrived twice.
            if !ours(self.id(&other)) {
                self.add(&other.text).await?;
                return Err(self.failed("somebody else wrote to it at the same time, and that was put back"));
            }
        }
        Ok(())
    }

    /// What was written, and is not given to anybody yet, is covered with what is. It is gone when `latest` is beyond it.
    async fn cover(&self, id: &KeyId) -> Result<(), Failure> {
        let Some(seen) = self.seen().await? else { return Ok(()) };
        let holds = |version: &Version| self.id(version).as_ref() == Some(id);
        if !seen.readable_above().any(holds) || holds(&seen.given) {
            return Ok(());
        }
        if seen.above.last().is_some_and(|last| last.as_ref().is_some_and(holds)) {
            self.add(&seen.given.text).await?;
        }
        Err(self.failed("it was covered, and `latest` is not beyond it yet"))
    }
}

fn number_of(said: &Value) -> Option<u64> {
    said["name"].as_str()?.rsplit('/').next()?.parse().ok()
}

/// With the polynomial of Castagnoli. Source: RFC 3720, appendix B.4.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _: u32| sum >> 1 ^ (0x82f6_3b78 & (sum & 1).wrapping_neg());
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

impl Sink for ManagedSecret {
    fn name(&self) -> String {
        format!("Secret Manager {}", self.secret)
    }

    fn look(&self) -> Doing<'_, Held> {
        Box::pin(async {
            let Some(seen) = self.seen().await? else { return Ok(Held::default()) };
            let current = self.id(&seen.given);
            let mut above = seen.readable_above().filter_map(|version| self.id(version));
            let pending = above.find(|id| Some(id) != current.as_ref());
            Ok(Held { current, pending, ..Held::default() })
        })
    }

    fn promote<'a>(&'a self, _token: &'a str, id: &'a KeyId, key: Option<&'a Key>) -> Doing<'a, ()> {
        Box::pin(async move { self.put(at_hand(id, key)?).await })
    }

    fn unstage<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.cover(id))
    }

    fn read<'a>(&'a self, id: &'a KeyId) -> Doing<'a, Option<Key>> {
        Box::pin(self.find(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_castagnoli_and_regions_have_their_own_address() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(b""), 0);
        assert_eq!(usual_endpoint("projects/p/secrets/s"), "https://secretmanager.googleapis.com");
        let regional = usual_endpoint("projects/p/locations/europe-west3/secrets/s");
        assert_eq!(regional, "https://secretmanager.europe-west3.rep.googleapis.com");
    }
}
