//! Fixes: chosen, applied to the original bytes in memory, checked by analysing the result, and only then written.
//!
//! What is written has been verified: the findings are gone, nothing broke and nothing new appeared. A fix of
//! which that is not true is left out and named, since that is our mistake.

mod apply;
mod choose;
mod diff;
mod trial;
mod verify;
mod write;

pub use apply::{edited, original};
pub use diff::unified;
pub use write::{WriteError, write};

use crate::analysis::{Analysis, Settings, analyse};
use crate::diagnostic::{Applicability, Finding};
use crate::source::{Overlay, Tree};
use choose::Choice;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use trial::Verdict;

/// Fixes can make others possible; more rounds than this mean that they undo each other.
const MAX_ROUNDS: usize = 10;

/// What came of the fixes.
#[derive(Debug)]
pub struct Outcome {
    /// Files that differ, by path.
    pub changes: Vec<Change>,
    pub applied: Vec<Applied>,
    /// Fixes that did not do what they promise.
    pub failed: Vec<Failed>,
    /// The analysis with all changes; `None` where there are none.
    pub after: Option<Analysis>,
}

impl Outcome {
    /// The analysis with all changes, which is that of `before` where there are none.
    pub fn analysis<'a>(&'a self, before: &'a Analysis) -> &'a Analysis {
        self.after.as_ref().unwrap_or(before)
    }

    /// All changes as a unified diff in which no secret can be read.
    pub fn diff(&self, before: &Analysis) -> String {
        unified(&self.changes, before, self.analysis(before))
    }
}

/// A file before and after.
#[derive(Clone, Debug)]
pub struct Change {
    /// As users see it.
    pub path: String,
    /// In the paths of the tree.
    pub absolute: PathBuf,
    pub before: Arc<[u8]>,
    pub after: Arc<[u8]>,
}

/// A fix that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    pub rule: &'static str,
    pub address: String,
    pub title: String,
    pub applicability: Applicability,
    pub path: String,
}

/// A fix that was taken back, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub fix: Applied,
    pub why: String,
}

/// Repairs in memory what is wanted and may be repaired. `start` is the analysis of `tree` with the same settings. In a
/// snapshot the paths of changes are those in it.
pub fn repair(
    start: &Analysis,
    tree: &Tree,
    settings: &Settings,
    today: Date,
    allow: Applicability,
    wanted: &dyn Fn(&Finding) -> bool,
) -> std::io::Result<Outcome> {
    let look = |overlay: &Overlay| {
        let settings = Settings { overlay: overlay.clone(), ..settings.clone() };
        analyse(tree, &settings, today)
    };
    let mut overlay = settings.overlay.clone();
    let mut latest: Option<Analysis> = None;
    let mut before: BTreeMap<PathBuf, (String, Arc<[u8]>)> = BTreeMap::new();
    let mut applied = Vec::new();
    let mut failed = Vec::new();
    let mut banned: HashSet<(String, String)> = HashSet::new();
    for _ in 0..MAX_ROUNDS {
        let analysis = latest.as_ref().unwrap_or(start);
        let chosen = choose::choose(analysis, allow, &banned, wanted);
        if chosen.is_empty() {
            break;
        }
        let held = trial::hold(chosen, |some: &[Choice]| -> std::io::Result<_> {
            let edited = apply::apply(analysis, some)?;
            let mut next = overlay.clone();
            next.extend(edited.iter().map(|file| (file.absolute.clone(), file.after.clone())));
            let result = look(&next)?;
            Ok(match verify::verify(analysis, &result, some) {
                Verdict::Fine(()) => Verdict::Fine((edited, next, result)),
                Verdict::Wrong(wrong) => Verdict::Wrong(wrong),
                Verdict::Suspects(suspects, why) => Verdict::Suspects(suspects, why),
            })
        })?;
        for (choice, why) in held.failed {
            banned.insert(choice.key());
            failed.push(Failed { fix: choice.applied, why });
        }
        // Another fix of the same finding may do.
        let Some((edited, next, result)) = held.result else { continue };
        for file in edited {
            before.entry(file.absolute).or_insert((file.path, file.before));
        }
        applied.extend(held.kept.into_iter().map(|choice| choice.applied));
        overlay = next;
        latest = Some(result);
    }
    let changes = before.into_iter().filter_map(|(absolute, (path, before))| {
        let after = overlay.get(&absolute)?.clone();
        (before != after).then_some(Change { path, absolute, before, after })
    });
    Ok(Outcome { changes: changes.collect(), applied, failed, after: latest })
}
