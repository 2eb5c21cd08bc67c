//! AWS over its query API, signed, without the SDK.

mod check;
mod iam;
mod parameter;
mod reader;
mod secrets;
mod sign;
mod xml;

pub use check::AwsCheck;
pub use iam::IamUser;
pub use parameter::Parameter;
pub use reader::{AwsReader, Record};
pub use secrets::ManagedSecret;

use super::http::{self, Http};
use super::reading::Refusal;
use super::traits::{Clock, Failure, FailureKind, Key, KeyId};
use secrecy::SecretString;
use std::sync::{Arc, Mutex, PoisonError};

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const JSON: &str = "application/x-amz-json-1.1";

/// Who asks.
#[derive(Clone, Debug)]
pub struct AwsCredentials {
    pub id: String,
    pub secret: SecretString,
    pub session: Option<SecretString>,
}

impl From<&Key> for AwsCredentials {
    fn from(key: &Key) -> Self {
        let KeyId(id) = &key.id;
        AwsCredentials { id: id.clone(), secret: key.secret.clone(), session: None }
    }
}

/// Who asks, shared by all that ask as the same, since the key that they ask with may be exchanged under way.
#[derive(Clone, Debug)]
pub struct Actor(Arc<Mutex<AwsCredentials>>);

impl From<AwsCredentials> for Actor {
    fn from(credentials: AwsCredentials) -> Self {
        Actor(Arc::new(Mutex::new(credentials)))
    }
}

impl Actor {
    fn now(&self) -> AwsCredentials {
        // Whoever panicked has left it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn become_holder_of(&self, key: &Key) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = AwsCredentials::from(key);
    }
}

/// Where a service answers.
#[derive(Clone, Debug)]
pub struct Endpoint {
    address: String,
    region: String,
    service: &'static str,
}

impl Endpoint {
    /// IAM is one service for all regions of a partition and signs for `us-east-1`.
    /// Source: AWS General Reference, "AWS Identity and Access Management endpoints and quotas".
    pub fn iam(address: Option<&str>) -> Result<Self, String> {
        let address = http::address(address.unwrap_or("https://iam.amazonaws.com"))?;
        Ok(Endpoint { address, region: "us-east-1".to_owned(), service: "iam" })
    }

    pub fn sts(address: Option<&str>, region: &str) -> Result<Self, String> {
        let usual = format!("https://sts.{region}.amazonaws.com");
        let address = http::address(address.unwrap_or(&usual))?;
        Ok(Endpoint { address, region: region.to_owned(), service: "sts" })
    }

    pub fn secrets_manager(address: Option<&str>, region: &str) -> Result<Self, String> {
        let usual = format!("https://secretsmanager.{region}.amazonaws.com");
        let address = http::address(address.unwrap_or(&usual))?;
        Ok(Endpoint { address, region: region.to_owned(), service: "secretsmanager" })
    }

    pub fn systems_manager(address: Option<&str>, region: &str) -> Result<Self, String> {
        let usual = format!("https://ssm.{region}.amazonaws.com");
        let address = http::address(address.unwrap_or(&usual))?;
        Ok(Endpoint { address, region: region.to_owned(), service: "ssm" })
    }
}

/// A signed client for one service.
#[derive(Clone)]
pub(super) struct Query {
    pub http: Http,
    pub endpoint: Endpoint,
    pub clock: Arc<dyn Clock>,
}

impl Query {
    /// The answer, or what the service says is wrong: its code and a failure.
    async fn ask(
        &self,
        credentials: &AwsCredentials,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<http::Answer, Refusal> {
        let mut form = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            form.push_str(&format!("&{name}={}", http::encoded(value)));
        }
        let answer = self.send(credentials, &[("content-type", FORM)], form).await?;
        if answer.status == 200 {
            return Ok(answer);
        }
        let (code, message) = xml::error(&answer.body);
        Err(refusal(action, answer.status, code, &message))
    }

    /// The same for services that speak JSON. `target` is the name that their actions begin with.
    async fn ask_json(
        &self,
        credentials: &AwsCredentials,
        target: &str,
        action: &str,
        body: String,
    ) -> Result<http::Answer, Refusal> {
        let target = format!("{target}.{action}");
        let headers = [("content-type", JSON), ("x-amz-target", target.as_str())];
        let answer = self.send(credentials, &headers, body).await?;
        if answer.status == 200 {
            return Ok(answer);
        }
        let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        // Some put a name space before the code.
        let code = text("__type").rsplit('#').next().unwrap_or_default().to_owned();
        Err(refusal(action, answer.status, code, &text("message")))
    }

    async fn send(
        &self,
        credentials: &AwsCredentials,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<http::Answer, Failure> {
        let request = sign::signed(&self.endpoint, credentials, self.clock.now(), headers, body)
            .map_err(|why| Failure::new(FailureKind::Never, why))?;
        self.http.send(request).await
    }
}

fn refusal(action: &str, status: u16, code: String, message: &str) -> Refusal {
    let kind = match code.as_str() {
        "LimitExceeded" => FailureKind::Full,
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" | "TooManyRequestsException" => {
            FailureKind::Later
        }
        // Its clock is ahead of or behind ours, or somebody else changes the same user.
        "RequestExpired" | "ConcurrentModification" | "EntityTemporarilyUnmodifiable" => FailureKind::Later,
        _ => http::by_status(status),
    };
    let shown = if code.is_empty() { format!("status {status}") } else { code.clone() };
    Refusal { code, failure: Failure::new(kind, format!("{action}: {shown}: {message}")) }
}
