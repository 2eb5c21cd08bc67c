//! Requests over HTTP for issuers, sinks and checks. What is sent and received may hold secrets and is never logged.

use super::roots;
use super::traits::{Failure, FailureKind};
use http::Request;
use http::uri::{Scheme, Uri};
use http_body_util::{BodyExt, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::zeroize::Zeroizing;
use std::time::Duration;

/// Lists of keys and single secrets are small.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

#[derive(Clone)]
pub struct Http {
    client: Client<HttpsConnector<HttpConnector>, String>,
    timeout: Duration,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Http").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// An answer, whatever its status.
pub struct Answer {
    pub status: u16,
    pub body: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

impl Http {
    pub fn new(timeout: Duration) -> Result<Self, String> {
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| format!("cannot read certificates: {error}"))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Http { client: Client::builder(TokioExecutor::new()).build(connector), timeout })
    }

    /// Trusts the certificates of a file and no others.
    pub fn trusting(pem: &[u8], timeout: Duration) -> Result<Self, String> {
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(roots::of(pem)?)
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Http { client: Client::builder(TokioExecutor::new()).build(connector), timeout })
    }

    /// Sends it once. A connection that was never made changed nothing; of anything else that is not known.
    pub async fn send(&self, request: Request<String>) -> Result<Answer, Failure> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let unclear = |why: String| Failure::new(FailureKind::Unclear, format!("{host}: {why}"));
        let whole = async {
            let response = self.client.request(request).await.map_err(|error| {
                let why = root_cause(&error);
                match error.is_connect() {
                    true => Failure::new(FailureKind::Later, format!("{host}: {why}")),
                    false => unclear(why),
                }
            })?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await;
            let body = body.map_err(|error| unclear(root_cause(&*error)))?;
            Ok(Answer { status: parts.status.as_u16(), body: Zeroizing::new(body.to_bytes().to_vec()) })
        };
        match tokio::time::timeout(self.timeout, whole).await {
            Ok(done) => done,
            Err(_) => Err(unclear(format!("no answer within {} seconds", self.timeout.as_secs()))),
        }
    }
}

/// What an answer without a code that is known says.
pub(super) fn by_status(status: u16) -> FailureKind {
    match status {
        429 => FailureKind::Later,
        500.. => FailureKind::Unclear,
        _ => FailureKind::Never,
    }
}

/// An address of a service, without a slash at its end. Secrets do not leave the machine unencrypted.
pub(super) fn address(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let uri: Uri = text.parse().map_err(|_| format!("`{text}` is no address"))?;
    let host = uri.host().unwrap_or_default();
    let here = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    let secure = uri.scheme() == Some(&Scheme::HTTPS) || (uri.scheme() == Some(&Scheme::HTTP) && here);
    match secure && !host.is_empty() {
        true => Ok(text.to_owned()),
        false => Err(format!("`{text}` has to begin with https://")),
    }
}

/// The innermost error says what is wrong.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// One segment of a path or a value of a form, percent-encoded.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear() {
        for fine in
            ["https://vault.example", "http://127.0.0.1:8200/", "http://localhost:1", "http://[::1]:8200"]
        {
            assert!(address(fine).is_ok(), "{fine}");
        }
        for wrong in
            ["http://vault.example", "vault.example", "", "ftp://127.0.0.1", "http://127.0.0.1.example"]
        {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
