//! Documents that are open in the editor. One thread owns them and changes them in the order of the messages.

use super::positions::{Encoding, Lines, Range};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A document as the editor shows it.
#[derive(Debug)]
pub(super) struct Document {
    /// As the client writes it, which is how it wants to hear it.
    pub uri: String,
    /// `None` for what is no file.
    pub path: Option<PathBuf>,
    pub version: i32,
    pub text: Arc<str>,
}

/// A change of a text: of a range, or of everything.
#[derive(Debug, Deserialize)]
pub(super) struct Edit {
    pub range: Option<Range>,
    pub text: String,
}

#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<String, Document>);

impl Documents {
    pub fn open(&mut self, document: Document) -> &Document {
        let uri = document.uri.clone();
        let entry = self.0.entry(uri);
        match entry {
            std::collections::btree_map::Entry::Occupied(mut known) => {
                known.insert(document);
                known.into_mut()
            }
            std::collections::btree_map::Entry::Vacant(place) => place.insert(document),
        }
    }

    pub fn close(&mut self, uri: &str) -> Option<Document> {
        self.0.remove(uri)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Document> + Clone {
        self.0.values()
    }

    /// Applies changes one after the other, each to what the one before left.
    pub fn edit(&mut self, uri: &str, version: i32, edits: Vec<Edit>, by: Encoding) -> Option<&Document> {
        let document = self.0.get_mut(uri)?;
        document.version = version;
        let mut text = String::from(&*document.text);
        for edit in edits {
            match edit.range {
                None => text = edit.text,
                Some(range) => {
                    let bytes = Lines::new(&text).bytes(&text, range, by);
                    text.replace_range(bytes, &edit.text);
                }
            }
        }
        document.text = text.into();
        Some(document)
    }
}

#[cfg(test)]
mod tests {
    use super::super::positions::Position;
    use super::*;

    fn document(text: &str) -> Document {
        Document { uri: "file:///a.tf".into(), path: None, version: 1, text: text.into() }
    }

    fn edit(from: (u32, u32), to: (u32, u32), text: &str) -> Edit {
        let position = |(line, character)| Position { line, character };
        Edit { range: Some(Range { start: position(from), end: position(to) }), text: text.into() }
    }

    #[test]
    fn changes_build_on_each_other() {
        let mut documents = Documents::default();
        documents.open(document("a = 1\nb = 2\n"));
        let edits = vec![edit((1, 0), (1, 5), "😀"), edit((1, 2), (1, 2), "x"), edit((0, 0), (1, 0), "")];
        let after = documents.edit("file:///a.tf", 2, edits, Encoding::Utf16).unwrap();
        assert_eq!((&*after.text, after.version), ("😀x\n", 2));
    }

    #[test]
    fn ranges_that_are_nowhere_are_clamped() {
        let mut documents = Documents::default();
        documents.open(document("ab"));
        let edits = vec![edit((9, 9), (0, 1), "c"), edit((7, 0), (8, 0), "d")];
        let after = documents.edit("file:///a.tf", 3, edits, Encoding::Utf8).unwrap();
        assert_eq!(&*after.text, "acd");
        assert!(documents.edit("file:///b.tf", 1, Vec::new(), Encoding::Utf8).is_none());
    }
}
