use super::Actor;
use super::client::{Api, failure, read};
use crate::dates::moment_of;
use crate::rotation::http::{Http, encoded};
use crate::rotation::mark::NextMark;
use crate::rotation::traits::{Clock, Doing, Failure, FailureKind, Issuer, Key, KeyId, Listed, Moment};
use ::http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::sync::Arc;

const GRAPH: &str = "https://graph.microsoft.com";
/// What the names of those begin with that are made here.
const MARK: &str = "keyward ";

/// What the passwords log in as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    Application,
    ServicePrincipal,
}

/// The passwords of one application, or of its service principal in a tenant. Entra makes them, cannot disable them,
/// and shows in no list who uses them.
/// Source: Microsoft Graph v1.0, `application` and `servicePrincipal`: `addPassword`, `removePassword`.
pub struct AppPasswords {
    api: Api,
    clock: Arc<dyn Clock>,
    holder: Holder,
    /// Its client id.
    client: String,
    /// How many seconds they last; as long as Entra says, without it.
    ttl: Option<i64>,
    next: NextMark,
}

impl std::fmt::Debug for AppPasswords {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AppPasswords").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What a token for Microsoft Graph is asked for, in the cloud that it is in.
pub fn graph_scope(endpoint: Option<&str>) -> String {
    let address = endpoint.filter(|address| address.starts_with("https://")).unwrap_or(GRAPH);
    format!("{}/.default", address.trim_end_matches('/'))
}

/// An API of Microsoft Graph.
pub(crate) fn graph(http: Http, endpoint: Option<&str>, actor: Actor) -> Result<Api, String> {
    Api::new(http, endpoint.unwrap_or(GRAPH), &graph_scope(endpoint), actor)
}

impl AppPasswords {
    pub fn new(
        http: Http,
        endpoint: Option<&str>,
        actor: Actor,
        clock: Arc<dyn Clock>,
        (holder, client): (Holder, &str),
        ttl: Option<i64>,
    ) -> Result<Self, String> {
        let (api, client) = (graph(http, endpoint, actor)?, client.to_owned());
        Ok(AppPasswords { api, clock, holder, client, ttl, next: NextMark::default() })
    }

    fn path(&self) -> String {
        let of = match self.holder {
            Holder::Application => "applications",
            Holder::ServicePrincipal => "servicePrincipals",
        };
        format!("v1.0/{of}(appId='{}')", encoded(&self.client))
    }

    async fn passwords(&self) -> Result<Vec<Listed>, Failure> {
        let wrong = || Failure::new(FailureKind::Later, "the list of passwords cannot be read");
        self.rows().await?.iter().map(|row| listed(row).ok_or_else(wrong)).collect()
    }

    async fn rows(&self) -> Result<Vec<Value>, Failure> {
        let path = format!("{}?$select=id,appId,passwordCredentials", self.path());
        let answer = self.api.ask(Method::GET, &path, None).await?;
        if answer.status != 200 {
            return Err(failure("list passwords", &answer, true));
        }
        let mut said = read(&answer, "the list of passwords")?;
        match said["passwordCredentials"].take() {
            Value::Array(rows) => Ok(rows),
            _ => Err(Failure::new(FailureKind::Later, "the list of passwords cannot be read")),
        }
    }

    /// Entra tells how each begins.
    async fn is_its(&self, key: &Key) -> Result<bool, Failure> {
        let rows = self.rows().await?;
        let row = rows.iter().find(|row| row["keyId"].as_str().is_some_and(|id| is_id(id, &key.id)));
        let hint = row.and_then(|row| row["hint"].as_str()).unwrap_or_default();
        Ok(key.secret.expose_secret().starts_with(hint))
    }

    async fn make(&self) -> Result<Key, Failure> {
        let mut wanted = json!({ "displayName": format!("{MARK}{}", self.next.take()?) });
        if let Some(ttl) = self.ttl {
            let ends = jiff::Timestamp::from_second(self.clock.now().saturating_add(ttl));
            let ends = ends.map_err(|_| Failure::new(FailureKind::Never, "`ttl` is too long"))?;
            wanted["endDateTime"] = ends.to_string().into();
        }
        let body = json!({ "passwordCredential": wanted });
        let path = format!("{}/addPassword", self.path());
        let answer = self.api.ask(Method::POST, &path, Some(&body)).await?;
        if answer.status != 200 {
            return Err(failure("make a password", &answer, true));
        }
        // Something was made, though it cannot be read: that is to be found and deleted.
        let unclear = || Failure::new(FailureKind::Unclear, "the answer with the password cannot be read");
        let mut said = read(&answer, "the password").map_err(|_| unclear())?;
        match (said["keyId"].take(), said["secretText"].take()) {
            (Value::String(id), Value::String(secret)) if !secret.is_empty() => {
                Ok(Key { id: KeyId(id), secret: SecretString::from(secret) })
            }
            _ => Err(unclear()),
        }
    }

    async fn end(&self, id: &KeyId) -> Result<(), Failure> {
        let path = format!("{}/removePassword", self.path());
        let answer = self.api.ask(Method::POST, &path, Some(&json!({ "keyId": id.0 }))).await?;
        if matches!(answer.status, 200 | 204) {
            return Ok(());
        }
        let failed = failure(&format!("delete {}", id.0), &answer, true);
        // One that is not there is told like one that is wrong, and one that was just made is not known everywhere.
        match matches!(answer.status, 400 | 404) {
            true if self.passwords().await?.iter().all(|password| password.id != *id) => Ok(()),
            true => Err(Failure { kind: FailureKind::Later, ..failed }),
            false => Err(failed),
        }
    }
}

fn is_id(text: &str, id: &KeyId) -> bool {
    text.eq_ignore_ascii_case(&id.0)
}

/// One that has ended is the most urgent to exchange, so nothing is turned off here.
fn listed(row: &Value) -> Option<Listed> {
    let id = KeyId(row["keyId"].as_str()?.to_owned());
    let time = |name: &str| -> Option<Moment> { Some(moment_of(row[name].as_str()?)?.as_second()) };
    let listed = Listed::new(id, true, time("startDateTime"));
    let mark = row["displayName"].as_str().map(str::to_owned);
    Some(Listed { shows_uses: false, ends: time("endDateTime"), mark, ..listed })
}

impl Issuer for AppPasswords {
    fn name(&self) -> String {
        let of = match self.holder {
            Holder::Application => "application",
            Holder::ServicePrincipal => "service principal of",
        };
        format!("Entra {of} {}", self.client)
    }

    fn room(&self) -> Option<usize> {
        None
    }

    fn disables(&self) -> bool {
        false
    }

    fn list(&self) -> Doing<'_, Vec<Listed>> {
        Box::pin(self.passwords())
    }

    fn prepare(&self) -> Doing<'_, Option<String>> {
        Box::pin(std::future::ready(self.next.choose().map(|mark| Some(format!("{MARK}{mark}")))))
    }

    fn is_of<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        Box::pin(self.is_its(key))
    }

    fn spreads(&self) -> bool {
        true
    }

    fn acts_with(&self) -> Option<KeyId> {
        self.api.actor.key_of(&self.client)
    }

    fn act_with(&self, key: &Key) {
        self.api.actor.become_holder_of(key);
    }

    fn create<'a>(&'a self, _token: &'a str) -> Doing<'a, Key> {
        Box::pin(self.make())
    }

    fn disable<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        let why = format!("{} cannot be disabled, only deleted", id.0);
        Box::pin(std::future::ready(Err(Failure::new(FailureKind::Never, why))))
    }

    fn enable<'a>(&'a self, _id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn delete<'a>(&'a self, id: &'a KeyId) -> Doing<'a, ()> {
        Box::pin(self.end(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_tells_when_one_ends_and_which_attempt_made_it() {
        let row = json!({
            "keyId": "b1", "displayName": "keyward 01", "hint": "abc", "secretText": null,
            "startDateTime": "2026-11-22T10:00:00Z", "endDateTime": "2026-11-22T11:00:00.1234567Z",
        });
        let made = moment_of("2026-11-22T10:00:00Z").unwrap().as_second();
        let fresh = listed(&row).unwrap();
        assert_eq!((fresh.active, fresh.created, fresh.ends), (true, Some(made), Some(made + 3_600)));
        assert_eq!((fresh.mark.as_deref(), fresh.shows_uses), (Some("keyward 01"), false));
        assert_eq!(listed(&json!({})), None);
    }

    #[test]
    fn each_cloud_has_its_own_tokens() {
        assert_eq!(graph_scope(None), "https://graph.microsoft.com/.default");
        assert_eq!(graph_scope(Some("https://graph.microsoft.us/")), "https://graph.microsoft.us/.default");
        assert_eq!(graph_scope(Some("http://127.0.0.1:1")), "https://graph.microsoft.com/.default");
    }
}
