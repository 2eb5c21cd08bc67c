use crate::eval::value::{Kind, Part, Value};
use crate::iam::vault::HOLE;
use crate::source::Span;
use std::ops::Range;

/// The text of a Vault policy, holes marked as its parser expects them.
pub fn text(value: &Value) -> String {
    match &value.kind {
        Kind::String(text) => text.as_str().to_string(),
        Kind::Template(parts) => parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str().to_string(),
                Part::Hole(_) => HOLE.to_string(),
            })
            .collect(),
        _ => String::new(),
    }
}

/// Parts of the policy text, with the offset of each as the parser saw it.
fn parts(value: &Value) -> Vec<(usize, Part)> {
    let mut at = 0;
    let mut found = Vec::new();
    for part in value.parts().unwrap_or_default() {
        let length = match &part {
            Part::Text(text) => text.as_str().len(),
            Part::Hole(_) => HOLE.len_utf8(),
        };
        found.push((at, part));
        at += length;
    }
    found
}

/// Where part of the policy text is written.
pub fn place(value: &Value, range: Range<usize>) -> Option<Span> {
    if range.is_empty() || !matches!(value.kind, Kind::String(_) | Kind::Template(_)) {
        return None;
    }
    parts(value).into_iter().rev().find(|(from, _)| *from <= range.start).and_then(
        |(from, part)| match part {
            Part::Text(text) => text.span_of(range.start - from, range.end - from),
            Part::Hole(_) => None,
        },
    )
}

/// Part of the policy text as it is written, where that is one piece.
pub fn source(value: &Value, range: Range<usize>) -> Option<String> {
    parts(value).into_iter().rev().find(|(from, _)| *from <= range.start).and_then(
        |(from, part)| match part {
            Part::Text(text) => text.as_str().get(range.start - from..range.end - from).map(str::to_string),
            Part::Hole(_) => None,
        },
    )
}
