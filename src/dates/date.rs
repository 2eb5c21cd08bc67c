use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Above this, a bare number is milliseconds: as seconds it would be past the year 5100.
const EPOCH_MILLISECONDS: u64 = 100_000_000_000;

/// The moment of an RFC 3339 text, and of what databases and consoles make of it: a space for the `T`,
/// no seconds, no zone (read as UTC), a date alone (read as its first moment).
pub fn moment_of(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // A number alone is a length of time or an epoch, which only the caller can know.
    if !text.contains('-') {
        return None;
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let civil = match text.strip_suffix(['Z', 'z']) {
        Some(bare) => bare.trim_end().parse::<DateTime>().ok()?,
        None if has_offset(text) => return None,
        None => text.parse::<DateTime>().ok()?,
    };
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// `DateTime` quietly drops an offset that it parses, which would move the moment.
fn has_offset(text: &str) -> bool {
    let time = text.get(10..).unwrap_or_default();
    time.contains(['+', '-', '[']) && !time.is_empty()
}

/// The calendar date, in UTC, of anything [`moment_of`] reads.
pub fn date_of(text: &str) -> Option<Date> {
    let text = text.trim();
    if text.len() == 10
        && let Ok(date) = text.parse::<Date>()
    {
        return Some(date);
    }
    moment_of(text).map(utc_date)
}

/// The moment of a Unix time, in seconds or milliseconds by its size.
pub fn moment_of_epoch(number: i64) -> Option<Timestamp> {
    match number.unsigned_abs() >= EPOCH_MILLISECONDS {
        true => Timestamp::from_millisecond(number).ok(),
        false => Timestamp::from_second(number).ok(),
    }
}

/// Whole days from `from` to `to`, negative when `to` is earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}

pub(super) fn utc_date(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn dates_come_in_many_shapes() {
        let day = Some(date(2027, 3, 31));
        for text in [
            "2027-03-31",
            " 2027-03-31 ",
            "2027-03-31T23:59:59Z",
            "2027-03-31T23:59:59.000Z",
            "2027-03-31t10:00:00z",
            "2027-03-31T23:00Z",
            "2027-03-31 00:00:00+00",
            "2027-03-31 00:00:00",
            "2027-03-31T00:00:00",
            "2027-04-01T01:00:00+02:00",
        ] {
            assert_eq!(date_of(text), day, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "2027", "20270331", "2027-13-01", "2027-02-30", "31-03-2027", "never", "720h", "-1"]
        {
            assert_eq!(date_of(text), None, "{text}");
        }
    }

    #[test]
    fn epochs_tell_seconds_from_milliseconds() {
        let moment = moment_of_epoch(1_800_000_000);
        assert_eq!(moment, moment_of_epoch(1_800_000_000_000));
        assert_eq!(moment.map(utc_date), Some(date(2027, 1, 15)));
        assert_eq!(moment_of_epoch(i64::MIN), None);
    }

    #[test]
    fn days_are_signed() {
        assert_eq!(days_between(date(2026, 11, 22), date(2026, 12, 1)), 9);
        assert_eq!(days_between(date(2026, 12, 1), date(2026, 11, 22)), -9);
        assert_eq!(days_between(Date::MIN, Date::MAX), 7_304_483);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*", number in any::<i64>()) {
            date_of(&text);
            moment_of_epoch(number);
        }

        #[test]
        fn near_dates_are_survived(text in "[0-9]{1,5}-[0-9]{1,3}-[0-9]{1,3}[Tt ]?[0-9:.]{0,12}[Zz+-]?[0-9:]{0,5}") {
            date_of(&text);
        }
    }
}
