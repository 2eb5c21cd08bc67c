//! What is written in a module now, against what is known of it from before: name by name.

use super::modules::module_state;
use super::trail::{Missing, NodeId, Trail};
use super::{CallState, Created, Evaluator, Family, FamilyKey, Instances, ModuleState, Name, Slot};
use crate::eval::ModuleId;
use crate::eval::program::ModuleSource;
use crate::eval::value::ResourceId;
use crate::syntax::ast::{Block, ExprKind};
use indexmap::IndexMap;
use std::sync::Arc;

/// What changes reach at first hand.
#[derive(Debug, Default)]
pub(super) struct Reached {
    pub nodes: Vec<NodeId>,
    /// Resources may have other providers.
    pub other_providers: bool,
    /// Modules would be gone or be others, and leave their numbers behind.
    pub other_modules: bool,
}

/// One module instance.
struct Renewal<'t, 'a> {
    id: ModuleId,
    before: &'a [Block],
    now: &'a [Block],
    trail: &'t mut Trail,
    reached: &'t mut Reached,
}

/// Instances that stay, with the block that they are of now.
struct Kept<'a, T> {
    instances: Option<Created<T>>,
    block: usize,
    was: &'a Block,
    is: &'a Block,
}

impl Evaluator<'_> {
    /// Takes over what is known of a module instance for what is written now.
    pub(super) fn renew(&mut self, id: ModuleId, source: &Arc<ModuleSource>, reached: &mut Reached) {
        let mut new = module_state(source, &mut || NodeId::NONE, String::new(), String::new(), None, None);
        let place = &mut self.modules[id.0 as usize];
        (new.node, new.parent, new.call) = (place.node, place.parent, place.call.take());
        std::mem::swap(&mut new.address, &mut place.address);
        std::mem::swap(&mut new.path, &mut place.path);
        let mut old = std::mem::replace(place, new);
        let new = &mut self.modules[id.0 as usize];
        let before = old.source.clone();
        let (before, now, trail) = (&before.body.blocks[..], &source.body.blocks[..], &mut self.trail);
        reached.nodes.push(old.node);
        reached.other_providers |= !old.providers.iter().map(named).eq(new.providers.iter().map(named));
        let mut renewal = Renewal { id, before, now, trail, reached };
        renewal.values(&mut old, new);
        let (families, gone) = renewal.families(old.families, &mut new.families);
        let calls = renewal.calls(old.calls, &mut new.calls);
        for kept in families {
            for at in kept.ids() {
                let resource = &mut self.resources[at.0 as usize];
                resource.block = kept.block;
                reached.nodes.extend(kept.differs().then_some(resource.node));
            }
        }
        for id in gone {
            reached.nodes.push(self.resource(id).node);
            self.give_up(id);
        }
        for kept in calls {
            let other = arguments_that_differ(kept.was, kept.is);
            for at in kept.ids() {
                let module = self.module_mut(at);
                if let Some(call) = &mut module.call {
                    call.block = kept.block;
                }
                let variables = other.iter().filter_map(|name| module.variables.get(*name));
                reached.nodes.extend(variables.map(|(_, slot)| slot.node));
            }
        }
    }
}

impl<'a> Renewal<'_, 'a> {
    fn values(&mut self, old: &mut ModuleState, new: &mut ModuleState) {
        let (before, now) = (self.before, self.now);
        for (name, (at, slot)) in &mut new.variables {
            let known = old.variables.swap_remove(name);
            *slot =
                self.slot(Missing::Variable, name, known.map(|(was, kept)| (before[was] == now[*at], kept)));
        }
        for (name, (at, slot)) in &mut new.outputs {
            let known = old.outputs.swap_remove(name);
            *slot =
                self.slot(Missing::Output, name, known.map(|(was, kept)| (before[was] == now[*at], kept)));
        }
        for (name, (block, at, slot)) in &mut new.locals {
            let is = &now[*block].body.attributes[*at];
            let known = old.locals.swap_remove(name);
            let known = known.map(|(block, was, kept)| (before[block].body.attributes[was] == *is, kept));
            *slot = self.slot(Missing::Local, name, known);
        }
        let gone = old.variables.values().chain(old.outputs.values()).map(|(_, slot)| slot);
        let gone = gone.chain(old.locals.values().map(|(_, _, slot)| slot));
        self.reached.nodes.extend(gone.map(|slot| slot.node));
    }

    /// What is known under a name, and whether what is written is the same.
    fn slot(&mut self, kind: Missing, name: &str, known: Option<(bool, Slot)>) -> Slot {
        match known {
            Some((is_same, slot)) => {
                self.reached.nodes.extend((!is_same).then_some(slot.node));
                slot
            }
            None => Slot::new(self.begin(kind, name)),
        }
    }

    /// A new name, which may have been looked for before.
    fn begin(&mut self, kind: Missing, name: &str) -> NodeId {
        self.reached.nodes.extend(self.trail.sought(self.id, kind, name));
        self.trail.node()
    }

    /// Those that stay, and the resources of those that do not.
    fn families(
        &mut self,
        mut old: IndexMap<FamilyKey, Family>,
        new: &mut IndexMap<FamilyKey, Family>,
    ) -> (Vec<Kept<'a, ResourceId>>, Vec<ResourceId>) {
        let mut stay = Vec::new();
        for (key, family) in new {
            let Some(known) = old.swap_remove(key) else {
                family.node = self.begin(Missing::Family, &family_name(key));
                family.names = self.trail.node();
                continue;
            };
            let block = family.block;
            let (was, is) = (&self.before[known.block], &self.now[block]);
            *family = Family { block, ..known };
            if was != is {
                self.reached.other_providers |= differ(was, is, &["provider"]);
                let nodes = &mut self.reached.nodes;
                nodes.extend((!is_named_alike(was, is)).then_some(family.names));
                nodes.extend(differ(was, is, &["count", "for_each"]).then_some(family.node));
            }
            stay.push(Kept { instances: family.instances.done(), block, was, is });
        }
        self.reached.nodes.extend(old.values().flat_map(|family| [family.node, family.names]));
        let gone = old.into_values().filter_map(|family| family.instances.done());
        let gone = gone.flat_map(|done| done.iter().map(|(_, id)| *id).collect::<Vec<_>>());
        (stay, gone.collect())
    }

    fn calls(
        &mut self,
        mut old: IndexMap<Name, CallState>,
        new: &mut IndexMap<Name, CallState>,
    ) -> Vec<Kept<'a, ModuleId>> {
        let mut stay = Vec::new();
        for (name, call) in new {
            let Some(known) = old.swap_remove(name) else {
                call.node = self.begin(Missing::Call, name);
                continue;
            };
            let block = call.block;
            let (was, is) = (&self.before[known.block], &self.now[block]);
            *call = CallState { block, ..known };
            if was != is {
                self.reached.other_modules |= source_of(was) != source_of(is);
                self.reached.other_providers |= differ(was, is, &["providers"]);
                let is_other = !call.resolved || differ(was, is, &["count", "for_each"]);
                self.reached.nodes.extend(is_other.then_some(call.node));
            }
            stay.push(Kept { instances: call.instances.done(), block, was, is });
        }
        let is_empty = |call: &CallState| call.instances.done().is_none_or(|done| done.is_empty());
        self.reached.other_modules |= !old.values().all(is_empty);
        self.reached.nodes.extend(old.values().map(|call| call.node));
        stay
    }
}

impl<T: Copy> Kept<'_, T> {
    fn ids(&self) -> impl Iterator<Item = T> {
        self.instances.iter().flat_map(|done| done.iter().map(|(_, id)| *id))
    }

    fn differs(&self) -> bool {
        self.was != self.is
    }
}

impl<T> Instances<T> {
    pub(super) fn done(&self) -> Option<Created<T>> {
        match self {
            Instances::Done(done) => Some(done.clone()),
            _ => None,
        }
    }
}

/// What a family is looked for as.
pub(super) fn family_name(key: &FamilyKey) -> String {
    format!("{:?}.{}.{}", key.0, key.1, key.2)
}

fn named(provider: &(Name, Option<Name>, usize)) -> (&str, Option<&str>) {
    (&provider.0, provider.1.as_deref())
}

fn differ(was: &Block, is: &Block, names: &[&str]) -> bool {
    names.iter().any(|name| was.body.attribute(name) != is.body.attribute(name))
}

/// Whether two blocks set the same attributes and have the same kinds of blocks.
fn is_named_alike(was: &Block, is: &Block) -> bool {
    let labels = |block: &Block| block.labels.first().map(|label| label.text.clone());
    let names = |block: &Block| -> Vec<_> {
        let blocks = block.body.blocks.iter().flat_map(|inner| [Some(inner.kind.clone()), labels(inner)]);
        block.body.attributes.iter().map(|attribute| Some(attribute.name.clone())).chain(blocks).collect()
    };
    names(was) == names(is)
}

fn source_of(block: &Block) -> Option<&str> {
    match &block.body.attribute("source")?.expr.kind {
        ExprKind::String(text) => Some(text),
        _ => None,
    }
}

fn arguments_that_differ<'b>(was: &'b Block, is: &'b Block) -> Vec<&'b str> {
    let all = was.body.attributes.iter().chain(&is.body.attributes).map(|attribute| &*attribute.name);
    all.filter(|name| was.body.attribute(name) != is.body.attribute(name)).collect()
}
