use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, RoundingMode, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Decimal digits that Terraform's 512-bit numbers carry.
const DIGITS: u64 = 154;
/// Exponents beyond this would make one number fill memory when printed.
const MAX_EXPONENT: i64 = 4_096;

/// A Terraform number: small integers as such, everything else as a decimal of 154 digits.
#[derive(Clone, Debug)]
pub enum Number {
    Int(i64),
    Big(Box<BigDecimal>),
}

impl Number {
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(value) = text.parse::<i64>() {
            // Terraform converts strings such as "+1" or "007" as well; so does this parse.
            return Some(Number::Int(value));
        }
        if text.is_empty()
            || text.len() > 1_024
            || !text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
        {
            return None;
        }
        let exponent = text.rsplit_once(['e', 'E']).map_or(Some(0), |(_, tail)| tail.parse::<i64>().ok())?;
        if exponent.abs() > MAX_EXPONENT {
            return None;
        }
        BigDecimal::from_str(text).ok().map(Number::from)
    }

    pub fn to_big(&self) -> BigDecimal {
        match self {
            Number::Int(value) => BigDecimal::from(*value),
            Number::Big(value) => (**value).clone(),
        }
    }

    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Number::Int(value) => Some(*value),
            Number::Big(value) if value.is_integer() => value.to_i64(),
            Number::Big(_) => None,
        }
    }

    pub fn to_f64(&self) -> f64 {
        match self {
            Number::Int(value) => *value as f64,
            Number::Big(value) => value.to_f64().unwrap_or(f64::NAN),
        }
    }

    pub fn from_f64(value: f64) -> Option<Self> {
        // The shortest text that reads back as the same float is what a person would write.
        value.is_finite().then(|| Number::parse(&format!("{value}")))?
    }

    pub fn is_integer(&self) -> bool {
        match self {
            Number::Int(_) => true,
            Number::Big(value) => value.is_integer(),
        }
    }

    pub fn is_negative(&self) -> bool {
        match self {
            Number::Int(value) => *value < 0,
            Number::Big(value) => value.sign() == Sign::Minus,
        }
    }

    pub fn is_zero(&self) -> bool {
        match self {
            Number::Int(value) => *value == 0,
            Number::Big(value) => value.is_zero(),
        }
    }

    pub fn add(&self, other: &Self) -> Option<Self> {
        if let (Number::Int(a), Number::Int(b)) = (self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            return Some(Number::Int(sum));
        }
        bounded(&(self.to_big() + other.to_big()))
    }

    pub fn sub(&self, other: &Self) -> Option<Self> {
        self.add(&other.neg())
    }

    pub fn mul(&self, other: &Self) -> Option<Self> {
        if let (Number::Int(a), Number::Int(b)) = (self, other)
            && let Some(product) = a.checked_mul(*b)
        {
            return Some(Number::Int(product));
        }
        bounded(&(self.to_big() * other.to_big()))
    }

    /// `None` for a division by zero.
    pub fn div(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        if let (Number::Int(a), Number::Int(b)) = (self, other)
            && let (Some(0), Some(whole)) = (a.checked_rem(*b), a.checked_div(*b))
        {
            return Some(Number::Int(whole));
        }
        // Scale the dividend so that the quotient has more digits than are kept.
        let (a, b) = (self.to_big(), other.to_big());
        let wanted = DIGITS as i64 + b.digits() as i64 - a.digits() as i64 + 4;
        let (digits_a, scale_a) = a.into_bigint_and_exponent();
        let (digits_b, scale_b) = b.into_bigint_and_exponent();
        let shift = wanted.max(0) as u32;
        let quotient = digits_a * BigInt::from(10).pow(shift) / digits_b;
        bounded(&BigDecimal::new(quotient, scale_a - scale_b + i64::from(shift)))
    }

    /// The remainder with the sign of the dividend, as Terraform's `%`; for a zero divisor the dividend.
    pub fn rem(&self, other: &Self) -> Option<Self> {
        if other.is_zero() {
            return Some(self.clone());
        }
        if let (Number::Int(a), Number::Int(b)) = (self, other) {
            return a.checked_rem(*b).map(Number::Int);
        }
        bounded(&(self.to_big() % other.to_big()))
    }

    pub fn neg(&self) -> Self {
        match self {
            Number::Int(value) => value.checked_neg().map_or_else(|| (-self.to_big()).into(), Number::Int),
            Number::Big(value) => Number::from(-(**value).clone()),
        }
    }

    pub fn floor(&self) -> Self {
        self.rounded(RoundingMode::Floor)
    }

    pub fn ceil(&self) -> Self {
        self.rounded(RoundingMode::Ceiling)
    }

    pub fn truncated(&self) -> Self {
        self.rounded(RoundingMode::Down)
    }

    fn rounded(&self, mode: RoundingMode) -> Self {
        match self {
            Number::Int(value) => Number::Int(*value),
            Number::Big(value) => value.with_scale_round(0, mode).into(),
        }
    }
}

fn bounded(value: &BigDecimal) -> Option<Number> {
    let value = value.with_prec(value.digits().min(DIGITS)).normalized();
    let (_, exponent) = value.as_bigint_and_exponent();
    (exponent.abs() <= 2 * MAX_EXPONENT).then(|| value.into())
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number::Int(value)
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Self {
        i64::try_from(value)
            .map_or_else(|_| Number::Big(Box::new(BigDecimal::from(value as u64))), Number::Int)
    }
}

impl From<BigDecimal> for Number {
    fn from(value: BigDecimal) -> Self {
        match value.is_integer().then(|| value.to_i64()).flatten() {
            Some(int) => Number::Int(int),
            None => Number::Big(Box::new(value.normalized())),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a.cmp(b),
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl fmt::Display for Number {
    /// Plain decimal notation, never an exponent, as Terraform converts numbers to strings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(value) => write!(f, "{value}"),
            Number::Big(value) => f.write_str(&value.to_plain_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn decimal_sums_are_exact() {
        assert_eq!(number("0.1").add(&number("0.2")).unwrap().to_string(), "0.3");
        assert_eq!(number("1e3").to_string(), "1000");
        assert_eq!(number("10").div(&number("4")).unwrap().to_string(), "2.5");
    }

    #[test]
    fn quotients_carry_what_terraform_carries() {
        let third = number("7").div(&number("9")).unwrap().to_string();
        assert_eq!(third, format!("0.{}8", "7".repeat(153)));
    }

    #[test]
    fn absurd_exponents_are_refused() {
        assert!(Number::parse("1e999999999").is_none());
        assert!(Number::parse("nan").is_none());
    }
}
