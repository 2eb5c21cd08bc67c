use super::kubernetes_objects::{self, Object};
use super::{Context, environment, known, owners};
use crate::eval::value::{Part, Value};
use crate::eval::{Resource, ResourceMode};
use crate::identity::facts::{self, Kind, TypeFacts};
use crate::identity::model::{Identity, IdentityId, Model, State};
use crate::identity::policy::{AwsDocument, document_of};

pub(super) fn lower(model: &mut Model, cx: &Context<'_>) {
    let mut found = Vec::new();
    for (resource, facts) in known(model).filter(|(_, facts)| facts.kind == Kind::Identity) {
        found.push(identity(model, resource, facts, IdentityId(found.len()), cx));
    }
    // A resource stands for one identity, so of several accounts in one manifest the first counts.
    for object in model.project.resources.iter().filter_map(account) {
        let facts = facts::of(object.kind).expect("invariant: the tables know service accounts");
        let as_typed = Resource {
            id: object.resource.id,
            address: object.resource.address.clone(),
            mode: object.resource.mode,
            kind: object.kind.into(),
            name: object.resource.name.clone(),
            key: object.resource.key.clone(),
            is_certain: object.resource.is_certain,
            module: object.resource.module,
            body: object.body.into_owned(),
            computed: Default::default(),
            memo: None,
            provider: object.resource.provider,
            lifecycle: object.resource.lifecycle.clone(),
        };
        found.push(identity(model, &as_typed, facts, IdentityId(found.len()), cx));
    }
    model.identity_of = found.iter().map(|identity| (identity.resource, identity.id)).collect();
    model.identities = found;
}

fn account(resource: &Resource) -> Option<Object<'_>> {
    if resource.mode != ResourceMode::Managed {
        return None;
    }
    let objects = kubernetes_objects::of(resource);
    objects.into_iter().find(|object| object.in_manifest && object.kind == "kubernetes_service_account")
}

fn identity(
    model: &Model,
    resource: &Resource,
    facts: &TypeFacts,
    id: IdentityId,
    cx: &Context<'_>,
) -> Identity {
    let trust = facts.trust.as_deref().and_then(|attribute| {
        let attr = resource.body.attr(attribute)?;
        Some(AwsDocument {
            document: document_of(resource, &attr.value),
            resource: resource.id,
            attribute: attribute.to_string(),
            span: attr.expr_span,
        })
    });
    Identity {
        id,
        resource: resource.id,
        address: resource.address.clone(),
        kind: resource.kind.to_string(),
        name: name(resource, facts),
        owner: owners::ownership(model, resource, facts, cx),
        purpose: purpose(resource, facts),
        expiry: expiry(resource, facts),
        state: state(resource),
        human: facts.human,
        service_owned: facts.service_owned,
        environment: environment(model, resource, cx),
        trust,
    }
}

/// The name in the cloud; unknown parts show as `…`.
pub(super) fn name(resource: &Resource, facts: &TypeFacts) -> Option<String> {
    facts.name.iter().find_map(|path| {
        if path == "metadata" {
            let block = resource.body.block("metadata")?;
            return block.value("name").and_then(shown);
        }
        resource.body.value(path).and_then(shown)
    })
}

/// A value as text, unknown parts as `…`; `None` when nothing of it is known.
pub(super) fn shown(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return (!text.is_empty()).then(|| text.to_string());
    }
    if let Some(number) = value.as_number() {
        return Some(number.to_string());
    }
    match &value.kind {
        crate::eval::value::Kind::Template(parts) => {
            let parts = parts.iter().map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Hole(_) => "…",
            });
            Some(parts.collect())
        }
        _ => None,
    }
}

fn purpose(resource: &Resource, facts: &TypeFacts) -> Option<String> {
    let stated = facts.purpose.iter().find_map(|path| match path.as_str() {
        "tags" => {
            let tags = resource.body.value("tags")?;
            ["purpose", "Purpose", "description", "Description", "usage"]
                .iter()
                .find_map(|key| tags.get(key)?.as_str().map(str::to_string))
        }
        // A path sorts users; it says nothing about why one exists.
        "path" => None,
        path => resource.body.value(path).and_then(shown),
    });
    stated.filter(|text| !text.trim().is_empty())
}

pub(super) fn expiry(resource: &Resource, facts: &TypeFacts) -> Option<String> {
    facts.expiry.iter().find_map(|path| {
        let (_, value) = resource.body.at_path(path).into_iter().next()?;
        shown(&value).or_else(|| value.is_unknown().then(|| "(known after apply)".to_string()))
    })
}

pub(super) fn state(resource: &Resource) -> State {
    let off =
        [("status", "Inactive"), ("disabled", "true"), ("account_enabled", "false"), ("state", "INACTIVE")];
    for (attribute, value) in off {
        let Some(found) = resource.body.value(attribute) else { continue };
        let known =
            found.as_str().map(str::to_string).or_else(|| found.as_bool().map(|known| known.to_string()));
        match known {
            Some(text) if text.eq_ignore_ascii_case(value) => return State::Disabled,
            Some(_) => {}
            None => return State::Unknown,
        }
    }
    State::Active
}
