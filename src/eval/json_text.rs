//! JSON that is written as text (a heredoc, a file) and may have holes, read back into values that know
//! where each of their parts is written.

use super::value::{Kind, Number, Part, Str, Value};
use crate::source::Span;
use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use std::sync::Arc;

/// Marks a hole in the text that is given to the parser; private use, so no document has it.
const HOLE: char = '\u{f8ff}';

/// The document that a string holds: what `jsonencode` was given, or the parsed text. `None` when it is not
/// JSON or not known at all.
pub fn decode(value: &Value) -> Option<Value> {
    if let Some(decoded) = value.decoded() {
        return Some(decoded.clone());
    }
    let parts: Vec<Part> = match &value.kind {
        Kind::String(text) => vec![Part::Text(text.clone())],
        Kind::Template(parts) => parts.to_vec(),
        Kind::List(..) | Kind::Map(..) => return Some(value.clone()),
        _ => return None,
    };
    let text = Text::new(&parts, value.meta.span);
    let options = ParseOptions { allow_trailing_commas: false, ..ParseOptions::default() };
    let parsed = parse_to_ast(&text.json, &CollectOptions::default(), &options).ok()?;
    let document = parsed.value?;
    matches!(document, ast::Value::Object(_) | ast::Value::Array(_)).then(|| text.value(&document))
}

/// The text as one string, and where each part of it came from.
struct Text<'a> {
    json: String,
    parts: Vec<(usize, &'a Part)>,
    holes: Vec<&'a Value>,
    whole: Option<Span>,
}

impl<'a> Text<'a> {
    fn new(parts: &'a [Part], whole: Option<Span>) -> Self {
        let mut text = Text { json: String::new(), parts: Vec::new(), holes: Vec::new(), whole };
        let mut quoted = false;
        for part in parts {
            match part {
                Part::Text(known) => {
                    text.parts.push((text.json.len(), part));
                    text.json.push_str(known.as_str());
                    quoted = ends_quoted(known.as_str(), quoted);
                }
                Part::Hole(value) => {
                    // A hole outside of quotes stands for a whole value, inside for part of a string.
                    let mark = format!("{HOLE}{}{HOLE}", text.holes.len());
                    text.holes.push(value);
                    match quoted {
                        true => text.json.push_str(&mark),
                        false => text.json.push_str(&format!("\"{mark}\"")),
                    }
                }
            }
        }
        text
    }

    fn span(&self, start: usize, end: usize) -> Option<Span> {
        let at = self.parts.partition_point(|(from, _)| *from <= start).checked_sub(1)?;
        let (from, Part::Text(known)) = self.parts[at] else { return self.whole };
        let inside = start - from;
        let end = (end - from).min(known.as_str().len());
        if inside < end { known.span_of(inside, end).or(self.whole) } else { self.whole }
    }

    fn value(&self, node: &ast::Value<'_>) -> Value {
        let value = match node {
            ast::Value::NullKeyword(_) => Value::null(),
            ast::Value::BooleanLit(literal) => Value::bool(literal.value),
            ast::Value::NumberLit(literal) => {
                Number::parse(literal.value).map_or_else(Value::null, Value::number)
            }
            ast::Value::StringLit(literal) => self.string(&literal.value),
            ast::Value::Array(list) => {
                Value::tuple(list.elements.iter().map(|item| self.value(item)).collect())
            }
            ast::Value::Object(object) => Value::object(
                object
                    .properties
                    .iter()
                    .map(|entry| (Arc::from(entry.name.as_str()), self.value(&entry.value))),
            ),
        };
        match self.span(node.start(), node.end()) {
            Some(span) => value.or_at(span),
            None => value,
        }
    }

    fn string(&self, text: &str) -> Value {
        if !text.contains(HOLE) {
            return Value::string(Str::new(text));
        }
        let mut parts = Vec::new();
        for (index, piece) in text.split(HOLE).enumerate() {
            match index % 2 {
                0 => parts.push(Part::Text(Str::new(piece))),
                _ => {
                    let hole = piece.parse().ok().and_then(|at: usize| self.holes.get(at));
                    parts.extend(hole.map(|value| Part::Hole((*value).clone())));
                }
            }
        }
        match parts.as_slice() {
            [Part::Text(before), Part::Hole(value), Part::Text(after)]
                if before.as_str().is_empty() && after.as_str().is_empty() =>
            {
                value.clone()
            }
            _ => Value::template(parts),
        }
    }
}

/// Whether a quoted string is open after `text`.
fn ends_quoted(text: &str, mut quoted: bool) -> bool {
    let mut escaped = false;
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
    }
    quoted
}
