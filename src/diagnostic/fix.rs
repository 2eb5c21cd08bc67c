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
    /// What a person can begin with where no edit can do it.
    pub scaffold: Option<Box<Scaffold>>,
}

/// Code to begin with, and the way from what is there to what it makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scaffold {
    /// HCL with `<what nobody but the reader knows>` where the code does not tell; empty where steps are all there is.
    pub snippet: String,
    /// In order, each an imperative sentence without a full stop.
    pub steps: Vec<String>,
}

impl Fix {
    pub fn new(title: impl Into<String>, applicability: Applicability, edits: Vec<Edit>) -> Self {
        Fix { title: title.into(), applicability, edits, scaffold: None }
    }

    pub fn manual(title: impl Into<String>) -> Self {
        Fix::new(title, Applicability::Manual, Vec::new())
    }

    pub fn with(mut self, scaffold: Option<Scaffold>) -> Self {
        self.scaffold = scaffold.map(Box::new);
        self
    }
}
