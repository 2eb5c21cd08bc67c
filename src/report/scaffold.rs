//! Code to begin with, and the steps around it, as people read them.

use super::markdown;
use super::text::visible;
use crate::diagnostic::{Fix, Scaffold};
use std::fmt::Write;

/// The lines of the code. They hold names from the scanned code, of which a terminal must not obey any.
pub(super) fn code(scaffold: &Scaffold) -> impl Iterator<Item = String> {
    let lines = scaffold.snippet.lines();
    lines.map(|line| line.chars().map(|c| if c == '\t' { ' ' } else { visible(c) }).collect())
}

/// `1. Apply this`
pub(super) fn steps(scaffold: &Scaffold) -> impl Iterator<Item = String> {
    scaffold.steps.iter().zip(1..).map(|(step, number)| format!("{number}. {step}"))
}

/// Code and steps indented, for cards; nothing where the fix has none.
pub(super) fn indented(fix: &Fix, indent: &str) -> String {
    let Some(scaffold) = &fix.scaffold else { return String::new() };
    let mut out = String::new();
    let apart = (!scaffold.snippet.is_empty()).then(String::new);
    for line in code(scaffold).chain(apart).chain(steps(scaffold)) {
        let _ = writeln!(out, "{}", format!("{indent}{line}").trim_end());
    }
    out
}

/// A point of a list in Markdown.
pub(super) fn title(fix: &Fix, say: impl Fn(&str) -> String) -> String {
    format!("- fix ({}): {}", fix.applicability.name(), say(&fix.title))
}

/// The same with the code as a block and the steps as a list of its own.
pub(super) fn point(fix: &Fix, say: impl Fn(&str) -> String) -> String {
    let mut out = title(fix, say);
    let Some(scaffold) = &fix.scaffold else { return out };
    let lines: Vec<String> = code(scaffold).collect();
    if !lines.is_empty() {
        // A block ends at a fence that is at least as long as its own.
        let mut fence = "```".to_owned();
        while lines.iter().any(|line| line.contains(&fence)) {
            fence.push('`');
        }
        let _ = write!(out, "\n\n  {fence}hcl");
        for line in &lines {
            let _ = write!(out, "\n{}", format!("  {line}").trim_end());
        }
        let _ = write!(out, "\n  {fence}\n");
    }
    for (number, step) in scaffold.steps.iter().enumerate() {
        let _ = write!(out, "\n  {}. {}", number + 1, markdown::text(step));
    }
    out
}
