//! Standing credentials that a workload can read: out of its environment or boot script, or out of a store
//! that it is given the name of.

use crate::eval::Resource;
use crate::eval::value::{ResourceId, Value};
use crate::identity::model::{CredentialId, Model, PlaceKind, State};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashMap;

/// A credential in the hands of a workload.
#[derive(Clone, Debug)]
pub struct Held {
    pub credential: CredentialId,
    /// The attribute of the workload through which it gets it.
    pub attribute: String,
    pub span: Span,
    /// The store that it is read from; none where the value is in the attribute.
    pub store: Option<ResourceId>,
    pub kind: PlaceKind,
}

/// Entries of secret stores, and the attribute that names the secret they belong to.
const ENTRIES: [(&str, Option<&str>); 6] = [
    ("aws_secretsmanager_secret_version", Some("secret_id")),
    ("google_secret_manager_secret_version", Some("secret")),
    ("aws_ssm_parameter", None),
    ("azurerm_key_vault_secret", None),
    ("kubernetes_secret", None),
    ("kubernetes_secret_v1", None),
];

/// The standing credentials of each workload that has some, in the order of the places.
pub fn held_keys(model: &Model) -> IndexMap<ResourceId, Vec<Held>> {
    let mut held: IndexMap<ResourceId, Vec<Held>> = IndexMap::new();
    let mut stored: HashMap<ResourceId, Vec<CredentialId>> = HashMap::new();
    for place in &model.places {
        let credential = model.credential(place.credential);
        let Some(resource) = place.resource else { continue };
        if !credential.is_static || credential.human || credential.state == State::Disabled {
            continue;
        }
        if matches!(place.kind, PlaceKind::WorkloadEnv | PlaceKind::BootScript) {
            // A text with a secret in it is longer than the reference that brings it in.
            let exact = mention(model.resource(resource), &place.attribute, credential.resource);
            let one = Held {
                credential: credential.id,
                attribute: place.attribute.clone(),
                span: exact.filter(|span| place.span.contains(*span)).unwrap_or(place.span),
                store: None,
                kind: place.kind,
            };
            held.entry(resource).or_default().push(one);
            continue;
        }
        let entry = model.resource(resource);
        let Some((_, owner)) = ENTRIES.iter().find(|(kind, _)| *kind == &*entry.kind) else { continue };
        stored.entry(resource).or_default().push(credential.id);
        let secret = owner.and_then(|name| entry.body.value(name));
        for reference in secret.map(Value::deep_refs).unwrap_or_default().iter() {
            stored.entry(reference.resource).or_default().push(credential.id);
        }
    }
    if stored.is_empty() {
        return held;
    }
    for used in &model.uses {
        let (Some(user), Some(credentials)) = (used.user, stored.get(&used.used)) else { continue };
        // An entry refers to its own secret.
        if stored.contains_key(&user) {
            continue;
        }
        let Some(span) = mention(model.resource(user), &used.attribute, used.used) else { continue };
        for credential in credentials {
            let list = held.entry(user).or_default();
            if !list.iter().any(|known| known.credential == *credential) {
                list.push(Held {
                    credential: *credential,
                    attribute: used.attribute.clone(),
                    span,
                    store: Some(used.used),
                    kind: PlaceKind::SecretStore,
                });
            }
        }
    }
    held
}

/// Where an attribute mentions a resource: the fewest characters that do.
fn mention(user: &Resource, attribute: &str, used: ResourceId) -> Option<Span> {
    let mut found: Option<Span> = None;
    for (_, value) in user.body.at_path(attribute) {
        for value in [Some(&value), value.decoded()].into_iter().flatten() {
            value.walk(&mut |part| {
                let refers = part.meta.refs.iter().any(|reference| reference.resource == used);
                let span = part.meta.span.filter(|_| refers);
                if let Some(span) = span.filter(|span| found.is_none_or(|known| span.len() < known.len())) {
                    found = Some(span);
                }
            });
        }
    }
    found
}
