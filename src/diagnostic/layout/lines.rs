//! Lines as `terraform fmt` sees them: a heredoc belongs to the line that opens it, and a line has up to two
//! cells that are aligned with those of its neighbours, the assignment and the comment at the end.
//! Source: the formatter of HashiCorp's HCL library, "hclwrite/format.go".

use std::ops::Range;

/// One line, by offsets in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// With its line ending.
    pub range: Range<usize>,
    /// The spaces before the `=` of an assignment that is complete on this line.
    pub assign: Option<Range<usize>>,
    /// The spaces before a comment that follows code.
    pub comment: Option<Range<usize>>,
    /// Brackets that are opened, less those that are closed.
    pub depth: isize,
    /// There is an `=` that assigns.
    pub assigns: bool,
    /// There is more than a comment.
    pub code: bool,
}

impl Line {
    pub fn has_cells(&self) -> bool {
        self.assign.is_some() || self.comment.is_some()
    }
}

/// Spaces of a line, and how many there should be.
#[derive(Debug)]
pub(super) struct Gap {
    pub range: Range<usize>,
    pub wanted: usize,
}

/// All lines from the start of one; never fails.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while at < text.len() {
        let line = Reader::new(text, at).line();
        at = line.range.end;
        lines.push(line);
    }
    lines
}

/// What the cells of these lines should be, where the lines around them have none.
pub(super) fn gaps(text: &str, lines: &[Line]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut moved = vec![0_isize; lines.len()];
    for chain in lines.chunk_by(|one, next| one.assign.is_some() == next.assign.is_some()) {
        let width = |line: &Line, cell: &Range<usize>| columns(text, line.range.start..cell.start);
        let widest = chain.iter().filter_map(|line| Some(width(line, line.assign.as_ref()?))).max();
        let (Some(widest), Some(first)) = (widest, position(lines, chain)) else { continue };
        for (at, line) in chain.iter().enumerate() {
            let Some(cell) = &line.assign else { continue };
            let wanted = widest - width(line, cell) + 1;
            moved[first + at] = wanted as isize - cell.len() as isize;
            gaps.push(Gap { range: cell.clone(), wanted });
        }
    }
    for chain in lines.chunk_by(|one, next| one.comment.is_some() == next.comment.is_some()) {
        let Some(first) = position(lines, chain) else { continue };
        let width = |at: usize, line: &Line, cell: &Range<usize>| {
            columns(text, line.range.start..cell.start).saturating_add_signed(moved[first + at])
        };
        let with_cells =
            || chain.iter().enumerate().filter_map(|(at, line)| Some((at, line, line.comment.as_ref()?)));
        let widest = with_cells().map(|(at, line, cell)| width(at, line, cell)).max();
        let Some(widest) = widest else { continue };
        for (at, line, cell) in with_cells() {
            gaps.push(Gap { range: cell.clone(), wanted: widest - width(at, line, cell) + 1 });
        }
    }
    gaps.sort_by_key(|gap| gap.range.start);
    gaps
}

/// Where a chain starts among the lines that it is a part of.
fn position(lines: &[Line], chain: &[Line]) -> Option<usize> {
    let start = chain.first()?.range.start;
    lines.binary_search_by_key(&start, |line| line.range.start).ok()
}

fn columns(text: &str, range: Range<usize>) -> usize {
    text.get(range).map_or(0, |text| text.chars().count())
}

/// Reads one line of HCL.
struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    start: usize,
    at: usize,
    /// Where code ends so far, without spaces after it.
    code_end: usize,
    any_code: bool,
    assign: Option<Range<usize>>,
    /// Brackets that were opened after the `=`, less those that were closed.
    open: isize,
    depth: isize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, start: usize) -> Self {
        let bytes = text.as_bytes();
        Reader {
            text,
            bytes,
            start,
            at: start,
            code_end: start,
            any_code: false,
            assign: None,
            open: 0,
            depth: 0,
        }
    }

    fn line(mut self) -> Line {
        let mut comment = None;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    break;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' => comment = Some(self.comment()),
                b'/' if self.next_is(b'/') => comment = Some(self.comment()),
                b'/' if self.next_is(b'*') => {
                    let rest = &self.text[self.at + 2..];
                    let len = rest.find("*/").map_or(rest.len(), |end| end + 2);
                    self.code(2 + len);
                }
                b'"' => self.string(),
                b'<' if self.next_is(b'<') => self.heredoc(),
                b'=' => self.equals(),
                b'!' | b'<' | b'>' if self.next_is(b'=') => self.code(2),
                b'{' | b'[' | b'(' => self.bracket(1),
                b'}' | b']' | b')' => self.bracket(-1),
                _ => self.code(self.text[self.at..].chars().next().map_or(1, char::len_utf8)),
            }
        }
        let assigns = self.assign.is_some();
        let assign = self.assign.filter(|_| self.open == 0);
        let range = self.start..self.at;
        Line { range, assign, comment: comment.flatten(), depth: self.depth, assigns, code: self.any_code }
    }

    fn next_is(&self, byte: u8) -> bool {
        self.bytes.get(self.at + 1) == Some(&byte)
    }

    fn code(&mut self, len: usize) {
        self.at = (self.at + len).min(self.text.len());
        self.code_end = self.at;
        self.any_code = true;
    }

    fn bracket(&mut self, change: isize) {
        self.depth += change;
        if self.assign.is_some() {
            self.open += change;
        }
        self.code(1);
    }

    /// To the end of the line. The cell, where code stands before it.
    fn comment(&mut self) -> Option<Range<usize>> {
        let cell = self.any_code.then_some(self.code_end..self.at);
        self.at = self.text[self.at..].find('\n').map_or(self.text.len(), |end| self.at + end);
        cell
    }

    fn equals(&mut self) {
        if self.next_is(b'=') || self.next_is(b'>') {
            return self.code(2);
        }
        if self.assign.is_none() && self.any_code {
            self.assign = Some(self.code_end..self.at);
        }
        self.code(1);
    }

    /// A quoted template with what is interpolated in it.
    fn string(&mut self) {
        let mut at = self.at + 1;
        let mut depth = 0_usize;
        let mut quoted = true;
        let mut outer: Vec<usize> = Vec::new();
        while let Some(byte) = self.bytes.get(at).copied() {
            at += 1;
            match (quoted, byte) {
                (true, b'\\') => at += 1,
                (true, b'"') => match outer.last() {
                    None => break,
                    Some(_) => quoted = false,
                },
                (true, b'$' | b'%') if self.bytes.get(at) == Some(&b'{') => {
                    let escaped = self.bytes.get(at.wrapping_sub(2)) == Some(&byte);
                    at += 1;
                    if !escaped {
                        outer.push(depth);
                        depth = 0;
                        quoted = false;
                    }
                }
                // A string does not go over the end of a line.
                (true, b'\n') => {
                    at -= 1;
                    break;
                }
                (false, b'"') => quoted = true,
                (false, b'{') => depth += 1,
                (false, b'}') if depth > 0 => depth -= 1,
                (false, b'}') => {
                    depth = outer.pop().unwrap_or_default();
                    quoted = true;
                }
                _ => {}
            }
        }
        while !self.text.is_char_boundary(at.min(self.text.len())) {
            at += 1;
        }
        self.code(at - self.at);
    }

    /// `<<EOT`, its text and the word that ends it.
    fn heredoc(&mut self) {
        let rest = &self.text[self.at + 2..];
        let opening = rest.split('\n').next().unwrap_or_default();
        let word = opening.strip_prefix('-').unwrap_or(opening).trim();
        let named = word.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && word.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        if !named {
            return self.code(2);
        }
        let mut at = self.at + 2 + opening.len() + 1;
        while at < self.text.len() {
            let line = self.text[at..].split('\n').next().unwrap_or_default();
            if line.trim() == word {
                return self.code(at + line.trim_end().len() - self.at);
            }
            at += line.len() + 1;
        }
        self.code(self.text.len() - self.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written as `terraform fmt` 1.11 leaves it.
    const FORMATTED: &str = r#"resource "a" "b" {
  a           = 1
  policy      = <<EOF
{ "a = b": 1 }
EOF
  longer_name = 2
  x = {
    a          = 1
    "long key" = 2
    (var.x)    = 3                # c
    foo        = [for a in b : a] // d
  }
  y    = 1   # note
  yyyy = "a" # other
  zz = [     # third
    1
  ]
  foo { a = 1 }
  k         = 3
  /* c */ l = 4
  mmmmmm    = 5 /* d */
  n         = <<-E
  ${x}
  E
  # foo
  oooooo = 6
  ü      = 3
  p {}
  ppp = x == "a # ${b["}"]} \" b" ? 1 : 2 # fine
  e = f(1,
  2)
  qqqqqqqqqqq = 1
}
"#;

    #[test]
    fn what_is_formatted_needs_nothing() {
        let found = lines(FORMATTED);
        let gaps = gaps(FORMATTED, &found);
        let wrong: Vec<_> = gaps.iter().filter(|gap| gap.range.len() != gap.wanted).collect();
        assert!(gaps.len() > 20 && wrong.is_empty(), "{wrong:?}");
        assert_eq!(found.iter().map(|line| line.range.len()).sum::<usize>(), FORMATTED.len());
    }

    #[test]
    fn odd_text_is_cut_into_lines_all_the_same() {
        for text in
            ["\"${", "a = <<EOT\nb", "a = \"\\", "/*", "<<", "= =\n", "\u{feff}a = 1\r\n", "a = \"\\ü"]
        {
            let found = lines(text);
            assert_eq!(found.last().map(|line| line.range.end), Some(text.len()), "{text:?}");
        }
    }
}
