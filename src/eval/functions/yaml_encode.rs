use super::sink::Sink;
use crate::eval::value::{Kind, Value};
use std::sync::Arc;

/// A document in Terraform's style: blocks, quoted strings, and lists as far to the left as their keys.
pub(super) fn write_document(value: &Value, sink: &mut Sink) {
    node(value, 0, Place::Top, sink);
    // A plain scalar leaves the document open, and the emitter says so.
    match &value.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => sink.push_str("\n...\n"),
        _ => sink.push('\n'),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    /// Behind `- `.
    Item,
    /// Behind `key:`, without the space yet.
    Entry,
}

/// Writes a value without the line break behind it.
fn node(value: &Value, indent: usize, place: Place, sink: &mut Sink) {
    if !sink.is_open() {
        return;
    }
    sink.absorb(&value.meta);
    let block = match &value.kind {
        Kind::List(_, list) => !list.items.is_empty(),
        Kind::Map(_, map) => !map.entries.is_empty(),
        _ => false,
    };
    if !matches!(value.kind, Kind::List(..) | Kind::Map(..)) && !value.is_wholly_known()
        || value.has_open_order()
    {
        // Whether it is quoted, a block of lines, or starts on the next line is up to what it will be.
        return sink.hole(&Value::derived([value]));
    }
    if place == Place::Entry {
        if block {
            sink.push('\n');
        } else {
            sink.push(' ');
        }
    }
    match &value.kind {
        Kind::Null => sink.push_str("null"),
        Kind::Bool(flag) => sink.push_str(if *flag { "true" } else { "false" }),
        Kind::Number(number) => sink.push_str(&number.to_string()),
        Kind::String(text) => string(text.as_str(), if place == Place::Top { 2 } else { indent }, sink),
        Kind::Template(_) | Kind::Unknown(_) => {}
        Kind::List(_, list) => sequence(&list.items, indent, place, sink),
        Kind::Map(_, map) => {
            let mut entries: Vec<(&Arc<str>, &Value)> = map.entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            mapping(&entries, indent, place, sink);
        }
    }
}

fn sequence(items: &[Value], indent: usize, place: Place, sink: &mut Sink) {
    if items.is_empty() {
        return sink.push_str("[]");
    }
    // Lists are not indented below their keys.
    let indent = if place == Place::Entry { indent.saturating_sub(2) } else { indent };
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            sink.push('\n');
        }
        if index > 0 || place != Place::Item {
            sink.pad(indent);
        }
        sink.push_str("- ");
        node(item, indent + 2, Place::Item, sink);
    }
}

fn mapping(entries: &[(&Arc<str>, &Value)], indent: usize, place: Place, sink: &mut Sink) {
    if entries.is_empty() {
        return sink.push_str("{}");
    }
    for (index, (key, item)) in entries.iter().enumerate() {
        if index > 0 {
            sink.push('\n');
        }
        if index > 0 || place != Place::Item {
            sink.pad(indent);
        }
        sink.push('"');
        escape(key, sink);
        sink.push_str("\":");
        node(item, indent + 2, Place::Entry, sink);
    }
}

/// Several lines are a literal block where one can hold them.
fn string(text: &str, indent: usize, sink: &mut Sink) {
    if !text.contains('\n') || !fits_block(text) {
        sink.push('"');
        folded(text, indent, sink);
        return sink.push('"');
    }
    sink.push('|');
    if text.starts_with([' ', '\n']) {
        sink.push('2');
    }
    let body = text.trim_end_matches('\n');
    match text.len() - body.len() {
        0 => sink.push('-'),
        1 if !body.is_empty() => {}
        _ => sink.push('+'),
    }
    // The last line break is written by whoever goes on.
    let lines = text.strip_suffix('\n').unwrap_or(text);
    for line in lines.split('\n') {
        sink.push('\n');
        if !line.is_empty() {
            sink.pad(indent);
            sink.push_str(line);
        }
    }
}

/// Column behind which a space becomes a line break.
const WIDTH: usize = 80;

fn folded(text: &str, indent: usize, sink: &mut Sink) {
    let mut after_space = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        if c == ' ' && !after_space && at > 0 && next.is_some() && sink.column() > WIDTH {
            sink.push('\n');
            sink.pad(indent);
            if next == Some(' ') {
                sink.push('\\');
            }
        } else {
            escape(c.encode_utf8(&mut [0; 4]), sink);
        }
        after_space = c == ' ';
    }
}

fn fits_block(text: &str) -> bool {
    let space_before_break = text.contains(" \n") || text.ends_with(' ');
    !space_before_break && text.chars().all(|c| c == '\n' || is_printable(c))
}

fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

fn escape(text: &str, sink: &mut Sink) {
    for c in text.chars() {
        match c {
            '"' => sink.push_str("\\\""),
            '\\' => sink.push_str("\\\\"),
            '\0' => sink.push_str("\\0"),
            '\u{7}' => sink.push_str("\\a"),
            '\u{8}' => sink.push_str("\\b"),
            '\t' => sink.push_str("\\t"),
            '\n' => sink.push_str("\\n"),
            '\u{b}' => sink.push_str("\\v"),
            '\u{c}' => sink.push_str("\\f"),
            '\r' => sink.push_str("\\r"),
            '\u{1b}' => sink.push_str("\\e"),
            '\u{85}' => sink.push_str("\\N"),
            '\u{a0}' => sink.push_str("\\_"),
            '\u{2028}' => sink.push_str("\\L"),
            '\u{2029}' => sink.push_str("\\P"),
            _ if is_printable(c) => sink.push(c),
            '\u{feff}' => sink.push_str("\\uFEFF"),
            '\0'..='\u{ff}' => sink.push_str(&format!("\\x{:02X}", u32::from(c))),
            '\u{100}'..='\u{ffff}' => sink.push_str(&format!("\\u{:04X}", u32::from(c))),
            _ => sink.push_str(&format!("\\U{:08X}", u32::from(c))),
        }
    }
}
