//! The end of an X.509 certificate, read from its encoding. Nothing of it is verified.
//! Source: RFC 5280, section 4.1, and ITU-T X.690 for the encoding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
/// A certificate is a few kilobytes.
const LONGEST: usize = 64 * 1024;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The last day of the first certificate in a text; none where there is none.
pub fn certificate_end(text: &str) -> Option<Date> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (body, _) = rest.split_once(END)?;
    let letters: String = body.chars().filter(|letter| !letter.is_whitespace()).take(LONGEST).collect();
    end_of(&STANDARD.decode(letters).ok()?)
}

fn end_of(der: &[u8]) -> Option<Date> {
    let (certificate, _) = read(der, SEQUENCE)?;
    let (mut rest, _) = read(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = read(rest, VERSION)?.1;
    }
    // The serial number, the algorithm and the issuer come first.
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        rest = read(rest, tag)?.1;
    }
    let (validity, _) = read(rest, SEQUENCE)?;
    let (_, end) = read(validity, *validity.first()?)?;
    let tag = *end.first()?;
    let (moment, _) = read(end, tag)?;
    day(tag, std::str::from_utf8(moment).ok()?)
}

/// The content of the first element and what follows it.
fn read(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // The length itself takes several bytes.
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// `YYMMDD…` of the years 1950 to 2049, or `YYYYMMDD…`.
fn day(tag: u8, text: &str) -> Option<Date> {
    let digits = if tag == UTC_TIME { 2 } else { 4 };
    if !matches!(tag, UTC_TIME | GENERALIZED_TIME) {
        return None;
    }
    let year: i16 = text.get(..digits)?.parse().ok()?;
    let year = match (tag, year) {
        (UTC_TIME, 50..) => 1900 + year,
        (UTC_TIME, _) => 2000 + year,
        _ => year,
    };
    let two = |at: usize| text.get(at..at + 2)?.parse::<i8>().ok();
    Date::new(year, two(digits)?, two(digits + 2)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate with nothing in it but what comes before its end.
    fn certificate(end: &[u8], tag: u8) -> Vec<u8> {
        let element = |tag: u8, content: &[u8]| [&[tag, content.len() as u8], content].concat();
        let start = element(UTC_TIME, b"200101000000Z");
        let validity = element(SEQUENCE, &[start, element(tag, end)].concat());
        let head = [element(VERSION, &element(INTEGER, &[2])), element(INTEGER, &[1])].concat();
        let names = [element(SEQUENCE, &[]), element(SEQUENCE, &[])].concat();
        element(SEQUENCE, &element(SEQUENCE, &[head, names, validity].concat()))
    }

    #[test]
    fn ends_of_either_form() {
        let date = |year, month, day| Date::new(year, month, day).ok();
        assert_eq!(end_of(&certificate(b"210203000000Z", UTC_TIME)), date(2021, 2, 3));
        assert_eq!(end_of(&certificate(b"991231235959Z", UTC_TIME)), date(1999, 12, 31));
        assert_eq!(end_of(&certificate(b"20510203000000Z", GENERALIZED_TIME)), date(2051, 2, 3));
    }

    #[test]
    fn no_bytes_are_too_strange() {
        let whole = certificate(b"210203000000Z", UTC_TIME);
        for at in 0..whole.len() {
            assert_eq!(end_of(&whole[..at]), None);
            let mut broken = whole.clone();
            broken[at] = 0xff;
            end_of(&broken);
        }
        for text in ["", BEGIN, "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----"] {
            assert_eq!(certificate_end(text), None);
        }
    }
}
