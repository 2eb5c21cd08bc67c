//! A tree that is not on disk: the files of a revision by path, read when they are needed.

use super::discover::{Entry as Found, display_path, outside, readable, to_nothing, too_large};
use super::{FileKind, MAX_FILE_BYTES};
use crate::diagnostic::{Gap, GapKind};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// As many links in a row as Linux follows.
const MAX_LINKS: usize = 40;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    File {
        blob: String,
    },
    /// A symbolic link; the blob is where it leads.
    Link {
        blob: String,
    },
    /// Another repository, whose files are not here.
    Submodule,
}

/// Why a blob was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobError {
    /// It has more bytes than were asked for.
    TooLarge(u64),
    Unreadable(String),
}

/// Content by its name: an object of a git repository, or what was downloaded.
pub trait Blobs: Debug + Send + Sync {
    fn read(&self, blob: &str, limit: u64) -> Result<Vec<u8>, BlobError>;

    /// Whether a name stands for one content everywhere, as a hash does.
    fn names_content(&self) -> bool {
        false
    }
}

/// Contents in memory.
impl Blobs for BTreeMap<String, Vec<u8>> {
    fn read(&self, blob: &str, limit: u64) -> Result<Vec<u8>, BlobError> {
        match self.get(blob) {
            Some(bytes) if bytes.len() as u64 > limit => Err(BlobError::TooLarge(bytes.len() as u64)),
            Some(bytes) => Ok(bytes.clone()),
            None => Err(BlobError::Unreadable("there is no such object".to_string())),
        }
    }
}

/// All files of a revision.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// By path from the top, with `/`.
    items: BTreeMap<String, Item>,
    blobs: Arc<dyn Blobs>,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Leads {
    To(String),
    Outside,
    ToNothing,
}

impl Leads {
    pub fn inside(self) -> Option<PathBuf> {
        match self {
            Leads::To(path) => Some(PathBuf::from(path)),
            _ => None,
        }
    }
}

impl Default for Snapshot {
    fn default() -> Self {
        Snapshot { items: BTreeMap::new(), blobs: Arc::new(BTreeMap::<String, Vec<u8>>::new()) }
    }
}

impl Snapshot {
    /// Paths are relative to the top and have no `.` or `..` in them.
    pub fn new(items: BTreeMap<String, Item>, blobs: Arc<dyn Blobs>) -> Self {
        Snapshot { items, blobs }
    }

    pub fn items(&self) -> impl Iterator<Item = (&str, &Item)> {
        self.items.iter().map(|(path, item)| (path.as_str(), item))
    }

    pub(super) fn digest(&self, path: &Path) -> Option<&str> {
        let path = display_path(Path::new(""), path);
        match self.items.get(&path)? {
            Item::File { blob } if self.blobs.names_content() => Some(blob),
            _ => None,
        }
    }

    /// What stands at a path, links not followed.
    pub fn item(&self, path: &str) -> Option<&Item> {
        self.items.get(path)
    }

    pub(super) fn is_file(&self, path: &Path) -> bool {
        match self.resolve(path) {
            Leads::To(path) => matches!(self.items.get(&path), Some(Item::File { .. })),
            _ => false,
        }
    }

    fn is_directory(&self, path: &str) -> bool {
        path.is_empty() || self.below(path).next().is_some()
    }

    /// Everything below a directory.
    fn below<'a>(&'a self, dir: &str) -> impl Iterator<Item = (&'a String, &'a Item)> + use<'a> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let from = self.items.range(prefix.clone()..);
        from.take_while(move |(path, _)| path.starts_with(&prefix))
    }

    /// The file that a path leads to.
    pub(super) fn read(&self, path: &Path) -> Result<Vec<u8>, Gap> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let problem = |why: &str| Gap::new(GapKind::Unreadable, None, format!("cannot read {name}: {why}"));
        let path = match self.resolve(path) {
            Leads::To(path) => path,
            Leads::Outside => return Err(problem("it is outside of the repository")),
            Leads::ToNothing => return Err(problem("it is not in this revision")),
        };
        match self.items.get(&path) {
            Some(Item::File { blob }) => match self.blobs.read(blob, MAX_FILE_BYTES) {
                Ok(bytes) => readable(bytes),
                Err(BlobError::TooLarge(len)) => Err(too_large(len)),
                Err(BlobError::Unreadable(why)) => Err(problem(&why)),
            },
            _ => Err(Gap::new(GapKind::Unreadable, None, "not a regular file")),
        }
    }

    /// Follows links, also those of directories on the way, within the snapshot.
    pub(super) fn resolve(&self, path: &Path) -> Leads {
        let Some(mut pending) = components(path) else { return Leads::Outside };
        let mut done: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(part) = pending.pop() {
            if part == ".." {
                match done.pop() {
                    Some(_) => continue,
                    None => return Leads::Outside,
                }
            }
            done.push(part);
            let here = done.join("/");
            let Some(Item::Link { blob }) = self.items.get(&here) else { continue };
            links += 1;
            let target = self.blobs.read(blob, MAX_FILE_BYTES).ok();
            let target = target.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let Some(target) = target.filter(|_| links <= MAX_LINKS) else { return Leads::ToNothing };
            let Some(parts) = components(Path::new(&target)) else { return Leads::Outside };
            done.pop();
            pending.extend(parts);
        }
        let path = done.join("/");
        match self.items.contains_key(&path) || self.is_directory(&path) {
            true => Leads::To(path),
            false => Leads::ToNothing,
        }
    }

    /// All files below a directory, as the walk of a directory on disk lists them.
    pub(super) fn walk(&self, root: &Path, gaps: &mut Vec<Gap>) -> Vec<Found> {
        let dir = display_path(Path::new(""), root);
        let mut found = Vec::new();
        for (path, item) in self.below(&dir) {
            let path_buf = PathBuf::from(path);
            if let Some(rest) = cached(path) {
                found.extend(self.cached_module(path_buf, item, rest));
                continue;
            }
            let shown = display_path(root, &path_buf);
            let name = path.rsplit('/').next().unwrap_or(path);
            match (item, FileKind::of(name)) {
                (Item::File { .. }, Some(kind)) => found.push(Found::File(path_buf, kind)),
                (Item::File { .. }, None) => found.push(Found::Other(path_buf)),
                (Item::Submodule, _) => gaps.push(submodule(shown)),
                (Item::Link { .. }, kind) => match (self.resolve(&path_buf), kind) {
                    (Leads::To(target), kind) if Path::new(&target).starts_with(root) => {
                        found.push(kind.map_or_else(
                            || Found::Other(path_buf.clone()),
                            |kind| Found::File(path_buf.clone(), kind),
                        ));
                    }
                    (Leads::ToNothing, Some(_)) => gaps.push(to_nothing(shown)),
                    (_, Some(_)) => gaps.push(outside(shown)),
                    (_, None) => {}
                },
            }
        }
        found
    }

    /// Modules that were downloaded and then committed.
    fn cached_module(&self, path: PathBuf, item: &Item, rest: &str) -> Vec<Found> {
        if !rest.starts_with("modules/") || !matches!(item, Item::File { .. }) {
            return Vec::new();
        }
        match rest {
            "modules/modules.json" => vec![Found::Manifest(path.clone()), Found::Other(path)],
            _ => vec![Found::of(path)],
        }
    }
}

/// What follows the first `.terraform` in a path.
fn cached(path: &str) -> Option<&str> {
    match path.strip_prefix(".terraform/") {
        Some(rest) => Some(rest),
        None => path.split_once("/.terraform/").map(|(_, rest)| rest),
    }
}

fn submodule(shown: String) -> Gap {
    let message = format!("`{shown}` is a git submodule, whose files are not in this repository");
    Gap::new(GapKind::Unreadable, None, message).path(shown).help("review the other repository by itself")
}

/// The parts of a relative path, last one first; `None` for an absolute one.
fn components(path: &Path) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir => parts.push("..".to_string()),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    parts.reverse();
    Some(parts)
}
