use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Excerpts of several files as one source for miette. Offsets are those of the concatenated excerpts; each
/// keeps the name and the line numbers of the file it is from.
#[derive(Debug, Default)]
pub(super) struct View {
    pub text: String,
    pub windows: Vec<Window>,
    pub labels: Vec<ViewLabel>,
}

/// Whole lines of one file.
#[derive(Debug)]
pub(super) struct Window {
    pub name: String,
    pub first_line: usize,
    pub lines: usize,
    pub start: usize,
    pub end: usize,
}

/// A mark in the excerpts, with the position that it has in its file.
#[derive(Debug)]
pub(super) struct ViewLabel {
    pub start: usize,
    pub end: usize,
    pub text: Option<String>,
    pub primary: bool,
    pub line: usize,
    pub column: usize,
}

impl SourceCode for View {
    /// The window around `span`, whatever context is asked for; an error when it would join two windows,
    /// which makes miette show them one after the other.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_before: usize,
        _context_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let window = self
            .windows
            .iter()
            .find(|window| window.start <= start && end <= window.end)
            .ok_or(MietteError::OutOfBounds)?;
        let data = &self.text.as_bytes()[window.start..window.end];
        // Without context miette asks for the position in the header, which is that of the file.
        let label = self.labels.iter().find(|label| label.start == start && label.end == end);
        let (line, column) = match label {
            Some(label) if context_before == 0 => (label.line, label.column),
            _ => (window.first_line, 0),
        };
        let covered = SourceSpan::new(window.start.into(), data.len());
        let name = window.name.clone();
        Ok(Box::new(MietteSpanContents::new_named(name, data, covered, line, column, window.lines)))
    }
}
