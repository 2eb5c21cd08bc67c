//! Entra directory roles and Microsoft Graph application permissions that weigh heavily on a workload.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static DATA: &str = include_str!("../../data/entra-privileged.json");

/// The application id of Microsoft Graph, whose roles the Graph permissions are.
pub const MICROSOFT_GRAPH: &str = "00000003-0000-0000-c000-000000000000";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privilege {
    pub name: String,
    /// The template id of a directory role, or the id of an app role.
    pub id: String,
    pub weight: Weight,
}

/// How much it matters that a service principal holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    Low,
    Medium,
    High,
    /// Leads to every other privilege of the tenant.
    Critical,
}

#[derive(Default, Deserialize)]
struct Raw {
    directory_roles: BTreeMap<String, (String, Weight)>,
    graph_app_roles: BTreeMap<String, (String, Weight)>,
}

struct Table {
    directory_roles: Vec<Privilege>,
    graph_app_roles: Vec<Privilege>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let raw: Raw = serde_json::from_str(DATA).unwrap_or_default();
    let list = |rows: BTreeMap<String, (String, Weight)>| {
        rows.into_iter().map(|(name, (id, weight))| Privilege { name, id, weight }).collect()
    };
    Table { directory_roles: list(raw.directory_roles), graph_app_roles: list(raw.graph_app_roles) }
});

/// A privileged directory role by name or template id, in any case. Others are not listed.
pub fn directory_role(name_or_id: &str) -> Option<&'static Privilege> {
    find(&TABLE.directory_roles, name_or_id)
}

/// A privileged Graph application permission by name (`Directory.ReadWrite.All`) or id, in any case.
pub fn graph_permission(name_or_id: &str) -> Option<&'static Privilege> {
    find(&TABLE.graph_app_roles, name_or_id)
}

pub fn directory_roles() -> &'static [Privilege] {
    &TABLE.directory_roles
}

pub fn graph_permissions() -> &'static [Privilege] {
    &TABLE.graph_app_roles
}

fn find(list: &'static [Privilege], key: &str) -> Option<&'static Privilege> {
    list.iter().find(|it| it.name.eq_ignore_ascii_case(key) || it.id.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookups() {
        assert_eq!((directory_roles().len(), graph_permissions().len()), (16, 16));
        let admin = directory_role("62E90394-69f5-4237-9190-012177145e10");
        assert_eq!(
            admin.map(|it| (it.name.as_str(), it.weight)),
            Some(("Global Administrator", Weight::Critical))
        );
        assert_eq!(graph_permission("directory.read.all").map(|it| it.weight), Some(Weight::Low));
        assert!(directory_role("Reports Reader").is_none());
    }
}
