use super::Value;
use crate::source::Span;
use std::sync::Arc;

/// A piece of a string that is known in part.
#[derive(Clone, Debug)]
pub enum Part {
    Text(Str),
    /// Always unknown or null-free: what would be interpolated here.
    Hole(Value),
}

/// A known string, and where its bytes were written.
#[derive(Clone, Debug)]
pub struct Str {
    text: Arc<str>,
    detail: Option<Arc<Detail>>,
}

#[derive(Debug, Default)]
struct Detail {
    /// Start offset in the text of each piece, and the source bytes it was copied from.
    pieces: Vec<(usize, Span)>,
    /// The value that this string is the JSON encoding of.
    decoded: Option<Value>,
}

impl Str {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Str { text: text.into(), detail: None }
    }

    /// A string assembled from pieces of source text.
    pub fn with_pieces(text: impl Into<Arc<str>>, pieces: Vec<(usize, Span)>) -> Self {
        Str { text: text.into(), detail: Some(Arc::new(Detail { pieces, decoded: None })) }
    }

    /// The result of `jsonencode(value)`.
    pub fn encoding(text: impl Into<Arc<str>>, value: Value) -> Self {
        Str { text: text.into(), detail: Some(Arc::new(Detail { pieces: Vec::new(), decoded: Some(value) })) }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn shared(&self) -> Arc<str> {
        self.text.clone()
    }

    pub fn pieces(&self) -> &[(usize, Span)] {
        self.detail.as_ref().map_or(&[], |detail| &detail.pieces)
    }

    /// The value this string encodes, when it came out of `jsonencode`.
    pub fn decoded(&self) -> Option<&Value> {
        self.detail.as_ref()?.decoded.as_ref()
    }

    /// The source bytes of part of the text. Exact where a piece was copied as it stands; the whole
    /// piece where escapes make the two differ in length.
    pub fn span_of(&self, start: usize, end: usize) -> Option<Span> {
        let pieces = self.pieces();
        let at = pieces.partition_point(|(from, _)| *from <= start).checked_sub(1)?;
        let (from, span) = pieces[at];
        let until = pieces.get(at + 1).map_or(self.text.len(), |next| next.0);
        if span.len() == until - from {
            Some(span.slice(start - from, end.min(until) - from))
        } else {
            Some(span)
        }
    }
}

impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Str::new(text)
    }
}

impl From<String> for Str {
    fn from(text: String) -> Self {
        Str::new(text)
    }
}
