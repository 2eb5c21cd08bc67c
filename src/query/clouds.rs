//! Roles of Google Cloud, Azure and Kubernetes: whether one that somebody was granted has a permission.

use super::own::Own;
use super::target::Target;
use super::{Ground, Permission};
use crate::eval::value::ResourceId;
use crate::iam::azure::Scope;
use crate::iam::{Tri, azure, gcp, kubernetes};
use crate::identity::policy::KubernetesRules;
use crate::identity::{AzureRole, GoogleRole, Grant, Model, Policy};

pub(super) fn own(model: &Model, grants: &[usize], permission: &Permission, target: &Target) -> Own {
    let mut best = Own::no();
    for grant in grants.iter().map(|index| &model.grants[*index]) {
        let found = match (permission, &grant.policy) {
            (Permission::Google(name), Policy::Google { role, level }) => {
                google(model, grant, name, role, *level, target)
            }
            (Permission::Azure(name), Policy::Azure { role, scope, .. }) => {
                azure(model, grant, name, role, *scope, target)
            }
            (
                Permission::Kubernetes { verb, resource, group },
                Policy::Kubernetes { rules, cluster_wide },
            ) => {
                let mut own = by_rules(rules, verb, resource, group, grant);
                if own.answer.is_possible() && !cluster_wide {
                    own.caveats.push("within its namespace".to_string());
                }
                own
            }
            _ => continue,
        };
        if found.answer > best.answer {
            best = found;
        }
    }
    best
}

fn granted(answer: Tri, grant: &Grant, role: &str) -> Own {
    if answer.is_no() {
        return Own::no();
    }
    Own {
        answer,
        grounds: vec![Ground { text: format!("allowed by `{role}`"), span: grant.span }],
        caveats: Vec::new(),
    }
}

/// Whether a grant on this resource, or on what contains it, is about the target.
fn reaches(model: &Model, grant: &Grant, wide: bool, target: &Target) -> Tri {
    match target {
        Target::Anything => Tri::Yes,
        _ if wide => Tri::Yes,
        Target::Arn(_) => Tri::Maybe,
        Target::Resource(id) => refers(model, grant.resource, *id).into(),
    }
}

fn refers(model: &Model, from: ResourceId, to: ResourceId) -> bool {
    let attributes = model.resource(from).body.attributes.values();
    attributes.into_iter().any(|attr| attr.value.deep_refs().iter().any(|reference| reference.resource == to))
}

/// A condition narrows a grant to what is not computed here.
fn narrowed(model: &Model, grant: &Grant, own: &mut Own) {
    let body = &model.resource(grant.resource).body;
    let has_text = body.value("condition").is_some_and(|value| value.as_str() != Some(""));
    if own.answer.is_possible() && (body.block("condition").is_some() || has_text) {
        own.answer = Tri::Maybe;
        own.caveats.push("under the condition of the grant".to_string());
    }
}

fn google(
    model: &Model,
    grant: &Grant,
    permission: &str,
    role: &GoogleRole,
    level: gcp::Level,
    target: &Target,
) -> Own {
    let (has, name): (Tri, &str) = match role {
        GoogleRole::Named(name) => match gcp::role(name) {
            Some(role) => (role.has(permission).into(), name),
            None => (Tri::Maybe, name),
        },
        GoogleRole::Custom { resource, permissions } => {
            (permissions.iter().any(|it| it == permission).into(), &model.resource(*resource).address)
        }
    };
    let about = reaches(model, grant, level > gcp::Level::Resource, target);
    let mut own = granted(has.and(about), grant, name);
    narrowed(model, grant, &mut own);
    own
}

fn azure(
    model: &Model,
    grant: &Grant,
    permission: &str,
    role: &AzureRole,
    scope: Scope,
    target: &Target,
) -> Own {
    let (name, blocks) = match role {
        AzureRole::Named(name) => match azure::role(name) {
            Some(known) => (known.name.to_string(), known.permissions()),
            None => return granted(Tri::Maybe, grant, name),
        },
        AzureRole::Custom { resource, permissions } => {
            (model.resource(*resource).address.clone(), permissions.clone())
        }
    };
    let answers = blocks.iter().map(|block| {
        let allowed = block.allows(permission).or(block.allows_data(permission));
        if block.conditional { allowed.and(Tri::Maybe) } else { allowed }
    });
    let about = reaches(model, grant, scope.is_wide(), target);
    let mut own = granted(Tri::any(answers).and(about), grant, &name);
    narrowed(model, grant, &mut own);
    own
}

fn by_rules(rules: &KubernetesRules, verb: &str, resource: &str, group: &str, grant: &Grant) -> Own {
    match rules {
        KubernetesRules::Rules(rules) => {
            let mut own = granted(
                kubernetes::allows(rules, group, resource, verb),
                grant,
                &format!("{verb} {resource}"),
            );
            let span = rules.iter().find_map(|rule| {
                let of = kubernetes::allows(std::slice::from_ref(rule), group, resource, verb);
                let first = rule.verbs.first()?;
                if of.is_possible() { first.at.span } else { None }
            });
            if let (Some(ground), Some(span)) = (own.grounds.first_mut(), span) {
                ground.span = span;
            }
            own
        }
        KubernetesRules::BuiltIn(name, _) => granted(built_in(name, verb, resource, group), grant, name),
        KubernetesRules::Unknown => granted(Tri::Maybe, grant, "a role that is not readable here"),
    }
}

/// The roles that every cluster has. Source: Kubernetes, "Using RBAC Authorization", User-facing roles.
fn built_in(role: &str, verb: &str, resource: &str, group: &str) -> Tri {
    let plain = resource.split('/').next().unwrap_or(resource);
    let of_cluster = ["nodes", "namespaces", "persistentvolumes"].contains(&plain);
    let rbac = group == "rbac.authorization.k8s.io";
    let reads = ["get", "list", "watch"].contains(&verb);
    let usual = ["", "apps", "batch", "networking.k8s.io"].contains(&group) && !of_cluster;
    match role {
        "cluster-admin" => Tri::Yes,
        "admin" if rbac => (plain == "roles" || plain == "rolebindings").into(),
        "admin" | "edit" if usual => Tri::Yes,
        "view" if usual => (reads && plain != "secrets").into(),
        "admin" | "edit" | "view" => Tri::No,
        _ => Tri::Maybe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_roles() {
        assert_eq!(built_in("view", "get", "secrets", ""), Tri::No);
        assert_eq!(built_in("view", "list", "pods", ""), Tri::Yes);
        assert_eq!(built_in("edit", "get", "secrets", ""), Tri::Yes);
        assert_eq!(built_in("edit", "create", "rolebindings", "rbac.authorization.k8s.io"), Tri::No);
        assert_eq!(built_in("admin", "create", "rolebindings", "rbac.authorization.k8s.io"), Tri::Yes);
        assert_eq!(built_in("system:node", "get", "secrets", ""), Tri::Maybe);
    }
}
