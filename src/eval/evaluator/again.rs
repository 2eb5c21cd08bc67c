//! Evaluating a root module again after a few changes: what they reach is computed again, all else is taken over.
//!
//! A value is right for as long as what it was written as stays where it is, to the byte, and everything it was
//! computed from does. Numbers of resources and modules are kept, so that values which name them stay right. Where
//! that cannot be done the root module is evaluated from nothing.

use super::budget::{Budget, MAX_WORK};
use super::modules::module_state;
use super::trail::{Missing, NodeId, Trail};
use super::{
    BodyState, CallState, Evaluator, Family, Inputs, Instances, ModuleState, ResourceState, Slot, SlotState,
};
use crate::diagnostic::{Gap, GapKind};
use crate::eval::program::ModuleSource;
use crate::eval::value::ResourceId;
use crate::eval::{ModuleId, Project};
use crate::source::FileId;
use crate::syntax::ast::{Attribute, Block, ExprKind, Piece};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// An evaluation that can be gone on with.
#[derive(Debug)]
pub struct Kept {
    modules: Vec<ModuleState>,
    resources: Vec<ResourceState>,
    trail: Trail,
    templates: HashMap<FileId, Arc<Vec<Piece>>>,
    reads: BTreeMap<String, bool>,
    /// Of evaluating all of it.
    work: u64,
    /// How long the record was at first. It grows with what is computed again.
    length: usize,
}

/// How much longer than at first a record may be.
const MAX_GROWTH: usize = 3;

/// What happens to an evaluation that is gone on with.
#[derive(Debug, Default)]
pub(super) struct Resumed {
    /// Numbers of resources that are not there any more.
    free: Vec<ResourceId>,
    /// It cannot be gone on with.
    pub abandoned: bool,
    /// Evaluating all of it took that, when it was done; and the record was so long.
    first: Option<(u64, usize)>,
}

impl Kept {
    /// Whether it holds after paths have changed, other than by what is written in modules.
    pub fn holds(&self, mut changed: impl Iterator<Item = impl AsRef<str>>) -> bool {
        let reads = &self.reads;
        let above = |path: &str| path.match_indices('/').any(|(at, _)| reads.contains_key(&path[..at]));
        let is_read = |path: &str| reads.contains_key(path) || reads.contains_key("") || above(path);
        reads.is_empty() || !changed.any(|path| is_read(path.as_ref()))
    }
}

/// Evaluates a root module, and keeps what it takes to do that again. `kept` is what was kept the last time.
pub fn evaluate_again(inputs: &Inputs<'_>, root: &str, kept: Option<Kept>) -> (Project, Option<Kept>) {
    super::on_large_stack(|| {
        let again =
            kept.and_then(|kept| Evaluator::resume(inputs, root, kept)).and_then(Evaluator::hand_over);
        let made = again.or_else(|| {
            let mut evaluator = Evaluator::new(inputs, root)?;
            evaluator.trail.records = true;
            evaluator.hand_over()
        });
        made.unwrap_or_default()
    })
}

impl<'a> Evaluator<'a> {
    /// Goes on with what was kept, without all that changes reach.
    fn resume(inputs: &'a Inputs<'a>, root: &str, kept: Kept) -> Option<Self> {
        let Kept { modules, resources, trail, templates, work, length, .. } = kept;
        let mut evaluator = Evaluator {
            modules,
            resources,
            trail,
            templates,
            budget: Budget::after(work),
            resumed: Resumed { first: Some((work, length)), ..Resumed::default() },
            ..Evaluator::bare(inputs, root)
        };
        let mut reached = Vec::new();
        let mut same = HashMap::new();
        let mut other_providers = false;
        for at in 0..evaluator.modules.len() {
            let old = evaluator.modules[at].source.clone();
            let new = inputs.program.module(&old.dir)?;
            let is_same = || Arc::ptr_eq(&old, new) || old.body == new.body && old.auto_vars == new.auto_vars;
            if !*same.entry(Arc::as_ptr(&old)).or_insert_with(is_same) {
                if at == 0 && old.auto_vars != new.auto_vars {
                    return None;
                }
                other_providers |= evaluator.renew(ModuleId(at as u32), new, &mut reached)?;
            }
        }
        let reached: HashSet<NodeId> = evaluator.trail.reached(reached).into_iter().collect();
        evaluator.forget(&reached);
        if other_providers {
            evaluator.resources.iter_mut().for_each(|resource| resource.whole = None);
        }
        Some(evaluator)
    }

    /// What it comes to; `None` where it cannot be told from a part.
    fn hand_over(mut self) -> Option<(Project, Option<Kept>)> {
        let modules = self.complete_modules();
        if !self.is_numbered() {
            return None;
        }
        let resources = self.complete_resources();
        let (mut gaps, reads) = self.trail.everything();
        gaps.sort();
        gaps.dedup();
        let (work, length) = self.resumed.first.unwrap_or((self.budget.work(), self.trail.length()));
        let dir = self.root.clone();
        let project = Project { dir, modules, resources, gaps, reads: reads.clone(), work };
        let is_kept = !self.is_looped
            && work < MAX_WORK / 4
            && self.trail.length() <= length * MAX_GROWTH
            && !project.gaps.iter().any(depends_on_order);
        let Evaluator { modules, resources, trail, templates, .. } = self;
        let kept = is_kept.then_some(Kept { modules, resources, trail, templates, reads, work, length });
        Some((project, kept))
    }

    /// Whether the numbers of what is there have no gaps.
    fn is_numbered(&mut self) -> bool {
        while self.resources.last().is_some_and(|last| last.is_gone) {
            self.resources.pop();
        }
        !self.resumed.abandoned && self.resources.iter().all(|resource| !resource.is_gone)
    }

    /// Takes over the state of a module instance for what is written now. Whether resources may have other providers.
    fn renew(&mut self, id: ModuleId, source: &Arc<ModuleSource>, reached: &mut Vec<NodeId>) -> Option<bool> {
        let fresh = module_state(source, &mut || NodeId::NONE, String::new(), String::new(), None, None);
        let mut old = std::mem::replace(self.module_mut(id), fresh);
        let before = old.source.clone();
        let (before, now) = (&before.body.blocks, &source.body.blocks);
        let new = &mut self.modules[id.0 as usize];
        new.node = old.node;
        new.address = std::mem::take(&mut old.address);
        new.path = std::mem::take(&mut old.path);
        (new.parent, new.call) = (old.parent, old.call.take());
        reached.push(old.node);
        let mut other_providers = !old.providers.iter().map(named).eq(new.providers.iter().map(named));
        let trail = &mut self.trail;
        let mut news = |kind: Missing, name: &str, reached: &mut Vec<NodeId>| {
            reached.extend(trail.sought(id, kind, name));
            trail.node()
        };
        for (name, (at, slot)) in &mut new.variables {
            match old.variables.swap_remove(name) {
                Some((was, kept)) => *slot = kept.unless(before[was] != now[*at], reached),
                None => slot.node = news(Missing::Variable, name, reached),
            }
        }
        reached.extend(old.variables.values().map(|(_, slot)| slot.node));
        for (name, (block, at, slot)) in &mut new.locals {
            let attribute = |blocks: &[Block], block: usize, at: usize| -> Attribute {
                blocks[block].body.attributes[at].clone()
            };
            match old.locals.swap_remove(name) {
                Some((block_was, was, kept)) => {
                    let differs = attribute(before, block_was, was) != attribute(now, *block, *at);
                    *slot = kept.unless(differs, reached);
                }
                None => slot.node = news(Missing::Local, name, reached),
            }
        }
        reached.extend(old.locals.values().map(|(_, _, slot)| slot.node));
        for (name, (at, slot)) in &mut new.outputs {
            match old.outputs.swap_remove(name) {
                Some((was, kept)) => *slot = kept.unless(before[was] != now[*at], reached),
                None => slot.node = news(Missing::Output, name, reached),
            }
        }
        reached.extend(old.outputs.values().map(|(_, slot)| slot.node));
        let mut moved = Vec::new();
        for (key, family) in &mut new.families {
            let Some(kept) = old.families.swap_remove(key) else {
                family.node = news(Missing::Family, &format!("{:?}.{}.{}", key.0, key.1, key.2), reached);
                family.names = news(Missing::Family, "", reached);
                continue;
            };
            let block = family.block;
            let (was, is) = (&before[kept.block], &now[block]);
            *family = Family { block, ..kept };
            if was != is {
                other_providers |= differ(was, is, &["provider"]);
                reached.extend((!is_named_alike(was, is)).then_some(family.names));
                reached.extend(differ(was, is, &["count", "for_each"]).then_some(family.node));
            }
            moved.push((family.instances.clone(), block, was != is));
        }
        let gone: Vec<Family> = old.families.into_values().collect();
        let mut calls = Vec::new();
        for (name, call) in &mut new.calls {
            let Some(kept) = old.calls.swap_remove(name) else {
                call.node = news(Missing::Call, name, reached);
                continue;
            };
            let block = call.block;
            let (was, is) = (&before[kept.block], &now[block]);
            *call = CallState { block, ..kept };
            if was != is {
                if source_of(was) != source_of(is) {
                    return None;
                }
                other_providers |= differ(was, is, &["providers"]);
                let is_other = !call.resolved || differ(was, is, &["count", "for_each"]);
                reached.extend(is_other.then_some(call.node));
            }
            calls.push((call.instances.clone(), block, was, is));
        }
        // Modules that are not there any more would leave their numbers behind.
        let is_empty = |call: &CallState| match &call.instances {
            Instances::Done(done) => done.is_empty(),
            _ => true,
        };
        if !old.calls.values().all(is_empty) {
            return None;
        }
        reached.extend(old.calls.values().map(|call| call.node));
        for (instances, block, differs) in moved {
            for at in instances.ids() {
                let resource = &mut self.resources[at.0 as usize];
                resource.block = block;
                reached.extend(differs.then_some(resource.node));
            }
        }
        for family in gone {
            reached.extend([family.node, family.names]);
            for at in family.instances.ids() {
                reached.push(self.resources[at.0 as usize].node);
                self.give_up(at);
            }
        }
        for (instances, block, was, is) in calls {
            let other = arguments_that_differ(was, is);
            for at in instances.ids() {
                let module = &mut self.modules[at.0 as usize];
                if let Some(call) = &mut module.call {
                    call.block = block;
                }
                let variables = other.iter().filter_map(|name| module.variables.get(*name));
                reached.extend(variables.map(|(_, slot)| slot.node));
            }
        }
        Some(other_providers)
    }

    /// What is to be computed again is not there.
    fn forget(&mut self, reached: &HashSet<NodeId>) {
        let clear = |slot: &mut Slot| {
            if reached.contains(&slot.node) {
                slot.state = SlotState::Pending;
            }
        };
        for module in &mut self.modules {
            if reached.contains(&module.node) {
                module.whole = None;
            }
            module.variables.values_mut().for_each(|(_, slot)| clear(slot));
            module.locals.values_mut().for_each(|(_, _, slot)| clear(slot));
            module.outputs.values_mut().for_each(|(_, slot)| clear(slot));
            for family in module.families.values_mut().filter(|family| reached.contains(&family.node)) {
                family.before = family.instances.forget();
            }
            for call in module.calls.values_mut().filter(|call| reached.contains(&call.node)) {
                call.before = call.instances.forget();
            }
        }
        for resource in self.resources.iter_mut().filter(|resource| reached.contains(&resource.node)) {
            resource.body = BodyState::Pending;
            resource.whole = None;
        }
    }

    /// A resource is not there any more; another one may have its number.
    pub(super) fn give_up(&mut self, id: ResourceId) {
        self.resources[id.0 as usize].is_gone = true;
        self.resumed.free.push(id);
    }

    /// A number for a new resource.
    pub(super) fn place(&mut self, state: ResourceState) -> ResourceId {
        match self.resumed.free.pop() {
            Some(id) => {
                self.resources[id.0 as usize] = state;
                id
            }
            None => {
                self.resources.push(state);
                ResourceId(self.resources.len() as u32 - 1)
            }
        }
    }
}

impl Slot {
    fn unless(self, differs: bool, reached: &mut Vec<NodeId>) -> Self {
        reached.extend(differs.then_some(self.node));
        self
    }
}

impl<T: Copy> Instances<T> {
    fn ids(&self) -> impl Iterator<Item = T> {
        let done = match self {
            Instances::Done(done) => Some(done.clone()),
            _ => None,
        };
        (0..done.as_ref().map_or(0, |done| done.len()))
            .filter_map(move |at| done.as_ref().and_then(|done| done.get(at)).map(|(_, id)| *id))
    }

    fn forget(&mut self) -> Option<super::Created<T>> {
        match std::mem::replace(self, Instances::Pending) {
            Instances::Done(done) => Some(done),
            _ => None,
        }
    }
}

/// What was given up, or refers to itself, says something else when another one asks first.
fn depends_on_order(gap: &Gap) -> bool {
    matches!(gap.kind, GapKind::Limit | GapKind::Cycle)
}

fn named(provider: &(super::Name, Option<super::Name>, usize)) -> (&str, Option<&str>) {
    (&provider.0, provider.1.as_deref())
}

fn differ(was: &Block, is: &Block, names: &[&str]) -> bool {
    names.iter().any(|name| was.body.attribute(name) != is.body.attribute(name))
}

/// Whether two blocks set the same attributes and have the same kinds of blocks.
fn is_named_alike(was: &Block, is: &Block) -> bool {
    let names = |block: &Block| -> Vec<_> {
        let blocks = block.body.blocks.iter().flat_map(|inner| {
            let label = inner.labels.first().map(|label| label.text.clone());
            [Some(inner.kind.clone()), label]
        });
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
