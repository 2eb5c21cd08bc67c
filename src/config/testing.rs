//! Shows configuration errors as a reader would see them.

use super::ConfigError;
use crate::source::LineIndex;
use std::fmt::Write;

pub fn render(text: &str, errors: &[ConfigError]) -> String {
    let lines = LineIndex::new(text);
    let mut out = String::new();
    for error in errors {
        if let Some(span) = &error.span {
            let at = lines.position(span.start);
            let line = text[lines.line_start(at.line)..].lines().next().unwrap_or_default();
            let shown =
                span.end.min(lines.line_start(at.line) + line.len()).saturating_sub(span.start).max(1);
            let marks = "^".repeat(shown);
            writeln!(
                out,
                "{}:{}\n  {line}\n  {}{marks}",
                at.line + 1,
                at.column + 1,
                " ".repeat(at.column as usize)
            )
            .unwrap();
        }
        writeln!(out, "  {}", error.message).unwrap();
        if let Some(help) = &error.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}
