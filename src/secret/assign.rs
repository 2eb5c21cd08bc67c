//! Assignments inside a text: shell, env files, JSON, YAML, properties, flags of a command line.
//!
//! The prefilter says where a secret-like name may stand. From there the bytes are read on to an operator and a
//! value; each step has a limit, so that the whole walk is linear in the text.

use super::format::by_id;
use super::literal::{Written, judge};
use super::name::{self, NameKind};
use super::near::is_name_byte;
use super::types::Match;

const LONGEST_NAME: usize = 96;
const LONGEST_VALUE: usize = 1024;

pub(super) fn find(text: &str, hits: &[usize], out: &mut Vec<Match>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for hit in hits {
        if *hit < done {
            continue;
        }
        let before =
            bytes[..*hit].iter().rev().take(LONGEST_NAME).take_while(|byte| is_name_byte(**byte)).count();
        let after = bytes[*hit..].iter().take(LONGEST_NAME).take_while(|byte| is_name_byte(**byte)).count();
        let (start, end) = (hit - before, hit + after);
        done = end;
        if before == LONGEST_NAME || after == LONGEST_NAME {
            continue;
        }
        let name = text[start..end].trim_start_matches('-');
        let start = end - name.len();
        let Some(kind) = name::kind(name) else { continue };
        let value = after_name(bytes, start, end).or_else(|| sibling_value(bytes, start, end));
        let Some(value) = value else { continue };
        if value.written == Written::Bare || !bytes.get(value.end).is_some_and(|byte| is_quote(*byte)) {
            // A bare word holds no further assignment, and reading it again for each would not be linear.
            done = done.max(value.end);
        }
        out.extend(check(text, kind, &value));
    }
}

struct Value {
    start: usize,
    end: usize,
    written: Written,
}

fn check(text: &str, kind: NameKind, value: &Value) -> Option<Match> {
    let literal = text.get(value.start..value.end)?;
    let judged = judge(literal, kind, value.written)?;
    let mut found = Match::new(by_id("named-attribute"), value.start, value.end);
    found.confidence = judged.level;
    found.note = judged.note.map(str::to_owned);
    Some(found)
}

fn skip(bytes: &[u8], at: usize, limit: usize, what: impl Fn(u8) -> bool) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take(limit).take_while(|byte| what(**byte)).count()
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'\\' | b'`')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// `NAME=value`, `"NAME": "value"`, `name := value`, `--name value`.
fn after_name(bytes: &[u8], start: usize, end: usize) -> Option<Value> {
    let quoted = skip(bytes, end, 4, is_quote);
    let spaced = skip(bytes, quoted, 64, is_blank);
    let flag = start >= 2 && &bytes[start - 2..start] == b"--";
    let first = bytes.get(spaced).copied()?;
    let second = bytes.get(spaced + 1).copied().unwrap_or_default();
    // `${NAME:-default}` and `$NAME:` read the variable.
    let reads =
        start > 0 && matches!(bytes[start - 1], b'$') || start > 1 && &bytes[start - 2..start] == b"${";
    let after = match (first, second) {
        (b'=', b'=' | b'~') | (b':', b':' | b'/') => return None,
        (b':', _) if reads => return None,
        (b'=', b'>') | (b':', b'=') => spaced + 2,
        (b'=' | b':', _) => spaced + 1,
        _ if flag && spaced > quoted && first != b'-' => spaced,
        _ => return None,
    };
    let value = skip(bytes, after, 64, is_blank);
    let tight = spaced == end && value == after && first == b'=';
    let opening = read(bytes, value)?;
    if opening.written == Written::Quoted || flag {
        return Some(opening);
    }
    if tight {
        // In a shell or an env file there are no references but those with a dollar.
        let shouted = !bytes[start..end].iter().any(u8::is_ascii_lowercase);
        let written = if shouted { Written::Quoted } else { Written::Bare };
        return Some(Value { written, ..opening });
    }
    (first == b'=' || stands_alone(bytes, start, opening.end)).then_some(opening)
}

/// Whether the line is nothing but `name: value`, as in YAML, and not a sentence.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let mut before = bytes[..start].iter().rev().take(128).take_while(|byte| **byte != b'\n');
    let mut after = bytes[end..].iter().take_while(|byte| !matches!(**byte, b'\n' | b'#'));
    before.all(|byte| is_blank(*byte) || matches!(byte, b'-' | b'"' | b'\'' | b'{' | b','))
        && after.all(|byte| is_blank(*byte) || matches!(byte, b'\r' | b',' | b'}' | b'"' | b'\'' | b']'))
}

/// `{"name": "DB_PASSWORD", "value": "…"}`, and the same on two lines of YAML.
fn sibling_value(bytes: &[u8], start: usize, end: usize) -> Option<Value> {
    let operator = bytes[..start].iter().rev().take(16).find(|byte| !is_quote(**byte) && !is_blank(**byte));
    if !matches!(operator, Some(b':' | b'=')) {
        return None;
    }
    let at = skip(bytes, end, 200, |byte| is_quote(byte) || byte.is_ascii_whitespace() || byte == b',');
    // Line ends inside a JSON string are written as `\n`, of which the backslash is gone by now.
    let at = if bytes[at..].starts_with(b"nvalue") { at + 1 } else { at };
    let name = ["value", "Value"].into_iter().find(|name| bytes[at..].starts_with(name.as_bytes()))?;
    let at = skip(bytes, at + name.len(), 8, |byte| is_quote(byte) || is_blank(byte));
    if !matches!(bytes.get(at), Some(b':' | b'=')) {
        return None;
    }
    read(bytes, skip(bytes, at + 1, 64, is_blank))
}

/// The value at `at`: up to the closing quote, or as far as a bare word goes.
fn read(bytes: &[u8], at: usize) -> Option<Value> {
    let escapes = skip(bytes, at, 3, |byte| byte == b'\\') - at;
    let open = bytes.get(at + escapes).copied().filter(|byte| matches!(byte, b'"' | b'\''));
    let Some(quote) = open else {
        let end = skip(bytes, at, LONGEST_VALUE, |byte| !ends_bare(byte));
        return (escapes == 0 && end > at).then_some(Value { start: at, end, written: Written::Bare });
    };
    let start = at + escapes + 1;
    let mut end = start;
    while end < bytes.len() && end - start < LONGEST_VALUE && bytes[end] != b'\n' {
        if bytes[end] == quote {
            return Some(Value {
                start,
                end: end.saturating_sub(escapes).max(start),
                written: Written::Quoted,
            });
        }
        // An escaped character belongs to the value, unless the quotes themselves are escaped.
        end += if bytes[end] == b'\\' && escapes == 0 { 2 } else { 1 };
    }
    None
}

fn ends_bare(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b',' | b';' | b'"' | b'\'' | b')' | b'}' | b']' | b'&' | b'|' | b'<' | b'\\' | b'`')
}
