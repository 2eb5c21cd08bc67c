use super::call::{Outcome, bad};
use super::sink::Sink;
use super::yaml_encode::write_document;
use crate::eval::value::{Kind, MAX_NODES, MapKind, Number, Value, Why};
use indexmap::IndexMap;
use serde::Deserialize;
use std::sync::Arc;

/// With anchors, a document may describe much more than it has bytes.
const MAX_WITH_ANCHORS: usize = 64 * 1_024;
const MAX_DEPTH: usize = 128;

pub(super) fn yamlencode(args: &[Value]) -> Outcome {
    if args[0].is_unknown() {
        return Ok(Value::derived(args).encoding(args[0].clone()));
    }
    let mut sink = Sink::default();
    write_document(&args[0], &mut sink);
    Ok(sink.finish().encoding(args[0].clone()))
}

pub(super) fn yamldecode(args: &[Value]) -> Outcome {
    if let Some(value) = args[0].decoded() {
        return Ok(value.clone());
    }
    let Kind::String(text) = &args[0].kind else { return Ok(Value::derived(args)) };
    let text = text.as_str();
    if text.contains('&') && text.len() > MAX_WITH_ANCHORS {
        return Ok(super::collection::limited(args));
    }
    let mut documents = serde_norway::Deserializer::from_str(text);
    let (Some(first), None) = (documents.next(), documents.next()) else {
        return bad(0, "exactly one YAML document is required");
    };
    let mut yaml = match serde_norway::Value::deserialize(first) {
        Ok(yaml) => yaml,
        Err(error) => return bad(0, format!("invalid YAML: {error}")),
    };
    if yaml.apply_merge().is_err() {
        return bad(0, "invalid YAML: a merge key needs a mapping");
    }
    let mut left = MAX_NODES;
    match convert(&yaml, 0, &mut left) {
        Ok(value) => Ok(value.absorbing(&args[0].meta)),
        Err(message) => bad(0, message),
    }
}

fn convert(yaml: &serde_norway::Value, depth: usize, left: &mut u32) -> Result<Value, String> {
    *left = left.saturating_sub(1);
    if depth > MAX_DEPTH || *left == 0 {
        return Ok(Value::unknown(Why::Limit));
    }
    Ok(match yaml {
        serde_norway::Value::Null => Value::null(),
        serde_norway::Value::Bool(flag) => Value::bool(*flag),
        serde_norway::Value::Number(number) => match Number::parse(&number.to_string()) {
            Some(number) => Value::number(number),
            None => Value::unknown(Why::Limit),
        },
        serde_norway::Value::String(text) => Value::string(text.as_str()),
        serde_norway::Value::Sequence(items) => {
            let items = items.iter().map(|item| convert(item, depth + 1, left));
            Value::tuple(items.collect::<Result<_, _>>()?)
        }
        serde_norway::Value::Mapping(entries) => {
            let mut converted: IndexMap<Arc<str>, Value> = IndexMap::new();
            for (key, item) in entries {
                let key: Arc<str> = match key {
                    serde_norway::Value::String(text) => text.as_str().into(),
                    serde_norway::Value::Bool(flag) => flag.to_string().into(),
                    serde_norway::Value::Number(number) => number.to_string().into(),
                    _ => return Err("only string keys are allowed in mappings".to_owned()),
                };
                converted.insert(key, convert(item, depth + 1, left)?);
            }
            Value::map(MapKind::Object, converted)
        }
        serde_norway::Value::Tagged(tagged) => return Err(format!("unsupported tag \"{}\"", tagged.tag)),
    })
}
