//! A tolerant scanner that cuts a body into items without parsing them, so that one broken item costs
//! nothing but itself. It knows strings, templates, heredocs, comments and brackets, and no grammar.

use std::ops::Range;

/// An item of a body: an attribute or a block, broken or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub range: Range<usize>,
    /// Offset of the first `{` outside of strings, if the item has one before any `=`.
    pub open_brace: Option<usize>,
    /// A bracket that was never closed.
    pub unclosed: bool,
}

/// Words that start a top-level block. A line that begins with one of them ends an item whose bracket was
/// never closed.
const TOP_LEVEL: [&str; 13] = [
    "resource",
    "data",
    "module",
    "variable",
    "output",
    "locals",
    "provider",
    "terraform",
    "moved",
    "import",
    "check",
    "removed",
    "ephemeral",
];

/// Items whose bracket is looked for up to the end of the file. In a file with more unclosed brackets than
/// that every keyword at the start of a line ends an item, or scanning it would take quadratic time.
const MAX_RESCANS: usize = 32;

/// Cuts `text[range]` into items.
pub(super) fn items(text: &str, range: Range<usize>, top_level: bool) -> Vec<Item> {
    let bytes = &text.as_bytes()[..range.end];
    let mut at = range.start;
    let mut found = Vec::new();
    let mut rescans = 0;
    loop {
        at = skip_blank(bytes, at);
        if at >= bytes.len() {
            return found;
        }
        let mut item = scan_item(bytes, at, top_level && rescans >= MAX_RESCANS);
        if item.unclosed && top_level && rescans < MAX_RESCANS {
            rescans += 1;
            item = scan_item(bytes, at, true);
        }
        // A stray closing bracket is an item of its own, so that the scan always advances.
        item.range.end = item.range.end.max(at + 1);
        while !text.is_char_boundary(item.range.end) {
            item.range.end += 1;
        }
        at = item.range.end;
        item.range.end = trim_end(bytes, &item.range);
        found.push(item);
    }
}

fn trim_end(bytes: &[u8], range: &Range<usize>) -> usize {
    let blank = bytes[range.clone()].iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    range.end - blank
}

fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            0xef if bytes[at..].starts_with(b"\xef\xbb\xbf") => at += 3,
            b'#' => at = line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"//") => at = line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => at = block_comment_end(bytes, at),
            _ => break,
        }
    }
    at
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |found| at + found)
}

fn block_comment_end(bytes: &[u8], at: usize) -> usize {
    memchr::memmem::find(&bytes[at..], b"*/").map_or(bytes.len(), |found| at + found + 2)
}

/// What encloses the current position.
#[derive(Clone, Copy, PartialEq)]
enum Inside {
    Bracket(u8),
    /// `${` or `%{` of a quoted string.
    Interpolation,
}

fn scan_item(bytes: &[u8], start: usize, cut_at_keywords: bool) -> Item {
    let mut item = Item { range: start..bytes.len(), open_brace: None, unclosed: false };
    let mut stack = Stack::default();
    let mut assigned = false;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => {
                if stack.is_empty() {
                    item.range.end = at;
                    return item;
                }
                at += 1;
                if cut_at_keywords && starts_block(&bytes[at..]) {
                    item.range.end = at;
                    item.unclosed = true;
                    return item;
                }
            }
            b'"' => at = scan_string(bytes, at + 1, &mut stack),
            b'#' => at = line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"//") => at = line_end(bytes, at),
            b'/' if bytes[at..].starts_with(b"/*") => at = block_comment_end(bytes, at),
            b'<' if bytes[at..].starts_with(b"<<") => at = skip_heredoc(bytes, at),
            open @ (b'{' | b'[' | b'(') => {
                if open == b'{' && stack.is_empty() && !assigned && item.open_brace.is_none() {
                    item.open_brace = Some(at);
                }
                stack.push(Inside::Bracket(open));
                at += 1;
            }
            close @ (b'}' | b']' | b')') => {
                at += 1;
                match stack.pop(close) {
                    Popped::Nothing if stack.is_empty() => {
                        item.range.end = at;
                        return item;
                    }
                    Popped::Interpolation => at = scan_string(bytes, at, &mut stack),
                    _ => {}
                }
            }
            b'=' => {
                assigned |= stack.is_empty();
                at += 1;
            }
            _ => at += 1,
        }
    }
    item.unclosed = !stack.is_empty();
    item
}

/// The comments of a file, without the ends of their lines. Strings and heredocs are stepped over.
pub(super) fn comments(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut stack = Stack::default();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let comment_end = match bytes[at] {
            b'#' => Some(line_end(bytes, at)),
            b'/' if rest.starts_with(b"//") => Some(line_end(bytes, at)),
            b'/' if rest.starts_with(b"/*") => Some(block_comment_end(bytes, at)),
            _ => None,
        };
        if let Some(end) = comment_end {
            let carriage_return = usize::from(bytes[end - 1] == b'\r');
            found.push(at..end - carriage_return);
            at = end;
            continue;
        }
        at = match bytes[at] {
            b'"' => scan_string(bytes, at + 1, &mut stack),
            b'<' if rest.starts_with(b"<<") => skip_heredoc(bytes, at),
            open @ (b'{' | b'[' | b'(') => {
                stack.push(Inside::Bracket(open));
                at + 1
            }
            close @ (b'}' | b']' | b')') => match stack.pop(close) {
                Popped::Interpolation => scan_string(bytes, at + 1, &mut stack),
                _ => at + 1,
            },
            _ => at + 1,
        };
    }
    found
}

enum Popped {
    Nothing,
    Bracket,
    Interpolation,
}

/// What is open at the current position, innermost last.
#[derive(Default)]
struct Stack {
    open: Vec<Inside>,
    /// How many of them a `}` closes; without any, looking for one would take time for nothing.
    braces: usize,
}

impl Stack {
    fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    fn push(&mut self, inside: Inside) {
        self.braces += usize::from(inside.is_brace());
        self.open.push(inside);
    }

    /// Closes what `close` can close. A `}` closes everything up to its `{`, since braces carry the
    /// structure; a stray `]` or `)` closes nothing.
    fn pop(&mut self, close: u8) -> Popped {
        let found = match close {
            b'}' if self.braces == 0 => None,
            b'}' => self.open.iter().rposition(|inside| inside.is_brace()),
            _ => {
                let opener = if close == b']' { b'[' } else { b'(' };
                let matches = self.open.last() == Some(&Inside::Bracket(opener));
                matches.then(|| self.open.len() - 1)
            }
        };
        let Some(at) = found else { return Popped::Nothing };
        let popped = match self.open[at] {
            Inside::Bracket(_) => Popped::Bracket,
            Inside::Interpolation => Popped::Interpolation,
        };
        // Everything above it is no brace, or it would have been found first.
        self.braces -= usize::from(self.open[at].is_brace());
        self.open.truncate(at);
        popped
    }
}

impl Inside {
    fn is_brace(self) -> bool {
        matches!(self, Inside::Bracket(b'{') | Inside::Interpolation)
    }
}

/// Continues inside a quoted string; returns after its closing quote, or after the `${` that opens code.
fn scan_string(bytes: &[u8], mut at: usize, stack: &mut Stack) -> usize {
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            // A string ends with its line; whatever follows belongs to the next item.
            b'\n' => return at,
            sigil @ (b'$' | b'%') if bytes.get(at + 1) == Some(&b'{') => {
                let escaped = at > 0 && bytes[at - 1] == sigil;
                at += 2;
                if !escaped {
                    stack.push(Inside::Interpolation);
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Skips `<<EOT … EOT`; `<<` without a marker is an operator nobody defined and is stepped over.
fn skip_heredoc(bytes: &[u8], at: usize) -> usize {
    let mut marker = at + 2;
    if bytes.get(marker) == Some(&b'-') {
        marker += 1;
    }
    let len = bytes[marker..]
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        .count();
    let blank = bytes[marker + len..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    let end = marker + len + blank;
    if len == 0 || !matches!(bytes.get(end), None | Some(b'\n')) {
        return at + 2;
    }
    let word = &bytes[marker..marker + len];
    let mut line = end + 1;
    while line < bytes.len() {
        let end = line_end(bytes, line);
        if bytes[line..end].trim_ascii() == word {
            return end;
        }
        line = end + 1;
    }
    bytes.len()
}

fn starts_block(rest: &[u8]) -> bool {
    let len = rest.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
    let after = &rest[len..line_end(rest, len)];
    TOP_LEVEL.iter().any(|word| word.as_bytes() == &rest[..len])
        && matches!(after.trim_ascii_start().first(), Some(b'"' | b'{'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        items(text, 0..text.len(), true).into_iter().map(|item| &text[item.range]).collect()
    }

    #[test]
    fn items_end_where_their_brackets_close() {
        let text = "\u{feff}# c\na = 1\nb {\n x = \"}${\"{\"}\" /* } */ # }\n}\n\n  c = [\n1]\r\n";
        assert_eq!(cut(text), ["a = 1", "b {\n x = \"}${\"{\"}\" /* } */ # }\n}", "c = [\n1]"]);
    }

    #[test]
    fn heredocs_hide_their_brackets() {
        let text = "a = <<-EOT\n {{{ \"\n  EOT\nb = 2";
        assert_eq!(cut(text), ["a = <<-EOT\n {{{ \"\n  EOT", "b = 2"]);
    }

    #[test]
    fn an_unclosed_block_ends_before_the_next_keyword() {
        let text = "resource \"a\" \"b\" {\n  x = {\n}\nresource \"c\" \"d\" {\n}\n";
        assert_eq!(cut(text), ["resource \"a\" \"b\" {\n  x = {\n}", "resource \"c\" \"d\" {\n}"]);
    }

    #[test]
    fn stray_closers_and_open_strings_do_not_stop_the_scan() {
        assert_eq!(cut("}\na = \"open\nb = 1"), ["}", "a = \"open", "b = 1"]);
    }
}
