use super::{FileKind, MAX_FILE_BYTES, Overlay, SourceMap, Tree, disk};
use crate::diagnostic::{Gap, GapKind};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// The files of a scan, and those that could not be read.
#[derive(Debug)]
pub struct Discovered {
    pub sources: SourceMap,
    pub gaps: Vec<Gap>,
    /// `modules.json` manifests of `.terraform` directories, which map module calls to cached copies.
    pub manifests: Vec<PathBuf>,
}

/// A file below the scanned root.
pub(super) enum Entry {
    File(PathBuf, FileKind),
    Other(PathBuf),
    Manifest(PathBuf),
}

impl Entry {
    pub fn of(path: PathBuf) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match FileKind::of(&name) {
            Some(kind) => Entry::File(path, kind),
            None => Entry::Other(path),
        }
    }
}

/// Reads every Terraform file of a tree, sorted by path. On disk `.gitignore` is honoured; a snapshot has only
/// what is tracked. `.terraform` is entered only to find cached modules. Links that leave the root are reported
/// and not followed. Files of the overlay are taken from there.
pub fn discover(tree: &Tree, overlay: &Overlay) -> std::io::Result<Discovered> {
    let Listing { base, entries, others, manifests, mut gaps } = list(tree)?;
    let mut sources = SourceMap::new(base, tree.clone(), overlay.clone());
    let read: Vec<_> = entries
        .into_par_iter()
        .map(|(path, kind)| {
            let result = sources.read(&path);
            (display_path(&sources.root, &path), path, kind, result)
        })
        .collect();
    for (shown, path, kind, result) in read {
        match result {
            Ok(bytes) => {
                let id = sources.add(shown, path, kind, bytes);
                gaps.extend(encoding_gap(&sources, id));
            }
            Err(gap) => gaps.push(gap.path(shown)),
        }
    }
    for path in others {
        sources.list(display_path(&sources.root, &path), path);
    }
    Ok(Discovered { sources, gaps, manifests })
}

/// What there is to read.
pub(super) struct Listing {
    /// The scanned directory.
    pub base: PathBuf,
    /// Sorted, as are the others.
    pub entries: Vec<(PathBuf, FileKind)>,
    pub others: Vec<PathBuf>,
    pub manifests: Vec<PathBuf>,
    pub gaps: Vec<Gap>,
}

pub(super) fn list(tree: &Tree) -> std::io::Result<Listing> {
    let root = tree.open()?;
    let (base, only) = match tree.is_file(&root) {
        true => (root.parent().unwrap_or(&root).to_path_buf(), Some(root.clone())),
        false => (root.clone(), None),
    };
    let mut gaps = Vec::new();
    let mut entries = Vec::new();
    let mut manifests = Vec::new();
    let mut others = Vec::new();
    match only {
        Some(file) => {
            let kind = FileKind::of(&file.to_string_lossy()).unwrap_or(FileKind::Hcl);
            entries.push((file, kind));
        }
        None => {
            let found = match tree {
                Tree::Disk(_) => disk::walk(&base, &base, &mut gaps),
                Tree::Snapshot { files, .. } => files.walk(&base, &mut gaps),
            };
            for entry in found {
                match entry {
                    Entry::File(path, kind) => entries.push((path, kind)),
                    Entry::Other(path) => others.push(path),
                    Entry::Manifest(path) => manifests.push(path),
                }
            }
        }
    }
    entries.sort();
    entries.dedup();
    manifests.sort();
    others.sort();
    Ok(Listing { base, entries, others, manifests, gaps })
}

pub(super) fn encoding_gap(sources: &SourceMap, id: super::FileId) -> Option<Gap> {
    let file = sources.get(id);
    let (count, first) = file.invalid_utf8?;
    let span = super::Span::new(id, first, first + 1);
    let message = format!("{count} byte(s) of `{}` are not UTF-8 and were read as `?`", file.path);
    Some(Gap::new(GapKind::Encoding, Some(span), message).help("save the file as UTF-8"))
}

/// Bytes of a file, unless nobody can read them.
pub(super) fn readable(bytes: Vec<u8>) -> Result<Vec<u8>, Gap> {
    match bytes.starts_with(b"\0GITCRYPT") {
        true => Err(Gap::new(GapKind::Unreadable, None, "encrypted with git-crypt")
            .help("run `git-crypt unlock` before the scan")),
        false => Ok(bytes),
    }
}

pub(super) fn too_large(len: u64) -> Gap {
    let message = format!("{len} bytes, over the limit of {MAX_FILE_BYTES}");
    Gap::new(GapKind::TooLarge, None, message)
        .help("Terraform code this large is generated: scan what generates it")
}

pub(super) fn outside(shown: String) -> Gap {
    Gap::new(
        GapKind::OutsideRoot,
        None,
        format!("`{shown}` is a symlink out of the scanned directory and was not read"),
    )
    .path(shown)
    .help("scan the directory that holds both, or replace the link by a copy")
}

pub(super) fn to_nothing(shown: String) -> Gap {
    Gap::new(GapKind::Unreadable, None, format!("`{shown}` is a symlink to nothing")).path(shown)
}

/// `path` below `root` with forward slashes.
pub(super) fn display_path(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
