//! Vault: policies by name, and the roles and tokens that carry them.

use super::identities::shown;
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::iam::vault;
use crate::identity::model::{Grant, Model, Policy, Subject};
use crate::identity::policy::vault_text;

/// Attributes that list policy names.
const LISTS: [&str; 4] = ["token_policies", "policies", "allowed_policies", "identity_policies"];

pub(super) fn lower(model: &mut Model) {
    let managed = || model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    let mut grants = Vec::new();
    for policy in managed().filter(|resource| &*resource.kind == "vault_policy") {
        let Some(attr) = policy.body.attr("policy") else { continue };
        let name = policy.body.value("name").and_then(shown);
        let mut subjects = Vec::new();
        for resource in managed().filter(|resource| resource.kind.starts_with("vault_")) {
            if carries(resource, policy, name.as_deref()) {
                subjects.push(subject(model, resource));
            }
        }
        grants.push(Grant {
            resource: policy.id,
            subjects,
            policy: Policy::Vault(vault::parse(&vault_text(&attr.value))),
            span: attr.expr_span,
            attribute: "policy".to_string(),
        });
    }
    for resource in managed().filter(|resource| resource.kind.starts_with("vault_")) {
        grants.extend(root(model, resource));
    }
    model.grants.extend(grants);
}

/// The policy `root` is built in and cannot be changed: everything, with `sudo`.
/// Source: HashiCorp Vault documentation, "Policies", built-in policies.
fn root(model: &Model, resource: &Resource) -> Option<Grant> {
    let (list, item) = LISTS.iter().find_map(|list| {
        let values = resource.body.value(list)?.as_slice();
        Some((*list, values.iter().find(|item| item.as_str() == Some("root"))?))
    })?;
    let attr = resource.body.attr(list)?;
    let all = ["create", "read", "update", "patch", "delete", "list", "sudo"].map(str::to_string);
    Some(Grant {
        resource: resource.id,
        subjects: vec![subject(model, resource)],
        policy: Policy::Vault(vec![vault::Grant::new("*", all)]),
        span: item.meta.span.unwrap_or(attr.expr_span),
        attribute: list.to_string(),
    })
}

fn subject(model: &Model, resource: &Resource) -> Subject {
    match model.identity_of(resource.id) {
        Some(identity) => Subject::Identity(identity.id),
        None => Subject::Resource(resource.id),
    }
}

fn carries(resource: &Resource, policy: &Resource, name: Option<&str>) -> bool {
    let listed = LISTS.iter().filter_map(|list| resource.body.value(list)).flat_map(Value::as_slice);
    let mut listed = listed.filter(|item| !item.is_null());
    listed.any(|item| {
        item.deep_refs().iter().any(|reference| reference.resource == policy.id)
            || name.is_some_and(|name| item.as_str() == Some(name))
    })
}
