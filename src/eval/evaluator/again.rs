//! Evaluating a root module again after a few changes: what they reach is computed again, all else is taken over.
//!
//! A value is right for as long as what it was written as stays where it is, to the byte, and everything it was
//! computed from does. Numbers of resources and modules are kept, so that values which name them stay right. Where
//! that cannot be done the root module is evaluated from nothing.

use super::budget::{Budget, MAX_WORK};
use super::renew::Reached;
use super::trail::{NodeId, Trail};
use super::{BodyState, Evaluator, Inputs, Instances, ModuleState, ResourceState, Slot, SlotState};
use crate::diagnostic::{Gap, GapKind};
use crate::eval::value::ResourceId;
use crate::eval::{ModuleId, Project, is_looked_at};
use crate::source::FileId;
use crate::syntax::ast::Piece;
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
        !changed.any(|path| is_looked_at(&self.reads, path.as_ref()))
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
        let mut reached = Reached::default();
        let mut same = HashMap::new();
        for at in 0..evaluator.modules.len() {
            let old = evaluator.modules[at].source.clone();
            let new = inputs.program.module(&old.dir)?;
            let is_same = || Arc::ptr_eq(&old, new) || old.body == new.body && old.auto_vars == new.auto_vars;
            if *same.entry(Arc::as_ptr(&old)).or_insert_with(is_same) {
                continue;
            }
            // Any value may come from variable files.
            if at == 0 && old.auto_vars != new.auto_vars {
                return None;
            }
            evaluator.renew(ModuleId(at as u32), new, &mut reached);
        }
        if reached.other_modules {
            return None;
        }
        let nodes: HashSet<NodeId> = evaluator.trail.reached(reached.nodes).into_iter().collect();
        evaluator.forget(&nodes);
        if reached.other_providers {
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
        let mut project = self.project(modules);
        let depends_on_order = self.is_looped || project.gaps.iter().any(depends_on_order);
        if depends_on_order && self.resumed.first.is_some() {
            return None;
        }
        let (work, length) = self.resumed.first.unwrap_or((project.work, self.trail.length()));
        project.work = work;
        let reads = project.reads.clone();
        let is_kept = !depends_on_order && work < MAX_WORK / 4 && self.trail.length() <= length * MAX_GROWTH;
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
                family.before = family.instances.done();
                family.instances = Instances::Pending;
            }
            for call in module.calls.values_mut().filter(|call| reached.contains(&call.node)) {
                call.before = call.instances.done();
                call.instances = Instances::Pending;
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

/// What was given up, or refers to itself, says something else when another one asks first.
fn depends_on_order(gap: &Gap) -> bool {
    matches!(gap.kind, GapKind::Limit | GapKind::Cycle)
}
