use crate::rotation::fields::Fields;
use crate::rotation::http::{self, Http};
use crate::rotation::traits::{Doing, Failure, FailureKind, Held, Key, KeyId, Sink};
use ::http::{Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

/// Versions before the current one that are looked through for an older value.
const BACK: u64 = 10;

/// An entry of a KV store, version 2. It has no place for a value that nobody sees yet, so that the new one stays in
/// memory until the switch, which is one write that fails if anybody else wrote in between.
pub struct KvSecret {
    http: Http,
    address: String,
    token: SecretString,
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
    pub fn new(
        http: Http,
        address: &str,
        token: SecretString,
        mount: &str,
        path: &str,
        fields: Fields,
    ) -> Result<Self, String> {
        let tidy =
            |text: &str| text.trim_matches('/').split('/').map(http::encoded).collect::<Vec<_>>().join("/");
        let address = http::address(address)?;
        Ok(KvSecret { http, address, token, mount: tidy(mount), path: tidy(path), fields })
    }

    async fn ask(&self, method: Method, rest: &str, body: Option<Value>) -> Result<http::Answer, Failure> {
        let address = format!("{}/v1/{}/data/{}{rest}", self.address, self.mount, self.path);
        let never = |why: String| Failure::new(FailureKind::Never, why);
        let mut token = ::http::HeaderValue::from_str(self.token.expose_secret())
            .map_err(|_| never("the token is no header".to_owned()))?;
        token.set_sensitive(true);
        let request = Request::builder()
            .method(method)
            .uri(address)
            .header("x-vault-token", token)
            .header("x-vault-request", "true")
            .header("content-type", "application/json")
            .body(body.map(|body| body.to_string()).unwrap_or_default())
            .map_err(|error| never(format!("the address is wrong: {error}")))?;
        self.http.send(request).await
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
        let kind = match status {
            // Sealed, or on the way to another leader.
            412 | 472 | 473 | 503 => FailureKind::Later,
            status => http::by_status(status),
        };
        Failure::new(kind, format!("cannot {doing} {}: status {status}", self.name()))
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

    fn stages(&self) -> bool {
        false
    }

    fn look(&self) -> Doing<'_, Held> {
        Box::pin(async {
            let current = self.version(None).await?;
            Ok(Held { current: current.and_then(|version| self.id(&version)), pending: None })
        })
    }

    fn stage<'a>(&'a self, _token: &'a str, _key: &'a Key) -> Doing<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn promote<'a>(&'a self, _token: &'a str, id: &'a KeyId, key: Option<&'a Key>) -> Doing<'a, ()> {
        Box::pin(async move {
            let lost = || Failure::new(FailureKind::Later, format!("the value of {} is not at hand", id.0));
            self.put(key.filter(|key| key.id == *id).ok_or_else(lost)?).await
        })
    }

    fn revert<'a>(&'a self, _token: &'a str, to: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(async move {
            let gone =
                || Failure::new(FailureKind::Never, format!("{} has no version with {}", self.name(), to.0));
            let key = self.find(to).await?.ok_or_else(gone)?;
            self.put(&key).await
        })
    }

    fn unstage<'a>(&'a self, _id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn read<'a>(&'a self, id: &'a KeyId) -> Doing<'a, Option<Key>> {
        Box::pin(self.find(id))
    }
}
