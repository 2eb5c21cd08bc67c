//! Kubernetes: role bindings. Objects are known by kind, namespace and name, or by reference.

use super::kubernetes_objects::{self, Object};
use super::subjects;
use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::iam::kubernetes::Rule;
use crate::identity::model::{Grant, Model, Policy, Subject};
use crate::identity::policy::{KubernetesRules, Tag, kubernetes_rules};
use std::collections::HashMap;

pub(super) fn lower(model: &mut Model) {
    let objects = kubernetes_objects::all(model);
    let roles = Roles::of(&objects);
    let mut grants: Vec<Grant> = objects.iter().filter_map(|object| binding(model, object, &roles)).collect();
    let managed = model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    let associations = managed.filter(|resource| &*resource.kind == "aws_eks_access_policy_association");
    grants.extend(associations.filter_map(|resource| access_policy(model, resource)));
    grants.sort_by_key(|grant| grant.resource);
    model.grants.extend(grants);
}

fn binding(model: &Model, object: &Object<'_>, roles: &Roles<'_>) -> Option<Grant> {
    let cluster_wide = match object.kind {
        "kubernetes_cluster_role_binding" => true,
        "kubernetes_role_binding" => false,
        _ => return None,
    };
    let resource = object.resource;
    let role = object.body.block("role_ref")?;
    let span = role.value("name").and_then(|name| name.meta.span).unwrap_or_else(|| resource.header());
    let rules = roles.rules(&role, span);
    let subjects = object.body.blocks("subject").iter().map(|block| subject(model, block)).collect();
    let policy = Policy::Kubernetes { rules, cluster_wide };
    let attribute = match object.in_manifest {
        true => "roleRef.name",
        false => "role_ref.name",
    };
    Some(Grant { resource: resource.id, subjects, policy, span, attribute: attribute.to_string() })
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

/// Roles that are declared here, by their resource and by their name.
#[derive(Default)]
struct Roles<'m> {
    by_resource: HashMap<(&'static str, ResourceId), &'m BlockValue>,
    by_name: HashMap<(&'static str, String), &'m BlockValue>,
    /// All of the whole cluster.
    cluster: Vec<&'m BlockValue>,
}

impl<'m> Roles<'m> {
    fn of(objects: &'m [Object<'_>]) -> Self {
        let mut roles = Roles::default();
        let is_role =
            |object: &&Object<'_>| matches!(object.kind, "kubernetes_role" | "kubernetes_cluster_role");
        for object in objects.iter().filter(is_role) {
            let body: &BlockValue = &object.body;
            if object.kind == "kubernetes_cluster_role" {
                roles.cluster.push(body);
            }
            roles.by_resource.entry((object.kind, object.resource.id)).or_insert(body);
            if let Some(name) = body.block("metadata").as_ref().and_then(|meta| meta.text("name")) {
                roles.by_name.entry((object.kind, name.to_string())).or_insert(body);
            }
        }
        roles
    }

    fn rules(&self, role: &BlockValue, span: crate::source::Span) -> KubernetesRules {
        let Some(name) = role.value("name") else { return KubernetesRules::Unknown };
        let kind = match role.text("kind") {
            Some("Role") => "kubernetes_role",
            _ => "kubernetes_cluster_role",
        };
        let referred = name.deep_refs();
        let by_reference =
            referred.iter().find_map(|reference| self.by_resource.get(&(kind, reference.resource)));
        let by_name = || self.by_name.get(&(kind, name.as_str()?.to_string()));
        match (by_reference.or_else(by_name), name.as_str()) {
            (Some(body), _) => KubernetesRules::Rules(self.with_aggregated(body)),
            (None, Some(text)) => KubernetesRules::BuiltIn(text.to_string(), span),
            (None, None) => KubernetesRules::Unknown,
        }
    }

    /// The rules of a role, and those of the roles that its selectors take in.
    /// Source: Kubernetes documentation, "Using RBAC Authorization", aggregated ClusterRoles.
    fn with_aggregated(&self, role: &BlockValue) -> Vec<Rule<Tag>> {
        let mut rules = kubernetes_rules(role);
        let selectors = role.block("aggregation_rule").map(|it| it.blocks("cluster_role_selectors"));
        let selectors = selectors.unwrap_or_default();
        if selectors.is_empty() {
            return rules;
        }
        for other in self.cluster.iter().filter(|other| !std::ptr::eq(**other, role)) {
            let metadata = other.block("metadata");
            let Some(labels) = metadata.as_ref().and_then(|it| it.value("labels")) else { continue };
            if selectors.iter().any(|selector| selects(selector, labels)) {
                rules.extend(kubernetes_rules(other));
            }
        }
        rules
    }
}

fn selects(selector: &BlockValue, labels: &Value) -> bool {
    let Some(wanted) = selector.value("match_labels").and_then(Value::entries) else { return false };
    let has = |key: &str, value: &Value| {
        value.as_str().is_some() && labels.get(key).and_then(Value::as_str) == value.as_str()
    };
    !wanted.is_empty() && wanted.iter().all(|(key, value)| has(key, value))
}

fn subject(model: &Model, block: &BlockValue) -> Subject {
    let Some(name) = block.value("name") else { return Subject::Unknown };
    match block.text("kind") {
        Some("ServiceAccount") => {
            let found = subjects::of(model, name, "kubernetes_role_binding");
            let found = found.into_iter().next().unwrap_or(Subject::Unknown);
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
