//! Offsets as editors count them: lines, and units of an encoding that was agreed on.

use serde::{Deserialize, Serialize};

/// What columns count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    #[default]
    Utf16,
    Utf32,
}

impl Encoding {
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        }
    }

    /// The first that both sides know, in the order of the client. UTF-16 is what everybody knows.
    pub fn agree<'a>(offered: impl Iterator<Item = &'a str>) -> Self {
        let all = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];
        let known = |name: &str| all.into_iter().find(|encoding| encoding.name() == name);
        offered.into_iter().find_map(known).unwrap_or_default()
    }

    fn width(self, c: char) -> usize {
        match self {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }

    fn count(self, text: &str) -> usize {
        match self {
            _ if text.is_ascii() => text.len(),
            Encoding::Utf8 => text.len(),
            _ => text.chars().map(|c| self.width(c)).sum(),
        }
    }

    /// The byte at a column, clamped to the text; within a character, its start.
    fn byte(self, text: &str, column: usize) -> usize {
        if text.is_ascii() {
            return column.min(text.len());
        }
        let mut left = column;
        for (at, c) in text.char_indices() {
            match left.checked_sub(self.width(c)) {
                Some(rest) if left > 0 => left = rest,
                _ => return at,
            }
        }
        text.len()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Position {
    pub line: u32,
    pub character: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Range {
    pub start: Position,
    pub end: Position,
}

/// Where the lines of a text begin. A line ends with `\n`, `\r\n` or `\r`, as the protocol says, and not only
/// with `\n`, as Terraform does.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at as u32 + 1);
            }
        }
        Lines { starts }
    }

    /// The bytes of a line without its end. A line that is not there is empty, at the end of the text.
    fn line(&self, text: &str, line: usize) -> std::ops::Range<usize> {
        let Some(start) = self.starts.get(line) else { return text.len()..text.len() };
        let end = self.starts.get(line + 1).map_or(text.len(), |next| *next as usize);
        let start = *start as usize;
        let whole = &text[start..end];
        start..start + whole.trim_end_matches(['\r', '\n']).len()
    }

    /// The byte at a position, wherever it is: behind a line it is its end, behind the text the end of that.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let line = self.line(text, position.line as usize);
        let start = line.start;
        start + encoding.byte(&text[line], position.character as usize)
    }

    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = floor(text, offset);
        let line = self.starts.partition_point(|start| *start as usize <= offset).saturating_sub(1);
        let start = self.starts.get(line).map_or(0, |start| *start as usize);
        Position { line: line as u32, character: encoding.count(&text[start..offset]) as u32 }
    }

    pub fn range(&self, text: &str, bytes: std::ops::Range<usize>, encoding: Encoding) -> Range {
        let start = self.position(text, bytes.start, encoding);
        Range { start, end: self.position(text, bytes.end.max(bytes.start), encoding).max(start) }
    }

    /// The bytes of a range, start before end.
    pub fn bytes(&self, text: &str, range: Range, encoding: Encoding) -> std::ops::Range<usize> {
        let (start, end) = (self.offset(text, range.start, encoding), self.offset(text, range.end, encoding));
        start.min(end)..start.max(end)
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_what_was_agreed_on() {
        let text = "a\né😀x\n";
        let lines = Lines::new(text);
        let x = text.find('x').unwrap();
        for (encoding, column) in [(Encoding::Utf8, 6), (Encoding::Utf16, 3), (Encoding::Utf32, 2)] {
            assert_eq!(lines.position(text, x, encoding), at(1, column));
            assert_eq!(lines.offset(text, at(1, column), encoding), x);
        }
        assert_eq!(lines.offset(text, at(1, 2), Encoding::Utf16), text.find('😀').unwrap());
    }

    #[test]
    fn what_is_beyond_is_clamped() {
        let text = "ab\r\ncd\re";
        let lines = Lines::new(text);
        for encoding in ALL {
            assert_eq!(lines.offset(text, at(0, 99), encoding), 2);
            assert_eq!(lines.offset(text, at(2, u32::MAX), encoding), text.len());
            assert_eq!(lines.offset(text, at(u32::MAX, 0), encoding), text.len());
            assert_eq!(lines.position(text, 99, encoding), at(2, 1));
        }
        assert_eq!(lines.position(text, 7, Encoding::Utf16), at(2, 0));
    }

    #[test]
    fn the_client_says_which_it_likes_best() {
        assert_eq!(Encoding::agree(["utf-7", "utf-32", "utf-8"].into_iter()), Encoding::Utf32);
        assert_eq!(Encoding::agree([].into_iter()), Encoding::Utf16);
    }

    proptest! {
        #[test]
        fn positions_lead_back(text in "[a\u{e9}\u{1f600}\r\n ]{0,40}", at in 0usize..60) {
            let lines = Lines::new(&text);
            for encoding in ALL {
                let offset = floor(&text, at);
                // Between the two halves of one line end there is no position.
                let inside_end = text[..offset].ends_with('\r') && text[offset..].starts_with('\n');
                if !inside_end && !text[..offset].ends_with('\r') {
                    let position = lines.position(&text, offset, encoding);
                    prop_assert_eq!(lines.offset(&text, position, encoding), offset);
                }
            }
        }

        #[test]
        fn any_position_is_in_the_text(text in "\\PC{0,30}", line in 0u32..9, column in 0u32..99) {
            let lines = Lines::new(&text);
            for encoding in ALL {
                prop_assert!(text.is_char_boundary(lines.offset(&text, at(line, column), encoding)));
            }
        }
    }
}
