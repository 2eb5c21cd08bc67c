//! Waivers in comments, above or behind what they cover.

use super::directive;
use super::{Problem, ProblemKind, Scope, Waiver, Waivers};
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::source::{FileKind, SourceFile, Span, Word};
use crate::syntax::ast::Body;
use crate::syntax::{Comment, Parsed, comments};

pub(super) fn read(file: &SourceFile, parsed: &Parsed, waivers: &mut Waivers) {
    // Nearly all files have none, which a search of the bytes tells.
    let is_hcl = matches!(file.kind, FileKind::Hcl | FileKind::Vars);
    if !is_hcl || !file.has(Word::Waiver) {
        return;
    }
    for comment in comments(&file.text) {
        let span = Span::new(file.id, comment.range.start, comment.range.end);
        match directive::parse(&file.text[comment.text.clone()]) {
            None => {}
            Some(Ok(directive)) => waivers.all.push(Waiver {
                rules: directive.rules,
                reason: directive.reason,
                owner: directive.owner,
                until: directive.until,
                ticket: directive.ticket,
                control: directive.control,
                scope: Scope::Code(covered(file, parsed, &comment)),
                span,
                removal: Some(removal(file, &comment)),
            }),
            Some(Err(error)) => waivers.problems.push(Problem {
                kind: ProblemKind::Malformed,
                span,
                message: format!("a waiver cannot be read: {error}"),
                help: "write `# keyward: ignore[rule-name] until=2027-03-31 reason=\"why\"`".to_owned(),
                fix: None,
                subject: file.text[comment.text.clone()].to_owned(),
            }),
        }
    }
}

/// The item that begins on the line of a trailing comment, or on the next line with code below one of its own.
/// Elements of lists and entries of maps are known by their line.
pub(super) fn covered(file: &SourceFile, parsed: &Parsed, comment: &Comment) -> Span {
    let line = match comment.own_line {
        true => next_code(file, comment.range.end),
        false => line_of(file, comment.range.start),
    };
    let Some(line) = line else { return Span::new(file.id, comment.range.start, comment.range.end) };
    item_starting_in(&parsed.body, line).unwrap_or(line)
}

/// The line that holds an offset.
fn line_of(file: &SourceFile, at: usize) -> Option<Span> {
    let start = file.text[..at].rfind('\n').map_or(0, |at| at + 1);
    let end = file.text[at..].find('\n').map_or(file.text.len(), |end| at + end);
    (start < end).then(|| Span::new(file.id, start, end))
}

/// The first line behind `at` that is neither blank nor a comment.
fn next_code(file: &SourceFile, at: usize) -> Option<Span> {
    let mut start = at + file.text[at..].find('\n')? + 1;
    while start < file.text.len() {
        let line = line_of(file, start);
        let text = line.map_or("", |line| file.text[line.range()].trim());
        let is_comment = ["#", "//", "/*", "*"].iter().any(|mark| text.starts_with(mark));
        if !text.is_empty() && !is_comment {
            return line;
        }
        start = line.map_or(start, |line| line.end as usize) + 1;
    }
    None
}

/// The outermost block or attribute that begins in a line.
fn item_starting_in(body: &Body, line: Span) -> Option<Span> {
    let begins = |span: Span| line.start <= span.start && span.start < line.end;
    if let Some(attribute) = body.attributes.iter().find(|attribute| begins(attribute.span)) {
        return Some(attribute.span);
    }
    for block in &body.blocks {
        if begins(block.span) {
            return Some(block.span);
        }
        if block.span.contains(line) {
            return item_starting_in(&block.body, line);
        }
    }
    None
}

/// Takes the comment away, with its line if nothing else is there.
pub(super) fn removal(file: &SourceFile, comment: &Comment) -> Edit {
    let text = &file.text;
    let range = match comment.own_line {
        true => {
            let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            let start = text[..comment.range.start].rfind('\n').map_or(mark, |at| at + 1);
            let end =
                text[comment.range.end..].find('\n').map_or(text.len(), |at| comment.range.end + at + 1);
            start..end
        }
        false => {
            let before = &text[..comment.range.start];
            before.trim_end_matches([' ', '\t']).len()..comment.range.end
        }
    };
    Edit { span: Span::new(file.id, range.start, range.end), text: String::new() }
}

/// A fix that takes a waiver away.
pub(super) fn remove(waiver: &Waiver) -> Option<Fix> {
    let edit = waiver.removal.clone()?;
    let title = "remove the waiver".to_owned();
    Some(Fix::new(title, Applicability::Safe, vec![edit]))
}
