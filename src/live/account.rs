use crate::rotation::plan::Used;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// What one account told.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub provider: &'static str,
    pub id: String,
    /// Who asked, as the account calls it.
    pub asked_as: String,
    pub identities: Vec<SeenIdentity>,
    /// Types, as Terraform calls them, of which everything there is was listed.
    pub complete: BTreeSet<&'static str>,
    /// What it would not tell; one sentence each.
    pub gaps: Vec<String>,
}

/// A principal that exists.
#[derive(Clone, Debug, Default)]
pub struct SeenIdentity {
    /// As Terraform calls its type: `aws_iam_role`.
    pub kind: &'static str,
    pub name: String,
    pub id: String,
    pub created: Option<Date>,
    pub last_used: Used,
    pub used_for: Option<String>,
    pub tags: Vec<(String, String)>,
    /// Made by the provider for itself.
    pub service_owned: bool,
    pub credentials: Vec<SeenCredential>,
    /// There are no other credentials of this type than those.
    pub keys_known: bool,
}

/// Something that logs in.
#[derive(Clone, Debug, Default)]
pub struct SeenCredential {
    pub kind: &'static str,
    /// Its public name.
    pub id: String,
    /// The public half of a key pair.
    pub public: Option<String>,
    pub active: bool,
    pub created: Option<Date>,
    pub last_used: Used,
    pub used_for: Option<String>,
}
