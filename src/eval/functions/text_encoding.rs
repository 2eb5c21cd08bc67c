use super::call::{Outcome, bad};
use super::encoding::base64_bytes;
use super::string::text;
use crate::eval::value::{Value, Why};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The encodings that configuration uses. Terraform knows the whole IANA registry; a name that is not here
/// makes the result unknown, unless no registry can have it.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16 { big_endian: bool, mark: bool },
    Ascii,
    Latin1,
    Windows1252,
}

/// What the bytes 0x80 to 0x9f of Windows-1252 stand for.
const WINDOWS_1252: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// Names that Terraform may know although they are not supported here begin like this.
const FAMILIES: &[&str] =
    &["iso", "windows", "cp", "ibm", "euc", "big5", "gb", "shift", "koi8", "utf", "mac", "hz"];

fn find(name: &str) -> Result<Option<Encoding>, super::FunctionError> {
    let lower = name.to_ascii_lowercase();
    Ok(Some(match lower.as_str() {
        "utf-8" | "utf8" => Encoding::Utf8,
        "utf-16le" => Encoding::Utf16 { big_endian: false, mark: false },
        "utf-16be" => Encoding::Utf16 { big_endian: true, mark: false },
        "utf-16" => Encoding::Utf16 { big_endian: true, mark: true },
        "us-ascii" | "ascii" => Encoding::Ascii,
        "iso-8859-1" | "latin1" | "iso_8859-1" => Encoding::Latin1,
        "windows-1252" | "cp1252" => Encoding::Windows1252,
        _ if FAMILIES.iter().any(|family| lower.starts_with(family)) => return Ok(None),
        _ => {
            return bad(
                1,
                format!("\"{name}\" is not a supported IANA encoding name or alias in this version"),
            );
        }
    }))
}

fn to_byte(encoding: Encoding, c: char) -> Option<u8> {
    let code = u8::try_from(u32::from(c)).ok();
    match encoding {
        Encoding::Ascii => code.filter(u8::is_ascii),
        Encoding::Windows1252 => match code {
            Some(code) if !(0x80..0xa0).contains(&code) => Some(code),
            _ => WINDOWS_1252.chars().position(|one| one == c).and_then(|at| u8::try_from(0x80 + at).ok()),
        },
        _ => code,
    }
}

fn to_char(encoding: Encoding, byte: u8) -> char {
    match encoding {
        Encoding::Ascii if !byte.is_ascii() => char::REPLACEMENT_CHARACTER,
        Encoding::Windows1252 if (0x80..0xa0).contains(&byte) => {
            WINDOWS_1252.chars().nth(usize::from(byte - 0x80)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::from(byte),
    }
}

pub(super) fn textencodebase64(args: &[Value]) -> Outcome {
    let Some(encoding) = find(text(&args[1]))? else { return Ok(Value::unknown(Why::Derived)) };
    let text = text(&args[0]);
    let bytes = match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16 { big_endian, mark } => {
            let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
            units.flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        }
        _ => match text.chars().map(|c| to_byte(encoding, c)).collect::<Option<Vec<u8>>>() {
            Some(bytes) => bytes,
            None => return bad(0, "the given string contains characters that cannot be represented"),
        },
    };
    Ok(Value::string(STANDARD.encode(bytes)))
}

pub(super) fn textdecodebase64(args: &[Value]) -> Outcome {
    let Some(encoding) = find(text(&args[1]))? else { return Ok(Value::unknown(Why::Derived)) };
    let bytes = base64_bytes(&args[0])?;
    let text = match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(&bytes).into_owned(),
        Encoding::Utf16 { big_endian, mark } => {
            let (pairs, _) = bytes.as_chunks::<2>();
            let marked = mark && pairs.first() == Some(&[0xff, 0xfe]);
            let big_endian = big_endian && !marked;
            let units = pairs.iter().map(|pair| match big_endian {
                true => u16::from_be_bytes(*pair),
                false => u16::from_le_bytes(*pair),
            });
            let units = units.enumerate().filter(|(at, unit)| !(mark && *at == 0 && *unit == 0xfeff));
            char::decode_utf16(units.map(|(_, unit)| unit))
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        _ => bytes.iter().map(|byte| to_char(encoding, *byte)).collect(),
    };
    Ok(Value::string(text))
}
