//! Edits as the client applies them: for the version of each document that they were made for.

use super::places::Places;
use super::view::View;
use crate::diagnostic::Edit;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// All of these edits, or `None` where one of them cannot be written as it is meant.
pub(super) fn workspace_edit(view: &View<'_>, places: &Places<'_>, edits: &[Edit]) -> Option<Value> {
    let mut by_file: BTreeMap<&str, Vec<(&Edit, Value)>> = BTreeMap::new();
    for edit in edits {
        let file = places.sources.find(edit.span.file)?;
        // Where bytes are not text, what the editor shows is not what is on disk.
        if file.invalid_utf8.is_some() || file.text.get(edit.span.range()).is_none() {
            return None;
        }
        let change = json!({ "range": places.range(file, edit.span), "newText": edit.text });
        by_file.entry(&file.path).or_default().push((edit, change));
    }
    let files = by_file.into_iter().map(|(path, mut edits)| {
        edits.sort_by_key(|(edit, _)| (edit.span.start, edit.span.end));
        let changes: Vec<Value> = edits.into_iter().map(|(_, change)| change).collect();
        (path, changes)
    });
    if view.client.versioned_edits {
        let changes = files.map(|(path, edits)| {
            let document = json!({ "uri": places.uri(path), "version": places.version(path) });
            json!({ "textDocument": document, "edits": edits })
        });
        return Some(json!({ "documentChanges": changes.collect::<Vec<Value>>() }));
    }
    let changes: Map<String, Value> = files.map(|(path, edits)| (places.uri(path), edits.into())).collect();
    Some(json!({ "changes": changes }))
}
