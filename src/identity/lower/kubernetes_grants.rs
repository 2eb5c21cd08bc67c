//! Kubernetes: role bindings. Objects are known by kind, namespace and name, or by reference.

use super::subjects;
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::iam::kubernetes::Rule;
use crate::identity::model::{Grant, Model, Policy, Subject};
use crate::identity::policy::{KubernetesRules, Tag, kubernetes_rules};

pub(super) fn lower(model: &mut Model) {
    let mut grants = Vec::new();
    for resource in model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed) {
        let cluster_wide = match resource.kind.trim_end_matches("_v1") {
            "kubernetes_cluster_role_binding" => true,
            "kubernetes_role_binding" => false,
            "aws_eks_access_policy_association" => {
                grants.extend(access_policy(model, resource));
                continue;
            }
            _ => continue,
        };
        let Some(role) = resource.body.block("role_ref") else { continue };
        let span = role.value("name").and_then(|name| name.meta.span).unwrap_or_else(|| resource.header());
        let rules = rules(model, &role, span);
        let subjects =
            resource.body.blocks("subject").iter().map(|block| subject(model, resource, block)).collect();
        let policy = Policy::Kubernetes { rules, cluster_wide };
        grants.push(Grant {
            resource: resource.id,
            subjects,
            policy,
            span,
            attribute: "role_ref.name".to_string(),
        });
    }
    model.grants.extend(grants);
}

/// EKS maps its access policies to what the roles of the same names allow.
/// Source: Amazon EKS User Guide, "Review access policy permissions".
fn access_policy(model: &Model, resource: &Resource) -> Option<Grant> {
    let attr = resource.body.attr("policy_arn")?;
    let span = attr.value.meta.span.unwrap_or(attr.expr_span);
    let name = crate::identity::policy::pattern(&attr.value, crate::iam::Syntax::Literal).to_string();
    let role = match name.rsplit('/').next()? {
        "AmazonEKSClusterAdminPolicy" => "cluster-admin",
        "AmazonEKSAdminPolicy" => "admin",
        "AmazonEKSEditPolicy" => "edit",
        "AmazonEKSViewPolicy" => "view",
        _ => return None,
    };
    let scope = resource.body.block("access_scope");
    let cluster_wide = scope.is_some_and(|scope| scope.text("type") == Some("cluster"));
    let subjects = match resource.body.value("principal_arn") {
        Some(principal) => subjects::of(model, principal, &resource.kind),
        None => vec![Subject::Unknown],
    };
    let rules = KubernetesRules::BuiltIn(role.to_string(), span);
    let policy = Policy::Kubernetes { rules, cluster_wide };
    Some(Grant { resource: resource.id, subjects, policy, span, attribute: "policy_arn".to_string() })
}

fn rules(model: &Model, role: &BlockValue, span: crate::source::Span) -> KubernetesRules {
    let Some(name) = role.value("name") else { return KubernetesRules::Unknown };
    let wanted = role.text("kind").unwrap_or("ClusterRole");
    let is_role = |resource: &&Resource| {
        let kind = resource.kind.trim_end_matches("_v1");
        kind == if wanted == "Role" { "kubernetes_role" } else { "kubernetes_cluster_role" }
    };
    let referred = name.deep_refs();
    let by_reference = referred.iter().map(|reference| model.resource(reference.resource)).find(is_role);
    let by_name = || {
        let text = name.as_str()?;
        let mut named = model.project.resources.iter().filter(is_role);
        named.find(|resource| {
            resource.body.block("metadata").is_some_and(|meta| meta.text("name") == Some(text))
        })
    };
    match by_reference.or_else(by_name) {
        Some(resource) => KubernetesRules::Rules(with_aggregated(model, resource)),
        None => match name.as_str() {
            Some(text) => KubernetesRules::BuiltIn(text.to_string(), span),
            None => KubernetesRules::Unknown,
        },
    }
}

/// The rules of a role, and those of the roles that its selectors take in.
/// Source: Kubernetes documentation, "Using RBAC Authorization", aggregated ClusterRoles.
fn with_aggregated(model: &Model, role: &Resource) -> Vec<Rule<Tag>> {
    let mut rules = kubernetes_rules(&role.body);
    let selectors = role.body.block("aggregation_rule").map(|it| it.blocks("cluster_role_selectors"));
    let selectors = selectors.unwrap_or_default();
    if selectors.is_empty() {
        return rules;
    }
    let others = model.project.resources.iter().filter(|it| {
        it.mode == ResourceMode::Managed && it.kind.starts_with("kubernetes_cluster_role") && it.id != role.id
    });
    for other in others.filter(|it| matches!(it.kind.trim_end_matches("_v1"), "kubernetes_cluster_role")) {
        let metadata = other.body.block("metadata");
        let Some(labels) = metadata.as_ref().and_then(|it| it.value("labels")) else { continue };
        if selectors.iter().any(|selector| selects(selector, labels)) {
            rules.extend(kubernetes_rules(&other.body));
        }
    }
    rules
}

fn selects(selector: &BlockValue, labels: &Value) -> bool {
    let Some(wanted) = selector.value("match_labels").and_then(Value::entries) else { return false };
    let has = |key: &str, value: &Value| {
        value.as_str().is_some() && labels.get(key).and_then(Value::as_str) == value.as_str()
    };
    !wanted.is_empty() && wanted.iter().all(|(key, value)| has(key, value))
}

fn subject(model: &Model, resource: &Resource, block: &BlockValue) -> Subject {
    let Some(name) = block.value("name") else { return Subject::Unknown };
    match block.text("kind") {
        Some("ServiceAccount") => {
            let found =
                subjects::of(model, name, &resource.kind).into_iter().next().unwrap_or(Subject::Unknown);
            match (found, block.value("namespace").and_then(Value::as_str)) {
                (Subject::External(name), Some(namespace)) => {
                    Subject::External(format!("service account {namespace}/{name}"))
                }
                (found, _) => found,
            }
        }
        Some(kind) => match name.as_str() {
            Some(name) => Subject::External(format!("{} {name}", kind.to_lowercase())),
            None => Subject::Unknown,
        },
        None => Subject::Unknown,
    }
}
