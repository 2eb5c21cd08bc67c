use super::{CodeOwners, Dialect};
use crate::config::repository_root;
use crate::source::MAX_FILE_BYTES;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where forges look, first match first.
pub const CODEOWNERS_PLACES: [&str; 4] =
    [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

impl CodeOwners {
    /// The CODEOWNERS nearest to the scanned root: there or above it, up to the repository root. Outside a
    /// repository only the scanned root itself is looked at.
    pub fn load(root: &Path) -> Option<CodeOwners> {
        let root = root.canonicalize().ok()?;
        let start = if root.is_file() { root.parent()?.to_path_buf() } else { root };
        let top = repository_root(&start).unwrap_or_else(|| start.clone());
        start.ancestors().take_while(|dir| dir.starts_with(&top)).find_map(|dir| {
            let path = CODEOWNERS_PLACES.iter().map(|place| dir.join(place)).find(|path| path.is_file())?;
            CodeOwners::read(dir.to_path_buf(), path).ok()
        })
    }

    /// A file that the configuration names; its paths are relative to `base`.
    pub fn read(base: PathBuf, path: PathBuf) -> std::io::Result<CodeOwners> {
        let mut bytes = Vec::new();
        // Opening a pipe would wait for a writer.
        if !std::fs::metadata(&path)?.is_file() {
            return Err(std::io::Error::other("not a regular file"));
        }
        std::fs::File::open(&path)?.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let dialect = Dialect::guess(&path, &text);
        let base = base.canonicalize().unwrap_or(base);
        Ok(CodeOwners::parse(&text, dialect).at(base, path))
    }

    fn at(mut self, base: PathBuf, path: PathBuf) -> Self {
        (self.base, self.path) = (base, path);
        self
    }
}
