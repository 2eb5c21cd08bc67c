use std::ops::Range;

/// A line of a CODEOWNERS file or roster that says nothing usable. Never fatal: the rest still counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Counted from one.
    pub line: u32,
    pub span: Range<usize>,
    /// A sentence without a full stop.
    pub message: String,
}
