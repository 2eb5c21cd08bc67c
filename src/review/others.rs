//! Credentials, ways to escalate, and workloads that the internet reaches.

use super::matching::{By, Known, Pairs, Translation};
use super::model::{Aspect, Change, Detail, How, Sign, Subject};
use super::portrait::{Exposed, Key, Secret, Way, Workload};
use super::rights::listed;
use crate::diagnostic::Severity;
use crate::identity::escalation::Power;
use crate::identity::{PlaceKind, State};
use std::collections::{BTreeMap, BTreeSet};

impl Known for Secret {
    fn kind(&self) -> &str {
        &self.kind
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn content(&self) -> String {
        format!("{:?} {:?} {:?} {:?}", self.name, self.identity, self.expiry, self.places)
    }
}

impl Known for Workload {
    fn kind(&self) -> &str {
        &self.kind
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn content(&self) -> String {
        format!("{:?}", self.name)
    }
}

pub(super) fn credentials(
    base: &BTreeMap<Key, Secret>,
    head: &BTreeMap<Key, Secret>,
    pairs: &Pairs,
    translation: &Translation,
) -> Vec<Change> {
    let heads = pairs.heads();
    let mut changes = Vec::new();
    for (key, was) in base {
        let Some((to, by)) = pairs.to.get(key) else {
            let weight = Severity::Info;
            changes.push(credential(key, was, How::Removed, weight, Vec::new()));
            continue;
        };
        let Some(is) = head.get(to) else { continue };
        let mut was = was.clone();
        was.identity = was.identity.map(|text| translation.text(&key.root, &text));
        was.places =
            was.places.into_iter().map(|(kind, at)| (kind, translation.text(&key.root, &at))).collect();
        let mut details = credential_differences(&was, is);
        let renamed = *by == By::Content && key.address != to.address;
        if renamed {
            let text = format!("was {}; without a `moved` block it is replaced", key.address);
            details.push(Detail::new(Aspect::Name, Sign::Changed, Severity::Low, text));
        }
        if !details.is_empty() {
            let how = if renamed && details.len() == 1 { How::Renamed } else { How::Changed };
            let weight = details.iter().map(|detail| detail.weight).max().unwrap_or(Severity::Info);
            changes.push(credential(to, is, how, weight, details));
        }
    }
    for (key, is) in head.iter().filter(|(key, _)| !heads.contains(key)) {
        let mut details = Vec::new();
        if let Some(identity) = &is.identity {
            details.push(Detail::new(
                Aspect::Credential,
                Sign::Fact,
                Severity::Info,
                format!("of {identity}"),
            ));
        }
        match &is.expiry {
            Some(date) => {
                details.push(Detail::new(Aspect::Expiry, Sign::Fact, Severity::Info, format!("ends {date}")))
            }
            None if is.standing => details.push(Detail::new(
                Aspect::Expiry,
                Sign::Fact,
                Severity::Info,
                "works until somebody ends it",
            )),
            None => {}
        }
        places(&mut details, &is.places, &BTreeSet::new());
        let weight = if is.standing { Severity::Medium } else { Severity::Low };
        changes.push(credential(key, is, How::Added, weight, details));
    }
    changes
}

fn credential(key: &Key, secret: &Secret, how: How, weight: Severity, details: Vec<Detail>) -> Change {
    Change {
        subject: Subject::Credential,
        how,
        weight,
        address: key.address.clone(),
        root: key.root.clone(),
        kind: secret.kind.clone(),
        place: secret.place.clone(),
        details,
        also: Vec::new(),
    }
}

fn credential_differences(was: &Secret, is: &Secret) -> Vec<Detail> {
    let mut details = Vec::new();
    if was.identity != is.identity {
        let show = |it: &Option<String>| it.clone().unwrap_or_else(|| "somebody unknown".to_string());
        let text = format!("of {} (before: {})", show(&is.identity), show(&was.identity));
        details.push(Detail::new(Aspect::Credential, Sign::Changed, Severity::Low, text));
    }
    if was.expiry != is.expiry {
        let show = |date: &Option<String>| date.clone().unwrap_or_else(|| "never".to_string());
        let weight = if is.expiry.is_none() { Severity::Medium } else { Severity::Info };
        let text = format!("ends {} (before: {})", show(&is.expiry), show(&was.expiry));
        details.push(Detail::new(Aspect::Expiry, Sign::Changed, weight, text));
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
    places(&mut details, &is.places, &was.places);
    for (kind, at) in was.places.difference(&is.places) {
        let text = format!("its value no longer goes to {at} ({})", kind.describe());
        details.push(Detail::new(Aspect::Place, Sign::Lost, Severity::Info, text));
    }
    details
}

fn places(
    details: &mut Vec<Detail>,
    is: &BTreeSet<(PlaceKind, String)>,
    was: &BTreeSet<(PlaceKind, String)>,
) {
    for (kind, at) in is.difference(was) {
        let weight = match kind {
            PlaceKind::SecretStore | PlaceKind::Login => Severity::Info,
            PlaceKind::WorkloadEnv | PlaceKind::BootScript | PlaceKind::File => Severity::Medium,
            _ => Severity::Low,
        };
        let text = format!("its value goes to {at} ({})", kind.describe());
        details.push(Detail::new(Aspect::Place, Sign::Gained, weight, text));
    }
}

/// Ways that appear, lead further than before, or vanish.
pub(super) fn ways(
    base: &BTreeMap<Key, Way>,
    head: &BTreeMap<Key, Way>,
    translate: impl Fn(&Key) -> Key,
) -> Vec<Change> {
    let was: BTreeMap<Key, &Way> = base.iter().map(|(key, way)| (translate(key), way)).collect();
    let mut changes = Vec::new();
    for (key, is) in head.iter().filter(|(_, way)| !way.steps.is_empty()) {
        let before = was.get(key);
        let is_new = before.is_none_or(|before| before.power < is.power || (before.certain < is.certain));
        if is_new {
            let weight = match is.power {
                _ if !is.certain => Severity::Medium,
                Power::Admin => Severity::Critical,
                Power::AnyIdentity => Severity::High,
                _ => Severity::Medium,
            };
            changes.push(way(key, is, How::Added, weight));
        }
    }
    for (key, before) in was.iter().filter(|(_, way)| !way.steps.is_empty()) {
        if head.get(key).is_none_or(|is| is.power < before.power) {
            changes.push(way(key, before, How::Removed, Severity::Info));
        }
    }
    changes
}

fn way(key: &Key, way: &Way, how: How, weight: Severity) -> Change {
    let end = match way.power {
        Power::Admin => format!("administrator of {}", way.goal),
        Power::AnyIdentity => format!("any identity of {}", way.goal),
        Power::Secrets => format!("whoever reads the secrets of {}", way.goal),
        Power::Data => format!("whoever reads data of {}", way.goal),
    };
    let verb = match (how, way.certain) {
        (How::Removed, _) => "could become",
        (_, true) => "can become",
        (_, false) => "may be able to become",
    };
    let sign = if how == How::Removed { Sign::Lost } else { Sign::Gained };
    let steps = way.steps.join(", then ").replace('`', "");
    let mut details = vec![Detail::new(Aspect::Way, sign, weight, format!("{verb} {end}"))];
    details.push(Detail::new(Aspect::Way, Sign::Fact, Severity::Info, steps));
    Change {
        subject: Subject::Way,
        how,
        weight,
        address: key.address.clone(),
        root: key.root.clone(),
        kind: String::new(),
        place: way.place.clone(),
        details,
        also: Vec::new(),
    }
}

/// Workloads that the internet reaches now, or no longer.
pub(super) fn exposures(
    base: &BTreeMap<Key, Exposed>,
    head: &BTreeMap<Key, Exposed>,
    translate: impl Fn(&Key) -> Key,
) -> Vec<Change> {
    let was: BTreeMap<Key, &Exposed> = base.iter().map(|(key, it)| (translate(key), it)).collect();
    let mut changes = Vec::new();
    for (key, is) in head {
        if was.get(key).is_none_or(|before| before.reach < is.reach) {
            changes.push(exposure(key, is, How::Added));
        }
    }
    for (key, before) in &was {
        if head.get(key).is_none_or(|is| is.reach < before.reach) {
            changes.push(exposure(key, before, How::Removed));
        }
    }
    changes
}

fn exposure(key: &Key, exposed: &Exposed, how: How) -> Change {
    let anonymous = exposed.reach == crate::identity::exposure::Reach::InternetAnonymous;
    let asked = if anonymous { ", and nothing on the way asks who is calling" } else { "" };
    let (sign, verb) = match how {
        How::Removed => (Sign::Lost, "is no longer reached"),
        _ => (Sign::Gained, "is reached"),
    };
    let text = format!("{verb} from the internet through {}{asked}", exposed.through.replace('`', ""));
    let weight = match (how, anonymous, &exposed.runs_as) {
        (How::Removed, ..) => Severity::Info,
        (_, true, Some(_)) => Severity::High,
        (_, true, None) | (_, false, Some(_)) => Severity::Medium,
        _ => Severity::Low,
    };
    let mut details = vec![Detail::new(Aspect::Exposure, sign, weight, text)];
    if let Some(identity) = &exposed.runs_as {
        let text = format!("runs as {}", listed(&[identity], 1));
        details.push(Detail::new(Aspect::Workload, Sign::Fact, Severity::Info, text));
    }
    Change {
        subject: Subject::Exposure,
        how,
        weight,
        address: key.address.clone(),
        root: key.root.clone(),
        kind: String::new(),
        place: exposed.place.clone(),
        details,
        also: Vec::new(),
    }
}
