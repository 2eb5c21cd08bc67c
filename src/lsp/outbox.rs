//! Everything that leaves the server, in the order in which it was put here.

use super::message::{self, CONTENT_MODIFIED, INTERNAL_ERROR, REQUEST_CANCELLED};
use super::transport;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// The way to the client. Writing happens on a thread of its own, so that a client that does not read for a while
/// keeps nobody waiting.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    out: Sender<Outgoing>,
    next: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Outgoing {
    Message(Value),
    /// Nothing more is written.
    Close,
}

/// The other end, for whoever writes.
#[derive(Debug)]
pub(super) struct Writing(Receiver<Outgoing>);

impl Writing {
    /// Writes until it is closed, or until nobody reads.
    pub fn run(self, output: &mut impl std::io::Write) {
        for outgoing in self.0 {
            let Outgoing::Message(message) = outgoing else { return };
            if transport::write(output, &message).is_err() {
                return;
            }
        }
    }
}

impl Outbox {
    pub fn new() -> (Self, Writing) {
        let (out, written) = channel();
        (Outbox { out, next: Arc::default() }, Writing(written))
    }

    fn send(&self, message: Value) {
        // Nobody is left to be told when this fails.
        let _ = self.out.send(Outgoing::Message(message));
    }

    pub fn close(&self) {
        let _ = self.out.send(Outgoing::Close);
    }

    pub fn notify(&self, method: &str, params: &Value) {
        self.send(message::notification(method, params));
    }

    /// Asks the client; the answer comes under the returned id.
    pub fn request(&self, method: &str, params: &Value) -> String {
        let id = format!("keyward-{}", self.next.fetch_add(1, Ordering::Relaxed));
        self.send(message::request(&id, method, params));
        id
    }

    pub fn answer(&self, id: &Value, result: &Value) {
        self.send(message::answer(id, result));
    }

    pub fn error(&self, id: &Value, code: i64, text: &str) {
        self.send(message::error(id, code, text));
    }

    /// A line for the log that editors keep. It names files and counts, never what is in them.
    pub fn log(&self, kind: LogKind, text: &str) {
        self.notify("window/logMessage", &json!({ "type": kind as u8, "message": text }));
    }

    /// A message for the person.
    pub fn show(&self, kind: LogKind, text: &str) {
        self.notify("window/showMessage", &json!({ "type": kind as u8, "message": text }));
    }
}

/// The numbers are those of the protocol.
#[derive(Clone, Copy, Debug)]
pub(super) enum LogKind {
    Error = 1,
    Warning = 2,
}

/// Requests that are not answered yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(Arc<Mutex<HashMap<String, Arc<AtomicBool>>>>);

impl Requests {
    pub fn begin(&self, id: Value, outbox: &Outbox) -> Reply {
        let cancelled = Arc::new(AtomicBool::new(false));
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(id.to_string(), cancelled.clone());
        let (outbox, requests) = (outbox.clone(), self.clone());
        Reply { id, cancelled, outbox, requests, nothing: None, done: false }
    }

    pub fn cancel(&self, id: &Value) {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cancelled) = open.get(&id.to_string()) {
            cancelled.store(true, Ordering::Relaxed);
        }
    }

    #[cfg(test)]
    pub fn is_busy(&self) -> bool {
        !self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn end(&self, id: &Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.to_string());
    }
}

/// Why a request has no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// The text that it was about has changed meanwhile.
    Modified,
    Because(i64, String),
}

/// The duty to answer one request. Dropped without an answer it says so, so that no request stays open.
#[derive(Debug)]
pub(super) struct Reply {
    id: Value,
    cancelled: Arc<AtomicBool>,
    outbox: Outbox,
    requests: Requests,
    /// The answer of a report when there is nothing to report. Reports are asked for again when they are out of date.
    nothing: Option<Value>,
    done: bool,
}

impl Reply {
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Of a report, and how one looks in which nothing is.
    pub fn of_report(mut self, nothing: Value) -> Self {
        self.nothing = Some(nothing);
        self
    }

    /// Nobody here knows anything of what was asked.
    pub fn nothing(mut self) {
        let nothing = self.nothing.take().unwrap_or_default();
        self.give(Ok(nothing));
    }

    pub fn give(mut self, result: Result<Value, Failure>) {
        self.done = true;
        self.requests.end(&self.id);
        let failed = |code, text: &str| self.outbox.error(&self.id, code, text);
        match result {
            _ if self.is_cancelled() => failed(REQUEST_CANCELLED, "cancelled"),
            Ok(value) => self.outbox.answer(&self.id, &value),
            Err(Failure::Modified) if self.nothing.is_some() => self.outbox.send(message::again(&self.id)),
            Err(Failure::Modified) => failed(CONTENT_MODIFIED, "the text has changed meanwhile"),
            Err(Failure::Because(code, text)) => failed(code, &text),
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.done {
            self.requests.end(&self.id);
            self.outbox.error(&self.id, INTERNAL_ERROR, "keyward could not answer this");
        }
    }
}
