//! Git repositories, object by object: no process is started, nothing is fetched, and neither the work tree nor
//! the index is touched.

mod blobs;
mod commit;
mod listing;

pub use commit::Commit;

use crate::source::Snapshot;
use blobs::ObjectBlobs;
use gix::bstr::BStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a repository or a revision of it cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    #[error("`{}` is not in a git repository", path.display())]
    NoRepository { path: PathBuf },
    #[error("cannot open the git repository of `{}`: {why}", path.display())]
    Open { path: PathBuf, why: String },
    #[error("there is no revision `{rev}` in this repository: {why}")]
    NoRevision { rev: String, why: String },
    /// History that is missing because the clone is shallow.
    #[error("{message}, since this clone is shallow")]
    Shallow { message: String },
    #[error("`{base}` and `{head}` have no commit in common")]
    Unrelated { base: String, head: String },
    #[error("object {id} of this repository cannot be read: {why}")]
    Object { id: String, why: String },
}

impl GitError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            GitError::NoRepository { .. } => "name a directory of a clone, or a bare repository",
            GitError::Open { .. } => "`git fsck` says what is wrong with it",
            GitError::NoRevision { .. } => {
                "name a branch, a tag or a commit of this clone; a branch of the remote is `origin/NAME`, once it is fetched"
            }
            GitError::Shallow { .. } => {
                "run `git fetch --unshallow`, or in GitHub Actions check out with `fetch-depth: 0`"
            }
            GitError::Unrelated { .. } => "compare the two trees themselves with `--direct`",
            GitError::Object { .. } => {
                "`git fsck` says what is wrong; in a partial clone, `git fetch --refetch` brings what is missing"
            }
        }
    }
}

/// A repository that is open for reading.
pub struct Repository {
    inner: gix::ThreadSafeRepository,
    top: Option<PathBuf>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository").field("top", &self.top).finish_non_exhaustive()
    }
}

impl Repository {
    /// The repository that a path is in: a work tree, also a linked one or that of a submodule, or a bare
    /// repository. Configuration outside of the repository is not read.
    pub fn discover(path: &Path) -> Result<Self, GitError> {
        let missing = || GitError::NoRepository { path: path.to_path_buf() };
        let start = path.canonicalize().map_err(|_| missing())?;
        let start = if start.is_file() { start.parent().unwrap_or(&start) } else { &start };
        let isolated = gix::open::Options::isolated;
        let options = gix::sec::trust::Mapping { full: isolated(), reduced: isolated() };
        gix::discover::upwards(start).map_err(|_| missing())?;
        let inner = gix::ThreadSafeRepository::discover_opts(start, Default::default(), options)
            .map_err(|error| GitError::Open { path: path.to_path_buf(), why: error.to_string() })?;
        let top = inner.work_tree.as_ref().and_then(|dir| dir.canonicalize().ok());
        Ok(Repository { inner, top })
    }

    /// The top of the work tree; a bare repository has none.
    pub fn top(&self) -> Option<&Path> {
        self.top.as_deref()
    }

    /// Where a path on disk is in the trees of this repository. A bare repository has no directories on disk, so
    /// that its path stands for the top.
    pub fn within(&self, path: &Path) -> Option<PathBuf> {
        let Some(top) = &self.top else { return Some(PathBuf::new()) };
        let real = path.canonicalize().ok()?;
        real.strip_prefix(top).ok().map(Path::to_path_buf)
    }

    /// The commit that a revision names: a branch, a tag, `HEAD~3`, or the beginning of an id.
    pub fn commit(&self, rev: &str) -> Result<Commit, GitError> {
        let local = self.inner.to_thread_local();
        let found = local.rev_parse_single(BStr::new(rev)).and_then(|id| id.object());
        let commit = found.and_then(|object| object.peel_to_kind(gix::object::Kind::Commit));
        match commit {
            Ok(object) => Commit::new(&object.into_commit()),
            Err(_) if self.is_shallow() => {
                Err(GitError::Shallow { message: format!("`{rev}` is not in this repository") })
            }
            Err(error) => Err(GitError::NoRevision { rev: rev.to_string(), why: error.to_string() }),
        }
    }

    /// Where two lines of history parted, which is what a pull request is compared with.
    pub fn merge_base(&self, base: &Commit, head: &Commit) -> Result<Commit, GitError> {
        let mut local = self.inner.to_thread_local();
        local.object_cache_size_if_unset(4 * 1024 * 1024);
        let found = local.merge_base(base.object(), head.object());
        match found {
            Ok(Some(id)) => {
                let object = id.object().map_err(|error| unreadable(&id.to_string(), &error))?;
                Commit::new(&object.into_commit())
            }
            Ok(None) | Err(_) if self.is_shallow() => Err(GitError::Shallow {
                message: format!(
                    "the commit that {} and {} have in common is not in this repository",
                    base.short(),
                    head.short()
                ),
            }),
            Ok(None) => Err(GitError::Unrelated { base: base.short(), head: head.short() }),
            Err(error) => Err(unreadable(&base.id, &error)),
        }
    }

    /// All files of a commit, to be read when they are needed.
    pub fn snapshot(&self, commit: &Commit) -> Result<Arc<Snapshot>, GitError> {
        let items = listing::of(&self.inner.to_thread_local(), commit.tree())?;
        Ok(Arc::new(Snapshot::new(items, Arc::new(ObjectBlobs::new(self.inner.clone())))))
    }

    /// The address that a remote is fetched from, without what stands before an `@`: it may be a password.
    pub fn remote(&self, name: &str) -> Option<String> {
        let local = self.inner.to_thread_local();
        let url = local.config_snapshot().string(&format!("remote.{name}.url"))?;
        let url = url.to_string();
        match (url.split_once("://"), url.rfind('@')) {
            (Some((scheme, _)), Some(at)) => Some(format!("{scheme}://{}", &url[at + 1..])),
            _ => Some(url),
        }
    }

    fn is_shallow(&self) -> bool {
        self.inner.to_thread_local().is_shallow().unwrap_or(false)
    }
}

fn unreadable(id: &str, error: &dyn std::fmt::Display) -> GitError {
    GitError::Object { id: id.to_string(), why: error.to_string() }
}
