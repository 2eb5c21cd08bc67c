//! What is asked of the database. Everything is one message each, so that it takes place whole or not at all, and no
//! lock outlives a client that hangs.

use crate::rotation::journal::{BEGINNING, Rest};
use crate::rotation::postgres::text;
use std::time::Duration;

/// Entries are only added: the database refuses everything else. `work` has a row for each credential: who works on
/// it, until when, and when somebody has to look at it again. Its token grows with every claim.
pub const SET_UP: &str = "
SELECT pg_advisory_xact_lock(5281920, 1);
CREATE SCHEMA IF NOT EXISTS keyward;
CREATE TABLE IF NOT EXISTS keyward.entry (
    number bigint PRIMARY KEY,
    run text NOT NULL,
    body text NOT NULL,
    digest text NOT NULL
);
CREATE INDEX IF NOT EXISTS entry_run ON keyward.entry (run, number);
CREATE OR REPLACE FUNCTION keyward.stays() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''entries of the journal are never changed or deleted''; END';
DROP TRIGGER IF EXISTS entry_stays ON keyward.entry;
CREATE TRIGGER entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON keyward.entry
    FOR EACH STATEMENT EXECUTE FUNCTION keyward.stays();
CREATE TABLE IF NOT EXISTS keyward.work (
    credential text PRIMARY KEY,
    run text,
    token bigint NOT NULL DEFAULT 0,
    worker text NOT NULL DEFAULT '',
    lease timestamptz NOT NULL DEFAULT '-infinity',
    rests boolean NOT NULL DEFAULT true,
    looked timestamptz NOT NULL DEFAULT '-infinity',
    again timestamptz NOT NULL DEFAULT '-infinity',
    due timestamptz NOT NULL DEFAULT '-infinity'
);";

pub const IS_SET_UP: &str = "SELECT to_regclass('keyward.work') IS NOT NULL";

pub const NOW: &str = "SELECT clock_timestamp(), extract(epoch FROM clock_timestamp())::bigint";

/// Each with whether it is kept under the run that it says it is of: what is digested says so, and what is looked for
/// is kept beside it.
pub const LINKS: &str =
    "SELECT number, body, digest, run = (body::jsonb ->> 'run') FROM keyward.entry ORDER BY number";

/// Those of one run, each with the digest of the one before it in the whole journal.
pub fn entries(run: &str) -> String {
    format!(
        "SELECT entry.number, entry.body, entry.digest, coalesce(before.digest, {}) \
         FROM keyward.entry entry LEFT JOIN keyward.entry before ON before.number = entry.number - 1 \
         WHERE entry.run = {} ORDER BY entry.number",
        text(BEGINNING),
        text(run),
    )
}

/// The number of its last entry.
pub fn known(run: &str) -> String {
    format!("SELECT coalesce(max(number), 0) FROM keyward.entry WHERE run = {}", text(run))
}

pub fn later(run: &str, known: i64) -> String {
    format!(
        "SELECT number, body FROM keyward.entry WHERE run = {} AND number > {known} ORDER BY 1",
        text(run)
    )
}

fn end(length: Duration) -> String {
    format!("clock_timestamp() + interval '{} milliseconds'", length.as_millis())
}

/// Whose it is becomes known by `worker`, which no other journal has: when an answer is lost, asking again finds what
/// was claimed.
fn claim(worker: &str, length: Duration) -> String {
    format!(
        "UPDATE keyward.work SET token = work.token + 1, worker = {}, lease = {}, rests = false, \
         again = clock_timestamp(), due = clock_timestamp() \
         FROM free WHERE work.credential = free.credential \
         RETURNING work.credential, work.token, work.run",
        text(worker),
        end(length),
    )
}

pub fn claim_one(credential: &str, worker: &str, length: Duration) -> String {
    let name = text(credential);
    format!(
        "INSERT INTO keyward.work (credential) VALUES ({name}) ON CONFLICT DO NOTHING; \
         WITH free AS (SELECT credential FROM keyward.work WHERE credential = {name} \
         AND (lease < clock_timestamp() OR worker = {}) FOR UPDATE) {}",
        text(worker),
        claim(worker, length),
    )
}

pub fn holder(credential: &str) -> String {
    format!(
        "SELECT worker, ceil(extract(epoch FROM lease - clock_timestamp()))::bigint FROM keyward.work \
         WHERE credential = {} AND lease > clock_timestamp()",
        text(credential)
    )
}

fn names(credentials: &[String]) -> String {
    let names: Vec<_> = credentials.iter().map(|name| text(name)).collect();
    format!("ARRAY[{}]::text[]", names.join(", "))
}

pub fn offer(credentials: &[String]) -> String {
    format!(
        "INSERT INTO keyward.work (credential) SELECT unnest({}) ON CONFLICT DO NOTHING",
        names(credentials)
    )
}

/// One that nobody works on: runs that can go on before those at which nobody looked since then.
pub fn take(credentials: &[String], since: &str, worker: &str, length: Duration) -> String {
    format!(
        "WITH free AS (SELECT credential FROM keyward.work WHERE credential = ANY ({}) \
         AND (lease < clock_timestamp() OR worker = {}) \
         AND CASE WHEN rests THEN looked < {}::timestamptz ELSE again <= clock_timestamp() END \
         ORDER BY rests, again, credential LIMIT 1 FOR UPDATE SKIP LOCKED) {}",
        names(credentials),
        text(worker),
        text(since),
        claim(worker, length),
    )
}

/// How many runs are not at rest, in how many seconds the first of them has something to do, and in how many the first
/// may be looked at.
pub fn ready(credentials: &[String]) -> String {
    let left = |column: &str| {
        format!(
            "coalesce(ceil(extract(epoch FROM min(greatest({column}, lease)) - clock_timestamp())), 0)::bigint"
        )
    };
    format!(
        "SELECT count(*), {}, {} FROM keyward.work WHERE credential = ANY ({}) AND NOT rests",
        left("due"),
        left("again"),
        names(credentials),
    )
}

/// What a worker holds, and what it knows of its run.
#[derive(Clone, Debug)]
pub struct Claim {
    pub credential: String,
    pub token: i64,
    /// The number of the last entry of its run.
    pub known: i64,
}

impl Claim {
    fn is_ours(&self) -> String {
        format!(
            "credential = {} AND token = {} AND lease > clock_timestamp()",
            text(&self.credential),
            self.token
        )
    }

    /// Adds an entry, if the claim holds and nobody added one to the run that we do not know. Nobody can claim it
    /// until that is done, since the row of the claim is locked; so asking again adds nothing twice.
    pub fn append(&self, run: &str, body: &str, kind: Kind, length: Duration) -> String {
        let (mine, run, body) = (self.is_ours(), text(run), text(body));
        let (condition, open) = match kind {
            Kind::First => ("run IS NULL", run.as_str()),
            Kind::Next => ("true", "run"),
            Kind::Last => ("true", "NULL"),
        };
        format!(
            "SELECT FROM keyward.work WHERE {mine} FOR UPDATE; \
             SELECT pg_advisory_xact_lock(5281920, 2); \
             WITH last AS (SELECT number, digest FROM keyward.entry ORDER BY number DESC LIMIT 1), \
             next AS (SELECT coalesce((SELECT number FROM last), 0) + 1 AS number, \
             coalesce((SELECT digest FROM last), {beginning}) AS before), \
             mine AS (SELECT FROM keyward.work WHERE {mine} AND {condition} \
             AND coalesce((SELECT max(number) FROM keyward.entry WHERE entry.run = {run}), 0) = {known}), \
             put AS (INSERT INTO keyward.entry (number, run, body, digest) \
             SELECT number, {run}, {body}, \
             encode(sha256(convert_to(before || chr(10) || number || chr(10) || {body}, 'UTF8')), 'hex') \
             FROM next, mine RETURNING number), \
             kept AS (UPDATE keyward.work SET lease = {end}, run = {open} \
             WHERE credential = {credential} AND EXISTS (SELECT FROM put)) \
             SELECT number FROM put",
            beginning = text(BEGINNING),
            known = self.known,
            end = end(length),
            credential = text(&self.credential),
        )
    }

    /// The run of a claim that holds, or nothing.
    pub fn run(&self) -> String {
        format!("SELECT coalesce(run, '') FROM keyward.work WHERE {}", self.is_ours())
    }

    pub fn renew(&self, length: Duration) -> String {
        format!("UPDATE keyward.work SET lease = {} WHERE {} RETURNING 1", end(length), self.is_ours())
    }

    pub fn release(&self, rest: Rest) -> String {
        let moments = match rest {
            Rest::Over => "rests = true, looked = clock_timestamp()".to_owned(),
            Rest::Until { again, due } => {
                format!("rests = false, again = to_timestamp({again}), due = to_timestamp({due})")
            }
        };
        format!(
            "UPDATE keyward.work SET lease = '-infinity', {moments} WHERE credential = {} AND token = {}",
            text(&self.credential),
            self.token,
        )
    }
}

/// Which entry of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    First,
    Next,
    Last,
}
