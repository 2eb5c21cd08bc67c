//! Entra: directory roles and Microsoft Graph permissions that software holds. Some of them lead to every other
//! privilege of the tenant.

use super::network::{Evidence, Goal, Network, Node, Power, Step};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::iam::azure::entra::{MICROSOFT_GRAPH, Privilege, Weight, directory_role, graph_permission};
use crate::identity::lower::subjects;
use crate::identity::model::{Model, Subject};
use crate::identity::privilege::Holder;
use crate::source::Span;

/// A privilege of the tenant that somebody holds or asks for.
#[derive(Clone, Debug)]
pub struct Held {
    /// The resource that says so.
    pub resource: ResourceId,
    pub attribute: &'static str,
    pub span: Span,
    pub value: Value,
    pub subject: Subject,
    pub privilege: &'static Privilege,
    pub by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A Graph permission that is granted.
    Granted,
    /// One that an application asks for; it holds once somebody consents.
    Requested,
    DirectoryRole,
}

/// All of a root module.
pub fn held(model: &Model) -> Vec<Held> {
    let mut found = Vec::new();
    for resource in model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed) {
        match &*resource.kind {
            "azuread_app_role_assignment" => found.extend(granted(model, resource)),
            "azuread_application" => found.extend(requested(model, resource)),
            "azuread_application_api_access" => found.extend(api_access(model, resource)),
            "azuread_directory_role_assignment" => {
                found.extend(role(model, resource, "role_id", "principal_object_id"));
            }
            "azuread_directory_role_member" => {
                found.extend(role(model, resource, "role_object_id", "member_object_id"));
            }
            _ => {}
        }
    }
    // What is granted is not asked for any more.
    let consented: Vec<(Subject, &str)> = found
        .iter()
        .filter(|it| it.by == By::Granted)
        .map(|it| (application(model, &it.subject), it.privilege.id.as_str()))
        .collect();
    found.retain(|it| {
        it.by != By::Requested || !consented.contains(&(it.subject.clone(), it.privilege.id.as_str()))
    });
    found
}

pub(super) fn steps(model: &Model, network: &mut Network) {
    for held in held(model) {
        let leads_on = held.privilege.weight == Weight::Critical && held.by != By::Requested;
        if !leads_on || matches!(held.subject, Subject::Unknown | Subject::None) {
            continue;
        }
        let from = network.node(Node::Holder(Holder::of(held.subject.clone())));
        let goal = Goal { power: Power::Admin, place: "the Entra tenant".to_string() };
        let to = network.node(Node::Goal(goal));
        let text =
            format!("can make itself administrator of the Entra tenant with `{}`", held.privilege.name);
        let evidence = Evidence {
            span: held.span,
            text: held.privilege.name.clone(),
            root: Some(model.resource(held.resource).span()),
            grant: None,
        };
        let step = Step { evidence: vec![evidence], unscoped: true, ..Step::is(text) };
        network.step(from, to, step);
    }
}

fn granted(model: &Model, resource: &Resource) -> Option<Held> {
    let value = resource.body.value("app_role_id")?;
    let privilege = permission(value)?;
    let principal = resource.body.value("principal_object_id");
    let subject = principal.and_then(|it| subjects::of(model, it, &resource.kind).into_iter().next());
    Some(Held {
        resource: resource.id,
        attribute: "app_role_id",
        span: value.meta.span.unwrap_or_else(|| resource.header()),
        value: value.clone(),
        subject: subject.unwrap_or(Subject::Unknown),
        privilege,
        by: By::Granted,
    })
}

fn requested(model: &Model, resource: &Resource) -> Vec<Held> {
    let apis = resource.body.blocks("required_resource_access");
    let graph = apis.iter().filter(|api| is_graph(model, api, "resource_app_id"));
    let access = graph.flat_map(|api| api.blocks("resource_access"));
    let found = access.filter(|it| it.text("type") == Some("Role")).filter_map(|it| {
        let value = it.value("id")?.clone();
        Some(Held {
            resource: resource.id,
            attribute: "required_resource_access",
            span: value.meta.span.unwrap_or_else(|| resource.header()),
            privilege: permission(&value)?,
            value,
            subject: own(model, resource),
            by: By::Requested,
        })
    });
    found.collect()
}

fn api_access(model: &Model, resource: &Resource) -> Vec<Held> {
    if !is_graph(model, &resource.body, "api_client_id") {
        return Vec::new();
    }
    let application = resource.body.value("application_id");
    let subject = application.and_then(|it| subjects::of(model, it, &resource.kind).into_iter().next());
    let listed = resource.body.value("role_ids").map(Value::as_slice).unwrap_or_default();
    let found = listed.iter().filter_map(|value| {
        Some(Held {
            resource: resource.id,
            attribute: "role_ids",
            span: value.meta.span.unwrap_or_else(|| resource.header()),
            value: value.clone(),
            subject: subject.clone().unwrap_or(Subject::Unknown),
            privilege: permission(value)?,
            by: By::Requested,
        })
    });
    found.collect()
}

fn role(model: &Model, resource: &Resource, role: &str, principal: &str) -> Option<Held> {
    let value = resource.body.value(role)?;
    let attribute = if role == "role_id" { "role_id" } else { "role_object_id" };
    let referred = || {
        let refs = value.deep_refs();
        let mut roles = refs.iter().map(|it| model.resource(it.resource));
        let role = roles.find(|it| &*it.kind == "azuread_directory_role")?;
        let name = role.body.text("template_id").or_else(|| role.body.text("display_name"))?;
        directory_role(name)
    };
    let privilege = value.as_str().and_then(directory_role).or_else(referred)?;
    let subject = resource.body.value(principal);
    let subject = subject.and_then(|it| subjects::of(model, it, &resource.kind).into_iter().next());
    Some(Held {
        resource: resource.id,
        attribute,
        span: value.meta.span.unwrap_or_else(|| resource.header()),
        value: value.clone(),
        subject: subject.unwrap_or(Subject::Unknown),
        privilege,
        by: By::DirectoryRole,
    })
}

/// A permission by its id, or by the name under which a service principal's ids are looked up.
fn permission(value: &Value) -> Option<&'static Privilege> {
    if let Some(id) = value.as_str() {
        return graph_permission(id);
    }
    let refs = value.deep_refs();
    refs.iter().find_map(|it| graph_permission(it.path.split_once("app_role_ids.")?.1))
}

/// The API is Microsoft Graph, or may be: the ids that are compared are those of Graph alone.
fn is_graph(model: &Model, block: &BlockValue, attribute: &str) -> bool {
    let Some(value) = block.value(attribute) else { return true };
    match value.as_str() {
        Some(id) => id.eq_ignore_ascii_case(MICROSOFT_GRAPH),
        None => !value.deep_refs().iter().any(|it| {
            let client = model.resource(it.resource).body.text("client_id");
            client.is_some_and(|id| !id.eq_ignore_ascii_case(MICROSOFT_GRAPH))
        }),
    }
}

fn own(model: &Model, resource: &Resource) -> Subject {
    model.identity_of(resource.id).map_or(Subject::Resource(resource.id), |it| Subject::Identity(it.id))
}

/// The application that a service principal is made from.
fn application(model: &Model, subject: &Subject) -> Subject {
    let Subject::Identity(id) = subject else { return subject.clone() };
    let principal = model.resource(model.identity(*id).resource);
    let client = principal.body.value("client_id").or_else(|| principal.body.value("application_id"));
    let refs = client.map(Value::deep_refs).unwrap_or_default();
    let found = refs.iter().find_map(|it| model.identity_of(it.resource));
    found.map_or_else(|| subject.clone(), |it| Subject::Identity(it.id))
}
