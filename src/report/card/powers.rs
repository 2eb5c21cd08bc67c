//! What an identity may do, on its card.

use crate::identity::privilege::{Holder, privilege};
use crate::identity::{Identity, Model};
use crate::query::{Asker, Ground, Group, Powers, Service, place};
use crate::source::SourceMap;
use serde_json::{Value, json};
use std::fmt::Write;

/// Services that are told one by one.
const SERVICES: usize = 12;
/// Roles of other clouds that are told one by one.
const ROLES: usize = 16;
/// Statements that are named of each group of actions.
const STATEMENTS: usize = 2;

pub(super) fn of(model: &Model, identity: &Identity) -> Powers {
    let grants = &privilege(model, identity.id).grants;
    Asker::new(model).powers(&Holder::identity(identity.id), grants)
}

pub(super) fn human(out: &mut String, powers: &Powers, sources: &SourceMap) {
    let _ = writeln!(out, "may do");
    let shown = powers.services.iter().take(SERVICES);
    let width = shown.clone().map(|service| service.prefix.len()).max().unwrap_or_default();
    for service in shown {
        if let Some(text) = everything(service, sources) {
            let _ = writeln!(out, "  {:width$}  {text}", service.prefix);
            continue;
        }
        for (at, group) in service.groups.iter().enumerate() {
            let name = if at == 0 { service.prefix } else { "" };
            let _ = writeln!(out, "  {name:width$}  {}", words(group, sources));
        }
    }
    match powers.services.get(SERVICES..) {
        Some(more) if !more.is_empty() => {
            let _ = writeln!(out, "  and {} more services", more.len());
        }
        _ => {}
    }
    for role in powers.roles.iter().take(ROLES) {
        let _ = writeln!(out, "  {}", with_place(role, sources));
    }
    if powers.roles.len() > ROLES {
        let _ = writeln!(out, "  and {} more roles", powers.roles.len() - ROLES);
    }
    if powers.services.is_empty() && powers.roles.is_empty() {
        let _ = writeln!(out, "  nothing that is granted here");
    }
    for deny in &powers.denies {
        let _ = writeln!(out, "  denied: {}", with_place(deny, sources));
    }
    for limit in &powers.limits {
        let _ = writeln!(out, "  {limit}");
    }
}

/// One line for a service of which every action is allowed by the same statements.
fn everything(service: &Service, sources: &SourceMap) -> Option<String> {
    let first = service.groups.first()?;
    let is_whole = |group: &Group| {
        group.count == group.of && group.by == first.by && group.conditional == first.conditional
    };
    if service.groups.len() < 2 || !service.groups.iter().all(is_whole) {
        return None;
    }
    let count: usize = service.groups.iter().map(|group| group.count).sum();
    let condition = if first.conditional { " under conditions" } else { "" };
    let level = format!("{:?}", first.level).to_lowercase();
    Some(format!("all {count} actions{condition}, up to {level} ({})", places(first, sources)))
}

/// "3 write: sqs:SendMessage, … (main.tf:4)"
fn words(group: &Group, sources: &SourceMap) -> String {
    let level = format!("{:?}", group.level).to_lowercase();
    let more = if group.count > group.examples.len() { ", …" } else { "" };
    let condition = if group.conditional { " under conditions" } else { "" };
    format!(
        "{} {level}{condition}: {}{more} ({})",
        group.count,
        group.examples.join(", "),
        places(group, sources)
    )
}

fn places(group: &Group, sources: &SourceMap) -> String {
    let mut places: Vec<String> = group.by.iter().take(STATEMENTS).map(|by| file_line(by, sources)).collect();
    if group.by.len() > STATEMENTS {
        places.push(format!("{} more", group.by.len() - STATEMENTS));
    }
    places.join(", ")
}

fn file_line(ground: &Ground, sources: &SourceMap) -> String {
    let (file, line) = place(ground.span, sources);
    format!("{file}:{line}")
}

fn with_place(ground: &Ground, sources: &SourceMap) -> String {
    format!("{} ({})", ground.text, file_line(ground, sources))
}

pub(super) fn value(powers: &Powers, sources: &SourceMap) -> Value {
    let place = |ground: &Ground| {
        let (file, line) = place(ground.span, sources);
        json!({ "text": ground.text, "file": file, "line": line })
    };
    let places = |grounds: &[Ground]| grounds.iter().map(place).collect::<Vec<Value>>();
    let services = powers.services.iter().map(|service| {
        let groups = service.groups.iter().map(|group| {
            json!({
                "level": group.level,
                "count": group.count,
                "of": group.of,
                "examples": group.examples,
                "conditional": group.conditional,
                "by": places(&group.by),
            })
        });
        json!({ "service": service.prefix, "levels": groups.collect::<Vec<Value>>() })
    });
    json!({
        "services": services.collect::<Vec<Value>>(),
        "roles": places(&powers.roles),
        "denies": places(&powers.denies),
        "limits": powers.limits,
    })
}
