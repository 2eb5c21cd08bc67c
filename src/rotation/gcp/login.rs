use super::keyfile::KeyFile;
use crate::rotation::http::{self, Http};
use crate::rotation::traits::{Clock, Failure, FailureKind, Key, KeyId, Moment};
use ::http::Request;
use secrecy::SecretString;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
const TOKENS: &str = "https://oauth2.googleapis.com/token";
/// What older key files say, which means the same.
const OLD_NAMES: [&str; 2] =
    ["https://accounts.google.com/o/oauth2/token", "https://www.googleapis.com/oauth2/v4/token"];
/// For the rotator: what it may do is said by its roles.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const METADATA: &str = "metadata.google.internal";
/// How long before its end a token is not used any more, in seconds.
const MARGIN: Moment = 60;

/// Who gives a token for what a key signed. Nobody else is sent that, whatever a key file says.
#[derive(Clone)]
pub struct TokenEndpoint {
    http: Http,
    address: String,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for TokenEndpoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TokenEndpoint").field("address", &self.address).finish_non_exhaustive()
    }
}

/// A token, and for how many seconds it can be used.
struct Token {
    text: SecretString,
    lasts: Moment,
}

/// What came of an assertion.
enum Given {
    Token(Token),
    /// The key is not known, or not any more.
    Refused,
}

impl TokenEndpoint {
    pub fn new(http: Http, clock: Arc<dyn Clock>, address: Option<&str>) -> Result<Self, String> {
        Ok(TokenEndpoint { http, address: http::address(address.unwrap_or(TOKENS))?, clock })
    }

    /// Whether a key gets a token. Anything that does not concern the key is a failure.
    pub(super) async fn knows(&self, file: &KeyFile, scope: &str) -> Result<bool, Failure> {
        Ok(matches!(self.give(file, scope).await?, Given::Token(_)))
    }

    async fn give(&self, file: &KeyFile, scope: &str) -> Result<Given, Failure> {
        let never = |why: String| Failure::new(FailureKind::Never, why);
        if file.token_uri != self.address
            && !(self.address == TOKENS && OLD_NAMES.contains(&file.token_uri.as_str()))
        {
            let why = "its file names another place to get tokens from than `token-endpoint`";
            return Err(never(format!("{} is not used: {why}", file.id.0)));
        }
        let assertion = file.assertion(&self.address, scope, self.clock.now());
        let assertion = assertion.ok_or_else(|| never(format!("{} cannot sign", file.id.0)))?;
        let request = Request::post(&self.address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("grant_type={GRANT}&assertion={}", assertion.as_str()))
            .map_err(|error| never(format!("the address is wrong: {error}")))?;
        let answer = self.http.send(request).await?;
        match answer.status {
            200 => token(&answer.body).map(Given::Token),
            400 => match reason(&answer.body) {
                Some(why) => Err(Failure::new(FailureKind::Later, format!("cannot get a token: {why}"))),
                None => Ok(Given::Refused),
            },
            status => {
                let kind = if status >= 500 { FailureKind::Unclear } else { FailureKind::Later };
                Err(Failure::new(kind, format!("cannot get a token: status {status}")))
            }
        }
    }
}

fn token(body: &[u8]) -> Result<Token, Failure> {
    let wrong = || Failure::new(FailureKind::Later, "the answer has no token");
    let mut read: Value = serde_json::from_slice(body).map_err(|_| wrong())?;
    let lasts = read["expires_in"].as_i64().unwrap_or_default();
    match read["access_token"].take() {
        Value::String(text) if !text.is_empty() => Ok(Token { text: SecretString::from(text), lasts }),
        _ => Err(wrong()),
    }
}

/// Why there is no token, unless it is for the key. A disabled key, a deleted one and one that is not known yet are
/// told alike; what else is wrong with an assertion, or with the account, says nothing of it.
/// Source: Google Identity, "Using OAuth 2.0 for Server to Server Applications", "JWT error codes".
fn reason(body: &[u8]) -> Option<&'static str> {
    let read: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = read["error_description"].as_str().unwrap_or_default().to_ascii_lowercase();
    match read["error"].as_str() {
        Some("invalid_grant") if said.starts_with("invalid jwt signature") => None,
        Some("invalid_grant") if said.contains("short-lived") => {
            Some("the clocks of Google and of this machine differ")
        }
        Some("invalid_grant") if said.contains("account") => {
            Some("the service account is not there, or disabled")
        }
        Some("invalid_grant") => Some("invalid_grant, and not for its signature"),
        Some("invalid_scope") => Some("invalid_scope"),
        _ => Some("status 400"),
    }
}

/// How it is shown who asks.
pub enum Login {
    /// A token that somebody else got; it ends with its time.
    Token(SecretString),
    KeyFile(Box<KeyFile>),
    /// The service account of the machine, as its metadata server has it, or one that stands in for that.
    Metadata(Option<String>),
}

impl std::fmt::Debug for Login {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Login::Token(_) => out.write_str("Token"),
            Login::KeyFile(file) => file.fmt(out),
            Login::Metadata(_) => out.write_str("Metadata"),
        }
    }
}

/// Who asks, shared by all that ask as the same, since the key that they ask with may be exchanged under way.
#[derive(Clone, Debug)]
pub struct Actor {
    tokens: TokenEndpoint,
    login: Arc<Mutex<Arc<Login>>>,
    /// A token that can be used until then.
    known: Arc<Mutex<Option<(SecretString, Moment)>>>,
}

impl Actor {
    pub fn new(tokens: TokenEndpoint, login: Login) -> Self {
        Actor { tokens, login: Arc::new(Mutex::new(Arc::new(login))), known: Arc::default() }
    }

    fn login(&self) -> Arc<Login> {
        // Whoever panicked has left it whole.
        self.login.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, token: Option<(SecretString, Moment)>) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }

    pub(super) async fn token(&self) -> Result<SecretString, Failure> {
        let login = self.login();
        if let Login::Token(token) = &*login {
            return Ok(token.clone());
        }
        let now = self.tokens.clock.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((token, _)) = known.filter(|(_, until)| now < *until) {
            return Ok(token);
        }
        let token = match &*login {
            Login::KeyFile(file) => match self.tokens.give(file, SCOPE).await? {
                Given::Token(token) => token,
                Given::Refused => {
                    let why = format!("{}, which this is done with, is not accepted", file.id.0);
                    return Err(Failure::new(FailureKind::Later, why));
                }
            },
            Login::Metadata(instead) => self.of_machine(instead.as_deref()).await?,
            Login::Token(token) => return Ok(token.clone()),
        };
        self.remember(Some((token.text.clone(), now + token.lasts - MARGIN)));
        Ok(token.text)
    }

    /// Source: Google Compute Engine documentation, "Authenticate applications by using the metadata server".
    async fn of_machine(&self, instead: Option<&str>) -> Result<Token, Failure> {
        let host = instead.unwrap_or(METADATA);
        let path = "computeMetadata/v1/instance/service-accounts/default/token";
        let request = Request::get(format!("http://{host}/{path}"))
            .header("metadata-flavor", "Google")
            .body(String::new())
            .map_err(|error| Failure::new(FailureKind::Never, format!("the address is wrong: {error}")))?;
        let nobody = |Failure { kind, message }| {
            let why = "no variable or file with credentials of Google, and no machine of theirs";
            Failure::new(kind, format!("{why} ({message})"))
        };
        let answer = self.tokens.http.send(request).await.map_err(nobody)?;
        match answer.status {
            200 => token(&answer.body),
            status => {
                let why = format!("the metadata server gives no token: status {status}");
                Err(Failure::new(http::by_status(status), why))
            }
        }
    }

    /// Whose key is asked with.
    pub fn email(&self) -> Option<String> {
        match &*self.login() {
            Login::KeyFile(file) => Some(file.email.clone()),
            Login::Token(_) | Login::Metadata(_) => None,
        }
    }

    /// The key that is asked with.
    pub(super) fn key(&self) -> Option<KeyId> {
        match &*self.login() {
            Login::KeyFile(file) => Some(file.id.clone()),
            Login::Token(_) | Login::Metadata(_) => None,
        }
    }

    pub(super) fn become_holder_of(&self, key: &Key) {
        use secrecy::ExposeSecret;
        if let Ok(file) = KeyFile::read(key.secret.expose_secret()) {
            *self.login.lock().unwrap_or_else(PoisonError::into_inner) =
                Arc::new(Login::KeyFile(Box::new(file)));
            self.remember(None);
        }
    }
}
