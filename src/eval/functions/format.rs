use super::call::{Outcome, bad};
use super::format_number::format_number;
use super::json::{write_json, write_string};
use super::sink::Sink;
use super::string::string_parts;
use crate::eval::value::{Kind, ListKind, MAX_NODES, MAX_STRING, Part, Value, Why};
use unicode_segmentation::UnicodeSegmentation;

/// One verb of a format string: `%-8.3f`.
#[derive(Clone, Debug, Default)]
pub(super) struct Verb {
    pub plus: bool,
    pub space: bool,
    pub minus: bool,
    pub sharp: bool,
    pub zero: bool,
    pub width: usize,
    pub precision: Option<usize>,
    argument: Option<usize>,
    pub letter: char,
}

enum Piece<'a> {
    Text(&'a str),
    Verb(Verb),
}

pub(super) fn format(args: &[Value]) -> Outcome {
    let Some(template) = args[0].as_str() else { return Ok(Value::derived(args)) };
    let pieces = parse(template)?;
    let value = formatted(&pieces, &args[1..])?;
    Ok(value.absorbing(&args[0].meta))
}

pub(super) fn formatlist(args: &[Value]) -> Outcome {
    let Some(template) = args[0].as_str() else { return Ok(Value::derived(args)) };
    if args.iter().any(|arg| arg.is_unknown() || arg.is_null() || arg.has_open_order()) {
        return Ok(Value::derived(args));
    }
    let pieces = parse(template)?;
    let mut length = None;
    for (index, list) in args.iter().enumerate().skip(1).filter_map(|(at, arg)| Some((at, arg.items()?))) {
        match length {
            Some(length) if length != list.len() => {
                return bad(index, format!("argument {} has a different length than the others", index + 1));
            }
            _ => length = Some(list.len()),
        }
    }
    let length = length.unwrap_or(1);
    if length.saturating_mul(pieces.len() + 1) > MAX_NODES as usize {
        return Ok(super::collection::limited(args));
    }
    let mut items = Vec::with_capacity(length);
    let mut size = 0;
    for row in 0..length {
        let row: Vec<Value> = args[1..]
            .iter()
            .map(|arg| arg.items().map_or_else(|| arg.clone(), |items| items[row].clone()))
            .collect();
        let item = formatted(&pieces, &row)?.absorbing(&args[0].meta);
        size += item.as_str().map_or(0, str::len);
        if size > 16 * MAX_STRING {
            return Ok(super::collection::limited(args));
        }
        items.push(item);
    }
    let list = Value::list(ListKind::List, items);
    Ok(args.iter().fold(list, |list, arg| list.absorbing(&arg.meta)))
}

fn parse(template: &str) -> Result<Vec<Piece<'_>>, super::FunctionError> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        pieces.push(Piece::Text(&rest[..at]));
        let tail = &rest[at + 1..];
        if let Some(after) = tail.strip_prefix('%') {
            pieces.push(Piece::Text("%"));
            rest = after;
            continue;
        }
        let Some((verb, after)) = parse_verb(tail) else {
            return bad(
                0,
                format!("unrecognized format sequence at offset {}", template.len() - tail.len() - 1),
            );
        };
        pieces.push(Piece::Verb(verb));
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn parse_verb(text: &str) -> Option<(Verb, &str)> {
    let mut verb = Verb::default();
    let flags = text.find(|c| !" +-#0".contains(c))?;
    for flag in text[..flags].chars() {
        match flag {
            ' ' => verb.space = true,
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            '#' => verb.sharp = true,
            _ => verb.zero = true,
        }
    }
    let (width, mut rest) = digits(&text[flags..])?;
    verb.width = width.unwrap_or(0);
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = digits(after)?;
        verb.precision = Some(precision.unwrap_or(0));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('[') {
        let (index, after) = digits(after)?;
        verb.argument = Some(index.filter(|index| *index > 0)?);
        rest = after.strip_prefix(']')?;
    }
    verb.letter = rest.chars().next().filter(|c| "vtbdoxXeEfgGsq".contains(*c))?;
    Some((verb, &rest[1..]))
}

/// A number in front, if there is one; nothing if it is absurd.
fn digits(text: &str) -> Option<(Option<usize>, &str)> {
    let length = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(length);
    match number.is_empty() {
        true => Some((None, rest)),
        false if length > 9 => None,
        false => Some((Some(number.parse().ok()?), rest)),
    }
}

fn formatted(pieces: &[Piece<'_>], args: &[Value]) -> Outcome {
    let mut sink = Sink::default();
    let (mut next, mut highest) = (0, 0);
    for piece in pieces {
        let verb = match piece {
            Piece::Text(text) => {
                sink.push_str(text);
                continue;
            }
            Piece::Verb(verb) => verb,
        };
        let index = verb.argument.map_or(next, |index| index - 1);
        next = index + 1;
        highest = highest.max(next);
        let Some(arg) = args.get(index) else {
            return bad(0, format!("not enough arguments for \"%{}\"", verb.letter));
        };
        if verb.width > MAX_STRING || verb.precision.unwrap_or(0) > MAX_STRING {
            return Ok(Value::unknown(Why::Limit));
        }
        // A null has no type that would tell how to print it, and Terraform waits for one.
        if arg.is_null() || !write_verb(verb, arg, index + 1, &mut sink)? {
            return Ok(Value::derived(args));
        }
    }
    match highest < args.len() {
        true => bad(highest + 1, "too many arguments for the format string"),
        false => Ok(sink.finish()),
    }
}

/// False when unknown parts leave nothing to tell about the whole.
fn write_verb(verb: &Verb, arg: &Value, index: usize, sink: &mut Sink) -> Result<bool, super::FunctionError> {
    arg.walk(&mut |part| sink.absorb(&part.meta));
    let plain = verb.width == 0 && verb.precision.is_none();
    let text = match (verb.letter, &arg.kind) {
        ('s' | 'v', Kind::Unknown(_) | Kind::Template(_)) if plain && !verb.sharp => {
            string_parts(arg).into_iter().for_each(|part| sink.part(part));
            return Ok(true);
        }
        ('v', Kind::List(..) | Kind::Map(..)) if plain => {
            write_json(arg, sink);
            return Ok(true);
        }
        _ if !arg.is_wholly_known() => return Ok(false),
        ('s', Kind::List(..) | Kind::Map(..)) => {
            return bad(index, "unsupported value for \"%s\": string required");
        }
        ('s', _) => return Ok(write_known(verb, arg, sink)),
        ('v', Kind::String(_) | Kind::Bool(_) | Kind::Number(_)) if !verb.sharp => {
            return Ok(write_known(verb, arg, sink));
        }
        ('v', _) => padded(verb, &json_text(arg)),
        ('q', Kind::List(..) | Kind::Map(..)) => {
            return bad(index, "unsupported value for \"%q\": string required");
        }
        ('q', _) => {
            let mut quoted = Sink::default();
            for part in string_parts(arg) {
                if let Part::Text(text) = part {
                    write_string(text.as_str(), &mut quoted);
                }
            }
            padded(verb, quoted.finish().as_str().unwrap_or_default())
        }
        ('t', _) => match arg.as_bool() {
            // Terraform ignores the width here.
            Some(flag) if !matches!(arg.kind, Kind::Number(_)) => flag.to_string(),
            _ => return bad(index, "unsupported value for \"%t\": a bool is required"),
        },
        _ => match (arg.as_number(), &arg.kind) {
            (Some(number), Kind::Number(_) | Kind::String(_)) => match format_number(verb, &number) {
                Some(text) => text,
                None => return bad(index, format!("unsupported value for \"%{}\"", verb.letter)),
            },
            _ => {
                return bad(
                    index,
                    format!("unsupported value for \"%{}\": a number is required", verb.letter),
                );
            }
        },
    };
    sink.push_str(&text);
    Ok(true)
}

fn json_text(arg: &Value) -> String {
    let mut sink = Sink::default();
    write_json(arg, &mut sink);
    sink.finish().as_str().unwrap_or_default().to_owned()
}

/// A string, number or boolean as text; without padding it keeps its origin.
fn write_known(verb: &Verb, arg: &Value, sink: &mut Sink) -> bool {
    let parts = string_parts(arg);
    if let ([Part::Text(text)], true) = (parts.as_slice(), verb.width > 0 || verb.precision.is_some()) {
        sink.push_str(&padded(verb, text.as_str()));
        return true;
    }
    parts.into_iter().for_each(|part| sink.part(part));
    true
}

/// Width and precision count what a reader sees as characters.
fn padded(verb: &Verb, text: &str) -> String {
    let cut: String = match verb.precision {
        Some(precision) if verb.letter == 's' => text.graphemes(true).take(precision).collect(),
        _ => text.to_owned(),
    };
    let missing = verb.width.saturating_sub(cut.graphemes(true).count());
    match (verb.minus, verb.zero) {
        (true, _) => format!("{cut}{}", " ".repeat(missing)),
        (false, true) => format!("{}{cut}", "0".repeat(missing)),
        (false, false) => format!("{}{cut}", " ".repeat(missing)),
    }
}
