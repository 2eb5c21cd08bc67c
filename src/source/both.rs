//! Two revisions of the same files, of which most are the same.

use super::discover::{Discovered, Listing, display_path, encoding_gap, list};
use super::{FileKind, Overlay, SourceFile, SourceMap, Tree};
use crate::diagnostic::Gap;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The files of two revisions. A file that is the same in both has the same id in both, so that whatever was made
/// of it serves both.
#[derive(Debug)]
pub struct Both {
    pub left: Discovered,
    pub right: Discovered,
    /// Paths, as users see them, of which the content is not the same or not known to be.
    pub changed: BTreeSet<String>,
}

type Content = Result<Vec<u8>, Gap>;

/// What a path holds on either side.
enum Pair {
    Same(FileKind, Content),
    Differ(Option<(FileKind, Content)>, Option<(FileKind, Content)>),
}

/// Reads two trees. `None` where they have nothing to share: the scanned directories are not the same.
pub fn discover_both(left: &Tree, right: &Tree) -> std::io::Result<Option<Both>> {
    let (of_left, of_right) = (list(left)?, list(right)?);
    if of_left.base != of_right.base {
        return Ok(None);
    }
    let base = of_left.base.clone();
    let mut files: BTreeMap<&PathBuf, (Option<FileKind>, Option<FileKind>)> = BTreeMap::new();
    of_left.entries.iter().for_each(|(path, kind)| files.entry(path).or_default().0 = Some(*kind));
    of_right.entries.iter().for_each(|(path, kind)| files.entry(path).or_default().1 = Some(*kind));
    let read: Vec<(&PathBuf, Pair)> =
        files.into_par_iter().map(|(path, kinds)| (path, read(left, right, path, kinds))).collect();
    let mut joint = Joint::new(base, left, right);
    for (path, pair) in read {
        joint.file(path, pair);
    }
    joint.others(&of_left, &of_right);
    let Joint { left, right, mut gaps, changed } = joint;
    let finish = |sources, listing: Listing, mut gaps: Vec<Gap>| {
        gaps.extend(listing.gaps);
        Discovered { sources, gaps, manifests: listing.manifests }
    };
    let right_gaps = gaps.pop().unwrap_or_default();
    let left_gaps = gaps.pop().unwrap_or_default();
    Ok(Some(Both {
        left: finish(left, of_left, left_gaps),
        right: finish(right, of_right, right_gaps),
        changed,
    }))
}

fn read(left: &Tree, right: &Tree, path: &Path, kinds: (Option<FileKind>, Option<FileKind>)) -> Pair {
    let (Some(kind), Some(other)) = kinds else {
        let of = |tree: &Tree, kind: Option<FileKind>| kind.map(|kind| (kind, tree.read(path)));
        return Pair::Differ(of(left, kinds.0), of(right, kinds.1));
    };
    if is_same(left, right, path) {
        return Pair::Same(kind, left.read(path));
    }
    match (left.read(path), right.read(path)) {
        (Ok(bytes), Ok(same)) if bytes == same => Pair::Same(kind, Ok(bytes)),
        (before, after) => Pair::Differ(Some((kind, before)), Some((other, after))),
    }
}

/// Known to hold the same without being read.
fn is_same(left: &Tree, right: &Tree, path: &Path) -> bool {
    left.digest(path).is_some_and(|digest| right.digest(path) == Some(digest))
}

/// Two maps with the same ids.
struct Joint {
    left: SourceMap,
    right: SourceMap,
    /// Of the left one and the right one.
    gaps: Vec<Vec<Gap>>,
    changed: BTreeSet<String>,
}

impl Joint {
    fn new(base: PathBuf, left: &Tree, right: &Tree) -> Self {
        Joint {
            left: SourceMap::new(base.clone(), left.clone(), Overlay::new()),
            right: SourceMap::new(base, right.clone(), Overlay::new()),
            gaps: vec![Vec::new(), Vec::new()],
            changed: BTreeSet::new(),
        }
    }

    fn file(&mut self, path: &Path, pair: Pair) {
        let shown = display_path(&self.left.root, path);
        match pair {
            Pair::Same(kind, Ok(bytes)) => {
                let id = self.left.add(shown, path.to_path_buf(), kind, bytes);
                self.right.share(self.left.get(id).clone());
                let gap = encoding_gap(&self.left, id);
                self.gaps.iter_mut().for_each(|gaps| gaps.extend(gap.clone()));
            }
            Pair::Same(_, Err(gap)) => {
                self.gaps.iter_mut().for_each(|gaps| gaps.push(gap.clone().path(shown.clone())));
            }
            Pair::Differ(before, after) => {
                self.one(path, &shown, before, 0);
                self.one(path, &shown, after, 1);
                self.changed.insert(shown);
            }
        }
    }

    /// A file of one side.
    fn one(&mut self, path: &Path, shown: &str, content: Option<(FileKind, Content)>, side: usize) {
        let (own, other) = match side {
            0 => (&mut self.left, &mut self.right),
            _ => (&mut self.right, &mut self.left),
        };
        match content {
            None => {}
            Some((kind, Ok(bytes))) => {
                let id = own.add(shown.to_string(), path.to_path_buf(), kind, bytes);
                other.skip();
                self.gaps[side].extend(encoding_gap(own, id));
            }
            Some((_, Err(gap))) => self.gaps[side].push(gap.path(shown)),
        }
    }

    fn others(&mut self, left: &Listing, right: &Listing) {
        let mut paths: BTreeMap<&PathBuf, (bool, bool)> = BTreeMap::new();
        left.others.iter().for_each(|path| paths.entry(path).or_default().0 = true);
        right.others.iter().for_each(|path| paths.entry(path).or_default().1 = true);
        for (path, (before, after)) in paths {
            let shown = display_path(&self.left.root, path);
            if before && after && is_same(self.left.tree(), self.right.tree(), path) {
                self.left.list(shown.clone(), path.clone());
                self.right.list(shown, path.clone());
                continue;
            }
            if before {
                self.left.list(shown.clone(), path.clone());
                self.right.skip();
            }
            if after {
                self.right.list(shown.clone(), path.clone());
                self.left.skip();
            }
            self.changed.insert(shown);
        }
    }
}

/// Whether a file is one and the same in both maps.
pub fn is_shared(left: &SourceFile, right: &SourceFile) -> bool {
    std::ptr::eq(left, right)
}
