use super::azure::{APPLICATION, REGISTRATION, SERVICE_PRINCIPAL};
use super::google::SERVICE_ACCOUNT;
use super::kinds::identity;
use crate::eval::{Resource, ResourceMode};
use crate::identity::{Model, Naming};

/// What the code tells of the name of an identity.
pub(super) fn naming(model: &Model, resource: &Resource) -> Naming {
    let written = |name: &str| resource.body.value(name);
    let by = |name: &str| written(name).map_or(Naming::Unknown, Naming::written);
    match &*resource.kind {
        SERVICE_ACCOUNT => return by("account_id"),
        APPLICATION | REGISTRATION => return by("display_name"),
        SERVICE_PRINCIPAL => return of_principal(model, resource),
        _ => {}
    }
    if let Some(name) = written("name") {
        return Naming::written(name);
    }
    match written("name_prefix") {
        Some(prefix) => prefix.as_str().map_or(Naming::Unknown, Naming::begins),
        // Source: Terraform Registry, `aws_iam_role`: without a name, Terraform assigns one.
        None => Naming::begins("terraform-"),
    }
}

/// It is called as its application is, and is known by the client id of that.
fn of_principal(model: &Model, resource: &Resource) -> Naming {
    let client = ["client_id", "application_id"].into_iter().find_map(|name| resource.body.value(name));
    let Some(client) = client else { return Naming::Unknown };
    if let Some(id) = client.as_str() {
        return Naming::Exact(id.to_owned());
    }
    let refs = client.deep_refs();
    let mut sources = refs.iter().map(|reference| model.resource(reference.resource));
    match (sources.next(), sources.next()) {
        (Some(one), None)
            if one.mode == ResourceMode::Managed && identity(&one.kind) == Some(APPLICATION) =>
        {
            naming(model, one)
        }
        _ => Naming::Unknown,
    }
}
