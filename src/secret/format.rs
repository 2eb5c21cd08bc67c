use super::types::Level;
use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use std::sync::{LazyLock, OnceLock};

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Key,
    KeyId,
    Identifier,
    Token,
    Secret,
    Password,
    PrivateKey,
    ConnectionString,
    Sas,
    Webhook,
    /// Known by the name it is assigned to, not by its own shape.
    Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scheme {
    /// Thirty random characters, then their CRC-32 in base 62.
    #[serde(rename = "crc32-base62-6")]
    Crc32Base62,
    /// Eight hexadecimal digits: the CRC-32 of what precedes the last underscore.
    #[serde(rename = "crc32-hex-8")]
    Crc32Hex,
    /// Four characters at a fixed place, which the expression itself demands.
    AzureIdentifiableMarker,
}

/// One known shape of credential, as its issuer publishes it.
#[derive(Debug, Deserialize)]
pub struct Format {
    pub id: String,
    pub provider: String,
    pub kind: Kind,
    pub confidence: Level,
    #[serde(default)]
    pub identifier_only: bool,
    #[serde(default)]
    pub note: Option<String>,
    #[serde(rename = "regex")]
    pub(super) pattern: String,
    pub(super) keywords: Vec<String>,
    #[serde(default)]
    pub(super) entropy: Option<f64>,
    #[serde(default)]
    pub(super) checksum: Option<Scheme>,
    /// Without a shape of its own the format counts only near one of these words.
    #[serde(default)]
    pub(super) near: Vec<String>,
    /// A token that starts like this needs no word nearby.
    #[serde(default)]
    pub(super) unless: Option<String>,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Format {
    /// Whether the format counts only by what stands around the token.
    pub(super) fn is_contextual(&self) -> bool {
        !self.near.is_empty() || self.id == "aws-secret-access-key"
    }

    /// Compiled on first use: a scan seldom needs more than a handful of the expressions.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.compiled
            .get_or_init(|| RegexBuilder::new(&self.pattern).unicode(false).size_limit(8 << 20).build().ok())
            .as_ref()
    }
}

#[derive(Deserialize)]
struct Table {
    formats: Vec<Format>,
}

static TABLE: LazyLock<Vec<Format>> = LazyLock::new(|| {
    let text = include_str!("../data/secret-formats.json");
    let table: Table = serde_json::from_str(text).expect("invariant: the embedded table is well formed");
    table.formats
});

/// Every known format, in the order of the table.
pub fn formats() -> &'static [Format] {
    &TABLE
}

pub(super) fn index_of(id: &str) -> Option<usize> {
    TABLE.iter().position(|format| format.id == id)
}

/// The formats that code refers to by name. A test checks that each is in the table.
pub(super) fn by_id(id: &str) -> &'static Format {
    index_of(id).map(|at| &TABLE[at]).expect("invariant: formats named in code are in the table")
}
