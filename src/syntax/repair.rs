//! Rewrites of an item that keep every offset, for configuration that Terraform accepts and the parser
//! does not: line breaks inside brackets where only expressions can stand, and object keys that occur
//! twice. Names are read from the original bytes afterwards, so that a rewritten key keeps its name.

use hcl_edit::expr::Expression;
use hcl_edit::parser::{Error, parse_body};
use hcl_edit::structure::Body;

/// How many repeated keys one item may have.
const MAX_REPEATED_KEYS: usize = 32;
/// Each of them costs another parse, so that large items may have fewer.
const MAX_REPEATED_BYTES: usize = 4 << 20;

/// Parses `text`, rewriting it where that helps. The error is that of the text as it stands.
pub(super) fn parse(text: &str) -> Result<Body, Error> {
    with(text, parse_body)
}

/// The same for an expression that stands alone.
pub(super) fn parse_expr(text: &str) -> Result<Expression, Error> {
    with(text, hcl_edit::parser::parse_expr)
}

fn with<T>(text: &str, parser: impl Fn(&str) -> Result<T, Error>) -> Result<T, Error> {
    let error = match parser(text) {
        Ok(body) => return Ok(body),
        Err(error) => error,
    };
    let joined = join_lines(text);
    let mut bytes = joined.clone().into_bytes();
    let mut last = match joined == text {
        true => error.clone(),
        false => match parser(&joined) {
            Ok(body) => return Ok(body),
            Err(error) => error,
        },
    };
    let attempts = MAX_REPEATED_KEYS.min(MAX_REPEATED_BYTES / text.len().max(1));
    for attempt in 0..attempts {
        if !last.message().contains("redefined object key") || !rename_key(&mut bytes, &last, attempt) {
            break;
        }
        match std::str::from_utf8(&bytes).map(&parser) {
            Ok(Ok(body)) => return Ok(body),
            Ok(Err(next)) => last = next,
            Err(_) => break,
        }
    }
    Err(error)
}

/// Overwrites the key at the error with one of the same length that nobody uses.
fn rename_key(bytes: &mut [u8], error: &Error, attempt: usize) -> bool {
    let at = error.location().offset();
    let Some(rest) = bytes.get_mut(at..) else { return false };
    let quoted = usize::from(rest.first() == Some(&b'"'));
    let is_word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let len = rest[quoted..].iter().take_while(is_word).count();
    let name = format!("_{attempt:x}_");
    if len == 0 {
        return false;
    }
    for (slot, byte) in rest[quoted..quoted + len].iter_mut().zip(name.bytes().chain(std::iter::repeat(b'_')))
    {
        *slot = byte;
    }
    true
}

/// Turns line breaks and comments into spaces inside `(…)`, `[…]` and `{for …}`.
fn join_lines(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut stack: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let joining = stack.last().copied().unwrap_or(false);
        match bytes[at] {
            b'"' => {
                at = string_end(&bytes, at + 1);
                continue;
            }
            b'<' if bytes[at..].starts_with(b"<<") => {
                // A heredoc needs its line breaks; leave the rest of the item alone.
                break;
            }
            b'#' => at = comment(&mut bytes, at, joining),
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = comment(&mut bytes, at, joining),
            b'\n' | b'\r' if joining => bytes[at] = b' ',
            b'(' | b'[' => stack.push(true),
            b'{' => stack.push(starts_for(&bytes[at + 1..])),
            b')' | b']' | b'}' => {
                stack.pop();
            }
            _ => {}
        }
        at += 1;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn starts_for(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    rest.starts_with(b"for") && rest.get(3).is_some_and(u8::is_ascii_whitespace)
}

/// Blanks a comment when its line break goes too; returns the offset of its last byte.
fn comment(bytes: &mut [u8], at: usize, joining: bool) -> usize {
    let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |found| at + found);
    if joining {
        bytes[at..end].fill(b' ');
    }
    end.saturating_sub(1)
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'"' if depth == 0 => return at + 1,
            b'$' | b'%' if bytes.get(at + 1) == Some(&b'{') => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_keys_are_read_twice() {
        let body = parse("tags = {\n  product = 1\n  product = 2\n \"product\" = 3\n}").unwrap();
        assert_eq!(body.attributes().count(), 1);
        assert!(parse("tags = {\n  product = 1\n  product = ]\n}").is_err());
    }

    #[test]
    fn lines_are_joined_only_where_expressions_stand() {
        let text = "x = {for k in y : k => k == 1 ? # why\n 2 :\n 3}\nz = {\n a = 1\n}";
        let joined = join_lines(text);
        assert_eq!(joined.len(), text.len());
        assert_eq!(joined, "x = {for k in y : k => k == 1 ?        2 :  3}\nz = {\n a = 1\n}");
    }
}
