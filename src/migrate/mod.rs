//! Skips of other scanners become waivers: with the rules that find something there, a reason and a last day.
//!
//! A skip that covers nothing that keyward finds is left alone, since a waiver for it would be one that covers
//! nothing. The comments for the other scanner stay, so that both can run.

mod text;

use crate::analysis::{Analysis, Settings, analyse};
use crate::diagnostic::{Finding, Status};
use crate::fix::{self, Change};
use crate::source::{SourceFile, Span};
use crate::waiver::{Coverage, ForeignSkip, Scope, Waiver, foreign};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

/// What becomes of a skip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It becomes a waiver of these rules until that day.
    Waiver { rules: BTreeSet<&'static str>, until: Date },
    /// Keyward finds nothing there that it would cover.
    NothingFound,
    /// The check is not about identities.
    OtherSubject,
    /// Its last day has passed, so that the other scanner reports it again as well.
    Ended(Date),
}

/// A skip, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub skip: ForeignSkip,
    pub fate: Fate,
}

/// All skips, and the files with the waivers.
#[derive(Debug)]
pub struct Migration {
    pub entries: Vec<Entry>,
    pub changes: Vec<Change>,
    /// The analysis of the changed files.
    pub after: Analysis,
    /// Waivers that were to cover something and do not: our mistake.
    pub broken: Vec<String>,
}

/// Plans it, and checks the plan by analysing the result. Nothing is written.
pub fn migrate(
    path: &Path,
    settings: &Settings,
    before: &Analysis,
    until: Date,
    today: Date,
) -> std::io::Result<Migration> {
    let skips = foreign(&before.sources, &before.parsed);
    let covered = covered(before, &skips);
    let entries: Vec<Entry> = skips
        .into_iter()
        .zip(covered)
        .map(|(skip, rules)| {
            let last = skip.until.unwrap_or(until);
            let fate = match (skip.rules().is_empty(), rules.is_empty()) {
                (true, _) => Fate::OtherSubject,
                _ if last < today => Fate::Ended(last),
                (_, true) => Fate::NothingFound,
                _ => Fate::Waiver { rules, until: last },
            };
            Entry { skip, fate }
        })
        .collect();
    let changes = changes(before, &entries)?;
    let mut settings = settings.clone();
    let edited = changes.iter().map(|change| (change.absolute.clone(), change.after.clone()));
    settings.overlay.extend(edited);
    let after = analyse(path, &settings, today)?;
    let broken = broken(before, &after);
    Ok(Migration { entries, changes, after, broken })
}

/// For each skip the rules that find something where it is.
fn covered(before: &Analysis, skips: &[ForeignSkip]) -> Vec<BTreeSet<&'static str>> {
    let waivers: Vec<Waiver> = skips.iter().map(as_waiver).collect();
    let resources = before.estate.models.iter().flat_map(|model| &model.project.resources);
    let declared = resources.map(|resource| (resource.header(), resource.address.as_str()));
    let coverage = Coverage::of(&waivers, declared);
    let mut covered = vec![BTreeSet::new(); skips.len()];
    for finding in before.findings.iter().filter(|finding| finding.status == Status::Open) {
        for at in finding.sites.iter().flat_map(|site| coverage.covering(&waivers, site)) {
            if waivers[at].names(finding) {
                covered[at].insert(finding.rule);
            }
        }
    }
    covered
}

fn as_waiver(skip: &ForeignSkip) -> Waiver {
    Waiver {
        rules: skip.rules().to_vec(),
        reason: None,
        owner: None,
        until: None,
        ticket: None,
        control: None,
        scope: Scope::Code(skip.scope),
        span: skip.span,
        removal: None,
    }
}

/// One comment above whatever is covered, for all skips that cover it.
fn changes(before: &Analysis, entries: &[Entry]) -> std::io::Result<Vec<Change>> {
    let mut by_file: BTreeMap<u32, BTreeMap<usize, Vec<&Entry>>> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| matches!(entry.fate, Fate::Waiver { .. })) {
        let file = before.sources.get(entry.skip.scope.file);
        let start = line_start(file, entry.skip.scope);
        by_file.entry(file.id.0).or_default().entry(start).or_default().push(entry);
    }
    let mut changes = Vec::new();
    for places in by_file.into_values() {
        let Some(first) = places.values().flatten().next() else { continue };
        let file = before.sources.get(first.skip.scope.file);
        let old = fix::original(before, file)?;
        let mut new = old.to_vec();
        for (start, entries) in places.iter().rev() {
            let line = text::comment(file, *start, entries);
            new.splice(*start..*start, line.into_bytes());
        }
        changes.push(Change {
            path: file.path.clone(),
            absolute: file.absolute.clone(),
            before: old,
            after: Arc::from(new),
        });
    }
    Ok(changes)
}

/// Where the line begins in which something does, behind a byte order mark.
fn line_start(file: &SourceFile, span: Span) -> usize {
    let mark = if file.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    file.text[..span.start as usize].rfind('\n').map_or(mark, |at| at + 1)
}

/// What went wrong: files that no longer parse, and waivers with which something is wrong.
fn broken(before: &Analysis, after: &Analysis) -> Vec<String> {
    let errors =
        |analysis: &Analysis| analysis.parsed.iter().map(|parsed| parsed.errors.len()).sum::<usize>();
    let sites = before.findings.iter().flat_map(|finding| &finding.sites);
    let known: HashSet<&str> = sites.map(|site| site.fingerprint.as_str()).collect();
    let is_new = |finding: &&Finding| !known.contains(finding.primary().fingerprint.as_str());
    let about_waivers =
        after.findings.iter().filter(|finding| finding.category == "governance").filter(is_new);
    let mut found: Vec<String> = about_waivers.map(|finding| finding.message.clone()).collect();
    if errors(after) > errors(before) {
        found.push("a file does not parse with its waivers".to_owned());
    }
    found
}
