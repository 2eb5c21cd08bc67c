use super::{Kind, ListKind, Number, Value};
use std::fmt::Write;

/// What a set is ordered by: Terraform sorts booleans, numbers and strings by value, and everything else
/// by a rendering of it. Nulls follow, and unknown values come last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Bool(bool),
    Number(Number),
    Text(String),
    Null,
    Unknown,
}

impl Value {
    /// A set: sorted, and of equal elements only the first. Unknown elements may be equal to others, so
    /// that the number of elements is only an upper bound while there are any.
    pub fn set(items: Vec<Value>) -> Self {
        let mut keyed: Vec<(Key, Value)> = items.into_iter().map(|item| (key(&item), item)).collect();
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        let mut kept: Vec<(Key, Value)> = Vec::with_capacity(keyed.len());
        for (key, item) in keyed {
            match kept.last_mut() {
                Some((last, first)) if key != Key::Unknown && *last == key => {
                    first.meta.absorb(&item.meta);
                }
                _ => kept.push((key, item)),
            }
        }
        // Terraform cannot mark single elements of a set.
        let sensitive = kept.iter().any(|(_, item)| item.is_sensitive());
        let mut set = Value::list(ListKind::Set, kept.into_iter().map(|(_, item)| item).collect());
        set.meta.sensitive |= sensitive;
        set
    }

    /// A set of several elements of which some are unknown: the order of its elements is not known either.
    pub fn has_open_order(&self) -> bool {
        matches!(&self.kind, Kind::List(ListKind::Set, list) if list.items.len() > 1)
            && !self.is_wholly_known()
    }

    pub(super) fn or_span(mut self, other: &Value) -> Self {
        self.meta.span = self.meta.span.or(other.meta.span);
        self
    }
}

fn key(value: &Value) -> Key {
    match &value.kind {
        Kind::Null => Key::Null,
        Kind::Bool(flag) => Key::Bool(*flag),
        Kind::Number(number) => Key::Number(number.clone()),
        Kind::String(text) => Key::Text(text.as_str().to_owned()),
        _ if !value.is_wholly_known() => Key::Unknown,
        _ => {
            let mut text = String::new();
            render(value, &mut text);
            Key::Text(text)
        }
    }
}

/// The bytes that Terraform hashes; equal values and only those render alike.
fn render(value: &Value, out: &mut String) {
    match &value.kind {
        Kind::Null => out.push('~'),
        Kind::Bool(flag) => out.push(if *flag { 'T' } else { 'F' }),
        Kind::Number(number) => out.push_str(&number.to_string()),
        Kind::String(text) => out.push_str(&super::display::quoted(text.as_str())),
        Kind::Template(_) | Kind::Unknown(_) => out.push('?'),
        Kind::List(kind, list) => {
            let (open, close) = if *kind == ListKind::Tuple { ('<', '>') } else { ('[', ']') };
            out.push(open);
            for item in &list.items {
                render(item, out);
                out.push(';');
            }
            out.push(close);
        }
        Kind::Map(_, map) => {
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by(|a, b| a.0.cmp(b.0));
            out.push('{');
            for (key, item) in entries {
                let _ = write!(out, "{key:?}:");
                render(item, out);
                out.push(';');
            }
            out.push('}');
        }
    }
}
