//! What is known of Terraform's resource types: which are identities and credentials, where their facts
//! are, which attributes are secret. Sources and licences: `src/data/README.md`.

mod by_type;
mod places;
mod workloads;

pub use places::{PlaceRule, may_be, place_kind};
pub use workloads::{AccountAnnotation, CLIENT_ID, RunsAs, account_annotation, runs_as};

use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a resource type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Identity,
    Credential,
    Trust,
    Grant,
    Attachment,
    Owner,
    SecretStore,
    SecretValue,
    Certificate,
    Key,
    KeyedService,
    Database,
    Workload,
    Rotation,
    Control,
    Config,
    Sink,
}

/// Where the facts about a resource of some type are. Paths are dotted.
#[derive(Debug, Deserialize)]
pub struct TypeFacts {
    pub kind: Kind,
    #[serde(default)]
    pub name: Vec<String>,
    #[serde(default)]
    pub owner: Vec<String>,
    #[serde(default)]
    pub purpose: Vec<String>,
    #[serde(default)]
    pub expiry: Vec<String>,
    #[serde(default)]
    pub rotation: Vec<String>,
    #[serde(default)]
    pub scope: Vec<String>,
    /// The identity that a credential belongs to, or that a grant is for.
    #[serde(default)]
    pub subject: Vec<String>,
    #[serde(default)]
    pub principal: Vec<String>,
    #[serde(default)]
    pub workload: Vec<String>,
    /// Attributes that take a secret.
    #[serde(default, rename = "in")]
    pub takes: Vec<String>,
    /// Computed attributes that put a secret into state.
    #[serde(default, rename = "out")]
    pub gives: Vec<String>,
    /// A standing credential: it works until somebody ends it.
    #[serde(default, rename = "static")]
    pub is_static: bool,
    /// The keyless or managed alternative.
    pub better: Option<String>,
    /// The attribute that keeps the secret out of state or wraps it.
    pub protect: Option<String>,
    /// The attribute that lets the provider manage the secret.
    pub managed: Option<String>,
    /// Made for a person and not for software.
    #[serde(default)]
    pub human: bool,
    /// Made and owned by a cloud service.
    #[serde(default)]
    pub service_owned: bool,
    pub session: Option<String>,
    pub boundary: Option<String>,
    pub trust: Option<String>,
}

#[derive(Deserialize)]
struct Types {
    meta: Meta,
    types: HashMap<String, TypeFacts>,
}

#[derive(Deserialize)]
struct Meta {
    data_sources_with_secrets: HashMap<String, Vec<String>>,
    ephemeral_resources: Vec<String>,
}

static TYPES: LazyLock<Types> =
    LazyLock::new(|| parse(include_str!("../../data/tf-nhi-types.json"), "tf-nhi-types.json"));
static TAGGABLE: LazyLock<HashMap<String, serde_json::Value>> =
    LazyLock::new(|| parse(include_str!("../../data/tf-taggable.json"), "tf-taggable.json"));
static WRITE_ONLY: LazyLock<HashMap<String, serde_json::Value>> =
    LazyLock::new(|| parse(include_str!("../../data/tf-write-only.json"), "tf-write-only.json"));
static SENSITIVE: LazyLock<HashMap<String, serde_json::Value>> =
    LazyLock::new(|| parse(include_str!("../../data/tf-sensitive.json"), "tf-sensitive.json"));

fn parse<T: for<'de> Deserialize<'de>>(text: &str, name: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("invariant: embedded {name} is valid: {error}"))
}

/// Facts about a managed resource type.
pub fn of(kind: &str) -> Option<&'static TypeFacts> {
    TYPES.types.get(kind)
}

/// Every type with facts, sorted by name.
pub fn all() -> Vec<(&'static str, &'static TypeFacts)> {
    let mut all: Vec<_> = TYPES.types.iter().map(|(name, facts)| (name.as_str(), facts)).collect();
    all.sort_by_key(|(name, _)| *name);
    all
}

/// Attributes of a data source that hold a secret.
pub fn secret_data(kind: &str) -> &'static [String] {
    TYPES.meta.data_sources_with_secrets.get(kind).map_or(&[], Vec::as_slice)
}

/// An ephemeral resource of this name exists, which keeps the value out of state.
pub fn has_ephemeral(kind: &str) -> bool {
    TYPES.meta.ephemeral_resources.iter().any(|name| name == kind)
}

/// The tag or label attribute of a type; `None` when it has none or the type is not known.
pub fn tag_attribute(kind: &str) -> Option<&'static str> {
    TAGGABLE.get(kind)?.get(0)?.as_str()
}

/// A write-only twin of an attribute, and the argument that triggers a new write.
pub fn write_only(kind: &str, attribute: &str) -> Option<(&'static str, Option<&'static str>)> {
    let twin = WRITE_ONLY.get(kind)?.get(attribute)?;
    Some((twin.get(0)?.as_str()?, twin.get(1).and_then(serde_json::Value::as_str)))
}

/// Attributes of a type that have a write-only twin.
pub fn write_only_attributes(kind: &str) -> impl Iterator<Item = &'static str> {
    let twins = WRITE_ONLY.get(kind).filter(|_| kind != "meta").and_then(serde_json::Value::as_object);
    twins.into_iter().flat_map(|twins| twins.keys().map(String::as_str))
}

/// Attribute paths that the provider schema marks sensitive.
pub fn sensitive(kind: &str) -> impl Iterator<Item = &'static str> {
    let paths = SENSITIVE.get(kind).filter(|_| kind != "meta").and_then(serde_json::Value::as_array);
    paths.into_iter().flatten().filter_map(serde_json::Value::as_str)
}

/// `aws`, `google`, `azurerm`: the provider that a type belongs to by its name.
pub fn provider(kind: &str) -> &str {
    kind.split('_').next().unwrap_or(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_complete_and_found() {
        assert_eq!(all().len(), 265);
        let key = of("aws_iam_access_key").unwrap();
        assert!(key.is_static && key.gives.contains(&"secret".to_string()));
        assert_eq!(
            write_only("aws_db_instance", "password"),
            Some(("password_wo", Some("password_wo_version")))
        );
        assert_eq!(tag_attribute("aws_iam_role"), Some("tags"));
        assert!(has_ephemeral("random_password"));
        assert!(sensitive("aws_acm_certificate").any(|path| path == "private_key"));
    }
}
