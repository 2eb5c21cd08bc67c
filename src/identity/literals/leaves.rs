//! The strings of a block, each under the name that says what it is.

use crate::eval::value::{Kind, MapKind, Value};
use crate::eval::{Attr, BlockValue, decode_json};
use crate::source::{SourceMap, Span};

/// A string, or what stands for one, somewhere inside an attribute.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    /// Dotted path of the attribute, without the keys inside its value.
    pub path: &'a str,
    /// The same with the keys, which is what JSON syntax has instead of nested blocks.
    pub full: &'a str,
    /// The key it is assigned to: of a map, of a JSON document, or the `name` next to a `value`.
    pub name: &'a str,
    pub value: &'a Value,
    pub attr: &'a Attr,
}

/// Where a walk has arrived.
#[derive(Clone, Copy)]
struct At<'a> {
    path: &'a str,
    full: &'a str,
    name: &'a str,
    attr: &'a Attr,
    depth: usize,
}

const DEPTH: usize = 24;

/// Visits every string, string with holes and unknown value below a block; JSON texts are looked into.
pub fn each(block: &BlockValue, visit: &mut dyn FnMut(&Leaf<'_>)) {
    below(block, "", visit);
}

fn below(block: &BlockValue, prefix: &str, visit: &mut dyn FnMut(&Leaf<'_>)) {
    let join = |name: &str| if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
    // The name of a resource says nothing of its value, but the key of a variable does.
    let named = if prefix.is_empty() { None } else { block.text("name") };
    let sibling = named.or_else(|| block.text("key"));
    for (name, attr) in &block.attributes {
        let path = join(name);
        let called = if &**name == "value" { sibling.unwrap_or(name) } else { name };
        let at = At { path: &path, full: &path, name: called, attr, depth: 0 };
        inside(&attr.value, at, visit);
    }
    for (name, inner) in &block.blocks {
        below(inner, &join(name), visit);
    }
}

fn inside(value: &Value, at: At<'_>, visit: &mut dyn FnMut(&Leaf<'_>)) {
    if at.depth > DEPTH {
        return;
    }
    let At { path, full, name, attr, depth } = at;
    let below = At { depth: depth + 1, ..at };
    match &value.kind {
        Kind::List(_, list) => list.items.iter().for_each(|item| inside(item, below, visit)),
        Kind::Map(_, map) => {
            let called = ["name", "Name", "key"].iter().find_map(|key| map.entries.get(*key)?.as_str());
            for (key, item) in &map.entries {
                let is_value = matches!(&**key, "value" | "Value");
                let name = called.filter(|_| is_value).unwrap_or(key);
                let full = format!("{full}.{key}");
                inside(item, At { name, full: &full, ..below }, visit);
            }
        }
        Kind::String(_) | Kind::Template(_) => match document(value) {
            Some(decoded) => inside(&decoded, below, visit),
            None => visit(&Leaf { path, full, name, value, attr }),
        },
        // Also what encodes something that is unknown as a whole.
        Kind::Unknown(_) => visit(&Leaf { path, full, name, value, attr }),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
    }
}

/// What a JSON text holds, when it is an object or a list.
fn document(value: &Value) -> Option<Value> {
    let decoded = match value.decoded() {
        Some(decoded) => decoded.clone(),
        None => {
            let parts = value.parts()?;
            let first = parts.first().and_then(|part| match part {
                crate::eval::value::Part::Text(text) => text.as_str().trim_start().bytes().next(),
                crate::eval::value::Part::Hole(_) => None,
            });
            if !matches!(first, Some(b'{' | b'[')) {
                return None;
            }
            decode_json(value)?
        }
    };
    matches!(&decoded.kind, Kind::Map(MapKind::Object | MapKind::Map, _) | Kind::List(..)).then_some(decoded)
}

/// Where the characters of a known string were written, longest piece first. Empty when it was written in no
/// file, or is not a literal.
pub fn origins(value: &Value, sources: &SourceMap) -> Vec<Span> {
    let Kind::String(text) = &value.kind else { return Vec::new() };
    let pieces = text.pieces();
    let mut spans: Vec<Span> = match pieces {
        [] => value.meta.span.into_iter().filter_map(|span| literal(span, sources)).collect(),
        _ => pieces
            .iter()
            .enumerate()
            .filter_map(|(index, (from, span))| {
                let until = pieces.get(index + 1).map_or(text.as_str().len(), |next| next.0);
                let exact = span.len() == until - from;
                if exact { Some(*span) } else { literal(*span, sources) }
            })
            .collect(),
    };
    spans.retain(|span| !span.is_empty() && sources.find(span.file).is_some());
    spans.sort_by_key(|span| std::cmp::Reverse(span.len()));
    spans
}

/// The inside of a quoted literal; nothing for a call or a reference.
pub fn literal(span: Span, sources: &SourceMap) -> Option<Span> {
    // Values from a command line are in no file.
    let all = &sources.find(span.file)?.text;
    let text = all.get(span.range())?;
    if text.starts_with("<<") {
        return Some(span);
    }
    if text.len() >= 2 && text.starts_with('"') && text.ends_with('"') {
        return Some(span.slice(1, text.len() - 1));
    }
    let before = (span.start as usize).checked_sub(1).and_then(|at| all.as_bytes().get(at));
    let after = all.as_bytes().get(span.end as usize);
    (before == Some(&b'"') && after == Some(&b'"')).then_some(span)
}
