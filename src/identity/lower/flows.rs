//! Where values go: each credential's secret to the places that hold it, and which resource uses which.

use crate::eval::value::{Ref, ResourceId, Value};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::facts::{self, place_kind};
use crate::identity::model::{CredentialId, Model, Place, PlaceKind, Use};
use crate::source::Span;
use std::collections::HashSet;

pub(super) fn lower(target: &mut Model) {
    let model = &*target;
    let mut flows = Flows { model, places: Vec::new(), uses: Vec::new(), seen: HashSet::new() };
    for resource in &model.project.resources {
        flows.resource(resource);
    }
    for module in &model.project.modules {
        let prefix = if module.address.is_empty() { String::new() } else { format!("{}.", module.address) };
        for (name, output) in &module.outputs {
            let address = format!("{prefix}output.{name}");
            // Only the root's outputs leave; those of other modules are steps on a route.
            let is_root = module.parent.is_none();
            flows.value(&output.value, output.expr_span, None, &address, "value", || {
                is_root.then_some(PlaceKind::Output)
            });
        }
        for provider in &module.providers {
            let address = format!("{prefix}provider.{}", provider.name);
            flows.block(&provider.body, &address, PlaceKind::Provider);
        }
        for call in module.calls.iter().filter(|call| !call.resolved) {
            flows.block(&call.body, &call.address, PlaceKind::Module);
        }
    }
    let (places, uses) = (flows.places, flows.uses);
    target.places = places;
    target.uses = uses;
}

struct Flows<'m> {
    model: &'m Model,
    places: Vec<Place>,
    uses: Vec<Use>,
    seen: HashSet<(CredentialId, String, String)>,
}

impl Flows<'_> {
    fn resource(&mut self, resource: &Resource) {
        let managed = resource.mode == ResourceMode::Managed;
        resource.body.each_attr(&mut |path, attr| {
            let user = Some(resource.id);
            self.value(&attr.value, attr.expr_span, user, &resource.address, path, || {
                managed.then(|| place_kind(&resource.kind, path))
            });
        });
    }

    fn block(&mut self, body: &BlockValue, address: &str, kind: PlaceKind) {
        body.each_attr(&mut |path, attr| {
            self.value(&attr.value, attr.expr_span, None, address, path, || Some(kind));
        });
    }

    fn value(
        &mut self,
        value: &Value,
        span: Span,
        user: Option<ResourceId>,
        address: &str,
        attribute: &str,
        kind: impl Fn() -> Option<PlaceKind>,
    ) {
        let mut found: Vec<(Ref, Value)> = Vec::new();
        value.walk(&mut |part| {
            found.extend(part.meta.refs.iter().map(|reference| (reference.clone(), part.clone())));
        });
        for (reference, part) in found {
            if user == Some(reference.resource) {
                continue;
            }
            let is_new = !self.uses.iter().rev().take(16).any(|known| {
                known.user == user && known.used == reference.resource && known.attribute == attribute
            });
            if is_new {
                self.uses.push(Use { user, used: reference.resource, attribute: attribute.to_string() });
            }
            let Some(credential) = self.model.credential_of(reference.resource) else { continue };
            let Some(facts) = facts::of(&credential.kind) else { continue };
            let output = reference.path.split('.').next().unwrap_or_default();
            let secret = facts.gives.iter().find(|gives| {
                // A reference to the whole resource carries every attribute of it.
                output.is_empty() || gives.split('.').next() == Some(output)
            });
            let (Some(secret), Some(kind)) = (secret, kind()) else { continue };
            if !self.seen.insert((credential.id, address.to_string(), attribute.to_string())) {
                continue;
            }
            let span = use_site(&part, span);
            self.places.push(Place {
                credential: credential.id,
                output: secret.clone(),
                kind,
                resource: user,
                address: address.to_string(),
                attribute: attribute.to_string(),
                span,
                value: part,
            });
        }
    }
}

/// The characters inside the attribute that bring the value in: the reference itself, or the last step of
/// its route. The whole attribute when neither stands there.
fn use_site(value: &Value, attribute: Span) -> Span {
    let last = value.meta.route.as_ref().map(|hop| hop.span);
    let candidates = [last, value.meta.span];
    candidates.into_iter().flatten().find(|span| attribute.contains(*span)).unwrap_or(attribute)
}
