use super::FileId;
use serde::Serialize;

/// A byte range in one file, half open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Span { file, start, end: end.max(start) }
    }

    /// A place that is in no file, for a defect that no text shows.
    pub const NOWHERE: Span = Span { file: FileId(u32::MAX), start: 0, end: 0 };

    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub fn range(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn contains(&self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The same span moved by `offset` bytes.
    pub fn shifted(self, offset: usize) -> Self {
        Span::new(self.file, self.start as usize + offset, self.end as usize + offset)
    }

    /// The part of this span between two offsets relative to its start, clamped to it.
    pub fn slice(&self, from: usize, to: usize) -> Self {
        let len = self.len();
        Span::new(self.file, self.start as usize + from.min(len), self.start as usize + to.min(len))
    }
}
