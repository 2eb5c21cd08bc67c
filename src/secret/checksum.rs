use super::format::{Format, Scheme};
use super::types::Checksum;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `None` when the token carries a checksum and it is wrong: then it was never issued.
pub(super) fn verify(format: &Format, token: &str) -> Option<Checksum> {
    let right = match format.checksum {
        None => return Some(Checksum::NotDefined),
        Some(Scheme::AzureIdentifiableMarker) => true,
        Some(Scheme::Crc32Base62) => base62_matches(token),
        Some(Scheme::Crc32Hex) => hex_matches(token),
    };
    right.then_some(Checksum::Verified)
}

fn base62_matches(token: &str) -> bool {
    let Some((_, body)) = token.split_once('_') else { return false };
    let Some((random, tail)) = body.split_at_checked(body.len().saturating_sub(6)) else { return false };
    tail.as_bytes() == base62(crc32fast::hash(random.as_bytes()))
}

pub(super) fn base62(mut number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits
}

/// Grafana prints the four bytes in little-endian order; the plain order is accepted as well, since a chance
/// match is one in two billion.
fn hex_matches(token: &str) -> bool {
    let Some((head, tail)) = token.rsplit_once('_') else { return false };
    let sum = crc32fast::hash(head.as_bytes());
    u32::from_str_radix(tail, 16).is_ok_and(|found| found == sum || found == sum.swap_bytes())
}
