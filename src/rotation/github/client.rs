use crate::rotation::http::{self, Answer, Http};
use crate::rotation::traits::{Failure, FailureKind};
use ::http::{HeaderValue, Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// The API, and who asks it.
#[derive(Clone)]
pub struct GitHub {
    http: Http,
    address: String,
    token: SecretString,
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("GitHub").field("address", &self.address).finish_non_exhaustive()
    }
}

const VERSION: &str = "2022-11-28";
/// Of an answer that is shown.
const MAX_WORDS: usize = 200;
const AGENT: &str = concat!("keyward/", env!("CARGO_PKG_VERSION"));

impl GitHub {
    pub fn new(http: Http, address: &str, token: SecretString) -> Result<Self, String> {
        Ok(GitHub { http, address: http::address(address)?, token })
    }

    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let never = |why: String| Failure::new(FailureKind::Never, why);
        let mut token = HeaderValue::from_str(&format!("Bearer {}", self.token.expose_secret()))
            .map_err(|_| never("the token is no header".to_owned()))?;
        token.set_sensitive(true);
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", VERSION)
            .header("user-agent", AGENT)
            .header("authorization", token)
            .header("content-type", "application/json")
            .body(body.map(Value::to_string).unwrap_or_default())
            .map_err(|error| never(format!("the address is wrong: {error}")))?;
        self.http.send(request).await
    }

    pub(super) async fn get(&self, path: &str, doing: &str) -> Result<Value, Failure> {
        let answer = self.ask(Method::GET, path, None).await?;
        match answer.status {
            200 => serde_json::from_slice(&answer.body).map_err(|_| {
                Failure::new(FailureKind::Later, format!("cannot {doing}: the answer is not JSON"))
            }),
            _ => Err(failure(doing, &answer)),
        }
    }
}

/// What an answer means that is no success.
/// Source: GitHub documentation, "Rate limits for the REST API".
pub(super) fn failure(doing: &str, answer: &Answer) -> Failure {
    let said = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
    let kind = match answer.status {
        403 if said.contains("rate limit") => FailureKind::Later,
        // The public key was exchanged meanwhile.
        409 | 422 => FailureKind::Later,
        status => http::by_status(status),
    };
    Failure::new(kind, format!("cannot {doing}: status {}", answer.status))
}

/// Why a request was refused, in GitHub's words. It was sent nothing that is secret.
pub(super) fn words(answer: &Answer) -> String {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let errors = said["errors"].as_array().into_iter().flatten();
    let errors = errors.filter_map(|error| error["message"].as_str().or(error.as_str()));
    let all: Vec<_> = said["message"].as_str().into_iter().chain(errors).collect();
    if all.is_empty() {
        return format!("status {}", answer.status);
    }
    let tidy = |letter: char| if letter.is_control() { ' ' } else { letter };
    all.join(": ").chars().map(tidy).take(MAX_WORDS).collect()
}
