use super::item::{Age, Item, Sink, Through, Urgency, environment, file_line};
use super::steps::step;
use super::{Input, owners, terms};
use crate::config::Environment;
use crate::diagnostic::{Finding, Status};
use crate::eval::value::ResourceId;
use crate::identity::Model;
use crate::identity::literals::SecretLiteral;
use crate::identity::privilege::Level;
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashMap;

/// Rules whose findings are secrets that everyone who reads the code has.
pub const RULES: [&str; 2] = ["hardcoded-secret", "provider-static-credentials"];

/// Secrets written in the code, each once however often it is written.
pub(super) fn items(input: &Input<'_>) -> Vec<Item> {
    let literals: HashMap<Span, &SecretLiteral> =
        input.estate.literals.iter().map(|literal| (literal.span, literal)).collect();
    let mut groups: IndexMap<String, Vec<(&Finding, Option<&SecretLiteral>)>> = IndexMap::new();
    for finding in input.findings {
        if !RULES.contains(&finding.rule) || matches!(finding.status, Status::Waived { .. }) {
            continue;
        }
        let literal = literals.get(&finding.span()).copied();
        let key =
            literal.map_or(finding.primary().fingerprint.clone(), |literal| literal.fingerprint.clone());
        groups.entry(key).or_default().push((finding, literal));
    }
    groups.values().filter_map(|group| item(input, group)).collect()
}

fn item(input: &Input<'_>, group: &[(&Finding, Option<&SecretLiteral>)]) -> Option<Item> {
    let (finding, literal) = *group.first()?;
    let site = finding.primary();
    let (file, line) = file_line(input.sources, site.span);
    let used = literal.and_then(|literal| literal.uses.iter().find(|used| used.sink.is_some()));
    let model = used.and_then(|used| input.estate.models.get(used.model)).map(|model| &**model);
    let place = model.and_then(|model| model.environment.clone());
    let place = place.or_else(|| input.config.environments.classify(&file));
    let subject = terms::Subject {
        kind: None,
        production: terms::production(place.as_ref()),
        privilege: Level::Unknown,
        exposed: None,
        address: &site.address,
    };
    let terms = terms::of(&input.config.rotation, &subject);
    let sinks = sinks(input, group);
    let owner = finding.owner.clone().or_else(|| owner(model?, used?.resource?));
    let notify = owners::notify(owner.as_deref(), false, &terms);
    let mut cautions =
        vec!["taking it out of the code leaves it in the history: only a new one helps".to_owned()];
    if notify.is_empty() {
        cautions.push("nobody is told: it has no owner, and `rotation.notify` is empty".to_owned());
    }
    Some(Item {
        credential: name(&site.address, finding),
        r#type: literal.map_or("secret", |literal| literal.format).to_owned(),
        root: model.map_or_else(|| ".".to_owned(), super::item::root),
        file,
        line,
        kind: None,
        identity: finding.identity.clone().filter(|identity| *identity != name(&site.address, finding)),
        owner,
        environment: environment(place.as_ref()),
        privilege: Level::Unknown,
        exposed: false,
        urgency: Urgency::Leaked,
        reasons: reasons(input, group),
        age: Age::Unknown,
        max_age: None,
        eliminate: None,
        through: Through::Api,
        steps: vec![
            step(format!("make a new one{}", issuer(literal))),
            step("keep it in a secret store, and let the code read it from there".to_owned()),
            step(format!(
                "disable the old one as soon as the new one was seen in use{}",
                without_waiting(&sinks)
            )),
            step("look for uses of the old one since it was committed that nobody can explain".to_owned()),
            step("delete the old one, and prove that it is refused".to_owned()),
        ],
        sinks,
        quiet: None,
        keep_disabled: None,
        windows: Vec::new(),
        notify,
        cautions,
        weight: (place == Some(Environment::Production), Level::Unknown, false),
    })
}

/// Several secrets may be in one block of locals: the place that the value goes to tells them apart.
fn name(address: &str, finding: &Finding) -> String {
    match &finding.identity {
        Some(identity) if address == "locals" => identity.clone(),
        _ => address.to_owned(),
    }
}

/// Whoever owns what logs in with it.
fn owner(model: &Model, resource: ResourceId) -> Option<String> {
    let identity = model.identity_of(resource).map(|identity| &identity.owner);
    let owner = identity.or_else(|| model.credential_of(resource).map(|credential| &credential.owner))?;
    owner.name().map(str::to_owned)
}

fn issuer(literal: Option<&SecretLiteral>) -> String {
    match literal.map(|literal| literal.provider).filter(|it| !it.is_empty() && *it != "any") {
        Some(provider) => format!(" where the old one came from ({provider})"),
        None => " where the old one came from".to_owned(),
    }
}

fn without_waiting(sinks: &[Sink]) -> &'static str {
    match sinks {
        [] => ", without a quiet period",
        _ => " at the places below, without a quiet period",
    }
}

fn reasons(input: &Input<'_>, group: &[(&Finding, Option<&SecretLiteral>)]) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for (finding, _) in group {
        let reason = format!("{} ({})", finding.message, input.sources.file_line(finding.span()));
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

fn sinks(input: &Input<'_>, group: &[(&Finding, Option<&SecretLiteral>)]) -> Vec<Sink> {
    let mut sinks: Vec<Sink> = Vec::new();
    for used in group.iter().filter_map(|(_, literal)| *literal).flat_map(|literal| &literal.uses) {
        let (file, line) = file_line(input.sources, used.span);
        let sink = Sink {
            kind: used.place.describe(),
            address: used.address.clone(),
            attribute: used.attribute.clone(),
            file,
            line,
            reload: "after the code reads it from a store, the apply changes it",
        };
        if !sinks.contains(&sink) {
            sinks.push(sink);
        }
    }
    sinks
}
