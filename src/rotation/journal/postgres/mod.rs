//! A journal in PostgreSQL, which several workers share. Each credential is worked on by whoever holds its lease; by
//! the clock of the database, so that those of the workers may differ. Every claim has a token, and nothing is written
//! with one that is not the newest.

mod line;
mod sql;

use self::line::{Access, Failed, Line, Rows};
use self::sql::{Claim, Kind};
use super::chain::follows;
use super::{Journal, JournalError, Lease, Link, Rest};
use crate::rotation::engine::{Entry, Event};
use crate::rotation::postgres::Database;
use crate::rotation::traits::Moment;
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::SecretString;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// Who works here, and with which clocks.
#[derive(Clone, Debug)]
pub struct Worker {
    /// For messages; two may have the same.
    pub name: String,
    pub now: fn() -> Moment,
    pub tick: fn() -> Instant,
}

pub struct PostgresJournal {
    line: Line,
    shown: String,
    worker: Worker,
    length: Duration,
    lease: Lease,
    ahead: Moment,
}

impl std::fmt::Debug for PostgresJournal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PostgresJournal").field("address", &self.shown).finish_non_exhaustive()
    }
}

/// A credential that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub credential: String,
    /// The run that is not finished.
    pub run: Option<String>,
}

/// What runs are there to go on with, in seconds from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    pub runs: u64,
    /// Until the first of them has something to do.
    pub due: i64,
    /// Until the first of them may be looked at.
    pub again: i64,
}

/// How often something is asked for before the database counts as gone. The pause doubles.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);
/// Clocks have seconds, so that two that agree may seem to differ by one.
const SAME: Moment = 1;

impl PostgresJournal {
    /// `lease` is how long a worker that nobody hears of keeps what it claimed.
    pub fn open(
        database: Database,
        user: &str,
        password: SecretString,
        length: Duration,
        mut worker: Worker,
    ) -> Result<Self, JournalError> {
        let shown = database.shown();
        let unusable = |why: String| JournalError::Unusable { path: shown.clone(), why };
        let mut bytes = [0_u8; 6];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| unusable("the system has no randomness".to_owned()))?;
        worker.name.push('-');
        bytes.iter().for_each(|byte| worker.name.push_str(&format!("{byte:02x}")));
        let lease = Lease::new(worker.tick);
        let access = Access { database, user: user.to_owned(), password };
        let line = Line::new(access, lease.clone(), length).map_err(unusable)?;
        let mut journal = PostgresJournal { line, shown, worker, length, lease, ahead: 0 };
        let now = number(&journal.ask(sql::NOW)?, 1);
        let ahead = now - (journal.worker.now)();
        journal.ahead = if ahead.abs() <= SAME { 0 } else { ahead };
        Ok(journal)
    }

    /// Whether anything was ever written to it.
    pub fn is_set_up(&self) -> Result<bool, JournalError> {
        Ok(text(&self.ask(sql::IS_SET_UP)?, 0).is_some_and(|is| is == "t"))
    }

    /// Makes its tables, if they are not there.
    pub fn set_up(&self) -> Result<(), JournalError> {
        match self.is_set_up()? {
            true => Ok(()),
            false => self.ask(sql::SET_UP).map(drop),
        }
    }

    /// Lists credentials for workers to take, and gives the time of that.
    pub fn offer(&self, credentials: &[String]) -> Result<String, JournalError> {
        self.ask(&sql::offer(credentials))?;
        Ok(text(&self.ask(sql::NOW)?, 0).unwrap_or_default())
    }

    /// Claims one of them that nobody works on: a run that can go on, or else one that nobody looked at since then.
    pub fn take(&mut self, credentials: &[String], since: &str) -> Result<Option<Taken>, JournalError> {
        let question = sql::take(credentials, since, &self.worker.name, self.length);
        self.claimed(&question)
    }

    /// What those of them are up to that somebody began.
    pub fn ready(&self, credentials: &[String]) -> Result<Ready, JournalError> {
        let rows = self.ask(&sql::ready(credentials))?;
        let runs = number(&rows, 0).unsigned_abs();
        Ok(Ready { runs, due: number(&rows, 1).max(0), again: number(&rows, 2).max(0) })
    }

    fn claimed(&mut self, question: &str) -> Result<Option<Taken>, JournalError> {
        let begun = self.lease.now();
        let rows = self.ask(question)?;
        let Some(credential) = text(&rows, 0) else { return Ok(None) };
        let mut claim = Claim { credential: credential.clone(), token: number(&rows, 1), known: 0 };
        self.lease.set(Some(begun + self.length));
        self.hold(Some(claim.clone()));
        let run = text(&rows, 2);
        if let Some(run) = &run {
            claim.known = number(&self.ask(&sql::known(run))?, 0);
            self.hold(Some(claim));
        }
        Ok(Some(Taken { credential, run }))
    }

    fn hold(&self, claim: Option<Claim>) {
        *self.line.claim.lock().unwrap_or_else(PoisonError::into_inner) = claim;
    }

    fn held(&self) -> Option<Claim> {
        self.line.claim.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn unusable(&self, why: impl Into<String>) -> JournalError {
        JournalError::Unusable { path: self.shown.clone(), why: why.into() }
    }

    /// Nothing that is asked does more when it is asked twice.
    fn ask(&self, question: &str) -> Result<Rows, JournalError> {
        let mut failed = None;
        for attempt in 0..ATTEMPTS {
            match self.line.ask(question) {
                Ok(rows) => return Ok(rows),
                Err(Failed { why, passes: false }) => return Err(self.unusable(why)),
                Err(Failed { why, .. }) => failed = Some(why),
            }
            std::thread::sleep(PAUSE * 2_u32.pow(attempt));
        }
        Err(self.unusable(failed.unwrap_or_default()))
    }

    fn write(&mut self, entry: &Entry, kind: Kind) -> Result<bool, JournalError> {
        let lost = || JournalError::Lost(self.held().map_or(entry.run.clone(), |claim| claim.credential));
        let mut claim = self.held().ok_or_else(lost)?;
        let body = serde_json::to_string(entry).map_err(|error| JournalError::Broken(error.to_string()))?;
        let begun = self.lease.now();
        let added = self.ask(&claim.append(&entry.run, &body, kind, self.length))?;
        let number = match added.is_empty() {
            false => number(&added, 0),
            // The answer to an earlier attempt may have been lost.
            true => {
                let later = self.ask(&sql::later(&entry.run, claim.known))?;
                match (later.len(), text(&later, 1)) {
                    (1, Some(found)) if found == body && self.is_of(&claim, kind, &entry.run)? => {
                        number(&later, 0)
                    }
                    _ => return Ok(false),
                }
            }
        };
        claim.known = number;
        self.lease.renew(begun + self.length);
        self.hold(Some(claim));
        Ok(true)
    }

    /// Only who holds the claim adds to a run, but the first entry may be that of another claim.
    fn is_of(&self, claim: &Claim, kind: Kind, run: &str) -> Result<bool, JournalError> {
        Ok(kind != Kind::First || text(&self.ask(&claim.run())?, 0).is_some_and(|found| found == run))
    }
}

impl Journal for PostgresJournal {
    fn begin(&mut self, started: Entry) -> Result<(), JournalError> {
        let Event::Started { job } = &started.event else { return self.append(&started) };
        let credential = job.credential.clone();
        if self.held().is_none_or(|claim| claim.credential != credential) {
            self.claim(&credential)?;
        }
        if self.write(&started, Kind::First)? {
            return Ok(());
        }
        let claim = self.held().ok_or_else(|| JournalError::Lost(credential.clone()))?;
        match text(&self.ask(&claim.run())?, 0) {
            None => Err(JournalError::Lost(credential)),
            Some(run) if run.is_empty() || run == started.run => Err(JournalError::Taken(started.run)),
            Some(run) => Err(JournalError::Busy { credential, run }),
        }
    }

    fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        let kind = match &entry.event {
            Event::Finished { .. } => Kind::Last,
            _ => Kind::Next,
        };
        match self.write(entry, kind)? {
            true => Ok(()),
            false => {
                let claim = self.held();
                // Others may have it, so that it is not for us to let go of.
                self.hold(None);
                self.lease.set(None);
                Err(JournalError::Lost(claim.map_or(entry.run.clone(), |claim| claim.credential)))
            }
        }
    }

    fn entries(&self, run: &str) -> Result<Vec<Entry>, JournalError> {
        let rows = self.ask(&sql::entries(run))?;
        let read = |row: &Vec<Option<String>>| {
            let link = link(row);
            follows(row.get(3).and_then(Option::as_deref).unwrap_or_default(), &link)?;
            serde_json::from_str(&link.body).map_err(|_| JournalError::Unreadable(link.number))
        };
        rows.iter().map(read).collect()
    }

    fn links(&self) -> Result<Vec<Link>, JournalError> {
        let read = |row: &Vec<Option<String>>| {
            let link = link(row);
            match row.get(3).and_then(Option::as_deref) {
                Some("t") => Ok(link),
                _ => Err(JournalError::Moved(link.number)),
            }
        };
        self.ask(sql::LINKS)?.iter().map(read).collect()
    }

    fn claim(&mut self, credential: &str) -> Result<(), JournalError> {
        if self.held().is_some_and(|claim| claim.credential == credential) {
            return Ok(());
        }
        self.release(Rest::Over)?;
        if self.claimed(&sql::claim_one(credential, &self.worker.name, self.length))?.is_some() {
            return Ok(());
        }
        let holder = self.ask(&sql::holder(credential))?;
        let (worker, left) = (text(&holder, 0).unwrap_or_default(), number(&holder, 1));
        Err(JournalError::Held { credential: credential.to_owned(), worker, left })
    }

    fn release(&mut self, rest: Rest) -> Result<(), JournalError> {
        let Some(claim) = self.held() else { return Ok(()) };
        self.hold(None);
        self.lease.set(None);
        // Once: it ends by itself.
        let done = self.line.ask(&claim.release(rest));
        done.map(drop).map_err(|failed| self.unusable(failed.why))
    }

    fn lease(&self) -> Option<Lease> {
        Some(self.lease.clone())
    }

    fn ahead(&self) -> Moment {
        self.ahead
    }
}

fn link(row: &[Option<String>]) -> Link {
    let of = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    Link { number: of(0).parse().unwrap_or_default(), body: of(1), digest: of(2) }
}

/// In the first row.
fn text(rows: &Rows, at: usize) -> Option<String> {
    rows.first()?.get(at)?.clone()
}

fn number(rows: &Rows, at: usize) -> i64 {
    text(rows, at).and_then(|text| text.parse().ok()).unwrap_or_default()
}
