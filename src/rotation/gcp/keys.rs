use super::client::{Api, failure, read};
use super::{Actor, KeyFile};
use crate::dates::moment_of;
use crate::rotation::http::{Http, encoded};
use crate::rotation::traits::{Doing, Failure, FailureKind, Issuer, Key, KeyId, Listed, Moment};
use ::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde_json::{Value, json};

pub(super) const IAM: &str = "https://iam.googleapis.com";
/// Source: Google Cloud, "IAM quotas and limits": service account keys for each service account.
const ROOM: usize = 10;
/// The end of what does not end.
const NEVER: &str = "9999-";

/// The keys of one service account. Google makes them, and shows in no list who uses them.
/// Source: IAM API v1, `projects.serviceAccounts.keys`.
pub struct AccountKeys {
    api: Api,
    account: String,
}

impl std::fmt::Debug for AccountKeys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AccountKeys").field("account", &self.account).finish_non_exhaustive()
    }
}

impl AccountKeys {
    pub fn new(http: Http, endpoint: Option<&str>, actor: Actor, account: &str) -> Result<Self, String> {
        let api = Api::new(http, endpoint.unwrap_or(IAM), actor)?;
        Ok(AccountKeys { api, account: account.to_owned() })
    }

    /// With `-` for the project, what is not there is answered as if it were not allowed.
    fn path(&self) -> String {
        let domain = self.account.split_once('@').map(|(_, domain)| domain);
        let project = domain.and_then(|domain| domain.strip_suffix(".iam.gserviceaccount.com"));
        let project = project.filter(|project| !project.contains('.')).unwrap_or("-");
        format!("projects/{}/serviceAccounts/{}/keys", encoded(project), encoded(&self.account))
    }

    fn path_of(&self, id: &KeyId) -> String {
        format!("{}/{}", self.path(), encoded(&id.0))
    }

    async fn keys(&self) -> Result<Vec<Listed>, Failure> {
        let path = format!("{}?keyTypes=USER_MANAGED", self.path());
        let answer = self.api.ask(Method::GET, &path, None).await?;
        if answer.status != 200 {
            return Err(failure("list keys", &answer, true));
        }
        let said = read(&answer, "the list of keys")?;
        let rows = said["keys"].as_array().into_iter().flatten();
        let wrong = || Failure::new(FailureKind::Later, "the list of keys cannot be read");
        rows.filter(|row| row["keyType"] != "SYSTEM_MANAGED")
            .map(|row| listed(row).ok_or_else(wrong))
            .collect()
    }

    async fn make(&self) -> Result<Key, Failure> {
        let body =
            json!({ "privateKeyType": "TYPE_GOOGLE_CREDENTIALS_FILE", "keyAlgorithm": "KEY_ALG_RSA_2048" });
        let answer = self.api.ask(Method::POST, &self.path(), Some(&body)).await?;
        if answer.status != 200 {
            return Err(failure("make a key", &answer, true));
        }
        // Something was made, though it cannot be read: that is to be found and deleted.
        made(&answer.body)
            .ok_or_else(|| Failure::new(FailureKind::Unclear, "the answer with the key cannot be read"))
    }

    async fn turn(&self, id: &KeyId, how: &str) -> Result<(), Failure> {
        let path = format!("{}:{how}", self.path_of(id));
        let answer = self.api.ask(Method::POST, &path, Some(&json!({}))).await?;
        if answer.status == 200 {
            return Ok(());
        }
        let failed = failure(&format!("{how} {}", id.0), &answer, true);
        if answer.status == 400 {
            let keys = self.keys().await?;
            if keys.iter().any(|key| key.id == *id && key.active == (how == "enable")) {
                return Ok(());
            }
        }
        Err(failed)
    }

    async fn end(&self, id: &KeyId) -> Result<(), Failure> {
        let answer = self.api.ask(Method::DELETE, &self.path_of(id), None).await?;
        let kind = match answer.status {
            200 => return Ok(()),
            // One that was just made is not known everywhere yet.
            404 => Some(FailureKind::Later),
            403 => None,
            _ => return Err(failure(&format!("delete {}", id.0), &answer, true)),
        };
        if self.keys().await?.iter().all(|key| key.id != *id) {
            return Ok(());
        }
        let failed = failure(&format!("delete {}", id.0), &answer, true);
        Err(Failure { kind: kind.unwrap_or(failed.kind), ..failed })
    }
}

fn listed(row: &Value) -> Option<Listed> {
    let id = KeyId(row["name"].as_str()?.rsplit('/').next()?.to_owned());
    let time = |name: &str| -> Option<Moment> {
        let text = row[name].as_str().filter(|text| !text.starts_with(NEVER))?;
        Some(moment_of(text)?.as_second())
    };
    let listed = Listed::new(id, row["disabled"] != true, time("validAfterTime"));
    let foreign = row["keyOrigin"] == "USER_PROVIDED";
    Some(Listed { shows_uses: false, foreign, ends: time("validBeforeTime"), ..listed })
}

fn made(body: &[u8]) -> Option<Key> {
    let mut said: Value = serde_json::from_slice(body).ok()?;
    let id = KeyId(said["name"].as_str()?.rsplit('/').next()?.to_owned());
    let Value::String(data) = said["privateKeyData"].take() else { return None };
    let bytes = Zeroizing::new(STANDARD.decode(Zeroizing::new(data).as_bytes()).ok()?);
    let text = std::str::from_utf8(&bytes).ok()?;
    (KeyFile::read(text).ok()?.id == id).then(|| Key { id, secret: SecretString::from(text) })
}

impl Issuer for AccountKeys {
    fn name(&self) -> String {
        format!("service account {}", self.account)
    }

    fn room(&self) -> Option<usize> {
        Some(ROOM)
    }

    fn list(&self) -> Doing<'_, Vec<Listed>> {
        Box::pin(self.keys())
    }

    fn spreads(&self) -> bool {
        true
    }

    fn acts_with(&self) -> Option<KeyId> {
        self.api.actor.key()
    }

    fn act_with(&self, key: &Key) {
        self.api.actor.become_holder_of(key);
    }

    fn create<'a>(&'a self, _token: &'a str) -> Doing<'a, Key> {
        Box::pin(self.make())
    }

    fn disable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.turn(id, "disable"))
    }

    fn enable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.turn(id, "enable"))
    }

    fn delete<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.end(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_tells_what_is_disabled_uploaded_or_ends() {
        let of = |more: Value| {
            let mut row = json!({
                "name": "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com/keys/0123",
                "validAfterTime": "2026-11-22T10:00:00Z",
                "validBeforeTime": "9999-12-31T23:59:59Z",
            });
            more.as_object().unwrap().iter().for_each(|(name, value)| row[name] = value.clone());
            listed(&row).unwrap()
        };
        let usual = of(json!({}));
        assert_eq!((usual.id.0.as_str(), usual.active, usual.ends), ("0123", true, None));
        assert!(usual.created.is_some() && !usual.shows_uses && !usual.foreign);
        assert!(!of(json!({ "disabled": true })).active);
        assert!(of(json!({ "keyOrigin": "USER_PROVIDED" })).foreign);
        let ends = of(json!({ "validBeforeTime": "2026-11-22T11:00:00Z" }));
        assert_eq!(ends.ends, usual.created.map(|at| at + 3_600));
        assert_eq!(listed(&json!({})), None);
    }
}
