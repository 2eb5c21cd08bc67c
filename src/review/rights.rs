//! What somebody gains and loses, by access level and service.

use super::model::{Aspect, Detail, Sign};
use crate::diagnostic::Severity;
use crate::iam::aws::{ActionId, ActionSet, Level, catalogue};
use crate::query::{Rights, WORST_FIRST, weight};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Services that are named of each access level.
const SERVICES: usize = 4;
/// Actions that are named of a service.
const ACTIONS: usize = 3;
/// Resources that are named.
const RESOURCES: usize = 3;

/// Details of what is different; empty when nothing is.
pub(super) fn compare(before: &Rights, after: &Rights) -> Vec<Detail> {
    let mut details = Vec::new();
    let gained = after.certain.difference(&before.certain);
    let lost = before.certain.difference(&after.certain);
    by_level(&mut details, Sign::Gained, &gained, after);
    by_level(&mut details, Sign::Lost, &lost, before);
    let kept = before.certain.intersection(&after.certain);
    let wider = after.everywhere.difference(&before.everywhere).intersection(&kept);
    let narrower = before.everywhere.difference(&after.everywhere).intersection(&kept);
    one(&mut details, Sign::Gained, &wider, "on every resource now");
    one(&mut details, Sign::Lost, &narrower, "no longer on every resource");
    let freer = after.free.difference(&before.free).intersection(&kept).difference(&wider);
    let bound = before.free.difference(&after.free).intersection(&kept).difference(&narrower);
    one(&mut details, Sign::Gained, &freer, "without a condition now");
    one(&mut details, Sign::Lost, &bound, "only under a condition now");
    others(&mut details, before, after);
    details
}

fn by_level(details: &mut Vec<Detail>, sign: Sign, actions: &ActionSet, rights: &Rights) {
    for level in WORST_FIRST {
        let of_level = actions.intersection(catalogue().at_level(level));
        if of_level.is_empty() {
            continue;
        }
        let scope = match of_level.is_subset(&rights.everywhere) {
            true => " on every resource",
            false if of_level.is_disjoint(&rights.free) => " under conditions",
            false => "",
        };
        let text = format!("{}{scope}: {}", name(level), services(&of_level));
        details.push(Detail::new(Aspect::Permission, sign, severity(sign, level, &of_level, rights), text));
    }
}

fn one(details: &mut Vec<Detail>, sign: Sign, actions: &ActionSet, what: &str) {
    if actions.is_empty() {
        return;
    }
    let worst = WORST_FIRST.into_iter().find(|level| !actions.is_disjoint(catalogue().at_level(*level)));
    let weight = match (sign, worst) {
        (Sign::Gained, Some(Level::Permissions)) => Severity::High,
        (Sign::Gained, Some(Level::Write)) => Severity::Medium,
        (Sign::Gained, _) => Severity::Low,
        _ => Severity::Info,
    };
    details.push(Detail::new(Aspect::Permission, sign, weight, format!("{what}: {}", services(actions))));
}

/// Actions that the catalogue does not have, and resources that statements name.
fn others(details: &mut Vec<Detail>, before: &Rights, after: &Rights) {
    let mut sets = |left: &BTreeSet<String>, right: &BTreeSet<String>, sign, before: &str, weight| {
        let texts: Vec<&str> = left.difference(right).map(String::as_str).collect();
        if !texts.is_empty() {
            let text = format!("{before}{}", listed(&texts, RESOURCES));
            details.push(Detail::new(Aspect::Permission, sign, weight, text));
        }
    };
    sets(&after.others, &before.others, Sign::Gained, "", Severity::Low);
    sets(&before.others, &after.others, Sign::Lost, "", Severity::Info);
    if !before.certain.is_empty() && !after.certain.is_empty() {
        sets(&after.resources, &before.resources, Sign::Gained, "on ", Severity::Low);
        sets(&before.resources, &after.resources, Sign::Lost, "on ", Severity::Info);
    }
}

/// "s3:PutObject, s3:DeleteObject, iam (12 actions)".
fn services(actions: &ActionSet) -> String {
    let mut by_service: BTreeMap<&str, Vec<ActionId>> = BTreeMap::new();
    for id in actions.iter() {
        by_service.entry(catalogue().service_of(id).prefix).or_default().push(id);
    }
    let mut services: Vec<_> = by_service.into_iter().collect();
    let worth = |ids: &[ActionId]| (ids.iter().map(|id| weight(*id)).max(), ids.len());
    services.sort_by_cached_key(|(prefix, ids)| (Reverse(worth(ids)), *prefix));
    let count = services.len();
    if count > 3 * SERVICES {
        return format!("{} actions of {count} services", actions.len());
    }
    let texts = services.into_iter().map(|(prefix, mut ids)| {
        ids.sort_by_key(|id| (Reverse(weight(*id)), catalogue().full_name(*id)));
        match ids.len() {
            0..=ACTIONS => ids.iter().map(|id| catalogue().full_name(*id)).collect::<Vec<_>>().join(", "),
            many => format!("{} and {} more of {prefix}", catalogue().full_name(ids[0]), many - 1),
        }
    });
    let texts: Vec<String> = texts.collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    listed_of(&texts, SERVICES, "services")
}

pub(super) fn listed(texts: &[&str], most: usize) -> String {
    listed_of(texts, most, "more")
}

fn listed_of(texts: &[&str], most: usize, what: &str) -> String {
    match texts.len() > most {
        false => texts.join(", "),
        true if what == "more" => format!("{} and {} more", texts[..most].join(", "), texts.len() - most),
        true => format!("{} and {} more {what}", texts[..most].join(", "), texts.len() - most),
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Permissions => "gives out permissions",
        Level::Write => "writes",
        Level::Tagging => "tags",
        Level::Read => "reads",
        Level::List => "lists",
    }
}

fn severity(sign: Sign, level: Level, actions: &ActionSet, rights: &Rights) -> Severity {
    if sign != Sign::Gained {
        return Severity::Info;
    }
    let sensitive = actions.iter().any(|id| weight(id) >= 2);
    let everywhere = !actions.is_disjoint(&rights.everywhere);
    match level {
        Level::Permissions if everywhere => Severity::High,
        Level::Permissions => Severity::Medium,
        _ if sensitive && everywhere => Severity::High,
        _ if sensitive => Severity::Medium,
        Level::Write if everywhere => Severity::Medium,
        Level::Write => Severity::Low,
        _ => Severity::Info,
    }
}
