use super::{CodeOwners, Dialect};
use crate::source::Tree;
use std::path::{Path, PathBuf};

/// Where forges look, first match first.
pub const CODEOWNERS_PLACES: [&str; 4] =
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

impl CodeOwners {
    /// The CODEOWNERS nearest to the scanned root: there or above it, up to the repository root. Outside a
    /// repository only the scanned root itself is looked at.
    pub fn load(tree: &Tree, root: &Path) -> Option<CodeOwners> {
        let start = tree.directory(root)?;
        let top = tree.repository_root(&start).unwrap_or_else(|| start.clone());
        start.ancestors().take_while(|dir| dir.starts_with(&top)).find_map(|dir| {
            let mut places = CODEOWNERS_PLACES.iter().map(|place| dir.join(place));
            let path = places.find(|path| tree.is_file(path))?;
            CodeOwners::read(tree, dir.to_path_buf(), path)
        })
    }

    /// A file that the configuration names; its paths are relative to `base`.
    pub fn read(tree: &Tree, base: PathBuf, path: PathBuf) -> Option<CodeOwners> {
        let bytes = tree.read(&path).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let dialect = Dialect::guess(&path, &text);
        let base = tree.real(&base).unwrap_or(base);
        Some(CodeOwners::parse(&text, dialect).at(base, path))
    }

    fn at(mut self, base: PathBuf, path: PathBuf) -> Self {
        (self.base, self.path) = (base, path);
        self
    }
}
