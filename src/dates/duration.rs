use jiff::SignedDuration;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

/// What a number without a unit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Seconds,
    Minutes,
    Hours,
    Days,
}

impl Unit {
    fn seconds(self) -> f64 {
        match self {
            Unit::Seconds => 1.0,
            Unit::Minutes => MINUTE,
            Unit::Hours => HOUR,
            Unit::Days => DAY,
        }
    }
}

/// A length of whole days.
pub fn days(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count.saturating_mul(86_400))
}

/// A length of seconds.
pub fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// A length of time as providers write it: Go (`720h30m`, `1.5h`), Vault (`30d`, `768h`), protobuf
/// (`3600s`), ISO 8601 (`P90D`, `PT8H`), or a plain number of `bare`. A year counts 365 days and a month
/// 30, since a policy compares lengths and has no calendar to place them in.
pub fn duration_of(text: &str, bare: Unit) -> Option<SignedDuration> {
    let text = text.trim();
    let total = if let Some(iso) = text.strip_prefix(['P', 'p']) {
        iso_seconds(iso)?
    } else if let Ok(number) = plain_number(text) {
        number * bare.seconds()
    } else {
        suffixed_seconds(text)?
    };
    // Beyond this a float no longer holds whole seconds, and no expiry means it.
    if !total.is_finite() || total.abs() > 1e15 {
        return None;
    }
    SignedDuration::try_from_secs_f64(total).ok()
}

fn plain_number(text: &str) -> Result<f64, ()> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    // `f64` also reads `inf`, `nan` and `1e9`.
    match digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        true => text.parse().map_err(|_| ()),
        false => Err(()),
    }
}

/// `1h30m`: numbers each followed by a unit.
fn suffixed_seconds(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total = 0.0;
    while !rest.is_empty() {
        let (number, after) = leading_number(rest)?;
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let unit = match &after[..end] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => 7.0 * DAY,
            "y" => 365.0 * DAY,
            _ => return None,
        };
        total += number * unit;
        rest = &after[end..];
    }
    (!text.is_empty()).then_some(sign * total)
}

/// What follows the `P` of an ISO 8601 duration.
fn iso_seconds(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut total = 0.0;
    let mut in_time = false;
    let mut parts = 0;
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix(['T', 't'])
            && !in_time
        {
            (in_time, rest) = (true, time);
            continue;
        }
        let (number, after) = leading_number(rest)?;
        let unit = after.chars().next()?;
        total += number
            * match (in_time, unit.to_ascii_uppercase()) {
                (false, 'Y') => 365.0 * DAY,
                (false, 'M') => 30.0 * DAY,
                (false, 'W') => 7.0 * DAY,
                (false, 'D') => DAY,
                (true, 'H') => HOUR,
                (true, 'M') => MINUTE,
                (true, 'S') => 1.0,
                _ => return None,
            };
        rest = &after[unit.len_utf8()..];
        parts += 1;
    }
    (parts > 0).then_some(total)
}

fn leading_number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// `90 days`, `12 hours`, `90 seconds`: the largest unit that shows the length to within a tenth.
pub fn human(length: SignedDuration) -> String {
    let total = length.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    let large = total.unsigned_abs();
    for (size, name) in units {
        let size: u64 = size;
        // Two days are worth saying as days, 36 hours are not.
        let fits = large >= size && (large.is_multiple_of(size) || large >= 10 * size);
        if fits || size == 1 {
            let count = large / size;
            let sign = if total < 0 { "-" } else { "" };
            let plural = if count == 1 { "" } else { "s" };
            return format!("{sign}{count} {name}{plural}");
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secs(text: &str) -> Option<i64> {
        duration_of(text, Unit::Seconds).map(|length| length.as_secs())
    }

    #[test]
    fn every_provider_has_its_own_form() {
        for (text, expected) in [
            ("8760h", 365 * 86_400),
            ("720h30m", 720 * 3_600 + 1_800),
            ("1.5h", 5_400),
            ("768h", 32 * 86_400),
            ("30d", 30 * 86_400),
            ("2w", 14 * 86_400),
            ("3600s", 3_600),
            ("3600.5s", 3_600),
            ("2592000", 2_592_000),
            ("P90D", 90 * 86_400),
            ("PT8H", 8 * 3_600),
            ("P1Y2M10DT2H30M", (365 + 60 + 10) * 86_400 + 9_000),
            ("P2W", 14 * 86_400),
            ("0", 0),
            ("-5h", -18_000),
            ("1500ms", 1),
        ] {
            assert_eq!(secs(text), Some(expected), "{text}");
        }
        assert_eq!(duration_of("90", Unit::Days), Some(days(90)));
        assert_eq!(duration_of(" 12 ", Unit::Hours), Some(seconds(43_200)));
    }

    #[test]
    fn what_is_no_length_is_none() {
        for text in ["", "P", "PT", "h", "5 days", "P5", "PD", "P1H", "1h-", "inf", "1e9", "2027-01-01", "."]
        {
            assert_eq!(secs(text), None, "{text}");
        }
    }

    #[test]
    fn lengths_read_well() {
        for (length, expected) in [
            (days(90), "90 days"),
            (days(1), "1 day"),
            (seconds(36 * 3_600), "36 hours"),
            (seconds(43_200), "12 hours"),
            (seconds(90), "90 seconds"),
            (seconds(0), "0 seconds"),
            (seconds(-7_200), "-2 hours"),
            (seconds(40 * 86_400 + 5), "40 days"),
        ] {
            assert_eq!(human(length), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            secs(&text).map(|total| human(seconds(total)));
        }

        #[test]
        fn near_lengths_are_survived(text in "[Pp+-]?([0-9.]{1,25}[YMWDTHSymdhsµ]{0,2}){0,6}") {
            secs(&text).map(|total| human(seconds(total)));
        }
    }
}
