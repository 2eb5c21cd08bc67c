//! The thread that owns the documents: it takes the messages in their order, and does nothing that takes time.

use super::client::{self, Client};
use super::configuration::Wishes;
use super::documents::{Document, Documents, Edit};
use super::engine::Open;
use super::folders::Folders;
use super::message::{
    INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, Message, NOT_INITIALIZED, PARSE_ERROR,
};
use super::outbox::{Failure, LogKind, Outbox, Reply, Requests};
use super::requests;
use super::transport::Frame;
use super::{uri, watch};
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// How often somebody looks at the clock, and whether the client is still there.
const PAUSE: Duration = Duration::from_secs(5);

/// How far the conversation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    /// After `shutdown` only `exit` is expected.
    Down,
}

/// How the conversation ended, as an exit code: well only after `shutdown`.
pub(super) const ENDED_WELL: u8 = 0;
pub(super) const ENDED: u8 = 1;

pub(super) struct Server {
    stage: Stage,
    outbox: Outbox,
    requests: Requests,
    documents: Documents,
    folders: Option<Folders>,
    client: Arc<Client>,
    /// What the client said at the beginning, under what it says later.
    base: Wishes,
    wishes: Wishes,
    /// The request for the configuration of which the answer counts, and the folders that it asks for.
    asked: Option<(String, Vec<String>)>,
    open: Open,
    clock: fn() -> Date,
}

impl Server {
    pub fn new(outbox: Outbox, open: Open, clock: fn() -> Date) -> Self {
        Server {
            stage: Stage::New,
            outbox,
            requests: Requests::default(),
            documents: Documents::default(),
            folders: None,
            client: Arc::default(),
            base: Wishes::default(),
            wishes: Wishes::default(),
            asked: None,
            open,
            clock,
        }
    }

    /// Takes messages until the client says that it is over, or is gone.
    pub fn run(&mut self, frames: &Receiver<Frame>) -> u8 {
        let code = loop {
            let today = (self.clock)();
            self.folders.iter_mut().for_each(|folders| folders.today(today));
            match frames.recv_timeout(PAUSE) {
                Ok(Frame::Json(value)) => match Message::read(value) {
                    Ok(message) => {
                        if let Some(code) = self.take(message) {
                            break code;
                        }
                    }
                    Err((id, why)) => self.outbox.error(&id, INVALID_REQUEST, why),
                },
                Ok(Frame::Malformed(why)) => self.outbox.error(&Value::Null, PARSE_ERROR, &why),
                Ok(Frame::End) | Err(RecvTimeoutError::Disconnected) => break ENDED,
                Err(RecvTimeoutError::Timeout) => {
                    if self.client.process.is_some_and(|process| !super::process::is_alive(process)) {
                        break ENDED;
                    }
                }
            }
        };
        self.folders.iter_mut().for_each(Folders::close);
        code
    }

    fn take(&mut self, message: Message) -> Option<u8> {
        match message {
            Message::Request { id, method, params } => self.request(id, &method, params),
            Message::Notification { method, params } => return self.notification(&method, params),
            Message::Response { id, result } => self.response(&id, result),
        }
        None
    }

    fn request(&mut self, id: Value, method: &str, params: Value) {
        match (self.stage, method) {
            (Stage::New, "initialize") => self.initialize(&id, &params),
            (Stage::New, _) => self.outbox.error(&id, NOT_INITIALIZED, "`initialize` comes first"),
            (Stage::Down, _) => self.outbox.error(&id, INVALID_REQUEST, "it was shut down"),
            (Stage::Running, "initialize") => self.outbox.error(&id, INVALID_REQUEST, "it is initialized"),
            (Stage::Running, "shutdown") => {
                self.stage = Stage::Down;
                self.outbox.answer(&id, &Value::Null);
            }
            (Stage::Running, _) => {
                let Some(folders) = &self.folders else { return };
                match requests::find(method) {
                    Some(handler) => {
                        let reply = self.requests.begin(id, &self.outbox);
                        handler(&requests::Situation { folders }, params, reply);
                    }
                    None => {
                        let text = format!("there is no method `{method}`");
                        self.outbox.error(&id, METHOD_NOT_FOUND, &text);
                    }
                }
            }
        }
    }

    fn initialize(&mut self, id: &Value, params: &Value) {
        let client = Arc::new(Client::read(params));
        self.outbox.answer(id, &client::offer(&client));
        self.stage = Stage::Running;
        let options = params.pointer("/initializationOptions").unwrap_or(&Value::Null);
        self.base = self.settings_in(options, &Wishes::default());
        self.wishes = self.base.clone();
        self.client = client.clone();
        self.folders = Some(Folders::new(client, self.outbox.clone(), self.open, (self.clock)()));
    }

    /// Settings come as they are, or below our name.
    fn settings_in(&self, value: &Value, base: &Wishes) -> Wishes {
        let (wishes, problems) = base.with(value.get("keyward").unwrap_or(value));
        problems.iter().for_each(|problem| self.outbox.log(LogKind::Warning, problem));
        wishes
    }

    fn initialized(&mut self) {
        let (client, wishes) = (self.client.clone(), self.wishes.clone());
        if let Some(folders) = &mut self.folders {
            for (uri, _) in &client.root_folders {
                folders.add(uri, &wishes, false);
            }
        }
        if client.watches {
            self.outbox.request("client/registerCapability", &watch::registration());
        }
        if client.configuration {
            let registrations = json!({ "registrations": [{
                "id": "keyward-settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": { "section": "keyward" },
            }] });
            self.outbox.request("client/registerCapability", &registrations);
        }
        self.ask_for_settings();
    }

    fn ask_for_settings(&mut self) {
        let Some(folders) = self.folders.as_ref().filter(|_| self.client.configuration) else { return };
        let uris = folders.uris();
        let item = |uri: &String| json!({ "scopeUri": uri, "section": "keyward" });
        let items: Vec<Value> = uris.iter().map(item).collect();
        let id = self.outbox.request("workspace/configuration", &json!({ "items": items }));
        self.asked = Some((id, uris));
    }

    fn response(&mut self, id: &Value, result: Result<Value, Value>) {
        let Some((_, uris)) = self.asked.take_if(|(asked, _)| id.as_str() == Some(asked.as_str())) else {
            return;
        };
        let Ok(Value::Array(values)) = result else { return };
        for (uri, value) in uris.iter().zip(&values) {
            let wishes = self.settings_in(value, &self.base);
            self.folders.iter_mut().for_each(|folders| folders.wish(uri, &wishes));
        }
    }

    /// The exit code when it is over.
    fn notification(&mut self, method: &str, params: Value) -> Option<u8> {
        match (method, self.stage) {
            ("exit", Stage::Down) => return Some(ENDED_WELL),
            ("exit", _) => return Some(ENDED),
            (_, Stage::New | Stage::Down) => {}
            ("initialized", _) => self.initialized(),
            ("textDocument/didOpen", _) => self.opened(params),
            ("textDocument/didChange", _) => self.changed(params),
            ("textDocument/didClose", _) => self.closed(params),
            ("textDocument/didSave", _) => self.saved(params),
            ("workspace/didChangeWatchedFiles", _) => self.disk(params),
            ("workspace/didChangeWorkspaceFolders", _) => self.regrouped(&params),
            ("workspace/didChangeConfiguration", _) => self.reconfigured(&params),
            ("$/cancelRequest", _) => self.requests.cancel(params.get("id").unwrap_or(&Value::Null)),
            // Everything else is not ours.
            _ => {}
        }
        None
    }

    /// The parameters of a notification. Nobody can be told that they are wrong but the log.
    fn read<T: DeserializeOwned>(&self, params: Value) -> Option<T> {
        match serde_json::from_value(params) {
            Ok(read) => Some(read),
            Err(_) => {
                self.outbox.log(LogKind::Warning, "a notification with unusual parameters was left out");
                None
            }
        }
    }

    fn opened(&mut self, params: Value) {
        let Some(Opened { text_document: it }) = self.read(params) else { return };
        let path = uri::path_of(&it.uri);
        let document = Document { path, uri: it.uri, version: it.version, text: it.text.into() };
        let document = self.documents.open(document);
        if let Some(folders) = &mut self.folders {
            folders.text(document, &self.wishes);
        }
    }

    fn changed(&mut self, params: Value) {
        let Some(Changed { text_document: it, content_changes }) = self.read(params) else { return };
        let by = self.client.encoding;
        let version = it.version.unwrap_or_default();
        match self.documents.edit(&it.uri, version, content_changes, by) {
            Some(document) => {
                self.folders.iter_mut().for_each(|folders| folders.text(document, &self.wishes));
            }
            None => self.outbox.log(LogKind::Warning, "a change of a document that is not open was left out"),
        }
    }

    fn closed(&mut self, params: Value) {
        let Some(Closed { text_document: it }) = self.read(params) else { return };
        let Some(document) = self.documents.close(&it.uri) else { return };
        if let Some(folders) = &mut self.folders {
            folders.closed(&document, &self.documents.iter());
        }
    }

    /// What is saved is what was open, but the file may be a new one, of which whoever watches would tell.
    fn saved(&self, params: Value) {
        let Some(Closed { text_document: it }) = self.read(params) else { return };
        let path = uri::path_of(&it.uri).filter(|_| !self.client.watches);
        self.folders.iter().zip(path).for_each(|(folders, path)| folders.disk(&[path]));
    }

    fn disk(&self, params: Value) {
        let Some(Disk { changes }) = self.read(params) else { return };
        let paths: Vec<PathBuf> = changes.iter().filter_map(|change| uri::path_of(&change.uri)).collect();
        self.folders.iter().for_each(|folders| folders.disk(&paths));
    }

    fn regrouped(&mut self, params: &Value) {
        let list = |name: &str| {
            let all = params.pointer(&format!("/event/{name}")).and_then(Value::as_array).into_iter();
            all.flatten().filter_map(client::folder).collect::<Vec<_>>()
        };
        let (added, removed) = (list("added"), list("removed"));
        let Some(folders) = &mut self.folders else { return };
        removed.iter().for_each(|(uri, _)| folders.remove(uri));
        for (uri, _) in &added {
            folders.add(uri, &self.wishes, false);
        }
        folders.tidy();
        // Open documents may be in another folder now, or in none.
        for document in self.documents.iter() {
            folders.text(document, &self.wishes);
        }
        self.ask_for_settings();
    }

    fn reconfigured(&mut self, params: &Value) {
        if self.client.configuration {
            return self.ask_for_settings();
        }
        let settings = params.get("settings").unwrap_or(&Value::Null);
        self.wishes = self.settings_in(settings, &self.base);
        if let Some(folders) = &mut self.folders {
            for uri in folders.uris() {
                folders.wish(&uri, &self.wishes);
            }
        }
    }
}

/// Reads the parameters of a request, or answers that they are wrong.
pub(super) fn parameters<T: DeserializeOwned>(params: Value, reply: Reply) -> Option<(T, Reply)> {
    match serde_json::from_value(params) {
        Ok(read) => Some((read, reply)),
        Err(_) => {
            let text = "the parameters are not those of this method".to_owned();
            reply.give(Err(Failure::Because(INVALID_PARAMS, text)));
            None
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    text_document: Item,
}

#[derive(serde::Deserialize)]
struct Item {
    uri: String,
    #[serde(default)]
    version: i32,
    text: String,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    text_document: Versioned,
    content_changes: Vec<Edit>,
}

#[derive(serde::Deserialize)]
struct Versioned {
    uri: String,
    version: Option<i32>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Closed {
    text_document: Named,
}

#[derive(serde::Deserialize)]
pub(super) struct Named {
    pub uri: String,
}

#[derive(serde::Deserialize)]
struct Disk {
    changes: Vec<Named>,
}
