//! Azure: actions with which one becomes more than one is.

use super::Permissions;
use crate::iam::{Tri, rows};
use serde::Deserialize;
use std::sync::LazyLock;

static DATA: &str = include_str!("../../data/azure-privesc.json");

/// A way to become more.
#[derive(Debug)]
pub struct Method {
    pub name: &'static str,
    /// What one does: "Run commands on a VM and take its managed identity".
    pub title: &'static str,
    pub actions: Vec<&'static str>,
    pub data_actions: Vec<&'static str>,
    pub gain: Gain,
}

/// What a method yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gain {
    /// Every role at the scope.
    Owner,
    /// Every role everywhere.
    Root,
    ManagedIdentity,
    /// Everything in a cluster.
    ClusterAdmin,
    Secrets,
    Storage,
    Data,
    /// Images that others run.
    SupplyChain,
    Invoke,
    Api,
}

#[derive(Deserialize)]
struct Raw {
    t: String,
    #[serde(default)]
    actions: Vec<String>,
    #[serde(default, rename = "dataActions")]
    data_actions: Vec<String>,
    gain: Gain,
}

/// All methods, in the order of the catalogue.
pub fn methods() -> &'static [Method] {
    static ALL: LazyLock<Vec<Method>> = LazyLock::new(read);
    &ALL
}

fn read() -> Vec<Method> {
    let methods = rows::read::<Raw>(DATA).iter().map(|(name, row)| {
        let list = |names: &'static [String]| names.iter().map(String::as_str).collect();
        Method {
            name,
            title: &row.t,
            actions: list(&row.actions),
            data_actions: list(&row.data_actions),
            gain: row.gain,
        }
    });
    methods.collect()
}

pub fn method(name: &str) -> Option<&'static Method> {
    methods().iter().find(|method| method.name == name)
}

impl Method {
    /// Whether the blocks of one or several roles allow it, those with a condition left out.
    pub fn is_met(&self, blocks: &[Permissions]) -> Tri {
        let free = || blocks.iter().filter(|block| !block.conditional);
        let actions = self.actions.iter().map(|name| Tri::any(free().map(|block| block.allows(name))));
        let data = self.data_actions.iter().map(|name| Tri::any(free().map(|block| block.allows_data(name))));
        Tri::all(actions.chain(data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::azure::{role, roles};

    #[test]
    fn the_catalogue_is_whole() {
        assert_eq!(methods().len(), 26);
        assert!(methods().iter().all(|it| !it.actions.is_empty() || !it.data_actions.is_empty()));
    }

    #[test]
    fn built_in_roles_hold_what_their_table_says() {
        for role in roles() {
            let blocks = role.permissions();
            let met = methods().iter().filter(|it| it.is_met(&blocks).is_yes()).map(|it| it.name);
            let mut met: Vec<&str> = met.collect();
            let mut listed: Vec<&str> = role.methods.iter().map(String::as_str).collect();
            met.sort_unstable();
            listed.sort_unstable();
            assert_eq!(met, listed, "{}", role.name);
        }
        assert!(role("Key Vault Contributor").is_some_and(|role| !role.methods.is_empty()));
    }
}
