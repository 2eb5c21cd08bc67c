use super::Entry;
use super::fields::{Field, set, settle};
use crate::owners::Problem;
use crate::source::LineIndex;
use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// Reads a list of objects, or an object that maps names to objects. Either may stand under one key, as in
/// `{"teams": [...]}`.
pub(super) fn parse(text: &str) -> (Vec<Entry>, Vec<Problem>) {
    let lines = LineIndex::new(text);
    let mut reader = Reader { lines, entries: Vec::new(), problems: Vec::new() };
    match parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()) {
        Ok(parsed) => match &parsed.value {
            Some(value) => reader.collection(value, None),
            None => reader.problems.push(Problem {
                line: 1,
                span: 0..0,
                message: "the roster is empty".to_owned(),
            }),
        },
        Err(error) => {
            let range = error.range();
            reader.problem(range.start..range.end, format!("not JSON: {}", error.kind()));
        }
    }
    (reader.entries, reader.problems)
}

struct Reader {
    lines: LineIndex,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl Reader {
    fn problem(&mut self, span: std::ops::Range<usize>, message: String) {
        self.problems.push(Problem { line: self.lines.position(span.start).line + 1, span, message });
    }

    /// `kind` is what the key above says its members are.
    fn collection(&mut self, value: &Value<'_>, kind: Option<&'static str>) {
        match value {
            Value::Array(array) => {
                for item in &array.elements {
                    match item {
                        Value::Object(object) => self.entry(None, object, kind),
                        Value::StringLit(name) => self.named(&name.value, item, kind),
                        other => self.unusable(other),
                    }
                }
            }
            Value::Object(object) => {
                for property in &object.properties {
                    let name = property.name.as_str();
                    match (&property.value, collection_kind(name)) {
                        (inner @ (Value::Array(_) | Value::Object(_)), Some(inner_kind))
                            if kind.is_none() =>
                        {
                            self.collection(inner, Some(inner_kind));
                        }
                        (Value::Object(inner), _) => self.entry(Some(name), inner, kind),
                        (Value::NullKeyword(_), _) => self.named(name, &property.value, kind),
                        (other, _) => self.unusable(other),
                    }
                }
            }
            other => self.unusable(other),
        }
    }

    fn unusable(&mut self, value: &Value<'_>) {
        let range = value.range();
        self.problem(range.start..range.end, "expected an object that describes a person or team".to_owned());
    }

    fn named(&mut self, name: &str, at: &Value<'_>, kind: Option<&'static str>) {
        let object = Object { range: at.range(), properties: Vec::new() };
        self.entry(Some(name), &object, kind);
    }

    fn entry(&mut self, name: Option<&str>, object: &Object<'_>, kind: Option<&'static str>) {
        let whole = object.range.start..object.range.end;
        let mut entry = Entry { line: self.lines.position(whole.start).line + 1, ..Entry::default() };
        // Neither can fail: one is a name, the other a word this module chose.
        let _ = set(&mut entry, Field::Name, name.unwrap_or_default());
        let _ = set(&mut entry, Field::Kind, kind.unwrap_or_default());
        for property in &object.properties {
            let Some(field) = Field::of(property.name.as_str()) else { continue };
            let range = property.value.range();
            for text in texts(&property.value) {
                if let Err(message) = set(&mut entry, field, &text) {
                    self.problem(range.start..range.end, message);
                }
            }
        }
        match settle(&mut entry) {
            true => self.entries.push(entry),
            false => self.problem(whole, "the entry names nobody".to_owned()),
        }
    }
}

fn collection_kind(key: &str) -> Option<&'static str> {
    match key.to_lowercase().as_str() {
        "teams" | "groups" | "squads" => Some("team"),
        "people" | "persons" | "users" | "members" | "employees" => Some("person"),
        "owners" | "roster" | "entries" => Some(""),
        _ => None,
    }
}

fn texts(value: &Value<'_>) -> Vec<String> {
    match value {
        Value::StringLit(text) => vec![text.value.to_string()],
        Value::NumberLit(number) => vec![number.value.to_owned()],
        Value::BooleanLit(flag) => vec![flag.value.to_string()],
        Value::Array(items) => items.elements.iter().flat_map(texts).collect(),
        Value::NullKeyword(_) | Value::Object(_) => Vec::new(),
    }
}
