use crate::source::Span;

/// Why something could not be analysed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapKind {
    Syntax,
    Unreadable,
    Encoding,
    TooLarge,
    MissingModule,
    OutsideRoot,
    MissingFile,
    Cycle,
    Limit,
    Evaluation,
    UnknownExpansion,
    UnresolvedPolicy,
    Internal,
}

impl GapKind {
    pub fn name(self) -> &'static str {
        match self {
            GapKind::Syntax => "syntax",
            GapKind::Unreadable => "unreadable",
            GapKind::Encoding => "encoding",
            GapKind::TooLarge => "too-large",
            GapKind::MissingModule => "missing-module",
            GapKind::OutsideRoot => "outside-root",
            GapKind::MissingFile => "missing-file",
            GapKind::Cycle => "cycle",
            GapKind::Limit => "limit",
            GapKind::Evaluation => "evaluation",
            GapKind::UnknownExpansion => "unknown-expansion",
            GapKind::UnresolvedPolicy => "unresolved-policy",
            GapKind::Internal => "internal",
        }
    }
}

/// Something that was not analysed, where, and what would help.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gap {
    pub kind: GapKind,
    /// `None` for a file that could not be read at all.
    pub span: Option<Span>,
    /// The file, when there is no span.
    pub path: Option<String>,
    /// What happened, as a sentence without a full stop.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
}

impl Gap {
    pub fn new(kind: GapKind, span: Option<Span>, message: impl Into<String>) -> Self {
        Gap { kind, span, path: None, message: message.into(), help: None }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }
}
