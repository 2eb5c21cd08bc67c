use super::Value;
use super::place::address;
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
}

impl Str {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Str { text: text.into(), detail: None }
    }

    /// A string assembled from pieces of source text.
    pub fn with_pieces(text: impl Into<Arc<str>>, pieces: Vec<(usize, Span)>) -> Self {
        Str { text: text.into(), detail: Some(Arc::new(Detail { pieces })) }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text of a quoted literal is between its quotes, unless escapes make the lengths differ.
    pub fn located(&self, span: Option<Span>) -> Str {
        match span {
            Some(span) if self.pieces().is_empty() && !self.text.is_empty() => {
                let len = self.text.len();
                let inside = if span.len() == len + 2 { span.slice(1, len + 1) } else { span };
                Str::with_pieces(self.shared(), vec![(0, inside)])
            }
            _ => self.clone(),
        }
    }

    /// Where the text is, and what it was copied from.
    pub(super) fn place(&self) -> (usize, usize) {
        let pieces = self.detail.as_ref().map_or(0, |detail| address(Arc::as_ptr(detail)));
        (address(Arc::as_ptr(&self.text)), pieces)
    }

    pub fn shared(&self) -> Arc<str> {
        self.text.clone()
    }

    pub fn pieces(&self) -> &[(usize, Span)] {
        self.detail.as_ref().map_or(&[], |detail| &detail.pieces)
    }

    /// The bytes from `start` to `end`, which must be character boundaries, with their pieces.
    pub fn slice(&self, start: usize, end: usize) -> Str {
        let text = self.text.get(start..end).unwrap_or_default();
        let pieces = self.pieces();
        let mut kept = Vec::new();
        for (index, (from, span)) in pieces.iter().enumerate() {
            let until = pieces.get(index + 1).map_or(self.text.len(), |next| next.0);
            let (low, high) = (start.max(*from), end.min(until));
            if low < high
                && let Some(span) = self.span_of(low, high).or(Some(*span))
            {
                kept.push((low - start, span));
            }
        }
        match kept.is_empty() {
            true => Str::new(text),
            false => Str::with_pieces(text, kept),
        }
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
