//! Google Cloud: bindings of roles to members, on any resource.

use super::identities::shown;
use super::subjects;
use crate::eval::ResourceMode;
use crate::eval::value::{ResourceId, Value};
use crate::identity::model::{GoogleRole, Grant, Model, Policy};
use crate::identity::policy::{google_level, google_members};
use std::collections::HashMap;

pub(super) fn lower(model: &mut Model) {
    let custom = custom_roles(model);
    let mut grants = Vec::new();
    for resource in model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed) {
        let Some(level) = google_level(&resource.kind) else { continue };
        for (role, members) in google_members(&resource.body) {
            let subjects: Vec<_> =
                members.iter().flat_map(|member| subjects::of(model, member, &resource.kind)).collect();
            let policy = match role_of(model, &custom, &role) {
                Some(role) => Policy::Google { role, level },
                None => Policy::Unknown,
            };
            let attribute = if resource.body.attr("role").is_some() { "role" } else { "policy_data" };
            let span = role.meta.span.unwrap_or_else(|| resource.header());
            grants.push(Grant {
                resource: resource.id,
                subjects,
                policy,
                span,
                attribute: attribute.to_string(),
            });
        }
    }
    model.grants.extend(grants);
}

/// Custom roles by the last part of their names.
type CustomRoles = HashMap<String, ResourceId>;

fn custom_roles(model: &Model) -> CustomRoles {
    let managed = model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    let roles = managed.filter(|resource| {
        matches!(&*resource.kind, "google_project_iam_custom_role" | "google_organization_iam_custom_role")
    });
    roles.filter_map(|role| Some((role.body.text("role_id")?.to_string(), role.id))).collect()
}

fn role_of(model: &Model, custom: &CustomRoles, role: &Value) -> Option<GoogleRole> {
    let text = shown(role);
    let referred = || {
        let refs = role.deep_refs();
        let mut ids = refs.iter().map(|reference| reference.resource);
        ids.find(|id: &ResourceId| model.resource(*id).kind.ends_with("_iam_custom_role"))
    };
    let by_name = || custom.get(text.as_deref()?.rsplit_once("/roles/")?.1).copied();
    let Some(custom) = referred().or_else(by_name) else {
        return role.as_str().map(|name| GoogleRole::Named(name.to_string()));
    };
    let listed = model.resource(custom).body.value("permissions")?;
    let permissions = listed.as_slice().iter().filter_map(|item| item.as_str().map(str::to_string)).collect();
    Some(GoogleRole::Custom { resource: custom, permissions })
}
