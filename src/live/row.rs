use crate::rotation::plan::Used;
use jiff::civil::Date;
use serde::{Serialize, Serializer};

/// What is there, what the code says of it, and what is odd about it.
#[derive(Debug, Serialize)]
pub struct Drift {
    #[serde(serialize_with = "as_text")]
    pub today: Date,
    pub accounts: Vec<AccountRow>,
    /// Modules of the code whose source is not here: any of them may declare what no other code does.
    pub unread_modules: usize,
    /// Each identity with its credentials after it.
    pub rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub struct AccountRow {
    pub provider: &'static str,
    pub id: String,
    pub asked_as: String,
    /// Identities that the provider made for itself, which are left out.
    pub service_owned: usize,
    pub gaps: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
pub struct Row {
    pub provider: &'static str,
    /// None where it is not known for which account the code is.
    pub account: Option<String>,
    /// `user`, `role`, `access-key`, `service-account`, `deploy-key`, …
    pub what: &'static str,
    #[serde(skip)]
    pub is_credential: bool,
    pub name: String,
    pub id: Option<String>,
    /// The identity that a credential proves to be.
    pub of: Option<String>,
    pub in_cloud: Presence,
    pub in_code: Presence,
    /// What declares it, or may.
    pub code: Vec<CodeRef>,
    pub owner: Option<String>,
    pub active: Option<bool>,
    #[serde(serialize_with = "as_maybe")]
    pub created: Option<Date>,
    pub age_days: Option<i64>,
    /// A date, `never`, or null where it is not known.
    pub last_used: Used,
    pub used_for: Option<String>,
    pub remarks: Vec<Remark>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    Yes,
    No,
    #[default]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeRef {
    pub root: String,
    pub address: String,
    pub file: String,
    pub line: u32,
}

/// Something that somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    pub kind: RemarkKind,
    /// One sentence.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemarkKind {
    RootKey,
    OwnerGone,
    NotInCode,
    /// A user has more keys than the code declares.
    MoreThanCode,
    NotInCloud,
    OlderThanPolicy,
    InactiveButKept,
    NeverUsed,
    Unused,
}

impl RemarkKind {
    pub const ALL: [RemarkKind; 9] = [
        RemarkKind::RootKey,
        RemarkKind::OwnerGone,
        RemarkKind::NotInCode,
        RemarkKind::MoreThanCode,
        RemarkKind::NotInCloud,
        RemarkKind::OlderThanPolicy,
        RemarkKind::InactiveButKept,
        RemarkKind::NeverUsed,
        RemarkKind::Unused,
    ];

    pub fn describe(self) -> &'static str {
        match self {
            RemarkKind::RootKey => "key of the root user",
            RemarkKind::OwnerGone => "owner gone",
            RemarkKind::NotInCode => "not in code",
            RemarkKind::MoreThanCode => "more than in code",
            RemarkKind::NotInCloud => "not in the cloud",
            RemarkKind::OlderThanPolicy => "older than policy",
            RemarkKind::InactiveButKept => "inactive but kept",
            RemarkKind::NeverUsed => "never used",
            RemarkKind::Unused => "not used any more",
        }
    }
}

impl Drift {
    pub fn count(&self, kind: RemarkKind) -> usize {
        let has = |row: &&Row| row.remarks.iter().any(|remark| remark.kind == kind);
        self.rows.iter().filter(has).count()
    }

    /// Whether there is anything to look at.
    pub fn has_remarks(&self) -> bool {
        self.rows.iter().any(|row| !row.remarks.is_empty())
    }

    /// Identities and credentials that are declared, and could not be looked for.
    pub fn uncompared(&self, provider: &str) -> (usize, usize) {
        let of = |row: &&Row| row.provider == provider && row.in_cloud == Presence::Unknown;
        let (identities, credentials): (Vec<_>, Vec<_>) =
            self.rows.iter().filter(of).partition(|row| !row.is_credential);
        (identities.len(), credentials.len())
    }
}

fn as_text<S: Serializer>(date: &Date, out: S) -> Result<S::Ok, S::Error> {
    out.collect_str(date)
}

fn as_maybe<S: Serializer>(date: &Option<Date>, out: S) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => out.collect_str(date),
        None => out.serialize_none(),
    }
}
