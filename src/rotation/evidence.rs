//! What a journal shows of a run, for people and for machines. Nothing in it is secret.

use super::engine::{Effect, Entry, Event, Job, Outcome, State};
use super::journal::{Journal, JournalError, Link, verify};
use super::traits::Moment;
use crate::report::markdown::{code, text};
use serde::Serialize;
use std::fmt::Write;

/// The entries of one run within the chain that they belong to.
#[derive(Debug, Serialize)]
pub struct Evidence {
    pub schema: &'static str,
    pub credential: String,
    pub run: String,
    /// How many entries the whole journal has, and the digest of the last one.
    pub journal_entries: u64,
    pub journal_head: String,
    pub entries: Vec<Proof>,
}

/// One entry: `digest` is the SHA-256 of `before`, `number` and `body`, with a line feed between them.
#[derive(Debug, Serialize)]
pub struct Proof {
    pub number: u64,
    pub before: String,
    pub digest: String,
    pub body: String,
    #[serde(skip)]
    entry: Entry,
}

/// Of one run, after the whole journal was verified.
pub fn of(journal: &dyn Journal, run: &str) -> Result<Option<Evidence>, JournalError> {
    let links = journal.links()?;
    let verified = verify(&links, None)?;
    let mut entries = Vec::new();
    let mut before = super::journal::BEGINNING.to_owned();
    for Link { number, body, digest } in links {
        let entry: Entry = serde_json::from_str(&body).map_err(|_| JournalError::Unreadable(number))?;
        let last = std::mem::replace(&mut before, digest.clone());
        if entry.run == run {
            entries.push(Proof { number, before: last, digest, body, entry });
        }
    }
    let Some(Event::Started { job }) = entries.first().map(|proof| &proof.entry.event) else {
        return Ok(None);
    };
    Ok(Some(Evidence {
        schema: "urn:keyward:rotation-evidence-v1",
        credential: job.credential.clone(),
        run: run.to_owned(),
        journal_entries: verified.entries,
        journal_head: verified.head,
        entries,
    }))
}

impl Evidence {
    pub fn json(&self) -> String {
        let mut out = serde_json::to_string_pretty(self).unwrap_or_default();
        out.push('\n');
        out
    }

    pub fn markdown(&self) -> String {
        let mut out = format!("# Rotation of {}\n\n", code(&self.credential));
        let entries: Vec<_> = self.entries.iter().map(|proof| proof.entry.clone()).collect();
        let Some(state) = State::of(&entries) else { return out };
        let job = &state.job;
        let _ = writeln!(out, "- Run: {}", code(&self.run));
        let _ = writeln!(out, "- Begun: {}{}", shown(state.started), by(job));
        let _ = writeln!(out, "- Issuer: {}", text(&job.issuer));
        let _ = writeln!(out, "- Consumers take it from: {}", text(&job.sinks.join(", ")));
        let _ = writeln!(out, "- Before: {}", code(&job.old.0));
        if job.unseen {
            out.push_str(
                "- Allowed: to delete it after the quiet period alone, where no use of it would show\n",
            );
        }
        let _ = writeln!(out, "- Outcome: {}", text(&outcome(&state)));
        let _ = writeln!(
            out,
            "- Journal: {} entries, verified; the last has the digest {}\n",
            self.journal_entries,
            code(&self.journal_head)
        );
        out.push_str("| Entry | When | What | Digest |\n|---|---|---|---|\n");
        for proof in &self.entries {
            let what = text(&describe(&proof.entry.event, job)).replace('|', "\\|");
            let digest = code(proof.digest.get(..12).unwrap_or_default());
            let _ = writeln!(out, "| {} | {} | {what} | {digest} |", proof.number, shown(proof.entry.at));
        }
        out
    }
}

fn by(job: &Job) -> String {
    match job.by.as_str() {
        "" => String::new(),
        by => format!(" by {}", text(by)),
    }
}

/// How it stands, in a sentence.
pub fn outcome(state: &State) -> String {
    match &state.outcome {
        Some(Outcome::Rotated { key }) => format!("rotated: {} is in use", key.0),
        Some(Outcome::RolledBack { reason }) => format!("went back to {}: {reason}", state.job.old.0),
        None => format!("not finished: {}", state.stage()),
    }
}

/// An entry in words.
pub fn describe(event: &Event, job: &Job) -> String {
    match event {
        Event::Started { .. } => "began".to_owned(),
        Event::Will { doing, .. } => format!("is about to {}", doing.describe(job)),
        Event::Did { doing: Effect::Create { .. }, made: Some(made), .. } => format!("made {}", made.0),
        Event::Did { doing, stamp: Some(stamp), .. } => {
            format!("done: {}, which shows as {stamp}", doing.describe(job))
        }
        Event::Did { doing, .. } => format!("done: {}", doing.describe(job)),
        Event::Failed { doing, message, .. } => format!("could not {}: {message}", doing.describe(job)),
        Event::Quiet { last_used: Some(at) } => {
            format!("every sink holds the new one; the old one was last used at {}", shown(*at))
        }
        Event::Quiet { last_used: None } => {
            "every sink holds the new one; it is not known when the old one was used".to_owned()
        }
        Event::Used { last_used } => format!("the old one was in use at {}", shown(*last_used)),
        Event::TurnedBack { reason } => format!("goes back to {}: {reason}", job.old.0),
        Event::Finished { outcome: Outcome::Rotated { key } } => format!("finished: {} is in use", key.0),
        Event::Finished { outcome: Outcome::RolledBack { .. } } => {
            format!("finished: {} is in use as before", job.old.0)
        }
    }
}

/// `2026-11-22 14:50:03 UTC`.
pub fn shown(at: Moment) -> String {
    match jiff::Timestamp::from_second(at) {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => at.to_string(),
    }
}
