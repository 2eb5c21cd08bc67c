//! An editor that talks to the real program, and remembers what it is told.

#![allow(dead_code, reason = "each test uses its part")]

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// What is shown in a document.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub version: Option<i64>,
    pub items: Vec<Value>,
}

pub struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    next: i64,
    /// By address of the document.
    pub shown: BTreeMap<String, Shown>,
    /// Methods of the requests and notifications of the server, with their parameters.
    pub told: Vec<(String, Value)>,
    /// Answers to `workspace/configuration`.
    pub settings: Value,
    pub server: Value,
    /// Everything that came out.
    pub heard: String,
}

/// What most editors can do.
pub fn capabilities() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-32"] },
        "textDocument": {
            "hover": { "contentFormat": ["markdown"] },
            "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": [] } } },
            "publishDiagnostics": {
                "relatedInformation": true,
                "codeDescriptionSupport": true,
                "tagSupport": { "valueSet": [1, 2] },
            },
        },
        "workspace": {
            "workspaceEdit": { "documentChanges": true },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
        },
    })
}

pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

impl Editor {
    /// The program, before anything was said.
    pub fn silent() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_keyward"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("it starts");
        let input = child.stdin.take();
        let output = child.stdout.take().expect("a pipe");
        let (out, messages) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if out.send(message).is_err() {
                    return;
                }
            }
        });
        Editor {
            child,
            input,
            messages,
            next: 0,
            shown: BTreeMap::new(),
            told: Vec::new(),
            settings: Value::Null,
            server: Value::Null,
            heard: String::new(),
        }
    }

    pub fn with(roots: &[&Path], capabilities: Value, options: Value) -> Self {
        let mut editor = Editor::silent();
        let folders: Vec<Value> =
            roots.iter().map(|root| json!({ "uri": uri(root), "name": "root" })).collect();
        let params = json!({
            "processId": std::process::id(),
            "rootUri": null,
            "capabilities": capabilities,
            "initializationOptions": options,
            "workspaceFolders": folders,
        });
        editor.server = editor.ask("initialize", params).expect("it initializes");
        editor.notify("initialized", json!({}));
        editor
    }

    pub fn of(root: &Path) -> Self {
        Editor::with(&[root], capabilities(), Value::Null)
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("it listens");
        input.write_all(bytes).and_then(|()| input.flush()).expect("it reads");
    }

    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request without waiting for its answer.
    pub fn begin(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.begin(method, params);
        self.answer(&json!(id))
    }

    /// Waits for the answer to a request, and takes in what comes before.
    pub fn answer(&mut self, id: &Value) -> Result<Value, Value> {
        loop {
            let message = self.take().expect("it answers");
            if message.get("method").is_none() && message["id"] == *id {
                return match message.get("error") {
                    Some(error) => Err(error.clone()),
                    None => Ok(message["result"].clone()),
                };
            }
        }
    }

    /// Takes in one message; `None` when there will be no more.
    pub fn take(&mut self) -> Option<Value> {
        let message = self.messages.recv_timeout(PATIENCE).ok()?;
        self.heard.push_str(&message.to_string());
        let Some(method) = message["method"].as_str() else { return Some(message) };
        let params = message["params"].clone();
        if method == "textDocument/publishDiagnostics" {
            let uri = params["uri"].as_str().expect("an address").to_owned();
            let items = params["diagnostics"].as_array().expect("diagnostics").clone();
            self.shown.insert(uri, Shown { version: params["version"].as_i64(), items });
        }
        if let Some(id) = message.get("id") {
            let result = match method {
                "workspace/configuration" => {
                    let items = params["items"].as_array().map_or(0, Vec::len);
                    vec![self.settings.clone(); items].into()
                }
                _ => Value::Null,
            };
            let text = json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string();
            if let Some(input) = &mut self.input {
                // It may have left meanwhile.
                let _ = write!(input, "Content-Length: {}\r\n\r\n{text}", text.len());
            }
        }
        self.told.push((method.to_owned(), params));
        Some(message)
    }

    /// Waits until everything that was said so far is taken into account.
    pub fn rest(&mut self) {
        self.ask("workspace/symbol", json!({ "query": "\u{1}" })).expect("it answers");
    }

    pub fn open(&mut self, path: &Path, text: &str) {
        let document = json!({ "uri": uri(path), "languageId": "terraform", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub fn close(&mut self, path: &Path) {
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri(path) } }));
    }

    pub fn change(&mut self, path: &Path, version: i64, changes: Value) {
        let document = json!({ "uri": uri(path), "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", params);
    }

    /// Says that files on disk have changed.
    pub fn touched(&mut self, paths: &[PathBuf]) {
        let changes: Vec<Value> = paths
            .iter()
            .map(|path| json!({ "uri": uri(path), "type": if path.exists() { 2 } else { 3 } }))
            .collect();
        self.notify("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
    }

    pub fn at(&self, path: &Path, line: u32, character: u32) -> Value {
        json!({
            "textDocument": { "uri": uri(path) },
            "position": { "line": line, "character": character },
        })
    }

    /// Everything that is shown below a directory, as a scan would say it.
    pub fn findings(&self, root: &Path) -> BTreeSet<Said> {
        let below = format!("{}/", uri(root));
        let shown = self.shown.iter().filter_map(|(uri, shown)| Some((uri.strip_prefix(&below)?, shown)));
        shown.flat_map(|(path, shown)| shown.items.iter().map(move |item| Said::shown(path, item))).collect()
    }

    pub fn hangs_up(&mut self) {
        self.input = None;
    }

    pub fn ends(&mut self) -> ExitStatus {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("a status") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end");
    }

    pub fn leave(mut self) -> String {
        self.ask("shutdown", Value::Null).expect("it shuts down");
        self.notify("exit", Value::Null);
        assert_eq!(self.ends().code(), Some(0));
        while self.take().is_some() {}
        std::mem::take(&mut self.heard)
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // Whatever a test left behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(input: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            line => {
                length = line.strip_prefix("Content-Length: ").expect("a length").parse().expect("a number")
            }
        }
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("JSON"))
}

/// A finding, as both a scan and an editor can say it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    pub file: String,
    pub start: (u64, u64),
    pub end: (u64, u64),
    pub rule: String,
    pub message: String,
}

impl Said {
    fn shown(path: &str, item: &Value) -> Said {
        let point =
            |at: &Value| (at["line"].as_u64().expect("a line"), at["character"].as_u64().expect("a column"));
        let message = item["message"].as_str().expect("a message");
        Said {
            file: path.to_owned(),
            start: point(&item["range"]["start"]),
            end: point(&item["range"]["end"]),
            rule: item["code"].as_str().expect("a code").to_owned(),
            message: message.split("\nhelp: ").next().unwrap_or_default().to_owned(),
        }
    }
}

/// What `keyward scan` says of a directory.
pub fn scan(root: &Path) -> BTreeSet<Said> {
    let output = Command::new(env!("CARGO_BIN_EXE_keyward"))
        .args(["scan", "--format", "json", "--fail-on", "never"])
        .arg(root)
        .output()
        .expect("it runs");
    let report: Value = match serde_json::from_slice(&output.stdout) {
        Ok(report) => report,
        // A directory without Terraform files has no findings.
        Err(_) => return BTreeSet::new(),
    };
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .filter(|finding| finding["status"]["state"] == "open")
        .map(|finding| {
            let place = &finding["sites"][0]["place"];
            let point = |at: &Value| {
                (at["line"].as_u64().expect("a line") - 1, at["column"].as_u64().expect("a column") - 1)
            };
            Said {
                file: place["file"].as_str().expect("a file").to_owned(),
                start: point(&place["start"]),
                end: point(&place["end"]),
                rule: finding["rule"].as_str().expect("a rule").to_owned(),
                message: finding["message"].as_str().expect("a message").to_owned(),
            }
        })
        .collect()
}

pub fn write(root: &Path, name: &str, text: &str) -> PathBuf {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
    std::fs::write(&path, text).expect("written");
    path
}

/// A directory of its own, by its real path.
pub fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let temp = tempfile::tempdir().expect("a directory");
    let root = temp.path().canonicalize().expect("a path");
    for (name, text) in files {
        write(&root, name, text);
    }
    (temp, root)
}
