//! A permission by the name that its cloud gives it.

use crate::iam::aws::catalogue;

/// What somebody may be able to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// `iam:PassRole`
    Aws(String),
    /// `iam.serviceAccounts.actAs`
    Google(String),
    /// `Microsoft.Authorization/roleAssignments/write`
    Azure(String),
    /// `get secrets`, `create deployments.apps`
    Kubernetes { verb: String, resource: String, group: String },
}

/// Verbs of Kubernetes RBAC. Source: Kubernetes, "Authorization", Request verbs and authorization.
const VERBS: [&str; 14] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "impersonate",
    "bind",
    "escalate",
    "approve",
    "sign",
    "use",
];

/// Groups of resources that are written without one more often than not.
const GROUPS: [(&str, &[&str]); 4] = [
    ("apps", &["deployments", "daemonsets", "statefulsets", "replicasets"]),
    ("batch", &["jobs", "cronjobs"]),
    ("networking.k8s.io", &["ingresses", "networkpolicies"]),
    ("rbac.authorization.k8s.io", &["roles", "rolebindings", "clusterroles", "clusterrolebindings"]),
];

impl Permission {
    /// Reads a permission as a question has it: one word, or a verb and a resource of Kubernetes.
    pub fn read(text: &str) -> Result<Permission, String> {
        match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            [verb, resource] if Permission::is_verb(verb) => Ok(Permission::kubernetes(verb, resource)),
            [word] => Permission::parse(word),
            _ => Err(format!("`{text}` is no permission")),
        }
    }

    /// Reads a permission of one word.
    pub fn parse(word: &str) -> Result<Permission, String> {
        if word.contains('/') {
            return Ok(Permission::Azure(word.to_string()));
        }
        if let Some((service, _)) = word.split_once(':') {
            let Some(known) = catalogue().service(service) else {
                return Err(format!("AWS has no service `{service}`"));
            };
            return match catalogue().find(word) {
                Some(id) => Ok(Permission::Aws(catalogue().full_name(id))),
                None if word.contains('*') => Err("ask about one action at a time, without `*`".to_string()),
                None => Err(format!("{} has no action `{word}`", known.name)),
            };
        }
        if word.matches('.').count() >= 2 {
            return Ok(Permission::Google(word.to_string()));
        }
        Err(format!("`{word}` is no permission"))
    }

    /// Whether a word can only be a verb of Kubernetes.
    pub fn is_verb(word: &str) -> bool {
        VERBS.contains(&word)
    }

    /// `secrets`, or `deployments.apps` with its group.
    pub fn kubernetes(verb: &str, resource: &str) -> Permission {
        let plain = resource.split('/').next().unwrap_or(resource);
        let (resource, group) = match resource.split_once('.') {
            Some((resource, group)) => (resource, group),
            None => {
                let known = GROUPS.iter().find(|(_, resources)| resources.contains(&plain));
                (resource, known.map_or("", |(group, _)| group))
            }
        };
        Permission::Kubernetes {
            verb: verb.to_string(),
            resource: resource.to_string(),
            group: group.to_string(),
        }
    }

    /// What types of its resources begin with.
    pub fn provider(&self) -> &'static str {
        match self {
            Permission::Aws(_) => "aws_",
            Permission::Google(_) => "google_",
            Permission::Azure(_) => "azure",
            Permission::Kubernetes { .. } => "kubernetes_",
        }
    }

    pub fn name(&self) -> String {
        match self {
            Permission::Aws(name) | Permission::Google(name) | Permission::Azure(name) => name.clone(),
            Permission::Kubernetes { verb, resource, group } if group.is_empty() => {
                format!("{verb} {resource}")
            }
            Permission::Kubernetes { verb, resource, group } => format!("{verb} {resource}.{group}"),
        }
    }
}
