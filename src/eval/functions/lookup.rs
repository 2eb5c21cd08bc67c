use super::call::{Outcome, bad};
use crate::eval::value::{Kind, ListKind, MapKind, Number, Type, Value, convert, equal, unify, unify_values};

/// The first that is neither null nor empty. What follows it does not matter, and what cannot be told
/// makes the result unknown.
pub(super) fn coalesce(args: &[Value]) -> Outcome {
    let types: Vec<Type> = args.iter().map(Type::of).collect();
    let Some(ty) = unify(&types) else { return bad(0, "all arguments must have the same type") };
    let mut passed = Value::null();
    for arg in args {
        let chosen = match &arg.kind {
            Kind::Null => false,
            Kind::String(text) => !text.as_str().is_empty(),
            Kind::Unknown(_) => return Ok(Value::derived(args)),
            Kind::Template(parts) if !parts.iter().any(|part| part.is_text()) => {
                return Ok(Value::derived(args));
            }
            _ => true,
        };
        if chosen {
            let value = convert(arg, &ty).or_else(|message| bad(0, message))?;
            return Ok(value.absorbing(&passed.meta));
        }
        passed = passed.absorbing(&arg.meta);
    }
    bad(0, "no non-null, non-empty-string arguments")
}

pub(super) fn coalescelist(args: &[Value]) -> Outcome {
    let mut passed = Value::null();
    for (index, arg) in args.iter().enumerate() {
        match &arg.kind {
            Kind::List(_, list) if list.items.is_empty() => passed = passed.absorbing(&arg.meta),
            Kind::List(..) => return Ok(arg.clone().absorbing(&passed.meta)),
            Kind::Unknown(_) => return Ok(Value::derived(args)),
            _ => return bad(index, "coalescelist arguments must be lists, sets or tuples"),
        }
    }
    bad(0, "no non-null arguments")
}

pub(super) fn contains(args: &[Value]) -> Outcome {
    let items = match &args[0].kind {
        Kind::List(_, list) => &list.items,
        Kind::Unknown(_) => return Ok(Value::derived(args)),
        _ => return bad(0, "argument must be list, tuple, or set"),
    };
    let mut unknown = false;
    let mut found = false;
    for item in items {
        match equal(item, &args[1]) {
            Some(answer) => found |= answer,
            None => unknown = true,
        }
    }
    match !found && unknown {
        true => Ok(Value::derived(args)),
        false => Ok(args.iter().fold(Value::bool(found), Value::absorbing_all)),
    }
}

pub(super) fn element(args: &[Value]) -> Outcome {
    let items = match &args[0].kind {
        Kind::List(ListKind::List | ListKind::Tuple, list) => &list.items,
        Kind::Unknown(_) => return Ok(Value::derived(args)),
        _ => return bad(0, "cannot read elements from this"),
    };
    if args[1].is_unknown() {
        return Ok(Value::derived(args));
    }
    let Some(index) = args[1].as_number().filter(Number::is_integer) else {
        return bad(1, "a whole number is required");
    };
    if items.is_empty() {
        return bad(0, "cannot use element function with an empty list");
    }
    let wrapped = index.rem(&Number::from(items.len())).and_then(|index| index.to_i64());
    match wrapped.and_then(|index| usize::try_from(index).ok()).filter(|_| !index.is_negative()) {
        Some(at) => Ok(items[at].clone().absorbing(&args[0].meta).absorbing(&args[1].meta)),
        None => bad(1, "cannot use element function with a negative index"),
    }
}

pub(super) fn index(args: &[Value]) -> Outcome {
    let items = match &args[0].kind {
        Kind::List(ListKind::List | ListKind::Tuple, list) => &list.items,
        Kind::Unknown(_) => return Ok(Value::derived(args)),
        _ => return bad(0, "argument must be a list or tuple"),
    };
    for (at, item) in items.iter().enumerate() {
        match equal(item, &args[1]) {
            Some(true) => {
                let found = Value::number(Number::from(at));
                return Ok(args.iter().fold(found, Value::absorbing_all));
            }
            Some(false) => {}
            None => return Ok(Value::derived(args)),
        }
    }
    bad(1, "item not found")
}

pub(super) fn lookup(args: &[Value]) -> Outcome {
    let (kind, map) = match &args[0].kind {
        Kind::Map(kind, map) => (*kind, map),
        Kind::Unknown(_) => return Ok(Value::derived(args)),
        _ => return bad(0, "lookup() requires a map as the first argument"),
    };
    let Some(key) = args[1].as_str() else { return Ok(Value::derived(args)) };
    let absorbing = |value: Value| value.absorbing(&args[0].meta).absorbing(&args[1].meta);
    let default = args.get(2);
    // In a map the default has the type of the elements.
    let ty = match (kind, default) {
        (MapKind::Map, Some(_)) => match Type::of(&args[0]) {
            Type::Map(ty) => *ty,
            _ => Type::Any,
        },
        _ => Type::Any,
    };
    let converted = match default.map(|default| convert(default, &ty)) {
        Some(Err(_)) => return bad(2, "the default value must have the same type as the map elements"),
        Some(Ok(value)) => Some(value),
        None => None,
    };
    match (map.entries.get(key), converted) {
        (Some(found), _) => Ok(absorbing(found.clone())),
        (None, Some(default)) => Ok(absorbing(default)),
        (None, None) => bad(1, format!("lookup failed to find key \"{key}\"")),
    }
}

pub(super) fn matchkeys(args: &[Value]) -> Outcome {
    let (Some(values), Some(keys), Some(wanted)) = (args[0].items(), args[1].items(), args[2].items()) else {
        return Ok(Value::derived(args));
    };
    if values.len() != keys.len() {
        return bad(1, "length of keys and values should be equal");
    }
    if keys.len().saturating_mul(wanted.len()) > 1_000_000 {
        return Ok(super::collection::limited(args));
    }
    let Some(unified) = unify_values(&[&args[1], &args[2]]) else {
        return bad(1, "lists must be of the same type");
    };
    let (Some(keys), Some(wanted)) = (unified[0].items(), unified[1].items()) else {
        return Ok(Value::derived(args));
    };
    let mut kept = Vec::new();
    for (value, key) in values.iter().zip(keys) {
        let answers: Vec<_> = wanted.iter().map(|wanted| equal(key, wanted)).collect();
        match () {
            () if answers.contains(&Some(true)) => kept.push(value.clone()),
            () if answers.contains(&None) => return Ok(Value::derived(args)),
            () => {}
        }
    }
    let list = Value::list(ListKind::List, kept);
    Ok(args.iter().fold(list, |list, arg| list.absorbing(&arg.meta)))
}

pub(super) fn one(args: &[Value]) -> Outcome {
    let items = match &args[0].kind {
        Kind::List(_, list) => &list.items,
        Kind::Unknown(_) => return Ok(Value::derived(args)),
        _ => return bad(0, "must be a list, set, or tuple value with either zero or one elements"),
    };
    match items.as_slice() {
        [] => Ok(Value::null().absorbing(&args[0].meta)),
        [item] => Ok(item.clone().absorbing(&args[0].meta)),
        // All may turn out to be the same.
        _ if matches!(args[0].kind, Kind::List(ListKind::Set, _)) && !args[0].is_wholly_known() => {
            Ok(Value::derived(args))
        }
        _ => bad(0, "must be a list, set, or tuple value with either zero or one elements"),
    }
}
