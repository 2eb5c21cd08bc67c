//! The strings of a block, each under the name that says what it is.

use crate::eval::value::{Kind, MapKind, Part, Value};
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
    /// How much of the whole path leads to the attribute.
    path: usize,
    name: &'a str,
    attr: &'a Attr,
    depth: usize,
}

/// A walk, with the path to where it has arrived.
struct Walk<'v> {
    full: String,
    visit: &'v mut dyn FnMut(&Leaf<'_>),
}

impl Walk<'_> {
    /// Goes one step down and comes back. What it was before is where the path ends again.
    fn step(&mut self, name: &str, work: impl FnOnce(&mut Self)) {
        let before = self.full.len();
        if before > 0 {
            self.full.push('.');
        }
        self.full.push_str(name);
        work(self);
        self.full.truncate(before);
    }

    fn tell(&mut self, path: usize, name: &str, value: &Value, attr: &Attr) {
        let Walk { full, visit } = self;
        visit(&Leaf { path: &full[..path], full, name, value, attr });
    }
}

const DEPTH: usize = 24;

/// Visits every string, string with holes and unknown value below a block; JSON texts are looked into.
pub fn each(block: &BlockValue, visit: &mut dyn FnMut(&Leaf<'_>)) {
    below(block, &mut Walk { full: String::new(), visit });
}

fn below(block: &BlockValue, walk: &mut Walk<'_>) {
    // The name of a resource says nothing of its value, but the key of a variable does.
    let named = if walk.full.is_empty() { None } else { block.text("name") };
    let sibling = named.or_else(|| block.text("key"));
    for (name, attr) in &block.attributes {
        let called = if &**name == "value" { sibling.unwrap_or(name) } else { name };
        walk.step(name, |walk| {
            let at = At { path: walk.full.len(), name: called, attr, depth: 0 };
            inside(&attr.value, at, walk);
        });
    }
    for (name, inner) in &block.blocks {
        walk.step(name, |walk| below(inner, walk));
    }
}

fn inside(value: &Value, at: At<'_>, walk: &mut Walk<'_>) {
    if at.depth > DEPTH {
        return;
    }
    let At { path, name, attr, depth } = at;
    let below = At { depth: depth + 1, ..at };
    match &value.kind {
        Kind::List(_, list) => list.items.iter().for_each(|item| inside(item, below, walk)),
        Kind::Map(_, map) => {
            let called = ["name", "Name", "key"].iter().find_map(|key| map.entries.get(*key)?.as_str());
            for (key, item) in &map.entries {
                let is_value = matches!(&**key, "value" | "Value");
                let name = called.filter(|_| is_value).unwrap_or(key);
                walk.step(key, |walk| inside(item, At { name, ..below }, walk));
            }
        }
        Kind::String(_) | Kind::Template(_) => match document(value) {
            Some(decoded) => inside(&decoded, below, walk),
            None => walk.tell(path, name, value, attr),
        },
        // Also what encodes something that is unknown as a whole.
        Kind::Unknown(_) => walk.tell(path, name, value, attr),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {}
    }
}

/// What a JSON text holds, when it is an object or a list.
fn document(value: &Value) -> Option<Value> {
    let decoded = match value.decoded() {
        Some(decoded) => decoded.clone(),
        None => {
            let first = match &value.kind {
                Kind::String(text) => Some(text.as_str()),
                Kind::Template(parts) => match parts.first()? {
                    Part::Text(text) => Some(text.as_str()),
                    Part::Hole(_) => None,
                },
                _ => None,
            };
            let first = first.and_then(|text| text.trim_start().bytes().next());
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
