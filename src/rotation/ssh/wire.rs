//! How SSH writes things down. Source: RFC 4251, section 5.

/// Bytes with their length before them.
pub fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(bytes);
}

/// A positive number, of which the first bit says so.
pub fn number(out: &mut Vec<u8>, bytes: &[u8]) {
    let bytes = without_zeros(bytes);
    let sign: &[u8] = if bytes.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    string(out, &[sign, bytes].concat());
}

pub fn without_zeros(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}

/// Several strings, one after the other.
pub fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    parts.iter().for_each(|part| string(&mut out, part));
    out
}

/// The next string, if all of it is there.
pub fn take<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (found, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(found)
}
