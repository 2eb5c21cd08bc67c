use super::call::{Outcome, bad};
use crate::eval::value::{Kind, Type, Value, convert};

fn to(args: &[Value], ty: &Type) -> Outcome {
    convert(&args[0], ty).or_else(|message| bad(0, message))
}

pub(super) fn tobool(args: &[Value]) -> Outcome {
    to(args, &Type::Bool)
}

pub(super) fn tonumber(args: &[Value]) -> Outcome {
    to(args, &Type::Number)
}

pub(super) fn tostring(args: &[Value]) -> Outcome {
    to(args, &Type::String)
}

pub(super) fn tolist(args: &[Value]) -> Outcome {
    to(args, &Type::list(Type::Any))
}

pub(super) fn toset(args: &[Value]) -> Outcome {
    to(args, &Type::Set(Box::new(Type::Any)))
}

pub(super) fn tomap(args: &[Value]) -> Outcome {
    to(args, &Type::Map(Box::new(Type::Any)))
}

/// Ephemeral values are not told apart from others.
pub(super) fn identity(args: &[Value]) -> Outcome {
    Ok(args[0].clone())
}

pub(super) fn sensitive(args: &[Value]) -> Outcome {
    Ok(args[0].clone().sensitive())
}

/// Only the outermost layer: elements keep their own marks.
pub(super) fn nonsensitive(args: &[Value]) -> Outcome {
    let mut value = args[0].clone();
    value.meta.sensitive = false;
    Ok(value)
}

pub(super) fn issensitive(args: &[Value]) -> Outcome {
    // Providers mark attributes as sensitive in ways that the code does not tell.
    let known = !matches!(args[0].kind, Kind::Unknown(_) | Kind::Template(_));
    match !known && !args[0].meta.sensitive {
        true => Ok(Value::derived(args)),
        false => Ok(Value::bool(args[0].meta.sensitive)),
    }
}
