use super::{Term, average, unit};
use crate::dates::{self, Expiry, expiry_of, moment_of_epoch};
use crate::eval::value::{HopKind, Kind, Part, Ref, ResourceId, Value, Why};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::Model;
use jiff::SignedDuration;
use jiff::civil::Date;

/// What a bare number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Seconds,
    Hours,
    Days,
    Months,
    /// Milliseconds since 1970.
    Milliseconds,
    /// AWS Private CA: a number, and beside it the unit.
    Validity,
}

/// What a resource says of its end.
#[derive(Debug)]
pub enum Reading {
    /// Nothing.
    Missing,
    /// Nothing, but whoever uses this module may.
    Offered,
    /// Something that the code alone does not tell.
    Unknown,
    Ends {
        expiry: Expiry,
        /// Attribute path.
        path: String,
        value: Value,
        /// The `time_*` resource that computes it.
        through: Option<ResourceId>,
    },
}

/// The blocks that a term applies to: the resource itself, or those of a kind in it.
pub fn scopes(resource: &Resource, term: &Term) -> Vec<BlockValue> {
    match term.block {
        "" => vec![resource.body.clone()],
        block => resource.body.blocks(block),
    }
}

/// Reads the end of a credential. Unknown is never missing.
pub fn read(model: &Model, resource: &Resource, scope: &BlockValue, term: &Term, today: Date) -> Reading {
    for path in term.paths {
        let Some((path, value)) = scope.at_path(path).into_iter().next() else { continue };
        let path = if term.block.is_empty() { path } else { format!("{}.{path}", term.block) };
        let measure = match term.measure {
            Measure::Validity => match scope.text("type") {
                Some("DAYS") => Measure::Days,
                Some("MONTHS") => Measure::Months,
                Some("YEARS") => return years(&value, path),
                _ => return Reading::Unknown,
            },
            other => other,
        };
        return match end_of(model, &value, measure, today) {
            Some((expiry, through)) => Reading::Ends { expiry, path, value, through },
            None => Reading::Unknown,
        };
    }
    if scope.any {
        return Reading::Unknown;
    }
    // Written, but null: by choice of a caller, or as the default of a variable that callers may set.
    let is_root =
        model.project.modules.get(resource.module.0 as usize).is_none_or(|module| module.parent.is_none());
    let offered = term
        .paths
        .iter()
        .filter_map(|path| scope.attr(path))
        .any(|attr| is_root && attr.value.meta.hops().iter().any(|hop| hop.kind == HopKind::Variable));
    if offered { Reading::Offered } else { Reading::Missing }
}

fn years(value: &Value, path: String) -> Reading {
    match value.as_i64() {
        Some(count) => {
            let expiry = Expiry::After(average(count, 365.0));
            Reading::Ends { expiry, path, value: value.clone(), through: None }
        }
        None => Reading::Unknown,
    }
}

fn end_of(
    model: &Model,
    value: &Value,
    measure: Measure,
    today: Date,
) -> Option<(Expiry, Option<ResourceId>)> {
    match &value.kind {
        Kind::Number(_) | Kind::String(_) => {
            let number = || value.as_i64();
            let expiry = match measure {
                Measure::Months => Expiry::After(average(number()?, 365.0 / 12.0)),
                Measure::Milliseconds => match number()? {
                    0 => Expiry::Never,
                    moment => Expiry::At(moment_of_epoch(moment)?),
                },
                // A moment written as an epoch is far larger than any length.
                _ if number().is_some_and(|number| number > 1_500_000_000) => {
                    Expiry::At(moment_of_epoch(number()?)?)
                }
                _ => match value.as_str() {
                    Some(text) => expiry_of(text, unit(measure))?,
                    None => expiry_of(&number()?.to_string(), unit(measure))?,
                },
            };
            Some((expiry, None))
        }
        Kind::Template(parts) => match parts.as_slice() {
            [Part::Hole(hole)] => end_of(model, hole, measure, today),
            _ => None,
        },
        Kind::Unknown(unknown) => match &unknown.why {
            // Only what all alternatives agree on counts, so the shortest of them speaks.
            Why::OneOf(values) => {
                let ends: Option<Vec<_>> =
                    values.iter().map(|value| end_of(model, value, measure, today)).collect();
                ends?
                    .into_iter()
                    .min_by_key(|(expiry, _)| expiry.remaining(today).unwrap_or(SignedDuration::MAX))
            }
            Why::Attribute(id, _) => {
                let reference = value.meta.refs.iter().find(|reference| reference.resource == *id)?;
                Some((Expiry::After(length_of(model, reference)?), Some(*id)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The length that a `time_rotating` or `time_offset` adds to the moment it is created at.
fn length_of(model: &Model, reference: &Ref) -> Option<SignedDuration> {
    let resource = model.resource(reference.resource);
    let path = &*reference.path;
    match &*resource.kind {
        "time_rotating" if path == "rotation_rfc3339" => time_length(resource, "rotation"),
        "time_offset" if matches!(path, "rfc3339" | "id") => time_length(resource, "offset"),
        _ => None,
    }
}

/// `rotation_days`, `offset_hours` and so on, added up; `None` when any of them is not known.
pub(super) fn time_length(resource: &Resource, prefix: &str) -> Option<SignedDuration> {
    if resource.mode != ResourceMode::Managed {
        return None;
    }
    let day = 1.0;
    let units = [
        ("years", 365.0),
        ("months", 365.0 / 12.0),
        ("days", day),
        ("hours", day / 24.0),
        ("minutes", day / 1_440.0),
        ("seconds", day / 86_400.0),
    ];
    let mut total = None;
    for (name, days) in units {
        if let Some(value) = resource.body.value(&format!("{prefix}_{name}")) {
            let length = average(value.as_i64()?, days);
            total = Some(total.map_or(length, |sum: SignedDuration| sum.saturating_add(length)));
        }
    }
    total.filter(|length| *length > dates::days(0))
}
