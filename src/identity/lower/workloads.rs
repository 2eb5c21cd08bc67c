use super::kubernetes_objects::{self, Object};
use super::{Context, environment, subjects};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::facts::{self, CLIENT_ID, place_kind};
use crate::identity::literals::leaves;
use crate::identity::model::{Model, PlaceKind, Subject, Workload};

pub(super) fn lower(model: &mut Model, cx: &Context<'_>) {
    let mut found: Vec<Workload> = Vec::new();
    for resource in model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed) {
        for path in facts::runs_as(&resource.kind) {
            for (path, value) in resource.body.at_path(path) {
                found.extend(workloads(model, resource, &resource.kind, &path, &value, cx));
            }
        }
        for object in kubernetes_objects::of(resource) {
            found.extend(of_object(model, &object, cx));
        }
        if matches!(facts::provider(&resource.kind), "azurerm" | "kubernetes") {
            found.extend(of_setting(model, resource, cx));
        }
        if &*resource.kind == "helm_release" {
            found.extend(of_chart(model, resource, cx));
        }
    }
    model.workloads = found;
}

fn workloads(
    model: &Model,
    resource: &Resource,
    kind: &str,
    path: &str,
    value: &Value,
    cx: &Context<'_>,
) -> Vec<Workload> {
    let provider = facts::account_annotation(path).map_or(kind, |annotation| annotation.names);
    let subjects = subjects::of(model, value, provider).into_iter();
    // A document or setting that holds more than a role names one only by reference.
    let vague = matches!(path, "container_properties" | "setting.value");
    let named = subjects.filter(|subject| !vague || matches!(subject, Subject::Identity(_)));
    named
        .map(|runs_as| Workload {
            resource: resource.id,
            address: resource.address.clone(),
            kind: kind.to_string(),
            runs_as,
            attribute: path.to_string(),
            span: value.meta.span.unwrap_or_else(|| resource.header()),
            environment: environment(model, resource, cx),
        })
        .collect()
}

/// What a manifest runs as, and which identity of a cloud a service account stands for.
fn of_object(model: &Model, object: &Object<'_>, cx: &Context<'_>) -> Vec<Workload> {
    let mut found = Vec::new();
    if object.in_manifest {
        for path in facts::runs_as(object.kind) {
            for (path, value) in object.body.at_path(path) {
                found.extend(workloads(model, object.resource, object.kind, &path, &value, cx));
            }
        }
    }
    if object.kind != "kubernetes_service_account" {
        return found;
    }
    for metadata in object.body.blocks("metadata") {
        let annotations = metadata.value("annotations").and_then(Value::entries);
        for (key, value) in annotations.into_iter().flatten() {
            let path = format!("metadata.annotations.{key}");
            if facts::account_annotation(&path).is_some() {
                found.extend(workloads(model, object.resource, object.kind, &path, value, cx));
            }
        }
    }
    found
}

/// The client id in the environment of a workload. A slot is the same application, and of a pod with a service
/// account it is that account that stands for the identity.
fn of_setting(model: &Model, resource: &Resource, cx: &Context<'_>) -> Vec<Workload> {
    let mut found = Vec::new();
    let paths = facts::runs_as(&resource.kind).iter();
    let accounts = paths.filter(|path| path.ends_with("service_account_name"));
    if resource.kind.ends_with("_slot")
        || accounts.flat_map(|path| resource.body.at_path(path)).next().is_some()
    {
        return found;
    }
    leaves::each(&resource.body, &mut |leaf| {
        if leaf.name == CLIENT_ID && place_kind(&resource.kind, leaf.full) == PlaceKind::WorkloadEnv {
            let path = format!("{}.{CLIENT_ID}", leaf.path);
            found.extend(workloads(model, resource, &resource.kind, &path, leaf.value, cx));
        }
    });
    found
}

/// Charts make service accounts, too: `serviceAccount.annotations.eks\\.amazonaws\\.com/role-arn`.
fn of_chart(model: &Model, resource: &Resource, cx: &Context<'_>) -> Vec<Workload> {
    let mut found = Vec::new();
    for set in resource.body.blocks("set") {
        let (Some(name), Some(value)) = (set.text("name"), set.value("value")) else { continue };
        let path = format!("set.{}", name.replace('\\', ""));
        if facts::account_annotation(&path).is_some() {
            found.extend(workloads(model, resource, &resource.kind, &path, value, cx));
        }
    }
    found
}
