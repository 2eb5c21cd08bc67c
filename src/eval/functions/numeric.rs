use super::call::{Outcome, bad};
use crate::eval::value::{Number, Value, Why};
use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

fn number(value: &Value) -> Number {
    value.as_number().unwrap_or(Number::Int(0))
}

/// A number, or unknown when it is infinite or beyond what numbers hold.
fn bounded(value: Option<Number>) -> Value {
    value.map_or_else(|| Value::unknown(Why::Limit), Value::number)
}

pub(super) fn abs(args: &[Value]) -> Outcome {
    let value = number(&args[0]);
    Ok(Value::number(if value.is_negative() { value.neg() } else { value }))
}

pub(super) fn ceil(args: &[Value]) -> Outcome {
    Ok(Value::number(number(&args[0]).ceil()))
}

pub(super) fn floor(args: &[Value]) -> Outcome {
    Ok(Value::number(number(&args[0]).floor()))
}

pub(super) fn log(args: &[Value]) -> Outcome {
    let result = number(&args[0]).to_f64().ln() / number(&args[1]).to_f64().ln();
    match result.is_nan() {
        true => bad(0, "the logarithm is not a number"),
        false => Ok(bounded(Number::from_f64(result))),
    }
}

pub(super) fn max(args: &[Value]) -> Outcome {
    Ok(args.iter().map(number).max().map_or_else(Value::null, Value::number))
}

pub(super) fn min(args: &[Value]) -> Outcome {
    Ok(args.iter().map(number).min().map_or_else(Value::null, Value::number))
}

pub(super) fn parseint(args: &[Value]) -> Outcome {
    let Some(text) = args[0].as_str() else {
        return bad(0, "the first argument must be a string");
    };
    let base = match args[1].as_i64().and_then(|base| u32::try_from(base).ok()) {
        Some(base @ 2..=62) => base,
        _ => return bad(1, "base must be a whole number between 2 and 62 inclusive"),
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if text.len() > 512 {
        return Ok(Value::unknown(Why::Limit));
    }
    let mut value = BigInt::from(0);
    for c in digits.chars() {
        match digit(c, base) {
            Some(digit) => value = value * base + digit,
            None => return bad(0, format!("cannot parse \"{text}\" as a base {base} integer")),
        }
    }
    if digits.is_empty() {
        return bad(0, format!("cannot parse \"{text}\" as a base {base} integer"));
    }
    let value = if negative { -value } else { value };
    Ok(Value::number(Number::from(BigDecimal::from(value))))
}

/// Above base 36 capital letters are digits of their own, after the small ones.
fn digit(c: char, base: u32) -> Option<u32> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        'a'..='z' => u32::from(c) - u32::from('a') + 10,
        'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
        'A'..='Z' => u32::from(c) - u32::from('A') + 36,
        _ => return None,
    };
    (value < base).then_some(value)
}

/// Terraform computes powers as 64-bit floats.
pub(super) fn pow(args: &[Value]) -> Outcome {
    let result = number(&args[0]).to_f64().powf(number(&args[1]).to_f64());
    match result.is_nan() {
        true => bad(0, "the power is not a number"),
        false => Ok(bounded(Number::from_f64(result))),
    }
}

pub(super) fn signum(args: &[Value]) -> Outcome {
    let value = number(&args[0]);
    match () {
        () if !value.is_integer() => bad(0, "a whole number is required"),
        () if value.is_zero() => Ok(Value::number(0_i64)),
        () => Ok(Value::number(if value.is_negative() { -1_i64 } else { 1 })),
    }
}

pub(super) fn sum(args: &[Value]) -> Outcome {
    let Some(items) = args[0].items() else { return bad(0, "cannot sum noniterable") };
    if items.is_empty() {
        return bad(0, "cannot sum an empty list");
    }
    let mut total = Some(Number::Int(0));
    for item in items {
        let Some(next) = item.as_number() else {
            return bad(0, "argument must be list, set, or tuple of number values");
        };
        total = total.and_then(|total| total.add(&next));
    }
    Ok(bounded(total))
}
