use super::call::{Outcome, bad};
use crate::eval::value::{Kind, MAX_STRING, Part, Str, Value, Why, to_string_value};
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A changed string, or the argument itself, with its origin, when nothing changed.
pub(super) fn changed(original: &Value, new: String) -> Value {
    match original.as_str() == Some(new.as_str()) {
        true => original.clone(),
        false => Value::string(new),
    }
}

/// Known ends of a string; the whole of it when it is known.
fn head(value: &Value) -> Str {
    match value.parts().unwrap_or_default().first() {
        Some(Part::Text(text)) => text.clone(),
        _ => Str::new(""),
    }
}

fn tail(value: &Value) -> Str {
    match value.parts().unwrap_or_default().last() {
        Some(Part::Text(text)) => text.clone(),
        _ => Str::new(""),
    }
}

pub(super) fn startswith(args: &[Value]) -> Outcome {
    let (head, prefix) = (head(&args[0]), head(&args[1]));
    let (head, wanted) = (head.as_str(), prefix.as_str());
    let known = (args[0].as_str().is_some(), args[1].as_str().is_some());
    let differs = head.bytes().zip(wanted.bytes()).any(|(a, b)| a != b);
    let answer = match known {
        _ if differs => Some(false),
        (_, true) if head.len() >= wanted.len() => Some(true),
        (true, _) if head.len() < wanted.len() => Some(false),
        _ => None,
    };
    Ok(answer_of(answer, args))
}

pub(super) fn endswith(args: &[Value]) -> Outcome {
    let (tail, suffix) = (tail(&args[0]), tail(&args[1]));
    let (tail, wanted) = (tail.as_str(), suffix.as_str());
    let known = (args[0].as_str().is_some(), args[1].as_str().is_some());
    let differs = tail.bytes().rev().zip(wanted.bytes().rev()).any(|(a, b)| a != b);
    let answer = match known {
        _ if differs => Some(false),
        (_, true) if tail.len() >= wanted.len() => Some(true),
        (true, _) if tail.len() < wanted.len() => Some(false),
        _ => None,
    };
    Ok(answer_of(answer, args))
}

pub(super) fn strcontains(args: &[Value]) -> Outcome {
    let Some(wanted) = args[1].as_str() else { return Ok(Value::derived(args)) };
    let parts = args[0].parts().unwrap_or_default();
    let found = parts.iter().any(|part| matches!(part, Part::Text(text) if text.as_str().contains(wanted)));
    let known = args[0].as_str().is_some();
    Ok(answer_of((found || known || wanted.is_empty()).then_some(found || wanted.is_empty()), args))
}

fn answer_of(answer: Option<bool>, args: &[Value]) -> Value {
    let Some(answer) = answer else { return Value::derived(args) };
    args.iter().fold(Value::bool(answer), Value::absorbing_all)
}

pub(super) fn indent(args: &[Value]) -> Outcome {
    let Some(width) = args[0].as_number() else { return Ok(Value::derived(args)) };
    let Some(width) = width.to_i64().and_then(|width| usize::try_from(width).ok()) else {
        return bad(0, "the number of spaces must be a whole number of at least zero");
    };
    let Some(parts) = args[1].parts() else { return Ok(Value::derived(args)) };
    if width > 65_536 {
        return Ok(Value::unknown(Why::Limit).absorbing_all(&args[1]));
    }
    let padding = Str::new(" ".repeat(width));
    let mut indented = Vec::new();
    let mut size = 0;
    for part in parts {
        let Part::Text(text) = &part else {
            // What is filled in may have several lines of its own.
            return Ok(Value::derived(args));
        };
        let mut start = 0;
        for (at, _) in text.as_str().match_indices('\n') {
            indented.push(Part::Text(text.slice(start, at + 1)));
            indented.push(Part::Text(padding.clone()));
            start = at + 1;
            size += width;
            if size > MAX_STRING {
                return Ok(Value::unknown(Why::Limit).absorbing_all(&args[1]));
            }
        }
        indented.push(Part::Text(text.slice(start, text.as_str().len())));
    }
    Ok(Value::template(indented).absorbing(&args[0].meta).absorbing(&args[1].meta))
}

pub(super) fn join(args: &[Value]) -> Outcome {
    if args.len() < 2 {
        return Ok(Value::string(""));
    }
    let mut parts = Vec::new();
    let mut meta = args[0].meta.clone();
    let mut size = 0_usize;
    let separator = string_parts(&args[0]);
    for list in &args[1..] {
        let Some(items) = list.items() else { return Ok(Value::derived(args)) };
        meta.absorb(&list.meta);
        for item in items {
            if !parts.is_empty() || size > 0 {
                parts.extend(separator.iter().cloned());
            }
            size += text(&args[0]).len() + text(item).len() + 1;
            if size > MAX_STRING + text(&args[0]).len() + 1 {
                return Ok(Value::derived(args));
            }
            meta.absorb(&item.meta);
            parts.extend(string_parts(item));
        }
    }
    meta.span = None;
    meta.decoded = None;
    let joined = Value::template(parts);
    Ok(joined.absorbing(&meta))
}

/// The parts of a string; an unknown value is one hole.
pub(super) fn string_parts(value: &Value) -> Vec<Part> {
    match &value.kind {
        Kind::Unknown(_) => vec![Part::Hole(value.clone())],
        // A literal that becomes part of another string is still where it was written.
        Kind::String(text) => vec![Part::Text(text.located(value.meta.span))],
        _ => to_string_value(value).ok().and_then(|value| value.parts()).unwrap_or_default(),
    }
}

pub(super) fn lower(args: &[Value]) -> Outcome {
    let Some(text) = args[0].as_str() else { return Ok(folded(args, lower_char)) };
    Ok(changed(&args[0], text.chars().map(lower_char).collect()).absorbing(&args[0].meta))
}

pub(super) fn upper(args: &[Value]) -> Outcome {
    let Some(text) = args[0].as_str() else { return Ok(folded(args, upper_char)) };
    Ok(changed(&args[0], text.chars().map(upper_char).collect()).absorbing(&args[0].meta))
}

/// Letters change one by one, so that the known parts can be told; the holes become other unknowns.
fn folded(args: &[Value], change: fn(char) -> char) -> Value {
    let Kind::Template(parts) = &args[0].kind else { return Value::derived(args) };
    let parts = parts.iter().map(|part| match part {
        Part::Text(text) => Part::Text(Str::new(text.as_str().chars().map(change).collect::<String>())),
        Part::Hole(hole) => Part::Hole(Value::derived([hole])),
    });
    Value::template(parts.collect()).absorbing(&args[0].meta)
}

/// Terraform maps single characters to single characters.
fn upper_char(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn lower_char(c: char) -> char {
    // The only letter with a longer small form is the dotted capital I, which loses its dot.
    c.to_lowercase().next().unwrap_or(c)
}

pub(super) fn strrev(args: &[Value]) -> Outcome {
    let reversed: String = text(&args[0]).graphemes(true).rev().collect();
    Ok(changed(&args[0], reversed))
}

pub(super) fn title(args: &[Value]) -> Outcome {
    let mut previous = ' ';
    let titled = text(&args[0]).chars().map(|c| {
        let starts = is_separator(previous);
        previous = c;
        if starts { upper_char(c) } else { c }
    });
    Ok(changed(&args[0], titled.collect()))
}

fn is_separator(c: char) -> bool {
    match c {
        '_' => false,
        _ if c.is_ascii() => !c.is_ascii_alphanumeric(),
        _ => !c.is_alphanumeric() && c.is_whitespace(),
    }
}
