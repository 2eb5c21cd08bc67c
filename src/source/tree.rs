use super::{Snapshot, disk};
use crate::diagnostic::Gap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the bytes of an analysis come from. Everything that is read on behalf of scanned code is read here, so
/// that a revision in a git repository gives the findings of a directory with the same files.
#[derive(Clone, Debug)]
pub enum Tree {
    /// A directory, or one file, on disk. Paths are those of the system.
    Disk(PathBuf),
    /// The directory or file `at` of a snapshot. Paths are those in the snapshot, whose top has the empty path.
    Snapshot { files: Arc<Snapshot>, at: PathBuf },
}

impl Tree {
    /// A snapshot from its top, or one of its directories or files.
    pub fn snapshot(files: Arc<Snapshot>, at: impl Into<PathBuf>) -> Self {
        Tree::Snapshot { files, at: at.into() }
    }

    /// What is to be scanned, with links resolved.
    pub fn open(&self) -> std::io::Result<PathBuf> {
        match self {
            Tree::Disk(path) => path.canonicalize(),
            Tree::Snapshot { at, .. } => self.real(at).ok_or_else(|| {
                let message = format!("there is no `{}` in this revision", at.display());
                std::io::Error::new(std::io::ErrorKind::NotFound, message)
            }),
        }
    }

    /// Where a path leads, with links resolved; `None` when it leads nowhere, or out of a snapshot.
    pub fn real(&self, path: &Path) -> Option<PathBuf> {
        match self {
            Tree::Disk(_) => path.canonicalize().ok(),
            Tree::Snapshot { files, .. } => files.resolve(path).inside(),
        }
    }

    pub fn is_file(&self, path: &Path) -> bool {
        match self {
            Tree::Disk(_) => path.is_file(),
            Tree::Snapshot { files, .. } => files.is_file(path),
        }
    }

    /// Reads a regular file of moderate size; anything else is a gap.
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, Gap> {
        match self {
            Tree::Disk(_) => disk::read_limited(path),
            Tree::Snapshot { files, .. } => files.read(path),
        }
    }

    /// What stands for the content of a regular file: equal where the content is. `None` when it is not known
    /// without reading it.
    pub fn digest(&self, path: &Path) -> Option<&str> {
        match self {
            Tree::Disk(_) => None,
            Tree::Snapshot { files, .. } => files.digest(path),
        }
    }

    /// The top of the repository that a path is in: on disk the nearest directory upwards that holds `.git`,
    /// which is a file in worktrees and submodules.
    pub fn repository_root(&self, path: &Path) -> Option<PathBuf> {
        match self {
            Tree::Disk(_) => disk::repository_root(path),
            Tree::Snapshot { .. } => Some(PathBuf::new()),
        }
    }

    /// The directory that a path is, or that its file is in.
    pub fn directory(&self, path: &Path) -> Option<PathBuf> {
        let real = self.real(path)?;
        match self.is_file(&real) {
            true => real.parent().map(Path::to_path_buf),
            false => Some(real),
        }
    }
}

impl From<&Path> for Tree {
    fn from(path: &Path) -> Self {
        Tree::Disk(path.to_path_buf())
    }
}

impl From<&PathBuf> for Tree {
    fn from(path: &PathBuf) -> Self {
        Tree::Disk(path.clone())
    }
}

impl From<&Tree> for Tree {
    fn from(tree: &Tree) -> Self {
        tree.clone()
    }
}
