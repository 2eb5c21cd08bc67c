use super::call::{Outcome, bad};
use super::json::{remembered, structural};
use super::sink::Sink;
use super::yaml_decode::Node;
use super::yaml_encode::write_document;
use crate::eval::value::{Kind, MAX_NODES, Value};
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

fn is_blank(text: &str) -> bool {
    text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
}
