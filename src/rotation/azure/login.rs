use crate::rotation::http::{self, Http, encoded};
use crate::rotation::traits::{Clock, Failure, FailureKind, Key, KeyId, Moment};
use ::http::Request;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

const AUTHORITY: &str = "https://login.microsoftonline.com";
/// Source: Azure documentation, "How to use managed identities on an Azure VM to acquire an access token".
const MACHINE: &str = "http://169.254.169.254";
/// Source: RFC 7521, section 4.2; RFC 7523, section 2.2.
const ASSERTION: &str = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
/// How long before its end a token is not used any more, in seconds.
const MARGIN: Moment = 60;

/// Who gives tokens to the applications of one tenant.
#[derive(Clone)]
pub struct Authority {
    http: Http,
    address: String,
    tenant: String,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Authority").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// A token, and for how many seconds it can be used.
struct Token {
    text: SecretString,
    lasts: Moment,
}

/// What came of a login.
enum Given {
    Token(Token),
    /// The password is not known, not any more, or has ended.
    Refused,
}

/// An application, by its client id, and the password that it logs in with.
#[derive(Clone)]
pub struct Client {
    pub id: String,
    pub password: SecretString,
    /// Which of its passwords that is, where it is known.
    pub key: Option<KeyId>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Authority {
    pub fn new(http: Http, address: Option<&str>, tenant: &str) -> Result<Self, String> {
        let address = http::address(address.unwrap_or(AUTHORITY))?;
        Ok(Authority { http, address, tenant: tenant.to_owned() })
    }

    /// Whether an application gets a token with a password. Anything that does not concern the password is a failure.
    pub(super) async fn knows(
        &self,
        client: &str,
        password: &SecretString,
        scope: &str,
    ) -> Result<bool, Failure> {
        Ok(matches!(self.by_password(client, password, scope).await?, Given::Token(_)))
    }

    async fn by_password(
        &self,
        client: &str,
        password: &SecretString,
        scope: &str,
    ) -> Result<Given, Failure> {
        let password = Zeroizing::new(encoded(password.expose_secret()));
        self.give(client, scope, &format!("client_secret={}", password.as_str())).await
    }

    /// Source: Microsoft identity platform, "OAuth 2.0 client credentials flow".
    async fn give(&self, client: &str, scope: &str, proof: &str) -> Result<Given, Failure> {
        let address = format!("{}/{}/oauth2/v2.0/token", self.address, encoded(&self.tenant));
        let (client, scope) = (encoded(client), encoded(scope));
        let body = format!("grant_type=client_credentials&client_id={client}&scope={scope}&{proof}");
        let request = Request::post(address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .map_err(|error| Failure::new(FailureKind::Never, format!("the address is wrong: {error}")))?;
        let answer = self.http.send(request).await?;
        match answer.status {
            200 => token(&answer.body).map(Given::Token),
            400 | 401 if is_refused(&answer.body) => Ok(Given::Refused),
            status => {
                let kind = if status >= 500 { FailureKind::Unclear } else { FailureKind::Later };
                let why = code(&answer.body).unwrap_or_else(|| format!("status {status}"));
                Err(Failure::new(kind, format!("cannot get a token from Entra: {why}")))
            }
        }
    }
}

/// Source: Microsoft Entra, "Authentication and authorization error codes": a password that is not one of the
/// application's, and one that has ended. Codes may change; one that is not known says nothing of the password.
const REFUSED: [u64; 2] = [7_000_215, 7_000_222];

fn is_refused(body: &[u8]) -> bool {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut codes = said["error_codes"].as_array().into_iter().flatten().filter_map(Value::as_u64);
    said["error"] == "invalid_client" && codes.any(|code| REFUSED.contains(&code))
}

/// What is wrong, as a code: the text repeats what was asked.
fn code(body: &[u8]) -> Option<String> {
    let said: Value = serde_json::from_slice(body).ok()?;
    let error = said["error"].as_str()?;
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let error = Some(error).filter(|error| is_word(error))?;
    Some(match said["error_codes"][0].as_u64() {
        Some(number) => format!("{error}, AADSTS{number}"),
        None => error.to_owned(),
    })
}

fn token(body: &[u8]) -> Result<Token, Failure> {
    let wrong = || Failure::new(FailureKind::Later, "the answer has no token");
    let mut read: Value = serde_json::from_slice(body).map_err(|_| wrong())?;
    // The service for machines gives numbers as text.
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let lasts = number(&read["expires_in"]).unwrap_or_default();
    match read["access_token"].take() {
        Value::String(text) if !text.is_empty() => Ok(Token { text: SecretString::from(text), lasts }),
        _ => Err(wrong()),
    }
}

/// How it is shown who asks.
#[derive(Clone, Debug)]
pub enum Login {
    /// A token that somebody else got; it ends with its time.
    Token(SecretString),
    Password {
        authority: Authority,
        client: Client,
    },
    /// A token of the platform that the program runs on, in a file that is written anew before that ends.
    Federated {
        authority: Authority,
        client: String,
        file: PathBuf,
    },
    /// The managed identity of the machine: that with the client id, if it has several; at the usual address, or at
    /// one that stands in for it.
    Machine {
        client: Option<String>,
        instead: Option<String>,
    },
}

/// Who asks, shared by all that ask as the same, since what they ask with may be exchanged under way.
#[derive(Clone)]
pub struct Actor {
    http: Http,
    clock: Arc<dyn Clock>,
    login: Arc<Mutex<Login>>,
    /// Tokens by what they are for, and until when they can be used.
    known: Arc<Mutex<HashMap<String, (SecretString, Moment)>>>,
}

impl std::fmt::Debug for Actor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Actor").finish_non_exhaustive()
    }
}

impl Actor {
    pub fn new(http: Http, clock: Arc<dyn Clock>, login: Login) -> Self {
        Actor { http, clock, login: Arc::new(Mutex::new(login)), known: Arc::default() }
    }

    fn login(&self) -> Login {
        // Whoever panicked has left it whole.
        self.login.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn token(&self, scope: &str) -> Result<SecretString, Failure> {
        let login = self.login();
        if let Login::Token(token) = login {
            return Ok(token);
        }
        let now = self.clock.now();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(scope).cloned();
        if let Some((token, _)) = known.filter(|(_, until)| now < *until) {
            return Ok(token);
        }
        let token = self.fresh(&login, scope).await?;
        let until = now.saturating_add(token.lasts).saturating_sub(MARGIN);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(scope.to_owned(), (token.text.clone(), until));
        Ok(token.text)
    }

    async fn fresh(&self, login: &Login, scope: &str) -> Result<Token, Failure> {
        let (client, given) = match login {
            Login::Token(text) => return Ok(Token { text: text.clone(), lasts: MARGIN }),
            Login::Machine { client, instead } => {
                return self.of_machine(client.as_deref(), instead.as_deref(), scope).await;
            }
            Login::Password { authority, client } => {
                (&client.id, authority.by_password(&client.id, &client.password, scope).await?)
            }
            Login::Federated { authority, client, file } => {
                let unreadable =
                    |_| Failure::new(FailureKind::Later, "the file with the federated token cannot be read");
                let bytes = crate::source::read_limited(file).map(Zeroizing::new).map_err(unreadable)?;
                let token = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
                let proof = Zeroizing::new(format!(
                    "client_assertion_type={ASSERTION}&client_assertion={}",
                    encoded(token)
                ));
                (client, authority.give(client, scope, &proof).await?)
            }
        };
        match given {
            Given::Token(token) => Ok(token),
            Given::Refused => {
                let why = format!("Entra does not accept what {client}, which this is done as, logs in with");
                Err(Failure::new(FailureKind::Later, why))
            }
        }
    }

    async fn of_machine(
        &self,
        client: Option<&str>,
        instead: Option<&str>,
        scope: &str,
    ) -> Result<Token, Failure> {
        let host = instead.unwrap_or(MACHINE).trim_end_matches('/');
        let resource = encoded(scope.strip_suffix("/.default").unwrap_or(scope));
        let client = client.map(|id| format!("&client_id={}", encoded(id))).unwrap_or_default();
        let query = format!("api-version=2018-02-01&resource={resource}{client}");
        let request = Request::get(format!("{host}/metadata/identity/oauth2/token?{query}"))
            .header("metadata", "true")
            .body(String::new())
            .map_err(|error| Failure::new(FailureKind::Never, format!("the address is wrong: {error}")))?;
        let nobody = |Failure { kind, message }| {
            let why = "no variables or file with credentials of Azure, and no machine of theirs";
            Failure::new(kind, format!("{why} ({message})"))
        };
        let answer = self.http.send(request).await.map_err(nobody)?;
        match answer.status {
            200 => token(&answer.body),
            status => {
                let kind = match status {
                    // It is said to ask again after those.
                    404 | 410 => FailureKind::Later,
                    status => http::by_status(status),
                };
                let why = format!("the machine's identity service gives no token: status {status}");
                Err(Failure::new(kind, why))
            }
        }
    }

    /// Whether it asks as this application, with a password of it.
    pub fn asks_as(&self, client: &str) -> bool {
        matches!(self.login(), Login::Password { client: asking, .. } if asking.id.eq_ignore_ascii_case(client))
    }

    /// The password that it asks with, if it asks as this application.
    pub fn key_of(&self, client: &str) -> Option<KeyId> {
        match self.login() {
            Login::Password { client: asking, .. } if asking.id.eq_ignore_ascii_case(client) => asking.key,
            _ => None,
        }
    }

    pub(super) fn become_holder_of(&self, key: &Key) {
        let mut login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        if let Login::Password { client, .. } = &mut *login {
            client.password = key.secret.clone();
            client.key = Some(key.id.clone());
            self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_concerns_the_password_refuses_it() {
        let of = |error: &str, number: u64| {
            json!({ "error": error, "error_codes": [number], "error_description": "AADSTS…" }).to_string()
        };
        for (error, number, refused) in [
            ("invalid_client", 7_000_215, true),
            ("invalid_client", 7_000_222, true),
            // The application is not there, is disabled, may not log in from here; another error altogether.
            ("unauthorized_client", 700_016, false),
            ("unauthorized_client", 7_000_112, false),
            ("access_denied", 53_003, false),
            ("invalid_client", 700_027, false),
        ] {
            assert_eq!(is_refused(of(error, number).as_bytes()), refused, "{error} {number}");
        }
        assert!(!is_refused(b"<html>"));
        assert_eq!(
            code(of("unauthorized_client", 700_016).as_bytes()).unwrap(),
            "unauthorized_client, AADSTS700016"
        );
        assert_eq!(code(br#"{"error":"<a>"}"#), None);
    }

    #[test]
    fn a_token_says_how_long_it_lasts_in_figures_or_words() {
        for lasts in [json!(3_599), json!("3599")] {
            let body = json!({ "access_token": "t", "expires_in": lasts }).to_string();
            assert_eq!(token(body.as_bytes()).unwrap().lasts, 3_599);
        }
        assert!(token(b"{}").is_err());
    }
}
