//! Whether a value under a secret-like name is a secret written out, or a name, a path, a reference, a setting.

use super::blob::{Classes, contains_ignore_case, decode, entropy, is_hex};
use super::name::NameKind;
use super::placeholder::{is_placeholder, is_reference};
use super::types::Level;

/// How the value was written, which says how far to trust that it is a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Quoted,
    Bare,
}

pub(super) struct Judged {
    pub level: Level,
    pub note: Option<&'static str>,
}

const MIN_ENTROPY: f64 = 2.8;
const MAX_LENGTH: usize = 4096;

pub(super) fn judge(value: &str, kind: NameKind, written: Written) -> Option<Judged> {
    let value = value.trim();
    if written == Written::Bare && value.starts_with(['|', '>', '&', '*', '!', '#', '-']) {
        return None;
    }
    if value.len() > MAX_LENGTH || kind == NameKind::Connection || cannot_be_secret(value) {
        return None;
    }
    if is_hash(value) {
        return Some(Judged { level: Level::Low, note: Some("a hash of a password, not the password") });
    }
    let level = match kind {
        NameKind::Password => password(value, written)?,
        NameKind::Secret | NameKind::Connection => random(value)?,
    };
    Some(Judged { level, note: None })
}

/// A person may choose any word, so only its being a name or a setting speaks against it.
fn password(value: &str, written: Written) -> Option<Level> {
    if value.chars().count() < 4 || is_sentence(value) {
        return None;
    }
    let digits_or_signs = value.bytes().any(|byte| !byte.is_ascii_alphabetic());
    match (is_identifier(value), written) {
        (true, Written::Bare) if value.bytes().any(|byte| matches!(byte, b'.' | b'/' | b':')) => None,
        (true, Written::Bare) if !value.bytes().any(|byte| byte.is_ascii_digit()) => None,
        (true, _) if is_compound(value) && (names_itself(value) || is_constant(value)) => None,
        (true, _) if is_compound(value) || !digits_or_signs => Some(Level::Low),
        _ => Some(Level::Medium),
    }
}

/// A machine issues a long value of mixed characters.
fn random(value: &str) -> Option<Level> {
    let classes = Classes::of(value);
    let long_enough = value.len() >= 8 || (value.len() >= 6 && classes.count() >= 3);
    let plausible = long_enough
        && !value.contains(char::is_whitespace)
        && entropy(value) >= MIN_ENTROPY
        && !is_identifier(value)
        && !is_number_like(value);
    plausible.then_some(Level::Medium)
}

fn cannot_be_secret(value: &str) -> bool {
    is_placeholder(value) || is_reference(value) || cannot_hold(value)
}

/// Addresses, paths, names of keys, documents: what no secret looks like, weak as it may be.
pub(super) fn cannot_hold(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    lower.starts_with("arn:")
        || lower.contains("://")
        || is_path(&lower)
        || is_call(value)
        || is_encoded_public(value)
        || value.starts_with(['{', '['])
        || value.contains(['\n', '\r'])
        || lower.starts_with("ssh-")
        || lower.starts_with("sha256:")
        || lower.starts_with("projects/")
        || lower.starts_with("secrets/")
        || lower.starts_with("/subscriptions/")
        || is_mail_or_host(value)
}

const FILE_ENDINGS: &[&str] = &[
    ".pem", ".key", ".json", ".yaml", ".yml", ".txt", ".crt", ".pub", ".p12", ".pfx", ".jks", ".tf", ".sh",
    ".env", ".cer", ".asc", ".gpg", ".csv", ".xml", ".tpl", ".conf", ".ini",
];

fn is_path(lower: &str) -> bool {
    let rooted = ["/", "./", "../", "~/", "c:\\", "\\\\"].iter().any(|head| lower.starts_with(head));
    // A base64 value may begin with a slash; a path has names between its slashes.
    let named =
        lower.split('/').filter(|part| !part.is_empty()).all(|part| is_identifier(part) || part.len() < 8);
    (rooted && (named || lower.starts_with(['.', '~'])))
        || FILE_ENDINGS.iter().any(|end| lower.ends_with(end))
}

/// `lookup(…)`, `config["x"]`, `settings.password`: code, not a literal.
fn is_call(value: &str) -> bool {
    let name = value
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        .count();
    let next = value.as_bytes().get(name);
    // A bare word may be cut at a quote: `secret['name']`.
    name > 0 && (next == Some(&b'(') || (next == Some(&b'[') && value.ends_with([']', '['])))
        || value.starts_with("(Get-")
}

/// Base64 of a certificate or public key in PEM, or of its DER behind a certificate header.
fn is_encoded_public(value: &str) -> bool {
    if !value.starts_with("LS0tLS1CRUdJTi") {
        return value.starts_with("-----BEGIN") && !value.contains("PRIVATE KEY");
    }
    let head = value.get(..80).unwrap_or(value);
    let whole = head.len() - head.len() % 4;
    // What is cut within a character is no base64.
    head.get(..whole).and_then(decode).is_some_and(|bytes| !contains(&bytes, b"PRIVATE"))
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn is_mail_or_host(value: &str) -> bool {
    let tail = value.rsplit(['@', '.']).next().unwrap_or_default();
    let host = value.rsplit('@').next().unwrap_or_default();
    let labels = host.split('.').all(|label| !label.is_empty() && is_identifier(label));
    host.matches('.').count() >= 1
        && labels
        && (2..=6).contains(&tail.len())
        && tail.bytes().all(|b| b.is_ascii_lowercase())
}

/// crypt(3), bcrypt, argon2, LDAP.
fn is_hash(value: &str) -> bool {
    let crypt = value.starts_with('$') && value.matches('$').count() >= 2 && value.len() >= 20;
    crypt || ["{SSHA}", "{SHA}", "{CRYPT}", "pbkdf2_"].iter().any(|head| value.starts_with(head))
}

/// Several words with spaces between: a description.
fn is_sentence(value: &str) -> bool {
    let words: Vec<&str> = value.split_whitespace().collect();
    words.len() >= 3 || (words.len() == 2 && words.iter().all(|word| is_word(word)))
}

/// `BUILT_IN`: one of the words that an interface allows.
pub(super) fn is_constant(value: &str) -> bool {
    value.contains('_') && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// `db_password`, `admin-secret`: what a password is called.
pub(super) fn names_itself(value: &str) -> bool {
    ["password", "passwd", "secret", "token", "passphrase", "credential"]
        .iter()
        .any(|word| contains_ignore_case(value, word))
}

pub(super) fn is_compound(value: &str) -> bool {
    value.split(['-', '_', '.', '/', ':']).filter(|part| !part.is_empty()).count() > 1
}

/// Words and short numbers with separators, or one word: the way things are named, not the way keys look.
pub(super) fn is_identifier(value: &str) -> bool {
    value.split(['-', '_', '.', '/', ':', '@', ' ', ',', '=']).all(is_word)
}

fn is_word(part: &str) -> bool {
    let letters = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let digits = part.len() - letters.len();
    if part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return true;
    }
    if digits > 4 || part.len() > 32 || !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return letters.is_empty() && digits <= 14;
    }
    // Camel case has few capitals; random letters have as many as small ones.
    let upper = letters.bytes().filter(u8::is_ascii_uppercase).count();
    let vowels = letters.bytes().filter(|byte| b"aeiouyAEIOUY".contains(byte)).count();
    let one_case = upper == 0 || upper == letters.len() || upper * 3 <= letters.len() + 2;
    let spoken = letters.len() < 6 || vowels * 6 >= letters.len();
    one_case && spoken && !(is_hex(letters) && digits > 0 && part.len() >= 8)
}

/// Versions, addresses, dates, amounts.
fn is_number_like(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit() || b".:-/, +".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_that_ends_within_a_character_is_survived() {
        for text in ["LS0tLS1CRUdJTi ü", "LS0tLS1CRUdJTiü", "LS0tLS1CRUdJTi\u{1F511}x"] {
            assert!(!is_encoded_public(text), "{text}");
        }
    }
}
