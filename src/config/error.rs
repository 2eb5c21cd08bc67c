use std::cell::RefCell;
use std::ops::Range;
use std::path::PathBuf;

/// One problem in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The bytes to mark; `None` when it is about the file as a whole.
    pub span: Option<Range<usize>>,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot use {}: {why}", path.display())]
    Unreadable { path: PathBuf, why: String },
    #[error("{} has {} problem(s)", path.display(), errors.len())]
    Invalid { path: PathBuf, text: String, errors: Vec<ConfigError> },
}

/// Collects problems while the tables are read; shared, since the tables are read nested.
#[derive(Debug, Default)]
pub(super) struct Sink(RefCell<Vec<ConfigError>>);

impl Sink {
    pub fn push(&self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.0.borrow_mut().push(ConfigError { span: Some(span), message: message.into(), help });
    }

    pub fn error(&self, span: Range<usize>, message: impl Into<String>) {
        self.push(span, message, None);
    }

    pub fn help(&self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.push(span, message, Some(help.into()));
    }

    /// About something that is not to be shown.
    pub fn whole(&self, message: impl Into<String>, help: impl Into<String>) {
        let error = ConfigError { span: None, message: message.into(), help: Some(help.into()) };
        self.0.borrow_mut().push(error);
    }

    pub fn into_errors(self) -> Vec<ConfigError> {
        self.0.into_inner()
    }
}
