//! Google Cloud: predefined roles, and what a list of permissions amounts to.

pub mod escalation;

use super::{Verdict, inflate::inflate};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

static DATA: &[u8] = include_bytes!("../data/gcp-roles.json.gz");

#[derive(Default, Deserialize)]
struct Table {
    permissions: Vec<String>,
    roles: HashMap<String, Role>,
}

/// A predefined role.
#[derive(Debug, Deserialize)]
pub struct Role {
    #[serde(rename = "t")]
    pub title: String,
    /// `BETA`, `ALPHA`, `DEPRECATED`; none for generally available roles.
    #[serde(rename = "s")]
    pub stage: Option<String>,
    /// The names of the escalation methods that need no other role.
    #[serde(rename = "e", default)]
    pub methods: Vec<String>,
    #[serde(rename = "a", default)]
    agent: u8,
    #[serde(rename = "p")]
    runs: Vec<Run>,
}

/// Indices in the sorted list of permissions.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
enum Run {
    One(usize),
    Many(usize, usize),
}

static TABLE: LazyLock<Table> = LazyLock::new(|| serde_json::from_str(&inflate(DATA)).unwrap_or_default());

/// The three roles that are older than IAM and span all services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Basic {
    Viewer,
    Editor,
    Owner,
}

/// Where a role is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A bucket, a service account, a secret.
    Resource,
    Project,
    Folder,
    Organization,
}

/// What a list of permissions amounts to.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// The part of the permissions of `roles/editor` that are in the list, from 0 to 1.
    pub editor_share: f64,
    /// Permissions that let the identity give itself any role at that level.
    pub self_grants: Vec<&'static str>,
}

/// The part of editor from which on a role is as good as editor.
const POWER_SHARE: f64 = 0.7;

/// `Owner` for `roles/owner`.
pub fn basic(role: &str) -> Option<Basic> {
    match role {
        "roles/owner" => Some(Basic::Owner),
        "roles/editor" => Some(Basic::Editor),
        "roles/viewer" => Some(Basic::Viewer),
        _ => None,
    }
}

/// Looks a predefined role up by its name, `roles/storage.admin`.
pub fn role(name: &str) -> Option<&'static Role> {
    TABLE.roles.get(name)
}

/// The names of all predefined roles, sorted.
pub fn role_names() -> Vec<&'static str> {
    let mut names: Vec<_> = TABLE.roles.keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// Whether Google Cloud has this permission in a predefined role.
pub fn is_permission(name: &str) -> bool {
    index_of(name).is_some()
}

fn index_of(permission: &str) -> Option<usize> {
    TABLE.permissions.binary_search_by(|known| known.as_str().cmp(permission)).ok()
}

impl Role {
    /// Made for one of Google's own service agents, and not for granting to anyone else.
    pub fn is_service_agent(&self) -> bool {
        self.agent != 0
    }

    pub fn permissions(&self) -> impl Iterator<Item = &'static str> {
        self.indices().filter_map(|at| TABLE.permissions.get(at).map(String::as_str))
    }

    pub fn len(&self) -> usize {
        self.runs.iter().map(|run| run.bounds().1).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn has(&self, permission: &str) -> bool {
        index_of(permission).is_some_and(|index| {
            self.runs.iter().any(|run| {
                let (from, count) = run.bounds();
                (from..from + count).contains(&index)
            })
        })
    }

    pub fn judge(&self, level: Level) -> Judgement {
        judge_indices(self.indices(), |permission| self.has(permission), level)
    }

    fn indices(&self) -> impl Iterator<Item = usize> {
        self.runs.iter().flat_map(|run| {
            let (from, count) = run.bounds();
            from..from + count
        })
    }
}

impl Run {
    fn bounds(self) -> (usize, usize) {
        match self {
            Run::One(at) => (at, 1),
            Run::Many(from, count) => (from, count),
        }
    }
}

/// Judges permissions, of a custom role or of several roles together, granted at a level.
pub fn judge<'a>(permissions: impl IntoIterator<Item = &'a str>, level: Level) -> Judgement {
    let indices: BTreeSet<usize> = permissions.into_iter().filter_map(index_of).collect();
    let has = |permission: &str| index_of(permission).is_some_and(|index| indices.contains(&index));
    judge_indices(indices.iter().copied(), has, level)
}

fn judge_indices(
    indices: impl Iterator<Item = usize>,
    has: impl Fn(&str) -> bool,
    level: Level,
) -> Judgement {
    let self_grants: Vec<_> = self_grants(level).iter().copied().filter(|name| has(name)).collect();
    let (of_editor, all) = &*EDITOR;
    let common = indices.filter(|index| of_editor.get(*index) == Some(&true)).count();
    let editor_share = if *all == 0 { 0.0 } else { common as f64 / *all as f64 };
    let verdict = if !self_grants.is_empty() {
        Verdict::Admin
    } else if editor_share >= POWER_SHARE && level > Level::Resource {
        Verdict::Power
    } else {
        Verdict::None
    };
    Judgement { verdict, editor_share, self_grants }
}

/// Which permissions `roles/editor` has, and how many.
static EDITOR: LazyLock<(Vec<bool>, usize)> = LazyLock::new(|| {
    let mut held = vec![false; TABLE.permissions.len()];
    let indices = role("roles/editor").into_iter().flat_map(Role::indices);
    indices.for_each(|index| held[index] = true);
    let count = held.iter().filter(|held| **held).count();
    (held, count)
});

/// The permissions to set the policy of the level or of what is below it. Set from below, a policy does not
/// reach upwards: `folders.setIamPolicy` in a project is for nothing.
fn self_grants(level: Level) -> &'static [&'static str] {
    const ALL: [&str; 3] = [
        "resourcemanager.projects.setIamPolicy",
        "resourcemanager.folders.setIamPolicy",
        "resourcemanager.organizations.setIamPolicy",
    ];
    match level {
        Level::Resource => &[],
        Level::Project => &ALL[..1],
        Level::Folder => &ALL[..2],
        Level::Organization => &ALL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!((TABLE.roles.len(), TABLE.permissions.len()), (2_461, 13_790));
        assert!(TABLE.permissions.is_sorted());
        for name in role_names() {
            let role = role(name).expect("listed");
            assert_eq!(role.permissions().count(), role.len(), "{name}");
            assert!(role.permissions().take(3).all(|permission| role.has(permission)));
        }
    }

    #[test]
    fn verdicts_of_roles() {
        let verdict = |name: &str, level| role(name).map(|role| role.judge(level).verdict);
        for name in ["roles/owner", "roles/resourcemanager.projectIamAdmin", "roles/iam.securityAdmin"] {
            assert_eq!(verdict(name, Level::Project), Some(Verdict::Admin), "{name}");
        }
        let organization_admin = "roles/resourcemanager.organizationAdmin";
        assert_eq!(verdict(organization_admin, Level::Organization), Some(Verdict::Admin));
        assert_eq!(verdict("roles/resourcemanager.folderIamAdmin", Level::Project), Some(Verdict::None));
        assert_eq!(verdict("roles/editor", Level::Project), Some(Verdict::Power));
        assert_eq!(verdict("roles/viewer", Level::Organization), Some(Verdict::None));
        assert_eq!(verdict("roles/storage.admin", Level::Project), Some(Verdict::None));
        assert!(role("roles/owner").is_some_and(|owner| owner.methods.len() > 20));
        assert_eq!(basic("roles/editor"), Some(Basic::Editor));
    }

    #[test]
    fn custom_roles() {
        let editor = role("roles/editor").expect("known");
        let nearly: Vec<_> = editor.permissions().step_by(10).collect();
        let most = editor.permissions().filter(|permission| !nearly.contains(permission));
        let judged = judge(most, Level::Project);
        assert_eq!(judged.verdict, Verdict::Power);
        assert!((0.89..0.91).contains(&judged.editor_share));
        let own = judge(["resourcemanager.projects.setIamPolicy"], Level::Project);
        assert_eq!((own.verdict, own.self_grants.len()), (Verdict::Admin, 1));
        assert_eq!(judge(["storage.objects.get", "nosuch"], Level::Organization).verdict, Verdict::None);
    }
}
