//! "Analysing …" where the editor shows what is under way.

use super::client::Client;
use super::outbox::Outbox;
use super::places::Folder;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers of what was ever under way: a token is used once.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Work that is under way until this is dropped.
#[derive(Debug)]
pub(super) struct Progress {
    outbox: Option<Outbox>,
    token: String,
}

impl Progress {
    pub fn begin(outbox: &Outbox, client: &Client, folder: &Folder) -> Self {
        let token = format!("keyward/analysis/{}", NEXT.fetch_add(1, Ordering::Relaxed));
        if !client.progress {
            return Progress { outbox: None, token };
        }
        outbox.request("window/workDoneProgress/create", &json!({ "token": token }));
        let name = folder.path.file_name().map(|name| name.to_string_lossy().into_owned());
        let progress = Progress { outbox: Some(outbox.clone()), token };
        let begin = json!({ "kind": "begin", "title": "keyward", "message": name, "cancellable": false });
        progress.tell(&begin);
        progress
    }

    fn tell(&self, value: &Value) {
        if let Some(outbox) = &self.outbox {
            outbox.notify("$/progress", &json!({ "token": self.token, "value": value }));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.tell(&json!({ "kind": "end" }));
    }
}
