use crate::source::Span;

/// Whether a fix may be written, and by whose leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// Changes no access, replaces nothing, invents no value.
    Safe,
    /// Valid, but may remove access, rotate or replace.
    Unsafe,
    /// Advice or a scaffold with holes; shown, never written.
    Manual,
}

impl Applicability {
    pub fn name(self) -> &'static str {
        match self {
            Applicability::Safe => "safe",
            Applicability::Unsafe => "unsafe",
            Applicability::Manual => "manual",
        }
    }
}

/// Replace the bytes of `span` by `text`; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

/// A remedy: all of its edits or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// An imperative sentence without a full stop.
    pub title: String,
    pub applicability: Applicability,
    pub edits: Vec<Edit>,
}

impl Fix {
    pub fn manual(title: impl Into<String>) -> Self {
        Fix { title: title.into(), applicability: Applicability::Manual, edits: Vec::new() }
    }
}
