//! Git repositories that tests build object by object, so that no git is needed.

#![allow(dead_code, reason = "each test uses its part")]

use gix::objs::tree::{Entry, EntryKind};
use gix::objs::{Commit, Tree};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A repository without work tree.
pub struct Built {
    pub dir: tempfile::TempDir,
    repository: gix::Repository,
    seconds: i64,
}

/// What stands at a path of a commit.
pub enum Thing {
    File(Vec<u8>),
    Link(&'static str),
    Submodule,
}

impl Built {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let repository = gix::init_bare(dir.path().join("repo.git")).expect("a repository");
        Built { dir, repository, seconds: 1_790_000_000 }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("repo.git")
    }

    /// A commit of text files.
    pub fn commit(&mut self, files: &[(&str, &str)], parents: &[&str]) -> String {
        let things: Vec<_> = files
            .iter()
            .map(|(path, text)| (path.to_string(), Thing::File(text.as_bytes().to_vec())))
            .collect();
        self.commit_of(things, parents)
    }

    pub fn commit_of(&mut self, things: Vec<(String, Thing)>, parents: &[&str]) -> String {
        let entries = things.into_iter().map(|(path, thing)| (path, self.entry(thing))).collect();
        let tree = self.tree(entries);
        self.seconds += 60;
        let signature = gix::actor::Signature {
            name: "Author".into(),
            email: "author@example.org".into(),
            time: gix::date::Time::new(self.seconds, 0),
        };
        let commit = Commit {
            tree,
            parents: parents
                .iter()
                .map(|id| gix::ObjectId::from_hex(id.as_bytes()).expect("an id"))
                .collect(),
            author: signature.clone(),
            committer: signature,
            encoding: None,
            message: "A change\n".into(),
            extra_headers: Vec::new(),
        };
        self.repository.write_object(&commit).expect("written").to_string()
    }

    /// Points a branch at a commit.
    pub fn branch(&self, name: &str, commit: &str) {
        let path = self.path().join("refs/heads").join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        std::fs::write(path, format!("{commit}\n")).expect("written");
    }

    fn entry(&self, thing: Thing) -> (EntryKind, gix::ObjectId) {
        let blob = |bytes: &[u8]| self.repository.write_blob(bytes).expect("written").detach();
        match thing {
            Thing::File(bytes) => (EntryKind::Blob, blob(&bytes)),
            Thing::Link(target) => (EntryKind::Link, blob(target.as_bytes())),
            Thing::Submodule => (EntryKind::Commit, gix::ObjectId::from_bytes_or_panic(&[7; 20])),
        }
    }

    fn tree(&self, entries: Vec<(String, (EntryKind, gix::ObjectId))>) -> gix::ObjectId {
        let mut here: Vec<Entry> = Vec::new();
        let mut below: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for (path, (kind, id)) in entries {
            match path.split_once('/') {
                Some((dir, rest)) => {
                    below.entry(dir.to_string()).or_default().push((rest.to_string(), (kind, id)));
                }
                None => here.push(Entry { mode: kind.into(), filename: path.into(), oid: id }),
            }
        }
        for (dir, entries) in below {
            let oid = self.tree(entries);
            here.push(Entry { mode: EntryKind::Tree.into(), filename: dir.into(), oid });
        }
        here.sort();
        self.repository.write_object(&Tree { entries: here }).expect("written").detach()
    }
}

/// All files below a directory with their bytes.
pub fn files_of(dir: &Path) -> Vec<(String, Thing)> {
    let mut pending = vec![dir.to_path_buf()];
    let mut found = Vec::new();
    while let Some(at) = pending.pop() {
        for entry in std::fs::read_dir(&at).expect("readable").flatten() {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let shown = path.strip_prefix(dir).expect("below").to_string_lossy().replace('\\', "/");
            found.push((shown, Thing::File(std::fs::read(&path).expect("readable"))));
        }
    }
    found.sort_by(|left, right| left.0.cmp(&right.0));
    found
}
