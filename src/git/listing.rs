//! What a tree of git has in it, with all trees below.

use super::{GitError, unreadable};
use crate::source::Item;
use gix::object::tree::EntryKind;
use std::collections::BTreeMap;

/// Directories inside each other; a tree that holds itself cannot be made, but a damaged one may say so.
const MAX_DEPTH: usize = 256;

pub(super) fn of(
    repository: &gix::Repository,
    top: gix::ObjectId,
) -> Result<BTreeMap<String, Item>, GitError> {
    let mut items = BTreeMap::new();
    let mut pending = vec![(String::new(), top, 0)];
    while let Some((dir, id, depth)) = pending.pop() {
        let object = repository.find_object(id).map_err(|error| unreadable(&id.to_string(), &error))?;
        if object.kind != gix::object::Kind::Tree || depth > MAX_DEPTH {
            return Err(unreadable(&id.to_string(), &"it is no directory"));
        }
        for entry in gix::objs::TreeRefIter::from_bytes(&object.data, id.kind()) {
            let entry = entry.map_err(|error| unreadable(&id.to_string(), &error))?;
            let name = entry.filename.to_string();
            let path = if dir.is_empty() { name } else { format!("{dir}/{name}") };
            let blob = || entry.oid.to_string();
            let item = match entry.mode.kind() {
                EntryKind::Tree => {
                    pending.push((path, entry.oid.to_owned(), depth + 1));
                    continue;
                }
                EntryKind::Blob | EntryKind::BlobExecutable => Item::File { blob: blob() },
                EntryKind::Link => Item::Link { blob: blob() },
                EntryKind::Commit => Item::Submodule,
            };
            items.insert(path, item);
        }
    }
    Ok(items)
}
