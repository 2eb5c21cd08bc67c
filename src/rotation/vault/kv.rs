use super::client::{Vault, tidy};
use crate::rotation::fields::Fields;
use crate::rotation::http;
use crate::rotation::traits::{Doing, Failure, FailureKind, Held, Key, KeyId, Sink, at_hand};
use ::http::Method;
use serde_json::{Map, Value, json};

/// Versions before the current one that are looked through for an older value.
const BACK: u64 = 10;

/// An entry of a KV store, version 2. It has no place for a value that nobody sees yet, so that the new one stays in
/// memory until the switch, which is one write that fails if anybody else wrote in between.
pub struct KvSecret {
    vault: Vault,
    mount: String,
    path: String,
    fields: Fields,
}

impl std::fmt::Debug for KvSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("KvSecret")
            .field("mount", &self.mount)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// One version of the entry.
struct Version {
    number: u64,
    data: Map<String, Value>,
}

impl KvSecret {
    pub fn new(vault: Vault, mount: &str, path: &str, fields: Fields) -> Self {
        KvSecret { vault, mount: tidy(mount), path: tidy(path), fields }
    }

    async fn ask(&self, method: Method, rest: &str, body: Option<Value>) -> Result<http::Answer, Failure> {
        self.vault.ask(method, &format!("{}/data/{}{rest}", self.mount, self.path), body).await
    }

    /// The current version, or an older one. `None` where there is none or it was deleted.
    async fn version(&self, number: Option<u64>) -> Result<Option<Version>, Failure> {
        let rest = number.map(|number| format!("?version={number}")).unwrap_or_default();
        let answer = self.ask(Method::GET, &rest, None).await?;
        match answer.status {
            200 => {}
            404 => return Ok(None),
            status => return Err(self.failure("read", status)),
        }
        let mut body: Value = serde_json::from_slice(&answer.body).map_err(|_| {
            Failure::new(FailureKind::Later, format!("{}: the answer is not JSON", self.name()))
        })?;
        let number = body["data"]["metadata"]["version"].as_u64().unwrap_or_default();
        match body["data"]["data"].take() {
            Value::Object(data) => Ok(Some(Version { number, data })),
            _ => Ok(None),
        }
    }

    /// Writes the halves over those of the current version, if that is still the current one.
    async fn write(&self, current: Option<Version>, key: &Key) -> Result<(), Failure> {
        let (number, data) = current.map_or((0, Map::new()), |version| (version.number, version.data));
        let data = self.fields.put(data, key);
        let body = json!({ "options": { "cas": number }, "data": data });
        let answer = self.ask(Method::POST, "", Some(body)).await?;
        match answer.status {
            200 | 204 => Ok(()),
            // Somebody wrote in between, or an earlier request of ours arrived: look again.
            400 => Err(Failure::new(FailureKind::Later, format!("{} was written meanwhile", self.name()))),
            status => Err(self.failure("write", status)),
        }
    }

    fn failure(&self, doing: &str, status: u16) -> Failure {
        super::client::failure(&format!("{doing} {}", self.name()), status)
    }

    fn id(&self, version: &Version) -> Option<KeyId> {
        self.fields.id_in(&version.data)
    }

    /// The newest version that holds it.
    async fn find(&self, id: &KeyId) -> Result<Option<Key>, Failure> {
        let Some(current) = self.version(None).await? else { return Ok(None) };
        if self.id(&current).as_ref() == Some(id) {
            return Ok(self.fields.key_in(&current.data));
        }
        for number in (1..current.number).rev().take(BACK as usize) {
            if let Some(version) = self.version(Some(number)).await?
                && self.id(&version).as_ref() == Some(id)
            {
                return Ok(self.fields.key_in(&version.data));
            }
        }
        Ok(None)
    }

    /// The larger of two numbers counts; without either, the ten last versions are kept.
    /// Source: OpenBao documentation, "KV secrets engine - version 2 (API)", `max_versions`.
    async fn keeps_more_than_one(&self) -> Result<bool, Failure> {
        let mut most = None;
        for path in [format!("{}/metadata/{}", self.mount, self.path), format!("{}/config", self.mount)] {
            let answer = self.vault.ask(Method::GET, &path, None).await?;
            match answer.status {
                200 => {
                    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                    most = most.max(said["data"]["max_versions"].as_u64());
                }
                // Whoever asks may not have to know.
                403 | 404 => {}
                status => return Err(self.failure("read the settings of", status)),
            }
        }
        Ok(most != Some(1))
    }

    async fn put(&self, key: &Key) -> Result<(), Failure> {
        let current = self.version(None).await?;
        match current.as_ref().and_then(|version| self.id(version)).as_ref() == Some(&key.id) {
            true => Ok(()),
            false => self.write(current, key).await,
        }
    }
}

impl Sink for KvSecret {
    fn name(&self) -> String {
        format!("KV {}/{}", self.mount, self.path)
    }

    fn look(&self) -> Doing<'_, Held> {
        Box::pin(async {
            let current = self.version(None).await?;
            Ok(Held { current: current.and_then(|version| self.id(&version)), ..Held::default() })
        })
    }

    fn keeps(&self) -> Doing<'_, bool> {
        Box::pin(self.keeps_more_than_one())
    }

    fn promote<'a>(&'a self, _token: &'a str, id: &'a KeyId, key: Option<&'a Key>) -> Doing<'a, ()> {
        Box::pin(async move { self.put(at_hand(id, key)?).await })
    }

    fn read<'a>(&'a self, id: &'a KeyId) -> Doing<'a, Option<Key>> {
        Box::pin(self.find(id))
    }
}
