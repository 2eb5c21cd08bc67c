//! Identities, and others who are granted something: added, removed, changed.

use super::matching::{By, Known, Pairs, Translation};
use super::model::{Aspect, Change, Detail, How, Sign, Subject};
use super::portrait::{Key, Principal, Trusted};
use super::rights;
use crate::diagnostic::Severity;
use crate::iam::Tri;
use crate::identity::State;
use crate::identity::privilege::Level;
use crate::identity::trust::Width;
use std::collections::{BTreeMap, BTreeSet};

impl Known for Principal {
    fn kind(&self) -> &str {
        &self.kind
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn content(&self) -> String {
        let actions: Vec<String> = self.rights.certain.names().collect();
        let trusts: Vec<&String> = self.trusts.keys().collect();
        format!("{:?} {:?} {trusts:?} {actions:?} {:?}", self.name, self.owner, self.roles)
    }
}

pub(super) fn compare(
    base: &BTreeMap<Key, Principal>,
    head: &BTreeMap<Key, Principal>,
    pairs: &Pairs,
    translation: &Translation,
) -> Vec<Change> {
    let heads = pairs.heads();
    let mut changes = Vec::new();
    for (key, was) in base {
        let Some((to, by)) = pairs.to.get(key) else {
            changes.extend(removed(key, was));
            continue;
        };
        let Some(is) = head.get(to) else { continue };
        let was = translated(was, &key.root, translation);
        let mut details = differences(&was, is);
        let renamed = *by == By::Content && key.address != to.address && is.declared;
        if renamed {
            let text = format!("was {}; without a `moved` block it is replaced", key.address);
            details.push(Detail::new(Aspect::Name, Sign::Changed, Severity::Low, text));
        }
        if !details.is_empty() {
            let how = if renamed && details.len() == 1 { How::Renamed } else { How::Changed };
            changes.push(change(to, is, how, details));
        }
    }
    changes
        .extend(head.iter().filter(|(key, _)| !heads.contains(key)).filter_map(|(key, is)| added(key, is)));
    changes
}

fn change(key: &Key, principal: &Principal, how: How, mut details: Vec<Detail>) -> Change {
    details.sort_by_key(|detail| (std::cmp::Reverse(detail.weight), detail.sign, detail.aspect));
    let worst = details.iter().map(|detail| detail.weight).max().unwrap_or(Severity::Info);
    Change {
        subject: Subject::Identity,
        how,
        weight: worst,
        address: key.address.clone(),
        root: key.root.clone(),
        kind: if principal.declared { principal.kind.clone() } else { "not declared here".to_string() },
        place: principal.place.clone(),
        details,
        also: Vec::new(),
    }
}

/// Somebody who is not declared here is told of once they are granted something.
fn added(key: &Key, is: &Principal) -> Option<Change> {
    let mut details = differences(&nobody(is), is);
    if is.declared {
        match &is.owner {
            Some(_) => {}
            None if is.owner_known => {
                details.push(Detail::new(Aspect::Owner, Sign::Fact, Severity::Low, "nobody owns it"))
            }
            None => {}
        }
    }
    (is.declared || !details.is_empty()).then(|| change(key, is, How::Added, details))
}

fn removed(key: &Key, was: &Principal) -> Option<Change> {
    let mut details = differences(was, &nobody(was));
    details.retain(|detail| !matches!(detail.aspect, Aspect::Owner | Aspect::Expiry));
    (was.declared || !details.is_empty()).then(|| {
        let mut change = change(key, was, How::Removed, details);
        change.weight = Severity::Info;
        change
    })
}

/// The same without anything.
fn nobody(like: &Principal) -> Principal {
    Principal {
        owner: None,
        owner_known: like.owner_known,
        expiry: None,
        state: like.state,
        level: Level::None,
        summary: String::new(),
        rights: Default::default(),
        roles: BTreeSet::new(),
        trusts: BTreeMap::new(),
        workloads: BTreeSet::new(),
        ..like.clone()
    }
}

fn translated(principal: &Principal, root: &str, translation: &Translation) -> Principal {
    let text = |it: &String| translation.text(root, it);
    let mut rights = principal.rights.clone();
    rights.resources = rights.resources.iter().map(text).collect();
    Principal {
        rights,
        summary: text(&principal.summary),
        roles: principal.roles.iter().map(text).collect(),
        trusts: principal.trusts.iter().map(|(who, it)| (text(who), it.clone())).collect(),
        workloads: principal.workloads.iter().map(text).collect(),
        ..principal.clone()
    }
}

fn differences(was: &Principal, is: &Principal) -> Vec<Detail> {
    let mut details = Vec::new();
    level(&mut details, was, is);
    trusts(&mut details, was, is);
    details.extend(rights::compare(&was.rights, &is.rights));
    roles(&mut details, was, is);
    if was.owner != is.owner && (was.owner_known || is.owner.is_some()) && is.owner_known {
        details.push(owner(was.owner.as_deref(), is.owner.as_deref()));
    }
    if was.expiry != is.expiry {
        let show = |date: &Option<String>| date.clone().unwrap_or_else(|| "never".to_string());
        let text = format!("ends {} (before: {})", show(&is.expiry), show(&was.expiry));
        details.push(Detail::new(Aspect::Expiry, Sign::Changed, Severity::Low, text));
    }
    match (was.state, is.state) {
        (State::Disabled, State::Active) => {
            details.push(Detail::new(Aspect::State, Sign::Changed, Severity::Medium, "is active again"))
        }
        (State::Active, State::Disabled) => {
            details.push(Detail::new(Aspect::State, Sign::Changed, Severity::Info, "is disabled"))
        }
        _ => {}
    }
    workloads(&mut details, was, is);
    details
}

fn level(details: &mut Vec<Detail>, was: &Principal, is: &Principal) {
    if was.level == is.level && (is.level < Level::Power || was.summary == is.summary) {
        return;
    }
    let said =
        |it: &Principal| if it.summary.is_empty() { it.level.name().to_string() } else { it.summary.clone() };
    if is.level >= Level::Power {
        let weight = if is.level == Level::Admin { Severity::Critical } else { Severity::High };
        let sign = if was.level >= Level::Power { Sign::Changed } else { Sign::Gained };
        let weight = if sign == Sign::Changed && was.level >= is.level { Severity::Medium } else { weight };
        details.push(Detail::new(Aspect::Privilege, sign, weight, said(is)));
    } else if was.level >= Level::Power {
        details.push(Detail::new(Aspect::Privilege, Sign::Lost, Severity::Info, said(was)));
    }
}

fn trusts(details: &mut Vec<Detail>, was: &Principal, is: &Principal) {
    for (who, trust) in &is.trusts {
        let limits = match trust.limits.is_empty() {
            true => String::new(),
            false => format!(" ({})", trust.limits.join(", ")),
        };
        match was.trusts.get(who) {
            None => {
                let weight = trust_weight(trust);
                let text = format!("may be used by {who}{limits}");
                details.push(Detail::new(Aspect::Trust, Sign::Gained, weight, text));
            }
            Some(before) if before.limits != trust.limits => {
                let gone: Vec<&str> = missing(&before.limits, &trust.limits);
                let new: Vec<&str> = missing(&trust.limits, &before.limits);
                let (sign, weight) = if gone.is_empty() {
                    (Sign::Lost, Severity::Info)
                } else {
                    (Sign::Changed, Severity::Medium)
                };
                let mut text = format!("use by {who}");
                if !gone.is_empty() {
                    text.push_str(&format!(" is no longer limited: {}", gone.join(", ")));
                }
                if !new.is_empty() {
                    text.push_str(&format!(" is limited now: {}", new.join(", ")));
                }
                details.push(Detail::new(Aspect::Trust, sign, weight, text));
            }
            Some(_) => {}
        }
    }
    let gone = was.trusts.keys().filter(|who| !is.trusts.contains_key(*who));
    details.extend(gone.map(|who| {
        Detail::new(Aspect::Trust, Sign::Lost, Severity::Info, format!("may no longer be used by {who}"))
    }));
}

fn missing<'a>(left: &'a [String], right: &[String]) -> Vec<&'a str> {
    left.iter().filter(|it| !right.contains(it)).map(String::as_str).collect()
}

fn trust_weight(trust: &Trusted) -> Severity {
    let full = match trust.width {
        _ if trust.anyone => Severity::Critical,
        Some(Width::Anyone | Width::Prefix) => Severity::Critical,
        Some(Width::Organization | Width::Family) => Severity::High,
        Some(Width::Whole) => Severity::Medium,
        _ if trust.outside => Severity::Medium,
        _ => Severity::Low,
    };
    if trust.certainty == Tri::Yes { full } else { full.min(Severity::Medium) }
}

fn roles(details: &mut Vec<Detail>, was: &Principal, is: &Principal) {
    let weight = |role: &str| {
        let broad = ["roles/owner", "roles/editor", "Owner", "Contributor", "User Access Administrator"];
        match broad.iter().any(|name| role.starts_with(&format!("{name} "))) {
            true => Severity::High,
            false if role.contains("could not be read") => Severity::Low,
            false => Severity::Low,
        }
    };
    for role in is.roles.difference(&was.roles) {
        details.push(Detail::new(Aspect::Grant, Sign::Gained, weight(role), role.clone()));
    }
    for role in was.roles.difference(&is.roles) {
        details.push(Detail::new(Aspect::Grant, Sign::Lost, Severity::Info, role.clone()));
    }
}

fn owner(was: Option<&str>, is: Option<&str>) -> Detail {
    match (was, is) {
        (None, Some(is)) => Detail::new(Aspect::Owner, Sign::Gained, Severity::Info, format!("owner {is}")),
        (Some(was), None) => {
            Detail::new(Aspect::Owner, Sign::Lost, Severity::Medium, format!("owner {was}, and has none now"))
        }
        (was, is) => {
            let text = format!("owner {} (before: {})", is.unwrap_or("none"), was.unwrap_or("none"));
            Detail::new(Aspect::Owner, Sign::Changed, Severity::Low, text)
        }
    }
}

fn workloads(details: &mut Vec<Detail>, was: &Principal, is: &Principal) {
    let mut told = |left: &BTreeSet<String>, right: &BTreeSet<String>, sign, before: &str| {
        let names: Vec<&str> = left.difference(right).map(String::as_str).collect();
        if !names.is_empty() {
            let text = format!("{before}{}", rights::listed(&names, 3));
            details.push(Detail::new(Aspect::Workload, sign, Severity::Info, text));
        }
    };
    told(&is.workloads, &was.workloads, Sign::Gained, "runs ");
    told(&was.workloads, &is.workloads, Sign::Lost, "no longer runs ");
}
