use super::der::{BITS, INTEGER, OBJECT, OCTETS, SEQUENCE, SET, TEXT, element};
use super::facts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair};
use secrecy::zeroize::Zeroizing;
use std::net::IpAddr;

/// Which keys are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    P256,
    P384,
}

/// Whom a certificate is for.
#[derive(Clone, Debug)]
pub struct Names {
    pub common: String,
    pub others: Vec<String>,
}

/// A private key for which there is no certificate yet.
pub struct Prepared {
    pkcs8: Zeroizing<Vec<u8>>,
    curve: Curve,
    /// What shows in a certificate that it is for this key.
    pub mark: String,
}

impl Curve {
    fn algorithm(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Curve::P256 => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            Curve::P384 => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
        }
    }

    /// Source: RFC 5480, section 2.1.1.1.
    fn id(self) -> &'static [u8] {
        match self {
            Curve::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07],
            Curve::P384 => &[0x2b, 0x81, 0x04, 0x00, 0x22],
        }
    }

    /// Source: RFC 5758, section 3.2.
    fn signs_with(self) -> &'static [u8] {
        match self {
            Curve::P256 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
            Curve::P384 => &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03],
        }
    }
}

const PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
const EXTENSIONS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];

impl Names {
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.others.iter().filter_map(|name| name.parse().ok())
    }

    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(String::as_str).filter(|name| name.parse::<IpAddr>().is_err())
    }
}

impl Prepared {
    pub fn new(curve: Curve) -> Option<Self> {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(curve.algorithm(), &random).ok()?;
        let pkcs8 = Zeroizing::new(pkcs8.as_ref().to_vec());
        let mut prepared = Prepared { pkcs8, curve, mark: String::new() };
        prepared.mark = facts::mark(&prepared.public_key(&prepared.pair(&random)?));
        Some(prepared)
    }

    fn pair(&self, random: &SystemRandom) -> Option<EcdsaKeyPair> {
        EcdsaKeyPair::from_pkcs8(self.curve.algorithm(), &self.pkcs8, random).ok()
    }

    fn public_key(&self, pair: &EcdsaKeyPair) -> Vec<u8> {
        let algorithm = [element(OBJECT, PUBLIC_KEY), element(OBJECT, self.curve.id())].concat();
        let algorithm = element(SEQUENCE, &algorithm);
        element(SEQUENCE, &[algorithm, bits(pair.public_key().as_ref())].concat())
    }

    /// The request for a certificate, as PEM. Source: RFC 2986, section 4.
    pub fn request(&self, names: &Names) -> Option<String> {
        let random = SystemRandom::new();
        let pair = self.pair(&random)?;
        let common = [element(OBJECT, COMMON_NAME), element(TEXT, names.common.as_bytes())].concat();
        let subject = element(SEQUENCE, &element(SET, &element(SEQUENCE, &common)));
        let hosts = names.hosts().map(|host| element(0x82, host.as_bytes()));
        let addresses = names.addresses().map(|address| match address {
            IpAddr::V4(address) => element(0x87, &address.octets()),
            IpAddr::V6(address) => element(0x87, &address.octets()),
        });
        let others: Vec<_> = hosts.chain(addresses).collect();
        let attributes = match others.is_empty() {
            true => element(0xa0, &[]),
            false => {
                let others = element(OCTETS, &element(SEQUENCE, &others.concat()));
                let extension = element(SEQUENCE, &[element(OBJECT, ALTERNATIVE_NAMES), others].concat());
                let extensions = element(SET, &element(SEQUENCE, &extension));
                element(0xa0, &element(SEQUENCE, &[element(OBJECT, EXTENSIONS), extensions].concat()))
            }
        };
        let body = [element(INTEGER, &[0]), subject, self.public_key(&pair), attributes].concat();
        let body = element(SEQUENCE, &body);
        let signature = pair.sign(&random, &body).ok()?;
        let algorithm = element(SEQUENCE, &element(OBJECT, self.curve.signs_with()));
        let whole = element(SEQUENCE, &[body, algorithm, bits(signature.as_ref())].concat());
        Some(pem("CERTIFICATE REQUEST", &whole).to_string())
    }

    pub fn key(&self) -> Zeroizing<String> {
        pem("PRIVATE KEY", &self.pkcs8)
    }
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    element(BITS, &[&[0], bytes].concat())
}

fn pem(label: &str, der: &[u8]) -> Zeroizing<String> {
    let text = Zeroizing::new(STANDARD.encode(der));
    let lines = text.len() / 64 + 3;
    let mut out = Zeroizing::new(String::with_capacity(text.len() + lines + 2 * label.len() + 40));
    out.push_str(&format!("-----BEGIN {label}-----\n"));
    for at in (0..text.len()).step_by(64) {
        out.push_str(&text[at..text.len().min(at + 64)]);
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotation::certificate::der::Reader;

    /// The server that signs such requests is asked in the tests of rotation.
    #[test]
    fn a_request_is_signed_with_its_key_and_has_its_mark() {
        for (curve, verifies) in [
            (Curve::P256, &signature::ECDSA_P256_SHA256_ASN1),
            (Curve::P384, &signature::ECDSA_P384_SHA384_ASN1),
        ] {
            let prepared = Prepared::new(curve).unwrap();
            let other = Prepared::new(curve).unwrap();
            assert_ne!(prepared.mark, other.mark);
            let others = vec!["b.example".to_owned(), "10.0.0.7".to_owned(), "::1".to_owned()];
            let names = Names { common: "a.example".to_owned(), others };
            let text = prepared.request(&names).unwrap();
            let der = STANDARD
                .decode(text.lines().filter(|line| !line.starts_with('-')).collect::<String>())
                .unwrap();
            let mut whole = Reader(&der).inner(SEQUENCE).unwrap();
            let (_, body, signed) = whole.next().unwrap();
            whole.take(SEQUENCE).unwrap();
            let signed_by = whole.take(BITS).unwrap();
            let mut body = Reader(body);
            let (_, _) = (body.take(INTEGER).unwrap(), body.take(SEQUENCE).unwrap());
            let (_, key, public) = body.next().unwrap();
            assert_eq!(facts::mark(public), prepared.mark);
            let mut key = Reader(key);
            key.take(SEQUENCE).unwrap();
            let point = &key.take(BITS).unwrap()[1..];
            let key = signature::UnparsedPublicKey::new(verifies, point);
            key.verify(signed, &signed_by[1..]).unwrap();
            let holds = |part: &[u8]| der.windows(part.len()).any(|window| window == part);
            assert!(holds(b"a.example") && holds(b"b.example") && holds(&[0x87, 4, 10, 0, 0, 7]));
        }
    }
}
