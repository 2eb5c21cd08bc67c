//! Which file has which number, by path and by directory.

use super::FileId;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::OnceLock;

/// Paths as users see them, with `/`.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    paths: BTreeMap<String, FileId>,
    /// In the order of the paths, made when it is asked for.
    dirs: OnceLock<HashMap<Box<str>, Vec<FileId>>>,
}

impl Ids {
    pub fn insert(&mut self, path: String, id: FileId) {
        self.dirs = OnceLock::new();
        self.paths.insert(path, id);
    }

    pub fn get(&self, path: &str) -> Option<FileId> {
        self.paths.get(path).copied()
    }

    pub fn contains(&self, path: &str) -> bool {
        self.paths.contains_key(path)
    }

    /// Paths from a prefix on, in order.
    pub fn from<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let from = self.paths.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        from.map(|(path, _)| path.as_str())
    }

    /// Files that are in a directory itself.
    pub fn in_dir(&self, dir: &str) -> &[FileId] {
        let dirs = self.dirs.get_or_init(|| {
            let mut dirs: HashMap<Box<str>, Vec<FileId>> = HashMap::new();
            for (path, id) in &self.paths {
                let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
                match dirs.get_mut(dir) {
                    Some(known) => known.push(*id),
                    None => drop(dirs.insert(dir.into(), vec![*id])),
                }
            }
            dirs
        });
        dirs.get(dir).map_or(&[], Vec::as_slice)
    }
}

impl FromIterator<(String, FileId)> for Ids {
    fn from_iter<T: IntoIterator<Item = (String, FileId)>>(paths: T) -> Self {
        Ids { paths: paths.into_iter().collect(), dirs: OnceLock::new() }
    }
}
