//! From syntax to values: what each expression is, what stays unknown, and where every literal came from.
//!
//! [`Program`] is the static side: which directories are modules, what they contain after override files are
//! merged, and which of them are roots. [`evaluate`] turns one root into a [`Project`].

mod constraint;
mod documents;
mod evaluator;
pub mod functions;
mod json_text;
mod program;
mod project;
pub mod value;

pub use evaluator::{Inputs, evaluate, evaluate_expression};
pub use json_text::decode as decode_json;
pub use program::{ModuleSource, Program};
pub use project::{
    Attr, BlockValue, InstanceKey, ModuleCall, ModuleId, ModuleInstance, Output, Project, Provider, Resource,
    ResourceMode, Variable,
};
