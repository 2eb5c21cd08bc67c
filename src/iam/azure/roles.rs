use super::{Judgement, Permissions, judge};
use crate::iam::{Pattern, inflate::inflate};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

static DATA: &[u8] = include_bytes!("../../data/azure-roles.json.gz");

/// A built-in role.
#[derive(Clone, Debug)]
pub struct Role {
    pub name: &'static str,
    /// The GUID, which is the same in every tenant.
    pub id: &'static str,
    /// The names of the escalation methods that the role holds without a condition.
    pub methods: &'static [String],
    blocks: &'static [RawBlock],
}

#[derive(Debug, Deserialize)]
struct RawRole {
    id: String,
    #[serde(rename = "p", default)]
    blocks: Vec<RawBlock>,
    #[serde(rename = "e", default)]
    methods: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawBlock {
    a: Vec<String>,
    na: Vec<String>,
    d: Vec<String>,
    nd: Vec<String>,
    c: Option<String>,
}

static RAW: LazyLock<BTreeMap<String, RawRole>> =
    LazyLock::new(|| serde_json::from_str(&inflate(DATA)).unwrap_or_default());

/// All built-in roles, in order of their names.
pub fn roles() -> &'static [Role] {
    static ALL: LazyLock<Vec<Role>> = LazyLock::new(|| {
        let raw = RAW.iter();
        raw.map(|(name, raw)| Role { name, id: &raw.id, methods: &raw.methods, blocks: &raw.blocks })
            .collect()
    });
    &ALL
}

/// Looks a built-in role up by name, GUID, or the path of a role definition (which ends in the GUID), in any
/// case.
pub fn role(name_or_id: &str) -> Option<&'static Role> {
    static INDEX: LazyLock<HashMap<String, &Role>> = LazyLock::new(|| {
        let entries = |role: &'static Role| [role.name, role.id].map(|key| (key.to_ascii_lowercase(), role));
        roles().iter().flat_map(entries).collect()
    });
    let key = name_or_id.trim().to_ascii_lowercase();
    let definition = key.rsplit_once("/roledefinitions/").map(|(_, id)| id);
    INDEX.get(definition.unwrap_or(&key)).copied()
}

impl Role {
    pub fn permissions(&self) -> Vec<Permissions> {
        let patterns = |list: &[String]| list.iter().map(|text| Pattern::parse(text)).collect();
        let block = |raw: &RawBlock| Permissions {
            actions: patterns(&raw.a),
            not_actions: patterns(&raw.na),
            data_actions: patterns(&raw.d),
            not_data_actions: patterns(&raw.nd),
            conditional: raw.c.is_some(),
        };
        self.blocks.iter().map(block).collect()
    }

    pub fn judge(&self) -> Judgement {
        judge(&self.permissions())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{Tri, Verdict};

    #[test]
    fn verdicts_of_built_in_roles() {
        let mut wide: Vec<_> = roles().iter().map(|role| (role.name, role.judge().verdict)).collect();
        wide.retain(|(_, verdict)| *verdict != Verdict::None);
        let names = |wanted| wide.iter().filter(move |it| it.1 == wanted).map(|it| it.0).collect::<Vec<_>>();
        assert_eq!(roles().len(), 928);
        for name in ["Owner", "Role Based Access Control Administrator", "User Access Administrator"] {
            assert!(names(Verdict::Admin).contains(&name), "{name}");
        }
        assert!(names(Verdict::Power).contains(&"Contributor"));
        assert!(wide.len() < 12, "{wide:?}");
    }

    #[test]
    fn found_by_name_guid_and_path() {
        let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
        let path = format!("/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/{owner}");
        for key in ["owner", owner, &owner.to_uppercase(), &path] {
            assert_eq!(role(key).map(|role| role.name), Some("Owner"), "{key}");
        }
        assert!(role("").is_none() && role("nosuch").is_none());
    }

    #[test]
    fn readers_do_not_write() {
        assert_eq!(role("Reader").map(|role| role.judge().writes), Some(Tri::No));
        assert_eq!(role("Contributor").map(|role| role.judge().writes), Some(Tri::Yes));
        let vault = role("Key Vault Data Access Administrator").map(Role::judge);
        assert!(vault.is_some_and(|it| it.assigns_conditionally && it.verdict == Verdict::None));
    }

    #[test]
    fn custom_roles_with_holes() {
        let all = Permissions { actions: vec![Pattern::parse("*")], ..Permissions::default() };
        let holed = Permissions { not_actions: vec![Pattern::unknown()], ..all.clone() };
        assert_eq!(judge(&[all]).verdict, Verdict::Admin);
        assert_eq!(judge(&[holed]).verdict, Verdict::None);
    }
}
