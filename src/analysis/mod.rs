//! The one pipeline: from a directory to findings. The command line, the tests and every other entry point
//! call it. It reads sources, asks nobody else, and cannot fail once the directory is readable.

mod both;
mod configured;
mod invariants;
mod select;
mod settings;
mod stage;
mod syntax_gaps;
mod waived;

pub use both::analyse_both;
pub use select::Selection;
pub use settings::Settings;
pub use stage::{Stage, Surroundings, told};

use crate::config::FailOn;
use crate::diagnostic::{Finding, Gap, Hidden, Severity, Stats};
use crate::eval::Moves;
use crate::identity::Estate;
use crate::identity::literals::Scans;
use crate::owners::{CodeOwners, Roster};
use crate::source::{self, SourceMap, Span, Tree};
use crate::syntax::{self, Parsed};
use jiff::civil::Date;
use rayon::prelude::*;

/// What an analysis came to.
#[derive(Debug)]
pub struct Analysis {
    pub sources: SourceMap,
    pub parsed: Vec<Parsed>,
    pub estate: Estate,
    /// Findings that this persona sees, worst first.
    pub findings: Vec<Finding>,
    pub gaps: Vec<Gap>,
    pub stats: Stats,
    pub hidden: Hidden,
    /// Secrets that no output may show.
    pub redactions: Vec<Span>,
    /// A rule failed, which is our mistake.
    pub internal_error: bool,
    pub codeowners: Option<CodeOwners>,
    pub roster: Option<Roster>,
    /// What addresses were before.
    pub moves: Moves,
}

/// Analyses a directory, or one file, on disk or in a snapshot. The error is that of opening it.
pub fn analyse(tree: impl Into<Tree>, settings: &Settings, today: Date) -> std::io::Result<Analysis> {
    analyse_tree(&tree.into(), settings, today)
}

fn analyse_tree(tree: &Tree, settings: &Settings, today: Date) -> std::io::Result<Analysis> {
    let found = source::discover(tree, &settings.overlay)?;
    let files: Vec<_> = found.sources.iter().cloned().collect();
    let parsed = files.par_iter().map(|file| syntax::parse(file)).collect();
    let stage = Stage::new(found, parsed, settings);
    let (estate, _) = stage.estate(stage.models(|_| None), today, &Scans::default());
    let said = stage.over_models(&estate, today, |_| None);
    Ok(stage.finish(estate, &said, today))
}

/// The severity from which on a run fails.
pub fn fail_on(setting: FailOn) -> Option<Severity> {
    match setting {
        FailOn::Never => None,
        FailOn::At(severity) => Some(severity),
    }
}
