use super::call::{Outcome, bad};
use super::string::text;
use crate::eval::value::{Kind, MAX_NODES, Number, Part, Str, Value, Why};
use unicode_segmentation::UnicodeSegmentation;

/// Part of a string, which was written where that part was written.
pub(super) fn part(value: &Value, start: usize, end: usize) -> Value {
    let Kind::String(text) = &value.kind else { return Value::derived([value]) };
    if start == 0 && end == text.as_str().len() {
        return value.clone();
    }
    let mut result = Value::of(Kind::String(text.slice(start, end)));
    result.meta = value.meta.clone();
    result.meta.decoded = None;
    if let Some(span) = text.span_of(start, end) {
        result.meta.span = Some(span);
    }
    result
}

/// Takes off both ends what `keep` says, as long as the ends are known.
fn cut(args: &[Value], keep: impl Fn(&str, Ends) -> (usize, usize)) -> Outcome {
    match &args[0].kind {
        Kind::String(text) => {
            let (start, end) = keep(text.as_str(), Ends { first: true, last: true });
            let result = part(&args[0], start, end);
            Ok(args[1..].iter().fold(result, Value::absorbing_all))
        }
        Kind::Template(parts) => {
            let last = parts.len().saturating_sub(1);
            let mut kept = Vec::new();
            for (index, piece) in parts.iter().enumerate() {
                let ends = Ends { first: index == 0, last: index == last };
                match piece {
                    Part::Text(text) => {
                        let (start, end) = keep(text.as_str(), ends);
                        if (ends.first || ends.last) && start >= end {
                            // Nothing is left of it, and more may have to go from the hole.
                            return Ok(Value::derived(args));
                        }
                        kept.push(Part::Text(text.slice(start, end)));
                    }
                    Part::Hole(_) if ends.first || ends.last => return Ok(Value::derived(args)),
                    Part::Hole(hole) => kept.push(Part::Hole(hole.clone())),
                }
            }
            let result = Value { kind: Value::template(kept).kind, meta: args[0].meta.clone() };
            Ok(args[1..].iter().fold(result, Value::absorbing_all))
        }
        _ => Ok(Value::derived(args)),
    }
}

/// Which ends of the whole string a part has.
#[derive(Clone, Copy)]
struct Ends {
    first: bool,
    last: bool,
}

fn trim_ends(text: &str, ends: Ends, drop: impl Fn(char) -> bool) -> (usize, usize) {
    let start = if ends.first { text.len() - text.trim_start_matches(&drop).len() } else { 0 };
    let end = if ends.last { text.trim_end_matches(&drop).len() } else { text.len() };
    (start, end.max(start))
}

pub(super) fn chomp(args: &[Value]) -> Outcome {
    // The beginning stays, so that a hole there does not matter.
    if let Kind::Template(parts) = &args[0].kind
        && let [start @ .., Part::Text(last)] = parts.as_slice()
    {
        let end = last.as_str().trim_end_matches(['\r', '\n']).len();
        if end == 0 {
            return Ok(Value::derived(args));
        }
        let mut parts = start.to_vec();
        parts.push(Part::Text(last.slice(0, end)));
        return Ok(Value { kind: Value::template(parts).kind, meta: args[0].meta.clone() });
    }
    cut(args, |text, _| trim_ends(text, Ends { first: false, last: true }, |c| c == '\r' || c == '\n'))
}

pub(super) fn trimspace(args: &[Value]) -> Outcome {
    let result = cut(args, |text, ends| trim_ends(text, ends, char::is_whitespace))?;
    // White space around a document is no part of it.
    Ok(match &args[0].meta.decoded {
        Some(decoded) if !result.is_unknown() => result.encoding((**decoded).clone()),
        _ => result,
    })
}

pub(super) fn trim(args: &[Value]) -> Outcome {
    let cutset = text(&args[1]);
    let (start, end) = trim_ends(text(&args[0]), Ends { first: true, last: true }, |c| cutset.contains(c));
    Ok(part(&args[0], start, end))
}

pub(super) fn trimprefix(args: &[Value]) -> Outcome {
    let Some(prefix) = args[1].as_str() else { return Ok(Value::derived(args)) };
    match &args[0].kind {
        Kind::String(whole) if whole.as_str().starts_with(prefix) => {
            Ok(part(&args[0], prefix.len(), whole.as_str().len()).absorbing(&args[1].meta))
        }
        Kind::String(_) => Ok(args[0].clone().absorbing(&args[1].meta)),
        Kind::Template(parts) => match parts.split_first() {
            Some((Part::Text(first), rest)) if first.as_str().starts_with(prefix) => {
                let mut kept = vec![Part::Text(first.slice(prefix.len(), first.as_str().len()))];
                kept.extend(rest.iter().cloned());
                Ok(Value::template(kept).absorbing(&args[0].meta).absorbing(&args[1].meta))
            }
            Some((Part::Text(first), _)) if !prefix.starts_with(first.as_str()) => {
                Ok(args[0].clone().absorbing(&args[1].meta))
            }
            _ => Ok(Value::derived(args)),
        },
        _ => Ok(Value::derived(args)),
    }
}

pub(super) fn trimsuffix(args: &[Value]) -> Outcome {
    let Some(suffix) = args[1].as_str() else { return Ok(Value::derived(args)) };
    match &args[0].kind {
        Kind::String(whole) => {
            let end = whole.as_str().strip_suffix(suffix).map_or(whole.as_str().len(), str::len);
            Ok(part(&args[0], 0, end).absorbing(&args[1].meta))
        }
        Kind::Template(parts) => match parts.split_last() {
            Some((Part::Text(last), rest)) if last.as_str().ends_with(suffix) => {
                let mut kept = rest.to_vec();
                kept.push(Part::Text(last.slice(0, last.as_str().len() - suffix.len())));
                Ok(Value::template(kept).absorbing(&args[0].meta).absorbing(&args[1].meta))
            }
            Some((Part::Text(last), _)) if !suffix.ends_with(last.as_str()) => {
                Ok(args[0].clone().absorbing(&args[1].meta))
            }
            _ => Ok(Value::derived(args)),
        },
        _ => Ok(Value::derived(args)),
    }
}

pub(super) fn split(args: &[Value]) -> Outcome {
    let (separator, whole) = (text(&args[0]), text(&args[1]));
    let mut items = Vec::new();
    let mut start = 0;
    if separator.is_empty() {
        for (at, c) in whole.char_indices().take(MAX_NODES as usize) {
            items.push(part(&args[1], at, at + c.len_utf8()));
        }
        return Ok(Value::list(crate::eval::value::ListKind::List, items));
    }
    for (at, _) in whole.match_indices(separator) {
        items.push(part(&args[1], start, at));
        start = at + separator.len();
        if items.len() > MAX_NODES as usize {
            return Ok(Value::unknown(Why::Limit));
        }
    }
    items.push(part(&args[1], start, whole.len()));
    Ok(Value::list(crate::eval::value::ListKind::List, items))
}

/// Offsets count what a reader sees as characters. A negative offset counts from the end, and a negative
/// length means up to the end.
pub(super) fn substr(args: &[Value]) -> Outcome {
    let whole = |index: usize| match args[index].as_number().filter(Number::is_integer) {
        Some(number) => Ok(number.to_i64().unwrap_or(if number.is_negative() { i64::MIN } else { i64::MAX })),
        None => bad(index, "a whole number is required"),
    };
    let (offset, length) = (whole(1)?, whole(2)?);
    let text = text(&args[0]);
    let bounds: Vec<usize> =
        text.grapheme_indices(true).map(|(at, _)| at).chain(std::iter::once(text.len())).collect();
    let count = bounds.len() - 1;
    let start = match usize::try_from(offset) {
        Ok(offset) => offset.min(count),
        Err(_) => count.saturating_sub(usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX)),
    };
    let end = match usize::try_from(length) {
        Ok(length) => start.saturating_add(length).min(count),
        Err(_) => count,
    };
    Ok(part(&args[0], bounds[start], bounds[end]))
}

pub(super) fn basename(args: &[Value]) -> Outcome {
    let text = text(&args[0]);
    let trimmed = text.trim_end_matches('/');
    Ok(match (text.is_empty(), trimmed.is_empty()) {
        (true, _) => Value::string("."),
        (_, true) => Value::string("/"),
        _ => part(&args[0], trimmed.rfind('/').map_or(0, |at| at + 1), trimmed.len()),
    })
}

pub(super) fn dirname(args: &[Value]) -> Outcome {
    let text = text(&args[0]);
    let folder = &text[..text.rfind('/').map_or(0, |at| at + 1)];
    let mut cleaned: Vec<&str> = Vec::new();
    for step in folder.split('/') {
        match step {
            "" | "." => {}
            ".." if cleaned.last().is_some_and(|last| *last != "..") => drop(cleaned.pop()),
            ".." if folder.starts_with('/') => {}
            _ => cleaned.push(step),
        }
    }
    let joined = cleaned.join("/");
    Ok(Value::string(Str::new(match (folder.starts_with('/'), joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    })))
}
