//! Module instances: created when something asks for them, one for each `count` or `for_each` element.

use super::super::value::{Kind, Value, Why};
use super::expand::Repeated;
use super::trail::{Missing, NodeId, Trail};
use super::traverse::attribute_name;
use super::{
    CallSite, CallState, Evaluator, Family, INSTANCE_WORK, Inputs, Instances, MAX_MODULES, ModuleState, Name,
    Repetition, ResourceModeKey, Scope, Slot,
};
use crate::diagnostic::GapKind;
use crate::eval::program::ModuleSource;
use crate::eval::{InstanceKey, ModuleId};
use crate::source::Span;
use crate::syntax::ast::{ExprKind, Step, StepKind};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;

impl<'a> Evaluator<'a> {
    pub(super) fn new(inputs: &'a Inputs<'a>, root: &str) -> Option<Self> {
        let source = inputs.program.module(root)?.clone();
        let mut evaluator = Evaluator::bare(inputs, root);
        let mut node = || evaluator.trail.node();
        let state = module_state(&source, &mut node, String::new(), String::new(), None, None);
        evaluator.modules.push(state);
        Some(evaluator)
    }

    /// A root without any configuration.
    pub(super) fn empty(inputs: &'a Inputs<'a>, root: &str) -> Self {
        let mut evaluator = Evaluator::bare(inputs, root);
        let source = Arc::new(ModuleSource::nothing(root));
        let mut node = || evaluator.trail.node();
        let state = module_state(&source, &mut node, String::new(), String::new(), None, None);
        evaluator.modules.push(state);
        evaluator
    }

    pub(super) fn bare(inputs: &'a Inputs<'a>, root: &str) -> Self {
        Evaluator {
            inputs,
            root: root.to_string(),
            modules: Vec::new(),
            resources: Vec::new(),
            trail: Trail::default(),
            resumed: super::again::Resumed::default(),
            is_looped: false,
            templates: HashMap::new(),
            constants: HashMap::new(),
            rendering: Vec::new(),
            depth: 0,
            budget: super::budget::Budget::default(),
            constraints: HashMap::new(),
        }
    }

    /// `module.name…`: an output of one instance, or whatever part of the calls is asked for.
    pub(super) fn module_reference(
        &mut self,
        name: &Name,
        span: Span,
        steps: &[Step],
        scope: &mut Scope,
    ) -> Value {
        let Some(instances) = self.call_instances(scope.module, name, span) else {
            return match self.module(scope.module).calls.contains_key(name) {
                // The call is there, its source is not: a gap was recorded at the call.
                true => Value::unknown(Why::Module(name.clone())).at(span),
                false => self.error(span, format!("module `{name}` is not called in this module")),
            };
        };
        let value = instances_value(&instances, |id| Value::unknown(Why::ModuleInstance(id.0)));
        let value = match steps.first().and_then(attribute_name) {
            // `module.name.output` with an instance that stands for any.
            Some(_) if matches!(instances.as_slice(), [(InstanceKey::Any, _)]) => match instances.first() {
                Some((_, id)) => Value::unknown(Why::ModuleInstance(id.0)),
                None => value,
            },
            _ => value,
        };
        self.steps_on(value.at(span), steps, scope)
    }

    pub(super) fn call_instances(
        &mut self,
        module: ModuleId,
        name: &Name,
        span: Span,
    ) -> Option<Arc<Vec<(InstanceKey, ModuleId)>>> {
        let Some(call) = self.module_mut(module).calls.get_mut(name) else {
            self.missed(module, Missing::Call, name);
            return None;
        };
        let node = call.node;
        let instances = std::mem::replace(&mut call.instances, Instances::Active);
        let resolved = call.resolved;
        self.trail.read(node);
        match instances {
            Instances::Done(done) => {
                if let Some(call) = self.module_mut(module).calls.get_mut(name) {
                    call.instances = Instances::Done(done.clone());
                }
                resolved.then_some(done)
            }
            Instances::Active => {
                self.cycle(span, &format!("module.{name}"));
                None
            }
            Instances::Pending => {
                let created = self.compute(node, |this| this.create_instances(module, name));
                let resolved = created.is_some();
                let done = Arc::new(created.unwrap_or_default());
                if let Some(call) = self.module_mut(module).calls.get_mut(name) {
                    call.resolved = resolved;
                    call.instances = Instances::Done(done.clone());
                }
                resolved.then_some(done)
            }
        }
    }

    fn create_instances(&mut self, module: ModuleId, name: &Name) -> Option<Vec<(InstanceKey, ModuleId)>> {
        let CallState { block: index, node, before, .. } = self.module_mut(module).calls.get_mut(name)?;
        let (index, node, before) = (*index, *node, before.take());
        let caller = self.module(module).source.clone();
        let block = &caller.body.blocks[index];
        let target = self.target(module, name, index)?;
        let mut ancestor = Some(module);
        while let Some(id) = ancestor {
            if self.module(id).source.dir == target.dir {
                self.gap(GapKind::Cycle, block.header, format!("module `{}` calls itself", target.dir));
                return None;
            }
            ancestor = self.module(id).parent;
        }
        let mut scope = Scope::of(module, Repetition::None);
        let repetitions = self.expand(block, &mut scope);
        if let Some(before) = before.filter(|before| !before.is_empty()) {
            return self.take_over(&before, &target, repetitions, (index, node));
        }
        let (address, path) = {
            let state = self.module(module);
            (prefixed(&state.address, &format!("module.{name}")), prefixed(&state.path, name))
        };
        let mut created = Vec::new();
        for Repeated { key, repetition, is_certain } in repetitions {
            self.budget.spend(INSTANCE_WORK * (1 + target.body.blocks.len() as u64));
            if self.modules.len() >= MAX_MODULES || self.budget.is_module_exhausted() {
                let message = format!(
                    "more than {MAX_MODULES} module instances, or too much in them: not all are analysed"
                );
                self.gap(GapKind::Limit, block.header, message);
                break;
            }
            let id = ModuleId(self.modules.len() as u32);
            let call = CallSite { block: index, node, repetition, is_certain };
            let address = format!("{address}{}", key.suffix());
            let mut node = || self.trail.node();
            let (path, parent) = (path.clone(), Some(module));
            self.modules.push(module_state(&target, &mut node, address, path, parent, Some(call)));
            created.push((key, id));
        }
        Some(created)
    }

    /// The instances that there were before, which may be repeated by other values now.
    fn take_over(
        &mut self,
        before: &[(InstanceKey, ModuleId)],
        target: &Arc<ModuleSource>,
        repetitions: Vec<Repeated>,
        (block, node): (usize, NodeId),
    ) -> Option<Vec<(InstanceKey, ModuleId)>> {
        let is_same = before.iter().map(|(key, _)| key).eq(repetitions.iter().map(|one| &one.key))
            && before.iter().all(|(_, id)| self.module(*id).source.dir == target.dir);
        // Modules that are not there any more would leave their numbers behind.
        self.resumed.abandoned |= !is_same;
        for ((_, id), Repeated { repetition, is_certain, .. }) in before.iter().zip(repetitions) {
            self.module_mut(*id).call = Some(CallSite { block, node, repetition, is_certain });
        }
        Some(before.to_vec())
    }

    /// The directory that a call leads to; a gap when it is not here.
    fn target(&mut self, module: ModuleId, name: &str, index: usize) -> Option<Arc<ModuleSource>> {
        let state = self.module(module);
        let (caller, path) = (state.source.clone(), prefixed(&state.path, name));
        let block = &caller.body.blocks[index];
        let source = block.body.attribute("source");
        let Some(ExprKind::String(text)) = source.map(|attribute| &attribute.expr.kind) else {
            self.gap(GapKind::MissingModule, block.header, "the module source is not a literal string");
            return None;
        };
        match self.inputs.program.resolve(&self.root, &caller.dir, &path, text) {
            Ok(target) => Some(target.clone()),
            Err(mut gap) => {
                gap.span = source.map(|attribute| attribute.expr.span);
                self.trail.now.gaps.insert(gap);
                None
            }
        }
    }
}

/// One instance stands for itself, several are a list or a map of them.
pub(super) fn instances_value<T: Copy>(instances: &[(InstanceKey, T)], one: impl Fn(T) -> Value) -> Value {
    match instances {
        [(InstanceKey::None, id)] => one(*id),
        // Any index leads to the instance that stands for all.
        [(InstanceKey::Any, id)] => {
            let mut value = one(*id);
            if let Kind::Unknown(unknown) = &value.kind {
                let why = unknown.why.clone();
                let mut inner = Value::unknown(why);
                inner.meta = value.meta.clone();
                value = Value {
                    kind: Value::unknown(Why::OneOf(Arc::new(vec![Value::tuple(vec![inner])]))).kind,
                    ..value
                };
            }
            value
        }
        _ if instances.iter().any(|(key, _)| matches!(key, InstanceKey::Each(_))) => {
            let entries = instances.iter().filter_map(|(key, id)| match key {
                InstanceKey::Each(key) => Some((key.clone(), one(*id))),
                _ => None,
            });
            Value::object(entries)
        }
        _ => Value::tuple(instances.iter().map(|(_, id)| one(*id)).collect()),
    }
}

fn prefixed(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") }
}

pub(super) fn module_state(
    source: &Arc<ModuleSource>,
    node: &mut dyn FnMut() -> NodeId,
    address: String,
    path: String,
    parent: Option<ModuleId>,
    call: Option<CallSite>,
) -> ModuleState {
    let mut state = ModuleState {
        node: node(),
        whole: None,
        source: source.clone(),
        address,
        path,
        parent,
        call,
        variables: IndexMap::new(),
        locals: IndexMap::new(),
        outputs: IndexMap::new(),
        families: IndexMap::new(),
        calls: IndexMap::new(),
        providers: Vec::new(),
    };
    for (index, block) in source.body.blocks.iter().enumerate() {
        let label = |at: usize| block.labels.get(at).map(|label| label.text.clone());
        match (&*block.kind, label(0), label(1)) {
            ("variable", Some(name), _) => {
                state.variables.entry(name).or_insert_with(|| (index, Slot::new(node())));
            }
            ("output", Some(name), _) => {
                state.outputs.entry(name).or_insert_with(|| (index, Slot::new(node())));
            }
            ("locals", ..) => {
                for (at, attribute) in block.body.attributes.iter().enumerate() {
                    let slot = || (index, at, Slot::new(node()));
                    state.locals.entry(attribute.name.clone()).or_insert_with(slot);
                }
            }
            ("module", Some(name), _) => {
                let instances = Instances::Pending;
                let (block, before, resolved) = (index, None, false);
                let call = || CallState { block, node: node(), resolved, instances, before };
                state.calls.entry(name).or_insert_with(call);
            }
            ("resource" | "data" | "ephemeral", Some(kind), Some(name)) => {
                let mode = ResourceModeKey::of(&block.kind);
                let instances = Instances::Pending;
                let (block, before) = (index, None);
                let family = || Family { block, node: node(), names: node(), instances, before };
                state.families.entry((mode, kind, name)).or_insert_with(family);
            }
            ("provider", Some(name), _) => {
                let alias = match block.body.attribute("alias").map(|attribute| &attribute.expr.kind) {
                    Some(ExprKind::String(alias)) => Some(alias.clone()),
                    _ => None,
                };
                state.providers.push((name, alias, index));
            }
            _ => {}
        }
    }
    state
}

/// The names in a step list that is a plain dotted path, such as a provider reference.
pub(super) fn plain_names(steps: &[Step]) -> Vec<Name> {
    let names = steps.iter().map_while(|step| match &step.kind {
        StepKind::Attribute(name) => Some(name.clone()),
        _ => None,
    });
    names.collect()
}
