//! The files of a directory over time. A file keeps its id while it is there, and what did not change is neither
//! read nor copied again.

use super::discover::{Discovered, display_path, encoding_gap, list};
use super::file::{Numbered, Place};
use super::ids::Ids;
use super::{FileId, FileKind, Overlay, SourceFile, SourceMap, Tree};
use crate::diagnostic::Gap;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory that is looked at again and again.
#[derive(Debug)]
pub struct Kept {
    tree: Tree,
    /// With links resolved.
    base: PathBuf,
    /// What an editor holds, by path as users see it.
    buffers: BTreeMap<String, Arc<[u8]>>,
    entries: Entries,
    ids: Arc<Ids>,
    manifests: Vec<PathBuf>,
    gaps: Vec<Gap>,
    /// Paths of which the content may have changed.
    dirty: BTreeSet<String>,
    /// Files may have come or gone.
    relist: bool,
    remanifest: bool,
    /// All contents may have changed.
    reread: bool,
}

/// Terraform files first, both in the order of their paths.
type Entries = BTreeMap<(bool, PathBuf), Entry>;

#[derive(Debug)]
struct Entry {
    id: FileId,
    kind: Option<FileKind>,
    place: Arc<Place>,
    /// Of other files only what was asked for.
    content: Option<Result<Arc<SourceFile>, Gap>>,
}

/// What is new about the files.
#[derive(Debug, Default)]
pub struct News {
    /// Paths that came, went, or have another content.
    pub changed: BTreeSet<String>,
    /// What was known of them.
    pub before: Vec<Arc<SourceFile>>,
    /// Their ids, then and now.
    pub ids: HashSet<FileId>,
    /// Where cached modules are may have changed.
    pub manifests: bool,
    /// The ids are not those of before.
    pub renumbered: bool,
}

/// Changed paths that are looked up one by one.
const FEW: usize = 32;

/// The last id that a file may have: the largest number is that of no file.
const LAST: u64 = u32::MAX as u64 - 1;

impl Kept {
    pub fn open(tree: Tree) -> std::io::Result<Self> {
        let base = tree.open()?;
        Ok(Kept {
            tree,
            base,
            buffers: BTreeMap::new(),
            entries: BTreeMap::new(),
            ids: Arc::default(),
            manifests: Vec::new(),
            gaps: Vec::new(),
            dirty: BTreeSet::new(),
            relist: true,
            remanifest: true,
            reread: true,
        })
    }

    pub fn base(&self) -> &Path {
        &self.base
    }

    pub fn set_buffer(&mut self, path: &str, text: Arc<str>) {
        self.buffers.insert(path.to_owned(), text.into());
        self.dirty.insert(path.to_owned());
    }

    pub fn close_buffer(&mut self, path: &str) {
        if self.buffers.remove(path).is_some() {
            self.dirty.insert(path.to_owned());
        }
    }

    pub fn open_paths(&self) -> BTreeSet<String> {
        self.buffers.keys().cloned().collect()
    }

    /// Something happened to these paths on disk; to any of them, where none is named.
    pub fn refresh(&mut self, paths: &[String]) {
        self.reread |= paths.is_empty();
        self.relist |= paths.is_empty();
        self.remanifest |= paths.is_empty() || paths.iter().any(|path| path.ends_with("modules.json"));
        for path in paths {
            self.relist |= !self.is_still_there(path);
            let below = format!("{path}/");
            let inside = self.entries.values().map(|entry| &entry.place.path);
            self.dirty.extend(inside.filter(|known| known.starts_with(&below)).cloned());
            self.dirty.insert(path.clone());
        }
    }

    /// A file that was listed and is a plain file still has at most another content.
    fn is_still_there(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let decides = matches!(name, ".gitignore" | ".ignore" | "modules.json" | "exclude");
        let on_disk = std::fs::symlink_metadata(self.base.join(path)).is_ok_and(|meta| meta.is_file());
        !decides && on_disk && self.ids.contains(path)
    }

    /// The bytes that stand for those on disk.
    pub fn overlay(&self) -> Overlay {
        self.buffers.iter().map(|(path, bytes)| (self.base.join(path), bytes.clone())).collect()
    }

    /// Looks at what may have changed.
    pub fn look(&mut self) -> std::io::Result<News> {
        let reader = SourceMap::new(self.base.clone(), self.tree.clone(), self.overlay());
        let mut news = News::default();
        let relisted = self.relist;
        if relisted {
            self.list(&mut news)?;
            self.relist = false;
        }
        news.manifests |= std::mem::take(&mut self.remanifest) && !self.manifests.is_empty();
        self.read(&reader, &mut news, relisted);
        let moved = |path: &String| self.ids.contains(path) != self.is_listed(path);
        if news.renumbered || news.changed.iter().any(moved) {
            let paths = self.entries.values().filter(|entry| entry.is_listed());
            self.ids = Arc::new(paths.map(|entry| (entry.place.path.clone(), entry.id)).collect());
        }
        Ok(news)
    }

    /// The files as they were when they were looked at.
    pub fn discovered(&self) -> Discovered {
        let mut gaps = self.gaps.clone();
        let files = self.entries.values().filter_map(|entry| match (&entry.kind, &entry.content) {
            (Some(_), Some(Ok(file))) => Some(Numbered::File(file.clone())),
            (Some(_), Some(Err(gap))) => {
                gaps.push(gap.clone().path(entry.place.path.clone()));
                None
            }
            (Some(_), None) => None,
            (None, content) => {
                let known = content.as_ref().and_then(|content| content.as_ref().ok()).cloned();
                Some(Numbered::Other(entry.id, entry.place.clone(), known))
            }
        });
        let top = (self.base.clone(), self.tree.clone(), self.overlay());
        let sources = SourceMap::numbered(top, self.ids.clone(), files);
        gaps.extend(sources.iter().filter_map(|file| encoding_gap(&sources, file.id)));
        Discovered { sources, gaps, manifests: self.manifests.clone() }
    }

    /// Remembers what was read beside the Terraform files.
    pub fn remember(&mut self, sources: &SourceMap) {
        for file in sources.loaded() {
            if let Some(entry) = self.entries.get_mut(&(true, file.absolute.clone())) {
                entry.content = Some(Ok(file.clone()));
            }
        }
    }

    fn is_listed(&self, path: &str) -> bool {
        let absolute = self.base.join(path);
        let known = |is_other| self.entries.get(&(is_other, absolute.clone())).is_some_and(Entry::is_listed);
        known(false) || known(true)
    }

    fn list(&mut self, news: &mut News) -> std::io::Result<()> {
        let listing = list(&self.tree)?;
        news.manifests |= self.manifests != listing.manifests;
        self.manifests = listing.manifests;
        self.gaps = listing.gaps;
        let mut before = std::mem::take(&mut self.entries);
        let files = listing.entries.into_iter().map(|(path, kind)| (path, Some(kind)));
        let all = files.chain(listing.others.into_iter().map(|path| (path, None)));
        for (absolute, kind) in all {
            let key = (kind.is_none(), absolute);
            let entry = before.remove(&key).unwrap_or_else(|| {
                let path = display_path(&self.base, &key.1);
                news.changed.insert(path.clone());
                let place = Arc::new(Place { path, absolute: key.1.clone() });
                Entry { id: FileId(u32::MAX), kind, place, content: None }
            });
            self.entries.insert(key, entry);
        }
        for entry in before.into_values() {
            news.changed.insert(entry.place.path.clone());
            news.ids.insert(entry.id);
            news.before.extend(entry.content.and_then(Result::ok));
        }
        news.renumbered = number(&mut self.entries);
        Ok(())
    }

    fn read(&mut self, reader: &SourceMap, news: &mut News, relisted: bool) {
        let dirty = std::mem::take(&mut self.dirty);
        let all = std::mem::take(&mut self.reread);
        let known = |path: &String| {
            [false, true]
                .map(|is_other| (is_other, self.base.join(path)))
                .into_iter()
                .find(|key| self.entries.contains_key(key))
        };
        // Most often it is one file, and to ask all of them would be more than to read it.
        let keys: Option<Vec<_>> =
            if all || relisted || dirty.len() > FEW { None } else { dirty.iter().map(known).collect() };
        if let Some(keys) = keys {
            for key in keys {
                let Some(entry) = self.entries.get_mut(&key) else { continue };
                let (id, read) = (entry.id, entry.read(reader));
                news.take(id, read);
            }
            return;
        }
        let is_stale = |entry: &&mut Entry| {
            let is_new = entry.kind.is_some() && entry.content.is_none();
            is_new || all || dirty.contains(&entry.place.path)
        };
        let stale: Vec<&mut Entry> = self.entries.values_mut().filter(is_stale).collect();
        let read: Vec<_> = stale.into_par_iter().map(|entry| (entry.id, entry.read(reader))).collect();
        read.into_iter().for_each(|(id, read)| news.take(id, read));
    }
}

impl News {
    fn take(&mut self, id: FileId, read: Option<(String, Option<Arc<SourceFile>>)>) {
        let Some((path, before)) = read else { return };
        self.changed.insert(path);
        self.ids.insert(id);
        self.before.extend(before);
    }
}

impl Entry {
    fn is_listed(&self) -> bool {
        !matches!(self.content, Some(Err(_)))
    }

    /// Its path and what it was, if it is not that any more.
    fn read(&mut self, reader: &SourceMap) -> Option<(String, Option<Arc<SourceFile>>)> {
        let Place { path, absolute } = &*self.place;
        let Some(kind) = self.kind else {
            return self.reread(reader);
        };
        let content = reader
            .read(absolute)
            .map(|bytes| Arc::new(SourceFile::new(self.id, path.clone(), absolute.clone(), kind, bytes)));
        let same = match (&self.content, &content) {
            (Some(Ok(known)), Ok(file)) => is_same(known, file),
            (Some(Err(known)), Err(gap)) => known == gap,
            _ => false,
        };
        if same {
            return None;
        }
        let path = path.clone();
        Some((path, self.content.replace(content).and_then(Result::ok)))
    }

    /// The same for a file that is read when something names it, and was not read before as often as not.
    fn reread(&mut self, reader: &SourceMap) -> Option<(String, Option<Arc<SourceFile>>)> {
        let Place { path, absolute } = &*self.place;
        let known = self.content.take().and_then(Result::ok);
        let content = known.as_ref().and_then(|_| {
            let bytes = reader.read(absolute).ok()?;
            Some(SourceFile::new(self.id, path.clone(), absolute.clone(), FileKind::Other, bytes))
        });
        if let (Some(known), Some(file)) = (&known, &content)
            && is_same(known, file)
        {
            self.content = Some(Ok(known.clone()));
            return None;
        }
        self.content = content.map(|file| Ok(Arc::new(file)));
        Some((path.clone(), known))
    }
}

fn is_same(known: &SourceFile, file: &SourceFile) -> bool {
    known.text == file.text && known.invalid_utf8.is_none() && file.invalid_utf8.is_none()
}

/// Gives numbers to what has none, between those of its neighbours. Where there is no room, all get new ones.
/// Whether they did.
fn number(entries: &mut Entries) -> bool {
    let count = entries.len() as u64;
    let step = (LAST / (count + 1)).clamp(1, 1 << 12);
    let mut ids: Vec<&mut Entry> = entries.values_mut().collect();
    let mut at = 0;
    let mut before = 0_u64;
    while at < ids.len() {
        if ids[at].id.0 != u32::MAX {
            before = u64::from(ids[at].id.0);
            at += 1;
            continue;
        }
        let until = (at..ids.len()).find(|next| ids[*next].id.0 != u32::MAX);
        let new = (until.unwrap_or(ids.len()) - at) as u64;
        let after = until.map_or(LAST.min(before + step * (new + 1)), |next| u64::from(ids[next].id.0));
        let room = (after - before) / (new + 1);
        if room == 0 {
            for (place, entry) in ids.iter_mut().enumerate() {
                entry.id = FileId((step * (place as u64 + 1)) as u32);
                entry.content = None;
            }
            return true;
        }
        for entry in &mut ids[at..at + new as usize] {
            before += room;
            entry.id = FileId(before as u32);
        }
        at += new as usize;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(ids: &[u32]) -> Entries {
        let entry = |at: usize, id: u32| {
            let absolute = PathBuf::from(format!("/x/{at:04}.tf"));
            let place = Arc::new(Place { path: format!("{at:04}.tf"), absolute: absolute.clone() });
            ((false, absolute), Entry { id: FileId(id), kind: Some(FileKind::Hcl), place, content: None })
        };
        ids.iter().enumerate().map(|(at, id)| entry(at, *id)).collect()
    }

    fn numbered(ids: &[u32]) -> (bool, Vec<u32>) {
        let mut entries = entries(ids);
        let anew = number(&mut entries);
        (anew, entries.values().map(|entry| entry.id.0).collect())
    }

    const NEW: u32 = u32::MAX;

    #[test]
    fn new_files_are_numbered_between_their_neighbours() {
        let (anew, first) = numbered(&[NEW, NEW, NEW]);
        assert!(!anew && first.is_sorted() && first[0] > 1 && first[1] - first[0] > 1, "{first:?}");
        let (anew, ids) = numbered(&[NEW, first[0], NEW, NEW, first[1], first[2], NEW]);
        assert!(!anew && [ids[1], ids[4], ids[5]] == first[..], "{ids:?}");
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    }

    #[test]
    fn without_room_all_get_new_numbers() {
        let (anew, ids) = numbered(&[7, NEW, 8, u32::MAX - 1]);
        assert!(anew && ids.windows(2).all(|pair| pair[0] < pair[1]) && ids[3] < NEW, "{ids:?}");
        let (anew, ids) = numbered(&[7, u32::MAX - 1, NEW]);
        assert!(anew && ids.is_sorted() && ids[2] < NEW, "{ids:?}");
    }
}
