use super::client::{GitHub, failure, words};
use crate::dates::moment_of;
use crate::rotation::http::{Answer, encoded};
use crate::rotation::ssh::{PrivateKey, fingerprint};
use crate::rotation::traits::{Doing, Failure, FailureKind, Issuer, Key, KeyId, Listed};
use ::http::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most that GitHub lists at a time.
const PAGE: usize = 100;
/// Longer lists are not read to their end.
const PAGES: usize = 100;

/// What deploy keys are made like.
#[derive(Clone, Debug)]
pub struct DeployKeyTerms {
    pub title: String,
    /// As the one that it takes the place of, and only if that may read alone, if nothing is said.
    pub read_only: Option<bool>,
}

/// The deploy keys of one repository, of which the private halves are made here and never leave for it. They are known
/// by their fingerprints, and cannot be disabled.
/// Source: GitHub REST API documentation, "Deploy keys".
pub struct DeployKeys {
    github: GitHub,
    owner: String,
    name: String,
    terms: DeployKeyTerms,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// For the next attempt.
    prepared: Option<(PrivateKey, SecretString)>,
    /// Under which numbers GitHub has them.
    numbers: HashMap<KeyId, u64>,
    /// Whether the one that is exchanged may write.
    writes: bool,
}

/// One as GitHub lists it.
struct Row {
    listed: Listed,
    number: u64,
    writes: bool,
}

impl std::fmt::Debug for DeployKeys {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("DeployKeys")
            .field("owner", &self.owner)
            .field("name", &self.name)
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}

impl DeployKeys {
    pub fn new(github: GitHub, owner: &str, name: &str, terms: DeployKeyTerms) -> Self {
        let (owner, name) = (owner.to_owned(), name.to_owned());
        DeployKeys { github, owner, name, terms, known: Mutex::default() }
    }

    fn path(&self) -> String {
        format!("/repos/{}/{}/keys", encoded(&self.owner), encoded(&self.name))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn rows(&self) -> Result<Vec<Row>, Failure> {
        let doing = format!("list the deploy keys of {}/{}", self.owner, self.name);
        let mut found = Vec::new();
        for page in 1..=PAGES {
            let path = format!("{}?per_page={PAGE}&page={page}", self.path());
            let answer = self.github.ask(Method::GET, &path, None).await?;
            if answer.status != 200 {
                return Err(refused(&doing, &answer));
            }
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let wrong = || Failure::new(FailureKind::Later, format!("cannot {doing}: it cannot be read"));
            let rows = said.as_array().ok_or_else(wrong)?;
            for row in rows {
                found.push(read(row).ok_or_else(wrong)?);
            }
            if rows.len() < PAGE {
                self.known().numbers.extend(found.iter().map(|row| (row.listed.id.clone(), row.number)));
                return Ok(found);
            }
        }
        let why = format!("cannot {doing}: there are more than {}", PAGES * PAGE);
        Err(Failure::new(FailureKind::Never, why))
    }

    async fn looked(&self, named: &[KeyId]) -> Result<Vec<Listed>, Failure> {
        let rows = self.rows().await?;
        // The first that is named is the one that is exchanged.
        if let Some(row) = rows.iter().find(|row| named.first() == Some(&row.listed.id)) {
            self.known().writes = row.writes;
        }
        Ok(rows.into_iter().map(|row| row.listed).collect())
    }

    fn pair(&self) -> Result<KeyId, Failure> {
        let mut known = self.known();
        if known.writes && self.terms.read_only.is_none() {
            let why = "the one that is in use may write: say `read-only = false`, or `read-only = true` if nobody writes with it";
            return Err(Failure::new(FailureKind::Never, why));
        }
        let failed = || Failure::new(FailureKind::Later, "there is no randomness for a key");
        let made = PrivateKey::make().ok_or_else(failed)?;
        let id = made.0.id();
        known.prepared = Some(made);
        Ok(id)
    }

    async fn make(&self) -> Result<Key, Failure> {
        // The one that was written down, or GitHub could have one that nobody would know again.
        let lost = || Failure::new(FailureKind::Later, "no key was prepared");
        let (private, secret) = self.known().prepared.take().ok_or_else(lost)?;
        let id = private.id();
        let body = json!({
            "title": self.terms.title,
            "key": private.public_line(),
            "read_only": self.terms.read_only.unwrap_or(true),
        });
        let answer = self.github.ask(Method::POST, &self.path(), Some(&body)).await?;
        let doing = format!("add a deploy key to {}/{}", self.owner, self.name);
        match answer.status {
            201 => {
                let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                if let Some(number) = said["id"].as_u64() {
                    self.known().numbers.insert(id.clone(), number);
                }
            }
            // Nobody else has this key, so it is an earlier request that took place.
            422 if words(&answer).contains("already in use") => {}
            _ => return Err(refused(&doing, &answer)),
        }
        Ok(Key { id, secret })
    }

    async fn end(&self, id: &KeyId) -> Result<(), Failure> {
        let known = self.known().numbers.get(id).copied();
        let number = match known {
            Some(number) => number,
            None => match self.rows().await?.into_iter().find(|row| row.listed.id == *id) {
                Some(row) => row.number,
                None => return Ok(()),
            },
        };
        let answer = self.github.ask(Method::DELETE, &format!("{}/{number}", self.path()), None).await?;
        let failed = match answer.status {
            204 => return Ok(()),
            404 => Failure::new(
                FailureKind::Later,
                format!("cannot delete {}: it is listed, and not there", id.0),
            ),
            _ => return Err(refused(&format!("delete {}", id.0), &answer)),
        };
        if self.rows().await?.iter().all(|row| row.listed.id != *id) { Ok(()) } else { Err(failed) }
    }
}

/// What is sent is checked before, so that the same would be refused again.
fn refused(doing: &str, answer: &Answer) -> Failure {
    let kind = if answer.status == 422 { FailureKind::Never } else { failure(doing, answer).kind };
    Failure::new(kind, format!("cannot {doing}: {}", words(answer)))
}

fn read(row: &Value) -> Option<Row> {
    let id = fingerprint(row["key"].as_str()?)?;
    let time = |name: &str| row[name].as_str().and_then(moment_of).map(|at| at.as_second());
    let listed = Listed::new(id.clone(), row["enabled"] != false, time("created_at"));
    // Servers of GitHub Enterprise that are older do not tell.
    let shows_uses = row.get("last_used").is_some();
    let (last_used, mark) = (time("last_used"), Some(id.0));
    let listed = Listed { last_used, shows_uses, mark, ..listed };
    Some(Row { listed, number: row["id"].as_u64()?, writes: row["read_only"] == false })
}

impl Issuer for DeployKeys {
    fn name(&self) -> String {
        format!("deploy keys of {}/{}", self.owner, self.name)
    }

    fn room(&self) -> Option<usize> {
        None
    }

    fn disables(&self) -> bool {
        false
    }

    fn spreads(&self) -> bool {
        true
    }

    fn list(&self) -> Doing<'_, Vec<Listed>> {
        Box::pin(self.looked(&[]))
    }

    fn look<'a>(&'a self, named: &'a [KeyId], _others: bool) -> Doing<'a, Vec<Listed>> {
        Box::pin(self.looked(named))
    }

    /// The key is there before anybody is asked to take it, so that it is known again by itself.
    fn prepare(&self) -> Doing<'_, Option<String>> {
        Box::pin(std::future::ready(self.pair().map(|id| Some(id.0))))
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
    fn a_list_tells_what_is_used_may_write_or_is_turned_off() {
        let (key, _) = PrivateKey::make().unwrap();
        let of = |more: Value| {
            let mut row = json!({
                "id": 7,
                "key": key.public_line() + " somebody",
                "created_at": "2026-11-22T10:00:00Z",
                "read_only": true,
                "last_used": null,
            });
            more.as_object().unwrap().iter().for_each(|(name, value)| row[name] = value.clone());
            read(&row).unwrap()
        };
        let usual = of(json!({}));
        assert_eq!((usual.listed.id.clone(), usual.number, usual.writes), (key.id(), 7, false));
        assert!(usual.listed.active && usual.listed.shows_uses && usual.listed.last_used.is_none());
        assert_eq!(usual.listed.mark, Some(key.id().0));
        let used = of(json!({ "last_used": "2026-11-22T11:00:00Z", "read_only": false }));
        assert_eq!(used.listed.last_used, usual.listed.created.map(|at| at + 3_600));
        assert!(used.writes && !of(json!({ "enabled": false })).listed.active);
        let mut old = json!({ "id": 7, "key": key.public_line(), "created_at": "2026-11-22T10:00:00Z" });
        assert!(!read(&old).unwrap().listed.shows_uses);
        old["key"] = "ssh-ed25519".into();
        assert!(read(&old).is_none());
    }
}
