use super::call::{Outcome, bad};
use super::json_parse::parse;
use super::sink::Sink;
use crate::eval::value::{Kind, MapKind, Part, Value};
use std::sync::Arc;

/// The JSON text, in which unknown values are holes. The value itself is kept beside it.
pub(super) fn jsonencode(args: &[Value]) -> Outcome {
    if args[0].is_unknown() {
        return Ok(Value::derived(args).encoding(args[0].clone()));
    }
    let mut sink = Sink::default();
    write_json(&args[0], &mut sink);
    Ok(sink.finish().encoding(structural(&args[0])))
}

pub(super) fn jsondecode(args: &[Value]) -> Outcome {
    match decode(&args[0]) {
        Ok(value) => Ok(value),
        Err(message) => bad(0, message),
    }
}

/// What a string is the JSON encoding of. Strings that `jsonencode` made give back the value they were made
/// from; in others every literal is where it was written, and holes inside of quotes or in place of a value
/// stay holes there.
pub fn decode(text: &Value) -> Result<Value, String> {
    if let Some(value) = remembered(text) {
        return Ok(value);
    }
    let value = match &text.kind {
        Kind::String(_) | Kind::Template(_) => parse(&text.parts().unwrap_or_default()),
        _ => return Ok(Value::derived([text])),
    };
    match (value, &text.kind) {
        (Ok(value), _) => Ok(value.absorbing(&text.meta)),
        // The holes may hold just what is missing.
        (Err(_), Kind::Template(_)) => Ok(Value::derived([text])),
        (Err(message), _) => Err(message),
    }
}

/// The value that a string was made from. If parts of it are sensitive, only these are; a string that was
/// marked later is sensitive as a whole.
pub(super) fn remembered(text: &Value) -> Option<Value> {
    let value = text.decoded()?.clone();
    let marked = text.meta.sensitive && !value.is_sensitive();
    Some(if marked { value.sensitive() } else { value })
}

/// JSON has arrays and objects only.
pub(super) fn structural(value: &Value) -> Value {
    let mut result = match &value.kind {
        _ if value.has_open_order() => return value.clone(),
        Kind::List(_, list) => Value::tuple(list.items.iter().map(structural).collect()),
        Kind::Map(_, map) => {
            let entries = map.entries.iter().map(|(key, value)| (key.clone(), structural(value)));
            Value::map(MapKind::Object, entries.collect())
        }
        _ => return value.clone(),
    };
    result.meta = value.meta.clone();
    result
}

pub(super) fn write_json(value: &Value, sink: &mut Sink) {
    if !sink.is_open() {
        return;
    }
    sink.absorb(&value.meta);
    match &value.kind {
        Kind::Null => sink.push_str("null"),
        Kind::Bool(flag) => sink.push_str(if *flag { "true" } else { "false" }),
        Kind::Number(number) => sink.push_str(&number.to_string()),
        Kind::String(text) => write_string(text.as_str(), sink),
        Kind::Template(parts) => {
            sink.push('"');
            for part in parts.iter() {
                match part {
                    Part::Text(text) => escape(text.as_str(), sink),
                    Part::Hole(hole) => sink.hole(hole),
                }
            }
            sink.push('"');
        }
        Kind::Unknown(_) => sink.hole(value),
        _ if value.has_open_order() => sink.hole(&Value::derived([value])),
        Kind::List(_, list) => {
            sink.push('[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    sink.push(',');
                }
                write_json(item, sink);
            }
            sink.push(']');
        }
        Kind::Map(_, map) => {
            let mut entries: Vec<(&Arc<str>, &Value)> = map.entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            sink.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    sink.push(',');
                }
                write_string(key, sink);
                sink.push(':');
                write_json(item, sink);
            }
            sink.push('}');
        }
    }
}

pub(super) fn write_string(text: &str, sink: &mut Sink) {
    sink.push('"');
    escape(text, sink);
    sink.push('"');
}

/// Escapes as Go does, so that the text can be put into HTML.
fn escape(text: &str, sink: &mut Sink) {
    for c in text.chars() {
        match c {
            '"' => sink.push_str("\\\""),
            '\\' => sink.push_str("\\\\"),
            '\n' => sink.push_str("\\n"),
            '\r' => sink.push_str("\\r"),
            '\t' => sink.push_str("\\t"),
            '\u{8}' => sink.push_str("\\b"),
            '\u{c}' => sink.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                sink.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            _ => sink.push(c),
        }
    }
}
