//! Evaluates one root module on demand: nothing is computed twice, and a name that is asked for while it is
//! being computed is a cycle.

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
mod resources;
mod templates;
mod tfvars;
mod traverse;

use super::constraint::Constraint;
use super::program::{ModuleSource, Program};
use super::project::{BlockValue, InstanceKey, ModuleId, Project, ResourceMode};
use super::value::{ResourceId, Value, Why};
use crate::diagnostic::{Gap, GapKind};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::ast::{Attribute, Piece};
use indexmap::{IndexMap, IndexSet};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

type Name = Arc<str>;

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
        match evaluator.errors.into_iter().next() {
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
#[derive(Clone, Debug, Default)]
enum Slot {
    #[default]
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
    /// What Terraform would refuse. `try` and `can` take back what they catch.
    errors: Vec<Gap>,
    gaps: IndexSet<Gap>,
    templates: HashMap<FileId, Arc<Vec<Piece>>>,
    /// Template files that are being rendered.
    rendering: Vec<FileId>,
    /// What calls inside of a loop come to that are the same in each of its rounds.
    constants: HashMap<calls::Place, Value>,
    depth: usize,
    budget: budget::Budget,
    /// Paths that expressions look at, and whether the file was read.
    reads: BTreeMap<String, bool>,
    /// Types of variables that are the same for every instance of their module.
    constraints: HashMap<(*const ModuleSource, usize), Arc<Constraint>>,
}

#[derive(Debug)]
struct ModuleState {
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
    repetition: Repetition,
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
    instances: Instances<ResourceId>,
}

#[derive(Debug)]
struct CallState {
    block: usize,
    resolved: bool,
    instances: Instances<ModuleId>,
}

#[derive(Clone, Debug)]
enum Instances<T> {
    Pending,
    Active,
    Done(Arc<Vec<(InstanceKey, T)>>),
}

#[derive(Debug)]
struct ResourceState {
    module: ModuleId,
    block: usize,
    mode: ResourceMode,
    key: InstanceKey,
    repetition: Repetition,
    body: BodyState,
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
        if self.errors.len() < 10_000 {
            self.errors.push(Gap::new(GapKind::Evaluation, in_a_file(span), message));
        }
        Value::unknown(Why::Error).at(span)
    }

    fn gap(&mut self, kind: GapKind, span: Span, message: impl Into<String>) {
        self.gaps.insert(Gap::new(kind, in_a_file(span), message));
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
