//! `keyward rotate status`, `verify` and `evidence`: what the journal says.

use super::setting::{Setting, WhereArgs, journal};
use crate::cli::{CLEAN, FINDINGS, Trouble, output};
use crate::rotation::engine::{Entry, Outcome, State};
use crate::rotation::evidence::{self, outcome, shown};
use crate::rotation::journal::{JournalError, verify as verify_links};
use crate::rotation::operate::runs;
use clap::{Args, ValueEnum};
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum StatusFormat {
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EvidenceFormat {
    Markdown,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Credentials to show; all without any
    #[arg(value_name = "CREDENTIAL")]
    pub credentials: Vec<String>,
    /// Show every run, and not only the last one of each credential
    #[arg(long)]
    pub all: bool,
    #[arg(long, short, value_enum, default_value_t = StatusFormat::Human)]
    pub format: StatusFormat,
    #[command(flatten)]
    pub place: WhereArgs,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// A digest that was kept elsewhere and has to be in the journal still
    #[arg(long, value_name = "DIGEST")]
    pub head: Option<String>,
    #[command(flatten)]
    pub place: WhereArgs,
}

#[derive(Debug, Args)]
pub(super) struct EvidenceArgs {
    /// A credential, whose last run is shown, or a run
    pub subject: String,
    #[arg(long, short, value_enum, default_value_t = EvidenceFormat::Markdown)]
    pub format: EvidenceFormat,
    #[command(flatten)]
    pub place: WhereArgs,
}

#[derive(Serialize)]
struct Row<'a> {
    credential: &'a str,
    run: &'a str,
    stage: &'a str,
    outcome: String,
    finished: bool,
    old: &'a str,
    new: Option<&'a str>,
    began: String,
    last: String,
    failing: Option<String>,
}

pub(super) fn status(args: &StatusArgs) -> Result<u8, Trouble> {
    let setting = Setting::of(&args.place)?;
    let all = match setting.read()? {
        Some(read) => runs(&*read).map_err(journal)?,
        None => Vec::new(),
    };
    let wanted =
        |state: &State| args.credentials.is_empty() || args.credentials.contains(&state.job.credential);
    let is_last = |at: usize| {
        let name = &all[at].0.job.credential;
        !all[at + 1..].iter().any(|(later, _)| later.job.credential == *name)
    };
    let shown = all.iter().enumerate().filter(|(at, (state, _))| wanted(state) && (args.all || is_last(*at)));
    let rows: Vec<_> = shown.map(|(_, (state, entries))| row(state, entries)).collect();
    if args.format == StatusFormat::Json {
        let mut text =
            serde_json::to_string_pretty(&rows).map_err(|error| Trouble::new(error.to_string()))?;
        text.push('\n');
        output::print(&text)?;
        return Ok(CLEAN);
    }
    if rows.is_empty() {
        output::print("nothing was rotated yet\n")?;
    }
    for row in &rows {
        let mut text = format!("{}: {}\n", row.credential, row.outcome);
        text.push_str(&format!("  began {}, last entry {}, run {}\n", row.began, row.last, row.run));
        if !row.finished {
            let new = row.new.map(|new| format!(", new {new}")).unwrap_or_default();
            text.push_str(&format!("  old {}{new}\n", row.old));
        }
        if let Some(failing) = &row.failing {
            text.push_str(&format!("  failing: {failing}\n"));
        }
        output::print(&text)?;
    }
    Ok(CLEAN)
}

fn row<'a>(state: &'a State, entries: &[Entry]) -> Row<'a> {
    let new = match &state.outcome {
        Some(Outcome::Rotated { key }) => Some(key),
        _ => state.new.as_ref(),
    };
    Row {
        credential: &state.job.credential,
        run: &state.run,
        stage: state.stage(),
        outcome: outcome(state),
        finished: state.outcome.is_some(),
        old: &state.job.old.0,
        new: new.map(|id| id.0.as_str()),
        began: shown(state.started),
        last: shown(entries.last().map_or(state.started, |entry| entry.at)),
        failing: state.trouble.as_ref().map(|trouble| {
            format!(
                "{}, {} times since {}: {}",
                trouble.doing.describe(&state.job),
                trouble.times,
                shown(trouble.since),
                trouble.message
            )
        }),
    }
}

pub(super) fn verify(args: &VerifyArgs) -> Result<u8, Trouble> {
    let setting = Setting::of(&args.place)?;
    let links = setting.must_read()?.links();
    match links.and_then(|links| verify_links(&links, args.head.as_deref())) {
        Ok(verified) => {
            output::print(&format!("{} entries, none changed; head {}\n", verified.entries, verified.head))?;
            Ok(CLEAN)
        }
        Err(error @ (JournalError::Broken(_) | JournalError::Moved(_) | JournalError::Unreadable(_))) => {
            output::print(&format!("{}: {error}\n", setting.shown()))?;
            Ok(FINDINGS)
        }
        Err(error) => Err(journal(error)),
    }
}

pub(super) fn evidence(args: &EvidenceArgs) -> Result<u8, Trouble> {
    let setting = Setting::of(&args.place)?;
    let read = setting.must_read()?;
    let all = runs(&*read).map_err(journal)?;
    let meant = |state: &State| state.run == args.subject || state.job.credential == args.subject;
    let found = all.iter().rev().find(|(state, _)| meant(state));
    let unknown = || {
        Trouble::new(format!("there is no run of or by the name `{}`", args.subject))
            .help("`keyward rotate status --all` lists all runs")
    };
    let (state, _) = found.ok_or_else(unknown)?;
    let evidence = evidence::of(&*read, &state.run).map_err(journal)?.ok_or_else(unknown)?;
    output::print(&match args.format {
        EvidenceFormat::Markdown => evidence.markdown(),
        EvidenceFormat::Json => evidence.json(),
    })?;
    Ok(CLEAN)
}
