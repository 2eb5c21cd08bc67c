use super::call::{Outcome, bad};
use crate::eval::value::{Kind, Type, Value, convert, equal, unify};

/// The arguments as sets of one element type; `None` when any of them is unknown as a whole.
fn unified(args: &[Value]) -> Result<Option<Vec<Value>>, super::FunctionError> {
    if args.iter().any(Value::is_unknown) {
        return Ok(None);
    }
    let types: Vec<Type> = args.iter().map(Type::of).collect();
    let Some(ty) = unify(&types) else {
        return bad(0, "all sets must have the same element type");
    };
    let mut sets = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        sets.push(convert(arg, &ty).or_else(|message| bad(index, message))?);
    }
    Ok(Some(sets))
}

fn finish(args: &[Value], items: Vec<Value>) -> Value {
    args.iter().fold(Value::set(items), |value, arg| value.absorbing(&arg.meta))
}

/// Whether a set has this element.
fn has(set: &Value, item: &Value) -> Option<bool> {
    let items = set.items().unwrap_or_default();
    let wholly_known = matches!(set.kind, Kind::List(..)) && set.is_wholly_known() && item.is_wholly_known();
    if wholly_known
        && items.len() > 64
        && let Some(text) = item.as_str()
    {
        // Sets of strings are sorted.
        return Some(items.binary_search_by(|one| one.as_str().unwrap_or_default().cmp(text)).is_ok());
    }
    let mut answer = Some(false);
    for one in items {
        match equal(one, item) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => answer = None,
        }
    }
    answer
}

pub(super) fn union(args: &[Value]) -> Outcome {
    let Some(sets) = unified(args)? else { return Ok(Value::derived(args)) };
    let nodes = sets.iter().fold(0_u32, |sum, set| sum.saturating_add(set.nodes()));
    if nodes > crate::eval::value::MAX_NODES {
        return Ok(super::collection::limited(args));
    }
    Ok(finish(args, sets.iter().flat_map(Value::as_slice).cloned().collect()))
}

pub(super) fn intersection(args: &[Value]) -> Outcome {
    filtered(args, true)
}

pub(super) fn subtract(args: &[Value]) -> Outcome {
    filtered(args, false)
}

/// Elements of the first set that are in all the others, or in none of them.
fn filtered(args: &[Value], wanted: bool) -> Outcome {
    let Some(sets) = unified(args)? else { return Ok(Value::derived(args)) };
    let Some((first, others)) = sets.split_first() else { return Ok(Value::derived(args)) };
    let work = others.iter().map(|set| set.as_slice().len() / 16 + 1).sum::<usize>();
    if work.saturating_mul(first.as_slice().len()) > 4_000_000 {
        return Ok(super::collection::limited(args));
    }
    let mut kept = Vec::new();
    for item in first.as_slice() {
        let answers: Vec<_> = others.iter().map(|set| has(set, item)).collect();
        match () {
            () if answers.contains(&Some(!wanted)) => {}
            () if answers.contains(&None) => return Ok(Value::derived(args)),
            () => kept.push(item.clone()),
        }
    }
    Ok(finish(args, kept))
}
