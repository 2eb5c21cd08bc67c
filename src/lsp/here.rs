//! Which identity or credential somebody points at.

use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource};
use crate::identity::Model;
use crate::source::Span;
use std::sync::Arc;

/// Something that has an address, in one root module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here<'m> {
    pub model: &'m Arc<Model>,
    pub resource: &'m Resource,
    /// The characters that mean it.
    pub span: Span,
}

/// What stands at a point: a declaration, or the smallest value that was made from one.
pub(super) fn find<'m>(models: &'m [Arc<Model>], point: Span) -> Vec<Here<'m>> {
    let mut found: Vec<Here<'m>> = Vec::new();
    for model in models {
        let declared = model.project.resources.iter().filter(|it| it.header().contains(point));
        found.extend(declared.filter(|resource| is_known(model, resource.id)).map(|resource| Here {
            model,
            resource,
            span: resource.header(),
        }));
    }
    if !found.is_empty() {
        return found;
    }
    for model in models {
        each_use(model, &mut |span, id| {
            let closest = found.first().map_or(usize::MAX, |here| here.span.len());
            if span.contains(point) && span.len() <= closest && is_known(model, id) {
                if span.len() < closest {
                    found.clear();
                }
                let resource = model.resource(id);
                let is_new = !found.iter().any(|it| Arc::ptr_eq(it.model, model) && it.resource.id == id);
                if is_new {
                    found.push(Here { model, resource, span });
                }
            }
        });
    }
    found
}

fn is_known(model: &Model, id: ResourceId) -> bool {
    model.identity_of(id).is_some() || model.credential_of(id).is_some()
}

/// Every place where a value was made from a resource.
pub(super) fn each_use(model: &Model, visit: &mut impl FnMut(Span, ResourceId)) {
    for resource in &model.project.resources {
        in_block(&resource.body, visit);
    }
    for module in &model.project.modules {
        for value in module.locals.values() {
            in_value(value, value.meta.span, visit);
        }
        for output in module.outputs.values() {
            in_value(&output.value, Some(output.expr_span), visit);
        }
        for call in &module.calls {
            in_block(&call.body, visit);
        }
        for provider in &module.providers {
            in_block(&provider.body, visit);
        }
    }
}

fn in_block(body: &BlockValue, visit: &mut impl FnMut(Span, ResourceId)) {
    body.each_attr(&mut |_, attr| in_value(&attr.value, Some(attr.expr_span), visit));
}

/// `written` is the expression that the value is of, which stands for what was made elsewhere.
fn in_value(value: &Value, written: Option<Span>, visit: &mut impl FnMut(Span, ResourceId)) {
    let mut whole: Vec<ResourceId> = Vec::new();
    value.walk(&mut |part| {
        for reference in part.meta.refs.iter() {
            if let Some(span) = part.meta.span {
                visit(span, reference.resource);
            }
            if !whole.contains(&reference.resource) {
                whole.push(reference.resource);
            }
        }
    });
    if let (Some(written), [only]) = (written, &whole[..]) {
        visit(written, *only);
    }
}
