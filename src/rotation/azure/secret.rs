use super::Actor;
use super::client::{Api, failure, read};
use crate::rotation::fields::Fields;
use crate::rotation::http::{Http, encoded};
use crate::rotation::traits::{Doing, Failure, FailureKind, Held, Key, KeyId, Sink, at_hand};
use ::http::Method;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value, json};

/// Source: Key Vault, "REST API versions".
const VERSION: &str = "api-version=7.4";
/// Versions that are looked through for an older value.
const BACK: usize = 10;
/// Pages of their list.
const PAGES: usize = 20;

/// How a secret keeps a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// As a JSON object with these fields.
    Fields(Fields),
    /// As it is, with its id in a tag of this name.
    Tagged(String),
}

/// A secret of Azure Key Vault. It has no place for a value that nobody sees yet: each write is a new version, and what
/// consumers get.
/// Source: Key Vault REST API 7.4, secrets.
pub struct VaultSecret {
    api: Api,
    name: String,
    secret: String,
    kept: Kept,
}

impl std::fmt::Debug for VaultSecret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("VaultSecret").field("secret", &self.name).finish_non_exhaustive()
    }
}

struct Version {
    text: Zeroizing<String>,
    tags: Map<String, Value>,
    content_type: Option<String>,
}

/// What a token for a vault is asked for, in the cloud that it is in.
fn scope(vault: &str) -> String {
    let host = vault.strip_prefix("https://").unwrap_or_default();
    let cloud = host.split_once(".vault.").map_or("azure.net", |(_, cloud)| cloud.trim_end_matches('/'));
    format!("https://vault.{cloud}/.default")
}

impl VaultSecret {
    pub fn new(http: Http, vault: &str, actor: Actor, secret: &str, kept: Kept) -> Result<Self, String> {
        let api = Api::new(http, vault, &scope(vault), actor)?;
        let host = vault.split("://").nth(1).unwrap_or(vault).trim_end_matches('/');
        let name = format!("Key Vault {host}/{secret}");
        Ok(VaultSecret { api, name, secret: secret.to_owned(), kept })
    }

    fn path(&self, rest: &str) -> String {
        format!("secrets/{}{rest}?{VERSION}", encoded(&self.secret))
    }

    /// The newest version, or one by its name. `None` if there is none, or it was turned off.
    async fn version(&self, version: Option<&str>) -> Result<Option<Version>, Failure> {
        let rest = version.map(|name| format!("/{}", encoded(name))).unwrap_or_default();
        let answer = self.api.ask(Method::GET, &self.path(&rest), None).await?;
        match answer.status {
            200 => {}
            404 => return Ok(None),
            _ => return Err(failure(&format!("read {}", self.name), &answer, true)),
        }
        let mut said = read(&answer, &self.name)?;
        let Value::String(text) = said["value"].take() else {
            let why = format!("{}: the answer has no value", self.name);
            return Err(Failure::new(FailureKind::Later, why));
        };
        let tags = said["tags"].as_object().cloned().unwrap_or_default();
        let content_type = said["contentType"].as_str().map(str::to_owned);
        Ok(Some(Version { text: Zeroizing::new(text), tags, content_type }))
    }

    /// Names of versions that can be read, the newest first.
    async fn versions(&self) -> Result<Vec<(String, Map<String, Value>)>, Failure> {
        let mut rows: Vec<Value> = Vec::new();
        let mut path = self.path("/versions");
        for _ in 0..PAGES {
            let answer = self.api.ask(Method::GET, &path, None).await?;
            if answer.status != 200 {
                return Err(failure(&format!("list versions of {}", self.name), &answer, true));
            }
            let mut said = read(&answer, &self.name)?;
            if let Value::Array(more) = said["value"].take() {
                rows.extend(more);
            }
            let Some(next) = said["nextLink"].as_str().filter(|link| !link.is_empty()) else { break };
            let elsewhere = || {
                let why = format!("{}: its list of versions goes on at another address", self.name);
                Failure::new(FailureKind::Never, why)
            };
            path = self.api.below(next).ok_or_else(elsewhere)?;
        }
        rows.retain(|row| row["attributes"]["enabled"] != false);
        rows.sort_by_key(|row| std::cmp::Reverse(row["attributes"]["created"].as_i64()));
        let named = rows.iter_mut().filter_map(|row| {
            let name = row["id"].as_str()?.rsplit('/').next()?.to_owned();
            Some((name, row["tags"].as_object().cloned().unwrap_or_default()))
        });
        Ok(named.collect())
    }

    fn id(&self, version: &Version) -> Option<KeyId> {
        match &self.kept {
            Kept::Fields(fields) => fields.id_in(&object(&version.text)?),
            Kept::Tagged(tag) => tagged(&version.tags, tag),
        }
    }

    fn key(&self, version: &Version) -> Option<Key> {
        match &self.kept {
            Kept::Fields(fields) => fields.key_in(&object(&version.text)?),
            Kept::Tagged(tag) => {
                let secret = SecretString::from(version.text.as_str());
                Some(Key { id: tagged(&version.tags, tag)?, secret })
            }
        }
    }

    async fn find(&self, id: &KeyId) -> Result<Option<Key>, Failure> {
        let Some(current) = self.version(None).await? else { return Ok(None) };
        if self.id(&current).as_ref() == Some(id) {
            return Ok(self.key(&current));
        }
        let mut versions = self.versions().await?;
        if let Kept::Tagged(tag) = &self.kept {
            versions.retain(|(_, tags)| tagged(tags, tag).as_ref() == Some(id));
        }
        for (name, _) in versions.into_iter().take(BACK) {
            let Some(version) = self.version(Some(&name)).await? else { continue };
            if self.id(&version).as_ref() == Some(id) {
                return Ok(self.key(&version));
            }
        }
        Ok(None)
    }

    /// Makes it the newest version. Other fields and tags stay; when it would end is said of the value before.
    async fn put(&self, key: &Key) -> Result<(), Failure> {
        use secrecy::ExposeSecret;
        let never = |why: &str| Failure::new(FailureKind::Never, format!("{}: {why}", self.name));
        let Some(before) = self.version(None).await? else {
            return Err(never("it is not there: make it once"));
        };
        if self.id(&before).as_ref() == Some(&key.id) {
            return Ok(());
        }
        let mut tags = before.tags.clone();
        let text = match &self.kept {
            Kept::Fields(fields) => {
                let data = object(&before.text).ok_or_else(|| never("it is no JSON object"))?;
                Zeroizing::new(Value::Object(fields.put(data, key)).to_string())
            }
            Kept::Tagged(tag) => {
                tags.insert(tag.clone(), key.id.0.clone().into());
                Zeroizing::new(key.secret.expose_secret().to_owned())
            }
        };
        let mut body = json!({ "value": text.as_str(), "tags": tags });
        if let Some(content_type) = before.content_type {
            body["contentType"] = content_type.into();
        }
        let answer = self.api.ask(Method::PUT, &self.path(""), Some(&body)).await?;
        match answer.status {
            200 => Ok(()),
            _ => Err(failure(&format!("write {}", self.name), &answer, false)),
        }
    }
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

fn tagged(tags: &Map<String, Value>, tag: &str) -> Option<KeyId> {
    Some(KeyId(tags.get(tag)?.as_str()?.to_owned()))
}

impl Sink for VaultSecret {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn look(&self) -> Doing<'_, Held> {
        Box::pin(async {
            let current = self.version(None).await?.and_then(|version| self.id(&version));
            Ok(Held { current, ..Held::default() })
        })
    }

    fn promote<'a>(&'a self, _token: &'a str, id: &'a KeyId, key: Option<&'a Key>) -> Doing<'a, ()> {
        Box::pin(async move { self.put(at_hand(id, key)?).await })
    }

    fn read<'a>(&'a self, id: &'a KeyId) -> Doing<'a, Option<Key>> {
        Box::pin(self.find(id))
    }
}

#[cfg(test)]
mod tests {
    use super::scope;

    #[test]
    fn each_cloud_has_its_own_tokens() {
        assert_eq!(scope("https://acme.vault.azure.net/"), "https://vault.azure.net/.default");
        assert_eq!(scope("https://acme.vault.usgovcloudapi.net"), "https://vault.usgovcloudapi.net/.default");
        assert_eq!(scope("http://127.0.0.1:1"), "https://vault.azure.net/.default");
    }
}
