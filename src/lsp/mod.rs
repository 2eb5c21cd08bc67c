//! The language server: findings while somebody types, and answers to what an editor asks.
//!
//! One thread reads, one writes, one owns the documents and hands what changes to one more for each folder, which
//! analyses. See `docs/architecture.md` for why.

mod actions;
mod client;
mod commands;
mod configuration;
mod diagnostics;
mod documents;
mod edits;
mod engine;
mod folders;
mod gather;
mod here;
mod hover;
mod lens;
mod message;
mod navigation;
mod outbox;
mod places;
mod positions;
mod process;
mod progress;
mod pull;
mod requests;
mod server;
mod shown;
mod symbols;
mod transport;
mod uri;
mod view;
mod waive;
mod watch;
mod wildcards;
mod worker;

use jiff::civil::Date;
use outbox::Outbox;
use std::io::{BufReader, Read, Write};
use std::sync::mpsc::channel;
use transport::Frame;

/// Serves one client until it leaves. The exit code is that of the protocol: 0 after `shutdown` and `exit`, else 1.
/// `clock` says which day it is.
pub fn serve(
    input: impl Read + Send + 'static,
    mut output: impl Write + Send + 'static,
    clock: fn() -> Date,
) -> u8 {
    let (outbox, writing) = Outbox::new();
    let writer = std::thread::spawn(move || writing.run(&mut output));
    let (frames, incoming) = channel();
    // It ends with the process: nothing wakes it while it waits for input.
    std::thread::spawn(move || {
        let mut input = BufReader::new(input);
        loop {
            let frame = transport::read(&mut input);
            let is_end = matches!(frame, Frame::End);
            if frames.send(frame).is_err() || is_end {
                return;
            }
        }
    });
    let code = server::Server::new(outbox.clone(), engine::open, clock).run(&incoming);
    outbox.close();
    let _ = writer.join();
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::sync::atomic::{AtomicI8, Ordering};

    static DAY: AtomicI8 = AtomicI8::new(1);

    #[test]
    fn a_new_day_is_noticed() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap();
        let waived = "# keyward: ignore[orphaned-identity] until=2026-11-01 reason=\"x\"\nresource \"aws_iam_user\" \"a\" {\n  name = \"a\"\n}\n";
        std::fs::write(root.join("main.tf"), waived).unwrap();
        let (from_client, mut to_server) = std::io::pipe().unwrap();
        let (from_server, to_client) = std::io::pipe().unwrap();
        let clock = || jiff::civil::date(2026, 11, DAY.load(Ordering::SeqCst));
        let server = std::thread::spawn(move || serve(from_client, to_client, clock));
        let mut say = |message: Value| transport::write(&mut to_server, &message).unwrap();
        let folders = json!([{ "uri": uri::of_path(&root), "name": "root" }]);
        let can = json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } });
        say(
            json!({ "id": 1, "method": "initialize", "params": { "capabilities": can, "workspaceFolders": folders } }),
        );
        say(json!({ "method": "initialized", "params": {} }));
        let mut input = BufReader::new(from_server);
        let mut codes = |ask: &mut dyn FnMut(Value), id: i32| {
            ask(json!({ "id": id, "method": "workspace/symbol", "params": { "query": "" } }));
            let mut said = Vec::new();
            loop {
                let Frame::Json(message) = transport::read(&mut input) else { panic!("it goes on") };
                if message["id"] == id {
                    return said;
                }
                let items = message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
                said.extend(items.iter().map(|item| item["code"].as_str().unwrap().to_owned()));
            }
        };
        let before = codes(&mut say, 2);
        assert!(!before.contains(&"waiver-expired".to_owned()), "{before:?}");
        DAY.store(2, Ordering::SeqCst);
        let after = codes(&mut say, 3);
        // The day is looked up before the next message is waited for.
        let after = [after, codes(&mut say, 4)].concat();
        assert!(after.contains(&"waiver-expired".to_owned()), "{after:?}");
        say(json!({ "id": 5, "method": "shutdown" }));
        say(json!({ "method": "exit" }));
        assert_eq!(server.join().unwrap(), 0);
    }
}
