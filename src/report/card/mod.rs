//! Everything known about one identity or credential, in words.

mod powers;
mod ways;

use super::Scrubber;
use super::inventory::{CredentialRow, IdentityRow, Inventory};
use super::scaffold;
use crate::diagnostic::Finding;
use crate::identity::{Estate, Identity, Model};
use crate::query;
use crate::source::SourceMap;
use serde_json::{Value, json};
use std::borrow::Borrow;
use std::fmt::Write;

/// The card of an address; `None` when nothing has it. Several root modules may use the same address.
pub fn render<F: Borrow<Finding>>(
    address: &str,
    estate: &Estate,
    sources: &SourceMap,
    findings: &[F],
) -> Option<String> {
    let inventory = Inventory::new(estate, sources);
    let mut out = String::new();
    for row in inventory.identities.iter().filter(|row| row.address == address) {
        identity(&mut out, row);
        if let Some((model, of)) = declared(estate, row) {
            powers::human(&mut out, &powers::of(model, of), sources);
            out.push('\n');
            ways::human(&mut out, "who becomes it", &ways::into(model, of), sources, who);
            out.push('\n');
            ways::human(&mut out, "what it becomes", &ways::out_of(model, of), sources, target);
            out.push('\n');
        }
    }
    for row in inventory.credentials.iter().filter(|row| row.address == address) {
        credential(&mut out, row);
    }
    if out.is_empty() {
        return None;
    }
    let about = about(address, findings);
    let scrubber = Scrubber::new(sources, findings, &[]);
    let _ = writeln!(out, "findings");
    for finding in &about {
        let place = sources.file_line(finding.span());
        let _ = writeln!(out, "  {}[{}] {} ({place})", finding.severity, finding.rule, finding.message);
        for fix in finding.fixes.iter().filter(|fix| fix.scaffold.is_some()) {
            let _ = writeln!(out, "\n    {}\n", scrubber.clean(&fix.title));
            let _ = writeln!(out, "{}", scrubber.clean(&scaffold::indented(fix, "    ")));
        }
    }
    if about.is_empty() {
        let _ = writeln!(out, "  none");
    }
    Some(out)
}

/// The same for programs.
pub fn json<F: Borrow<Finding>>(
    address: &str,
    estate: &Estate,
    sources: &SourceMap,
    findings: &[F],
) -> Option<String> {
    let inventory = Inventory::new(estate, sources);
    let values =
        |found: Vec<query::Match>| found.iter().map(|it| query::value(it, sources)).collect::<Vec<_>>();
    let identities = inventory.identities.iter().filter(|row| row.address == address).map(|row| {
        let mut card = json!(row);
        if let Some((model, of)) = declared(estate, row) {
            card["may_do"] = powers::value(&powers::of(model, of), sources);
            card["becomes_it"] = json!(values(ways::into(model, of)));
            card["becomes"] = json!(values(ways::out_of(model, of)));
        }
        card
    });
    let identities: Vec<Value> = identities.collect();
    let credentials: Vec<_> = inventory.credentials.iter().filter(|row| row.address == address).collect();
    if identities.is_empty() && credentials.is_empty() {
        return None;
    }
    let findings = about(address, findings).into_iter().map(|finding| {
        json!({
            "rule": finding.rule,
            "code": finding.code,
            "severity": finding.severity,
            "message": finding.message,
            "place": sources.file_line(finding.span()),
        })
    });
    let findings: Vec<Value> = findings.collect();
    let card = json!({ "identities": identities, "credentials": credentials, "findings": findings });
    Some(format!("{card:#}\n"))
}

fn who(found: &query::Match) -> &str {
    &found.who
}

fn target(found: &query::Match) -> &str {
    found.target.as_deref().unwrap_or_default()
}

/// The identity of a row.
fn declared<'e>(estate: &'e Estate, row: &IdentityRow) -> Option<(&'e Model, &'e Identity)> {
    let dir = if row.root == "." { "" } else { row.root.as_str() };
    let model = estate.models.iter().find(|model| model.project.dir == dir)?;
    let identity = model.identities.iter().find(|identity| identity.address == row.address)?;
    Some((model, identity))
}

fn about<'f, F: Borrow<Finding>>(address: &str, findings: &'f [F]) -> Vec<&'f Finding> {
    let is_about = |finding: &&Finding| {
        finding.identity.as_deref() == Some(address)
            || finding.sites.iter().any(|site| site.address == address)
    };
    findings.iter().map(Borrow::borrow).filter(is_about).collect()
}

fn identity(out: &mut String, row: &IdentityRow) {
    let _ = writeln!(out, "{}\n", row.address);
    line(out, "what", &format!("identity, {}", row.r#type));
    line(out, "declared", &format!("{}:{} (root module {})", row.file, row.line, row.root));
    optional(out, "name", row.name.as_deref());
    owner(out, row.owner.as_deref(), &row.owner_evidence);
    line(out, "purpose", row.purpose.as_deref().unwrap_or("not stated"));
    optional(out, "environment", row.environment.as_deref());
    line(out, "privilege", &row.privilege);
    optional(out, "expiry", row.expiry.as_deref());
    line(out, "state", &format!("{:?}", row.state).to_lowercase());
    let runs: Vec<_> =
        row.workloads.iter().map(|it| format!("{} ({}:{})", it.address, it.file, it.line)).collect();
    list(out, "runs", &runs);
    list(out, "holds", &row.credentials);
    out.push('\n');
}

fn credential(out: &mut String, row: &CredentialRow) {
    let _ = writeln!(out, "{}\n", row.address);
    let standing = if row.standing { "works until somebody ends it" } else { "does not stand by itself" };
    line(out, "what", &format!("credential, {}: {standing}", row.r#type));
    line(out, "declared", &format!("{}:{} (root module {})", row.file, row.line, row.root));
    optional(out, "of", row.identity.as_deref());
    owner(out, row.owner.as_deref(), &row.owner_evidence);
    optional(out, "environment", row.environment.as_deref());
    line(out, "expiry", row.expiry.as_deref().unwrap_or("none"));
    line(out, "state", &format!("{:?}", row.state).to_lowercase());
    let mut places: Vec<_> = row
        .places
        .iter()
        .map(|place| {
            let via = if place.route.is_empty() {
                String::new()
            } else {
                format!(" via {}", place.route.join(" → "))
            };
            let kind = place.kind.describe();
            format!("{kind}: {} {} ({}:{}){via}", place.address, place.attribute, place.file, place.line)
        })
        .collect();
    if row.in_state {
        places.push("state file".to_string());
    }
    list(out, "goes to", &places);
    out.push('\n');
}

fn line(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "  {name:<12}{text}");
}

fn optional(out: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        line(out, name, text);
    }
}

fn owner(out: &mut String, name: Option<&str>, evidence: &str) {
    match name {
        Some(name) => line(out, "owner", &format!("{name} ({evidence})")),
        None => line(out, "owner", evidence),
    }
}

fn list(out: &mut String, name: &str, items: &[String]) {
    match items {
        [] => line(out, name, "nothing"),
        [first, rest @ ..] => {
            line(out, name, first);
            rest.iter().for_each(|item| line(out, "", item));
        }
    }
}
