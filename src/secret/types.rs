use super::format::{Format, Kind};
use jiff::civil::Date;
use serde::Serialize;

/// A step on a scale of three, for confidence and for severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Low,
    Medium,
    High,
}

/// Whether the token proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checksum {
    /// The format carries none.
    NotDefined,
    /// The checksum, or the issuer's marker at its fixed place, is right. A wrong one is never reported.
    Verified,
}

/// What the caller knows about the place of a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The attribute, variable or map key the text is assigned to.
    pub name: Option<&'a str>,
    /// The resource type, or any other path that names the provider.
    pub path: Option<&'a str>,
    /// Other literals of the same block, to find a key id next to its secret.
    pub neighbours: Option<&'a str>,
    /// The day against which expiry is judged. Without it nothing counts as expired.
    pub today: Option<Date>,
}

/// One credential in a text. It holds the place, never the characters.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    pub format: &'static Format,
    /// Byte range of the token in the text.
    pub start: usize,
    pub end: usize,
    pub confidence: Level,
    pub checksum: Checksum,
    pub severity_hint: Level,
    /// The token names a key but opens nothing by itself.
    pub identifier_only: bool,
    pub note: Option<String>,
}

impl Match {
    pub(super) fn new(format: &'static Format, start: usize, end: usize) -> Self {
        Match {
            format,
            start,
            end,
            confidence: format.confidence,
            checksum: Checksum::NotDefined,
            severity_hint: severity(format),
            identifier_only: format.identifier_only,
            note: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn overlaps(&self, start: usize, end: usize) -> bool {
        self.start < end && start < self.end
    }
}

fn severity(format: &Format) -> Level {
    match format.kind {
        Kind::Identifier => Level::Low,
        Kind::KeyId | Kind::Sas | Kind::Webhook | Kind::Name => Level::Medium,
        Kind::Key if format.id.contains("test") => Level::Medium,
        Kind::Key
        | Kind::Password
        | Kind::Secret
        | Kind::ConnectionString
        | Kind::PrivateKey
        | Kind::Token => Level::High,
    }
}
