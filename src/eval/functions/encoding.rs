use super::call::{Outcome, bad};
use super::string::text;
use crate::eval::value::{MAX_STRING, Value, Why};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Bytes of base64 text; line breaks are ignored, as Terraform does.
pub(super) fn base64_bytes(value: &Value) -> Result<Vec<u8>, super::FunctionError> {
    let cleaned: String = text(value).chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(cleaned).or_else(|_| bad(0, "failed to decode base64 data"))
}

pub(super) fn base64decode(args: &[Value]) -> Outcome {
    match String::from_utf8(base64_bytes(&args[0])?) {
        Ok(text) => Ok(Value::string(text)),
        Err(_) => bad(0, "the result of decoding the provided string is not valid UTF-8"),
    }
}

pub(super) fn base64encode(args: &[Value]) -> Outcome {
    Ok(Value::string(STANDARD.encode(text(&args[0]))))
}

pub(super) fn urlencode(args: &[Value]) -> Outcome {
    let text = text(&args[0]);
    if text.len() > MAX_STRING / 3 {
        return Ok(Value::unknown(Why::Limit));
    }
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    Ok(Value::string(out))
}

/// A function of OpenTofu only.
pub(super) fn urldecode(args: &[Value]) -> Outcome {
    let mut bytes = text(&args[0]).bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else {
                    return bad(0, "failed to decode URL: invalid escape");
                };
                out.push((high * 16 + low) as u8);
            }
            _ => out.push(byte),
        }
    }
    match String::from_utf8(out) {
        Ok(text) => Ok(Value::string(text)),
        Err(_) => bad(0, "the result of decoding the provided string is not valid UTF-8"),
    }
}
