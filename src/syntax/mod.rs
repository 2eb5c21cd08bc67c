//! From a file to blocks and expressions. Parsing never fails: what cannot be read becomes a syntax error
//! about one item, and everything else is kept.

pub mod ast;
mod comments;
mod convert;
mod hcl;
mod json;
mod repair;
mod scan;
mod template;

pub use comments::{Comment, comments};
pub use hcl::{parse_expression, parse_template_at, parse_template_text};

use crate::source::{FileKind, SourceFile, Span};
use ast::Body;
use std::sync::Arc;

/// A parsed file. A copy shares its tree.
#[derive(Clone, Debug)]
pub struct Parsed {
    pub body: Arc<Body>,
    pub errors: Vec<SyntaxError>,
    /// Top-level items in the file, and how many of them have an error.
    pub items: usize,
    pub broken: usize,
}

/// What could not be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where the parser stopped.
    pub span: Span,
    /// The item that was lost, or the part of it.
    pub item: Span,
    /// What was expected, as a sentence without a full stop.
    pub message: String,
}

/// Parses one file according to its kind.
pub fn parse(file: &SourceFile) -> Parsed {
    match file.kind {
        FileKind::Json | FileKind::VarsJson => json::parse_file(file),
        FileKind::Hcl | FileKind::Vars | FileKind::Other => hcl::parse_file(file),
    }
}

#[cfg(test)]
mod tests;
