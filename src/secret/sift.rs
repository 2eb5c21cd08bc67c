//! Second look at what an expression matched: checksum, entropy, placeholder, surroundings, decoded content.

use super::blob::{Classes, decode, entropy, inside_blob, is_hex};
use super::checksum::verify;
use super::format::{Format, by_id};
use super::literal::is_identifier;
use super::name;
use super::placeholder::is_placeholder;
use super::types::{Checksum, Context, Level, Match};
use super::{jwt, near};
use jiff::civil::Date;

pub(super) enum Verdict {
    Accept(Match),
    /// The shape is right and the content proves that nobody issued it.
    Refuted,
    /// The shape says nothing here.
    Unrelated,
}

pub(super) fn examine(
    format: &'static Format,
    text: &str,
    (start, end): (usize, usize),
    context: &Context<'_>,
) -> Verdict {
    let Some(token) = text.get(start..end) else { return Verdict::Unrelated };
    if format.pattern.starts_with("\\b") && inside_blob(text.as_bytes(), start) {
        return Verdict::Unrelated;
    }
    if !belongs(format, text, token, start, context) {
        return Verdict::Unrelated;
    }
    if is_placeholder(token) || format.entropy.is_some_and(|least| entropy(token) < least) {
        return Verdict::Refuted;
    }
    let Some(checksum) = verify(format, token) else { return Verdict::Refuted };
    let mut found = Match { checksum, ..Match::new(format, start, end) };
    if !format.near.is_empty() && found.confidence == Level::Low {
        found.confidence = Level::Medium;
    }
    if checksum == Checksum::Verified {
        found.confidence = Level::High;
    }
    refine(found, text, token, context)
}

/// Whether a shape that occurs elsewhere too means this format here.
fn belongs(format: &Format, text: &str, token: &str, start: usize, context: &Context<'_>) -> bool {
    let distinct = format.unless.as_deref().is_some_and(|head| token.starts_with(head));
    if !format.near.is_empty() && !distinct {
        let any_name = format.identifier_only;
        if is_identifier(token)
            || !near::has_word(text, start, context, &format.near, any_name)
            || (any_name && !Classes::of(token).mixed())
        {
            return false;
        }
        // Forty hexadecimal digits are a commit unless the format is hexadecimal itself.
        return format.id == "datadog-app-key" || token.len() != 40 || !is_hex(token);
    }
    let classes = Classes::of(token);
    match format.id.as_str() {
        "aws-secret-access-key" => is_aws_secret(text, token, start, context),
        "launchdarkly-token" => {
            near::name_of(text, start, context).is_some_and(|name| name::kind(name).is_some())
                || context.path.is_some_and(|path| path.contains("launchdarkly"))
        }
        "clickhouse-cloud-secret" | "yandex-key" | "cargo-token" | "notion-token" | "square-token" => {
            classes.mixed()
        }
        "vault-service-token" | "vault-batch-token" => classes.digit || classes.upper,
        _ => true,
    }
}

fn is_aws_secret(text: &str, token: &str, start: usize, context: &Context<'_>) -> bool {
    if !Classes::of(token).mixed() || is_hex(token) || is_identifier(token) {
        return false;
    }
    let named = near::name_of(text, start, context).is_some_and(|name| {
        let words = name::words(name);
        let has = |word: &str| words.iter().any(|known| known == word);
        name::kind(name).is_some()
            && (has("aws") || (has("secret") && has("access")) || name.contains("secretaccess"))
    });
    named || near::has_aws_key_id(text, start, start + token.len(), context)
}

/// What the token says once it is decoded.
fn refine(mut found: Match, text: &str, token: &str, context: &Context<'_>) -> Verdict {
    match found.format.id.as_str() {
        "aws-secret-access-key" => found.confidence = Level::High,
        "aws-access-key-id" | "aws-temporary-key-id" => {
            found.note = aws_account(token).map(|account| format!("AWS account {account:012}"));
        }
        "jwt" | "kubernetes-service-account-jwt" => {
            let Some(claims) = jwt::examine(token, context.today) else { return Verdict::Refuted };
            found.format = by_id(if claims.kubernetes { "kubernetes-service-account-jwt" } else { "jwt" });
            found.confidence = claims.level;
            found.severity_hint = claims.level;
            found.note = claims.note;
        }
        "basic-auth-header" => match basic_password(token) {
            Some(password) if !is_placeholder(&password) => {}
            _ => return Verdict::Refuted,
        },
        "azure-sas-url" => {
            let Some(end) = sas_expiry(text, found.start) else { return Verdict::Unrelated };
            let over = context.today.is_some_and(|today| end < today);
            found.confidence = if over { Level::Low } else { Level::High };
            found.note = Some(if over { format!("expired on {end}") } else { format!("expires on {end}") });
        }
        "bearer-header" if is_identifier(token) => return Verdict::Unrelated,
        _ => {}
    }
    Verdict::Accept(found)
}

/// The account number that AWS writes into the key id: the first six of the bytes behind the prefix, without the
/// leading bit and the last seven.
pub(super) fn aws_account(token: &str) -> Option<u64> {
    let mut bits: u128 = 0;
    for letter in token.get(4..20)?.bytes() {
        let digit = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u128::from(digit);
    }
    let first_six = (bits >> 32) as u64 & 0xffff_ffff_ffff;
    Some((first_six & 0x7fff_ffff_ff80) >> 7)
}

fn basic_password(token: &str) -> Option<String> {
    let plain = String::from_utf8(decode(token)?).ok()?;
    plain.split_once(':').map(|(_, password)| password.to_owned()).filter(|password| password.len() >= 3)
}

/// The day in `se=` of the URL around the signature; without `sv=` and `se=` it is no shared access signature.
fn sas_expiry(text: &str, at: usize) -> Option<Date> {
    let bytes = text.as_bytes();
    let ends = |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'<' | b'>');
    let before = bytes[..at].iter().rev().take(2048).take_while(|byte| !ends(byte)).count();
    let after = bytes[at..].iter().take(2048).take_while(|byte| !ends(byte)).count();
    let query = String::from_utf8_lossy(&bytes[at - before..at + after]);
    let field = |name: &str| query.split(['?', '&']).find_map(|pair| pair.strip_prefix(name));
    field("sv=")?;
    field("se=")?.get(..10)?.parse().ok()
}
