//! From spans of an analysis to places as the client names them.

use super::positions::{Encoding, Lines, Range};
use super::uri;
use crate::source::{FileId, SourceFile, SourceMap, Span};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// A directory that is analysed.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// As the client writes it.
    pub uri: String,
    pub path: PathBuf,
}

/// An open document of a folder.
#[derive(Clone, Debug)]
pub(super) struct Buffer {
    pub uri: String,
    pub version: i32,
    pub text: Arc<str>,
}

/// Documents that are open, by their path below the folder.
pub(super) type Buffers = BTreeMap<String, Buffer>;

/// Turns spans into places; what was counted of a file is kept for as long as this.
pub(super) struct Places<'a> {
    pub sources: &'a SourceMap,
    pub folder: &'a Folder,
    pub buffers: &'a Buffers,
    pub encoding: Encoding,
    lines: RefCell<HashMap<FileId, Rc<Lines>>>,
}

impl<'a> Places<'a> {
    pub fn new(sources: &'a SourceMap, folder: &'a Folder, buffers: &'a Buffers, encoding: Encoding) -> Self {
        Places { sources, folder, buffers, encoding, lines: RefCell::default() }
    }

    /// The address of a file of the folder, as the client writes it if the file is open.
    pub fn uri(&self, path: &str) -> String {
        match self.buffers.get(path) {
            Some(buffer) => buffer.uri.clone(),
            None => uri::below(&self.folder.uri, path),
        }
    }

    pub fn version(&self, path: &str) -> Option<i32> {
        self.buffers.get(path).map(|buffer| buffer.version)
    }

    fn lines(&self, file: &SourceFile) -> Rc<Lines> {
        let mut known = self.lines.borrow_mut();
        known.entry(file.id).or_insert_with(|| Rc::new(Lines::new(&file.text))).clone()
    }

    pub fn range(&self, file: &SourceFile, span: Span) -> Range {
        // Editors show no byte order mark, whatever is on disk.
        let mark = if file.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let lines = self.lines(file);
        let mut range = lines.range(&file.text, span.range(), self.encoding);
        if mark > 0 && !self.buffers.contains_key(&file.path) {
            let width = match self.encoding {
                Encoding::Utf8 => mark as u32,
                _ => 1,
            };
            for at in [&mut range.start, &mut range.end] {
                if at.line == 0 {
                    at.character = at.character.saturating_sub(width);
                }
            }
        }
        range
    }

    /// `None` for a span in no file.
    pub fn location(&self, span: Span) -> Option<Value> {
        let file = self.sources.find(span.file)?;
        Some(json!({ "uri": self.uri(&file.path), "range": self.range(file, span) }))
    }
}
