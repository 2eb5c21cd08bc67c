use super::call::{Outcome, bad};
use super::regex_syntax::translate;
use super::string::text;
use super::substring::part;
use crate::eval::value::{Kind, ListKind, MAX_NODES, MAX_STRING, MapKind, Part, Str, Value, Why};
use indexmap::IndexMap;
use regex::{Captures, Regex, RegexBuilder};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

const SIZE_LIMIT: usize = 2 << 20;
/// Bytes of a pattern.
const MAX_PATTERN: usize = 64 << 10;

/// Compiled patterns that are kept. Loops use the same few over and over.
const MAX_CACHED: usize = 64;

thread_local! {
    static CACHE: RefCell<HashMap<String, Option<Regex>>> = RefCell::default();
    static COMPILED: Cell<u64> = const { Cell::new(0) };
}

/// How many patterns this thread has compiled, which is what makes regular expressions expensive.
pub fn compiled() -> u64 {
    COMPILED.get()
}

fn compile(pattern: &str, index: usize) -> Result<Regex, super::FunctionError> {
    let invalid = || bad(index, format!("invalid regexp pattern: \"{}\"", shortened(pattern)));
    CACHE.with_borrow_mut(|cache| {
        if let Some(known) = cache.get(pattern) {
            return known.clone().map_or_else(invalid, Ok);
        }
        COMPILED.set(COMPILED.get() + 1);
        let built = build(pattern);
        if cache.len() >= MAX_CACHED {
            cache.clear();
        }
        cache.insert(pattern.to_owned(), built.clone());
        built.map_or_else(invalid, Ok)
    })
}

fn build(pattern: &str) -> Option<Regex> {
    if pattern.len() > MAX_PATTERN {
        return None;
    }
    let translated = translate(pattern);
    RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).dfa_size_limit(SIZE_LIMIT).build().ok()
}

fn shortened(pattern: &str) -> String {
    match pattern.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &pattern[..end]),
        None => pattern.to_owned(),
    }
}

/// Whether all groups have names. A pattern may not mix named and unnamed groups.
fn named(pattern: &Regex) -> Result<bool, super::FunctionError> {
    let mut names = pattern.capture_names().skip(1);
    let all = pattern.captures_len() > 1 && names.clone().all(|name| name.is_some());
    match !all && names.any(|name| name.is_some()) {
        true => bad(0, "invalid regexp pattern: cannot mix both named and unnamed capture groups"),
        false => Ok(all),
    }
}

/// The match: a string without groups, a tuple of groups, or an object of named groups.
fn found(pattern: &Regex, named: bool, captures: &Captures<'_>, subject: &Value) -> Value {
    let group = |index: usize| match captures.get(index) {
        Some(group) => part(subject, group.start(), group.end()),
        None => Value::null().absorbing(&subject.meta),
    };
    match (pattern.captures_len(), named) {
        (1, _) => group(0),
        (count, false) => Value::tuple((1..count).map(group).collect()),
        (_, true) => {
            let names = pattern.capture_names().enumerate().skip(1);
            let entries: IndexMap<Arc<str>, Value> =
                names.map(|(index, name)| (name.unwrap_or_default().into(), group(index))).collect();
            Value::map(MapKind::Object, entries)
        }
    }
}

pub(super) fn regex(args: &[Value]) -> Outcome {
    let pattern = compile(text(&args[0]), 0)?;
    let named = named(&pattern)?;
    match pattern.captures(text(&args[1])) {
        Some(captures) => Ok(found(&pattern, named, &captures, &args[1])),
        None => bad(1, "pattern did not match any part of the given string"),
    }
}

pub(super) fn regexall(args: &[Value]) -> Outcome {
    let pattern = compile(text(&args[0]), 0)?;
    let named = named(&pattern)?;
    let mut matches = Vec::new();
    for captures in pattern.captures_iter(text(&args[1])) {
        if matches.len().saturating_mul(pattern.captures_len()) > MAX_NODES as usize {
            return Ok(Value::unknown(Why::Limit));
        }
        matches.push(found(&pattern, named, &captures, &args[1]));
    }
    Ok(Value::list(ListKind::List, matches))
}

/// Replaces text, or what a pattern between slashes matches. The text around it and the replacement keep
/// their origins, and so do holes in the replacement.
pub(super) fn replace(args: &[Value]) -> Outcome {
    let (Kind::String(subject), Some(search)) = (&args[0].kind, args[1].as_str()) else {
        return Ok(Value::derived(args));
    };
    let whole = subject.as_str();
    let pattern = search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let mut parts = Vec::new();
    let (mut last, mut size) = (0, whole.len());
    let mut put = |start: usize, end: usize, replacement: &[Part]| {
        parts.push(Part::Text(subject.slice(last, start)));
        parts.extend(replacement.iter().cloned());
        last = end;
        size += replacement.iter().map(|part| part.text_len() + 1).sum::<usize>();
        size <= 2 * MAX_STRING
    };
    let fits = match pattern {
        Some(pattern) => {
            let pattern = compile(pattern, 1)?;
            let Some(template) = args[2].as_str() else { return Ok(Value::derived(args)) };
            pattern.captures_iter(whole).all(|captures| {
                let mut text = String::new();
                captures.expand(template, &mut text);
                captures.get(0).is_some_and(|all| put(all.start(), all.end(), &[Part::Text(Str::new(text))]))
            })
        }
        None => match args[2].parts() {
            Some(replacement) => {
                whole.match_indices(search).all(|(at, _)| put(at, at + search.len(), &replacement))
            }
            None => return Ok(Value::derived(args)),
        },
    };
    if !fits {
        return Ok(super::collection::limited(args));
    }
    if last == 0 && parts.is_empty() {
        return Ok(args[0].clone().absorbing(&args[1].meta));
    }
    parts.push(Part::Text(subject.slice(last, whole.len())));
    Ok(args.iter().fold(Value::template(parts), |value, arg| value.absorbing(&arg.meta)))
}

impl Part {
    pub(super) fn text_len(&self) -> usize {
        match self {
            Part::Text(text) => text.as_str().len(),
            Part::Hole(_) => 0,
        }
    }
}
