//! The journal: every step before it is made, and what came of it. It is the evidence at the same time: entries are
//! only ever added, and each carries a digest of itself and of the one before.

mod chain;
mod lease;
mod memory;
mod postgres;
mod sqlite;

pub use chain::{BEGINNING, Link, Verified, link, verify};
pub use lease::Lease;
pub use memory::MemoryJournal;
pub use postgres::{PostgresJournal, Ready, Taken, Worker};
pub use sqlite::SqliteJournal;

use super::engine::{Entry, Event};
use super::traits::Moment;
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
    #[error("{credential} is being worked on by worker {worker}, for {left} seconds at least")]
    Held { credential: String, worker: String, left: i64 },
    /// Nothing was written: somebody else may go on with it already.
    #[error("the lease on {0} ran out before this could be written")]
    Lost(String),
    #[error("entry {0} of the journal cannot be read")]
    Unreadable(u64),
    #[error("entry {0} was put into another run")]
    Moved(u64),
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
    /// Keeps others from working on a credential. A journal that one process at a time writes to has nothing to do.
    fn claim(&mut self, _credential: &str) -> Result<(), JournalError> {
        Ok(())
    }
    /// Lets go of what was claimed.
    fn release(&mut self, _rest: Rest) -> Result<(), JournalError> {
        Ok(())
    }
    /// How long what was claimed is ours, where that ends without being released.
    fn lease(&self) -> Option<Lease> {
        None
    }
    /// By how many seconds the clock that all who write here share is ahead of ours.
    fn ahead(&self) -> Moment {
        0
    }
}

/// When somebody has to look at a credential again that was let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing is left to do, or nothing that we can.
    Over,
    /// There is nothing to do before `due`; who has the time looks `again` before that.
    Until { again: Moment, due: Moment },
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
