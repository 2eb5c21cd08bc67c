//! Evaluates one root module on demand: nothing is computed twice, and a name that is asked for while it is
//! being computed is a cycle.

mod again;
mod blocks;
mod budget;
mod calls;
mod expand;
mod expr;
mod files;
mod finish;
mod for_expr;
mod lifecycle;
mod modules;
mod names;
mod operators;
mod renew;
mod resources;
mod templates;
mod tfvars;
mod trail;
mod traverse;

use super::constraint::Constraint;
use super::program::{ModuleSource, Program};
use super::project::{BlockValue, InstanceKey, ModuleId, ModuleInstance, Project, Resource, ResourceMode};
use super::value::{ResourceId, Value, Why};
use crate::diagnostic::{Gap, GapKind};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::ast::{Attribute, Piece};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::Arc;
use trail::{NodeId, Notes, Trail};

pub use again::{Kept, evaluate_again};

type Name = Arc<str>;

/// Instances by their keys.
type Created<T> = Arc<Vec<(InstanceKey, T)>>;

/// Nested evaluations before an expression is given up: deeper than any program that people write, and
/// within the stack that [`evaluate`] runs on.
const MAX_DEPTH: usize = 1_000;
/// Instances of one block; module instances and resource instances of one root.
const MAX_INSTANCES: usize = 1_024;
const MAX_MODULES: usize = 4_096;
const MAX_RESOURCES: usize = 32_768;
/// What creating an instance costs for each block in it, see [`budget`].
const INSTANCE_WORK: u64 = 16;
/// Stack of an evaluating thread.
const STACK: usize = 256 << 20;

/// What an evaluation reads.
#[derive(Debug)]
pub struct Inputs<'a> {
    pub sources: &'a SourceMap,
    pub program: &'a Program,
    /// `-var name=value`, in order.
    pub vars: &'a [(String, String)],
    /// Attributes of the files given by `-var-file`, in order.
    pub var_files: &'a [Vec<Attribute>],
}

/// Evaluates a root module and all that it calls.
pub fn evaluate(inputs: &Inputs<'_>, root: &str) -> Project {
    on_large_stack(|| Evaluator::new(inputs, root).map(Evaluator::finish).unwrap_or_default())
}

/// Evaluates one expression in a root module, as `terraform console` does. The error is what Terraform
/// would complain about.
pub fn evaluate_expression(inputs: &Inputs<'_>, root: &str, text: &str) -> Result<Value, String> {
    on_large_stack(|| {
        let mut evaluator = Evaluator::new(inputs, root).unwrap_or_else(|| Evaluator::empty(inputs, root));
        let expr = crate::syntax::parse_expression(text, FileId(u32::MAX)).map_err(|error| error.message)?;
        let value = evaluator.expr(&expr, &mut Scope::root());
        match evaluator.trail.first_error() {
            Some(error) => Err(error.message),
            None => Ok(value),
        }
    })
}

/// Deep configuration needs a deep stack; the memory is only touched when it is used.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match thread.expect("invariant: the system can start a thread").join() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// A value that is computed once.
#[derive(Clone, Debug)]
struct Slot {
    node: NodeId,
    state: SlotState,
}

#[derive(Clone, Debug)]
enum SlotState {
    Pending,
    Active,
    Done(Value),
}

#[derive(Debug)]
struct Evaluator<'a> {
    inputs: &'a Inputs<'a>,
    root: String,
    modules: Vec<ModuleState>,
    resources: Vec<ResourceState>,
    trail: Trail,
    templates: HashMap<FileId, Arc<Vec<Piece>>>,
    /// Template files that are being rendered.
    rendering: Vec<FileId>,
    /// What calls inside of a loop come to that are the same in each of its rounds.
    constants: HashMap<calls::Place, (Value, Notes)>,
    depth: usize,
    budget: budget::Budget,
    resumed: again::Resumed,
    /// A resource asked for its own body, so that it matters who asked first.
    is_looped: bool,
    /// Types of variables that are the same for every instance of their module.
    constraints: HashMap<(*const ModuleSource, usize), Arc<Constraint>>,
}

#[derive(Debug)]
struct ModuleState {
    /// Of what is handed over.
    node: NodeId,
    whole: Option<Arc<ModuleInstance>>,
    source: Arc<ModuleSource>,
    address: String,
    /// Dotted names of the calls that lead here, as in `modules.json`.
    path: String,
    parent: Option<ModuleId>,
    /// Arguments of the call, in the caller's scope.
    call: Option<CallSite>,
    variables: IndexMap<Name, (usize, Slot)>,
    locals: IndexMap<Name, (usize, usize, Slot)>,
    outputs: IndexMap<Name, (usize, Slot)>,
    families: IndexMap<FamilyKey, Family>,
    calls: IndexMap<Name, CallState>,
    providers: Vec<(Name, Option<Name>, usize)>,
}

/// Where a module instance is called: block index in the parent's source, and that instance's `each`.
#[derive(Clone, Debug)]
struct CallSite {
    block: usize,
    /// Of the instances of the call.
    node: NodeId,
    repetition: Repetition,
    is_certain: bool,
}

type FamilyKey = (ResourceModeKey, Name, Name);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ResourceModeKey {
    Managed,
    Data,
    Ephemeral,
}

/// A resource block with its instances.
#[derive(Debug)]
struct Family {
    block: usize,
    node: NodeId,
    /// Of the names that its block sets.
    names: NodeId,
    instances: Instances<ResourceId>,
    /// What there was before it is computed again.
    before: Option<Created<ResourceId>>,
}

#[derive(Debug)]
struct CallState {
    block: usize,
    node: NodeId,
    resolved: bool,
    instances: Instances<ModuleId>,
    before: Option<Created<ModuleId>>,
}

#[derive(Clone, Debug)]
enum Instances<T> {
    Pending,
    Active,
    Done(Created<T>),
}

#[derive(Debug)]
struct ResourceState {
    module: ModuleId,
    block: usize,
    /// Of its body, of its family, and of the names that its block sets.
    node: NodeId,
    family: NodeId,
    names: NodeId,
    mode: ResourceMode,
    key: InstanceKey,
    repetition: Repetition,
    is_certain: bool,
    body: BodyState,
    /// What is handed over.
    whole: Option<Arc<Resource>>,
    is_gone: bool,
}

#[derive(Clone, Debug)]
enum BodyState {
    Pending,
    Active,
    Done(Arc<BlockValue>),
}

/// `count.index`, or `each.key` and `each.value`.
#[derive(Clone, Debug)]
enum Repetition {
    None,
    Count(Value),
    Each { key: Value, value: Value },
}

/// Where an expression stands.
#[derive(Clone, Debug)]
struct Scope {
    module: ModuleId,
    repetition: Repetition,
    /// What `self` is.
    this: Option<ResourceId>,
    /// Names bound by `for`, `dynamic` and template files, innermost last.
    bindings: Vec<(Name, Value)>,
    /// Only bindings are visible: the inside of a template file.
    isolated: bool,
    /// The outermost that was looked at: 0 for what repeats the whole block, then bindings, counted from 1.
    outermost: usize,
}

impl Slot {
    fn new(node: NodeId) -> Self {
        Slot { node, state: SlotState::Pending }
    }

    /// What it is, while whoever asked computes it.
    fn take(&mut self) -> SlotState {
        std::mem::replace(&mut self.state, SlotState::Active)
    }
}

impl Scope {
    fn root() -> Self {
        Scope::of(ModuleId(0), Repetition::None)
    }

    fn of(module: ModuleId, repetition: Repetition) -> Self {
        Scope { module, repetition, this: None, bindings: Vec::new(), isolated: false, outermost: usize::MAX }
    }
}

impl Evaluator<'_> {
    /// Records what Terraform would refuse.
    fn error(&mut self, span: Span, message: impl Into<String>) -> Value {
        // One mistake inside a loop is one mistake.
        if self.trail.now.errors.len() < 10_000 {
            self.trail.now.errors.push(Gap::new(GapKind::Evaluation, in_a_file(span), message));
        }
        Value::unknown(Why::Error).at(span)
    }

    fn gap(&mut self, kind: GapKind, span: Span, message: impl Into<String>) {
        self.trail.now.gaps.insert(Gap::new(kind, in_a_file(span), message));
    }

    fn module(&self, id: ModuleId) -> &ModuleState {
        &self.modules[id.0 as usize]
    }

    fn module_mut(&mut self, id: ModuleId) -> &mut ModuleState {
        &mut self.modules[id.0 as usize]
    }

    fn resource(&self, id: ResourceId) -> &ResourceState {
        &self.resources[id.0 as usize]
    }
}

/// What is typed on a command line has offsets, and no file that they could be of.
fn in_a_file(span: Span) -> Option<Span> {
    (span.file != Span::NOWHERE.file).then_some(span)
}
