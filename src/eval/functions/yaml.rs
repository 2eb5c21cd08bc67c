use super::call::{Outcome, bad};
use super::json::{remembered, structural};
use super::sink::Sink;
use super::yaml_decode::Node;
use super::yaml_encode::write_document;
use crate::eval::value::{Kind, MAX_NODES, Part, Value};
use serde::de::DeserializeSeed;
use std::cell::Cell;

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

/// What the documents of a YAML text hold, each with the offset that its text starts at. An interpolation that
/// is a whole scalar is its value there, and one in a part of a scalar leaves it unknown. Documents that do
/// not parse are left out.
pub fn documents(text: &Value) -> Vec<(usize, Value)> {
    if let Some(value) = remembered(text) {
        return vec![(0, value)];
    }
    let (mut whole, mut holes) = (String::new(), Vec::new());
    for part in text.parts().unwrap_or_default().iter() {
        match part {
            Part::Text(part) => whole.push_str(part.as_str()),
            Part::Hole(hole) => {
                whole.push_str(&format!("{MARK}{}{MARK}", holes.len()));
                holes.push(hole.clone());
            }
        }
    }
    let left = Cell::new(MAX_NODES);
    let mut found = Vec::new();
    for (start, document) in split(&whole).into_iter().filter(|(_, document)| !is_blank(document)) {
        let document = serde_norway::Deserializer::from_str(document);
        if let Ok(value) = (Node { depth: 0, left: &left }).deserialize(document) {
            found.push((start, filled(&value, &holes).absorbing(&text.meta)));
        }
    }
    found
}

/// Stands for an interpolation while the text around it is read.
const MARK: &str = "\u{e000}";

/// Documents are separated by lines of three dashes.
fn split(text: &str) -> Vec<(usize, &str)> {
    let (mut found, mut start, mut at) = (Vec::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            found.push((start, &text[start..at]));
            start = at + line.len();
        }
        at += line.len();
    }
    found.push((start, &text[start..]));
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
