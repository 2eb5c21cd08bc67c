use crate::rotation::http::{self, Answer, Http};
use crate::rotation::traits::{Failure, FailureKind};
use ::http::{HeaderValue, Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// An API server, and who asks it.
#[derive(Clone)]
pub struct Cluster {
    http: Http,
    address: String,
    token: SecretString,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Cluster").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Cluster {
    pub fn new(http: Http, address: &str, token: SecretString) -> Result<Self, String> {
        Ok(Cluster { http, address: http::address(address)?, token })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        self.ask(Method::GET, path, String::new()).await
    }

    /// Changes what the patch names and leaves the rest. Source: RFC 7396, which the API server takes for all of its
    /// own kinds.
    pub(super) async fn merge(&self, path: &str, patch: &Value) -> Result<Answer, Failure> {
        self.ask(Method::PATCH, path, patch.to_string()).await
    }

    async fn ask(&self, method: Method, path: &str, body: String) -> Result<Answer, Failure> {
        let never = |why: String| Failure::new(FailureKind::Never, why);
        let mut token = HeaderValue::from_str(&format!("Bearer {}", self.token.expose_secret()))
            .map_err(|_| never("the token is no header".to_owned()))?;
        token.set_sensitive(true);
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.address))
            .header("authorization", token)
            .header("accept", "application/json")
            .header("content-type", "application/merge-patch+json")
            .body(body)
            .map_err(|error| never(format!("the address is wrong: {error}")))?;
        self.http.send(request).await
    }
}

/// What an answer means that is no success.
pub(super) fn failure(doing: &str, status: u16) -> Failure {
    let why = match status {
        401 => "the token is not accepted".to_owned(),
        403 => "the token may not do that".to_owned(),
        404 => "it is not there".to_owned(),
        409 => "it was changed meanwhile".to_owned(),
        status => format!("status {status}"),
    };
    let kind = match status {
        409 => FailureKind::Later,
        status => http::by_status(status),
    };
    Failure::new(kind, format!("cannot {doing}: {why}"))
}
