use crate::diagnostic::Fix;
use crate::source::Span;

/// Something wrong with a waiver.
#[derive(Clone, Debug)]
pub struct Problem {
    pub kind: ProblemKind,
    pub span: Span,
    /// One sentence without a full stop.
    pub message: String,
    pub help: String,
    pub fix: Option<Fix>,
    /// What it names, so that the finding stays the same when code moves.
    pub subject: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Its last day has passed.
    Ended,
    /// It lacks a reason or an end for what it covers.
    Incomplete,
    /// It cannot be read, or names a rule that there is not.
    Malformed,
    /// Nothing is wrong with what it covers.
    Unused,
}
