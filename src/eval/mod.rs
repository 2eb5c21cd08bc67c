//! From syntax to values: what each expression is, what stays unknown, and where every literal came from.
//!
//! [`Program`] is the static side: which directories are modules, what they contain after override files are
//! merged, and which of them are roots. [`evaluate`] turns one root into a [`Project`].

mod address;
mod constraint;
mod documents;
mod evaluator;
pub mod functions;
mod memo;
mod moved;
mod program;
mod project;
pub mod value;

pub use address::block_address;
pub use evaluator::{Inputs, Kept, evaluate, evaluate_again, evaluate_expression};
pub use memo::Memo;
pub use moved::Moves;
pub use program::{ModuleSource, Program};
pub use project::{
    Attr, BlockValue, InstanceKey, Lifecycle, ModuleCall, ModuleId, ModuleInstance, Output, Project,
    Provider, Resource, ResourceMode, Resources, Variable, is_looked_at,
};

/// The document that a string holds: what `jsonencode` was given, or the parsed text, each part with the
/// characters that it was written with. `None` when it is no document or not known at all.
pub fn decode_json(value: &value::Value) -> Option<value::Value> {
    if value.entries().is_some() || value.items().is_some() {
        return Some(value.clone());
    }
    let decoded = functions::decode_json(value).ok()?;
    (decoded.entries().is_some() || decoded.items().is_some()).then_some(decoded)
}

/// What a data source computes from its own arguments alone, such as the text of a policy document.
pub fn computed(resource: &Resource, attribute: &str) -> Option<value::Value> {
    if !documents::computes(&resource.kind, attribute) {
        return None;
    }
    let compute = || documents::computed(&resource.kind, attribute, &resource.body);
    resource.computed.get_or_init(compute).clone()
}
