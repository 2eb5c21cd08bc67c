//! Where values go: each credential's secret to the places that hold it, and which resource uses which.

use crate::eval::value::{Ref, ResourceId, Value};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::facts::{self, place_kind};
use crate::identity::model::{CredentialId, Model, Place, PlaceKind, Use};
use crate::source::Span;
use std::collections::HashSet;
use std::sync::Arc;

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
            let kind = is_root.then_some(PlaceKind::Output);
            flows.value(&output.value, output.expr_span, &address, "value", kind);
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

/// What the attributes of a resource refer to.
struct Mentions(Vec<Mention>);

/// A reference, in the order of the attributes.
struct Mention {
    attribute: Arc<str>,
    span: Span,
    reference: Ref,
    /// What it was found in.
    part: Value,
}

impl Mentions {
    fn of(resource: &Resource) -> Self {
        let mut found = Mentions(Vec::new());
        resource.body.each_attr(&mut |path, attr| found.add(&attr.value, path, attr.expr_span));
        found.0.retain(|mention| mention.reference.resource != resource.id);
        found
    }

    fn add(&mut self, value: &Value, attribute: &str, span: Span) {
        let mut path: Option<Arc<str>> = None;
        value.walk(&mut |part| {
            for reference in part.meta.refs.iter() {
                let attribute = path.get_or_insert_with(|| attribute.into()).clone();
                self.0.push(Mention { attribute, span, reference: reference.clone(), part: part.clone() });
            }
        });
    }
}

impl Flows<'_> {
    fn resource(&mut self, resource: &Resource) {
        let managed = resource.mode == ResourceMode::Managed;
        for mention in &resource.note(|| Mentions::of(resource)).0 {
            self.mention(mention, Some(resource.id), &resource.address, || {
                managed.then(|| place_kind(&resource.kind, &mention.attribute))
            });
        }
    }

    fn block(&mut self, body: &BlockValue, address: &str, kind: PlaceKind) {
        body.each_attr(&mut |path, attr| self.value(&attr.value, attr.expr_span, address, path, Some(kind)));
    }

    fn value(&mut self, value: &Value, span: Span, address: &str, attribute: &str, kind: Option<PlaceKind>) {
        let mut mentions = Mentions(Vec::new());
        mentions.add(value, attribute, span);
        mentions.0.iter().for_each(|mention| self.mention(mention, None, address, || kind));
    }

    fn mention(
        &mut self,
        mention: &Mention,
        user: Option<ResourceId>,
        address: &str,
        kind: impl Fn() -> Option<PlaceKind>,
    ) {
        let Mention { attribute, span, reference, part } = mention;
        let is_new = !self.uses.iter().rev().take(16).any(|known| {
            known.user == user && known.used == reference.resource && *known.attribute == **attribute
        });
        if is_new {
            self.uses.push(Use { user, used: reference.resource, attribute: attribute.to_string() });
        }
        let Some(credential) = self.model.credential_of(reference.resource) else { return };
        let Some(facts) = facts::of(&credential.kind) else { return };
        let output = reference.path.split('.').next().unwrap_or_default();
        let secret = facts.gives.iter().find(|gives| {
            // A reference to the whole resource carries every attribute of it.
            output.is_empty() || gives.split('.').next() == Some(output)
        });
        let (Some(secret), Some(kind)) = (secret, kind()) else { return };
        if !self.seen.insert((credential.id, address.to_string(), attribute.to_string())) {
            return;
        }
        self.places.push(Place {
            credential: credential.id,
            output: secret.clone(),
            kind,
            resource: user,
            address: address.to_string(),
            attribute: attribute.to_string(),
            span: use_site(part, *span),
            value: part.clone(),
        });
    }
}

/// The characters inside the attribute that bring the value in: the reference itself, or the last step of
/// its route. The whole attribute when neither stands there.
fn use_site(value: &Value, attribute: Span) -> Span {
    let last = value.meta.route.as_ref().map(|hop| hop.span);
    let candidates = [last, value.meta.span];
    candidates.into_iter().flatten().find(|span| attribute.contains(*span)).unwrap_or(attribute)
}
