use super::{ResourceId, Size, Value};
use std::sync::Arc;

/// A value that the code alone does not tell.
#[derive(Clone, Debug)]
pub struct Unknown {
    pub why: Why,
    /// With alternatives, how large they are.
    pub(super) size: Size,
}

/// Stands for the unknown part of a key in [`Why::Keys`].
pub const KEY_HOLE: char = '\u{fffc}';

/// Why a value is not known.
#[derive(Clone, Debug)]
pub enum Why {
    /// A whole resource or data source; its attributes can be looked up.
    Resource(ResourceId),
    /// A whole module instance; its outputs can be looked up.
    ModuleInstance(u32),
    /// An attribute that the provider computes.
    Attribute(ResourceId, Arc<str>),
    /// An input variable of a root module without default.
    Variable(Arc<str>),
    /// An output of a module whose source is not here.
    Module(Arc<str>),
    /// `each.*` or `count.index` of a block that is not expanded.
    Repetition,
    /// `timestamp()`, `uuid()`, `plantimestamp()`, `bcrypt()`: different at each run.
    Impure(&'static str),
    /// Computed from other unknown values.
    Derived,
    /// A limit was reached; a gap says which.
    Limit,
    /// It refers to itself.
    Cycle,
    /// The expression is wrong or not supported; a gap says how.
    Error,
    /// One of several values, the condition being unknown.
    OneOf(Arc<Vec<Value>>),
    /// An object that has keys of which only a part is known, as in `{ "${issuer}:sub" = … }`. Any key could be
    /// among them, so that nothing can be looked up in it; this is how it is written, each unknown part of
    /// a key being [`KEY_HOLE`].
    Keys(Arc<Value>),
}

impl Unknown {
    pub fn new(why: Why) -> Self {
        let size = match &why {
            Why::OneOf(options) => Size::around(options.iter()),
            Why::Keys(written) => Size::around([&**written]),
            _ => Size { nodes: 1, levels: 1 },
        };
        match size.is_excessive() {
            true => Unknown::new(Why::Limit),
            false => Unknown { why, size },
        }
    }
}
