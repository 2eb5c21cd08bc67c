use super::super::value::{Ref, Refs, ResourceId, Value, Why};
use super::expand::Repeated;
use super::modules::instances_value;
use super::renew::family_name;
use super::trail::Missing;
use super::traverse::attribute_name;
use super::{
    BodyState, Evaluator, Family, INSTANCE_WORK, Instances, MAX_RESOURCES, Name, Repetition, ResourceModeKey,
    ResourceState, Scope,
};
use crate::diagnostic::GapKind;
use crate::eval::documents;
use crate::eval::{BlockValue, InstanceKey, ModuleId, ResourceMode};
use crate::source::Span;
use crate::syntax::ast::Step;
use std::sync::Arc;

/// Arguments that say how a block is repeated or managed and are no attributes of the resource.
const META: [&str; 6] = ["count", "for_each", "provider", "depends_on", "lifecycle", "providers"];

impl ResourceModeKey {
    pub(super) fn of(keyword: &str) -> Self {
        match keyword {
            "data" => ResourceModeKey::Data,
            "ephemeral" => ResourceModeKey::Ephemeral,
            _ => ResourceModeKey::Managed,
        }
    }

    fn mode(self) -> ResourceMode {
        match self {
            ResourceModeKey::Managed => ResourceMode::Managed,
            ResourceModeKey::Data => ResourceMode::Data,
            ResourceModeKey::Ephemeral => ResourceMode::Ephemeral,
        }
    }
}

impl Evaluator<'_> {
    /// `type.name…`, with `steps` starting at the name.
    pub(super) fn resource_reference(
        &mut self,
        keyword: &str,
        kind: &Name,
        span: Span,
        steps: &[Step],
        scope: &mut Scope,
    ) -> Value {
        let Some(name) = steps.first().and_then(attribute_name) else {
            return self.error(span, format!("`{kind}` needs the name of a resource"));
        };
        let key = (ResourceModeKey::of(keyword), kind.clone(), name.clone());
        let Some(instances) = self.family(scope.module, &key, span) else {
            let prefix = if keyword.is_empty() { String::new() } else { format!("{keyword}.") };
            return self.error(span, format!("`{prefix}{kind}.{name}` is not declared in this module"));
        };
        let rest = &steps[1..];
        let value = match (instances.as_slice(), rest.first().and_then(attribute_name)) {
            ([(InstanceKey::Any, id)], Some(_)) => Value::attribute(*id, ""),
            _ => instances_value(&instances, |id| Value::attribute(id, "")),
        };
        self.steps_on(value.at(span), rest, scope)
    }

    /// Instances of a resource block; `None` when it is not declared.
    pub(super) fn family(
        &mut self,
        module: ModuleId,
        key: &super::FamilyKey,
        span: Span,
    ) -> Option<Arc<Vec<(InstanceKey, ResourceId)>>> {
        let Some(family) = self.module_mut(module).families.get_mut(key) else {
            self.missed(module, Missing::Family, &family_name(key));
            return None;
        };
        let node = family.node;
        let instances = std::mem::replace(&mut family.instances, Instances::Active);
        self.trail.read(node);
        let done = match instances {
            Instances::Done(done) => done,
            Instances::Active => {
                self.cycle(span, &format!("{}.{}", key.1, key.2));
                Arc::new(Vec::new())
            }
            Instances::Pending => Arc::new(self.compute(node, |this| this.create_family(module, key))),
        };
        if let Some(family) = self.module_mut(module).families.get_mut(key) {
            family.instances = Instances::Done(done.clone());
        }
        Some(done)
    }

    fn create_family(&mut self, module: ModuleId, key: &super::FamilyKey) -> Vec<(InstanceKey, ResourceId)> {
        let Some(Family { block, node, names, before, .. }) = self.module_mut(module).families.get_mut(key)
        else {
            return Vec::new();
        };
        let (index, family, names, before) = (*block, *node, *names, before.take());
        let mut before: Vec<_> = before.iter().flat_map(|before| before.iter()).rev().cloned().collect();
        let source = self.module(module).source.clone();
        let block = &source.body.blocks[index];
        let repetitions = self.expand(block, &mut Scope::of(module, Repetition::None));
        let mut created = Vec::with_capacity(repetitions.len());
        for Repeated { key: instance, repetition, is_certain } in repetitions {
            self.budget.spend(INSTANCE_WORK);
            if self.resources.len() >= MAX_RESOURCES {
                let message = format!("more than {MAX_RESOURCES} resource instances in one root module");
                self.gap(GapKind::Limit, block.header, message);
                break;
            }
            // Nearly always the order is the same, so that it is the last of them.
            let known = before.iter().rposition(|(key, _)| *key == instance).map(|at| before.remove(at).1);
            let state = ResourceState {
                module,
                block: index,
                node: match known {
                    Some(id) => self.resource(id).node,
                    None => self.trail.node(),
                },
                family,
                names,
                mode: key.0.mode(),
                key: instance.clone(),
                repetition,
                is_certain,
                body: BodyState::Pending,
                whole: None,
                is_gone: false,
            };
            let id = match known {
                Some(id) => {
                    self.resources[id.0 as usize] = state;
                    id
                }
                None => self.place(state),
            };
            created.push((instance, id));
        }
        before.into_iter().for_each(|(_, id)| self.give_up(id));
        created
    }

    /// The evaluated body, `None` while it is being evaluated.
    pub(super) fn resource_body(&mut self, id: ResourceId) -> Option<Arc<BlockValue>> {
        let state = &mut self.resources[id.0 as usize];
        let node = state.node;
        self.trail.read(node);
        match std::mem::replace(&mut state.body, BodyState::Active) {
            BodyState::Done(body) => {
                state.body = BodyState::Done(body.clone());
                Some(body)
            }
            BodyState::Active => {
                self.is_looped = true;
                None
            }
            BodyState::Pending => {
                let body = Arc::new(self.compute(node, |this| this.compute_body(id)));
                self.resources[id.0 as usize].body = BodyState::Done(body.clone());
                Some(body)
            }
        }
    }

    fn compute_body(&mut self, id: ResourceId) -> BlockValue {
        let state = self.resource(id);
        let (module, block, family) = (state.module, state.block, state.family);
        let mut scope = Scope::of(module, state.repetition.clone());
        scope.this = Some(id);
        self.trail.read(family);
        let source = self.module(module).source.clone();
        let block = &source.body.blocks[block];
        let blocks = self.budget.begin_body();
        let mut body = self.body(&block.body, &META, &mut scope);
        self.budget.end_body(blocks);
        body.span = Some(block.span);
        body.header = Some(block.header);
        body
    }

    /// An attribute as other expressions see it: what the configuration sets, else what the provider will.
    /// Either way the value remembers whose attribute it is.
    pub(super) fn resource_attribute(&mut self, id: ResourceId, name: &str, span: Span) -> Value {
        let reference = Ref { resource: id, path: name.into() };
        let computed = Value::attribute(id, name).at(span);
        let names = self.resource(id).names;
        self.trail.read(names);
        let kind = {
            let state = self.resource(id);
            let source = &self.module(state.module).source;
            let block = &source.body.blocks[state.block];
            // `arn` and `id` are never set by the configuration, so the body need not be looked at.
            let set = block.body.attribute(name).is_some()
                || block.body.blocks.iter().any(|inner| &*inner.kind == name || inner.label(0) == Some(name));
            let is_data = state.mode == ResourceMode::Data;
            if !set && !is_data {
                return computed;
            }
            block.label(0).unwrap_or_default().to_string()
        };
        let Some(body) = self.resource_body(id) else { return computed };
        if self.resource(id).mode == ResourceMode::Data
            && let Some(document) = documents::computed(&kind, name, &body)
        {
            return document.absorbing(&computed.meta).or_at(span);
        }
        let value = match body.value(name) {
            Some(value) => value.clone(),
            None if body.blocks.iter().any(|(kind, _)| &**kind == name) => {
                body.to_value().get(name).cloned().unwrap_or(computed)
            }
            None => return computed,
        };
        mark(value, &Refs::one(reference))
    }
}

/// Adds the reference to a value and to the objects in it, so that their computed attributes are found.
fn mark(mut value: Value, refs: &Refs) -> Value {
    value.meta.refs.extend(refs);
    if let Some(items) = value.items().filter(|items| items.iter().any(|item| item.entries().is_some())) {
        let items = items.iter().map(|item| mark(item.clone(), refs)).collect();
        let meta = value.meta.clone();
        return Value { kind: Value::tuple(items).kind, meta };
    }
    if matches!(&value.kind, super::super::value::Kind::Unknown(u) if matches!(u.why, Why::Error)) {
        return Value { kind: Value::unknown(Why::Derived).kind, meta: value.meta };
    }
    value
}
