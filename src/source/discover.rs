use super::{FileKind, MAX_FILE_BYTES, Overlay, SourceMap};
use crate::diagnostic::{Gap, GapKind};
use ignore::WalkBuilder;
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

enum Entry {
    File(PathBuf, FileKind),
    Other(PathBuf),
    Manifest(PathBuf),
}

/// Reads every Terraform file below `root`, sorted by path. `.gitignore` is honoured; `.terraform` is
/// entered only to find cached modules. Symlinks that leave the root are reported and not followed. Files of the
/// overlay are taken from there.
pub fn discover(root: &Path, overlay: &Overlay) -> std::io::Result<Discovered> {
    let root = root.canonicalize()?;
    let (base, only) = match root.is_file() {
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
            for entry in walk(&base, &base, &mut gaps) {
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
    let read: Vec<_> = entries
        .into_par_iter()
        .map(|(path, kind)| {
            let shown = display_path(&base, &path);
            let result = match overlay.get(&path) {
                Some(bytes) => Ok(bytes.to_vec()),
                None => read_limited(&path),
            };
            (path, kind, shown, result)
        })
        .collect();
    let mut sources = SourceMap::new(base);
    for (path, kind, shown, result) in read {
        match result {
            Ok(bytes) => {
                let id = sources.add(shown, path, kind, bytes);
                gaps.extend(encoding_gap(&sources, id));
            }
            Err(gap) => gaps.push(gap.path(shown)),
        }
    }
    others.sort();
    for path in others {
        sources.list(display_path(&sources.root, &path), path);
    }
    Ok(Discovered { sources, gaps, manifests })
}

fn encoding_gap(sources: &SourceMap, id: super::FileId) -> Option<Gap> {
    let file = sources.get(id);
    let (count, first) = file.invalid_utf8?;
    let span = super::Span::new(id, first, first + 1);
    let message = format!("{count} byte(s) of `{}` are not UTF-8 and were read as `?`", file.path);
    Some(Gap::new(GapKind::Encoding, Some(span), message).help("save the file as UTF-8"))
}

fn walk(root: &Path, from: &Path, gaps: &mut Vec<Gap>) -> Vec<Entry> {
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
        .map(|entry| {
            let path = entry.path().to_path_buf();
            match FileKind::of(&entry.file_name().to_string_lossy()) {
                Some(kind) => Entry::File(path, kind),
                None => Entry::Other(path),
            }
        })
        .collect()
}

fn resolve_link(root: &Path, path: &Path) -> Result<(), Gap> {
    let shown = display_path(root, path);
    match path.canonicalize() {
        Ok(real) if real.starts_with(root) => Ok(()),
        Ok(_) => Err(Gap::new(
            GapKind::OutsideRoot,
            None,
            format!("`{shown}` is a symlink out of the scanned directory and was not read"),
        )
        .path(shown)
        .help("scan the directory that holds both, or replace the link by a copy")),
        Err(_) => {
            Err(Gap::new(GapKind::Unreadable, None, format!("`{shown}` is a symlink to nothing")).path(shown))
        }
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
        let message = format!("{} bytes, over the limit of {MAX_FILE_BYTES}", meta.len());
        return Err(Gap::new(GapKind::TooLarge, None, message)
            .help("Terraform code this large is generated: scan what generates it"));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    if bytes.starts_with(b"\0GITCRYPT") {
        return Err(Gap::new(GapKind::Unreadable, None, "encrypted with git-crypt")
            .help("run `git-crypt unlock` before the scan"));
    }
    Ok(bytes)
}

/// `path` below `root` with forward slashes.
pub(super) fn display_path(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}
