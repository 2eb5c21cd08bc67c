//! Looks at a project and changes nothing.

use super::Actor;
use super::client::{Api, failure};
use super::keys::IAM;
use crate::rotation::http::{Answer, Http, encoded};
use crate::rotation::reading::{Denial, MAX_PAGES, Refusal, passing, patiently};
use crate::rotation::traits::Clock;
use ::http::Method;
use serde_json::Value;
use std::sync::Arc;

const ANALYZER: &str = "https://policyanalyzer.googleapis.com";
const STORAGE: &str = "https://storage.googleapis.com";

/// Asks IAM, Policy Analyzer and Cloud Storage about one project.
/// Sources: IAM API v1, `projects.serviceAccounts`; Policy Analyzer API v1, `activities.query`; Cloud Storage JSON API
/// v1, `projects.hmacKeys`.
#[derive(Clone)]
pub struct ProjectReader {
    iam: Api,
    analyzer: Api,
    storage: Api,
    clock: Arc<dyn Clock>,
    project: String,
}

impl std::fmt::Debug for ProjectReader {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ProjectReader").field("project", &self.project).finish_non_exhaustive()
    }
}

impl ProjectReader {
    /// `endpoint` stands in for all three services.
    pub fn new(
        http: &Http,
        endpoint: Option<&str>,
        clock: Arc<dyn Clock>,
        actor: &Actor,
        project: &str,
    ) -> Result<Self, String> {
        let api = |usual| Api::new(http.clone(), endpoint.unwrap_or(usual), actor.clone());
        let storage = format!("{}/storage", endpoint.unwrap_or(STORAGE).trim_end_matches('/'));
        Ok(ProjectReader {
            iam: api(IAM)?,
            analyzer: api(ANALYZER)?,
            storage: Api::new(http.clone(), &storage, actor.clone())?,
            clock,
            project: encoded(project),
        })
    }

    pub async fn accounts(&self) -> Result<Vec<Value>, Denial> {
        let path = format!("projects/{}/serviceAccounts?pageSize=100", self.project);
        self.list(&self.iam, &path, "accounts", "list service accounts").await
    }

    /// Of one account, without those that Google makes for itself.
    pub async fn keys(&self, email: &str) -> Result<Vec<Value>, Denial> {
        let account = format!("projects/{}/serviceAccounts/{}", self.project, encoded(email));
        let path = format!("{account}/keys?keyTypes=USER_MANAGED");
        self.list(&self.iam, &path, "keys", "list keys").await
    }

    /// When each account was used, or each key.
    pub async fn uses(&self, of: &str) -> Result<Vec<Value>, Denial> {
        let types = format!("projects/{}/locations/global/activityTypes", self.project);
        let path = format!("{types}/{of}/activities:query?pageSize=1000");
        self.list(&self.analyzer, &path, "activities", "ask for uses").await
    }

    pub async fn hmac_keys(&self) -> Result<Vec<Value>, Denial> {
        let path = format!("projects/{}/hmacKeys?maxResults=250", self.project);
        self.list(&self.storage, &path, "items", "list HMAC keys").await
    }

    /// All of a list, page after page. One with nothing in it has no field.
    async fn list(&self, api: &Api, path: &str, field: &str, doing: &str) -> Result<Vec<Value>, Denial> {
        let mut found = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page = match &next {
                Some(token) => format!("{path}&pageToken={}", encoded(token)),
                None => path.to_owned(),
            };
            let mut said = patiently(&*self.clock, || ask(api, &page, doing)).await?;
            match said[field].take() {
                Value::Array(rows) => found.extend(rows),
                Value::Null => {}
                _ => return Err(Denial::unreadable(doing)),
            }
            match said["nextPageToken"].as_str().filter(|token| !token.is_empty()) {
                None => return Ok(found),
                Some(token) if next.as_deref() == Some(token) => break,
                Some(token) => next = Some(token.to_owned()),
            }
        }
        Err(Denial::endless(doing))
    }
}

async fn ask(api: &Api, path: &str, doing: &str) -> Result<Value, Refusal> {
    let answer = api.ask(Method::GET, path, None).await?;
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match answer.status {
        200 if said.is_object() => Ok(said),
        _ => Err(refusal(doing, &answer, &said)),
    }
}

fn refusal(doing: &str, answer: &Answer, said: &Value) -> Refusal {
    let error = &said["error"];
    let mut failure = failure(doing, answer, true);
    // Cloud Storage tells in these what others tell in the status.
    let old = error["errors"][0]["reason"].as_str().unwrap_or_default();
    let slow = answer.status == 429 || old == "rateLimitExceeded" || old == "userRateLimitExceeded";
    failure.kind = passing(answer.status, slow);
    let code = error["status"].as_str().or(Some(old)).filter(|code| !code.is_empty()).map(str::to_owned);
    let code = code.unwrap_or_else(|| answer.status.to_string());
    // Its own words are long, and about a console.
    // Source: Google API Improvement Proposals, AIP-193; `google.rpc.ErrorInfo`.
    let details = error["details"].as_array().into_iter().flatten();
    let closed = details.into_iter().find(|detail| detail["reason"] == "SERVICE_DISABLED");
    if let Some(closed) = closed {
        let service = closed["metadata"]["service"].as_str().unwrap_or("that it asks");
        failure.message = format!("cannot {doing}: the API {service} is not enabled in the project");
    }
    Refusal { code, failure }
}
