use super::{Kind, ListKind, Map, Part, Unknown, Value, Why};
use std::sync::Arc;

/// Terraform's `==` in three values: `None` when the unknown parts decide. A difference between known
/// parts is a difference, whatever the rest turns out to be.
pub fn equal(a: &Value, b: &Value) -> Option<bool> {
    match (&a.kind, &b.kind) {
        (Kind::Unknown(one), _) => equal_to_unknown(one, b),
        (_, Kind::Unknown(one)) => equal_to_unknown(one, a),
        (Kind::Null, Kind::Null) => Some(true),
        (Kind::Bool(a), Kind::Bool(b)) => Some(a == b),
        (Kind::Number(a), Kind::Number(b)) => Some(a == b),
        (Kind::String(a), Kind::String(b)) => Some(a.as_str() == b.as_str()),
        (Kind::String(_) | Kind::Template(_), Kind::String(_) | Kind::Template(_)) => equal_parts(a, b),
        (Kind::List(one, left), Kind::List(other, right)) => {
            let items = match (one, other) {
                (ListKind::Set, ListKind::Set) if !(a.is_wholly_known() && b.is_wholly_known()) => None,
                _ if left.items.len() != right.items.len() => Some(false),
                _ => all(left.items.iter().zip(&right.items).map(|(a, b)| equal(a, b))),
            };
            same_kind(a, b, one == other, items)
        }
        (Kind::Map(one, left), Kind::Map(other, right)) => {
            same_kind(a, b, one == other, equal_maps(left, right))
        }
        _ => Some(false),
    }
}

impl Value {
    /// Whether nobody could tell two values apart, as far as that is seen without a walk through them: they have
    /// their parts in common, and came the same way.
    pub fn is_shared_with(&self, other: &Value) -> bool {
        let kind = match (&self.kind, &other.kind) {
            (Kind::Null, Kind::Null) => true,
            (Kind::Bool(one), Kind::Bool(other)) => one == other,
            (Kind::String(one), Kind::String(other)) => one.is_same(other),
            (Kind::Template(one), Kind::Template(other)) => Arc::ptr_eq(one, other),
            (Kind::List(kind, one), Kind::List(same, other)) => kind == same && Arc::ptr_eq(one, other),
            (Kind::Map(kind, one), Kind::Map(same, other)) => kind == same && Arc::ptr_eq(one, other),
            _ => false,
        };
        let (one, other) = (&self.meta, &other.meta);
        kind && one.span == other.span
            && one.sensitive == other.sensitive
            && one.refs.is_same(&other.refs)
            && one.route == other.route
            && match (&one.decoded, &other.decoded) {
                (None, None) => true,
                (Some(one), Some(other)) => Arc::ptr_eq(one, other),
                _ => false,
            }
    }
}

/// Values of different types are different. What a resource attribute holds was written as a literal, and
/// only the provider knows whether it is a tuple or a list.
fn same_kind(a: &Value, b: &Value, same: bool, content: Option<bool>) -> Option<bool> {
    let guessed = !a.meta.refs.is_empty() || !b.meta.refs.is_empty();
    match (same, guessed) {
        (true, _) => content,
        (false, false) => Some(false),
        (false, true) => content.filter(|equal| !equal),
    }
}

fn equal_maps(a: &Map, b: &Map) -> Option<bool> {
    if a.entries.len() != b.entries.len() {
        return Some(false);
    }
    all(a.entries.iter().map(|(key, value)| match b.entries.get(key) {
        Some(other) => equal(value, other),
        None => Some(false),
    }))
}

/// Three-valued conjunction.
fn all(parts: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

fn equal_to_unknown(one: &Unknown, other: &Value) -> Option<bool> {
    let Why::OneOf(options) = &one.why else { return None };
    if options.len() > 64 {
        return None;
    }
    let mut answers = options.iter().map(|option| equal(option, other));
    let first = answers.next()??;
    answers.all(|answer| answer == Some(first)).then_some(first)
}

/// Strings with holes differ when what is known of their beginnings or of their ends differs.
fn equal_parts(a: &Value, b: &Value) -> Option<bool> {
    let (Some(left), Some(right)) = (a.parts(), b.parts()) else { return None };
    let text = |part: Option<&Part>| match part {
        Some(Part::Text(text)) => text.shared(),
        _ => "".into(),
    };
    let (one, other) = (text(left.first()), text(right.first()));
    let heads = one.bytes().zip(other.bytes()).all(|(a, b)| a == b);
    let (one, other) = (text(left.last()), text(right.last()));
    let tails = one.bytes().rev().zip(other.bytes().rev()).all(|(a, b)| a == b);
    let known = |parts: &[Part]| -> usize {
        let sizes = parts.iter().map(|part| match part {
            Part::Text(text) => text.as_str().len(),
            Part::Hole(_) => 0,
        });
        sizes.sum()
    };
    let fits = match (&a.kind, &b.kind) {
        (Kind::String(text), _) => known(&right) <= text.as_str().len(),
        (_, Kind::String(text)) => known(&left) <= text.as_str().len(),
        _ => true,
    };
    (!(heads && tails && fits)).then_some(false)
}
