//! Google Cloud: permissions with which one becomes more than one is.

use super::Role;
use crate::iam::rows;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

static DATA: &str = include_str!("../../data/gcp-privesc.json");

/// A way to become more.
#[derive(Debug)]
pub struct Method {
    pub name: &'static str,
    /// What one does: "Mint an OAuth token of a stronger service account".
    pub title: &'static str,
    /// Every permission that it takes.
    pub all: Vec<&'static str>,
    /// One of these besides; none where `all` is enough.
    pub any: Vec<&'static str>,
    /// Works with a grant on one service account.
    pub on_account: bool,
    /// Works with a grant on a folder.
    pub on_folder: bool,
    pub gain: Gain,
}

/// What a method yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gain {
    /// A service account.
    #[serde(rename = "sa")]
    Account,
    /// A service account of a running machine.
    #[serde(rename = "sa-on-vm")]
    AccountOnMachine,
    /// A service account to which a federation maps.
    #[serde(rename = "federated-sa")]
    FederatedAccount,
    /// What a service account may do in storage.
    #[serde(rename = "sa-storage")]
    Storage,
    /// Calls in the name of a service account to whatever checks its identity only.
    IdToken,
    /// Any role.
    Owner,
    /// More permissions in a custom role.
    Role,
    /// `roles/editor`.
    Editor,
    /// Organization policies no longer hold.
    Guardrail,
    Api,
    Invoke,
    /// Service accounts of a cluster.
    #[serde(rename = "ksa")]
    Cluster,
    Secrets,
}

#[derive(Deserialize)]
struct Raw {
    t: String,
    all: Vec<String>,
    #[serde(default)]
    any: Vec<Vec<String>>,
    at: Vec<String>,
    gain: Gain,
}

struct Table {
    methods: Vec<Method>,
    /// Each permission that some method takes, with its bit.
    bits: HashMap<&'static str, u32>,
}

/// The permissions among those that methods take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u128);

static TABLE: LazyLock<Table> = LazyLock::new(read);

fn read() -> Table {
    let mut table = Table { methods: Vec::new(), bits: HashMap::new() };
    for (name, row) in rows::read::<Raw>(DATA) {
        let all: Vec<&str> = row.all.iter().map(String::as_str).collect();
        let any: Vec<&str> = row.any.iter().flatten().map(String::as_str).collect();
        for permission in all.iter().chain(&any) {
            let next = table.bits.len() as u32;
            table.bits.entry(permission).or_insert(next);
        }
        let at = |place: &str| row.at.iter().any(|it| it == place);
        let (on_account, on_folder) = (at("service-account"), at("folder") || !at("organization"));
        let gain = row.gain;
        table.methods.push(Method { name, title: &row.t, all, any, on_account, on_folder, gain });
    }
    table
}

/// All methods, in the order of the catalogue.
pub fn methods() -> &'static [Method] {
    &TABLE.methods
}

pub fn method(name: &str) -> Option<&'static Method> {
    methods().iter().find(|method| method.name == name)
}

impl Permissions {
    /// The permissions of a predefined role that matter here.
    pub fn of_role(role: &Role) -> Self {
        let held = TABLE.bits.iter().filter(|(name, _)| role.has(name));
        Permissions(held.fold(0, |bits, (_, bit)| bits | 1 << bit))
    }

    pub fn of_list<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let bits = names.into_iter().filter_map(|name| TABLE.bits.get(name));
        Permissions(bits.fold(0, |bits, bit| bits | 1 << bit))
    }

    pub fn has(self, permission: &str) -> bool {
        TABLE.bits.get(permission).is_some_and(|bit| self.0 & (1 << bit) != 0)
    }

    #[must_use]
    pub fn and(self, other: Permissions) -> Permissions {
        Permissions(self.0 | other.0)
    }

    #[must_use]
    pub fn without(self, other: Permissions) -> Permissions {
        Permissions(self.0 & !other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names of those that pass a test.
    pub fn matching(test: impl Fn(&str) -> bool) -> Permissions {
        Permissions::of_list(TABLE.bits.keys().copied().filter(|name| test(name)))
    }
}

impl Method {
    pub fn is_met(&self, held: Permissions) -> bool {
        let any = self.any.is_empty() || self.any.iter().any(|name| held.has(name));
        any && self.all.iter().all(|name| held.has(name))
    }

    /// The permissions among those held that it rests on.
    pub fn used(&self, held: Permissions) -> Vec<&'static str> {
        let one = self.any.iter().copied().find(|name| held.has(name));
        self.all.iter().copied().filter(|name| held.has(name)).chain(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::gcp::role;

    #[test]
    fn the_catalogue_is_whole() {
        assert_eq!((methods().len(), TABLE.bits.len()), (35, 52));
        assert!(TABLE.bits.len() <= 128);
        let used = methods().iter().flat_map(|method| method.all.iter().chain(&method.any));
        assert!(used.clone().count() > 50);
    }

    #[test]
    fn roles_hold_methods() {
        let held = |name: &str| Permissions::of_role(role(name).expect("known"));
        let met = |name: &str, wanted: &str| method(wanted).is_some_and(|it| it.is_met(held(name)));
        assert!(met("roles/iam.serviceAccountTokenCreator", "mint-access-token"));
        assert!(!met("roles/iam.serviceAccountUser", "act-as-cloud-run"));
        let both = held("roles/iam.serviceAccountUser").and(held("roles/run.developer"));
        assert!(method("act-as-cloud-run").is_some_and(|it| it.is_met(both)));
        assert!(held("roles/storage.objectViewer").is_empty());
    }
}
