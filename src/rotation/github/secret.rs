use super::client::{GitHub, failure};
use crate::rotation::fields::Fields;
use crate::rotation::http::encoded;
use crate::rotation::traits::{Doing, Failure, FailureKind, Held, Key, KeyId, Sink, at_hand};
use ::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto_box::PublicKey;
use crypto_box::aead::OsRng;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Whose secrets are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    Repository { owner: String, name: String, dependabot: bool },
    Environment { owner: String, name: String, environment: String },
    Organization { name: String, dependabot: bool },
}

/// How often a write is repeated that does not show: its time has no fractions of a second.
const WRITES: usize = 4;
const PAUSE: Duration = Duration::from_millis(1_100);
/// The most that GitHub lists at a time.
const PAGE: usize = 100;
/// Longer lists are not read to their end.
const PAGES: usize = 100;

/// Secrets for workflows, one for each field. GitHub says when one was written, and never what it is.
/// Source: GitHub REST API documentation, "Actions secrets" and "Dependabot secrets".
pub struct GitHubSecret {
    github: GitHub,
    place: SecretPlace,
    fields: Fields,
    /// In the order in which they are written. The id comes last: whoever has it has the rest.
    names: Vec<String>,
}

impl std::fmt::Debug for GitHubSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("GitHubSecret")
            .field("place", &self.place)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl SecretPlace {
    fn path(&self) -> String {
        let of = |dependabot: &bool| if *dependabot { "dependabot" } else { "actions" };
        match self {
            SecretPlace::Repository { owner, name, dependabot } => {
                format!("/repos/{}/{}/{}/secrets", encoded(owner), encoded(name), of(dependabot))
            }
            SecretPlace::Environment { owner, name, environment } => {
                let environment = encoded(environment);
                format!("/repos/{}/{}/environments/{environment}/secrets", encoded(owner), encoded(name))
            }
            SecretPlace::Organization { name, dependabot } => {
                format!("/orgs/{}/{}/secrets", encoded(name), of(dependabot))
            }
        }
    }

    fn described(&self) -> String {
        let of = |dependabot: &bool| if *dependabot { "Dependabot" } else { "Actions" };
        match self {
            SecretPlace::Repository { owner, name, dependabot } => {
                format!("GitHub {} secret of {owner}/{name}", of(dependabot))
            }
            SecretPlace::Environment { owner, name, environment } => {
                format!("GitHub Actions secret of {environment} in {owner}/{name}")
            }
            SecretPlace::Organization { name, dependabot } => {
                format!("GitHub {} secret of {name}", of(dependabot))
            }
        }
    }
}

impl GitHubSecret {
    /// A field without a name is not written.
    pub fn new(github: GitHub, place: SecretPlace, fields: Fields) -> Self {
        let mut names: Vec<_> = fields.names().skip(1).cloned().collect();
        names.extend(fields.names().next().filter(|id| !id.is_empty()).cloned());
        GitHubSecret { github, place, fields, names }
    }

    /// When each was written last.
    async fn times(&self) -> Result<Vec<Value>, Failure> {
        let mut found = Vec::new();
        for name in &self.names {
            let path = format!("{}/{}", self.place.path(), encoded(name));
            let answer = self.github.ask(Method::GET, &path, None).await?;
            match answer.status {
                200 => {}
                404 => {
                    let why = format!("{name}, a {}, is not there: make it once", self.place.described());
                    return Err(Failure::new(FailureKind::Never, why));
                }
                _ => return Err(failure(&format!("read {}", self.name()), &answer)),
            }
            let said: Value = serde_json::from_slice(&answer.body).map_err(|_| {
                Failure::new(FailureKind::Later, format!("{}: the answer is not JSON", self.name()))
            })?;
            found.push(said);
        }
        Ok(found)
    }

    /// All in one go, once everything is at hand, so that few jobs start in between.
    async fn put(&self, key: &Key) -> Result<(), Failure> {
        let mut before = self.times().await?;
        for _ in 0..WRITES {
            let values = self.fields.put(Map::new(), key);
            let mut bodies = self.sealed(&values).await?;
            if let SecretPlace::Organization { .. } = self.place {
                for ((name, known), body) in self.names.iter().zip(&before).zip(&mut bodies) {
                    self.keep_visible(name, known, body).await?;
                }
            }
            for (name, body) in self.names.iter().zip(&bodies) {
                let path = format!("{}/{}", self.place.path(), encoded(name));
                let answer = self.github.ask(Method::PUT, &path, Some(body)).await?;
                if !matches!(answer.status, 201 | 204) {
                    return Err(failure(&format!("write {name}, a {}", self.place.described()), &answer));
                }
            }
            let after = self.times().await?;
            let shows = |(before, after): (&Value, &Value)| before["updated_at"] != after["updated_at"];
            if before.iter().zip(&after).all(shows) {
                return Ok(());
            }
            before = after;
            tokio::time::sleep(PAUSE).await;
        }
        let why = format!("{} was written, and does not show that", self.name());
        Err(Failure::new(FailureKind::Unclear, why))
    }

    /// Each value in a box that only GitHub can open.
    async fn sealed(&self, values: &Map<String, Value>) -> Result<Vec<Value>, Failure> {
        let path = format!("{}/public-key", self.place.path());
        let said = self.github.get(&path, "read the public key of GitHub").await?;
        let wrong = || Failure::new(FailureKind::Later, "the public key of GitHub cannot be used");
        let key_id = said["key_id"].as_str().ok_or_else(wrong)?;
        let key = STANDARD.decode(said["key"].as_str().ok_or_else(wrong)?).map_err(|_| wrong())?;
        let key = PublicKey::from_slice(&key).map_err(|_| wrong())?;
        let seal = |name: &String| {
            let value = values.get(name).and_then(Value::as_str).unwrap_or_default();
            let sealed = key.seal(&mut OsRng, value.as_bytes()).map_err(|_| wrong())?;
            Ok(json!({ "encrypted_value": STANDARD.encode(sealed), "key_id": key_id }))
        };
        self.names.iter().map(seal).collect()
    }

    /// A write says anew which repositories see it, so it says what was so before.
    async fn keep_visible(&self, name: &str, known: &Value, body: &mut Value) -> Result<(), Failure> {
        let visibility = known["visibility"].as_str().unwrap_or("selected");
        body["visibility"] = visibility.into();
        if visibility != "selected" {
            return Ok(());
        }
        let mut all = Vec::new();
        for page in 1..=PAGES {
            let path = format!("{}/{}/repositories", self.place.path(), encoded(name));
            let path = format!("{path}?per_page={PAGE}&page={page}");
            let said = self.github.get(&path, "read which repositories see a secret").await?;
            let some = said["repositories"].as_array().map(Vec::len).unwrap_or_default();
            let ids = said["repositories"].as_array().into_iter().flatten();
            all.extend(ids.filter_map(|repository| repository["id"].as_u64()));
            if some < PAGE {
                body["selected_repository_ids"] = all.into();
                return Ok(());
            }
        }
        let why = format!("more than {} repositories see {name}", PAGES * PAGE);
        Err(Failure::new(FailureKind::Never, why))
    }

    async fn stamp(&self) -> Result<Held, Failure> {
        let times = self.times().await?;
        let shown = self.names.iter().zip(&times).map(|(name, said)| {
            let at = said["updated_at"].as_str().unwrap_or("unknown");
            format!("{name} of {at}")
        });
        let stamp = Some(shown.collect::<Vec<_>>().join(", "));
        Ok(Held { stamp, ..Held::default() })
    }
}

impl Sink for GitHubSecret {
    fn name(&self) -> String {
        format!("{} {}", self.place.described(), self.names.join(" and "))
    }

    fn gives_back(&self) -> bool {
        false
    }

    fn look(&self) -> Doing<'_, Held> {
        Box::pin(self.stamp())
    }

    fn promote<'a>(&'a self, _token: &'a str, id: &'a KeyId, key: Option<&'a Key>) -> Doing<'a, ()> {
        Box::pin(async move { self.put(at_hand(id, key)?).await })
    }

    fn revert<'a>(&'a self, _token: &'a str, _to: &'a KeyId) -> Doing<'a, ()> {
        let why = format!("{} gives nothing back", self.name());
        Box::pin(std::future::ready(Err(Failure::new(FailureKind::Never, why))))
    }

    fn read<'a>(&'a self, _id: &'a KeyId) -> Doing<'a, Option<Key>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
