use super::chain::follows;
use super::{BEGINNING, Journal, JournalError, Link, link};
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
CREATE INDEX IF NOT EXISTS entry_credential ON entry (json_extract(body, '$.job.credential'), number);
CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'entries of the journal are never changed'); END;
CREATE TRIGGER IF NOT EXISTS entry_remains BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'entries of the journal are never deleted'); END;
";

const IS_RUN: &str = "SELECT EXISTS (SELECT 1 FROM entry WHERE run = ?1)";
const OF_CREDENTIAL: &str =
    "SELECT run FROM entry WHERE json_extract(body, '$.job.credential') = ?1 ORDER BY number DESC LIMIT 1";
const IS_OVER: &str =
    "SELECT EXISTS (SELECT 1 FROM entry WHERE run = ?1 AND json_extract(body, '$.event') = 'finished')";

/// A journal in a file. One process at a time may write to it.
#[derive(Debug)]
pub struct SqliteJournal {
    path: PathBuf,
    connection: Connection,
    /// Held as long as the journal is open for writing; the system lets go of it when the process ends, however.
    lock: Option<File>,
}

impl Drop for SqliteJournal {
    /// A program that is being started somewhere else in this process may have the file open for a moment.
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            let _ = lock.unlock();
        }
    }
}

impl SqliteJournal {
    /// For writing: makes the file if it is not there, and keeps other processes out.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let lock = lock(path)?;
        let connection = Connection::open(path).map_err(|error| unusable(path, &error))?;
        let journal = SqliteJournal { path: path.to_owned(), connection, lock: Some(lock) };
        journal.set_up().map_err(|error| unusable(path, &error))?;
        Ok(journal)
    }

    /// For reading, also while another process writes.
    pub fn read_only(path: &Path) -> Result<Self, JournalError> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| unusable(path, &error))?;
        Ok(SqliteJournal { path: path.to_owned(), connection, lock: None })
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
}

impl Journal for SqliteJournal {
    fn begin(&mut self, started: Entry) -> Result<(), JournalError> {
        self.write(&started, true)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        self.write(entry, false)
    }

    fn entries(&self, run: &str) -> Result<Vec<Entry>, JournalError> {
        let rows = of_run(&self.connection, run).map_err(|error| unusable(&self.path, &error))?;
        let read = |(link, before): &(Link, String)| {
            follows(before, link)?;
            serde_json::from_str(&link.body).map_err(|_| JournalError::Unreadable(link.number))
        };
        rows.iter().map(read).collect()
    }

    fn links(&self) -> Result<Vec<Link>, JournalError> {
        let rows = all(&self.connection).map_err(|error| unusable(&self.path, &error))?;
        let read = |(link, in_place): (Link, bool)| match in_place {
            true => Ok(link),
            false => Err(JournalError::Moved(link.number)),
        };
        rows.into_iter().map(read).collect()
    }
}

/// Looks at what concerns this credential, however long the journal is.
fn refuse_second(transaction: &Transaction<'_>, path: &Path, entry: &Entry) -> Result<(), JournalError> {
    let failed = |error: rusqlite::Error| unusable(path, &error);
    if transaction.query_row(IS_RUN, [&entry.run], |row| row.get(0)).map_err(failed)? {
        return Err(JournalError::Taken(entry.run.clone()));
    }
    let Event::Started { job } = &entry.event else { return Ok(()) };
    let last = transaction.query_row(OF_CREDENTIAL, [&job.credential], |row| row.get::<_, String>(0));
    let Some(run) = last.optional().map_err(failed)? else { return Ok(()) };
    match transaction.query_row(IS_OVER, [&run], |row| row.get(0)).map_err(failed)? {
        true => Ok(()),
        false => Err(JournalError::Busy { credential: job.credential.clone(), run }),
    }
}

fn link_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link { number: row.get::<_, i64>(0)? as u64, body: row.get(1)?, digest: row.get(2)? })
}

/// Each with whether it is kept under the run that it says it is of: what is digested says so, and what is looked for
/// is kept beside it.
fn all(connection: &Connection) -> rusqlite::Result<Vec<(Link, bool)>> {
    let mut statement = connection.prepare(
        "SELECT number, body, digest, json_valid(body) AND run IS json_extract(body, '$.run') \
         FROM entry ORDER BY number",
    )?;
    statement.query_map([], |row| Ok((link_of(row)?, row.get(3)?)))?.collect()
}

/// Each with the digest of the one before it in the whole journal.
fn of_run(connection: &Connection, run: &str) -> rusqlite::Result<Vec<(Link, String)>> {
    let mut statement = connection.prepare(
        "SELECT entry.number, entry.body, entry.digest, coalesce(before.digest, ?2) \
         FROM entry LEFT JOIN entry AS before ON before.number = entry.number - 1 \
         WHERE entry.run = ?1 ORDER BY entry.number",
    )?;
    let rows = statement.query_map(params![run, BEGINNING], |row| Ok((link_of(row)?, row.get(3)?)))?;
    rows.collect()
}

fn last(connection: &Connection) -> rusqlite::Result<Option<Link>> {
    let query = "SELECT number, body, digest FROM entry ORDER BY number DESC LIMIT 1";
    connection.query_row(query, [], link_of).optional()
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
    use crate::rotation::journal::verify;
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
        journal
            .connection
            .execute_batch(
                "DROP TRIGGER entry_stays; UPDATE entry SET body = replace(body, 'sink', 'other') WHERE number = 1",
            )
            .unwrap();
        assert_eq!(journal.entries("a").unwrap_err().to_string(), "entry 1 was changed");
    }

    /// What a run is gone on with is looked for by its run, which the digest does not cover.
    #[test]
    fn an_entry_that_was_put_into_another_run_is_noticed() {
        let temp = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(&temp.path().join("journal.sqlite")).unwrap();
        journal.begin(started("a", "key")).unwrap();
        journal.append(&finished("a")).unwrap();
        verify(&journal.links().unwrap(), None).unwrap();
        journal
            .connection
            .execute_batch("DROP TRIGGER entry_stays; UPDATE entry SET run = 'x' WHERE number = 2")
            .unwrap();
        assert_eq!(journal.links().unwrap_err().to_string(), "entry 2 was put into another run");
    }

    /// Thousands of credentials in one journal: each run that begins looks at its own.
    #[test]
    fn what_it_costs_to_begin_does_not_grow_with_the_journal() {
        let temp = tempfile::tempdir().unwrap();
        let mut journal = SqliteJournal::open(&temp.path().join("journal.sqlite")).unwrap();
        journal.begin(started("a", "key")).unwrap();
        let plan = |query: &str| {
            let mut statement = journal.connection.prepare(&format!("EXPLAIN QUERY PLAN {query}")).unwrap();
            let rows = statement.query_map(["a"], |row| row.get::<_, String>(3)).unwrap();
            rows.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
        };
        for query in [OF_CREDENTIAL, IS_RUN, IS_OVER] {
            let plan = plan(query);
            assert!(plan.contains("SEARCH entry USING") && !plan.contains("SCAN entry"), "{plan}");
        }
    }
}
