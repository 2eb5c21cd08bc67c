//! Values that are sound about what they do not know.

mod build;
mod convert;
pub mod display;
mod equal;
mod number;
mod origin;
mod place;
mod set;
mod text;
mod types;
mod unknown;

pub use convert::{convert, to_list, to_map, to_set, to_string_value, unify_values};
pub use equal::equal;
pub use number::Number;
pub use origin::{Hop, HopKind, Meta, Ref, Refs, ResourceId};
pub use place::Place;
pub use text::{Part, Str};
pub use types::{Field, Type, unify};
pub use unknown::{KEY_HOLE, Unknown, Why};

use indexmap::IndexMap;
use std::sync::Arc;

/// Element and node counts beyond which a value is no longer built.
pub const MAX_NODES: u32 = 200_000;
/// Bytes beyond which a string is no longer built.
pub const MAX_STRING: usize = 1 << 20;
/// Levels of nesting beyond which a value is no longer built: values are walked recursively.
pub const MAX_LEVELS: u32 = 128;

/// A Terraform value together with where it came from.
#[derive(Clone, Debug)]
pub struct Value {
    pub kind: Kind,
    pub meta: Meta,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    /// A string that is fully known.
    String(Str),
    /// A string of which some parts are not known: `"arn:aws:s3:::${x}/*"`.
    Template(Arc<Vec<Part>>),
    List(ListKind, Arc<List>),
    Map(MapKind, Arc<Map>),
    Unknown(Unknown),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    Tuple,
    List,
    /// Elements are unique, and sorted where they are strings or numbers.
    Set,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    Object,
    Map,
}

/// How large the tree below a value is. Trees share branches, so that a small program can describe an
/// exponentially large one: the count is what keeps walks bounded, and the levels what keeps them within
/// the stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Values in the tree, its root included.
    pub nodes: u32,
    /// Levels of values, 1 for a value that holds no others.
    pub levels: u32,
}

impl Size {
    /// The size of a value that holds `parts`.
    pub fn around<'a>(parts: impl IntoIterator<Item = &'a Value>) -> Self {
        let below = parts.into_iter().map(Value::size).fold(Size::default(), |all, size| Size {
            nodes: all.nodes.saturating_add(size.nodes),
            levels: all.levels.max(size.levels),
        });
        Size { nodes: below.nodes.saturating_add(1), levels: below.levels.saturating_add(1) }
    }

    /// Beyond what is built.
    pub fn is_excessive(self) -> bool {
        self.nodes > MAX_NODES || self.levels > MAX_LEVELS
    }
}

#[derive(Debug, Default)]
pub struct List {
    pub items: Vec<Value>,
    pub size: Size,
}

/// Entries by key in written order; Terraform's own order (sorted) is applied where order shows.
#[derive(Debug, Default)]
pub struct Map {
    pub entries: IndexMap<Arc<str>, Value>,
    pub size: Size,
}

impl Value {
    /// A value without origin.
    pub fn of(kind: Kind) -> Self {
        Value { kind, meta: Meta::default() }
    }

    pub fn null() -> Self {
        Value::of(Kind::Null)
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// Unknown as a whole. A list with an unknown element is not.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown(_))
    }

    /// Known all the way down.
    pub fn is_wholly_known(&self) -> bool {
        match &self.kind {
            Kind::Unknown(_) | Kind::Template(_) => false,
            Kind::List(_, list) => list.items.iter().all(Value::is_wholly_known),
            Kind::Map(_, map) => map.entries.values().all(Value::is_wholly_known),
            _ => true,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(value) => Some(*value),
            Kind::String(text) => match text.as_str() {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<Number> {
        match &self.kind {
            Kind::Number(number) => Some(number.clone()),
            Kind::String(text) => Number::parse(text.as_str()),
            _ => None,
        }
    }

    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.to_i64()
    }

    pub fn items(&self) -> Option<&[Value]> {
        match &self.kind {
            Kind::List(_, list) => Some(&list.items),
            _ => None,
        }
    }

    pub fn entries(&self) -> Option<&IndexMap<Arc<str>, Value>> {
        match &self.kind {
            Kind::Map(_, map) => Some(&map.entries),
            _ => None,
        }
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries()?.get(key)
    }

    /// The list's elements, or the value itself as a list of one; nothing for null.
    pub fn as_slice(&self) -> &[Value] {
        match &self.kind {
            Kind::List(_, list) => &list.items,
            Kind::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The tree that this value is the root of, holes and alternatives included.
    pub fn size(&self) -> Size {
        match &self.kind {
            Kind::List(_, list) => list.size,
            Kind::Map(_, map) => map.size,
            Kind::Unknown(unknown) => unknown.size,
            Kind::Template(parts) => Size::around(holes(parts)),
            _ => Size { nodes: 1, levels: 1 },
        }
    }

    /// Nodes in the tree, itself included.
    pub fn nodes(&self) -> u32 {
        self.size().nodes
    }

    /// An object as it is written, also where the unknown part of a key ([`KEY_HOLE`]) keeps it from being one.
    pub fn written_entries(&self) -> Option<&IndexMap<Arc<str>, Value>> {
        match &self.kind {
            Kind::Unknown(Unknown { why: Why::Keys(written), .. }) => written.entries(),
            _ => self.entries(),
        }
    }

    /// Calls `visit` on this value and everything below it, holes of templates included.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Value)) {
        visit(self);
        match &self.kind {
            Kind::List(_, list) => list.items.iter().for_each(|item| item.walk(visit)),
            Kind::Map(_, map) => map.entries.values().for_each(|item| item.walk(visit)),
            Kind::Template(parts) => {
                for part in parts.iter() {
                    if let Part::Hole(value) = part {
                        value.walk(visit);
                    }
                }
            }
            _ => {}
        }
    }

    /// All resource attributes that this value or anything below it was made from.
    pub fn deep_refs(&self) -> Refs {
        let mut refs = Refs::default();
        self.walk(&mut |value| refs.extend(&value.meta.refs));
        refs
    }

    pub fn is_sensitive(&self) -> bool {
        let mut sensitive = false;
        self.walk(&mut |value| sensitive |= value.meta.sensitive);
        sensitive
    }

    /// What this string encodes, when `jsonencode` or `yamlencode` made it. It is there for strings with
    /// holes as well.
    pub fn decoded(&self) -> Option<&Value> {
        self.meta.decoded.as_deref()
    }

    /// A string as its known and unknown parts; nothing for what is not a string.
    pub fn parts(&self) -> Option<Vec<Part>> {
        match &self.kind {
            Kind::String(text) => Some(vec![Part::Text(text.clone())]),
            Kind::Template(parts) => Some(parts.to_vec()),
            _ => None,
        }
    }

    /// The name that Terraform's `type()` gives to the outermost layer.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "bool",
            Kind::Number(_) => "number",
            Kind::String(_) | Kind::Template(_) => "string",
            Kind::List(ListKind::Tuple, _) => "tuple",
            Kind::List(ListKind::List, _) => "list",
            Kind::List(ListKind::Set, _) => "set",
            Kind::Map(MapKind::Object, _) => "object",
            Kind::Map(MapKind::Map, _) => "map",
            Kind::Unknown(_) => "dynamic",
        }
    }
}

/// What is not known of a string.
fn holes(parts: &[Part]) -> impl Iterator<Item = &Value> {
    parts.iter().filter_map(|part| match part {
        Part::Hole(value) => Some(value),
        Part::Text(_) => None,
    })
}
