//! Passwords that look like no password: `changeme123` is a placeholder to a reader, and opens the door of the
//! database that is made with it.

use super::blob::contains_ignore_case;
use super::format::by_id;
use super::literal::{cannot_hold, is_compound, is_constant, names_itself};
use super::placeholder::{is_placeholder, is_reference};
use super::types::{Context, Level, Match};

/// Words that are there to be replaced. With digits or signs beside them somebody made them fit a policy.
const REPLACED: [&str; 4] = ["changeme", "changeit", "changethis", "replaceme"];

/// Secrets in a text that something logs in with as it stands.
pub fn scan_login(text: &str, context: &Context<'_>) -> Vec<Match> {
    let found = super::scan(text, context);
    let trimmed = text.trim();
    if !found.is_empty() || trimmed.is_empty() || !is_weak(trimmed) {
        return found;
    }
    let start = text.len() - text.trim_start().len();
    let mut weak = Match::new(by_id("named-attribute"), start, start + trimmed.len());
    weak.confidence = Level::Medium;
    vec![weak]
}

fn is_weak(text: &str) -> bool {
    if text.contains(char::is_whitespace) || is_reference(text) || cannot_hold(text) {
        return false;
    }
    is_made_to_fit(text) || is_counted(text) || is_named_after_itself(text)
}

/// `ChangeMe123!`
fn is_made_to_fit(text: &str) -> bool {
    let joined: String = text
        .chars()
        .filter(|letter| !matches!(letter, '-' | '_'))
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let rest = REPLACED.iter().find_map(|word| joined.strip_prefix(word));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// `12345678`
fn is_counted(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.len() >= 6
        && bytes.iter().all(u8::is_ascii_digit)
        && bytes.windows(2).all(|pair| pair[1] == pair[0] + 1 || (pair[0] == b'9' && pair[1] == b'0'))
}

/// `my-db-password`
fn is_named_after_itself(text: &str) -> bool {
    is_compound(text)
        && names_itself(text)
        && !is_constant(text)
        && !is_placeholder(text)
        && !["secret-name", "secret_name", "arn"].iter().any(|word| contains_ignore_case(text, word))
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_deployed_is_told_from_what_will_be_replaced() {
        for text in ["changeme123", "ChangeMe123!", "change-me-1", "12345678", "my-db-password"] {
            assert!(is_weak(text), "{text}");
        }
        for text in [
            "changeme",
            "CHANGE_ME",
            "REPLACE_ME",
            "<your-password>",
            "your-password",
            "YOUR_PASSWORD",
            "00000000",
            "${var.x}-password",
            "example",
            "/path/to/password",
            "changeme-later",
        ] {
            assert!(!is_weak(text), "{text}");
        }
    }
}
