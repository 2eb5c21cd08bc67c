//! Small questions about bytes that several detectors ask.

/// Shannon entropy in bits a character.
pub(super) fn entropy(text: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let total = text.len() as f64;
    let share = |count: &u32| f64::from(*count) / total;
    counts.iter().filter(|count| **count > 0).map(|count| -share(count) * share(count).log2()).sum()
}

/// Which classes of characters occur.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Classes {
    pub lower: bool,
    pub upper: bool,
    pub digit: bool,
    pub other: bool,
}

impl Classes {
    pub fn of(text: &str) -> Self {
        let mut classes = Classes::default();
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' => classes.lower = true,
                b'A'..=b'Z' => classes.upper = true,
                b'0'..=b'9' => classes.digit = true,
                _ => classes.other = true,
            }
        }
        classes
    }

    pub fn count(self) -> usize {
        [self.lower, self.upper, self.digit, self.other].into_iter().filter(|class| *class).count()
    }

    /// As random base 62 looks once it is a few dozen characters long.
    pub fn mixed(self) -> bool {
        self.lower && self.upper && self.digit
    }
}

pub(super) fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Whether the token at `start` is only a piece of a longer base64 text, such as a certificate.
///
/// A word boundary holds after `/` and `+`, so that four letters of a prefix turn up in any long encoding.
pub(super) fn inside_blob(text: &[u8], start: usize) -> bool {
    let before = &text[start.saturating_sub(96)..start];
    let run = before.iter().rev().take_while(|byte| is_base64(**byte)).count();
    let left = &before[before.len() - run..];
    run >= 16
        && left.iter().any(u8::is_ascii_digit)
        && left.iter().any(u8::is_ascii_lowercase)
        && left.iter().any(u8::is_ascii_uppercase)
}

/// The largest character boundary at or below `at`.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The smallest character boundary at or above `at`.
pub(super) fn ceil(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

pub(super) fn contains_ignore_case(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    !word.is_empty() && text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

/// Decodes base64 of either alphabet, with or without padding.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let text = text.trim_end_matches('=');
    STANDARD_NO_PAD.decode(text).or_else(|_| URL_SAFE_NO_PAD.decode(text)).ok()
}
