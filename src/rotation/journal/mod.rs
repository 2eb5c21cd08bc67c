//! The journal: every step before it is made, and what came of it. It is the evidence at the same time: entries are
//! only ever added, and each carries a digest of itself and of the one before.

mod chain;
mod memory;
mod sqlite;

pub use chain::{BEGINNING, Link, Verified, link, verify};
pub use memory::MemoryJournal;
pub use sqlite::SqliteJournal;

use super::engine::{Entry, Event};
use thiserror::Error;

#[derive(Debug, Error)]
pub enum JournalError {
    #[error("cannot use the journal `{path}`: {why}")]
    Unusable { path: String, why: String },
    #[error("{credential} is being rotated already, by run {run}")]
    Busy { credential: String, run: String },
    #[error("there is a run `{0}` already")]
    Taken(String),
    #[error("another process works with the journal `{0}`")]
    Locked(String),
    #[error("entry {0} of the journal cannot be read")]
    Unreadable(u64),
    #[error("{0}")]
    Broken(String),
}

/// Where entries are kept. What was appended is there after a crash.
pub trait Journal: Send {
    /// The first entry of a run; refused when one for the same credential is not finished.
    fn begin(&mut self, started: Entry) -> Result<(), JournalError>;
    fn append(&mut self, entry: &Entry) -> Result<(), JournalError>;
    /// Those of one run, in order.
    fn entries(&self, run: &str) -> Result<Vec<Entry>, JournalError>;
    /// All of them, with their digests.
    fn links(&self) -> Result<Vec<Link>, JournalError>;
}

/// The run that works on a credential at present, among all entries.
fn busy<'a>(entries: impl IntoIterator<Item = &'a Entry>, credential: &str) -> Option<String> {
    let mut open: Option<&str> = None;
    for entry in entries {
        match &entry.event {
            Event::Started { job } if job.credential == credential => open = Some(&entry.run),
            Event::Finished { .. } if open == Some(&entry.run) => open = None,
            _ => {}
        }
    }
    open.map(str::to_owned)
}
