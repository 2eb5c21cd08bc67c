//! Entries of secret stores.

use super::Problem;
use crate::diagnostic::{Persona, Severity};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::identity::{Model, PlaceKind, facts};
use crate::rules::lifetime::{self, Rotation};
use crate::rules::{Context, keyless, state};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};

/// A value behind an entry that could be renewed.
struct Evidence {
    what: String,
    span: Span,
    /// It opens a database or a user, so that a leak is a way in.
    is_login: bool,
    /// Somebody else is told: there should be no such key in the first place.
    is_told: bool,
}

pub(super) fn judge<'m>(cx: &Context<'m>) -> Vec<(&'m Resource, Problem)> {
    let model = cx.model;
    let is_store = |resource: &&Resource| {
        resource.mode == ResourceMode::Managed
            && matches!(&*resource.kind, "aws_secretsmanager_secret" | "google_secret_manager_secret")
    };
    let stores: Vec<&Resource> = model.project.resources.iter().filter(is_store).collect();
    if stores.is_empty() {
        return Vec::new();
    }
    let links = Links::new(model);
    let evidence = evidence(model, cx);
    let mut found: IndexMap<(String, &str), (&Resource, Problem)> = IndexMap::new();
    for store in stores {
        if links.rotated.contains(&store.id) || rotates_itself(store) || is_service_owned(store) {
            continue;
        }
        let behind = evidence.get(&store.id).map_or(&[][..], Vec::as_slice);
        let problem = problem(store, behind, &links);
        // One value in several entries is one thing to rotate.
        let key = (behind.first().map_or_else(|| store.address.clone(), |one| one.what.clone()), &*store.kind);
        match found.get_mut(&key) {
            None => {
                found.insert(key, (store, problem));
            }
            Some((_, known)) => {
                known.severity = known.severity.max(problem.severity);
                known.persona = known.persona.min(problem.persona);
                known.sites.push((store.address.clone(), store.header()));
            }
        }
    }
    found.into_values().collect()
}

fn problem(store: &Resource, behind: &[Evidence], links: &Links) -> Problem {
    let is_aws = store.kind.starts_with("aws_");
    let (attribute, help) = match is_aws {
        true => (
            "rotation",
            "add an `aws_secretsmanager_secret_rotation` with a function that changes the value at its source, or let the service manage the password (`manage_master_user_password`)",
        ),
        false => (
            "rotation",
            "add a `rotation` block and a `topics` block, and a function on that topic that adds a new version; without one, the notice alone changes nothing",
        ),
    };
    let address = &store.address;
    let message = match behind {
        [] => format!("`{address}` has no rotation"),
        [first, ..] => format!("`{address}` keeps {}, and nothing rotates it", first.what),
    };
    let mut problem = Problem::new(attribute, message, help);
    problem.related = behind.iter().take(3).map(|one| (one.span, "what it holds".to_string())).collect();
    // Google's rotation is a notice to whoever does it; and not every generated value opens a door.
    if !is_aws || !behind.iter().any(|one| one.is_login) {
        problem.severity = Severity::Medium;
    }
    if behind.is_empty() {
        problem.persona = Persona::Strict;
        problem
            .notes
            .push("its value is set outside of this code, so it may be one that nothing can rotate".to_string());
    } else if links.open || links.passed_on.contains(&store.id) || behind.iter().all(|one| one.is_told) {
        // A rotation that cannot be followed may be for this one.
        problem.persona = Persona::Strict;
    }
    problem
}

/// Rotation in the resource itself: Google's block, and what old AWS providers had.
fn rotates_itself(store: &Resource) -> bool {
    store.body.has_block("rotation")
        || store.body.value("rotation_lambda_arn").is_some()
        || store.body.has_block("rotation_rules")
        // A replica, and one that ends by itself.
        || store.body.value("ttl").is_some()
        || store.body.value("expire_time").is_some()
}

/// `rds!db-…`: AWS services own the secrets with such names, and rotate them.
fn is_service_owned(store: &Resource) -> bool {
    let name = store.body.text("name").or_else(|| store.body.text("name_prefix")).unwrap_or_default();
    name.split_once('!').is_some_and(|(service, _)| service.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
}

/// Who rotates what.
struct Links {
    rotated: HashSet<ResourceId>,
    /// Handed to a module that is not here, which may rotate it.
    passed_on: HashSet<ResourceId>,
    /// There is a rotation of which one cannot tell what it rotates.
    open: bool,
}

impl Links {
    fn new(model: &Model) -> Self {
        let mut links = Links { rotated: HashSet::new(), passed_on: HashSet::new(), open: false };
        for resource in &model.project.resources {
            if &*resource.kind != "aws_secretsmanager_secret_rotation" {
                continue;
            }
            match resource.body.value("secret_id") {
                Some(value) if !value.deep_refs().is_empty() => links.rotated.extend(targets(value, model, 0)),
                Some(value) => links.open |= value.is_unknown(),
                None => {}
            }
        }
        for call in model.project.modules.iter().flat_map(|module| &module.calls).filter(|call| !call.resolved) {
            call.body.each_attr(&mut |_, attr| {
                links.passed_on.extend(attr.value.deep_refs().iter().map(|one| one.resource));
            });
        }
        links
    }
}

/// The entry that is meant, also where its version is referred to.
fn targets(value: &Value, model: &Model, depth: usize) -> Vec<ResourceId> {
    let mut found = Vec::new();
    for reference in value.deep_refs().iter() {
        found.push(reference.resource);
        let resource = model.resource(reference.resource);
        if depth < 2 && &*resource.kind == "aws_secretsmanager_secret_version"
            && let Some(value) = resource.body.value("secret_id")
        {
            found.extend(targets(value, model, depth + 1));
        }
    }
    found
}

/// What this code puts into each entry.
fn evidence(model: &Model, cx: &Context<'_>) -> HashMap<ResourceId, Vec<Evidence>> {
    let mut found: HashMap<ResourceId, Vec<Evidence>> = HashMap::new();
    for version in &model.project.resources {
        let (entry, names): (&str, &[&str]) = match &*version.kind {
            "aws_secretsmanager_secret_version" => ("secret_id", &["secret_string", "secret_string_wo", "secret_binary"]),
            "google_secret_manager_secret_version" => ("secret", &["secret_data", "secret_data_wo"]),
            _ => continue,
        };
        let Some(entry) = version.body.value(entry) else { continue };
        for name in names {
            let Some(value) = version.body.value(name) else { continue };
            // Only the first value comes from here.
            if version.lifecycle.ignores(name) {
                continue;
            }
            let span = version.body.attr(name).map_or_else(|| version.header(), |attr| attr.expr_span);
            for (what, is_login, is_told) in renewable(value, model, cx) {
                for target in entry.deep_refs().iter() {
                    let one = Evidence { what: what.clone(), span, is_login, is_told };
                    found.entry(target.resource).or_default().push(one);
                }
            }
        }
    }
    found
}

/// Passwords and keys in a value that nothing renews: what it is, whether it is a login, whether the key itself is
/// a finding already.
fn renewable(value: &Value, model: &Model, cx: &Context<'_>) -> Vec<(String, bool, bool)> {
    let mut found: Vec<(String, bool, bool)> = Vec::new();
    for reference in value.deep_refs().iter() {
        let source = model.resource(reference.resource);
        let Some(facts) = facts::of(&source.kind) else { continue };
        let head = reference.path.split('.').next().unwrap_or_default();
        let has = |names: &[String]| names.iter().any(|name| name.split('.').next() == Some(head));
        let address = &source.address;
        if source.mode != ResourceMode::Managed {
            continue;
        }
        let one = if state::is_generated_secret(source) {
            if !head.is_empty() && !has(&facts.gives) {
                continue;
            }
            (format!("the password made by `{address}`"), is_login(source, model), false)
        } else if facts.is_static && has(&facts.gives) {
            let told = keyless::instead_of(&source.kind).is_some_and(|(_, persona)| persona == Persona::Regular);
            (format!("the secret of `{address}`"), false, told || keyless::is_shared_key(&source.kind))
        } else if facts.kind == facts::Kind::Database && has(&facts.takes) {
            (format!("the password of `{address}`"), true, false)
        } else {
            continue;
        };
        if lifetime::rotation(model, source, cx.shared.sources) == Rotation::None && !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

fn is_login(source: &Resource, model: &Model) -> bool {
    let Some(credential) = model.credential_of(source.id) else { return false };
    model.places_of(credential.id).any(|place| place.kind == PlaceKind::Login)
}
