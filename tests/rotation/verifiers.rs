//! Finds passwords of which nothing but the verifier is known: whatever looks like one is tried against it.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use std::collections::HashSet;
use std::num::NonZeroU32;
use std::path::Path;

/// `SCRAM-SHA-256$4096:salt$stored:server`, as RFC 5803 and PostgreSQL have it.
#[derive(Debug)]
pub struct Verifier {
    rounds: NonZeroU32,
    salt: Vec<u8>,
    stored: Vec<u8>,
}

/// How long the passwords are that are made here.
const LENGTH: usize = 43;
/// The same in base64, without padding.
const ENCODED: usize = 58;

impl Verifier {
    /// From a line of the log.
    pub fn read(line: &str) -> Option<Self> {
        let rest = line.split_once("SCRAM-SHA-256$")?.1;
        let (rounds, rest) = rest.split_once(':')?;
        let (salt, rest) = rest.split_once('$')?;
        let (stored, _) = rest.split_once(':')?;
        Some(Verifier {
            rounds: rounds.parse().ok()?,
            salt: STANDARD.decode(salt).ok()?,
            stored: STANDARD.decode(stored).ok()?,
        })
    }

    fn fits(&self, password: &[u8]) -> bool {
        let mut salted = [0; 32];
        ring::pbkdf2::derive(
            ring::pbkdf2::PBKDF2_HMAC_SHA256,
            self.rounds,
            &self.salt,
            password,
            &mut salted,
        );
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &salted);
        let client = ring::hmac::sign(&key, b"Client Key");
        ring::digest::digest(&ring::digest::SHA256, client.as_ref()).as_ref() == self.stored
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_".contains(&byte)
}

/// One without a capital or a small letter would come up once in billions.
fn may_be_one(window: &[u8]) -> bool {
    window.iter().all(|byte| is_letter(*byte))
        && window.iter().any(u8::is_ascii_uppercase)
        && window.iter().any(u8::is_ascii_lowercase)
}

/// Whether one of these passwords is in there, as it is or in base64.
pub fn is_in(bytes: &[u8], verifiers: &[Verifier]) -> bool {
    let mut tried = HashSet::new();
    let decoded = bytes.windows(ENCODED).filter(|window| window.iter().all(u8::is_ascii_graphic));
    let decoded = decoded.filter_map(|window| STANDARD_NO_PAD.decode(window).ok());
    let plain = bytes.windows(LENGTH).map(<[u8]>::to_vec);
    for candidate in plain.chain(decoded) {
        if may_be_one(&candidate)
            && tried.insert(candidate.clone())
            && verifiers.iter().any(|verifier| verifier.fits(&candidate))
        {
            return true;
        }
    }
    false
}

/// All files below a directory.
pub fn files(dir: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).expect("readable").flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, into),
            path => into.push((path.display().to_string(), std::fs::read(&path).expect("readable"))),
        }
    }
}
