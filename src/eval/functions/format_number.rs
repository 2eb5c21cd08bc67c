use super::format::Verb;
use crate::eval::value::Number;
use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, RoundingMode};

/// Nothing when an integer verb gets a number with a fraction, or a precision is absurd.
pub(super) fn format_number(verb: &Verb, number: &Number) -> Option<String> {
    let negative = number.is_negative();
    let absolute = if negative { number.neg() } else { number.clone() };
    let body = match verb.letter {
        'b' | 'd' | 'o' | 'x' | 'X' => integer(verb, &absolute)?,
        'f' => fixed(&absolute, verb.precision.unwrap_or(6)),
        'e' | 'E' => exponent(&absolute, Some(verb.precision.unwrap_or(6))),
        _ => general(&absolute, verb.precision),
    };
    let body = if verb.letter.is_uppercase() { body.to_uppercase() } else { body };
    let sign = match () {
        () if negative => "-",
        () if verb.plus => "+",
        () if verb.space => " ",
        () => "",
    };
    let missing = verb.width.saturating_sub(sign.len() + body.len());
    Some(match () {
        () if verb.minus => format!("{sign}{body}{}", " ".repeat(missing)),
        () if verb.zero && (verb.precision.is_none() || !is_integer_verb(verb.letter)) => {
            format!("{sign}{}{body}", "0".repeat(missing))
        }
        () => format!("{}{sign}{body}", " ".repeat(missing)),
    })
}

fn is_integer_verb(letter: char) -> bool {
    matches!(letter, 'b' | 'd' | 'o' | 'x' | 'X')
}

fn integer(verb: &Verb, number: &Number) -> Option<String> {
    if !number.is_integer() {
        return None;
    }
    let (value, _) = number.to_big().with_scale(0).into_bigint_and_exponent();
    let (radix, prefix) = match verb.letter {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'x' | 'X' => (16, "0x"),
        _ => (10, ""),
    };
    let digits = BigInt::from_biguint(Sign::Plus, value.magnitude().clone()).to_str_radix(radix);
    let zeros = "0".repeat(verb.precision.unwrap_or(0).saturating_sub(digits.len()));
    Some(format!("{}{zeros}{digits}", if verb.sharp { prefix } else { "" }))
}

/// Digits behind the point that are worth computing; all further ones are zero.
const MAX_SCALE: usize = 5_000;

fn fixed(number: &Number, precision: usize) -> String {
    let scale = precision.min(MAX_SCALE);
    let rounded = number.to_big().with_scale_round(scale as i64, RoundingMode::HalfEven);
    let text = rounded.to_plain_string();
    format!("{text}{}", "0".repeat(precision - scale))
}

/// Significant digits and the exponent of the first one.
fn digits_of(number: &BigDecimal) -> (String, i64) {
    let (value, scale) = number.normalized().into_bigint_and_exponent();
    let digits = value.magnitude().to_string();
    let exponent = digits.len() as i64 - 1 - scale;
    match digits.as_str() {
        "0" => (digits, 0),
        _ => (digits, exponent),
    }
}

fn rounded_to(number: &Number, digits: usize) -> BigDecimal {
    let digits = digits.clamp(1, MAX_SCALE) as u64;
    let big = number.to_big();
    match big.digits() > digits {
        true => {
            let scale = big.fractional_digit_count() - (big.digits() - digits) as i64;
            big.with_scale_round(scale, RoundingMode::HalfEven)
        }
        false => big,
    }
}

fn exponent(number: &Number, precision: Option<usize>) -> String {
    let rounded = match precision {
        Some(precision) => rounded_to(number, precision.saturating_add(1)),
        None => number.to_big(),
    };
    let (digits, exponent) = digits_of(&rounded);
    let (first, rest) = digits.split_at(1);
    let zeros = "0".repeat(precision.unwrap_or(0).saturating_sub(rest.len()));
    let point = if rest.is_empty() && zeros.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}{zeros}e{sign}{:02}", exponent.abs())
}

/// Whichever is shorter, with as many digits as the number needs unless a precision is given.
fn general(number: &Number, precision: Option<usize>) -> String {
    let rounded = match precision {
        Some(precision) => rounded_to(number, precision.max(1)),
        None => number.to_big(),
    };
    let (digits, scale) = digits_of(&rounded);
    let limit = match precision {
        None => 6.max(if digits.len() as i64 > scale { digits.len() as i64 } else { 6 }),
        Some(precision) => {
            let precision = precision.max(1) as i64;
            let count = digits.len() as i64;
            if precision > count && count > scale { count } else { precision }
        }
    };
    let limit = if precision.is_none() { 6.min(limit) } else { limit };
    match scale < -4 || scale >= limit {
        true => exponent(&Number::from(rounded), None),
        false => rounded.normalized().to_plain_string(),
    }
}
