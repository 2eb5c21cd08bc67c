//! What root modules and files of both sides have in common.

use super::{Crossing, Place, both_sides, called};
use crate::config::Environment;
use crate::eval::{BlockValue, Resource};
use crate::identity::literals::SecretLiteral;
use crate::identity::names::{is_client_id, is_global, is_principal, names_client};
use crate::identity::{Model, Subject};
use crate::rules::Context;
use crate::rules::surroundings::{is_sample, is_sample_dir};
use crate::secret::{Level, words};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashSet;

/// How a root module uses an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Role {
    RunsAs,
    /// A provider signs in as it, and so does whoever applies the code.
    Provider,
    /// A provider under another name does, which is often one account for all: a registry, a DNS zone.
    Alias,
    Granted,
}

type Found = IndexMap<(String, Role), Vec<(Environment, Place)>>;

/// The identities that one root module uses, with how and where.
struct Named(Vec<(String, Role, Place)>);

impl Named {
    fn of(cx: &Context<'_>, model: &Model, environment: &Environment) -> Self {
        let mut named = Named(Vec::new());
        workloads(cx, model, environment, &mut named);
        grants(cx, model, environment, &mut named);
        providers(model, environment, &mut named);
        named
    }
}

/// Root modules of different environments that name the same identity.
pub(in crate::rules) fn across_roots(cx: &Context<'_>) -> Vec<Crossing> {
    let mut by_name = Found::new();
    for model in &cx.shared.estate.models {
        if let Some(environment) = &model.environment {
            let named = model.note(|| Named::of(cx, model, environment));
            for (name, role, place) in &named.0 {
                let places = by_name.entry((name.clone(), *role)).or_default();
                places.push((environment.clone(), place.clone()));
            }
        }
    }
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for ((name, role), places) in by_name {
        let Some((production, other)) = both_sides(places) else { continue };
        let (environment, _) = &other[0];
        let environment = called(environment);
        let message = match role {
            Role::RunsAs => {
                format!("`{name}` is the identity of workloads in production and in {environment}")
            }
            Role::Provider | Role::Alias => {
                format!("providers of production and of {environment} become `{name}`")
            }
            Role::Granted => format!("`{name}` has permissions in production and in {environment}"),
        };
        let mut sites: Vec<Place> = other.into_iter().map(|(_, place)| place).collect();
        sites.extend(production);
        let mut crossing = Crossing::new(message, name.clone(), sites);
        crossing.strict = match role {
            Role::RunsAs => false,
            Role::Provider => is_meant(&name),
            Role::Alias | Role::Granted => true,
        };
        crossing.remedy = "Make an identity for each environment".to_string();
        // Said of an identity once, where it weighs most.
        if crossing.strict || seen.insert(name) {
            found.push(crossing);
        }
    }
    let given = given(cx).into_iter().filter(|crossing| !seen.contains(&crossing.identity));
    found.extend(given);
    found
}

/// Called what serves all environments on purpose.
fn is_meant(name: &str) -> bool {
    let name = name.rsplit(':').next().unwrap_or(name);
    let shared = ["central", "hub", "management", "org", "organization"];
    words(name).iter().any(|word| shared.contains(&word.as_str()))
}

fn workloads(cx: &Context<'_>, model: &Model, environment: &Environment, found: &mut Named) {
    for workload in &model.workloads {
        let Subject::External(text) = &workload.runs_as else { continue };
        let resource = model.resource(workload.resource);
        if (is_global(text) || is_client_id(text)) && !is_sample(cx, model, resource.header()) {
            let place =
                in_resource(model, environment, resource, &workload.attribute, workload.span, "runs as it");
            found.0.push((text.clone(), Role::RunsAs, place));
        }
    }
}

fn grants(cx: &Context<'_>, model: &Model, environment: &Environment, found: &mut Named) {
    for grant in &model.grants {
        for subject in &grant.subjects {
            let Subject::External(text) = subject else { continue };
            let text = text.strip_prefix("serviceAccount:").unwrap_or(text);
            let resource = model.resource(grant.resource);
            if is_global(text) && !is_sample(cx, model, resource.header()) {
                let span = resource.header();
                let place =
                    in_resource(model, environment, resource, &grant.attribute, span, "has permissions");
                found.0.push((text.to_string(), Role::Granted, place));
            }
        }
    }
}

fn in_resource(
    model: &Model,
    environment: &Environment,
    resource: &Resource,
    attribute: &str,
    span: Span,
    what: &str,
) -> Place {
    Place {
        address: resource.address.clone(),
        attribute: attribute.to_string(),
        span,
        label: format!("{what} in {} (`{}`)", called(environment), model.project.dir),
        root: Some(model.project.dir.clone()),
    }
}

/// Whom the providers of a root module become.
fn providers(model: &Model, environment: &Environment, found: &mut Named) {
    if is_sample_dir(&model.project.dir) {
        return;
    }
    let Some(root) = model.project.modules.first() else { return };
    for provider in &root.providers {
        let role = if provider.alias.is_some() { Role::Alias } else { Role::Provider };
        for (path, text, span) in becomes(&provider.body) {
            let place = Place {
                address: format!("provider.{}", provider.name),
                attribute: path,
                span,
                label: format!("becomes it in {} (`{}`)", called(environment), model.project.dir),
                root: Some(model.project.dir.clone()),
            };
            found.0.push((text, role, place));
        }
    }
}

/// Sources: the pages of the providers aws, google and azurerm in the Terraform Registry.
const BECOMES: [&str; 4] = [
    "assume_role.role_arn",
    "assume_role_with_web_identity.role_arn",
    "impersonate_service_account",
    "client_id",
];

fn becomes(body: &BlockValue) -> Vec<(String, String, Span)> {
    let mut found = Vec::new();
    for (path, value) in BECOMES.iter().flat_map(|path| body.at_path(path)) {
        let (Some(text), Some(span)) = (value.as_str(), value.meta.span) else { continue };
        if is_principal(text) || (names_client(&path) && is_client_id(text)) {
            found.push((path, text.to_string(), span));
        }
    }
    found
}

/// Identities that variable files of both sides name.
fn given(cx: &Context<'_>) -> Vec<Crossing> {
    let mut by_name: IndexMap<&str, Vec<(Environment, Place)>> = IndexMap::new();
    for identity in cx.shared.estate.given.iter() {
        let Some(file) = cx.shared.sources.find(identity.span.file) else { continue };
        let Some(environment) = cx.shared.config.environments.classify(&file.path) else { continue };
        if is_sample_dir(file.dir()) {
            continue;
        }
        let place = Place {
            address: format!("{}:{}", file.path, identity.attribute.split('.').next().unwrap_or_default()),
            attribute: identity.attribute.clone(),
            span: identity.span,
            label: format!("for {}", called(&environment)),
            root: Some(file.path.clone()),
        };
        by_name.entry(&identity.name).or_default().push((environment, place));
    }
    let mut found = Vec::new();
    for (name, places) in by_name {
        let Some((production, other)) = both_sides(places) else { continue };
        let (environment, _) = &other[0];
        let environment = called(environment);
        let message = format!("variable files give production and {environment} the same identity `{name}`");
        let mut sites: Vec<Place> = other.into_iter().map(|(_, place)| place).collect();
        sites.extend(production);
        let mut crossing = Crossing::new(message, name.to_string(), sites);
        crossing.strict = is_meant(name);
        crossing.remedy = "Make an identity for each environment".to_string();
        found.push(crossing);
    }
    found
}

/// Whether a literal is a secret, as far as it is asked for here.
fn counts(literal: &SecretLiteral) -> bool {
    !literal.identifier_only && literal.confidence != Level::Low
}

/// Whether one secret stands in files of both sides.
pub(in crate::rules) fn is_on_both_sides(cx: &Context<'_>, same: &[&SecretLiteral]) -> bool {
    let sides = same.iter().filter(|literal| counts(literal)).filter_map(|literal| {
        let file = cx.shared.sources.find(literal.span.file)?;
        Some((cx.shared.config.environments.classify(&file.path)?, ()))
    });
    both_sides(sides.collect()).is_some()
}

/// The same secret literal in files of both sides.
pub(in crate::rules) fn literals(cx: &Context<'_>) -> Vec<Crossing> {
    let mut by_secret: IndexMap<&str, Vec<(Environment, Place)>> = IndexMap::new();
    for literal in cx.shared.estate.literals.iter().filter(|literal| counts(literal)) {
        let Some(file) = cx.shared.sources.find(literal.span.file) else { continue };
        let Some(environment) = cx.shared.config.environments.classify(&file.path) else { continue };
        let place = Place {
            address: literal.address.clone(),
            attribute: literal.attribute.clone(),
            span: literal.span,
            label: format!("in {}", called(&environment)),
            root: Some(file.path.clone()),
        };
        by_secret.entry(&literal.fingerprint).or_default().push((environment, place));
    }
    let mut found = Vec::new();
    for (_, places) in by_secret {
        let Some((production, other)) = both_sides(places) else { continue };
        let Some(first) = production.first() else { continue };
        let (environment, _) = &other[0];
        let environment = called(environment).to_string();
        let what = if first.address.is_empty() { first.attribute.clone() } else { first.address.clone() };
        let message = format!("the secret in `{what}` of production is that of {environment} as well");
        let mut sites: Vec<Place> = other.into_iter().map(|(_, place)| place).collect();
        sites.extend(production);
        let secrets = sites.iter().map(|site| site.span).collect();
        let mut crossing = Crossing::new(message, what, sites);
        crossing.secrets = secrets;
        crossing.merged = Some("secret-reused");
        crossing.remedy = "Replace the secret by one for each environment".to_string();
        crossing.help = "issue a secret for each environment, take both out of the code, and revoke this one";
        crossing.sure = true;
        found.push(crossing);
    }
    found
}
