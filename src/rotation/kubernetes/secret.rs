use super::client::{Cluster, failure};
use crate::rotation::fields::Fields;
use crate::rotation::http::encoded;
use crate::rotation::traits::{Doing, Failure, FailureKind, Held, Key, KeyId, Sink, at_hand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

/// A Secret has no versions. Without the value that was there before, nobody could go back to it or see that it is
/// refused, so it is kept beside the current one.
const BEFORE: &str = "keyward-previous";

/// The data of a Secret. A switch is one patch, which fails if anybody else wrote in between.
/// Source: Kubernetes API reference, "Secret v1"; Kubernetes API conventions, "Concurrency Control and Consistency".
pub struct ClusterSecret {
    cluster: Cluster,
    namespace: String,
    secret: String,
    fields: Fields,
}

impl std::fmt::Debug for ClusterSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ClusterSecret")
            .field("namespace", &self.namespace)
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

/// What was read.
struct Found {
    version: Option<String>,
    id: Option<KeyId>,
    current: Option<Key>,
    before: Option<Key>,
}

impl ClusterSecret {
    pub fn new(cluster: Cluster, namespace: &str, secret: &str, fields: Fields) -> Self {
        ClusterSecret { cluster, namespace: namespace.to_owned(), secret: secret.to_owned(), fields }
    }

    fn path(&self) -> String {
        format!("/api/v1/namespaces/{}/secrets/{}", encoded(&self.namespace), encoded(&self.secret))
    }

    fn failure(&self, doing: &str, status: u16) -> Failure {
        failure(&format!("{doing} {}", self.name()), status)
    }

    async fn found(&self) -> Result<Found, Failure> {
        let answer = self.cluster.get(&self.path()).await?;
        if answer.status != 200 {
            return Err(self.failure("read", answer.status));
        }
        let body: Value = serde_json::from_slice(&answer.body).map_err(|_| {
            Failure::new(FailureKind::Later, format!("{}: the answer is not JSON", self.name()))
        })?;
        if body["immutable"] == true {
            return Err(Failure::new(FailureKind::Never, format!("{} is immutable", self.name())));
        }
        let text = |name: &str| decoded(body["data"].get(name)?.as_str()?);
        let ours = self.fields.names().filter_map(|name| Some((name.clone(), text(name)?.as_str().into())));
        let ours: Map<String, Value> = ours.collect();
        let (id, current) = (self.fields.id_in(&ours), self.fields.key_in(&ours));
        let version = body["metadata"]["resourceVersion"].as_str().map(str::to_owned);
        Ok(Found { version, id, current, before: text(BEFORE).and_then(|text| before(&text)) })
    }

    async fn put(&self, key: &Key) -> Result<(), Failure> {
        let found = self.found().await?;
        if found.id.as_ref() == Some(&key.id) {
            return Ok(());
        }
        let ours = self.fields.put(Map::new(), key);
        let encoded = ours.iter().filter_map(|(name, value)| Some((name.clone(), encode(value.as_str()?))));
        let mut data: Map<String, Value> = encoded.collect();
        if let Some(current) = &found.current {
            let kept = json!({ "id": current.id, "secret": current.secret.expose_secret() });
            data.insert(BEFORE.to_owned(), encode(&Zeroizing::new(kept.to_string())));
        }
        let mut patch = json!({ "data": data });
        if let Some(version) = found.version {
            patch["metadata"] = json!({ "resourceVersion": version });
        }
        let answer = self.cluster.merge(&self.path(), &patch).await?;
        match answer.status {
            200 => Ok(()),
            status => Err(self.failure("write", status)),
        }
    }

    async fn find(&self, id: &KeyId) -> Result<Option<Key>, Failure> {
        let found = self.found().await?;
        Ok([found.current, found.before].into_iter().flatten().find(|key| key.id == *id))
    }
}

/// What [`BEFORE`] holds.
fn before(text: &str) -> Option<Key> {
    let kept: Value = serde_json::from_str(text).ok()?;
    let of = |name: &str| kept[name].as_str();
    Some(Key { id: KeyId(of("id")?.to_owned()), secret: SecretString::from(of("secret")?) })
}

fn encode(text: &str) -> Value {
    STANDARD.encode(text).into()
}

fn decoded(text: &str) -> Option<Zeroizing<String>> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok().map(Zeroizing::new)
}

impl Sink for ClusterSecret {
    fn name(&self) -> String {
        format!("Secret {}/{}", self.namespace, self.secret)
    }

    fn look(&self) -> Doing<'_, Held> {
        Box::pin(async { Ok(Held { current: self.found().await?.id, ..Held::default() }) })
    }

    fn promote<'a>(&'a self, _token: &'a str, id: &'a KeyId, key: Option<&'a Key>) -> Doing<'a, ()> {
        Box::pin(async move { self.put(at_hand(id, key)?).await })
    }

    fn read<'a>(&'a self, id: &'a KeyId) -> Doing<'a, Option<Key>> {
        Box::pin(self.find(id))
    }
}
