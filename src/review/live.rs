//! A change that takes away what used a credential, or closes the way to it, and leaves the credential as it was.

use super::matching::Pairs;
use super::model::Found;
use super::portrait::{Key, Portrait, place_of};
use crate::analysis::Analysis;
use crate::diagnostic::{Finding, Severity};
use crate::identity::{Credential, Model, PlaceKind, State, Subject};
use crate::rules::Draft;
use crate::rules::checks::posture_fixed_credential_live::PostureFixedCredentialLive as Rule;
use std::collections::{BTreeMap, BTreeSet};

/// What happened to a workload that had the credential.
struct Event {
    workload: String,
    /// Otherwise its exposure was closed.
    deleted: bool,
    through: String,
}

pub(super) fn find(
    base: &Analysis,
    head: &Analysis,
    portraits: (&Portrait, &Portrait),
    pairs: &Pairs,
    workloads: &Pairs,
) -> Vec<Found> {
    let heads: BTreeMap<&str, &Model> =
        head.estate.models.iter().map(|model| (model.project.dir.as_str(), &**model)).collect();
    let mut found = Vec::new();
    for model in &base.estate.models {
        let root = super::portrait::root_of(model);
        for credential in model.credentials.iter().filter(|it| it.is_static && it.state != State::Disabled) {
            let key = Key { root: root.clone(), address: credential.address.clone() };
            let Some((to, _)) = pairs.to.get(&key) else { continue };
            let dir = if to.root == "." { "" } else { to.root.as_str() };
            let Some(after) = heads.get(dir).copied() else { continue };
            if super::matching::is_shared(model, after) {
                continue;
            }
            let Some(live) = after.credentials.iter().find(|it| it.address == to.address) else { continue };
            if live.state == State::Disabled || !is_untouched(base, model, credential, head, after, live) {
                continue;
            }
            let users = users(model, credential);
            let event = users.iter().find_map(|user| event(&root, user, portraits, workloads));
            let Some(event) = event else { continue };
            // A deleted workload matters where nothing is left that uses the credential.
            if event.deleted && (!self::users(after, live).is_empty() || is_used(after, live)) {
                continue;
            }
            found.push(finding(&event, after, live, head));
        }
    }
    found
}

/// Workloads that hold the value, or that run as the identity which it proves to be.
fn users(model: &Model, credential: &Credential) -> BTreeSet<String> {
    let placed = model.places_of(credential.id).filter_map(|place| {
        let resource = place.resource.filter(|_| is_run(place.kind))?;
        Some(model.resource(resource).address.clone())
    });
    let run = match credential.subject {
        Subject::Identity(id) => {
            model.workloads_of(id).map(|workload| workload.address.clone()).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    placed.chain(run).collect()
}

/// Its value goes where somebody uses it whom this code does not show.
fn is_used(model: &Model, credential: &Credential) -> bool {
    model.places_of(credential.id).any(|place| !is_run(place.kind) && place.kind != PlaceKind::SecretStore)
}

/// Where a value goes to be used rather than kept.
pub(super) fn is_run(kind: PlaceKind) -> bool {
    matches!(kind, PlaceKind::WorkloadEnv | PlaceKind::BootScript)
}

fn event(root: &str, workload: &str, portraits: (&Portrait, &Portrait), workloads: &Pairs) -> Option<Event> {
    let key = Key { root: root.to_string(), address: workload.to_string() };
    let exposed = portraits.0.exposures.get(&key);
    let through = exposed.map(|exposed| exposed.through.clone()).unwrap_or_default();
    let Some((to, _)) = workloads.to.get(&key) else {
        return Some(Event { workload: workload.to_string(), deleted: true, through });
    };
    let closed = exposed.is_some() && !portraits.1.exposures.contains_key(to);
    closed.then(|| Event { workload: to.address.clone(), deleted: false, through })
}

/// Its block is written as before, so that nothing rotates it.
fn is_untouched(
    base: &Analysis,
    before: &Model,
    was: &Credential,
    head: &Analysis,
    after: &Model,
    is: &Credential,
) -> bool {
    let text = |analysis: &Analysis, model: &Model, credential: &Credential| {
        let span = model.resource(credential.resource).span();
        let words: Vec<String> = analysis.sources.text(span).split_whitespace().map(str::to_string).collect();
        let header = model.resource(credential.resource).local_address();
        (words, header.split('.').next().unwrap_or_default().to_string())
    };
    text(base, before, was) == text(head, after, is)
}

fn finding(event: &Event, model: &Model, live: &Credential, head: &Analysis) -> Found {
    let resource = model.resource(live.resource);
    let message = match event.deleted {
        true => {
            format!("`{}` stays valid although `{}`, which used it, is deleted", live.address, event.workload)
        }
        false => format!(
            "`{}` stays the same although `{}`, which used it, was open to the internet until now",
            live.address, event.workload
        ),
    };
    let help = match event.deleted {
        true => "delete the credential with the workload, and revoke it where it was issued",
        false => "rotate the credential: whoever got in while the workload was open may have it",
    };
    let mut draft = Draft::new(Rule::INFO, &live.address, "", resource.header(), message)
        .label("left as it was")
        .severity(Severity::High)
        .help(help);
    if !event.through.is_empty() && !event.deleted {
        draft = draft.note(format!("it was reached through {}", event.through));
    }
    if let Subject::Identity(id) = live.subject {
        draft = draft.identity(model.identity(id).address.clone());
    }
    let mut finding: Finding = draft.owner(live.owner.name()).finish();
    for site in &mut finding.sites {
        site.qualify(Rule::INFO.name, model.project.dir.clone());
    }
    let place = place_of(&head.sources, finding.span());
    Found { finding, place }
}
