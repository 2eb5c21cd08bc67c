//! How long credentials last: where each type says so, in which unit, and what it means to say nothing.

mod read;
mod rotation;
mod table;

pub use read::{Measure, Reading, read, scopes};
pub use rotation::{Rotation, rotation};
pub use table::{Absent, Form, Term, terms_of};

use crate::config::{ExpiryKind, ExpiryPolicy};
use crate::dates::{self, Unit};
use jiff::SignedDuration;
use jiff::civil::Date;

/// The policy's maximum in the way that an attribute wants it, such as `2160h` or a date.
pub fn written(form: Form, limit: SignedDuration, today: Date) -> Option<String> {
    let seconds = limit.as_secs();
    let days = seconds / 86_400;
    let date = || today.checked_add(jiff::Span::new().try_days(days).ok()?).ok();
    Some(match form {
        Form::Seconds => seconds.to_string(),
        Form::Hours => (seconds / 3_600).to_string(),
        Form::Days if days > 0 => days.to_string(),
        Form::SecondsText => format!("\"{seconds}s\""),
        Form::HoursText => format!("\"{}h\"", seconds / 3_600),
        Form::Date if days > 0 => format!("\"{}\"", date()?),
        Form::Moment if days > 0 => format!("\"{}T00:00:00Z\"", date()?),
        Form::IsoHours => format!("\"PT{}H\"", seconds / 3_600),
        Form::Days | Form::Date | Form::Moment | Form::None => return None,
    })
}

/// What to know of an end that was written down: a date stays where it is, and nothing acts on it.
pub fn until_when(text: &str) -> &'static str {
    let is_date = text.starts_with('"') && text.get(5..6) == Some("-") && text.get(8..9) == Some("-");
    if is_date { "; nothing renews it before" } else { "" }
}

/// The configured maximum; `None` when there is none for this kind of term.
pub fn limit(policy: &ExpiryPolicy, kind: Option<ExpiryKind>) -> Option<SignedDuration> {
    policy.max(kind?)
}

/// A length as users say it.
pub fn said(length: SignedDuration) -> String {
    let days = length.as_secs() / 86_400;
    match days >= 3 * 365 {
        true => format!("{} years", days / 365),
        false => dates::human(length),
    }
}

/// Months and years have no fixed length; a policy in days needs one.
pub(super) fn average(count: i64, unit_days: f64) -> SignedDuration {
    SignedDuration::from_secs((count as f64 * unit_days * 86_400.0) as i64)
}

pub(super) const fn unit(measure: Measure) -> Unit {
    match measure {
        Measure::Days => Unit::Days,
        Measure::Hours => Unit::Hours,
        _ => Unit::Seconds,
    }
}
