//! One value of a request against one value of a condition, by the type that the operator reads them as.
//! Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators".

use super::{Operator, Order, Test};
use crate::iam::Tri;
use crate::iam::pattern::Pattern;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::cmp::Ordering;
use std::net::IpAddr;

/// Whether the values compare as the operator says, leaving negation aside. What cannot be read as a value of
/// the type compares with nothing.
pub(super) fn compare(operator: &Operator, pattern: &Pattern, value: &str) -> Tri {
    match operator.test {
        Test::StringEquals | Test::StringLike => return pattern.matches(value),
        Test::StringEqualsIgnoreCase | Test::Bool | Test::Null => return pattern.matches_ignore_case(value),
        Test::Arn => return pattern.matches_arn(value),
        Test::Other => return Tri::Maybe,
        Test::Numeric | Test::Date | Test::IpAddress | Test::Binary => {}
    }
    let Some(expected) = pattern.as_text() else {
        return if pattern.has_hole() { Tri::Maybe } else { Tri::No };
    };
    let answer = match operator.test {
        Test::Numeric => ordered(number(value), number(expected), operator.order),
        Test::Date => ordered(instant(value), instant(expected), operator.order),
        Test::IpAddress => in_range(value, expected),
        _ => value == expected,
    };
    answer.into()
}

fn ordered<V: PartialOrd>(value: Option<V>, expected: Option<V>, order: Order) -> bool {
    let (Some(value), Some(expected)) = (value, expected) else { return false };
    let Some(found) = value.partial_cmp(&expected) else { return false };
    match order {
        Order::Equal => found == Ordering::Equal,
        Order::Less => found == Ordering::Less,
        Order::LessOrEqual => found != Ordering::Greater,
        Order::Greater => found == Ordering::Greater,
        Order::GreaterOrEqual => found != Ordering::Less,
    }
}

/// Integers and decimals; words such as `inf` are no numbers.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    if plain { text.parse().ok() } else { None }
}

/// A date of ISO 8601 as W3C profiles it, or the seconds since 1970.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let is_year = text.len() == 4;
    if let (Ok(seconds), false) = (text.parse::<i64>(), is_year) {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    let civil = match text.len() {
        4 => format!("{text}-01-01").parse::<Date>().ok()?.to_datetime(Default::default()),
        7 => format!("{text}-01").parse::<Date>().ok()?.to_datetime(Default::default()),
        10 => text.parse::<Date>().ok()?.to_datetime(Default::default()),
        _ => text.parse::<DateTime>().ok()?,
    };
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// An address without a prefix is a range of one.
fn in_range(value: &str, range: &str) -> bool {
    let (network, prefix) = match range.split_once('/') {
        Some((network, prefix)) => (network, Some(prefix)),
        None => (range, None),
    };
    let (Ok(value), Ok(network)) = (value.parse::<IpAddr>(), network.parse::<IpAddr>()) else { return false };
    let (value, network, width) = match (value, network) {
        (IpAddr::V4(value), IpAddr::V4(network)) => (value.to_bits().into(), network.to_bits().into(), 32),
        (IpAddr::V6(value), IpAddr::V6(network)) => (value.to_bits(), network.to_bits(), 128),
        _ => return false,
    };
    let prefix = match prefix.map(str::parse::<u32>) {
        None => width,
        Some(Ok(prefix)) if prefix <= width => prefix,
        Some(_) => return false,
    };
    let ignored: u32 = width - prefix;
    let shift = |bits: u128| bits.checked_shr(ignored).unwrap_or(0);
    shift(value) == shift(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(operator: &str, expected: &str, value: &str) -> bool {
        let operator = Operator::parse(operator);
        let pattern = Pattern::builder(operator.syntax()).text(expected).build();
        compare(&operator, &pattern, value).is_yes() != operator.negated
    }

    #[test]
    fn numbers_have_an_order() {
        assert!(holds("NumericEquals", "10", "10.0") && !holds("NumericEquals", "10", "9"));
        assert!(holds("NumericLessThan", "10", "9") && !holds("NumericLessThan", "10", "10"));
        assert!(holds("NumericLessThanEquals", "10", "10") && holds("NumericGreaterThanEquals", "-1", "-1"));
        assert!(holds("NumericGreaterThan", "9", "10") && !holds("NumericGreaterThan", "9", "ten"));
        assert!(holds("NumericNotEquals", "10", "11") && !holds("NumericEquals", "inf", "inf"));
    }

    #[test]
    fn dates_have_an_order() {
        assert!(holds("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z"));
        assert!(holds("DateEquals", "2020-04-01", "1585699200") && holds("DateEquals", "2020", "2020-01-01"));
        assert!(holds("DateGreaterThan", "2020-04-01T00:00:00+02:00", "2020-03-31T22:00:01Z"));
        assert!(holds("DateGreaterThanEquals", "1585699200", "2020-04-01T00:00Z"));
        assert!(holds("DateNotEquals", "2020-04", "2020-05") && !holds("DateEquals", "soon", "soon"));
    }

    #[test]
    fn addresses_lie_in_ranges() {
        assert!(
            holds("IpAddress", "203.0.113.0/24", "203.0.113.7") && holds("IpAddress", "0.0.0.0/0", "1.2.3.4")
        );
        assert!(
            !holds("IpAddress", "203.0.113.0/24", "203.0.114.7")
                && holds("IpAddress", "10.0.0.1", "10.0.0.1")
        );
        assert!(
            holds("IpAddress", "2001:db8::/32", "2001:DB8:1::1") && !holds("IpAddress", "::/0", "10.0.0.1")
        );
        assert!(
            holds("NotIpAddress", "10.0.0.0/8", "2001:db8::1")
                && !holds("IpAddress", "10.0.0.0/33", "10.0.0.1")
        );
    }

    #[test]
    fn arns_are_compared_part_by_part() {
        assert!(holds("ArnLike", "arn:aws:iam::*:role/ci-*", "arn:aws:iam::123456789012:role/ci-x"));
        assert!(!holds("ArnLike", "arn:aws:*:role/ci", "arn:aws:iam::123456789012:role/ci"));
        assert!(holds("ArnEquals", "arn:aws:sns:?s-*:1:a*", "arn:aws:sns:us-east-1:1:a:b"));
        assert!(holds("ArnNotLike", "arn:aws:s3:::a", "arn:aws:s3:::A"));
    }
}
