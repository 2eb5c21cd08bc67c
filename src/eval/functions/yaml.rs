use super::call::{Outcome, bad};
use super::json::{remembered, structural};
use super::sink::Sink;
use super::yaml_decode::Node;
use super::yaml_encode::write_document;
use crate::eval::value::{Kind, MAX_NODES, Part, Str, Value};
use serde::de::DeserializeSeed;
use std::cell::Cell;
use std::ops::Range;

pub(super) fn yamlencode(args: &[Value]) -> Outcome {
    if args[0].is_unknown() {
        return Ok(Value::derived(args).encoding(args[0].clone()));
    }
    let mut sink = Sink::default();
    write_document(&args[0], &mut sink);
    Ok(sink.finish().encoding(structural(&args[0])))
}

pub(super) fn yamldecode(args: &[Value]) -> Outcome {
    if let Some(value) = remembered(&args[0]) {
        return Ok(value);
    }
    let Kind::String(text) = &args[0].kind else { return Ok(Value::derived(args)) };
    let text = text.as_str();
    let mut documents = serde_norway::Deserializer::from_str(text);
    let (Some(first), None) = (documents.next(), documents.next()) else {
        return bad(0, "exactly one YAML document is required");
    };
    let left = Cell::new(MAX_NODES);
    match (Node { depth: 0, left: &left }.deserialize(first)) {
        Ok(value) if value.is_null() && is_blank(text) => bad(0, "the YAML document is missing"),
        Ok(_) if left.get() == 0 => Ok(super::collection::limited(args)),
        Ok(value) => Ok(value.absorbing(&args[0].meta)),
        Err(error) => bad(0, format!("invalid YAML: {error}")),
    }
}

/// A document of a YAML text.
#[derive(Debug)]
pub struct YamlDocument {
    pub value: Value,
    /// Its text with the places that it was written at; none when it was made from a value.
    pub text: Option<Str>,
}

/// What the documents of a YAML text hold. An interpolation that is a whole scalar is its value there, and one
/// in a part of a scalar leaves it unknown. Documents that do not parse are left out.
pub fn documents(text: &Value) -> Vec<YamlDocument> {
    if let Some(value) = remembered(text) {
        return vec![YamlDocument { value, text: None }];
    }
    let (mut whole, mut pieces, mut holes) = (String::new(), Vec::new(), Vec::new());
    for part in text.parts().unwrap_or_default() {
        let start = whole.len();
        match part {
            Part::Text(part) => {
                let part = part.located(text.meta.span);
                pieces.extend(part.pieces().iter().map(|(at, span)| (start + at, *span)));
                whole.push_str(part.as_str());
            }
            Part::Hole(hole) => {
                pieces.extend(hole.meta.span.map(|span| (start, span)));
                whole.push_str(&format!("{MARK}{}{MARK}", holes.len()));
                holes.push(hole);
            }
        }
    }
    let left = Cell::new(MAX_NODES);
    let whole = Str::with_pieces(whole, pieces);
    let mut found = Vec::new();
    for range in split(whole.as_str()) {
        let document = whole.slice(range.start, range.end);
        if is_blank(document.as_str()) {
            continue;
        }
        let parsed = serde_norway::Deserializer::from_str(document.as_str());
        if let Ok(value) = (Node { depth: 0, left: &left }).deserialize(parsed) {
            let value = filled(&value, &holes).absorbing(&text.meta);
            found.push(YamlDocument { value, text: Some(document) });
        }
    }
    found
}

/// Stands for an interpolation while the text around it is read.
const MARK: &str = "\u{e000}";

/// Documents are separated by lines of three dashes.
fn split(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            found.push(start..at);
            start = at + line.len();
        }
        at += line.len();
    }
    found.push(start..text.len());
    found
}

fn filled(value: &Value, holes: &[Value]) -> Value {
    match &value.kind {
        _ if holes.is_empty() => value.clone(),
        Kind::String(text) => {
            let mut marked = text.as_str().split(MARK).skip(1).step_by(2).filter_map(|index| {
                let index: usize = index.parse().ok()?;
                holes.get(index)
            });
            let Some(first) = marked.next() else { return value.clone() };
            let is_whole = text.as_str().starts_with(MARK)
                && text.as_str().ends_with(MARK)
                && text.as_str().matches(MARK).count() == 2;
            match is_whole {
                true => first.clone(),
                false => Value::derived(std::iter::once(first).chain(marked)),
            }
        }
        Kind::List(_, list) => Value::tuple(list.items.iter().map(|item| filled(item, holes)).collect()),
        Kind::Map(kind, map) => {
            let entries = map.entries.iter().map(|(key, value)| (key.clone(), filled(value, holes)));
            Value::map(*kind, entries.collect())
        }
        _ => value.clone(),
    }
}

fn is_blank(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}
