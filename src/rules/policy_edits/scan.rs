//! The entries of an object as they are written, in HCL or in JSON.

use std::ops::Range;

/// `key = value` or `"key": value`; all offsets are those of the object's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) struct Entry {
    /// Without quotes.
    pub name: String,
    pub key: Range<usize>,
    pub value: Range<usize>,
}

/// An object with the entries that it has itself.
#[derive(Debug)]
pub(in crate::rules) struct Object<'t> {
    pub text: &'t str,
    pub entries: Vec<Entry>,
}

impl<'t> Object<'t> {
    /// `None` for what is not written as an object, or not in a way that is easily extended.
    pub fn read(text: &'t str) -> Option<Self> {
        let inner_end = text.strip_suffix('}')?.len();
        let bytes = text.as_bytes();
        if !text.starts_with('{') {
            return None;
        }
        let mut entries = Vec::new();
        let mut at = 1;
        loop {
            at = skip_between(bytes, at);
            if at >= inner_end {
                return (!entries.is_empty()).then_some(Object { text, entries });
            }
            let key_end = key_end(bytes, at)?;
            let key = at..key_end;
            at = skip_blanks(bytes, key_end);
            // `=>` and `==` begin something else.
            if !matches!(bytes.get(at), Some(b'=' | b':')) || matches!(bytes.get(at + 1), Some(b'=' | b'>')) {
                return None;
            }
            at = skip_blanks(bytes, at + 1);
            let end = value_end(bytes, at, inner_end)?;
            let value = at..at + text.get(at..end)?.trim_end().len();
            if value.is_empty() {
                return None;
            }
            let name = text.get(key.clone())?.trim_matches(['(', ')', '"']).to_string();
            entries.push(Entry { name, key, value });
            at = end;
        }
    }

    /// The entry of a name, in whatever case.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// Every key is quoted and followed by a colon: text that is JSON, and HCL as well.
    pub fn is_json(&self) -> bool {
        self.entries.iter().all(|entry| {
            self.text[entry.key.clone()].starts_with('"')
                && self.text[entry.key.end..entry.value.start].contains(':')
        })
    }

    /// Keys are in quotes that do not have to be.
    pub fn quotes_keys(&self) -> bool {
        let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let quoted = |entry: &Entry| self.text[entry.key.clone()].starts_with('"');
        self.is_json() || self.entries.iter().any(|entry| quoted(entry) && plain(&entry.name))
    }

    /// What stands between a key and its value: ` = `, without what aligns it with others.
    pub fn separator(&self) -> &'static str {
        let Some(first) = self.entries.first() else { return " = " };
        match &self.text[first.key.end..first.value.start] {
            ":" => ":",
            text if text.starts_with(':') => ": ",
            text if text.contains(':') => " : ",
            _ => " = ",
        }
    }

    /// A comma follows the last entry.
    pub fn ends_with_comma(&self) -> bool {
        let last = self.entries.last().map_or(0, |entry| entry.value.end);
        self.text[last..].trim_start().starts_with(',')
    }
}

/// Where what a bracket opens ends.
pub(in crate::rules) fn end_of(text: &str, open: usize) -> Option<usize> {
    bracket_end(text.as_bytes(), open, 0)
}

/// Skips what may stand before an entry.
fn skip_between(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b' ' | b'\t' | b'\r' | b'\n' | b','), _) => at += 1,
            (Some(b'#'), _) | (Some(b'/'), Some(b'/')) => at = line_end(bytes, at),
            (Some(b'/'), Some(b'*')) => at = find(bytes, at + 2, b"*/").map_or(bytes.len(), |end| end + 2),
            _ => return at,
        }
    }
}

fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while matches!(bytes.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    find(bytes, from, b"\n").unwrap_or(bytes.len())
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(what.len()).position(|window| window == what).map(|found| from + found)
}

fn key_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string_end(bytes, at, 0),
        b'(' => bracket_end(bytes, at, 0),
        _ => {
            let length = bytes[at..]
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
                .count();
            (length > 0).then_some(at + length)
        }
    }
}

/// Where a value ends: before a comma, a comment, the end of the line or that of the object.
fn value_end(bytes: &[u8], mut at: usize, inner_end: usize) -> Option<usize> {
    while at < inner_end {
        match bytes[at] {
            b',' | b'\n' | b'\r' | b'#' => return Some(at),
            b'/' if matches!(bytes.get(at + 1), Some(b'/' | b'*')) => return Some(at),
            b'"' => at = string_end(bytes, at, 0)?,
            b'(' | b'[' | b'{' => at = bracket_end(bytes, at, 0)?,
            b')' | b']' | b'}' => return None,
            // What follows is not one line of code any more.
            b'<' if bytes.get(at + 1) == Some(&b'<') => return None,
            b'%' if bytes.get(at + 1) == Some(&b'{') => return None,
            _ => at += 1,
        }
    }
    Some(inner_end)
}

/// Strings in templates in strings: more of them than this are left alone.
const MAX_DEPTH: usize = 16;

/// The end of a string with its templates.
fn string_end(bytes: &[u8], from: usize, depth: usize) -> Option<usize> {
    let mut at = from + 1;
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', _) => return Some(at + 1),
            (b'\n', _) => return None,
            (b'\\', _) | (b'$', Some(b'$')) | (b'%', Some(b'%')) => at += 2,
            (b'$' | b'%', Some(b'{')) => at = bracket_end(bytes, at + 1, depth + 1)?,
            _ => at += 1,
        }
    }
    None
}

/// The end of what a bracket opens.
fn bracket_end(bytes: &[u8], from: usize, depth: usize) -> Option<usize> {
    if depth > MAX_DEPTH {
        return None;
    }
    let (mut at, mut open) = (from, 0usize);
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                at = string_end(bytes, at, depth + 1)?;
                continue;
            }
            (b'#', _) | (b'/', Some(b'/')) => {
                at = line_end(bytes, at);
                continue;
            }
            (b'/', Some(b'*')) => {
                at = find(bytes, at + 2, b"*/")? + 2;
                continue;
            }
            (b'(' | b'[' | b'{', _) => open += 1,
            (b')' | b']' | b'}', _) if open <= 1 => return Some(at + 1),
            (b')' | b']' | b'}', _) => open -= 1,
            (b'<', Some(b'<')) => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Option<Vec<String>> {
        Some(Object::read(text)?.entries.into_iter().map(|entry| entry.name).collect())
    }

    #[test]
    fn entries_in_every_notation() {
        let hcl =
            "{\n  Effect = \"Allow\" # why, not\n  \"Action\" = [\"a\", \"b\"],\n  (var.k) = f({ a = 1 })\n}";
        assert_eq!(names(hcl).as_deref(), Some(&["Effect", "Action", "var.k"].map(String::from)[..]));
        let json = "{\"Effect\": \"Allow\", \"Resource\" : \"${aws_s3_bucket.b[\"x\"].arn}/*\"}";
        let object = Object::read(json).expect("an object");
        assert!(object.is_json() && object.separator() == ": ");
        assert_eq!(&json[object.entries[1].value.clone()], "\"${aws_s3_bucket.b[\"x\"].arn}/*\"");
    }

    #[test]
    fn what_is_no_plain_object_is_left_alone() {
        for text in [
            "{}",
            "{ for k, v in x : k => v }",
            "{\n a = <<E\nE\n}",
            "\"{\\\"a\\\": 1}\"",
            "{ a = \"",
            "{ a }",
        ] {
            assert!(Object::read(text).is_none(), "{text}");
        }
    }
}
