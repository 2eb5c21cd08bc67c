use super::{Actor, Endpoint, Query, Refusal};
use crate::rotation::fields::Fields;
use crate::rotation::http::Http;
use crate::rotation::traits::{Clock, Doing, Failure, FailureKind, Held, Key, KeyId, Sink};
use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";
const PREVIOUS: &str = "AWSPREVIOUS";

/// A secret of AWS Secrets Manager: a JSON object with the two halves among its fields. What is new is staged as
/// `AWSPENDING`, and the switch moves `AWSCURRENT` to it.
/// Source: AWS Secrets Manager User Guide, "Secret versions" and "Rotation function".
pub struct ManagedSecret {
    query: Query,
    actor: Actor,
    secret: String,
    fields: Fields,
}

impl std::fmt::Debug for ManagedSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ManagedSecret").field("secret", &self.secret).finish_non_exhaustive()
    }
}

/// One version by its stage.
struct Version {
    id: String,
    data: Map<String, Value>,
}

impl ManagedSecret {
    /// `secret` is its name or ARN.
    pub fn new(
        http: Http,
        endpoint: Endpoint,
        clock: Arc<dyn Clock>,
        actor: impl Into<Actor>,
        secret: impl Into<String>,
        fields: Fields,
    ) -> Self {
        let (query, actor) = (Query { http, endpoint, clock }, actor.into());
        ManagedSecret { query, actor, secret: secret.into(), fields }
    }

    async fn ask(&self, action: &str, mut body: Value) -> Result<Value, Refusal> {
        body["SecretId"] = self.secret.clone().into();
        let answer =
            self.query.ask_json(&self.actor.now(), "secretsmanager", action, body.to_string()).await?;
        serde_json::from_slice(&answer.body).map_err(|_| {
            Failure::new(FailureKind::Later, format!("{}: the answer is not JSON", self.name())).into()
        })
    }

    async fn version(&self, stage: &str) -> Result<Option<Version>, Failure> {
        let mut answer = match self.ask("GetSecretValue", json!({ "VersionStage": stage })).await {
            Ok(answer) => answer,
            // There is no version with that stage, or the secret has no value yet.
            Err(refusal) if refusal.code == "ResourceNotFoundException" => return Ok(None),
            Err(refusal) => return Err(refusal.failure),
        };
        let Value::String(text) = answer["SecretString"].take() else { return Ok(None) };
        let text = Zeroizing::new(text);
        let Ok(Value::Object(data)) = serde_json::from_str(&text) else { return Ok(None) };
        let id = answer["VersionId"].as_str().unwrap_or_default().to_owned();
        Ok(Some(Version { id, data }))
    }

    /// The version that holds a key, and its stage.
    async fn find(&self, id: &KeyId) -> Result<Option<(Version, &'static str)>, Failure> {
        for stage in [CURRENT, PENDING, PREVIOUS] {
            if let Some(version) = self.version(stage).await?
                && self.fields.id_in(&version.data).as_ref() == Some(id)
            {
                return Ok(Some((version, stage)));
            }
        }
        Ok(None)
    }

    async fn move_stage(&self, stage: &str, to: Option<&str>, from: Option<&str>) -> Result<(), Failure> {
        let mut body = json!({ "VersionStage": stage });
        to.into_iter().for_each(|to| body["MoveToVersionId"] = to.into());
        from.into_iter().for_each(|from| body["RemoveFromVersionId"] = from.into());
        self.ask("UpdateSecretVersionStage", body).await.map(|_| ()).map_err(|refusal| refusal.failure)
    }

    /// Makes the version that holds a key the current one. The stage is taken from the version that was looked at, so
    /// that one which was written meanwhile stays.
    async fn make_current(&self, id: &KeyId, token: &str, missing: FailureKind) -> Result<(), Failure> {
        let gone = || Failure::new(missing, format!("{} has no version with {}", self.name(), id.0));
        let (mut version, stage) = self.find(id).await?.ok_or_else(gone)?;
        if stage == CURRENT {
            return Ok(());
        }
        let current = self.version(CURRENT).await?;
        if let (Some(current), Some(key)) = (&current, self.fields.key_in(&version.data)) {
            // What stands beside the key may have been changed since that was put there.
            let data = self.fields.put(current.data.clone(), &key);
            if data != version.data {
                version.id = self.put_pending(&distinct(token, &current.id), data).await?;
            }
        }
        self.move_stage(CURRENT, Some(&version.id), current.as_ref().map(|current| current.id.as_str())).await
    }

    /// Gives the id of the version.
    async fn put_pending(&self, token: &str, data: Map<String, Value>) -> Result<String, Failure> {
        let text = Zeroizing::new(Value::Object(data).to_string());
        let body = json!({
            "ClientRequestToken": token,
            "SecretString": text.as_str(),
            "VersionStages": [PENDING],
        });
        // The token becomes the id.
        let done = self.ask("PutSecretValue", body).await;
        done.map(|_| token.to_owned()).map_err(|refusal| refusal.failure)
    }

    /// A version that is current may be pending still.
    async fn drop_pending(&self, id: &KeyId) -> Result<(), Failure> {
        match self.version(PENDING).await? {
            Some(version) if self.fields.id_in(&version.data).as_ref() == Some(id) => {
                self.move_stage(PENDING, None, Some(&version.id)).await
            }
            _ => Ok(()),
        }
    }
}

/// A token for what was made of one version, since each may be used for one text only.
fn distinct(token: &str, version: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(format!("{token}\n{version}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl Sink for ManagedSecret {
    fn name(&self) -> String {
        format!("Secrets Manager {}", self.secret)
    }

    fn stages(&self) -> bool {
        true
    }

    fn look(&self) -> Doing<'_, Held> {
        Box::pin(async {
            let id = |version: Option<Version>| version.and_then(|version| self.fields.id_in(&version.data));
            let current = id(self.version(CURRENT).await?);
            let pending = id(self.version(PENDING).await?);
            // The stage stays on a version that became current until it is taken off.
            let pending = pending.filter(|pending| Some(pending) != current.as_ref());
            Ok(Held { current, pending, ..Held::default() })
        })
    }

    fn stage<'a>(&'a self, token: &'a str, key: &'a Key) -> Doing<'a, ()> {
        Box::pin(async move {
            let data = self.version(CURRENT).await?.map(|version| version.data).unwrap_or_default();
            self.put_pending(token, self.fields.put(data, key)).await.map(|_| ())
        })
    }

    fn promote<'a>(&'a self, token: &'a str, id: &'a KeyId, _key: Option<&'a Key>) -> Doing<'a, ()> {
        Box::pin(async move {
            self.make_current(id, token, FailureKind::Later).await?;
            self.drop_pending(id).await
        })
    }

    fn revert<'a>(&'a self, token: &'a str, to: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.make_current(to, token, FailureKind::Never))
    }

    fn unstage<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.drop_pending(id))
    }

    fn read<'a>(&'a self, id: &'a KeyId) -> Doing<'a, Option<Key>> {
        Box::pin(async move {
            Ok(self.find(id).await?.and_then(|(version, _)| self.fields.key_in(&version.data)))
        })
    }
}
