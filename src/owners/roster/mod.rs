//! The people and teams that exist, from a file that the organisation exports.

mod csv;
mod fields;
mod json;
#[cfg(test)]
mod tests;

use super::name::{bare, keys_of};
use super::{CodeOwners, Dialect, Problem};
use jiff::civil::Date;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;

/// The format of a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RosterKind {
    Csv,
    Json,
    /// Whoever a CODEOWNERS file names is taken to exist.
    CodeOwners,
}

impl RosterKind {
    /// By the name of the file; what is neither CODEOWNERS nor JSON is read as CSV.
    pub fn of(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if name.starts_with("codeowners") {
            RosterKind::CodeOwners
        } else if name.ends_with(".json") || name.ends_with(".jsonc") {
            RosterKind::Json
        } else {
            RosterKind::Csv
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Person,
    Team,
}

/// One person or team.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// Everything it is known by: name, id, handle, addresses, aliases.
    pub known_as: Vec<String>,
    pub kind: Option<EntryKind>,
    /// The team that a person is in.
    pub team: Option<String>,
    /// The last day on which it counts.
    pub end: Option<Date>,
    /// Marked as gone without a date.
    pub gone: bool,
    /// Counted from one.
    pub line: u32,
}

impl Entry {
    pub fn has_ended(&self, today: Date) -> bool {
        self.gone || self.end.is_some_and(|end| end < today)
    }
}

/// What a roster knows about an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<'a> {
    Current(&'a Entry),
    /// `since` is missing where the roster gives no date.
    Ended {
        entry: &'a Entry,
        since: Option<Date>,
    },
    Unknown,
}

/// All entries of a roster file.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    pub entries: Vec<Entry>,
    pub problems: Vec<Problem>,
    keys: HashMap<String, Vec<usize>>,
    /// The part before the `@` of addresses, for owners who are named by it alone.
    mailboxes: HashMap<String, Vec<usize>>,
}

impl Roster {
    /// Reads what can be read; lines that cannot are problems.
    pub fn parse(text: &str, kind: RosterKind) -> Roster {
        // A byte order mark is no part of the first column's name; blanks in its place move nothing.
        let text = &match text.strip_prefix('\u{feff}') {
            Some(rest) => Cow::Owned(format!("   {rest}")),
            None => Cow::Borrowed(text),
        };
        let (entries, problems) = match kind {
            RosterKind::Csv => csv::parse(text),
            RosterKind::Json => json::parse(text),
            RosterKind::CodeOwners => from_code_owners(text),
        };
        Roster::new(entries, problems)
    }

    fn new(mut entries: Vec<Entry>, problems: Vec<Problem>) -> Roster {
        let teams = implied_teams(&entries);
        entries.extend(teams);
        let mut roster = Roster { entries, problems, ..Roster::default() };
        for (at, entry) in roster.entries.iter().enumerate() {
            for name in &entry.known_as {
                for key in keys_of(name) {
                    insert(&mut roster.keys, key, at);
                }
                if let Some((local, _)) = bare(name).split_once('@').filter(|(local, _)| !local.is_empty()) {
                    insert(&mut roster.mailboxes, local.to_lowercase(), at);
                }
            }
        }
        roster
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Looks an owner up however it is written. The closest agreement counts; between entries that agree
    /// equally, one that is current does, since a name may be given again.
    pub fn lookup(&self, owner: &str, today: Date) -> Lookup<'_> {
        let owner = bare(owner);
        let found =
            keys_of(owner).into_iter().find_map(|key| self.keys.get(&key)).or_else(|| self.by_mailbox(owner));
        let Some(found) = found else { return Lookup::Unknown };
        let entries = found.iter().map(|at| &self.entries[*at]);
        match entries.min_by_key(|entry| (entry.has_ended(today), Reverse(entry.end))) {
            Some(entry) if entry.has_ended(today) => Lookup::Ended { entry, since: entry.end },
            Some(entry) => Lookup::Current(entry),
            None => Lookup::Unknown,
        }
    }

    /// `jdoe` is the `jdoe@acme.example` of the roster, and the other way round, as long as only one is meant.
    fn by_mailbox(&self, owner: &str) -> Option<&Vec<usize>> {
        let found = match owner.split_once('@') {
            // With an address in the roster, another address is someone else's.
            Some((local, _)) if !local.is_empty() => self.keys.get(&local.to_lowercase()).filter(|found| {
                found.iter().all(|at| !self.entries[*at].known_as.iter().any(|name| is_address(name)))
            }),
            _ => self.mailboxes.get(&owner.trim_start_matches('@').to_lowercase()),
        };
        found.filter(|found| found.len() == 1)
    }
}

fn is_address(name: &str) -> bool {
    bare(name).find('@').is_some_and(|at| at > 0)
}

fn insert(map: &mut HashMap<String, Vec<usize>>, key: String, at: usize) {
    let places = map.entry(key).or_default();
    if !places.contains(&at) {
        places.push(at);
    }
}

/// Teams that are named only as the team of people. One has ended when the last of its people has left.
fn implied_teams(entries: &[Entry]) -> Vec<Entry> {
    let declared: Vec<_> = entries.iter().filter(|entry| entry.kind == Some(EntryKind::Team)).collect();
    let mut teams: Vec<Entry> = Vec::new();
    for member in entries {
        let Some(name) = &member.team else { continue };
        let same = |entry: &Entry| entry.name.to_lowercase() == name.to_lowercase();
        if declared.iter().any(|entry| same(entry)) {
            continue;
        }
        match teams.iter_mut().find(|entry| same(entry)) {
            Some(team) => {
                team.end = team.end.zip(member.end).map(|(left, right)| left.max(right));
                team.gone = team.gone && member.gone;
            }
            None => teams.push(Entry {
                name: name.clone(),
                known_as: vec![name.clone()],
                kind: Some(EntryKind::Team),
                ..member.clone()
            }),
        }
    }
    for team in &mut teams {
        team.team = None;
    }
    teams
}

fn from_code_owners(text: &str) -> (Vec<Entry>, Vec<Problem>) {
    let file = CodeOwners::parse(text, Dialect::guess(Path::new("CODEOWNERS"), text));
    let mut entries: Vec<Entry> = Vec::new();
    for (line, owner) in file.owner_lines() {
        let name = owner.get_ref();
        if entries.iter().any(|entry| entry.name == *name) {
            continue;
        }
        let kind = (name.starts_with('@') && name.contains('/')).then_some(EntryKind::Team);
        entries.push(Entry {
            name: name.clone(),
            known_as: vec![name.clone()],
            kind,
            line,
            ..Entry::default()
        });
    }
    (entries, file.problems)
}
