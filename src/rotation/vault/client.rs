use crate::rotation::http::{self, Http};
use crate::rotation::traits::{Failure, FailureKind};
use ::http::{HeaderValue, Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// A server, and who asks it.
#[derive(Clone)]
pub struct Vault {
    http: Http,
    address: String,
    token: SecretString,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Vault").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Vault {
    pub fn new(http: Http, address: &str, token: SecretString) -> Result<Self, String> {
        Ok(Vault { http, address: http::address(address)?, token })
    }

    /// The same server for somebody else, who logged in a moment ago or has yet to.
    pub(super) fn with(&self, token: &str) -> Self {
        Vault { token: SecretString::from(token), ..self.clone() }
    }

    /// `path` is what follows `/v1/`.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<http::Answer, Failure> {
        let never = |why: String| Failure::new(FailureKind::Never, why);
        let mut request = Request::builder().method(method).uri(format!("{}/v1/{path}", self.address));
        if !self.token.expose_secret().is_empty() {
            let mut token = HeaderValue::from_str(self.token.expose_secret())
                .map_err(|_| never("the token is no header".to_owned()))?;
            token.set_sensitive(true);
            request = request.header("x-vault-token", token);
        }
        let request = request
            .header("x-vault-request", "true")
            .header("content-type", "application/json")
            .body(body.map(|body| body.to_string()).unwrap_or_default())
            .map_err(|error| never(format!("the address is wrong: {error}")))?;
        self.http.send(request).await
    }
}

/// What an answer means that is no success.
pub(super) fn failure(doing: &str, status: u16) -> Failure {
    let kind = match status {
        // Sealed, or on the way to another leader.
        412 | 472 | 473 | 503 => FailureKind::Later,
        status => http::by_status(status),
    };
    Failure::new(kind, format!("cannot {doing}: status {status}"))
}

/// The same of a request to make something: a proxy that lost the answer says that nobody is there.
pub(super) fn unanswered(doing: &str, status: u16) -> Failure {
    match failure(doing, status) {
        failed if status >= 500 => Failure { kind: FailureKind::Unclear, ..failed },
        failed => failed,
    }
}

/// A path with every segment encoded.
pub(super) fn tidy(text: &str) -> String {
    text.trim_matches('/').split('/').map(http::encoded).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A mesh says 503 of an answer that it lost.
    #[test]
    fn what_is_asked_to_make_something_may_have_done_so() {
        assert_eq!(failure("read", 503).kind, FailureKind::Later);
        for status in [500, 502, 503, 504] {
            assert_eq!(unanswered("make", status).kind, FailureKind::Unclear, "{status}");
        }
        assert_eq!(unanswered("make", 403).kind, failure("make", 403).kind);
    }
}
