//! Tells an address how runs go. It works beside the runs and never holds one up: what cannot be delivered soon is
//! given up, and said.

use super::http::{self, Answer, Http};
use super::traits::{Failure, FailureKind};
use ::http::Request;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// Of one message.
const TRIES: u32 = 3;
const TIMEOUT: Duration = Duration::from_secs(4);
const PAUSE: Duration = Duration::from_secs(1);
/// The end of a call waits ten seconds for what is not delivered yet.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: usize = 100;

/// What is told. None of it is secret.
#[derive(Clone, Debug, Serialize)]
pub struct Notice {
    pub schema: &'static str,
    pub event: Happened,
    pub credential: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<&'static str>,
    /// In words, without secrets.
    pub message: String,
    /// Whom the policy names.
    pub notify: Vec<String>,
    pub at: String,
}

pub const SCHEMA: &str = "urn:keyward:rotation-notice-v1";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    Begun,
    Rotated,
    WentBack,
    /// It needs somebody.
    Stuck,
    NotBegun,
}

/// One address, and what is on the way to it.
pub struct Notifier {
    sender: Sender<String>,
    /// What could not be delivered, and nothing more once all is done.
    lost: Receiver<String>,
}

impl std::fmt::Debug for Notifier {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Notifier").finish_non_exhaustive()
    }
}

impl Notifier {
    /// The address is not repeated in errors, since whoever knows it can write there.
    pub fn new(address: &SecretString) -> Result<Self, String> {
        let address = SecretString::from(address.expose_secret().trim());
        http::address(address.expose_secret())
            .map_err(|_| "the address of the webhook has to begin with https://".to_owned())?;
        let http = Http::new(TIMEOUT)?;
        let (sender, messages) = channel::<String>();
        let (report, lost) = channel();
        std::thread::Builder::new()
            .name("webhook".to_owned())
            .spawn(move || work(&http, &address, &messages, &report))
            .map_err(|error| format!("cannot start a thread: {error}"))?;
        Ok(Notifier { sender, lost })
    }

    pub fn tell(&self, notice: &Notice) {
        if let Ok(text) = serde_json::to_string(notice) {
            let _ = self.sender.send(text);
        }
    }

    /// Waits a little for what is on the way, and gives what was wrong.
    pub fn finish(self) -> Vec<String> {
        drop(self.sender);
        let mut wrong = Vec::new();
        for _ in 0..LOOKS {
            match self.lost.recv_timeout(LOOK) {
                Ok(why) => wrong.push(why),
                Err(RecvTimeoutError::Disconnected) => return wrong,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        wrong.push("not all was delivered in time".to_owned());
        wrong
    }
}

fn work(http: &Http, address: &SecretString, messages: &Receiver<String>, lost: &Sender<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    for message in messages {
        let delivered = match &runtime {
            Ok(runtime) => runtime.block_on(deliver(http, address, &message)),
            Err(error) => Err(error.to_string()),
        };
        if let Err(why) = delivered {
            let _ = lost.send(why);
        }
    }
}

async fn deliver(http: &Http, address: &SecretString, message: &str) -> Result<(), String> {
    let mut tries = 0;
    loop {
        tries += 1;
        let failure = match send(http, address, message).await {
            Ok(Answer { status: 200..300, .. }) => return Ok(()),
            Ok(answer) => Failure::new(
                http::by_status(answer.status),
                format!("it answers with status {}", answer.status),
            ),
            Err(failure) => failure,
        };
        if tries >= TRIES || failure.kind == FailureKind::Never {
            return Err(failure.message);
        }
        tokio::time::sleep(PAUSE * tries).await;
    }
}

async fn send(http: &Http, address: &SecretString, message: &str) -> Result<Answer, Failure> {
    let request = Request::post(address.expose_secret())
        .header("content-type", "application/json")
        .header("user-agent", "keyward")
        .body(message.to_owned())
        .map_err(|_| Failure::new(FailureKind::Never, "its address is wrong"))?;
    http.send(request).await
}
