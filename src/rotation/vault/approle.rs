use super::client::{Vault, failure, tidy, unanswered};
use crate::dates::moment_of;
use crate::rotation::http::Answer;
use crate::rotation::mark::NextMark;
use crate::rotation::traits::{Check, Doing, Failure, FailureKind, Issuer, Key, KeyId, Listed, Moment};
use ::http::Method;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A server writes down when a secret id was used only if it counts how often it may be, so those may be used this
/// often, which nobody ever will. It is a write for each login then, and OpenBao refuses some of several logins at the
/// same moment (500, "transaction commit failed"; 701 of 3,000 by eight at once with version 2.7), so that only who is
/// asked to counts.
const USES: u32 = 1_000_000_000;
/// In the metadata of what was made here, with the mark of the attempt.
const MARK: &str = "keyward";

/// The secret ids of one role. They are known by their accessors, and cannot be disabled.
/// Source: OpenBao documentation, "AppRole auth method (API)".
pub struct AppRole {
    vault: Vault,
    mount: String,
    role: String,
    counts: bool,
    /// Those of others of which no use shows: they stay as they are, and there may be thousands.
    others: Mutex<HashMap<String, Listed>>,
    next: NextMark,
}

impl std::fmt::Debug for AppRole {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AppRole")
            .field("mount", &self.mount)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl AppRole {
    /// With `counts`, uses of what it makes are seen.
    pub fn new(vault: Vault, mount: &str, role: &str, counts: bool) -> Self {
        let (mount, role) = (tidy(mount), tidy(role));
        AppRole { vault, mount, role, counts, others: Mutex::default(), next: NextMark::default() }
    }

    async fn ask(&self, rest: &str, body: Value) -> Result<Answer, Failure> {
        let path = format!("auth/{}/role/{}/{rest}", self.mount, self.role);
        self.vault.ask(Method::POST, &path, Some(body)).await
    }

    async fn secret_ids(&self) -> Result<Vec<Listed>, Failure> {
        let path = format!("auth/{}/role/{}/secret-id?list=true", self.mount, self.role);
        let answer = self.vault.ask(Method::GET, &path, None).await?;
        let mut said = match answer.status {
            200 => read(&answer)?,
            // There is none.
            404 => return Ok(Vec::new()),
            status => return Err(failure("list secret ids", status)),
        };
        let Value::Array(accessors) = said["data"]["keys"].take() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for accessor in accessors.iter().filter_map(Value::as_str) {
            let known = self.others.lock().unwrap_or_else(PoisonError::into_inner).get(accessor).cloned();
            match known {
                Some(listed) => found.push(listed),
                None => found.extend(self.look_up(accessor).await?),
            }
        }
        Ok(found)
    }

    /// `None` when it has ended since it was listed.
    async fn look_up(&self, accessor: &str) -> Result<Option<Listed>, Failure> {
        let body = json!({ "secret_id_accessor": accessor });
        let answer = self.ask("secret-id-accessor/lookup", body).await?;
        let said = match answer.status {
            200 => read(&answer)?,
            204 | 404 => return Ok(None),
            status => return Err(failure("look a secret id up", status)),
        };
        let listed = listed(accessor, &said["data"]);
        if listed.foreign && !listed.shows_uses {
            let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
            others.insert(accessor.to_owned(), listed.clone());
        }
        Ok(Some(listed))
    }

    /// Whether a secret id has that accessor; one that the server does not know, nobody can say it of.
    async fn is_its(&self, key: &Key) -> Result<bool, Failure> {
        let body = json!({ "secret_id": key.secret.expose_secret() });
        let answer = self.ask("secret-id/lookup", body).await?;
        match answer.status {
            200 => Ok(read(&answer)?["data"]["secret_id_accessor"] == key.id.0.as_str()),
            204 | 400 | 403 | 404 => Ok(true),
            status => Err(failure("look a secret id up", status)),
        }
    }

    async fn make(&self) -> Result<Key, Failure> {
        // As text, since that is what this server takes.
        let metadata = json!({ MARK: self.next.take()? }).to_string();
        let answer = self
            .ask("secret-id", json!({ "metadata": metadata, "num_uses": if self.counts { USES } else { 0 } }))
            .await?;
        match answer.status {
            200 => {}
            400 => {
                let why = format!(
                    "cannot make a secret id for {}: a role that limits their uses or where they come from has them made for each consumer",
                    self.role
                );
                return Err(Failure::new(FailureKind::Never, why));
            }
            status => return Err(unanswered("make a secret id", status)),
        }
        // Something was made, though it cannot be read: that is to be found and deleted.
        let unclear = |_| Failure::new(FailureKind::Unclear, "the answer with the secret id cannot be read");
        let mut said = read(&answer).map_err(unclear)?;
        match (said["data"]["secret_id_accessor"].take(), said["data"]["secret_id"].take()) {
            (Value::String(id), Value::String(secret)) => {
                Ok(Key { id: KeyId(id), secret: SecretString::from(secret) })
            }
            _ => Err(Failure::new(FailureKind::Unclear, "the answer has no secret id")),
        }
    }

    async fn destroy(&self, id: &KeyId) -> Result<(), Failure> {
        let answer = self.ask("secret-id-accessor/destroy", json!({ "secret_id_accessor": id.0 })).await?;
        let failed = match answer.status {
            200 | 204 | 404 => return Ok(()),
            status => failure("delete a secret id", status),
        };
        // OpenBao says 500 of one that is not there, as after a request whose answer was lost.
        match self.look_up(&id.0).await {
            Ok(None) => Ok(()),
            _ => Err(failed),
        }
    }
}

fn read(answer: &Answer) -> Result<Value, Failure> {
    serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::new(FailureKind::Later, "the answer about secret ids is not JSON"))
}

/// One that counts its uses is written anew at each, with the time.
fn listed(accessor: &str, data: &Value) -> Listed {
    let time = |name: &str| data[name].as_str().and_then(moment_of).map(|it| it.as_second());
    let created: Option<Moment> = time("creation_time");
    let shows_uses = data["secret_id_num_uses"].as_u64().is_some_and(|uses| uses > 0);
    let written = data["last_updated_time"] != data["creation_time"];
    let last_used = if shows_uses && written { time("last_updated_time") } else { None };
    let mark = data["metadata"][MARK].as_str().map(str::to_owned);
    let foreign = data["metadata"][MARK].is_null();
    let listed = Listed::new(KeyId(accessor.to_owned()), true, created);
    Listed { last_used, shows_uses, foreign, mark, ..listed }
}

impl Issuer for AppRole {
    fn name(&self) -> String {
        format!("AppRole {}/{}", self.mount, self.role)
    }

    fn room(&self) -> Option<usize> {
        None
    }

    fn disables(&self) -> bool {
        false
    }

    fn list(&self) -> Doing<'_, Vec<Listed>> {
        Box::pin(self.secret_ids())
    }

    fn prepare(&self) -> Doing<'_, Option<String>> {
        Box::pin(std::future::ready(self.next.choose().map(Some)))
    }

    fn is_of<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        Box::pin(self.is_its(key))
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
        Box::pin(self.destroy(id))
    }
}

/// Logs in with a secret id, and ends the token that it got.
#[derive(Debug)]
pub struct AppRoleCheck {
    vault: Vault,
    mount: String,
    role: String,
}

impl AppRoleCheck {
    pub fn new(vault: Vault, mount: &str, role: &str) -> Self {
        AppRoleCheck { vault, mount: tidy(mount), role: tidy(role) }
    }

    async fn role_id(&self) -> Result<Value, Failure> {
        let path = format!("auth/{}/role/{}/role-id", self.mount, self.role);
        let answer = self.vault.ask(Method::GET, &path, None).await?;
        match answer.status {
            200 => Ok(read(&answer)?["data"]["role_id"].take()),
            status => Err(failure("read the role id", status)),
        }
    }

    async fn login(&self, key: &Key) -> Result<bool, Failure> {
        let secret = key.secret.expose_secret();
        let body = json!({ "role_id": self.role_id().await?, "secret_id": secret });
        let path = format!("auth/{}/login", self.mount);
        let answer = self.vault.with("").ask(Method::POST, &path, Some(body)).await?;
        match answer.status {
            200 => {}
            400 if is_refused(&answer) => return Ok(false),
            // Where it comes from may not be allowed, or the role is locked for a while: nothing of the secret id.
            400 | 403 => {
                let why = format!("cannot log in: status {}", answer.status);
                return Err(Failure::new(FailureKind::Later, why));
            }
            status => return Err(failure("log in", status)),
        }
        let token = read(&answer)?["auth"]["client_token"].take();
        if let Value::String(token) = token {
            // It ends by itself, where this fails.
            let token = Zeroizing::new(token);
            let _ = self.vault.with(&token).ask(Method::POST, "auth/token/revoke-self", None).await;
        }
        Ok(true)
    }
}

/// What servers say of a secret id that they do not know, or not any more.
fn is_refused(answer: &Answer) -> bool {
    let said = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    ["invalid secret id", "invalid secret_id", "invalid role or secret id"]
        .iter()
        .any(|words| said.contains(words))
}

impl Check for AppRoleCheck {
    fn name(&self) -> String {
        format!("login to {} as {}", self.mount, self.role)
    }

    fn accepted<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        Box::pin(self.login(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_shows_only_where_uses_are_counted() {
        let of = |uses: u32, updated: &str, metadata: Value| {
            let data = json!({
                "creation_time": "2026-11-22T10:00:00.123456789Z",
                "last_updated_time": updated,
                "secret_id_num_uses": uses,
                "metadata": metadata,
            });
            listed("a", &data)
        };
        let same = "2026-11-22T10:00:00.123456789Z";
        let fresh = of(5, same, json!({ "keyward": "t" }));
        assert_eq!((fresh.last_used, fresh.shows_uses, fresh.foreign), (None, true, false));
        let used = of(4, "2026-11-22T11:00:00.5Z", json!({ "keyward": "t" }));
        assert_eq!(used.last_used, used.created.map(|at| at + 3_600));
        let other = of(0, "2026-11-22T11:00:00.5Z", Value::Null);
        assert_eq!((other.last_used, other.shows_uses, other.foreign), (None, false, true));
    }
}
