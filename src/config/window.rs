use jiff::SignedDuration;
use jiff::civil::{DateTime, Weekday};
use std::fmt;

/// Hours of some days of the week in which credentials may be changed, in UTC: `Mon-Thu 09:00-16:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    text: String,
    /// Bit 0 is Monday.
    days: u8,
    /// Minutes of the day. A window that ends before it starts ends on the next day.
    from: u16,
    to: u16,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_OF_A_DAY: u16 = 24 * 60;

impl Window {
    /// Days, one or a range or a list of both, and hours; either part may be left out.
    pub fn parse(text: &str) -> Option<Window> {
        let (mut days, mut hours) = (None, None);
        for word in text.split_whitespace() {
            match word.contains(':') {
                true if hours.is_none() => hours = Some(hours_of(word)?),
                false if days.is_none() && hours.is_none() => days = Some(days_of(word)?),
                _ => return None,
            }
        }
        if days.is_none() && hours.is_none() {
            return None;
        }
        let (from, to) = hours.unwrap_or((0, MINUTES_OF_A_DAY));
        Some(Window { text: text.trim().to_owned(), days: days.unwrap_or(0x7f), from, to })
    }

    /// Whether it is open at a moment of UTC.
    pub fn contains(&self, moment: DateTime) -> bool {
        let minute = moment.hour() as u16 * 60 + moment.minute() as u16;
        let today = self.has(moment.weekday());
        match self.from < self.to {
            true => today && (self.from..self.to).contains(&minute),
            false => {
                (today && minute >= self.from) || (self.has(moment.weekday().previous()) && minute < self.to)
            }
        }
    }

    /// When it opens next, to the minute; the moment itself while it is open.
    pub fn next(&self, moment: DateTime) -> Option<DateTime> {
        let mut at = moment;
        if self.contains(at) {
            return Some(at);
        }
        at = at.with().second(0).subsec_nanosecond(0).build().ok()?;
        for _ in 0..8 * MINUTES_OF_A_DAY as u32 {
            at = at.checked_add(SignedDuration::from_mins(1)).ok()?;
            if self.contains(at) {
                return Some(at);
            }
        }
        None
    }

    fn has(&self, day: Weekday) -> bool {
        self.days & (1 << day.to_monday_zero_offset()) != 0
    }
}

impl fmt::Display for Window {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.text)
    }
}

fn days_of(text: &str) -> Option<u8> {
    let mut days = 0;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut at, last) = (day_of(first)?, day_of(last)?);
        days |= 1 << at;
        // `Sat-Mon` goes over the end of the week.
        while at != last {
            at = (at + 1) % 7;
            days |= 1 << at;
        }
    }
    Some(days)
}

fn day_of(text: &str) -> Option<usize> {
    DAYS.iter().position(|day| text.eq_ignore_ascii_case(day))
}

fn hours_of(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minutes_of(from)?, minutes_of(to)?);
    (from != to && from < MINUTES_OF_A_DAY).then_some((from, to))
}

fn minutes_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= MINUTES_OF_A_DAY).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;
    use proptest::prelude::*;

    fn open(window: &str, day: i8, hour: i8, minute: i8) -> bool {
        // The first of June 2026 is a Monday.
        Window::parse(window).unwrap().contains(datetime(2026, 6, day, hour, minute, 0, 0))
    }

    #[test]
    fn days_and_hours_open_it() {
        assert!(open("Mon-Thu 09:00-16:00", 1, 9, 0));
        assert!(!open("Mon-Thu 09:00-16:00", 1, 16, 0));
        assert!(!open("Mon-Thu 09:00-16:00", 5, 10, 0));
        assert!(open("sat,sun", 6, 23, 59) && !open("sat,sun", 8, 0, 0));
        assert!(open("09:00-24:00", 3, 23, 59));
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins_on() {
        assert!(open("Fri 22:00-04:00", 5, 22, 0));
        assert!(open("Fri 22:00-04:00", 6, 3, 59));
        assert!(!open("Fri 22:00-04:00", 5, 3, 0));
        assert!(open("Sat-Mon", 7, 12, 0) && open("Sat-Mon", 1, 12, 0) && !open("Sat-Mon", 2, 12, 0));
    }

    #[test]
    fn the_next_opening_is_known() {
        let next = |window: &str, day, hour| {
            Window::parse(window).unwrap().next(datetime(2026, 6, day, hour, 30, 15, 0)).unwrap()
        };
        assert_eq!(next("Mon-Thu 09:00-16:00", 1, 10), datetime(2026, 6, 1, 10, 30, 15, 0));
        assert_eq!(next("Mon-Thu 09:00-16:00", 1, 16), datetime(2026, 6, 2, 9, 0, 0, 0));
        assert_eq!(next("Mon-Thu 09:00-16:00", 5, 10), datetime(2026, 6, 8, 9, 0, 0, 0));
        assert_eq!(next("Fri 22:00-04:00", 6, 5), datetime(2026, 6, 12, 22, 0, 0, 0));
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for text in
            ["", "Mon 9-16", "Mon-Funday", "09:00-09:00", "24:00-02:00", "09:60-10:00", "09:00-10:00 Mon"]
        {
            assert_eq!(Window::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            let _ = Window::parse(&text);
        }
    }
}
