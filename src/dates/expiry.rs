use super::date::utc_date;
use super::{Unit, days_between, duration_of, moment_of};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

/// What an expiry attribute says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// At a moment.
    At(Timestamp),
    /// This long after it is issued.
    After(SignedDuration),
    /// Written down as endless: `infinity` in PostgreSQL, zero in many lease settings.
    Never,
}

impl Expiry {
    /// How long it is good for when issued on `today`; `None` for endless. Negative once it is over.
    pub fn remaining(self, today: Date) -> Option<SignedDuration> {
        match self {
            Expiry::At(moment) => Some(super::days(days_between(today, utc_date(moment)))),
            Expiry::After(length) => Some(length),
            Expiry::Never => None,
        }
    }

    /// The calendar date, when it is fixed.
    pub fn date(self) -> Option<Date> {
        match self {
            Expiry::At(moment) => Some(utc_date(moment)),
            Expiry::After(_) | Expiry::Never => None,
        }
    }
}

/// Reads a date or a length, whichever the text is. `bare` is what a number alone counts.
pub fn expiry_of(text: &str, bare: Unit) -> Option<Expiry> {
    let text = text.trim();
    if ["infinity", "never", "none", "unlimited", "forever"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(text))
    {
        return Some(Expiry::Never);
    }
    if let Some(moment) = moment_of(text) {
        return Some(Expiry::At(moment));
    }
    let length = duration_of(text, bare)?;
    match length.is_positive() {
        true => Some(Expiry::After(length)),
        // Zero asks for no limit of one's own, and Vault's -1 does the same.
        false => Some(Expiry::Never),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::days;
    use jiff::civil::date;

    #[test]
    fn dates_lengths_and_endlessness_are_told_apart() {
        let today = date(2026, 11, 22);
        let remaining = |text| expiry_of(text, Unit::Days).map(|expiry| expiry.remaining(today));
        assert_eq!(remaining("2026-12-22T00:00:00Z"), Some(Some(days(30))));
        assert_eq!(remaining("2026-11-01"), Some(Some(days(-21))));
        assert_eq!(remaining("720h"), Some(Some(days(30))));
        assert_eq!(remaining("90"), Some(Some(days(90))));
        assert_eq!(remaining("0"), Some(None));
        assert_eq!(remaining("-1"), Some(None));
        assert_eq!(remaining("Infinity"), Some(None));
        assert_eq!(remaining("next year"), None);
    }
}
