use super::Actor;
use crate::rotation::http::{self, Answer, Http};
use crate::rotation::traits::{Failure, FailureKind};
use ::http::{HeaderValue, Method, Request};
use secrecy::ExposeSecret;
use serde_json::Value;

/// One API, and who asks it.
#[derive(Clone)]
pub(crate) struct Api {
    http: Http,
    address: String,
    /// What the token is for.
    scope: String,
    pub actor: Actor,
}

impl Api {
    pub fn new(http: Http, address: &str, scope: &str, actor: Actor) -> Result<Self, String> {
        Ok(Api { http, address: http::address(address)?, scope: scope.to_owned(), actor })
    }

    /// `path` is what follows the address and a slash.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        let never = |why: String| Failure::new(FailureKind::Never, why);
        // Without one nothing was asked for.
        let token = self.actor.token(&self.scope).await.map_err(|Failure { kind, message }| {
            let kind = if kind == FailureKind::Unclear { FailureKind::Later } else { kind };
            Failure::new(kind, message)
        })?;
        let mut token = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| never("the token is no header".to_owned()))?;
        token.set_sensitive(true);
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/{path}", self.address))
            .header("authorization", token)
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())
            .map_err(|error| never(format!("the address is wrong: {error}")))?;
        self.http.send(request).await
    }

    /// What to ask for next, from a link to more of a list. Nobody else is given the token.
    pub fn below(&self, link: &str) -> Option<String> {
        let rest = |address: &str| Some(link.strip_prefix(address)?.strip_prefix('/')?.to_owned());
        // Key Vault names the port that is the usual one.
        rest(&self.address).or_else(|| rest(&format!("{}:443", self.address)))
    }
}

pub(crate) fn read(answer: &Answer, of: &str) -> Result<Value, Failure> {
    serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::new(FailureKind::Later, format!("{of}: the answer is not JSON")))
}

/// What an answer means that is no success. What is said of a request may repeat what was in it, so it is only shown
/// where that is no secret.
/// Source: Microsoft Graph, "Error responses"; Key Vault, "Authentication, requests and responses".
pub(crate) fn failure(doing: &str, answer: &Answer, says: bool) -> Failure {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let kind = match answer.status {
        // A token that has ended, or somebody else at the same thing.
        401 | 408 | 409 | 412 | 423 => FailureKind::Later,
        status => http::by_status(status),
    };
    let code = said["error"]["innererror"]["code"].as_str().or_else(|| said["error"]["code"].as_str());
    let shown = code.map_or_else(|| format!("status {}", answer.status), str::to_owned);
    let words = said["error"]["message"].as_str().filter(|words| says && !words.is_empty());
    let words = words.map(|words| format!(": {words}")).unwrap_or_default();
    Failure::new(kind, format!("cannot {doing}: {shown}{words}"))
}
