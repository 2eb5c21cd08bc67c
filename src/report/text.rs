//! Words and escapes that several formats share.

/// `1 file`, `2 files`, `3 identities`.
pub fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {noun}s"),
    }
}

/// On one line, with nothing that a terminal would obey or that would reorder what is read.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\n' | '\t' => line.push(' '),
            '\r' => {}
            c => line.push(visible(c)),
        }
    }
    line
}

/// Control characters and bidirectional overrides as a replacement character.
pub(super) fn visible(c: char) -> char {
    let unseen = c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    if unseen { '\u{fffd}' } else { c }
}

/// Everything XML 1.0 forbids becomes a replacement character, everything it uses an entity.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Path of a file as a URI reference (RFC 3986), `/` kept.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(byte as char);
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// `a, b and 3 more`, naming at most `limit`.
pub(super) fn first_few(items: &[String], limit: usize) -> String {
    match items.len() > limit {
        false => items.join(", "),
        true => format!("{}, …", items[..limit].join(", ")),
    }
}

/// Breaks at spaces; a word longer than a line stays whole, so that it can still be copied.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let len = word.chars().count();
        if used > 0 && used + 1 + len > width {
            lines.push(String::new());
            used = 0;
        }
        let line = lines.last_mut().expect("invariant: there is always a line");
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += len;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        assert_eq!(count(1, "identity"), "1 identity");
        assert_eq!(count(0, "identity"), "0 identities");
        assert_eq!(count(2, "file"), "2 files");
    }

    #[test]
    fn a_path_becomes_a_uri() {
        assert_eq!(uri("a b/ü#%.tf"), "a%20b/%C3%BC%23%25.tf");
        assert_eq!(uri("/x:y/main.tf"), "file:///x%3Ay/main.tf");
    }

    #[test]
    fn terminal_sequences_are_disarmed() {
        assert_eq!(one_line("a\u{1b}[31mb\r\nc\u{202e}d"), "a\u{fffd}[31mb c\u{fffd}d");
    }

    #[test]
    fn long_words_are_not_cut() {
        assert_eq!(wrap("aa bb cccccccc d", 5), ["aa bb", "cccccccc", "d"]);
    }
}
