use super::call::{Outcome, bad};
use super::sink::Sink;
use crate::eval::value::{Kind, Value};
use std::sync::Arc;

/// An expression in Terraform's own syntax.
pub(super) fn encode_expr(args: &[Value]) -> Outcome {
    let mut sink = Sink::default();
    write(&args[0], 0, &mut sink);
    Ok(sink.finish())
}

/// One assignment per line, as `.tfvars` files have them.
pub(super) fn encode_tfvars(args: &[Value]) -> Outcome {
    let Some(entries) = entries(&args[0]) else { return bad(0, "an object is required") };
    let width = entries.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
    let mut sink = Sink::default();
    for (key, value) in entries {
        if !is_identifier(key) {
            return bad(0, format!("invalid variable name \"{key}\": must be a valid identifier"));
        }
        sink.push_str(&format!("{key:width$} = "));
        write(value, 0, &mut sink);
        sink.push('\n');
    }
    Ok(sink.finish())
}

fn entries(value: &Value) -> Option<Vec<(&Arc<str>, &Value)>> {
    let mut entries: Vec<_> = value.entries()?.iter().collect();
    entries.sort_by(|a, b| a.0.cmp(b.0));
    Some(entries)
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

fn write(value: &Value, indent: usize, sink: &mut Sink) {
    match &value.kind {
        Kind::Bool(flag) => sink.push_str(&flag.to_string()),
        Kind::Number(number) => sink.push_str(&number.to_string()),
        Kind::String(text) => write_string(text.as_str(), sink),
        Kind::List(_, list) => {
            sink.push('[');
            for (index, item) in list.items.iter().enumerate() {
                if index > 0 {
                    sink.push_str(", ");
                }
                write(item, indent, sink);
            }
            sink.push(']');
        }
        Kind::Map(_, map) if map.entries.is_empty() => sink.push_str("{}"),
        Kind::Map(..) => {
            let entries = entries(value).unwrap_or_default();
            let names: Vec<String> = entries.iter().map(|(key, _)| name(key)).collect();
            let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
            sink.push_str("{\n");
            for (name, (_, item)) in names.iter().zip(entries) {
                sink.pad(indent + 2);
                sink.push_str(&format!("{name:width$} = "));
                write(item, indent + 2, sink);
                sink.push('\n');
            }
            sink.pad(indent);
            sink.push('}');
        }
        Kind::Null | Kind::Template(_) | Kind::Unknown(_) => sink.push_str("null"),
    }
}

fn name(key: &str) -> String {
    if is_identifier(key) {
        return key.to_owned();
    }
    let mut sink = Sink::default();
    write_string(key, &mut sink);
    sink.finish().as_str().unwrap_or_default().to_owned()
}

fn write_string(text: &str, sink: &mut Sink) {
    sink.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => sink.push_str("\\\""),
            '\\' => sink.push_str("\\\\"),
            '\n' => sink.push_str("\\n"),
            '\r' => sink.push_str("\\r"),
            '\t' => sink.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                sink.push(c);
                sink.push(c);
            }
            _ => sink.push(c),
        }
    }
    sink.push('"');
}
