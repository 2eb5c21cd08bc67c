//! The same identity or credential used by both sides.

use super::{Crossing, Place, both_sides, called};
use crate::config::Environment;
use crate::eval::value::Value;
use crate::eval::{ModuleInstance, Resource};
use crate::identity::names::{is_client_id, is_global, is_principal};
use crate::identity::{CredentialId, Model, PlaceKind, Subject};
use crate::rules::Context;
use crate::rules::sharing::place;
use crate::rules::surroundings::{is_sample, own_environment};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashSet;

/// Workloads of one root module that say of themselves which environment they are.
pub(in crate::rules) fn workloads(cx: &Context<'_>) -> Vec<Crossing> {
    let model = cx.model;
    let mut by_subject: IndexMap<&Subject, Vec<(Environment, Place)>> = IndexMap::new();
    for workload in &model.workloads {
        let known = match &workload.runs_as {
            Subject::Identity(_) => true,
            Subject::External(text) => is_global(text) || is_client_id(text),
            _ => false,
        };
        let resource = model.resource(workload.resource);
        // In a root module of one environment everything is, and a `smoke_test` in it is no environment.
        // Where it depends on an unknown condition whether there is one, there may never be both.
        let conditional = workload
            .address
            .split('[')
            .skip(1)
            .any(|key| key.starts_with(|c: char| c == '*' || c.is_ascii_digit()));
        let certain = model.environment.is_none() && !conditional;
        let own = own_environment(cx, resource).filter(|_| certain);
        let Some(environment) = own.filter(|_| known && !is_sample(cx, model, resource.header())) else {
            continue;
        };
        let place = Place {
            address: workload.address.clone(),
            attribute: workload.attribute.clone(),
            span: place(model, workload, cx.shared.sources),
            label: format!("`{}` of {} runs as it", workload.address, called(&environment)),
            root: None,
        };
        by_subject.entry(&workload.runs_as).or_default().push((environment, place));
    }
    let mut found = Vec::new();
    for (subject, places) in by_subject {
        let Some((production, other)) = both_sides(places) else { continue };
        let who = model.describe(subject);
        let (environment, _) = &other[0];
        let message = format!("workloads of production and of {} run as `{who}`", called(environment));
        let mut sites: Vec<Place> = other.iter().map(|(_, place)| place.clone()).collect();
        sites.extend(production);
        let mut crossing = Crossing::new(message, who, distinct(model, sites));
        if let Subject::Identity(id) = subject {
            let header = model.resource(model.identity(*id).resource).header();
            crossing.related.push((header, "the identity they share".to_string()));
        }
        crossing.remedy = "Make an identity for each environment".to_string();
        crossing.sure = true;
        found.push(crossing);
    }
    found
}

/// Places that were given the same characters are told apart by the resources they are in.
fn distinct(model: &Model, mut sites: Vec<Place>) -> Vec<Place> {
    let mut seen = HashSet::new();
    if sites.iter().all(|site| seen.insert(site.span)) {
        return sites;
    }
    let headers: IndexMap<&str, Span> = model
        .project
        .resources
        .iter()
        .map(|resource| (resource.address.as_str(), resource.header()))
        .collect();
    for site in &mut sites {
        site.span = headers.get(site.address.as_str()).copied().unwrap_or(site.span);
    }
    sites
}

/// Credentials whose value is put into places of both sides.
pub(in crate::rules) fn credentials(cx: &Context<'_>) -> Vec<Crossing> {
    let model = cx.model;
    if model.environment.is_some() {
        return Vec::new();
    }
    let mut by_credential: IndexMap<(CredentialId, &str), Vec<(Environment, Place)>> = IndexMap::new();
    for place in &model.places {
        let Some(resource) = place.resource.map(|id| model.resource(id)) else { continue };
        if matches!(place.kind, PlaceKind::Other | PlaceKind::Output)
            || is_sample(cx, model, resource.header())
        {
            continue;
        }
        let Some(environment) = place_environment(cx, resource) else { continue };
        let site = Place {
            address: place.address.clone(),
            attribute: place.attribute.clone(),
            span: place.span,
            label: format!("its value in {}", called(&environment)),
            root: None,
        };
        by_credential.entry((place.credential, &place.output)).or_default().push((environment, site));
    }
    let mut found = Vec::new();
    for ((id, _), places) in by_credential {
        let Some((production, other)) = both_sides(places) else { continue };
        let credential = model.credential(id);
        let (environment, _) = &other[0];
        let message =
            format!("`{}` is a credential of production and of {}", credential.address, called(environment));
        let mut sites: Vec<Place> = other.iter().map(|(_, place)| place.clone()).collect();
        sites.extend(production);
        let mut crossing = Crossing::new(message, credential.address.clone(), distinct(model, sites));
        crossing.related.push((model.resource(credential.resource).header(), "the credential".to_string()));
        crossing.remedy = "Make a credential for each environment, and replace this one".to_string();
        crossing.sure = true;
        found.push(crossing);
    }
    found
}

/// The environment of a place: what it says itself, the CI environment it is for, or its name.
fn place_environment(cx: &Context<'_>, resource: &Resource) -> Option<Environment> {
    let classify = |text: &str| cx.shared.config.environments.classify(text);
    let named = [
        "environment",
        "environment_scope",
        "secret_name",
        "name",
        "key",
        "path",
        "secret_id",
        "parameter_name",
    ];
    let mut named = named.iter().filter_map(|name| resource.body.text(name));
    named.find_map(classify).or_else(|| own_environment(cx, resource))
}

/// Maps by environment that have one identity on both sides.
pub(in crate::rules) fn maps(cx: &Context<'_>) -> Vec<Crossing> {
    let of = |module: &ModuleInstance| module.note(|| Maps(in_module(cx, module))).0.clone();
    let mut found: Vec<Crossing> = cx.model.project.modules.iter().flat_map(|module| of(module)).collect();
    let mut seen = HashSet::new();
    found.retain(|crossing: &Crossing| seen.insert(crossing.sites[0].span));
    found
}

struct Maps(Vec<Crossing>);

fn in_module(cx: &Context<'_>, module: &ModuleInstance) -> Vec<Crossing> {
    let mut found = Vec::new();
    let prefix = if module.address.is_empty() { String::new() } else { format!("{}.", module.address) };
    let locals = module.locals.iter().map(|(name, value)| (format!("{prefix}local.{name}"), value));
    // Arguments of modules are what the caller's locals and resources already show.
    let variables = module.variables.iter().filter(|_| module.parent.is_none());
    let variables = variables.map(|(name, variable)| (format!("{prefix}var.{name}"), &variable.value));
    for (address, value) in locals.chain(variables) {
        value.walk(&mut |value| found.extend(in_map(cx, &address, value)));
    }
    found
}

fn in_map(cx: &Context<'_>, address: &str, value: &Value) -> Vec<Crossing> {
    let Some(entries) = value.entries().filter(|entries| entries.len() > 1) else { return Vec::new() };
    let classify = |text: &str| cx.shared.config.environments.classify(text);
    let mut by_text: IndexMap<&str, Vec<(Environment, Place)>> = IndexMap::new();
    for (key, value) in entries {
        let named = |value: &Value| value.as_str().is_some_and(is_principal);
        let below = value.entries().map(|inner| inner.iter().filter(|(_, value)| named(value)));
        let itself = (below.is_none() && named(value)).then_some((None, value));
        let below = below.into_iter().flatten().map(|(name, value)| (Some(name), value));
        let mut principals = itself.into_iter().chain(below).peekable();
        if principals.peek().is_none() {
            continue;
        }
        let Some(environment) = classify(key) else { continue };
        for (name, value) in principals {
            let (Some(text), Some(span)) = (value.as_str(), value.meta.span) else { continue };
            let place = Place {
                address: address.to_string(),
                attribute: name.map_or_else(|| key.to_string(), |name| format!("{key}.{name}")),
                span,
                label: format!("for {}", called(&environment)),
                root: None,
            };
            by_text.entry(text).or_default().push((environment.clone(), place));
        }
    }
    let mut found = Vec::new();
    for (text, places) in by_text {
        let Some((production, other)) = both_sides(places) else { continue };
        let (environment, _) = &other[0];
        let message =
            format!("`{address}` gives production and {} the same identity `{text}`", called(environment));
        let mut sites: Vec<Place> = other.iter().map(|(_, place)| place.clone()).collect();
        sites.extend(production);
        // One literal for both is a default, not a mistake in a table.
        if sites.iter().map(|site| site.span).collect::<HashSet<_>>().len() == sites.len() {
            let mut crossing = Crossing::new(message, text.to_string(), sites);
            crossing.remedy = "Make an identity for each environment".to_string();
            found.push(crossing);
        }
    }
    found
}
