//! `keyward migrate`.

use super::args::{AnswerFormat, MigrateArgs};
use super::{CLEAN, TROUBLE, Trouble, baseline, input, output};
use crate::analysis::Analysis;
use crate::baseline::Baseline;
use crate::diagnostic::Status;
use crate::fix;
use crate::migrate::{Entry, Fate, Migration, migrate};
use crate::report::count;
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;
use std::path::Path;

/// How long an acceptance holds that nobody has set an end to.
const DAYS: i64 = 90;

pub(super) fn run(args: &MigrateArgs) -> Result<u8, Trouble> {
    let path = args.input.path.as_path();
    if path == Path::new("-") {
        return Err(Trouble::new("standard input cannot be migrated").help("name the directory"));
    }
    let today = input::today(&args.input);
    let until = match args.until {
        Some(until) if until < today => {
            return Err(Trouble::new(format!("--until {until} has passed")).help("name a day to come"));
        }
        Some(until) => until,
        None => today.saturating_add(DAYS.days()),
    };
    let mut settings = input::settings(&args.input)?;
    settings.persona = args.persona.unwrap_or(settings.persona);
    let before = input::read(&args.input, &settings)?;
    let migration = migrate(path, &settings, &before, until, today)
        .map_err(|error| Trouble::new(format!("cannot migrate `{}`: {error}", path.display())))?;
    if !migration.broken.is_empty() {
        for problem in &migration.broken {
            eprintln!("would be wrong afterwards: {problem}");
        }
        eprintln!("nothing was written: this is a bug in keyward, please report it");
        return Ok(TROUBLE);
    }
    let text = match args.format {
        AnswerFormat::Human => listed(&migration, &before),
        AnswerFormat::Json => as_json(&migration, &before, until),
    };
    output::print(&text)?;
    if args.diff {
        output::print(&fix::unified(&migration.changes, &before, &migration.after))?;
        return Ok(CLEAN);
    }
    fix::write(&migration.after.sources.root, &migration.changes)
        .map_err(|error| Trouble::new(error.to_string()).help("run keyward again"))?;
    let left = Baseline::of(&migration.after.findings);
    if !args.no_baseline && !left.is_empty() {
        let place = baseline::usual(path, &settings);
        baseline::save(&place, &left)?;
        eprintln!(
            "{} that nobody skipped: known from now on, in {}",
            count(left.len(), "place"),
            place.display()
        );
    }
    Ok(CLEAN)
}

/// The waivers, a line each, and the sums.
fn listed(migration: &Migration, before: &Analysis) -> String {
    let mut text = String::new();
    for Entry { skip, fate } in &migration.entries {
        let place = before.sources.file_line(skip.span);
        let (tool, check) = (skip.tool.name(), &skip.check);
        match fate {
            Fate::Waiver { rules, until } => {
                let rules: Vec<&str> = rules.iter().copied().collect();
                text.push_str(&format!("{place}: {tool} {check} -> {} until {until}\n", rules.join(", ")));
            }
            Fate::Ended(date) => {
                text.push_str(&format!("{place}: {tool} {check} ended on {date}: no waiver\n"));
            }
            Fate::NothingFound | Fate::OtherSubject => {}
        }
    }
    let number = |test: fn(&Fate) -> bool| migration.entries.iter().filter(|it| test(&it.fate)).count();
    let waivers = number(|fate| matches!(fate, Fate::Waiver { .. }));
    let ended = number(|fate| matches!(fate, Fate::Ended(_)));
    let nothing = number(|fate| *fate == Fate::NothingFound);
    let other = number(|fate| *fate == Fate::OtherSubject);
    text.push_str(&format!(
        "{}: {waivers} to waivers, {nothing} where keyward finds nothing, {other} about other things",
        count(migration.entries.len(), "skip"),
    ));
    if ended > 0 {
        text.push_str(&format!(", {ended} ended"));
    }
    text.push('\n');
    text
}

fn as_json(migration: &Migration, before: &Analysis, until: Date) -> String {
    let entries: Vec<_> = migration.entries.iter().map(|entry| entry_json(entry, before)).collect();
    let open = migration.after.findings.iter().filter(|finding| finding.status == Status::Open).count();
    let value = json!({ "until": until.to_string(), "skips": entries, "open_findings": open });
    format!("{value:#}\n")
}

fn entry_json(entry: &Entry, before: &Analysis) -> serde_json::Value {
    let skip = &entry.skip;
    let (fate, rules, until) = match &entry.fate {
        Fate::Waiver { rules, until } => ("waiver", rules.iter().copied().collect(), Some(*until)),
        Fate::NothingFound => ("nothing-found", Vec::new(), None),
        Fate::OtherSubject => ("other-subject", Vec::new(), None),
        Fate::Ended(date) => ("ended", Vec::new(), Some(*date)),
    };
    json!({
        "place": before.sources.locate(skip.span),
        "tool": skip.tool.name(),
        "check": skip.check,
        "reason": skip.reason,
        "fate": fate,
        "rules": rules,
        "until": until.map(|date| date.to_string()),
    })
}
