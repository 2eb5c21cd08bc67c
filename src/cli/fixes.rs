//! `scan --fix` and `scan --diff`.

use super::args::ScanArgs;
use super::{CLEAN, FINDINGS, Trouble, input, output};
use crate::analysis::{Analysis, Settings};
use crate::diagnostic::Applicability;
use crate::fix::{self, Outcome};
use crate::report::count;
use std::path::Path;

/// What remains to be done after the fixes.
pub(super) enum Done {
    /// The changes were printed; this is the exit code.
    Diff(u8),
    /// They were written; what is left is to be reported.
    Written(Box<Analysis>),
}

/// Which fixes the arguments ask for, if any.
pub(super) fn wanted(args: &ScanArgs) -> Option<Applicability> {
    match (args.unsafe_fixes, args.fix || args.diff) {
        (true, _) => Some(Applicability::Unsafe),
        (false, true) => Some(Applicability::Safe),
        (false, false) => None,
    }
}

pub(super) fn run(args: &ScanArgs, settings: &Settings, allow: Applicability) -> Result<Done, Trouble> {
    let path = args.input.path.as_path();
    if path == Path::new("-") {
        return Err(Trouble::new("standard input cannot be fixed").help("name the file or its directory"));
    }
    let before = input::read(&args.input, settings)?;
    let outcome = fix::repair(&before, &path.into(), settings, input::today(&args.input), allow, &|_| true)
        .map_err(|error| Trouble::new(format!("cannot fix `{}`: {error}", path.display())))?;
    for failed in &outcome.failed {
        let fix = &failed.fix;
        eprintln!("not applied: {} ({} in {}): {}", fix.title, fix.rule, fix.path, failed.why);
    }
    if args.diff {
        output::print(&outcome.diff(&before))?;
        eprintln!("{}", summary(&outcome, "would be fixed"));
        return Ok(Done::Diff(if outcome.changes.is_empty() { CLEAN } else { FINDINGS }));
    }
    fix::write(&before.sources.root, &outcome.changes)
        .map_err(|error| Trouble::new(error.to_string()).help("run keyward again"))?;
    eprintln!("{}", summary(&outcome, "fixed"));
    Ok(Done::Written(Box::new(outcome.after.unwrap_or(before))))
}

/// `3 problems fixed in 2 files`.
fn summary(outcome: &Outcome, done: &str) -> String {
    let (fixes, files) = (outcome.applied.len(), outcome.changes.len());
    match fixes {
        0 => format!("nothing {done}"),
        _ => format!("{} {done} in {}", count(fixes, "problem"), count(files, "file")),
    }
}
