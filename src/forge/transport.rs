//! The one place that talks to GitHub.

use super::auth::{self, App, Auth};
use super::error::{Error, Kind};
use super::judge::{Told, Verdict, until_reset};
use super::types::Slug;
use super::{PUBLIC_API, Result};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LINK, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method};
use http_body_util::{BodyExt, Limited};
use octocrab::Octocrab;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;
use tokio::runtime::Runtime;

const VERSION: &str = "2022-11-28";
const AGENT: &str = concat!("keyward/", env!("CARGO_PKG_VERSION"));
/// A file of the largest size that is analysed, in base64 and JSON.
const MAX_ANSWER: usize = 32 * 1024 * 1024;
/// Of a hundred things each.
const MAX_PAGES: usize = 100;

/// How patient a run is.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For one answer.
    pub timeout: Duration,
    /// How often a request is made again when GitHub fails.
    pub repeats: u32,
    /// The first wait after a failure, doubled each time.
    pub backoff: Duration,
    /// Between two requests that change something: GitHub asks for a second.
    pub pause: Duration,
    /// For all waits of a run together.
    pub max_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            timeout: Duration::from_secs(60),
            repeats: 4,
            backoff: Duration::from_millis(500),
            pause: Duration::from_secs(1),
            max_wait: Duration::from_secs(15 * 60),
        }
    }
}

/// Where to ask, as whom, and how patiently.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `https://api.github.com`, or `https://HOST/api/v3` of an Enterprise server.
    pub api: String,
    pub repository: Slug,
    pub auth: Auth,
    pub limits: Limits,
    /// Seconds since 1970, for the statement that an App makes about itself.
    pub now: fn() -> i64,
}

/// A connection to one repository.
pub struct Client {
    pub(super) repository: Slug,
    api: String,
    auth: Auth,
    limits: Limits,
    now: fn() -> i64,
    octocrab: Octocrab,
    runtime: Runtime,
    /// What an App got for the hour.
    issued: RefCell<Option<SecretString>>,
    waited: Cell<Duration>,
    /// The primary limit is used up, and lasts so long.
    hold: Cell<Option<Duration>>,
    requests: Cell<usize>,
    writes: Cell<usize>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Client")
            .field("repository", &self.repository)
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub method: Method,
    /// Below the address of the API, or whole for a further page.
    pub path: String,
    pub body: Option<Value>,
    /// Completes "could not …".
    pub doing: String,
    /// Asking twice does no more than asking once, or what it leaves behind is nothing that anybody sees.
    pub repeatable: bool,
}

impl Ask {
    pub fn get(path: impl Into<String>, doing: impl Into<String>) -> Self {
        Ask { method: Method::GET, path: path.into(), body: None, doing: doing.into(), repeatable: true }
    }

    pub fn send(method: Method, path: impl Into<String>, body: Value, doing: impl Into<String>) -> Self {
        Ask { method, path: path.into(), body: Some(body), doing: doing.into(), repeatable: true }
    }

    /// A second one would be seen.
    pub fn once(mut self) -> Self {
        self.repeatable = false;
        self
    }
}

/// An answer that is a success.
#[derive(Debug)]
pub(super) struct Answer {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    doing: String,
}

impl Answer {
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // The place in the answer helps; its text may hold anything.
            let message = format!(
                "could not {}: the answer is not what GitHub documents (line {}, column {})",
                self.doing,
                error.line(),
                error.column()
            );
            Error::new(Kind::Unreadable, message, "check --api-url: does GitHub answer there?")
        })
    }
}

impl Client {
    pub fn new(settings: Settings) -> Result<Self> {
        let broken = |error: &dyn std::fmt::Display| {
            let message = format!("cannot set up connections: {error}");
            Error::new(Kind::Input, message, "are certificates installed (package ca-certificates)?")
        };
        let api = checked(&settings.api, &settings.auth)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| broken(&error))?;
        let limits = settings.limits;
        let octocrab = runtime.block_on(async {
            Octocrab::builder()
                .set_connect_timeout(Some(limits.timeout.min(Duration::from_secs(20))))
                .set_read_timeout(Some(limits.timeout))
                .build()
        });
        Ok(Client {
            repository: settings.repository,
            api,
            auth: settings.auth,
            limits,
            now: settings.now,
            octocrab: octocrab.map_err(|error| broken(&root_cause(&error)))?,
            runtime,
            issued: RefCell::new(None),
            waited: Cell::new(Duration::ZERO),
            hold: Cell::new(None),
            requests: Cell::new(0),
            writes: Cell::new(0),
        })
    }

    pub fn slug(&self) -> &Slug {
        &self.repository
    }

    /// GitHub knows a repository by its old names as well; from here on the new one is used.
    pub fn rename(&mut self, repository: Slug) {
        self.repository = repository;
    }

    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Requests that were sent, and how many of them change something.
    pub fn sent(&self) -> (usize, usize) {
        (self.requests.get(), self.writes.get())
    }

    pub(super) fn in_repository(&self, rest: &str) -> String {
        format!("/repos/{}{rest}", self.repository)
    }

    pub(super) fn get<T: DeserializeOwned>(
        &self,
        path: impl Into<String>,
        doing: impl Into<String>,
    ) -> Result<T> {
        self.ask(&Ask::get(path, doing))?.read()
    }

    /// `None` when it is not there.
    pub(super) fn find<T: DeserializeOwned>(
        &self,
        path: impl Into<String>,
        doing: impl Into<String>,
    ) -> Result<Option<T>> {
        match self.get(path, doing) {
            Err(error) if error.kind == Kind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    /// All pages of a list.
    pub(super) fn list<T: DeserializeOwned>(&self, path: &str, doing: &str) -> Result<Vec<T>> {
        let separator = if path.contains('?') { '&' } else { '?' };
        self.list_as_is(&format!("{path}{separator}per_page=100"), doing)
    }

    /// All pages of a list that is below a name in each answer.
    pub(super) fn list_below<T: DeserializeOwned>(
        &self,
        name: &str,
        path: &str,
        doing: &str,
    ) -> Result<Vec<T>> {
        self.pages(&format!("{path}?per_page=100"), doing, |answer| {
            let mut page: serde_json::Map<String, Value> = answer.read()?;
            let list = page.remove(name).unwrap_or_default();
            serde_json::from_value(list).map_err(|_| {
                let message = format!("could not {doing}: the answer is not what GitHub documents");
                Error::new(Kind::Unreadable, message, "check --api-url: does GitHub answer there?")
            })
        })
    }

    /// The same for a list whose pages have a size of their own.
    pub(super) fn list_as_is<T: DeserializeOwned>(&self, path: &str, doing: &str) -> Result<Vec<T>> {
        self.pages(path, doing, Answer::read::<Vec<T>>)
    }

    fn pages<T>(&self, path: &str, doing: &str, read: impl Fn(&Answer) -> Result<Vec<T>>) -> Result<Vec<T>> {
        let mut next = Some(path.to_owned());
        let mut all = Vec::new();
        let mut pages = 0;
        while let Some(path) = next {
            let answer = self.ask(&Ask::get(path, doing))?;
            all.append(&mut read(&answer)?);
            pages += 1;
            next = following(&answer.headers, &self.api);
            if pages == MAX_PAGES && next.is_some() {
                let message = format!("could not {doing}: there are more than {} of them", pages * 100);
                return Err(Error::new(Kind::Unreadable, message, "close or merge some first"));
            }
        }
        Ok(all)
    }

    /// Asks until there is an answer that counts, within the limits.
    pub(super) fn ask(&self, ask: &Ask) -> Result<Answer> {
        self.runtime.block_on(self.answer(ask))
    }

    /// Asks for many things, a few at a time, and gives the answers in their order.
    pub(super) fn ask_all(&self, asks: &[Ask]) -> Result<Vec<Answer>> {
        let next = Cell::new(0);
        let answers: RefCell<Vec<(usize, Answer)>> = RefCell::new(Vec::with_capacity(asks.len()));
        let worker = || async {
            while let Some(ask) = asks.get(next.get()) {
                let at = next.replace(next.get() + 1);
                let answer = self.answer(ask).await?;
                answers.borrow_mut().push((at, answer));
            }
            Ok::<(), Error>(())
        };
        self.runtime.block_on(async { tokio::try_join!(worker(), worker(), worker(), worker()) })?;
        let mut answers = answers.into_inner();
        answers.sort_by_key(|(at, _)| *at);
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    }

    async fn answer(&self, ask: &Ask) -> Result<Answer> {
        let (mut failures, mut pauses, mut renewed) = (0, 0, false);
        loop {
            if let Some(pause) = self.hold.take() {
                self.wait(pause, &ask.doing, true).await?;
            }
            let token = self.token(&ask.doing).await?;
            let outcome = self.exchange(ask, token.as_ref()).await;
            let (status, headers, body) = match outcome {
                Ok(answer) => answer,
                Err(why) => {
                    self.again(ask, &mut failures, &why).await?;
                    continue;
                }
            };
            let told = Told::new(status, &headers, &body);
            match told.verdict(pauses) {
                Verdict::Done => {
                    self.hold.set(until_reset(&headers));
                    return Ok(Answer { headers, body, doing: ask.doing.clone() });
                }
                Verdict::Limited(pause) => {
                    pauses += 1;
                    self.wait(pause, &ask.doing, pauses <= 8).await?;
                }
                Verdict::Broken if ask.repeatable && failures < self.limits.repeats => {
                    self.again(ask, &mut failures, &format!("GitHub answered {status}")).await?;
                }
                // What an App got lasts an hour, and a run may take longer.
                Verdict::Failed if status == 401 && !renewed && self.issued.take().is_some() => {
                    renewed = true
                }
                Verdict::Broken | Verdict::Failed => return Err(Error::from_answer(&ask.doing, &told)),
            }
        }
    }

    /// Waits before a request is made again, or gives up.
    async fn again(&self, ask: &Ask, failures: &mut u32, why: &str) -> Result<()> {
        if !ask.repeatable || *failures >= self.limits.repeats {
            let times = if *failures > 0 { format!(", {} times", *failures + 1) } else { String::new() };
            let message = format!("could not {}: {why}{times}", ask.doing);
            let help = "check the connection and run keyward again: it goes on from what is there";
            return Err(Error::new(Kind::Unreachable, message, help));
        }
        let pause = self.limits.backoff * 2u32.saturating_pow(*failures);
        *failures += 1;
        // Half of it by chance, so that many runs that failed together do not come back together.
        let pause = pause / 2 + pause.mul_f64(chance() / 2.0);
        self.wait(pause, &ask.doing, true).await
    }

    async fn wait(&self, pause: Duration, doing: &str, patient: bool) -> Result<()> {
        let total = self.waited.get() + pause;
        if total > self.limits.max_wait || !patient {
            let message = format!("could not {doing}: a rate limit of GitHub lasts {} more", spoken(pause));
            let help = "run keyward again after that: it goes on from what is there; --max-wait waits longer";
            return Err(Error { status: Some(429), ..Error::new(Kind::Limited, message, help) });
        }
        self.waited.set(total);
        tokio::time::sleep(pause).await;
        Ok(())
    }

    async fn exchange(
        &self,
        ask: &Ask,
        token: Option<&SecretString>,
    ) -> std::result::Result<(u16, HeaderMap, Vec<u8>), String> {
        let writes = ask.method != Method::GET;
        if writes && self.writes.get() > 0 && !self.limits.pause.is_zero() {
            tokio::time::sleep(self.limits.pause).await;
        }
        self.requests.set(self.requests.get() + 1);
        self.writes.set(self.writes.get() + usize::from(writes));
        let address = match ask.path.starts_with("http") {
            true => ask.path.clone(),
            false => format!("{}{}", self.api, ask.path),
        };
        let mut request = http::Request::builder()
            .method(ask.method.clone())
            .uri(address)
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", VERSION)
            .header(USER_AGENT, AGENT);
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
                .map_err(|_| "the token is no header".to_owned())?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let body = match &ask.body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                body.to_string()
            }
            None => String::new(),
        };
        let request = request.body(body).map_err(|error| format!("the address is wrong: {error}"))?;
        let whole = async {
            let response = self.octocrab.execute(request).await.map_err(|error| root_cause(&error))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await;
            let body = body.map_err(|error| root_cause(error.as_ref()))?;
            Ok((parts.status.as_u16(), parts.headers, body.to_bytes().to_vec()))
        };
        match tokio::time::timeout(self.limits.timeout, whole).await {
            Ok(done) => done,
            Err(_) => Err(format!("no answer within {}", spoken(self.limits.timeout))),
        }
    }

    /// What to put into the header. An App asks for a token first.
    async fn token(&self, doing: &str) -> Result<Option<SecretString>> {
        let app = match &self.auth {
            Auth::Anonymous => return Ok(None),
            Auth::Token(token) => return Ok(Some(token.clone())),
            Auth::App(app) => app,
        };
        if let Some(token) = self.issued.borrow().as_ref() {
            return Ok(Some(token.clone()));
        }
        let token = self
            .issue(app)
            .await
            .map_err(|error| Error { message: format!("could not {doing}: {}", error.message), ..error })?;
        *self.issued.borrow_mut() = Some(token.clone());
        Ok(Some(token))
    }

    async fn issue(&self, app: &App) -> Result<SecretString> {
        let statement = auth::statement(app, (self.now)())?;
        let installation = match app.installation {
            Some(id) => id,
            None => {
                let path = self.in_repository("/installation");
                let ask = Ask::get(path, format!("find the App's installation for {}", self.repository));
                let found = self.as_app(&ask, &statement).await?;
                found["id"].as_u64().ok_or_else(|| {
                    Error::new(
                        Kind::Unreadable,
                        "the App's installation has no id",
                        "name it: --app-installation",
                    )
                })?
            }
        };
        let path = format!("/app/installations/{installation}/access_tokens");
        let body = serde_json::json!({ "repositories": [self.repository.name] });
        let ask = Ask::send(Method::POST, path, body, "get a token for the App");
        let issued = self.as_app(&ask, &statement).await?;
        match issued["token"].as_str() {
            Some(token) => Ok(SecretString::from(token)),
            None => Err(Error::new(Kind::Unreadable, "the App got no token", "check --api-url")),
        }
    }

    /// A request of the App itself and not of its installation.
    async fn as_app(&self, ask: &Ask, statement: &SecretString) -> Result<Value> {
        let mut failures = 0;
        loop {
            let (status, headers, body) = match self.exchange(ask, Some(statement)).await {
                Ok(answer) => answer,
                Err(why) => {
                    self.again(ask, &mut failures, &why).await?;
                    continue;
                }
            };
            let told = Told::new(status, &headers, &body);
            match told.verdict(0) {
                Verdict::Done => return Answer { headers, body, doing: ask.doing.clone() }.read(),
                Verdict::Broken if failures < self.limits.repeats => {
                    self.again(ask, &mut failures, &format!("GitHub answered {status}")).await?;
                }
                _ => return Err(Error::from_answer(&ask.doing, &told)),
            }
        }
    }

    /// Where GraphQL is answered: beside the REST API, which is below `/v3` on an Enterprise server.
    pub(super) fn graphql(&self) -> String {
        let base = self.api.strip_suffix("/v3").unwrap_or(&self.api);
        format!("{base}/graphql")
    }
}

/// The address without a slash at its end. A token is never sent in the clear over a network.
fn checked(api: &str, auth: &Auth) -> Result<String> {
    let api = api.trim().trim_end_matches('/');
    let api = if api.is_empty() { PUBLIC_API } else { api };
    let wrong = |message: String| {
        Err(Error::new(Kind::Input, message, "an example: https://github.example.com/api/v3"))
    };
    let Ok(uri) = api.parse::<http::Uri>() else { return wrong(format!("`{api}` is no address")) };
    let host = uri.host().unwrap_or_default();
    let here = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
    match uri.scheme_str() {
        _ if api.contains('@') => wrong("the address of the API holds a user name".to_owned()),
        Some("https") => Ok(api.to_owned()),
        Some("http") if here || matches!(auth, Auth::Anonymous) => Ok(api.to_owned()),
        Some("http") => {
            wrong(format!("`{api}` is not encrypted, and the token would be readable on the way"))
        }
        _ => wrong(format!("`{api}` is no address")),
    }
}

/// The next page, as long as it is of the same server: it is asked with our token.
fn following(headers: &HeaderMap, api: &str) -> Option<String> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let link = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    let address = link.trim().strip_prefix('<')?.split_once('>')?.0;
    let origin = |address: &str| -> Option<String> {
        let uri: http::Uri = address.parse().ok()?;
        Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
    };
    (origin(address)? == origin(api)?).then(|| address.to_owned())
}

/// The innermost error: those around it only say that there was one.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Between 0 and 1. Good enough to spread requests, and nothing else.
fn chance() -> f64 {
    let random = std::hash::RandomState::new().build_hasher().finish();
    (random >> 11) as f64 / (1u64 << 53) as f64
}

fn spoken(duration: Duration) -> String {
    match duration.as_secs() {
        0 => format!("{} ms", duration.as_millis()),
        seconds @ 1..=120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_sent_in_the_clear() {
        let token = Auth::token("ghp_0123456789").expect("a token");
        assert!(checked("http://ghe.example.com/api/v3", &token).is_err());
        assert!(checked("http://127.0.0.1:8080", &token).is_ok());
        assert_eq!(
            checked("https://ghe.example.com/api/v3/", &token).as_deref(),
            Ok("https://ghe.example.com/api/v3")
        );
        assert_eq!(checked("", &token).as_deref(), Ok(PUBLIC_API));
        assert!(checked("https://user@ghe.example.com", &token).is_err());
    }

    #[test]
    fn the_next_page_is_followed_on_the_same_server_only() {
        let mut headers = HeaderMap::new();
        let link = "<https://api.github.com/repositories/1/pulls?page=2>; rel=\"next\", <https://api.github.com/x>; rel=\"last\"";
        headers.insert(LINK, HeaderValue::from_static(link));
        let next = following(&headers, PUBLIC_API);
        assert_eq!(next.as_deref(), Some("https://api.github.com/repositories/1/pulls?page=2"));
        assert_eq!(following(&headers, "https://ghe.example.com/api/v3"), None);
    }

    #[test]
    fn a_token_does_not_print() {
        let token = Auth::token(" ghp_0123456789\n").expect("a token");
        assert!(!format!("{token:?}").contains("ghp_"));
        assert!(Auth::token("two words").is_err());
    }
}
