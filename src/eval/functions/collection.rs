use super::call::{Outcome, bad};
use crate::eval::value::{Kind, ListKind, MAX_NODES, Number, Type, Value, Why, convert, equal, unify};
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn length(args: &[Value]) -> Outcome {
    let value = &args[0];
    let count = match &value.kind {
        // Unknown elements of a set may turn out to be equal to others.
        Kind::List(ListKind::Set, list) if list.items.len() > 1 && !value.is_wholly_known() => {
            return Ok(Value::derived(args));
        }
        Kind::List(_, list) => list.items.len(),
        Kind::Map(_, map) => map.entries.len(),
        Kind::String(text) => text.as_str().graphemes(true).count(),
        Kind::Unknown(_) | Kind::Template(_) => return Ok(Value::derived(args)),
        _ => return bad(0, "argument must be a string, a collection type, or a structural type"),
    };
    Ok(Value::number(Number::from(count)).absorbing(&value.meta))
}

/// Elements in the order of the list, and what the list itself contributes.
pub(super) fn rebuilt(kind: ListKind, items: Vec<Value>, from: &Value) -> Value {
    Value::list(kind, items).absorbing(&from.meta)
}

pub(super) fn compact(args: &[Value]) -> Outcome {
    let Some(items) = args[0].items() else { return Ok(Value::derived(args)) };
    let mut kept = Vec::new();
    for item in items {
        match &item.kind {
            Kind::Null => {}
            Kind::String(text) if text.as_str().is_empty() => {}
            // It may be empty, and then it would not be there.
            Kind::Unknown(_) => return Ok(Value::derived(args)),
            Kind::Template(parts) => match parts.iter().any(|part| part.is_text()) {
                true => kept.push(item.clone()),
                false => return Ok(Value::derived(args)),
            },
            _ => kept.push(item.clone()),
        }
    }
    Ok(rebuilt(ListKind::List, kept, &args[0]))
}

pub(super) fn concat(args: &[Value]) -> Outcome {
    let mut all_lists = true;
    let mut nodes = 0_u32;
    let mut unknown = false;
    for (index, arg) in args.iter().enumerate() {
        nodes = nodes.saturating_add(arg.nodes());
        match &arg.kind {
            Kind::List(ListKind::Set, _) => return bad(index, "all arguments must be lists or tuples"),
            Kind::List(kind, _) => all_lists &= *kind == ListKind::List,
            Kind::Unknown(_) => unknown = true,
            _ => return bad(index, "all arguments must be lists or tuples"),
        }
    }
    match () {
        () if unknown => return Ok(Value::derived(args)),
        () if nodes > MAX_NODES => return Ok(limited(args)),
        () => {}
    }
    let items: Vec<Value> = args.iter().filter_map(Value::items).flatten().cloned().collect();
    let mut joined = Value::tuple(items);
    if all_lists {
        let types: Vec<Type> = args.iter().map(Type::of).collect();
        if let Some(ty @ Type::List(_)) = unify(&types) {
            joined = convert(&joined, &ty).unwrap_or(joined);
        }
    }
    Ok(args.iter().fold(joined, |value, arg| value.absorbing(&arg.meta)))
}

/// Unknown because the result would be too large.
pub(super) fn limited(args: &[Value]) -> Value {
    args.iter().fold(Value::unknown(Why::Limit), |value, arg| value.absorbing(&arg.meta))
}

pub(super) fn distinct(args: &[Value]) -> Outcome {
    let Some(items) = args[0].items() else { return Ok(Value::derived(args)) };
    if args[0].is_wholly_known() && items.iter().all(|item| item.as_str().is_some()) {
        let mut seen = std::collections::HashSet::new();
        let kept = items.iter().filter(|item| seen.insert(item.as_str())).cloned().collect();
        return Ok(rebuilt(ListKind::List, kept, &args[0]));
    }
    if items.len() > 2_000 {
        return Ok(limited(args));
    }
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        let answers: Vec<_> = kept.iter().map(|other| equal(other, item)).collect();
        match () {
            () if answers.contains(&Some(true)) => {}
            () if answers.contains(&None) => return Ok(Value::derived(args)),
            () => kept.push(item.clone()),
        }
    }
    Ok(rebuilt(ListKind::List, kept, &args[0]))
}

pub(super) fn flatten(args: &[Value]) -> Outcome {
    let mut flat = Vec::new();
    let mut meta = args[0].meta.clone();
    meta.span = None;
    match &args[0].kind {
        _ if args[0].has_open_order() => return Ok(Value::derived(args)),
        Kind::List(..) => {}
        Kind::Unknown(_) => return Ok(Value::derived(args)),
        _ => return bad(0, "can only flatten lists, sets and tuples"),
    }
    // Nodes bound the walk as well as its result.
    if !flatten_into(&args[0], &mut flat, &mut meta) {
        return Ok(Value::derived(args));
    }
    Ok(Value::tuple(flat).absorbing(&meta))
}

/// False when an unknown element may turn out to be a list.
fn flatten_into(value: &Value, flat: &mut Vec<Value>, meta: &mut crate::eval::value::Meta) -> bool {
    let Some(items) = value.items() else { return true };
    items.iter().all(|item| match &item.kind {
        _ if item.has_open_order() => false,
        Kind::List(..) => {
            meta.absorb(&item.meta);
            flatten_into(item, flat, meta)
        }
        Kind::Unknown(unknown) if may_be_list(&unknown.why) => false,
        _ => {
            flat.push(item.clone());
            true
        }
    })
}

/// Attributes are kept as elements: code flattens lists that it built itself, of attributes that are not
/// lists in nearly all cases, and to lose the whole list would hide everything in it.
fn may_be_list(why: &Why) -> bool {
    !matches!(why, Why::Attribute(..) | Why::Impure(_) | Why::Repetition)
}

pub(super) fn reverse(args: &[Value]) -> Outcome {
    let Kind::List(kind, list) = &args[0].kind else {
        return match args[0].is_unknown() {
            true => Ok(Value::derived(args)),
            false => bad(0, "can only reverse list or tuple values"),
        };
    };
    if *kind == ListKind::Set && !args[0].is_wholly_known() {
        return Ok(Value::derived(args));
    }
    let kind = if *kind == ListKind::Set { ListKind::List } else { *kind };
    Ok(rebuilt(kind, list.items.iter().rev().cloned().collect(), &args[0]))
}

pub(super) fn slice(args: &[Value]) -> Outcome {
    if args.iter().any(Value::is_unknown) {
        return Ok(Value::derived(args));
    }
    let Kind::List(kind @ (ListKind::List | ListKind::Tuple), list) = &args[0].kind else {
        return bad(0, "must be a list or tuple value");
    };
    let bound = |index: usize| match args[index].as_i64().map(usize::try_from) {
        Some(Ok(bound)) if bound <= list.items.len() => Ok(bound),
        Some(_) => bad(index, "the index must be between zero and the length of the list"),
        None => bad(index, "a whole number is required"),
    };
    let (start, end) = (bound(1)?, bound(2)?);
    match list.items.get(start..end) {
        Some(items) => {
            Ok(rebuilt(*kind, items.to_vec(), &args[0]).absorbing(&args[1].meta).absorbing(&args[2].meta))
        }
        None => bad(1, "start index must not be greater than end index"),
    }
}

pub(super) fn sort(args: &[Value]) -> Outcome {
    let Some(items) = args[0].items() else { return Ok(Value::derived(args)) };
    if items.len() > 1 && !args[0].is_wholly_known() {
        return Ok(Value::derived(args));
    }
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(rebuilt(ListKind::List, sorted, &args[0]))
}
