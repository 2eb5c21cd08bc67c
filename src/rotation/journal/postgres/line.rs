//! The connection, in a thread of its own: whoever writes waits for the answer, and leases are renewed meanwhile.

use super::sql::Claim;
use crate::rotation::journal::Lease;
use crate::rotation::postgres::{Database, Refusal};
use crate::rotation::traits::FailureKind;
use secrecy::SecretString;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, SimpleQueryMessage};

/// The rows of the last statement, as texts.
pub(super) type Rows = Vec<Vec<Option<String>>>;

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub why: String,
    /// Whether it may be otherwise in a moment.
    pub passes: bool,
}

struct Ask {
    sql: String,
    reply: Sender<Result<Rows, Failed>>,
}

#[derive(Debug)]
pub(super) struct Line {
    asks: Sender<Ask>,
    /// What is renewed.
    pub claim: Arc<Mutex<Option<Claim>>>,
}

/// Who asks which database.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub database: Database,
    pub user: String,
    pub password: SecretString,
}

impl Line {
    pub fn new(access: Access, lease: Lease, length: Duration) -> Result<Self, String> {
        let (asks, received) = channel();
        let claim: Arc<Mutex<Option<Claim>>> = Arc::default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let other =
            Other { access, runtime, client: None, claim: claim.clone(), next: lease.now(), lease, length };
        let thread = std::thread::Builder::new().name("journal".to_owned());
        thread.spawn(move || other.serve(&received)).map_err(|error| error.to_string())?;
        Ok(Line { asks, claim })
    }

    /// Asks, and waits for the answer.
    pub fn ask(&self, sql: &str) -> Result<Rows, Failed> {
        let gone = |_| Failed { why: "its connection is gone".to_owned(), passes: false };
        let (reply, answer) = channel();
        self.asks.send(Ask { sql: sql.to_owned(), reply }).map_err(|_| gone(()))?;
        answer.recv().map_err(|_| gone(()))?
    }
}

/// The other end.
struct Other {
    access: Access,
    runtime: Runtime,
    client: Option<Client>,
    claim: Arc<Mutex<Option<Claim>>>,
    lease: Lease,
    length: Duration,
    /// When the lease is to be renewed.
    next: Instant,
}

impl Other {
    fn serve(mut self, asks: &Receiver<Ask>) {
        loop {
            let wait = self.next.saturating_duration_since(self.lease.now());
            match asks.recv_timeout(wait) {
                Ok(ask) => {
                    let answer = self.run(&ask.sql);
                    // Who asked may have ended.
                    let _ = ask.reply.send(answer);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if self.lease.now() >= self.next {
                self.renew();
            }
        }
    }

    fn renew(&mut self) {
        let claim = self.claim.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let begun = self.lease.now();
        self.next = begun + self.length / 3;
        let Some(claim) = claim else { return };
        match self.run(&claim.renew(self.length)) {
            // Somebody else may have it.
            Ok(rows) if rows.is_empty() => self.lease.renew(begun),
            Ok(_) => self.lease.renew(begun + self.length),
            Err(_) => self.next = begun + self.length / 10,
        }
    }

    fn run(&mut self, sql: &str) -> Result<Rows, Failed> {
        let Other { access, runtime, client, .. } = self;
        let limit = access.database.timeout();
        let done = runtime.block_on(async {
            if client.as_ref().is_none_or(Client::is_closed) {
                *client = Some(connect(access).await?);
            }
            let Some(client) = client else { return Ok(Vec::new()) };
            match tokio::time::timeout(limit, client.simple_query(sql)).await {
                Ok(answer) => answer.map(|messages| last(&messages)).map_err(Refusal::from),
                Err(_) => Err(Refusal::of(FailureKind::Unclear, "no answer")),
            }
        });
        done.map_err(|refusal| {
            // What the connection is in the middle of is not known.
            if refusal.failure.kind != FailureKind::Never {
                self.client = None;
            }
            Failed { why: refusal.failure.message, passes: refusal.failure.kind != FailureKind::Never }
        })
    }
}

async fn connect(access: &Access) -> Result<Client, Refusal> {
    let client = access.database.connect(&access.user, &access.password).await?;
    // Statements that nobody waits for any more end by themselves, and what is committed is on the disk.
    let session = format!(
        "SET standard_conforming_strings = on; \
         SET default_transaction_isolation = 'read committed'; \
         SET statement_timeout = {}; \
         SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
        access.database.timeout().as_millis()
    );
    match tokio::time::timeout(access.database.timeout(), client.batch_execute(&session)).await {
        Ok(done) => done.map(|()| client).map_err(Refusal::from),
        Err(_) => Err(Refusal::of(FailureKind::Later, "no answer")),
    }
}

/// Each statement ends with what it did.
fn last(messages: &[SimpleQueryMessage]) -> Rows {
    let (mut rows, mut current) = (Vec::new(), Vec::new());
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => {
                current.push((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect());
            }
            SimpleQueryMessage::CommandComplete(_) => rows = std::mem::take(&mut current),
            _ => {}
        }
    }
    rows
}
