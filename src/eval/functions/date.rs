use super::call::{Outcome, bad};
use super::duration;
use super::string::text;
use crate::eval::value::Value;
use jiff::civil::{DateTime, Weekday};
use jiff::{Span, Timestamp};
use std::fmt::Write;

/// A time as written, with its offset from UTC in minutes.
struct Moment {
    local: DateTime,
    offset: i32,
    /// Written as `Z`, which is not the same as `+00:00` when it is printed.
    zulu: bool,
}

impl Moment {
    /// RFC 3339, as strictly as Terraform reads it.
    fn parse(text: &str, index: usize) -> Result<Self, super::FunctionError> {
        match Self::read(text) {
            Some(moment) => Ok(moment),
            None => bad(index, format!("\"{text}\" is not a valid RFC3339 timestamp")),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() < 20 || !text.is_ascii() || bytes[10] != b'T' {
            return None;
        }
        let zone_at = 19 + text[19..].find(['Z', '+', '-'])?;
        let (civil, zone) = text.split_at(zone_at);
        let punctuation = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if punctuation.iter().any(|(at, byte)| bytes[*at] != *byte) {
            return None;
        }
        let two = |part: &str| {
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<i32>().ok())?
        };
        let offset = match zone.as_bytes() {
            [b'Z'] => 0,
            [sign, _, _, b':', _, _] => {
                let (hours, minutes) = (two(&zone[1..3])?, two(&zone[4..6])?);
                let offset = hours * 60 + minutes;
                match (hours, minutes) {
                    (0..=23, 0..=59) if *sign == b'-' => -offset,
                    (0..=23, 0..=59) => offset,
                    _ => return None,
                }
            }
            _ => return None,
        };
        // Leap seconds are not accepted either.
        if two(&civil[17..19])? > 59 {
            return None;
        }
        Some(Moment { local: civil.parse().ok()?, offset, zulu: zone == "Z" })
    }

    fn utc(&self) -> Option<Timestamp> {
        let shifted = self.local.checked_sub(Span::new().minutes(self.offset)).ok()?;
        shifted.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    }

    fn zone(&self, colon: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs();
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }
}

pub(super) fn timecmp(args: &[Value]) -> Outcome {
    let (a, b) = (Moment::parse(text(&args[0]), 0)?, Moment::parse(text(&args[1]), 1)?);
    Ok(Value::number(a.utc().cmp(&b.utc()) as i64))
}

pub(super) fn timeadd(args: &[Value]) -> Outcome {
    let moment = Moment::parse(text(&args[0]), 0)?;
    let Some(nanoseconds) = duration::parse(text(&args[1])) else {
        return bad(1, format!("\"{}\" is not a valid duration", text(&args[1])));
    };
    let Ok(local) = moment.local.checked_add(Span::new().nanoseconds(nanoseconds)) else {
        return bad(1, "the resulting time is out of range");
    };
    let zone = if moment.zulu || moment.offset == 0 { "Z".to_owned() } else { moment.zone(":") };
    Ok(Value::string(format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second()
    )))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn formatdate(args: &[Value]) -> Outcome {
    let moment = Moment::parse(text(&args[1]), 1)?;
    let mut out = String::new();
    let mut rest = text(&args[0]);
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            let Some(length) = literal(&rest[1..], &mut out) else {
                return bad(0, "unterminated literal '");
            };
            rest = &rest[1 + length..];
            continue;
        }
        let length = rest.chars().take_while(|next| *next == c).map(char::len_utf8).sum();
        let (verb, tail) = rest.split_at(length);
        match c.is_ascii_alphabetic() {
            true => match field(verb, &moment) {
                Some(text) => out.push_str(&text),
                None => return bad(0, format!("invalid date format verb \"{verb}\"")),
            },
            false => out.push_str(verb),
        }
        rest = tail;
    }
    Ok(Value::string(out))
}

/// Copies text up to the closing quote, and tells how long it is with that quote. Two quotes are one.
fn literal(text: &str, out: &mut String) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            out.push(c);
            continue;
        }
        match chars.peek() {
            Some((_, '\'')) => {
                out.push('\'');
                chars.next();
            }
            _ => return Some(at + 1),
        }
    }
    None
}

fn field(verb: &str, moment: &Moment) -> Option<String> {
    let time = moment.local;
    let month = MONTHS[usize::try_from(time.month()).ok()?.checked_sub(1)? % 12];
    let twelve = if time.hour() % 12 == 0 { 12 } else { time.hour() % 12 };
    let half = if time.hour() < 12 { "am" } else { "pm" };
    let mut out = String::new();
    let _ = match verb {
        "YYYY" => write!(out, "{:04}", time.year()),
        "YY" => write!(out, "{:02}", time.year() % 100),
        "MMMM" => write!(out, "{month}"),
        "MMM" => write!(out, "{}", &month[..3]),
        "MM" => write!(out, "{:02}", time.month()),
        "M" => write!(out, "{}", time.month()),
        "DD" => write!(out, "{:02}", time.day()),
        "D" => write!(out, "{}", time.day()),
        "EEEE" => write!(out, "{}", weekday(time.weekday())),
        "EEE" => write!(out, "{}", &weekday(time.weekday())[..3]),
        "hh" => write!(out, "{:02}", time.hour()),
        "h" => write!(out, "{}", time.hour()),
        "HH" => write!(out, "{twelve:02}"),
        "H" => write!(out, "{twelve}"),
        "AA" => write!(out, "{}", half.to_ascii_uppercase()),
        "aa" => write!(out, "{half}"),
        "mm" => write!(out, "{:02}", time.minute()),
        "m" => write!(out, "{}", time.minute()),
        "ss" => write!(out, "{:02}", time.second()),
        "s" => write!(out, "{}", time.second()),
        "ZZZZZ" => write!(out, "{}", moment.zone(":")),
        "ZZZZ" => write!(out, "{}", moment.zone("")),
        "ZZZ" if moment.offset == 0 => write!(out, "UTC"),
        "ZZZ" => write!(out, "{}", moment.zone("")),
        "Z" if moment.offset == 0 => write!(out, "Z"),
        "Z" => write!(out, "{}", moment.zone(":")),
        _ => return None,
    };
    Some(out)
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}
