//! The catalogue of methods by which an AWS identity comes to more than it was given. Sources and licences:
//! `src/data/README.md`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A way to escalate.
#[derive(Debug, Deserialize)]
pub struct Method {
    /// What it does, as a sentence without a full stop.
    #[serde(rename = "t")]
    pub title: String,
    pub kind: Kind,
    /// Actions that are all needed.
    pub all: Vec<String>,
    /// Groups of actions of each of which one is needed.
    #[serde(default)]
    pub any: Vec<Vec<String>>,
    /// Condition keys and limits that stop it.
    #[serde(default)]
    pub blunted_by: Vec<String>,
    /// What it yields: `admin`, `role`, `user`, `group`, `policy`, `boundary`, `secrets`, `cluster-admin`.
    pub gain: String,
    /// Public catalogues that have the same method.
    #[serde(default)]
    pub refs: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Writes its own permissions.
    #[serde(rename = "self")]
    Own,
    /// Becomes or changes another principal.
    Principal,
    /// Passes a role to something new.
    NewPassrole,
    /// Takes over something that runs as a role.
    ExistingRole,
    /// Reads credentials.
    Credential,
}

static METHODS: LazyLock<BTreeMap<String, Method>> = LazyLock::new(|| {
    let text = include_str!("../../../data/aws-privesc.json");
    let all: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
    let methods = all.into_iter().filter(|(name, _)| name != "meta");
    methods.filter_map(|(name, value)| Some((name, serde_json::from_value(value).ok()?))).collect()
});

/// All methods by name.
pub fn methods() -> impl Iterator<Item = (&'static str, &'static Method)> {
    METHODS.iter().map(|(name, method)| (name.as_str(), method))
}

pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.get(name)
}

/// Every action that a method needs, some of them several times.
pub fn action_names() -> impl Iterator<Item = &'static str> {
    METHODS
        .values()
        .flat_map(|method| method.all.iter().chain(method.any.iter().flatten()))
        .map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::aws::catalogue;

    #[test]
    fn the_catalogue_is_whole_and_its_actions_exist() {
        assert_eq!(METHODS.len(), 57);
        for name in action_names() {
            assert!(catalogue().find(name).is_some(), "{name}");
        }
    }
}
