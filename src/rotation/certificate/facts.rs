use super::der::{INTEGER, LONG_TIME, OBJECT, OCTETS, Reader, SEQUENCE, SET, TIME};
use crate::rotation::traits::Moment;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What is written in a certificate. Source: RFC 5280, section 4.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// In lower case, without leading zeros.
    pub serial: String,
    pub begins: Moment,
    pub ends: Moment,
    pub common_name: Option<String>,
    /// Of hosts and addresses.
    pub names: BTreeSet<String>,
    /// A digest of the public key.
    pub mark: String,
}

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

impl Facts {
    /// `None` when it is no certificate.
    pub fn of(der: &[u8]) -> Option<Facts> {
        let mut body = Reader(der).inner(SEQUENCE)?.inner(SEQUENCE)?;
        // The version, which old ones do not have.
        body.take(0xa0);
        let serial = body.take(INTEGER)?;
        let (_algorithm, _issuer) = (body.take(SEQUENCE)?, body.take(SEQUENCE)?);
        let mut validity = body.inner(SEQUENCE)?;
        let (begins, ends) = (time(&mut validity)?, time(&mut validity)?);
        let common_name = common_name(body.inner(SEQUENCE)?);
        let (_, _, public_key) = body.next()?;
        let mut names = BTreeSet::new();
        while let Some((tag, content, _)) = body.next() {
            if tag == 0xa3 {
                names = alternative_names(Reader(content)).unwrap_or_default();
            }
        }
        Some(Facts { serial: hex(serial), begins, ends, common_name, names, mark: mark(public_key) })
    }
}

/// The digest of a public key.
pub fn mark(public_key: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(public_key).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A serial number, in whatever way it is written.
pub fn serial(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    digits.trim_start_matches('0').to_ascii_lowercase()
}

fn hex(bytes: &[u8]) -> String {
    serial(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn time(reader: &mut Reader<'_>) -> Option<Moment> {
    let (tag, content, _) = reader.next()?;
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let text = match tag {
        // Years from 50 on are those of the last century.
        TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        LONG_TIME => text.to_owned(),
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%S", &text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

fn common_name(mut name: Reader<'_>) -> Option<String> {
    let mut found = None;
    while let Some(mut set) = name.inner(SET) {
        while let Some(mut attribute) = set.inner(SEQUENCE) {
            if attribute.take(OBJECT)? == COMMON_NAME {
                found = String::from_utf8(attribute.next()?.1.to_vec()).ok();
            }
        }
    }
    found
}

fn alternative_names(mut extensions: Reader<'_>) -> Option<BTreeSet<String>> {
    let mut all = extensions.inner(SEQUENCE)?;
    while let Some(mut extension) = all.inner(SEQUENCE) {
        if extension.take(OBJECT)? != ALTERNATIVE_NAMES {
            continue;
        }
        // Whether it is critical.
        extension.take(0x01);
        let mut names = Reader(extension.take(OCTETS)?).inner(SEQUENCE)?;
        let mut found = BTreeSet::new();
        while let Some((tag, content, _)) = names.next() {
            match tag {
                0x82 => _ = found.insert(String::from_utf8_lossy(content).to_ascii_lowercase()),
                0x87 => found.extend(address(content)),
                // Others are not asked for, so they are no other names of a host either.
                _ => _ = found.insert(format!("another name of kind {}", tag & 0x1f)),
            }
        }
        return Some(found);
    }
    None
}

fn address(bytes: &[u8]) -> Option<String> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    let address = four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()?;
    Some(address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by OpenBao, for a request of OpenSSL.
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIB0jCCAXmgAwIBAgIURO1BMZEUmt8fCMCxC52O12EiRnMwCgYIKoZIzj0EAwIw\nFDESMBAGA1UEAxMJVGVzdCBSb290MB4XDTI2MTEyMzAwMjY0MVoXDTI2MTEyMzAy\nMjcxMVowGTEXMBUGA1UEAxMOYS5leGFtcGxlLnRlc3QwWTATBgcqhkjOPQIBBggq\nhkjOPQMBBwNCAAQJmIx4GFZBd9w0JTtlC2jp6GJOaP9HaLkPDKAFISN/thB+7aTM\nVNtNrETyKmBgqGuB8lEDyPOLcFhzi94xQ6Ldo4GjMIGgMA4GA1UdDwEB/wQEAwID\nqDAdBgNVHSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIwHQYDVR0OBBYEFLf8Exx1\nMCkQKqQaJi2vAXw8xlnZMB8GA1UdIwQYMBaAFMMY9kKtnK6s2dr1mHvSFZPWqGcH\nMC8GA1UdEQQoMCaCDmIuZXhhbXBsZS50ZXN0gg5hLmV4YW1wbGUudGVzdIcEfwAA\nATAKBggqhkjOPQQDAgNHADBEAiACQRV1FhK7CIg/QQ78oVynVxUBgewrWNQWUmb4\nKeXm4QIgJdd2Yr2GdjqaGhJ/ZA5A3dzaUm807Z4RRsrfn7HXkGw=\n-----END CERTIFICATE-----";

    #[test]
    fn what_is_written_in_a_certificate_is_read() {
        let der = super::super::Bundle::certificate_in(CERTIFICATE).unwrap();
        let facts = Facts::of(&der).unwrap();
        assert_eq!(facts.serial, serial("44:ed:41:31:91:14:9a:df:1f:08:c0:b1:0b:9d:8e:d7:61:22:46:73"));
        assert_eq!((facts.begins, facts.ends), (1_795_393_601, 1_795_400_831));
        assert_eq!(facts.common_name.as_deref(), Some("a.example.test"));
        let names = ["127.0.0.1", "a.example.test", "b.example.test"].map(str::to_owned);
        assert_eq!(facts.names, BTreeSet::from(names));
        assert_eq!(facts.mark.len(), 64);
        // Whatever somebody put there is read or not, and that is all.
        for at in 0..der.len() {
            Facts::of(&der[..at]);
            for value in [0, 1, 0x30, 0x7f, 0x80, 0x84, 0xff] {
                let mut other = der.to_vec();
                other[at] = value;
                Facts::of(&other);
            }
        }
    }

    #[test]
    fn serial_numbers_are_the_same_however_they_are_written() {
        for text in ["0a:FF:01", "0A-ff-01", "aff01", "00:0a:ff:01"] {
            assert_eq!(serial(text), "aff01", "{text}");
        }
    }

    #[test]
    fn times_are_read_in_both_ways() {
        let of = |tag: u8, text: &str| {
            let written = super::super::der::element(tag, text.as_bytes());
            time(&mut Reader(&written))
        };
        assert_eq!(of(TIME, "700101000010Z"), Some(10));
        assert_eq!(of(LONG_TIME, "20700101000000Z"), Some(3_155_760_000));
        assert_eq!(of(TIME, "490101000000Z"), Some(2_493_072_000));
        assert!(
            [of(TIME, "é"), of(TIME, "Z"), of(TIME, "7001010000"), of(OCTETS, "700101000010Z")]
                .iter()
                .all(Option::is_none)
        );
    }
}
