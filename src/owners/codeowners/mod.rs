//! CODEOWNERS as GitHub and GitLab read it.

mod load;
mod parse;
mod pattern;
#[cfg(test)]
mod tests;

use crate::config::Spanned;
use globset::GlobSet;
pub use load::CODEOWNERS_PLACES;
pub use parse::Dialect;
use parse::Line;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One CODEOWNERS file.
#[derive(Clone, Debug)]
pub struct CodeOwners {
    /// The directory that its paths are relative to.
    pub base: PathBuf,
    pub path: PathBuf,
    pub text: Arc<str>,
    pub dialect: Dialect,
    pub problems: Vec<super::Problem>,
    lines: Vec<Line>,
    /// Globs of all lines, and for each the line it is of.
    globs: GlobSet,
    line_of_glob: Vec<usize>,
}

/// An owner of a path, with the line that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeOwner {
    /// As written: `@org/team`, `@user`, `@@role` or an address.
    pub name: String,
    /// Counted from one.
    pub line: u32,
    /// The bytes of the pattern and its owners.
    pub span: Range<usize>,
    /// The line covers every path, so that it says little about this one.
    pub is_catch_all: bool,
    /// The GitLab section, empty outside of any.
    pub section: String,
}

impl CodeOwners {
    /// Owners of a path relative to the repository root. The last line that matches wins, on GitLab in each
    /// section for itself; a line without owners takes the path out of those before it.
    pub fn owners_of(&self, path: &str) -> Vec<CodeOwner> {
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let mut winners: Vec<&Line> = Vec::new();
        let mut matched: Vec<usize> =
            self.globs.matches(path).into_iter().map(|glob| self.line_of_glob[glob]).collect();
        matched.sort_unstable();
        for line in matched.into_iter().map(|at| &self.lines[at]) {
            match winners.iter_mut().find(|other| other.section == line.section) {
                // GitLab: what a section excludes, it cannot include again.
                Some(winner) if winner.excludes => {}
                Some(winner) => *winner = line,
                None => winners.push(line),
            }
        }
        winners.into_iter().flat_map(Line::owners).collect()
    }

    /// The same for a path on disk. None for one outside of the repository.
    pub fn owners_of_file(&self, absolute: &Path) -> Vec<CodeOwner> {
        let Ok(relative) = absolute.strip_prefix(&self.base) else { return Vec::new() };
        let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        self.owners_of(&parts.join("/"))
    }

    /// Every owner the file names, sorted.
    pub fn all_owners(&self) -> Vec<&str> {
        let mut names: Vec<_> =
            self.lines.iter().flat_map(|line| &line.owners).map(|owner| owner.get_ref().as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    pub(super) fn owner_lines(&self) -> impl Iterator<Item = (u32, &Spanned<String>)> {
        self.lines.iter().flat_map(|line| line.owners.iter().map(|owner| (line.number, owner)))
    }
}
