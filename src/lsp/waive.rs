//! A waiver in a comment above what a finding is about.

use crate::diagnostic::{Edit, Finding};
use crate::source::{FileKind, SourceFile, Span};
use crate::syntax;
use crate::syntax::ast::Body;
use jiff::ToSpan;
use jiff::civil::Date;

/// How long something is accepted, unless whoever accepts it writes another date.
const DAYS: i64 = 90;

/// The last day of a waiver that is written today.
pub(super) fn until(today: Date) -> Date {
    today.saturating_add(DAYS.days())
}

/// The comment; `None` where a file has no comments, or there is no line for one.
pub(super) fn comment(file: &SourceFile, finding: &Finding, today: Date) -> Option<Edit> {
    if !matches!(file.kind, FileKind::Hcl | FileKind::Vars) {
        return None;
    }
    let parsed = syntax::parse(file);
    let item = innermost(&parsed.body, finding.span())?;
    let line = file.text[..item.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let line = if file.text[line..].starts_with('\u{feff}') { line + '\u{feff}'.len_utf8() } else { line };
    let rest = &file.text[line..];
    let indent = &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()];
    let end = if file.text.contains("\r\n") { "\r\n" } else { "\n" };
    let text =
        format!("{indent}# keyward: ignore[{}] until={} reason=\"why\"{end}", finding.rule, until(today));
    Some(Edit { span: Span::new(file.id, line, line), text })
}

/// The smallest attribute or block around a place.
fn innermost(body: &Body, place: Span) -> Option<Span> {
    let start = Span { end: place.start, ..place };
    if let Some(attribute) = body.attributes.iter().find(|attribute| attribute.span.contains(start)) {
        return Some(attribute.span);
    }
    let block = body.blocks.iter().find(|block| block.span.contains(start))?;
    Some(innermost(&block.body, place).unwrap_or(block.span))
}
