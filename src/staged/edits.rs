//! What each stage changes in the code.

use super::hidden;
use super::subject::{Stage, Subject};
use crate::analysis::Analysis;
use crate::diagnostic::{Applicability, Edit, Fix, Layouts};
use crate::rules::{add_argument, deletions, whole_lines};
use crate::source::{SourceFile, Span};
use crate::syntax::ast::ExprKind;

/// The edits of a stage, laid out as their surroundings are. The error says what a person has to do.
pub(super) fn edits(analysis: &Analysis, subject: &Subject<'_>) -> Result<Vec<Edit>, String> {
    let edits = match subject.stage {
        Stage::Declare => declare(subject)?,
        Stage::Switch => switch(analysis, subject)?,
        Stage::Disable => vec![disable(analysis, subject)?],
        Stage::Remove => remove(analysis, subject)?,
    };
    let mut fix = Fix::new("", Applicability::Unsafe, edits);
    Layouts::new(&analysis.sources).settle(&mut fix);
    Ok(fix.edits)
}

/// The same block once more, right below, under the name of the next generation; with its comment, which goes when the
/// old one does.
fn declare(subject: &Subject<'_>) -> Result<Vec<Edit>, String> {
    let (file, block) = (subject.old.file, subject.old.block);
    let end = subject.kind.end.and_then(|name| block.body.attribute(name));
    if end.is_some_and(|end| matches!(end.expr.kind, ExprKind::String(_))) {
        return Err(format!(
            "`{}` has a written end that a second one would share: declare it by hand",
            subject.address()
        ));
    }
    let name = block.labels.get(1).ok_or("it has no name")?.span;
    let start = whole_lines(file, block.span).map_or(block.span.start, |lines| lines.start);
    let text = file.slice(Span { start, ..block.span });
    let (from, to) = ((name.start - start) as usize, (name.end - start) as usize);
    let quote = if text[from..to].starts_with('"') { "\"" } else { "" };
    let copy = format!("{}{quote}{}{quote}{}", &text[..from], subject.follower, &text[to..]);
    let (line, rest) = rest_of_line(file, block.span.end);
    let newline = if file.text.contains("\r\n") { "\r\n" } else { "\n" };
    let last = if rest { "" } else { newline };
    let at = Span::new(file.id, line, line);
    Ok(vec![Edit { span: at, text: format!("{last}{newline}{copy}{newline}") }])
}

/// Where the line ends that a block ends in, behind its line break if it has one.
fn rest_of_line(file: &SourceFile, end: u32) -> (usize, bool) {
    let end = end as usize;
    match file.text[end..].find('\n') {
        Some(at) => (end + at + 1, true),
        None => (file.text.len(), false),
    }
}

/// Every use of the first one is one of the second.
fn switch(analysis: &Analysis, subject: &Subject<'_>) -> Result<Vec<Edit>, String> {
    let (was, is) = (subject.address(), subject.next());
    let mut edits = Vec::new();
    for span in &subject.uses.spans {
        let written = analysis.sources.text(*span);
        if written != was {
            let place = analysis.sources.file_line(*span);
            return Err(format!("`{was}` is written as `{written}` in {place}"));
        }
        edits.push(Edit { span: *span, text: is.clone() });
    }
    for (span, number) in &subject.uses.versions {
        let next = number.checked_add(1).ok_or("a version is too large")?;
        edits.push(Edit { span: *span, text: next.to_string() });
    }
    // Where it arrives by way of others, nothing here raises the number.
    for hidden in hidden::hidden(analysis, &subject.dir, subject.kind, &subject.old.label) {
        if hidden.write_only && !subject.uses.spans.iter().any(|span| hidden.span.contains(*span)) {
            return Err(format!(
                "`{}` is given it in `{}` by way of others, and writes it again only when the version beside that changes: raise it, and switch by hand",
                hidden.block, hidden.argument
            ));
        }
    }
    if let Some(span) = subject.uses.unversioned.first() {
        let place = analysis.sources.file_line(*span);
        return Err(format!(
            "what is written in {place} is written again only when its version changes, which is not written as a number"
        ));
    }
    Ok(edits)
}

fn disable(analysis: &Analysis, subject: &Subject<'_>) -> Result<Edit, String> {
    let (argument, value) = subject.kind.off.ok_or("it cannot be disabled")?;
    let block = subject.old.block;
    let text = format!("\"{value}\"");
    match block.body.attribute(argument) {
        Some(there) if matches!(there.expr.kind, ExprKind::String(_)) => {
            Ok(Edit { span: there.expr.span, text })
        }
        Some(_) => Err(format!("`{argument}` of `{}` is not written as a text", subject.address())),
        None => add_argument(&analysis.sources, block.span, argument, &text)
            .or_else(|| within_one_line(analysis, subject, argument, &text))
            .ok_or_else(|| {
                format!("`{}` is laid out in a way that `{argument}` cannot be added to", subject.address())
            }),
    }
}

/// `resource "a" "b" { c = d }` becomes three lines.
fn within_one_line(analysis: &Analysis, subject: &Subject<'_>, argument: &str, value: &str) -> Option<Edit> {
    let block = subject.old.block;
    let only = match (block.body.attributes.as_slice(), block.body.blocks.as_slice()) {
        ([only], []) => only,
        _ => return None,
    };
    let text = analysis.sources.text(block.span);
    let line = !text.contains(['\n', '#']) && !text.contains("//") && !text.contains("/*");
    let newline = if subject.old.file.text.contains("\r\n") { "\r\n" } else { "\n" };
    let width = only.name.len().max(argument.len());
    let (name, written) = (&*only.name, analysis.sources.text(only.expr.span));
    let inside =
        format!("{{{newline}  {name:width$} = {written}{newline}  {argument:width$} = {value}{newline}}}");
    let span = Span { start: block.header.end, ..block.span };
    let open = analysis.sources.text(span).find('{')?;
    let start = span.start as usize + open;
    line.then(|| Edit { span: Span::new(span.file, start, span.end as usize), text: inside })
}

fn remove(analysis: &Analysis, subject: &Subject<'_>) -> Result<Vec<Edit>, String> {
    if subject.uses.imported {
        return Err(format!("an `import` block is for `{}`: remove both by hand", subject.address()));
    }
    let block = subject.old.block.span;
    deletions(&analysis.sources, &[block]).ok_or_else(|| {
        format!("`{}` shares its lines with something else: remove it by hand", subject.address())
    })
}
