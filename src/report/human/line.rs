use super::paint::Glyphs;
use crate::report::redact::Redactions;
use crate::report::text::visible;
use crate::source::SourceFile;
use std::ops::Range;

/// One line of source as it is shown: masked, harmless to a terminal, and cut to what fits.
#[derive(Debug, Default)]
pub(super) struct DisplayLine {
    pub text: String,
    /// Where each shown character came from: offsets in the file and in `text`, both rising.
    map: Vec<(usize, usize)>,
}

impl DisplayLine {
    /// Offset in `text` for an offset in the file; what was cut away is at the nearest end.
    pub fn offset(&self, byte: usize) -> usize {
        let at = self.map.partition_point(|(source, _)| *source < byte);
        match self.map.get(at) {
            Some((_, shown)) if at > 0 || self.map[0].0 == byte => *shown,
            Some(_) => 0,
            None => self.text.len(),
        }
    }
}

/// `line` without its line break; `focus` is what must stay visible when it is cut to `limit` columns.
pub(super) fn display(
    file: &SourceFile,
    line: Range<usize>,
    focus: Option<usize>,
    limit: usize,
    redactions: &Redactions,
    glyphs: Glyphs,
) -> DisplayLine {
    let focus = focus.unwrap_or(line.start).clamp(line.start, line.end);
    let kept = fit(&file.text, line.clone(), focus, limit);
    let masked = redactions.within(file.id, &file.text, kept.clone());
    let mut masks = masked.iter().peekable();
    let mut shown = DisplayLine::default();
    if kept.start > line.start {
        shown.text.push_str(glyphs.ellipsis);
    }
    for (at, c) in file.text[kept.clone()].char_indices() {
        let at = kept.start + at;
        shown.map.push((at, shown.text.len()));
        while masks.peek().is_some_and(|mask| mask.end <= at) {
            masks.next();
        }
        let secret = masks.peek().is_some_and(|mask| mask.start <= at);
        // Indentation is not part of a secret, and without it a key in a heredoc is hard to recognise.
        let indent = c.is_whitespace() && file.text[line.start..at].trim_start().is_empty();
        match (secret && !indent, c) {
            (true, _) => shown.text.push(glyphs.mask),
            (false, '\t') => shown.text.push('\t'),
            (false, c) => shown.text.push(visible(c)),
        }
    }
    shown.map.push((kept.end, shown.text.len()));
    if kept.end < line.end {
        shown.text.push_str(glyphs.ellipsis);
    }
    shown
}

/// The part of a line around `focus` that fits, a quarter of it in front. Looks at no more than that, because
/// generated files put megabytes on one line.
fn fit(text: &str, line: Range<usize>, focus: usize, limit: usize) -> Range<usize> {
    let columns = |c: char| if c == '\t' { 4 } else { 1 + usize::from(c as u32 >= 0x1100) };
    let ahead = |from: usize, room: usize| {
        let mut used = 0;
        for (at, c) in text[from..line.end].char_indices() {
            used += columns(c);
            if used > room {
                return (from + at, used - columns(c));
            }
        }
        (line.end, used)
    };
    let back = |room: usize| {
        let mut used = 0;
        for (at, c) in text[line.start..focus].char_indices().rev() {
            used += columns(c);
            if used > room {
                return (line.start + at + c.len_utf8(), used - columns(c));
            }
        }
        (line.start, used)
    };
    let (whole, _) = ahead(line.start, limit);
    if whole == line.end {
        return line;
    }
    let (_, before) = back(limit / 4);
    let (end, after) = ahead(focus, limit - before);
    let (start, _) = back(limit - after);
    start..end
}
