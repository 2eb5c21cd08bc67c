//! Whether consumers are well: asked after the switch, before the new credential counts as proven.

use super::http::Http;
use super::program::Program;
use super::traits::{Doing, Failure, FailureKind, Key, Probe, Reload};
use ::http::Request;
use secrecy::zeroize::Zeroizing;
use std::time::Duration;

/// An address that answers with a status of 2xx when a consumer is well.
#[derive(Debug)]
pub struct HttpProbe {
    http: Http,
    url: String,
}

impl HttpProbe {
    pub fn new(http: Http, url: &str) -> Result<Self, String> {
        let uri: ::http::Uri = url.parse().map_err(|_| format!("`{url}` is no address"))?;
        match uri.scheme_str() {
            Some("http" | "https") if uri.host().is_some() => Ok(HttpProbe { http, url: url.to_owned() }),
            _ => Err(format!("`{url}` has to begin with https:// or http://")),
        }
    }
}

impl Probe for HttpProbe {
    fn name(&self) -> String {
        self.url.clone()
    }

    fn is_well<'a>(&'a self, _key: &'a Key) -> Doing<'a, ()> {
        Box::pin(async {
            let failed = |why: String| Failure::new(FailureKind::Later, format!("{}: {why}", self.url));
            let request =
                Request::get(&self.url).body(String::new()).map_err(|error| failed(error.to_string()))?;
            let answer = self.http.send(request).await.map_err(|failure| failed(failure.message))?;
            match answer.status {
                200..300 => Ok(()),
                status => Err(failed(format!("status {status}"))),
            }
        })
    }
}

/// A program that ends with 0 when a consumer is well. It gets nothing of what this process knows.
#[derive(Debug)]
pub struct CommandProbe(Program);

impl CommandProbe {
    pub fn new(words: Vec<String>, timeout: Duration) -> Self {
        CommandProbe(Program { words, env: Vec::new(), timeout, answers: false })
    }
}

impl Probe for CommandProbe {
    fn name(&self) -> String {
        self.0.name().to_owned()
    }

    fn is_well<'a>(&'a self, _key: &'a Key) -> Doing<'a, ()> {
        Box::pin(async {
            let done = self.0.run(None, Zeroizing::default()).await;
            done.map(|_| ()).map_err(|why| Failure::new(FailureKind::Later, why))
        })
    }
}

/// A program that makes a consumer look again. It may be called twice.
#[derive(Debug)]
pub struct CommandReload(Program);

impl CommandReload {
    pub fn new(words: Vec<String>, timeout: Duration) -> Self {
        CommandReload(Program { words, env: Vec::new(), timeout, answers: false })
    }
}

impl Reload for CommandReload {
    fn name(&self) -> String {
        self.0.words.join(" ")
    }

    fn reload(&self) -> Doing<'_, ()> {
        Box::pin(async {
            let done = self.0.run(None, Zeroizing::default()).await;
            done.map(|_| ()).map_err(|why| Failure::new(FailureKind::Unclear, why))
        })
    }
}
