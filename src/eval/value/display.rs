//! Values as `terraform console` prints them.

use super::{Kind, ListKind, MapKind, Type, Value};

/// The text that `terraform console` prints for this value.
pub fn console(value: &Value) -> String {
    let mut out = String::new();
    print(value, &Type::Any, 0, &mut out);
    out
}

/// `ty` is what the surrounding collection tells about the type, which shows when the value is null.
fn print(value: &Value, ty: &Type, indent: usize, out: &mut String) {
    if value.meta.sensitive {
        return out.push_str("(sensitive value)");
    }
    match &value.kind {
        Kind::Null => out.push_str(&null(ty)),
        Kind::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Kind::Number(number) => out.push_str(&number.to_string()),
        Kind::String(text) => string(text.as_str(), indent, out),
        Kind::Template(_) | Kind::Unknown(_) => out.push_str("(known after apply)"),
        Kind::List(kind, list) => {
            let (open, close) = match kind {
                ListKind::Tuple => ("[", "]"),
                ListKind::List => ("tolist([", "])"),
                ListKind::Set => ("toset([", "])"),
            };
            let element = element_type(value, ty);
            out.push_str(open);
            for item in &list.items {
                line(indent + 2, out);
                print(item, &element, indent + 2, out);
                out.push(',');
            }
            if !list.items.is_empty() {
                line(indent, out);
            }
            out.push_str(close);
        }
        Kind::Map(kind, map) => {
            let (open, close) = match kind {
                MapKind::Object => ("{", "}"),
                MapKind::Map => ("tomap({", "})"),
            };
            let element = element_type(value, ty);
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            out.push_str(open);
            for (key, item) in &entries {
                line(indent + 2, out);
                string(key, indent + 2, out);
                out.push_str(" = ");
                print(item, &element, indent + 2, out);
            }
            if !entries.is_empty() {
                line(indent, out);
            }
            out.push_str(close);
        }
    }
}

fn element_type(value: &Value, outer: &Type) -> Type {
    let own = Type::of(value);
    match (own, outer) {
        (Type::List(element) | Type::Set(element) | Type::Map(element), _) if *element != Type::Any => {
            *element
        }
        (_, Type::List(element) | Type::Set(element) | Type::Map(element)) => (**element).clone(),
        _ => Type::Any,
    }
}

fn null(ty: &Type) -> String {
    match ty {
        Type::Any => "null".to_owned(),
        Type::Bool | Type::Number | Type::String => format!("to{}(null)", ty.name()),
        Type::List(of) | Type::Set(of) | Type::Map(of) => {
            format!("to{}(null) /* of {} */", ty.name(), of.name())
        }
        Type::Tuple(_) | Type::Object(_) => format!("null /* {} */", ty.name()),
    }
}

fn line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

/// In quotes, or as a heredoc when there are several lines.
fn string(text: &str, indent: usize, out: &mut String) {
    if !text.contains('\n') {
        return out.push_str(&quoted(text));
    }
    let mut delimiter = "EOT".to_owned();
    while text.split('\n').any(|one| one.trim() == delimiter) {
        delimiter.push('_');
    }
    out.push_str(if indent > 0 { "<<-" } else { "<<" });
    out.push_str(&delimiter);
    for one in text.split('\n') {
        line(indent, out);
        out.push_str(one);
    }
    line(indent, out);
    out.push_str(&delimiter);
}

/// A string literal in the notation of Go.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            ' '..='~' => out.push(c),
            _ if is_printable(c) => out.push(c),
            '\0'..='\u{7f}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            '\u{80}'..='\u{ffff}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Rust and Go agree about what can be printed. A preceding letter keeps combining marks as they are.
pub fn is_printable(c: char) -> bool {
    format!("x{c}").escape_debug().count() == 2
}
