use super::account::{SeenCredential, SeenIdentity};
use super::aws::{PASSWORD, ROLE, ROOT_USER};
use super::google::{HMAC_KEY, SERVICE_ACCOUNT};
use super::kinds::words;
use super::row::{Remark, RemarkKind};
use crate::config::Config;
use crate::dates::{days_between, human, seconds};
use crate::identity::{Credential, Model};
use crate::rotation::plan::{Recorded, Used, limit};
use jiff::civil::Date;

/// So many days something new may wait for its first use.
const UNUSED_SINCE_BIRTH: i64 = 7;
/// After so many days without a use something is taken to be forgotten.
const FORGOTTEN: i64 = 90;

pub(super) fn remark(kind: RemarkKind, text: impl Into<String>) -> Remark {
    Remark { kind, text: text.into() }
}

pub(super) fn age(created: Option<Date>, today: Date) -> Option<i64> {
    created.map(|created| days_between(created, today).max(0))
}

fn length(days: i64) -> String {
    human(seconds(days.saturating_mul(86_400)))
}

/// Of an identity by itself. Users log in with credentials, which are judged by themselves.
pub(super) fn of_identity(identity: &SeenIdentity, today: Date) -> Option<Remark> {
    let forgotten = || forgotten(identity.last_used, identity.recorded, today);
    match identity.kind {
        _ if identity.active == Some(false) => {
            let text = "it is disabled: delete it, or enable it for what needs it";
            Some(remark(RemarkKind::InactiveButKept, text))
        }
        ROLE => match identity.last_used {
            // Source: AWS IAM API Reference, RoleLastUsed: activity of the trailing 400 days is reported.
            Used::Never if age(identity.created, today).is_some_and(|days| days > FORGOTTEN) => Some(remark(
                RemarkKind::NeverUsed,
                "nobody has acted as it in the 400 days that AWS remembers, or since it was made",
            )),
            _ => forgotten(),
        },
        // What is done with an HMAC key is not counted as done by the account.
        SERVICE_ACCOUNT => {
            let mut keys = identity.credentials.iter().filter(|key| key.kind == HMAC_KEY);
            let none = identity.known.contains(&HMAC_KEY) && !keys.any(|key| key.active);
            none.then(forgotten).flatten()
        }
        _ => None,
    }
}

/// Of a credential by itself; `declared` where exactly one in the code is meant.
pub(super) fn of_credential(
    holder: &SeenIdentity,
    credential: &SeenCredential,
    declared: Option<(&Model, &Credential)>,
    config: &Config,
    today: Date,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if holder.kind == ROOT_USER {
        let text = "it may do everything, and no policy limits it: delete it";
        remarks.push(remark(RemarkKind::RootKey, text));
    }
    let old = age(credential.created, today);
    let ended = credential.ends.filter(|end| *end < today);
    if !credential.active || ended.is_some() {
        let ended = ended.map(|end| format!("it ended on {end}, ")).unwrap_or_default();
        let text = match credential.last_used {
            _ if holder.active == Some(false) => format!(
                "its {} is disabled, and enabling that makes it work again: delete it",
                words(holder.kind)
            ),
            Used::On(date) => format!("{ended}it was used on {date} for the last time: delete it"),
            _ => format!("{ended}delete it"),
        };
        remarks.push(remark(RemarkKind::InactiveButKept, text));
        return remarks;
    }
    let kind = if credential.kind == PASSWORD { "password" } else { credential.kind };
    let (allowed, because) = limit(config, kind, declared);
    if let (Some(old), Some(allowed)) = (old, allowed)
        && old > allowed.as_hours() / 24
    {
        let text = format!("it is {} old, and {} are allowed ({because})", length(old), human(allowed));
        remarks.push(remark(RemarkKind::OlderThanPolicy, text));
    }
    let observed = watched(credential.recorded, today);
    match credential.last_used {
        Used::Never if age(credential.created, observed).is_some_and(|days| days > UNUSED_SINCE_BIRTH) => {
            let text = match credential.recorded {
                None => "nothing has ever used it, so nothing needs it".to_owned(),
                Some(Recorded { except, .. }) => {
                    format!(
                        "no use of it is recorded from its first day to {observed}; {except} would not show"
                    )
                }
            };
            remarks.push(remark(RemarkKind::NeverUsed, text));
        }
        used => remarks.extend(forgotten(used, credential.recorded, today)),
    }
    remarks
}

/// The last day of which uses are known.
fn watched(recorded: Option<Recorded>, today: Date) -> Date {
    recorded.and_then(|recorded| recorded.until).map_or(today, |until| until.min(today))
}

fn forgotten(used: Used, recorded: Option<Recorded>, today: Date) -> Option<Remark> {
    let Used::On(date) = used else { return None };
    let observed = watched(recorded, today);
    let days = days_between(date, observed);
    let text = match recorded {
        None => format!("it was used on {date} for the last time, {} ago", length(days)),
        Some(Recorded { except, .. }) => format!(
            "its last recorded use was on {date}, {} before {observed}; {except} would not show",
            length(days)
        ),
    };
    (days > FORGOTTEN).then(|| remark(RemarkKind::Unused, text))
}
