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
    let code = server::Server::new(outbox.clone(), worker::open, clock).run(&incoming);
    outbox.close();
    let _ = writer.join();
    code
}
