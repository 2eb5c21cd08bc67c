use super::call::{Outcome, bad};
use crate::eval::value::{Kind, Value};

pub(super) fn alltrue(args: &[Value]) -> Outcome {
    decide(args, false)
}

pub(super) fn anytrue(args: &[Value]) -> Outcome {
    decide(args, true)
}

/// One element of the deciding value settles it, even if others are unknown. Null counts as false.
fn decide(args: &[Value], deciding: bool) -> Outcome {
    let Some(items) = args[0].items() else { return Ok(Value::derived(args)) };
    let mut unknown = false;
    let mut decided = false;
    for item in items {
        match &item.kind {
            Kind::Unknown(_) | Kind::Template(_) => unknown = true,
            Kind::Null => decided |= !deciding,
            _ => match item.as_bool() {
                Some(flag) => decided |= flag == deciding,
                None => return bad(0, "a list of bool is required"),
            },
        }
    }
    Ok(match (decided, unknown) {
        (true, _) => Value::bool(deciding).absorbing_all(&args[0]),
        (false, true) => Value::derived(args),
        (false, false) => Value::bool(!deciding).absorbing_all(&args[0]),
    })
}
