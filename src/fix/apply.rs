//! Edits over the original bytes.

use super::Change;
use super::choose::Choice;
use crate::analysis::Analysis;
use crate::diagnostic::Edit;
use crate::source::SourceFile;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn apply(analysis: &Analysis, chosen: &[Choice]) -> std::io::Result<Vec<Change>> {
    edited(analysis, chosen.iter().flat_map(|choice| &choice.edits))
}

/// The files as edits make them.
pub fn edited<'e>(
    analysis: &Analysis,
    edits: impl IntoIterator<Item = &'e Edit>,
) -> std::io::Result<Vec<Change>> {
    let mut by_file: BTreeMap<u32, Vec<&Edit>> = BTreeMap::new();
    for edit in edits {
        by_file.entry(edit.span.file.0).or_default().push(edit);
    }
    let mut changes = Vec::new();
    for mut edits in by_file.into_values() {
        let Some(file) = analysis.sources.find(edits[0].span.file) else { continue };
        let before = original(analysis, file)?;
        edits.sort_by_key(|edit| std::cmp::Reverse((edit.span.start, edit.span.end)));
        let mut after = before.to_vec();
        for edit in edits {
            after.splice(edit.span.range(), edit.text.bytes());
        }
        changes.push(Change {
            path: file.path.clone(),
            absolute: file.absolute.clone(),
            before,
            after: after.into(),
        });
    }
    Ok(changes)
}

/// The bytes as they are in the tree: in the text, those that are not UTF-8 were replaced.
pub fn original(analysis: &Analysis, file: &SourceFile) -> std::io::Result<Arc<[u8]>> {
    let bytes = analysis.sources.read(&file.absolute).map_err(|gap| std::io::Error::other(gap.message))?;
    match bytes.len() == file.text.len() {
        true => Ok(bytes.into()),
        false => Err(std::io::Error::other(format!("{} changed during the analysis", file.path))),
    }
}
