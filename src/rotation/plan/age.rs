use super::Input;
use super::item::{Age, Urgency, days};
use super::terms::Terms;
use crate::dates::{Expiry, Unit, date_of, days_between, duration_of, expiry_of, human};
use crate::eval::Resource;
use crate::eval::value::Value;
use crate::identity::Model;
use jiff::civil::Date;

/// Arguments whose change replaces the value.
const TRIGGERS: [&str; 8] = [
    "rotate_when_changed",
    "keepers",
    "keeper",
    "triggers",
    "rotation_configuration",
    "time_rotating",
    "expire_time",
    "client_secret_version",
];
/// Lengths of a `time_rotating`, with what a number counts.
const LENGTHS: [(&str, i64); 5] = [
    ("rotation_days", 24 * 60),
    ("rotation_hours", 60),
    ("rotation_minutes", 1),
    ("rotation_months", 30 * 24 * 60),
    ("rotation_years", 365 * 24 * 60),
];
/// Tags in which people write down when a key was made.
const DATE_TAGS: [&str; 8] = [
    "created",
    "created_at",
    "creation_date",
    "rotated",
    "rotated_at",
    "last_rotated",
    "rotation_date",
    "issued_at",
];

/// How urgent it is by its age and its end.
pub(super) struct Due {
    pub urgency: Urgency,
    pub reasons: Vec<String>,
}

/// What the code says of its age: a date among what replaces it, a tag, or a clock that replaces it.
pub(super) fn of(model: &Model, resource: &Resource, input: &Input<'_>) -> Age {
    let mut latest: Option<(Date, String)> = None;
    let mut consider = |date: Option<Date>, evidence: String| {
        // A date ahead is a plan and not an age.
        if let Some(date) = date.filter(|date| *date <= input.today)
            && latest.as_ref().is_none_or(|(known, _)| date > *known)
        {
            latest = Some((date, evidence));
        }
    };
    for name in TRIGGERS {
        for (path, value) in resource.body.at_path(name) {
            if let Some(clock) = clock_of(model, &value) {
                return Age::Renewed { every: every(clock), by: clock.address.clone() };
            }
            each_text(&value, &mut |text| consider(date_of(text), format!("`{path}`")));
        }
    }
    for name in ["tags", "labels"] {
        let entries = resource.body.value(name).and_then(Value::entries);
        for (key, value) in entries.into_iter().flatten() {
            let plain = key.to_lowercase().replace(['-', ':', ' '], "_");
            if DATE_TAGS.contains(&plain.as_str())
                && let Some(text) = value.as_str()
            {
                consider(date_of(text), format!("the tag `{key}`"));
            }
        }
    }
    match latest {
        Some((since, evidence)) => Age::Since { since, days: days_between(since, input.today), evidence },
        None => Age::Unknown,
    }
}

fn each_text(value: &Value, visit: &mut impl FnMut(&str)) {
    if let Some(text) = value.as_str() {
        visit(text);
    }
    for entry in value.entries().into_iter().flat_map(|entries| entries.values()) {
        if let Some(text) = entry.as_str() {
            visit(text);
        }
    }
}

/// The `time_rotating` that replaces it.
fn clock_of<'m>(model: &'m Model, value: &Value) -> Option<&'m Resource> {
    let refs = value.deep_refs();
    let found = refs.iter().map(|reference| model.resource(reference.resource));
    found.into_iter().find(|resource| &*resource.kind == "time_rotating")
}

fn every(clock: &Resource) -> Option<String> {
    LENGTHS.iter().find_map(|(name, minutes)| {
        let count = clock.body.value(name)?.as_i64().filter(|count| (1..100_000).contains(count))?;
        duration_of(&format!("{}m", count * minutes), Unit::Minutes).map(human)
    })
}

pub(super) fn judge(age: &Age, expiry: Option<&str>, terms: &Terms, input: &Input<'_>) -> Due {
    let ending = expiry.and_then(|text| expiry_of(text, Unit::Seconds)).and_then(Expiry::date);
    let by_end = ending.and_then(|end| by_end(end, terms, input.today));
    let by_age = by_age(age, terms, input.sightings.is_some());
    match by_end {
        Some(end) if end.urgency <= by_age.urgency => Due {
            urgency: end.urgency,
            reasons: match by_age.urgency {
                Urgency::Undated => end.reasons,
                _ => end.reasons.into_iter().chain(by_age.reasons).collect(),
            },
        },
        _ => by_age,
    }
}

fn by_end(end: Date, terms: &Terms, today: Date) -> Option<Due> {
    let left = days_between(today, end);
    let warning = terms.warning.as_hours() / 24;
    match left {
        ..0 => Some(Due {
            urgency: Urgency::Overdue,
            reasons: vec![format!("it ended on {end}, {} ago", days(-left))],
        }),
        _ if left <= warning => {
            let when = if left == 0 { "today".to_owned() } else { format!("on {end}, in {}", days(left)) };
            Some(Due { urgency: Urgency::Soon, reasons: vec![format!("it ends {when}")] })
        }
        _ => None,
    }
}

fn by_age(age: &Age, terms: &Terms, asked: bool) -> Due {
    let due = |urgency, reason: String| Due { urgency, reasons: vec![reason] };
    let Some(limit) = terms.max_age else {
        return due(Urgency::Fresh, format!("there is no limit for it ({})", terms.because));
    };
    let allowed = limit.as_hours() / 24;
    let limited = format!("{} are allowed ({})", human(limit), terms.because);
    match age {
        Age::Renewed { every, by } => {
            let often = every.as_ref().map(|every| format!(" every {every}")).unwrap_or_default();
            due(Urgency::Fresh, format!("`{by}` replaces it{often}, whenever the code is applied"))
        }
        Age::Unknown => due(
            Urgency::Undated,
            match asked {
                true => {
                    format!("its age is not in the code, and no account that was asked tells it; {limited}")
                }
                false => format!("its age is not in the code, so the cloud has to be asked; {limited}"),
            },
        ),
        Age::Since { days: count, since, evidence } => {
            let old = format!("it is {} old (since {since}, by {evidence})", days(*count));
            let left = allowed - count;
            if left < 0 {
                return due(Urgency::Overdue, format!("{old}; {limited}"));
            }
            if left <= terms.warning.as_hours() / 24 {
                return due(Urgency::Soon, format!("{old}; {limited}, which is in {}", days(left)));
            }
            due(Urgency::Fresh, format!("{old}; {limited}"))
        }
    }
}
