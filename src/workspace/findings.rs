//! The findings of a report by file, so that those of a file in which nothing is different are the same list as before.

use crate::diagnostic::Finding;
use crate::source::FileId;
use std::sync::Arc;

/// Those of one file, worst first.
pub type InFile = Arc<Vec<Arc<Finding>>>;

/// Findings of files that have some, in the order of the files.
#[derive(Clone, Debug, Default)]
pub struct Findings(Vec<(FileId, InFile)>);

impl Findings {
    /// Each file comes once.
    pub(super) fn new(mut by_file: Vec<(FileId, InFile)>) -> Self {
        by_file.retain(|(_, findings)| !findings.is_empty());
        by_file.sort_unstable_by_key(|(file, _)| *file);
        Findings(by_file)
    }

    pub fn by_file(&self) -> impl Iterator<Item = &(FileId, InFile)> {
        self.0.iter()
    }

    pub fn of(&self, file: FileId) -> &[Arc<Finding>] {
        let at = self.0.binary_search_by_key(&file, |(file, _)| *file);
        at.map_or(&[], |at| self.0[at].1.as_slice())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Finding>> {
        self.0.iter().flat_map(|(_, findings)| findings.iter())
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(|(_, findings)| findings.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
