use super::Context;
use super::line::{DisplayLine, display};
use super::view::{View, ViewLabel, Window};
use crate::diagnostic::Severity;
use crate::report::place::clamp;
use crate::report::text::one_line;
use crate::source::{SourceFile, Span};
use miette::{Diagnostic, GraphicalReportHandler, LabeledSpan, SourceCode};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A longer mark is shown by its first line: the header says which block it is.
const MAX_MARKED_LINES: usize = 6;

/// Something to point at.
pub(super) struct Mark<'a> {
    pub span: Span,
    pub text: &'a str,
    pub primary: bool,
}

/// A mark in the text of its file.
struct Placed<'a> {
    file: &'a Arc<SourceFile>,
    range: Range<usize>,
    lines: Range<usize>,
    text: &'a str,
    primary: bool,
}

/// Source with marks, over as many files as it takes; empty when nothing has a place.
pub(super) fn render(context: &Context<'_>, severity: Severity, marks: &[Mark<'_>]) -> String {
    let placed: Vec<Placed<'_>> = marks.iter().filter_map(|mark| place(context, mark)).collect();
    if placed.is_empty() {
        return String::new();
    }
    let mut view = View::default();
    for (file, lines) in windows(&placed) {
        add_window(context, &mut view, file, lines, &placed);
    }
    view.labels.sort_by_key(|label| (label.start, label.end));
    draw(context, severity, view)
}

fn place<'a>(context: &'a Context<'_>, mark: &'a Mark<'_>) -> Option<Placed<'a>> {
    let file = context.report.sources.find(mark.span.file)?;
    let mut range = clamp(file, mark.span);
    if range.start == 0 && file.text.starts_with('\u{feff}') {
        range = 3..range.end.max(3);
    }
    let marked = &file.text[range.clone()];
    // A block ends behind its line break, but its mark should not reach into the next line.
    range.end = range.start + marked.trim_end().len();
    let first = line_of(file, range.start);
    let mut last = line_of(file, range.end);
    if last - first >= MAX_MARKED_LINES {
        range.end = line_range(file, first).end.max(range.start);
        last = first;
    }
    // An offset on a line break belongs to the end of its line.
    let limit = line_range(file, first);
    if first == last {
        range.start = range.start.min(limit.end);
        range.end = range.end.clamp(range.start, limit.end);
    }
    Some(Placed { file, range, lines: first..last + 1, text: mark.text, primary: mark.primary })
}

/// Which lines are shown: each mark with a line around it, joined where they meet, that of the first mark
/// first and then in the order of files and lines.
fn windows<'a>(placed: &[Placed<'a>]) -> Vec<(&'a Arc<SourceFile>, Range<usize>)> {
    let mut windows: Vec<(&Arc<SourceFile>, Range<usize>)> = Vec::new();
    let mut files: Vec<&Arc<SourceFile>> = Vec::new();
    for mark in placed {
        if !files.iter().any(|file| file.id == mark.file.id) {
            files.push(mark.file);
        }
    }
    for file in files {
        let mut wanted: Vec<_> = placed
            .iter()
            .filter(|mark| mark.file.id == file.id)
            .map(|mark| with_context(file, mark.lines.clone()))
            .collect();
        wanted.sort_unstable_by_key(|lines| (lines.start, lines.end));
        let mut joined: Vec<Range<usize>> = Vec::new();
        for lines in wanted {
            match joined.last_mut() {
                Some(last) if lines.start <= last.end + 1 => last.end = last.end.max(lines.end),
                _ => joined.push(lines),
            }
        }
        windows.extend(joined.into_iter().map(|lines| (file, lines)));
    }
    let first = &placed[0];
    if let Some(at) = windows
        .iter()
        .position(|(file, lines)| file.id == first.file.id && lines.contains(&first.lines.start))
    {
        let primary = windows.remove(at);
        windows.insert(0, primary);
    }
    windows
}

/// One line more on either side unless it is blank.
fn with_context(file: &SourceFile, lines: Range<usize>) -> Range<usize> {
    let says =
        |line: usize| line < file.lines.line_count() && !file.text[line_range(file, line)].trim().is_empty();
    let start = if lines.start > 0 && says(lines.start - 1) { lines.start - 1 } else { lines.start };
    let end = if says(lines.end) { lines.end + 1 } else { lines.end };
    start..end
}

fn add_window(
    context: &Context<'_>,
    view: &mut View,
    file: &Arc<SourceFile>,
    lines: Range<usize>,
    placed: &[Placed<'_>],
) {
    let marks: Vec<_> =
        placed.iter().filter(|mark| mark.file.id == file.id && lines.contains(&mark.lines.start)).collect();
    let digits = lines.end.to_string().len();
    let limit = context.options.width.saturating_sub(digits + 9).max(20);
    let start = view.text.len();
    let mut shown: Vec<(usize, DisplayLine)> = Vec::new();
    for line in lines.clone() {
        let range = line_range(file, line);
        let here = marks.iter().filter(|mark| mark.lines.start == line);
        let focus = here.min_by_key(|mark| (!mark.primary, mark.range.start)).map(|mark| mark.range.start);
        let redactions = &context.prepared.redactions;
        let text = display(file, range, focus, limit, redactions, context.paint.glyphs);
        let at = view.text.len();
        view.text.push_str(&text.text);
        view.text.push('\n');
        shown.push((at, text));
    }
    let offset = |line: usize, byte: usize| {
        let (at, text) = &shown[line - lines.start];
        at + text.offset(byte)
    };
    for mark in marks {
        let from = offset(mark.lines.start, mark.range.start);
        let to = offset(mark.lines.end - 1, mark.range.end).max(from);
        let at = file.position(mark.range.start as u32);
        let text = one_line(mark.text);
        view.labels.push(ViewLabel {
            start: from,
            end: to,
            text: (!text.is_empty()).then_some(text),
            primary: mark.primary,
            line: at.line as usize,
            column: at.column as usize,
        });
    }
    let name = one_line(&file.path);
    let end = view.text.len();
    view.windows.push(Window { name, first_line: lines.start, lines: lines.len(), start, end });
}

fn line_of(file: &SourceFile, byte: usize) -> usize {
    file.lines.position(byte).line as usize
}

/// Bytes of a line without its line break and, on the first one, without the byte order mark.
fn line_range(file: &SourceFile, line: usize) -> Range<usize> {
    let start = file.lines.line_start(line as u32);
    let end = match line + 1 < file.lines.line_count() {
        true => file.lines.line_start(line as u32 + 1) - 1,
        false => file.text.len(),
    };
    let text = &file.text[start..end.max(start)];
    let shown = text.strip_suffix('\r').unwrap_or(text);
    let mark = if start == 0 && shown.starts_with('\u{feff}') { 3 } else { 0 };
    start + mark..start + shown.len()
}

/// What miette needs; the words around the snippet are ours.
#[derive(Debug)]
struct Excerpt(View);

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("-")
    }
}

impl std::error::Error for Excerpt {}

impl Diagnostic for Excerpt {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.0.labels.iter().map(|label| {
            let (text, len) = (label.text.clone(), label.end - label.start);
            match label.primary {
                true => LabeledSpan::new_primary_with_span(text, (label.start, len)),
                false => LabeledSpan::new_with_span(text, (label.start, len)),
            }
        })))
    }
}

fn draw(context: &Context<'_>, severity: Severity, view: View) -> String {
    let order: Vec<bool> = view.labels.iter().map(|label| label.primary).collect();
    let handler = GraphicalReportHandler::new_themed(context.paint.theme(severity, &order))
        .with_width(context.options.width)
        .with_context_lines(1)
        .without_syntax_highlighting()
        .with_urls(false);
    let mut out = String::new();
    if handler.render_report(&mut out, &Excerpt(view)).is_err() {
        return String::new();
    }
    // The first line is the message, which is written above it in our own words.
    let body = out.split_once('\n').map_or("", |(_, body)| body);
    body.lines().fold(String::new(), |mut text, line| {
        text.push_str(line.trim_end());
        text.push('\n');
        text
    })
}
