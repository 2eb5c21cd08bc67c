//! A directory on disk: what is in it, and reading it.

use super::discover::{Entry, display_path, outside, to_nothing};
use super::{BlobError, Blobs, FileKind, Item, MAX_FILE_BYTES, Snapshot};
use crate::diagnostic::{Gap, GapKind};
use ignore::WalkBuilder;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// All files below `from`. `.gitignore` is honoured; `.terraform` is entered only to find cached modules. Links
/// that leave `root` are reported and not followed.
pub(super) fn walk(root: &Path, from: &Path, gaps: &mut Vec<Gap>) -> Vec<Entry> {
    let mut found = Vec::new();
    let walker = WalkBuilder::new(from)
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .parents(true)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    let mut dot_terraform = Vec::new();
    for entry in walker {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                gaps.push(Gap::new(GapKind::Unreadable, None, format!("cannot read: {error}")));
                continue;
            }
        };
        let path = entry.path();
        if path.components().any(|part| part.as_os_str() == ".terraform") {
            continue;
        }
        let kind = entry.file_type();
        let is_link = kind.is_some_and(|kind| kind.is_symlink());
        if kind.is_some_and(|kind| kind.is_dir()) {
            let cache = path.join(".terraform");
            let manifest = cache.join("modules/modules.json");
            if manifest.is_file() && resolve_link(root, &manifest).is_ok() {
                dot_terraform.push(cache);
            }
            continue;
        }
        let terraform = FileKind::of(&entry.file_name().to_string_lossy());
        let path = path.to_path_buf();
        match (terraform, is_link.then(|| resolve_link(root, &path))) {
            (Some(kind), None | Some(Ok(()))) => found.push(Entry::File(path, kind)),
            (Some(_), Some(Err(gap))) => gaps.push(gap),
            (None, None | Some(Ok(()))) => found.push(Entry::Other(path)),
            (None, Some(Err(_))) => {}
        }
    }
    for cache in dot_terraform {
        found.push(Entry::Manifest(cache.join("modules/modules.json")));
        found.extend(cached_modules(root, &cache.join("modules")));
    }
    found
}

/// Cached modules are ignored by most `.gitignore` files, so they are walked without it.
fn cached_modules(root: &Path, modules: &Path) -> Vec<Entry> {
    if !modules.canonicalize().is_ok_and(|real| real.starts_with(root)) {
        return Vec::new();
    }
    WalkBuilder::new(modules)
        .standard_filters(false)
        .build()
        .flatten()
        .filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()))
        .map(|entry| Entry::of(entry.path().to_path_buf()))
        .collect()
}

fn resolve_link(root: &Path, path: &Path) -> Result<(), Gap> {
    let shown = display_path(root, path);
    match path.canonicalize() {
        Ok(real) if real.starts_with(root) => Ok(()),
        Ok(_) => Err(outside(shown)),
        Err(_) => Err(to_nothing(shown)),
    }
}

/// Reads a regular file of moderate size; anything else is a gap.
pub fn read_limited(path: &Path) -> Result<Vec<u8>, Gap> {
    let unreadable = |error: std::io::Error| {
        let message =
            format!("cannot read {}: {error}", path.file_name().unwrap_or_default().to_string_lossy());
        Gap::new(GapKind::Unreadable, None, message)
    };
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    // A pipe or device named like a Terraform file would block the read.
    if !meta.is_file() {
        return Err(Gap::new(GapKind::Unreadable, None, "not a regular file"));
    }
    if meta.len() > MAX_FILE_BYTES {
        return Err(super::discover::too_large(meta.len()));
    }
    super::discover::readable(std::fs::read(path).map_err(unreadable)?)
}

/// The nearest directory from `start` upwards that holds `.git`, which is a file in worktrees and submodules.
pub(super) fn repository_root(start: &Path) -> Option<PathBuf> {
    let start = start.canonicalize().ok()?;
    start.ancestors().find(|dir| dir.join(".git").exists()).map(Path::to_path_buf)
}

/// The files of a work tree as if they were committed: without those that git ignores, and without what is
/// cached in `.terraform`. They are read when they are needed.
pub fn work_tree(top: &Path) -> Snapshot {
    let from = top.to_path_buf();
    let walker = WalkBuilder::new(top)
        .hidden(false)
        .follow_links(false)
        .require_git(false)
        .parents(true)
        .filter_entry(move |entry| {
            let is_repository = entry.path() != from && entry.path().join(".git").exists();
            entry.file_name() != ".git" && entry.file_name() != ".terraform" && !is_repository
        })
        .build();
    let mut items = BTreeMap::new();
    for entry in walker.flatten() {
        let Some(kind) = entry.file_type() else { continue };
        let path = display_path(top, entry.path());
        let blob = path.clone();
        let item = match () {
            () if kind.is_symlink() => Item::Link { blob },
            () if kind.is_file() => Item::File { blob },
            () => continue,
        };
        items.insert(path, item);
    }
    Snapshot::new(items, Arc::new(Files { top: top.to_path_buf() }))
}

/// Contents by path.
#[derive(Debug)]
struct Files {
    top: PathBuf,
}

impl Blobs for Files {
    fn read(&self, blob: &str, limit: u64) -> Result<Vec<u8>, BlobError> {
        let unreadable = |error: std::io::Error| BlobError::Unreadable(error.to_string());
        let path = self.top.join(blob);
        let meta = std::fs::symlink_metadata(&path).map_err(unreadable)?;
        if meta.is_symlink() {
            let target = std::fs::read_link(&path).map_err(unreadable)?;
            return Ok(target.to_string_lossy().into_owned().into_bytes());
        }
        if meta.len() > limit {
            return Err(BlobError::TooLarge(meta.len()));
        }
        std::fs::read(&path).map_err(unreadable)
    }
}
