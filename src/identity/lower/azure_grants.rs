//! Azure: role assignments.

use super::subjects;
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::iam::Syntax;
use crate::iam::azure::Scope;
use crate::identity::model::{AzureRole, Grant, Model, Policy, Subject};
use crate::identity::policy::{azure_permissions, pattern};

pub(super) fn lower(model: &mut Model) {
    let mut grants = Vec::new();
    for resource in model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed) {
        if !matches!(
            &*resource.kind,
            "azurerm_role_assignment"
                | "azurerm_pim_active_role_assignment"
                | "azurerm_pim_eligible_role_assignment"
        ) {
            continue;
        }
        let named = resource.body.attr("role_definition_name").filter(|attr| !attr.value.is_null());
        let Some(attr) = named.or_else(|| resource.body.attr("role_definition_id")) else { continue };
        let attribute = if named.is_some() { "role_definition_name" } else { "role_definition_id" };
        let subjects = match resource.body.value("principal_id") {
            Some(principal) => subjects::of(model, principal, &resource.kind),
            None => vec![Subject::Unknown],
        };
        let policy = match role(model, &attr.value) {
            Some(role) => {
                let (scope, scope_pattern) = scope(model, resource);
                Policy::Azure { role, scope, scope_pattern }
            }
            None => Policy::Unknown,
        };
        let span = attr.value.meta.span.unwrap_or(attr.expr_span);
        grants.push(Grant {
            resource: resource.id,
            subjects,
            policy,
            span,
            attribute: attribute.to_string(),
        });
    }
    model.grants.extend(grants);
}

fn role(model: &Model, value: &Value) -> Option<AzureRole> {
    if let Some(name) = value.as_str() {
        return Some(AzureRole::Named(name.to_string()));
    }
    for reference in value.deep_refs().iter() {
        let resource = model.resource(reference.resource);
        if &*resource.kind != "azurerm_role_definition" {
            continue;
        }
        match resource.mode {
            ResourceMode::Managed => {
                let permissions = azure_permissions(&resource.body);
                return Some(AzureRole::Custom { resource: resource.id, permissions });
            }
            // A data source looks a built-in role up by its name.
            _ => return resource.body.text("name").map(|name| AzureRole::Named(name.to_string())),
        }
    }
    None
}

fn scope(model: &Model, resource: &Resource) -> (Scope, crate::iam::Pattern) {
    let Some(value) = resource.body.value("scope") else {
        return (Scope::Unknown, crate::iam::Pattern::unknown());
    };
    let pattern = pattern(value, Syntax::Literal);
    let by_text = Scope::of(&pattern);
    if by_text != Scope::Unknown {
        return (by_text, pattern);
    }
    let referred = value.deep_refs().iter().find_map(|reference| {
        let target = model.resource(reference.resource);
        Some(match &*target.kind {
            "azurerm_subscription" | "azurerm_subscriptions" => Scope::Subscription,
            "azurerm_management_group" => Scope::ManagementGroup,
            "azurerm_resource_group" => Scope::ResourceGroup,
            kind if kind.starts_with("azurerm_") && kind != "azurerm_client_config" => Scope::Resource,
            _ => return None,
        })
    });
    (referred.unwrap_or(Scope::Unknown), pattern)
}
