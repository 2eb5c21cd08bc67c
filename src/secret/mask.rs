use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

/// Prefixes that issuers document. They say what was found and nothing about its body.
const PREFIXES: &[&str] = &[
    "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "AKIA", "ASIA", "ABIA", "ACCA", "ABSK", "AIza", "GOOG", "ya29",
    "xoxb", "xoxp", "xoxe", "xapp", "hvs.", "hvb.", "dapi", "dose", "npm_", "SG.", "hf_", "NRAK", "glc_",
    "ATBB", "dp.", "pul-", "LTAI", "AKID", "sgp_", "gsk_", "r8_", "eyJ", "sk-", "glpa", "gldt", "glrt",
    "pypi",
];

/// What may be shown of a secret: a public prefix of at most four characters, and the length of the rest.
pub fn redact(text: &str) -> String {
    let prefix = PREFIXES.iter().find(|prefix| text.starts_with(**prefix)).copied().unwrap_or_default();
    let hidden = text[prefix.len()..].chars().count();
    format!("{prefix}…({hidden} chars)")
}

/// Names a secret without telling it, so that reuse can be found: the same secret has the same fingerprint.
pub fn fingerprint(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let mut out = String::from("sha256:");
    for byte in digest.iter().take(4) {
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

/// The whole digest, to recognise published keys without writing them down here.
pub(super) fn digest_hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A secret in memory. Whatever prints or serialises it gets `***`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The only way to the characters, easy to find in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}
