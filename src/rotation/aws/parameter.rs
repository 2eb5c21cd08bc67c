use super::{Actor, Endpoint, Query, Refusal};
use crate::rotation::fields::Fields;
use crate::rotation::http::Http;
use crate::rotation::reading::MAX_PAGES;
use crate::rotation::traits::{Clock, Doing, Failure, FailureKind, Held, Key, KeyId, Sink, at_hand};
use secrecy::zeroize::Zeroizing;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Versions before the current one that are looked through for an older value.
const BACK: u64 = 10;

/// An encrypted parameter of AWS Systems Manager: a JSON object with the two halves among its fields. It has no place
/// for a value that nobody sees yet, and each write is a new version.
/// Source: AWS Systems Manager API Reference, `GetParameter`, `PutParameter`, `DescribeParameters`.
pub struct Parameter {
    query: Query,
    actor: Actor,
    parameter: String,
    fields: Fields,
}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Parameter").field("parameter", &self.parameter).finish_non_exhaustive()
    }
}

struct Version {
    number: u64,
    data: Map<String, Value>,
}

impl Parameter {
    pub fn new(
        http: Http,
        endpoint: Endpoint,
        clock: Arc<dyn Clock>,
        actor: impl Into<Actor>,
        parameter: impl Into<String>,
        fields: Fields,
    ) -> Self {
        let (query, actor) = (Query { http, endpoint, clock }, actor.into());
        Parameter { query, actor, parameter: parameter.into(), fields }
    }

    async fn ask(&self, action: &str, body: &Value) -> Result<Value, Refusal> {
        let body = body.to_string();
        let answer = self.query.ask_json(&self.actor.now(), "AmazonSSM", action, body).await?;
        serde_json::from_slice(&answer.body).map_err(|_| self.failed("the answer is not JSON").into())
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::new(FailureKind::Later, format!("{}: {why}", self.name()))
    }

    /// The current version, or an older one.
    async fn version(&self, number: Option<u64>) -> Result<Option<Version>, Failure> {
        let name = match number {
            Some(number) => format!("{}:{number}", self.parameter),
            None => self.parameter.clone(),
        };
        let asked = self.ask("GetParameter", &json!({ "Name": name, "WithDecryption": true })).await;
        let mut answer = match asked {
            Ok(answer) => answer,
            Err(refusal) if refusal.code.starts_with("Parameter") && refusal.code.ends_with("NotFound") => {
                return Ok(None);
            }
            Err(refusal) => return Err(refusal.failure),
        };
        let found = &mut answer["Parameter"];
        if found["Type"] != "SecureString" {
            return Err(Failure::new(FailureKind::Never, format!("{} is no SecureString", self.name())));
        }
        let Value::String(text) = found["Value"].take() else { return Ok(None) };
        let text = Zeroizing::new(text);
        let Ok(Value::Object(data)) = serde_json::from_str(&text) else { return Ok(None) };
        Ok(Some(Version { number: found["Version"].as_u64().unwrap_or_default(), data }))
    }

    async fn find(&self, id: &KeyId) -> Result<Option<Key>, Failure> {
        let Some(current) = self.version(None).await? else { return Ok(None) };
        if self.fields.id_in(&current.data).as_ref() == Some(id) {
            return Ok(self.fields.key_in(&current.data));
        }
        for number in (1..current.number).rev().take(BACK as usize) {
            if let Some(version) = self.version(Some(number)).await?
                && self.fields.id_in(&version.data).as_ref() == Some(id)
            {
                return Ok(self.fields.key_in(&version.data));
            }
        }
        Ok(None)
    }

    /// A write that does not name them goes back to the usual key and tier.
    async fn settings(&self) -> Result<Value, Failure> {
        let names = names(&self.parameter);
        let filter = json!([{ "Key": "Name", "Option": "Equals", "Values": names }]);
        let mut question = json!({ "ParameterFilters": filter });
        // A page may be empty and not the last one.
        for _ in 0..MAX_PAGES {
            let asked = self.ask("DescribeParameters", &question).await;
            let mut page = asked.map_err(|refusal| refusal.failure)?;
            let rows = page["Parameters"].as_array_mut().into_iter().flatten();
            let is_it = |row: &&mut Value| names.iter().any(|name| row["Name"] == name.as_str());
            let found = rows.into_iter().find(is_it);
            if let Some(found) = found {
                return Ok(found.take());
            }
            match page["NextToken"].take() {
                Value::String(next) if !next.is_empty() => question["NextToken"] = next.into(),
                _ => break,
            }
        }
        Err(self.failed("its key and its tier are not told"))
    }

    async fn put(&self, key: &Key) -> Result<(), Failure> {
        let Some(Version { number, data }) = self.version(None).await? else {
            return Err(Failure::new(FailureKind::Never, format!("{} is not there", self.name())));
        };
        if self.fields.id_in(&data).as_ref() == Some(&key.id) {
            return Ok(());
        }
        let mut settings = self.settings().await?;
        let text = Zeroizing::new(Value::Object(self.fields.put(data, key)).to_string());
        let mut body = json!({
            "Name": self.parameter,
            "Type": "SecureString",
            "Overwrite": true,
            "Value": text.as_str(),
        });
        for name in ["KeyId", "Tier"] {
            if let Value::String(kept) = settings[name].take() {
                body[name] = kept.into();
            }
        }
        let answer = self.ask("PutParameter", &body).await.map_err(|refusal| refusal.failure)?;
        match answer["Version"].as_u64() {
            Some(written) if written > number + 1 => {
                Err(self.failed("somebody else wrote to it at the same time"))
            }
            _ => Ok(()),
        }
    }
}

/// What it may be called; an ARN does not tell whether the name begins with a slash.
/// Source: AWS Systems Manager User Guide, "Creating Parameter Store parameters".
fn names(parameter: &str) -> Vec<String> {
    match parameter.strip_prefix("arn:").and_then(|arn| arn.split_once(":parameter/")) {
        Some((_, name)) => vec![format!("/{name}"), name.to_owned()],
        None => vec![parameter.to_owned()],
    }
}

impl Sink for Parameter {
    fn name(&self) -> String {
        format!("SSM {}", self.parameter)
    }

    fn look(&self) -> Doing<'_, Held> {
        Box::pin(async {
            let current = self.version(None).await?;
            let current = current.and_then(|version| self.fields.id_in(&version.data));
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
