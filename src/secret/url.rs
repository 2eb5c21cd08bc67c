//! Passwords in URLs: `scheme://user:password@host`. Only the password is the token.

use super::blob::entropy;
use super::format::by_id;
use super::literal::is_identifier;
use super::placeholder::{is_placeholder, is_reference};
use super::types::{Level, Match};

const LONGEST: usize = 256;

/// Passwords that examples print and local databases start with.
const WEAK: &[&str] = &[
    "password", "passwd", "pass", "pwd", "secret", "postgres", "root", "admin", "user", "guest", "mysql",
    "redis",
];

pub(super) fn find(text: &str, at: &[usize], out: &mut Vec<Match>) {
    out.extend(at.iter().filter_map(|at| credentials(text, *at)));
}

/// `at` is the place of `://`.
fn credentials(text: &str, at: usize) -> Option<Match> {
    let bytes = text.as_bytes();
    let scheme = bytes[..at].iter().rev().take(24).take_while(|byte| is_scheme(**byte)).count();
    if scheme < 2 {
        return None;
    }
    let start = at + "://".len();
    let authority = bytes[start..].iter().take(LONGEST).take_while(|byte| !ends_authority(**byte)).count();
    let authority = &bytes[start..start + authority];
    let sign = authority.iter().position(|byte| *byte == b'@')?;
    let colon = authority[..sign].iter().position(|byte| *byte == b':')?;
    let host_length = authority[sign + 1..].iter().take_while(|byte| is_host(**byte)).count();
    if host_length == 0 {
        return None;
    }
    // Every cut is at an ASCII byte, so the pieces stay on character boundaries.
    let user = &text[start..start + colon];
    let password = &text[start + colon + 1..start + sign];
    let host = &text[start + sign + 1..start + sign + 1 + host_length];
    if password.chars().count() < 3 || is_open(user) || is_open(password) || is_placeholder(password) {
        return None;
    }
    let mut found = Match::new(by_id("url-credentials"), start + colon + 1, start + sign);
    if user == password || WEAK.contains(&password) || is_documentation(host) || entropy(password) < 2.5 {
        found.confidence = Level::Low;
        found.severity_hint = Level::Low;
    } else if is_identifier(password) && !password.bytes().any(|byte| byte.is_ascii_digit()) {
        found.confidence = Level::Low;
    }
    Some(found)
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-')
}

fn ends_authority(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b'/' | b'"' | b'\'' | b'`' | b'\\' | b'<' | b'>' | b'?' | b'#')
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[')
}

/// Whether something is still to be put in here.
fn is_open(part: &str) -> bool {
    part.contains(['$', '{', '}', '%', '*', '(']) && !part.contains("%40") || is_reference(part)
}

fn is_documentation(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let names = ["localhost", "127.0.0.1", "0.0.0.0", "host", "hostname", "server", "db", "database"];
    names.contains(&host.as_str())
        || host.contains("example")
        || host.ends_with(".local")
        || host.ends_with(".test")
}
