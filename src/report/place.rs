use crate::source::{FileId, SourceFile, SourceMap, Span};
use serde_json::{Value, json};

/// A span as readers count: lines and columns from one, columns in Unicode scalar values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub file: FileId,
    pub path: &'a str,
    pub start: Point,
    pub end: Point,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Point {
    pub line: u32,
    pub column: u32,
    pub byte: u32,
}

impl<'a> Place<'a> {
    /// `None` for a span in no file. A span that leaves its file is cut to it.
    pub fn of(sources: &'a SourceMap, span: Span) -> Option<Self> {
        let file = sources.find(span.file)?;
        let range = clamp(file, span);
        let point = |byte: usize| {
            let at = file.position(byte as u32);
            Point { line: at.line + 1, column: at.column + 1, byte: byte as u32 }
        };
        Some(Place { file: file.id, path: &file.path, start: point(range.start), end: point(range.end) })
    }

    pub fn json(&self) -> Value {
        let point = |at: Point| json!({ "line": at.line, "column": at.column, "byte": at.byte });
        json!({ "file": self.path, "start": point(self.start), "end": point(self.end) })
    }

    pub fn file_line(&self) -> String {
        format!("{}:{}", self.path, self.start.line)
    }
}

/// The part of a span that is in the text, moved outwards to whole characters.
pub(super) fn clamp(file: &SourceFile, span: Span) -> std::ops::Range<usize> {
    let text = &file.text;
    let mut start = (span.start as usize).min(text.len());
    let mut end = (span.end as usize).clamp(start, text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

pub(super) fn place_json(sources: &SourceMap, span: Span) -> Value {
    Place::of(sources, span).map_or(Value::Null, |place| place.json())
}
