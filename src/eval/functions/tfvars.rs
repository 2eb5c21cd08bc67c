use super::call::{Outcome, bad};
use super::sink::Sink;
use crate::eval::value::display::is_printable;
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
    if let Some((key, _)) = entries.iter().find(|(key, _)| !is_identifier(key)) {
        return bad(0, format!("invalid variable name \"{key}\": must be a valid identifier"));
    }
    let mut sink = Sink::default();
    assignments(&entries, 0, &mut sink);
    Ok(sink.finish())
}

/// Terraform aligns the equals signs of neighbours that take one line each.
fn assignments(entries: &[(&Arc<str>, &Value)], indent: usize, sink: &mut Sink) {
    let names: Vec<String> = entries.iter().map(|(key, _)| name(key)).collect();
    let mut at = 0;
    while at < entries.len() {
        let run = entries[at..].iter().take_while(|(_, value)| !has_lines(value)).count();
        let end = at + run.max(1);
        let width = names[at..end].iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for (name, (_, value)) in names[at..end].iter().zip(&entries[at..end]) {
            sink.pad(indent);
            sink.push_str(&format!("{name:width$} = "));
            write(value, indent, sink);
            sink.push('\n');
        }
        at = end;
    }
}

fn has_lines(value: &Value) -> bool {
    match &value.kind {
        Kind::List(_, list) => list.items.iter().any(has_lines),
        Kind::Map(_, map) => !map.entries.is_empty(),
        _ => false,
    }
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
            sink.push_str("{\n");
            assignments(&entries(value).unwrap_or_default(), indent + 2, sink);
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
            _ if is_printable(c) => sink.push(c),
            _ if u32::from(c) < 0x1_0000 => sink.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => sink.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    sink.push('"');
}
