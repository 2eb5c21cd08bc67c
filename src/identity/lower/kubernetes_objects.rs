//! Kubernetes objects, whether they are written as resources of their own type or as manifests.

use crate::eval::functions::decode_yaml;
use crate::eval::value::{Kind, Str, Value};
use crate::eval::{Attr, BlockValue, Resource, ResourceMode};
use crate::identity::model::Model;
use crate::source::Span;
use std::borrow::Cow;

/// An object, its body as the resource of its own type would have it.
pub(super) struct Object<'m> {
    pub resource: &'m Resource,
    /// Resource type without version: `kubernetes_role_binding`.
    pub kind: &'static str,
    pub body: Cow<'m, BlockValue>,
    pub in_manifest: bool,
}

/// Kinds of manifests, and the resource types that make the same object.
const KINDS: [(&str, &str); 12] = [
    ("ServiceAccount", "kubernetes_service_account"),
    ("Role", "kubernetes_role"),
    ("ClusterRole", "kubernetes_cluster_role"),
    ("RoleBinding", "kubernetes_role_binding"),
    ("ClusterRoleBinding", "kubernetes_cluster_role_binding"),
    ("Pod", "kubernetes_pod"),
    ("Deployment", "kubernetes_deployment"),
    ("ReplicaSet", "kubernetes_replica_set"),
    ("StatefulSet", "kubernetes_stateful_set"),
    ("DaemonSet", "kubernetes_daemonset"),
    ("Job", "kubernetes_job"),
    ("CronJob", "kubernetes_cron_job"),
];

/// Maps whose keys are the user's own.
const FREE: [&str; 4] = ["labels", "annotations", "data", "match_labels"];

/// All objects of a root module, in the order of their resources.
pub(super) fn all(model: &Model) -> Vec<Object<'_>> {
    let managed = model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    managed.flat_map(of).collect()
}

/// The objects that one resource makes; none for those that are of no Kubernetes type.
pub(super) fn of(resource: &Resource) -> Vec<Object<'_>> {
    match &*resource.kind {
        "kubernetes_manifest" => {
            let manifest = resource.body.attr("manifest");
            let objects = manifest.and_then(|attr| object(resource, &attr.value, attr, None));
            objects.into_iter().collect()
        }
        "kubectl_manifest" => {
            let Some(attr) = resource.body.attr("yaml_body") else { return Vec::new() };
            let documents = decode_yaml(&attr.value);
            let objects = documents.iter();
            objects.filter_map(|one| object(resource, &one.value, attr, one.text.as_ref())).collect()
        }
        kind => {
            let kind = kind.strip_suffix("_v1").unwrap_or(kind);
            let known = KINDS.iter().find(|(_, known)| *known == kind);
            let object = known.map(|(_, kind)| Object {
                resource,
                kind,
                body: Cow::Borrowed(&resource.body),
                in_manifest: false,
            });
            object.into_iter().collect()
        }
    }
}

/// `text` is that of the document, when it is text.
fn object<'m>(resource: &'m Resource, value: &Value, attr: &Attr, text: Option<&Str>) -> Option<Object<'m>> {
    let called = value.get("kind")?.as_str()?;
    let (_, kind) = KINDS.iter().find(|(known, _)| *known == called)?;
    let mut body =
        BlockValue { header: resource.body.header, span: resource.body.span, ..Default::default() };
    for (name, value) in value.entries()? {
        let name = match &**name {
            "subjects" => "subject".to_string(),
            "rules" => "rule".to_string(),
            name => snake(name),
        };
        let mut value = typed(value);
        if let (Some(text), "role_ref") = (text, name.as_str()) {
            value = located(value, text, "roleRef");
        }
        let attr = Attr { value, ..attr.clone() };
        body.attributes.insert(name.as_str().into(), attr);
    }
    Some(Object { resource, kind, body: Cow::Owned(body), in_manifest: true })
}

/// The value with the names that the provider gives to fields.
fn typed(value: &Value) -> Value {
    let kind = match &value.kind {
        Kind::List(kind, list) => Value::list(*kind, list.items.iter().map(typed).collect()).kind,
        Kind::Map(kind, map) => {
            let entries = map.entries.iter().map(|(key, value)| {
                let key = snake(key);
                let value = if FREE.contains(&key.as_str()) { value.clone() } else { typed(value) };
                (key.as_str().into(), value)
            });
            Value::map(*kind, entries.collect()).kind
        }
        _ => return value.clone(),
    };
    Value { kind, meta: value.meta.clone() }
}

/// `serviceAccountName` → `service_account_name`.
fn snake(name: &str) -> String {
    let mut found = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !found.is_empty() {
            found.push('_');
        }
        found.push(letter.to_ascii_lowercase());
    }
    found
}

/// A reference with its name where it is written, as far as the text of the document stands in a file.
fn located(value: Value, text: &Str, field: &str) -> Value {
    let Some(entries) = value.entries() else { return value };
    let name = entries.get("name").and_then(Value::as_str);
    let Some(span) = name.and_then(|name| written(text, field, name)) else { return value };
    let entries = entries.iter().map(|(key, value)| match &**key {
        "name" => (key.clone(), value.clone().at(span)),
        _ => (key.clone(), value.clone()),
    });
    Value { kind: Value::object(entries).kind, meta: value.meta.clone() }
}

/// Where a word stands behind the name of a field.
fn written(text: &Str, field: &str, word: &str) -> Option<Span> {
    let all = text.as_str();
    let field = all.find(field)?;
    let start = field + all.get(field..)?.find(word)?;
    let span = text.span_of(start, start + word.len())?;
    // Where escapes make the lengths differ it is not known.
    (span.len() == word.len()).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_the_provider_does() {
        assert_eq!(snake("serviceAccountName"), "service_account_name");
        assert_eq!(snake("metadata"), "metadata");
    }
}
