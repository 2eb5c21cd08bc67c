use super::{Journal, JournalError, Link, busy, link, verify};
use crate::rotation::engine::{Entry, Event};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Entries are only added: the database refuses everything else, so that a mistake of ours cannot either.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS entry (
    number INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    body TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entry_run ON entry (run, number);
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'entries of the journal are never changed'); END;
CREATE TRIGGER IF NOT EXISTS entry_remains BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'entries of the journal are never deleted'); END;
";

/// A journal in a file. One process at a time may write to it.
#[derive(Debug)]
pub struct SqliteJournal {
    path: PathBuf,
    connection: Connection,
    /// Held as long as the journal is open for writing; the system lets go of it when the process ends, however.
    _lock: Option<File>,
}

impl SqliteJournal {
    /// For writing: makes the file if it is not there, and keeps other processes out.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let lock = lock(path)?;
        let connection = Connection::open(path).map_err(|error| unusable(path, &error))?;
        let journal = SqliteJournal { path: path.to_owned(), connection, _lock: Some(lock) };
        journal.set_up().map_err(|error| unusable(path, &error))?;
        // A journal that was tampered with is no ground to act on.
        verify(&journal.links()?, None)?;
        Ok(journal)
    }

    /// For reading, also while another process writes.
    pub fn read_only(path: &Path) -> Result<Self, JournalError> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| unusable(path, &error))?;
        Ok(SqliteJournal { path: path.to_owned(), connection, _lock: None })
    }

    /// With a write-ahead log that is synced at every commit: what was appended survives the machine.
    fn set_up(&self) -> rusqlite::Result<()> {
        self.connection.pragma_update(None, "journal_mode", "WAL")?;
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        self.connection.execute_batch(SCHEMA)
    }

    fn write(&mut self, entry: &Entry, first: bool) -> Result<(), JournalError> {
        let path = self.path.clone();
        let failed = |error: rusqlite::Error| unusable(&path, &error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        if first {
            refuse_second(&transaction, &path, entry)?;
        }
        let last = last(&transaction).map_err(failed)?;
        let next = link(last.as_ref(), entry)?;
        transaction
            .execute(
                "INSERT INTO entry (number, run, body, digest) VALUES (?1, ?2, ?3, ?4)",
                params![next.number as i64, entry.run, next.body, next.digest],
            )
            .map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    fn select(&self, run: Option<&str>) -> Result<Vec<Link>, JournalError> {
        select(&self.connection, run).map_err(|error| unusable(&self.path, &error))
    }
}

impl Journal for SqliteJournal {
    fn begin(&mut self, started: Entry) -> Result<(), JournalError> {
        self.write(&started, true)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        self.write(entry, false)
    }

    fn entries(&self, run: &str) -> Result<Vec<Entry>, JournalError> {
        self.select(Some(run))?.iter().map(read).collect()
    }

    fn links(&self) -> Result<Vec<Link>, JournalError> {
        self.select(None)
    }
}

fn refuse_second(transaction: &Transaction<'_>, path: &Path, entry: &Entry) -> Result<(), JournalError> {
    let links = select(transaction, None).map_err(|error| unusable(path, &error))?;
    let entries = links.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    if entries.iter().any(|known| known.run == entry.run) {
        return Err(JournalError::Taken(entry.run.clone()));
    }
    if let Event::Started { job } = &entry.event
        && let Some(run) = busy(&entries, &job.credential)
    {
        return Err(JournalError::Busy { credential: job.credential.clone(), run });
    }
    Ok(())
}

fn select(connection: &Connection, run: Option<&str>) -> rusqlite::Result<Vec<Link>> {
    let mut statement = connection
        .prepare("SELECT number, body, digest FROM entry WHERE ?1 IS NULL OR run = ?1 ORDER BY number")?;
    let rows = statement.query_map(params![run], |row| {
        Ok(Link { number: row.get::<_, i64>(0)? as u64, body: row.get(1)?, digest: row.get(2)? })
    })?;
    rows.collect()
}

fn last(connection: &Connection) -> rusqlite::Result<Option<Link>> {
    let query = "SELECT number, body, digest FROM entry ORDER BY number DESC LIMIT 1";
    connection
        .query_row(query, [], |row| {
            Ok(Link { number: row.get::<_, i64>(0)? as u64, body: row.get(1)?, digest: row.get(2)? })
        })
        .optional()
}

fn read(link: &Link) -> Result<Entry, JournalError> {
    serde_json::from_str(&link.body).map_err(|_| JournalError::Unreadable(link.number))
}

fn unusable(path: &Path, error: &rusqlite::Error) -> JournalError {
    JournalError::Unusable { path: path.display().to_string(), why: error.to_string() }
}

/// A file beside the journal, since SQLite lets go of its own locks between transactions.
fn lock(path: &Path) -> Result<File, JournalError> {
    let shown = path.display().to_string();
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let unusable =
        |error: std::io::Error| JournalError::Unusable { path: shown.clone(), why: error.to_string() };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&name).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked(shown)),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::engine::Job;
    use crate::rotation::traits::KeyId;

    fn started(run: &str, credential: &str) -> Entry {
        let job = Job {
            credential: credential.into(),
            issuer: "issuer".into(),
            sinks: vec!["sink".into()],
            old: KeyId("old".into()),
            quiet: 1,
            keep_disabled: 1,
            settle: 1,
            patience: 1,
            backoff: 1,
            unseen: false,
            by: String::new(),
        };
        Entry { run: run.into(), at: 1, event: Event::Started { job } }
    }

    fn finished(run: &str) -> Entry {
        let outcome = crate::rotation::engine::Outcome::RolledBack { reason: "test".into() };
        Entry { run: run.into(), at: 2, event: Event::Finished { outcome } }
    }

    #[test]
    fn entries_are_there_after_it_was_closed() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("journal.sqlite");
        let mut journal = SqliteJournal::open(&path).unwrap();
        journal.begin(started("a", "key")).unwrap();
        drop(journal);
        let journal = SqliteJournal::open(&path).unwrap();
        assert_eq!(journal.entries("a").unwrap(), [started("a", "key")]);
        assert_eq!(verify(&journal.links().unwrap(), None).unwrap().entries, 1);
    }

    #[test]
    fn a_second_run_on_the_same_credential_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(&temp.path().join("journal.sqlite")).unwrap();
        journal.begin(started("a", "key")).unwrap();
        let refused = journal.begin(started("b", "key")).unwrap_err();
        assert_eq!(refused.to_string(), "key is being rotated already, by run a");
        journal.begin(started("c", "another key")).unwrap();
        journal.append(&finished("a")).unwrap();
        journal.begin(started("b", "key")).unwrap();
        assert!(matches!(journal.begin(started("b", "third")), Err(JournalError::Taken(_))));
    }

    #[test]
    fn a_second_process_is_refused_and_may_read() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("journal.sqlite");
        let mut journal = SqliteJournal::open(&path).unwrap();
        journal.begin(started("a", "key")).unwrap();
        assert!(matches!(SqliteJournal::open(&path), Err(JournalError::Locked(_))));
        assert_eq!(SqliteJournal::read_only(&path).unwrap().links().unwrap().len(), 1);
    }

    #[test]
    fn entries_are_never_changed() {
        let temp = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(&temp.path().join("journal.sqlite")).unwrap();
        journal.begin(started("a", "key")).unwrap();
        assert!(journal.connection.execute("UPDATE entry SET body = 'x'", []).is_err());
        assert!(journal.connection.execute("DELETE FROM entry", []).is_err());
        journal.connection.execute_batch("DROP TRIGGER entry_stays; UPDATE entry SET body = 'x'").unwrap();
        assert!(journal.begin(started("b", "other")).is_err(), "and if they are, nothing is begun");
    }
}
