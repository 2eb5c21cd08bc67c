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
                subjects.push(match (model.identity_of(resource.id), model.credential_of(resource.id)) {
                    (Some(identity), _) => Subject::Identity(identity.id),
                    _ => Subject::Resource(resource.id),
                });
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
    model.grants.extend(grants);
}

fn carries(resource: &Resource, policy: &Resource, name: Option<&str>) -> bool {
    let listed = LISTS.iter().filter_map(|list| resource.body.value(list)).flat_map(Value::as_slice);
    let mut listed = listed.filter(|item| !item.is_null());
    listed.any(|item| {
        item.deep_refs().iter().any(|reference| reference.resource == policy.id)
            || name.is_some_and(|name| item.as_str() == Some(name))
    })
}
