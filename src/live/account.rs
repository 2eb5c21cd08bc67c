use crate::rotation::plan::{Recorded, Used};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// What one account told.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub provider: &'static str,
    pub id: String,
    /// What else code may call it.
    pub also: Option<String>,
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
    /// What code may call it beside its name.
    pub also: Vec<String>,
    /// None where its type cannot be disabled.
    pub active: Option<bool>,
    pub created: Option<Date>,
    pub last_used: Used,
    pub recorded: Option<Recorded>,
    pub used_for: Option<String>,
    pub tags: Vec<(String, String)>,
    /// Whom the account itself holds responsible, if it does such a thing and told it.
    pub owners: Vec<SeenOwner>,
    /// Made by the provider for itself.
    pub service_owned: bool,
    /// Made by the provider or by others, and not by any code that is for this account.
    pub given: bool,
    /// It is here for what the code says that it has, and has nothing itself.
    pub bare: bool,
    /// Its name is chosen by others, so that it says nothing.
    pub foreign: bool,
    pub credentials: Vec<SeenCredential>,
    /// Types of credentials of which there are no others than those.
    pub known: Vec<&'static str>,
}

impl SeenIdentity {
    /// All that code may call it.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let name = (!self.foreign).then_some(&self.name);
        name.into_iter().chain(&self.also).map(String::as_str)
    }
}

/// Somebody whom the account holds responsible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenOwner {
    pub name: String,
    /// Whether they can still log in; none where that was not told.
    pub active: Option<bool>,
}

/// Something that logs in.
#[derive(Clone, Debug, Default)]
pub struct SeenCredential {
    pub kind: &'static str,
    /// Its public name.
    pub id: String,
    /// What people call it.
    pub label: Option<String>,
    /// The public half of a key pair.
    pub public: Option<String>,
    pub active: bool,
    pub created: Option<Date>,
    /// The last day on which it can be used.
    pub ends: Option<Date>,
    pub last_used: Used,
    pub recorded: Option<Recorded>,
    pub used_for: Option<String>,
}
