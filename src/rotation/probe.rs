//! Whether consumers are well: asked after the switch, before the new credential counts as proven.

use super::http::Http;
use super::traits::{Doing, Failure, FailureKind, Probe};
use ::http::Request;
use std::process::{Command, Stdio};
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

    fn is_well(&self) -> Doing<'_, ()> {
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
pub struct CommandProbe {
    pub command: Vec<String>,
    pub timeout: Duration,
}

impl Probe for CommandProbe {
    fn name(&self) -> String {
        self.command.first().cloned().unwrap_or_default()
    }

    fn is_well(&self) -> Doing<'_, ()> {
        Box::pin(async {
            let (command, timeout) = (self.command.clone(), self.timeout);
            let done = tokio::task::spawn_blocking(move || run(&command, timeout)).await;
            let why = match done {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(why)) => why,
                Err(error) => error.to_string(),
            };
            Err(Failure::new(FailureKind::Later, format!("`{}` {why}", self.name())))
        })
    }
}

/// How often to look whether a program has ended.
const LOOK: Duration = Duration::from_millis(20);

fn run(words: &[String], timeout: Duration) -> Result<(), String> {
    let (program, arguments) = words.split_first().ok_or("is no command")?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in ["PATH", "HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let mut child = command.spawn().map_err(|error| format!("does not start: {error}"))?;
    let mut left = timeout.as_millis() / LOOK.as_millis();
    loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("ended with {status}")),
            None if left == 0 => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("did not end within {} seconds", timeout.as_secs()));
            }
            None => {
                left -= 1;
                std::thread::sleep(LOOK);
            }
        }
    }
}
