//! Google Cloud: bindings of roles to members, on any resource.

use super::subjects;
use crate::eval::ResourceMode;
use crate::eval::value::{ResourceId, Value};
use crate::identity::model::{GoogleRole, Grant, Model, Policy};
use crate::identity::policy::{google_level, google_members};

pub(super) fn lower(model: &mut Model) {
    let mut grants = Vec::new();
    for resource in model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed) {
        let Some(level) = google_level(&resource.kind) else { continue };
        for (role, members) in google_members(&resource.body) {
            let subjects: Vec<_> =
                members.iter().flat_map(|member| subjects::of(model, member, &resource.kind)).collect();
            let policy = match role_of(model, &role) {
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

fn role_of(model: &Model, role: &Value) -> Option<GoogleRole> {
    if let Some(name) = role.as_str() {
        return Some(GoogleRole::Named(name.to_string()));
    }
    let custom = role
        .deep_refs()
        .iter()
        .map(|reference| reference.resource)
        .find(|id: &ResourceId| model.resource(*id).kind.ends_with("_iam_custom_role"))?;
    let listed = model.resource(custom).body.value("permissions")?;
    let permissions = listed.as_slice().iter().filter_map(|item| item.as_str().map(str::to_string)).collect();
    Some(GoogleRole::Custom { resource: custom, permissions })
}
