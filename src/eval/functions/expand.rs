use super::call::{Outcome, bad};
use super::collection::limited;
use crate::eval::value::{Kind, ListKind, MAX_NODES, Number, Type, Value, Why, convert};

/// What Terraform itself allows `range` to return.
const MAX_RANGE: usize = 1_024;

pub(super) fn range(args: &[Value]) -> Outcome {
    let numbers: Vec<Number> = args.iter().filter_map(Value::as_number).collect();
    let (start, end) = match numbers.as_slice() {
        [end] => (Number::Int(0), end.clone()),
        [start, end, ..] => (start.clone(), end.clone()),
        [] => return bad(0, "a number is required"),
    };
    let down = end < start;
    let step = numbers.get(2).cloned().unwrap_or(Number::Int(if down { -1 } else { 1 }));
    match () {
        () if step.is_zero() => return bad(2, "step must not be zero"),
        () if down && !step.is_negative() => {
            return bad(1, "when step is positive, end must be greater than start");
        }
        () if !down && start != end && step.is_negative() => {
            return bad(1, "when step is negative, end must be less than start");
        }
        () => {}
    }
    let mut items = Vec::new();
    let mut at = start;
    while if down { at > end } else { at < end } {
        if items.len() >= MAX_RANGE {
            return bad(0, format!("more than {MAX_RANGE} values were generated"));
        }
        items.push(Value::number(at.clone()));
        match at.add(&step) {
            Some(next) => at = next,
            None => return Ok(Value::unknown(Why::Limit)),
        }
    }
    Ok(Value::list(ListKind::List, items))
}

pub(super) fn chunklist(args: &[Value]) -> Outcome {
    let Some(items) = args[0].items() else { return Ok(Value::derived(args)) };
    if args[1].is_unknown() {
        return Ok(Value::derived(args));
    }
    let Some(size) = args[1].as_i64().and_then(|size| usize::try_from(size).ok()) else {
        return bad(1, "the size argument must be a whole number of at least zero");
    };
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items.chunks(size).map(|chunk| Value::list(ListKind::List, chunk.to_vec()));
    Ok(Value::list(ListKind::List, chunks.collect()).absorbing(&args[0].meta).absorbing(&args[1].meta))
}

/// All combinations, as tuples; a set of them only if any argument is a set.
pub(super) fn setproduct(args: &[Value]) -> Outcome {
    if args.len() < 2 {
        return bad(0, "at least two arguments are required");
    }
    let mut total = 1_usize;
    let mut lists = Vec::new();
    let mut is_set = false;
    for (index, arg) in args.iter().enumerate() {
        let Kind::List(kind, _) = &arg.kind else {
            return match arg.is_unknown() {
                true => Ok(Value::derived(args)),
                false => bad(index, "a set or a list is required"),
            };
        };
        is_set |= *kind == ListKind::Set;
        if *kind == ListKind::Set && !arg.is_wholly_known() {
            return Ok(Value::derived(args));
        }
        let list = match kind {
            ListKind::Tuple => convert(arg, &Type::list(Type::Any)).or_else(|message| bad(index, message))?,
            _ => arg.clone(),
        };
        total = total.saturating_mul(list.as_slice().len());
        lists.push(list);
    }
    if total.saturating_mul(args.len() + 1) > MAX_NODES as usize {
        return Ok(limited(args));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for list in &lists {
        let longer = rows.iter().flat_map(|row| {
            list.as_slice().iter().map(move |item| row.iter().chain(std::iter::once(item)).cloned().collect())
        });
        rows = longer.collect();
    }
    let rows: Vec<Value> = rows.into_iter().map(Value::tuple).collect();
    let product = match is_set {
        true => Value::set(rows),
        false => Value::list(ListKind::List, rows),
    };
    Ok(args.iter().fold(product, |value, arg| value.absorbing(&arg.meta)))
}
