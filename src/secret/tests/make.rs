//! Tokens made from the expressions of the formats, with right checksums.

use super::super::checksum::base62;
use super::super::format::Format;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;

/// The expression without what looks around, which a generator cannot follow.
fn plain(pattern: &str) -> String {
    let start = if pattern.starts_with("(?:^|[") { pattern.find("])").map_or(0, |at| at + 2) } else { 0 };
    let end = pattern.rfind("(?:$|[").unwrap_or(pattern.len());
    pattern[start..end].replace("\\b", "").replace("\\d", "[0-9]").replace("\\s", " ")
}

pub fn tokens(format: &Format, count: usize) -> Vec<String> {
    let strategy = string_regex(&plain(&format.pattern)).unwrap();
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| checked(format, strategy.new_tree(&mut runner).unwrap().current())).collect()
}

fn checked(format: &Format, token: String) -> String {
    use super::super::format::Scheme;
    match format.checksum {
        Some(Scheme::Crc32Base62) => {
            let (head, body) = token.split_once('_').unwrap();
            let random = &body[..body.len() - 6];
            let tail = base62(crc32fast::hash(random.as_bytes()));
            format!("{head}_{random}{}", String::from_utf8(tail.to_vec()).unwrap())
        }
        Some(Scheme::Crc32Hex) => {
            let (head, _) = token.rsplit_once('_').unwrap();
            format!("{head}_{:08x}", crc32fast::hash(head.as_bytes()).swap_bytes())
        }
        _ => token,
    }
}

/// Characters without any order, the same for the same seed.
pub fn random(length: usize, alphabet: &str, seed: u64) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 16) as usize
    };
    (0..length).map(|_| letters[next() % letters.len()]).collect()
}

pub const BASE62: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
pub const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub const HEX: &str = "0123456789abcdef";

pub fn jwt(header: &str, payload: &str) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(header), part(payload), random(171, BASE62, 5))
}

pub fn pem(label: &str, length: usize) -> String {
    let body = random(length, BASE64, 7);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let dashes = "-".repeat(5);
    format!("{dashes}BEGIN {label}{dashes}\n{}\n{dashes}END {label}{dashes}\n", lines.join("\n"))
}

pub fn base64(text: &str) -> String {
    STANDARD.encode(text)
}
