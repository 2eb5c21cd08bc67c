use super::account::{SeenCredential, SeenIdentity};
use super::aws::{PASSWORD, ROLE, ROOT_USER};
use super::row::{Remark, RemarkKind};
use crate::config::Config;
use crate::dates::{days_between, human, seconds};
use crate::identity::{Credential, Model};
use crate::rotation::plan::{Used, limit};
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
    if identity.kind != ROLE {
        return None;
    }
    match identity.last_used {
        // Source: AWS IAM API Reference, RoleLastUsed: activity of the trailing 400 days is reported.
        Used::Never if age(identity.created, today).is_some_and(|days| days > FORGOTTEN) => Some(remark(
            RemarkKind::NeverUsed,
            "nobody has acted as it in the 400 days that AWS remembers, or since it was made",
        )),
        used => forgotten(used, today),
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
    if !credential.active {
        let text = match credential.last_used {
            Used::On(date) => format!("it was used on {date} for the last time: delete it"),
            _ => "delete it".to_owned(),
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
    match credential.last_used {
        Used::Never if old.is_some_and(|days| days > UNUSED_SINCE_BIRTH) => {
            let text = "nothing has ever used it, so nothing needs it";
            remarks.push(remark(RemarkKind::NeverUsed, text));
        }
        used => remarks.extend(forgotten(used, today)),
    }
    remarks
}

fn forgotten(used: Used, today: Date) -> Option<Remark> {
    let Used::On(date) = used else { return None };
    let days = days_between(date, today);
    (days > FORGOTTEN).then(|| {
        remark(RemarkKind::Unused, format!("it was used on {date} for the last time, {} ago", length(days)))
    })
}
