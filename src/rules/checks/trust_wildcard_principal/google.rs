//! Google Cloud: members that are anybody.
//! Source: Google Cloud IAM documentation, "Principal identifiers" and "Basic and predefined roles".

use super::TrustWildcardPrincipal;
use crate::diagnostic::{Fix, Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::policy::google_members;
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Rule};

const ANYONE: [&str; 2] = ["allUsers", "allAuthenticatedUsers"];
/// What is reachable for callers is a matter of exposure, not of who may be whom.
const INVOKED: &[&str] = &[
    "api_gateway",
    "apigee",
    "cloud_run",
    "cloudfunctions",
    "endpoints",
    "iap",
];

pub(super) fn check(cx: &mut Context<'_>) {
    let model = cx.model;
    let managed = model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    for resource in managed {
        let Some(target) = target(&resource.kind) else { continue };
        for (role, members) in google_members(&resource.body) {
            let role = role.as_str().unwrap_or_default().to_string();
            for member in &members {
                if member.as_str().is_some_and(|text| ANYONE.contains(&text)) {
                    report(cx, resource, target, &role, member);
                }
            }
        }
    }
}

/// `google_service_account_iam_member` → `service_account`.
fn target(kind: &str) -> Option<&str> {
    let (target, form) = kind.strip_prefix("google_")?.rsplit_once("_iam_")?;
    let known = matches!(form, "member" | "binding" | "policy");
    (known && !INVOKED.iter().any(|it| target.starts_with(it))).then_some(target)
}

fn report(cx: &mut Context<'_>, resource: &Resource, target: &str, role: &str, member: &Value) {
    let short = role.strip_prefix("roles/").unwrap_or(role);
    let reads = ["Viewer", "Reader", "viewer", "reader", "Getter", "browser"].iter().any(|it| short.ends_with(it));
    let (severity, persona) = match target {
        "service_account" | "project" | "folder" | "organization" => (Severity::Critical, Persona::Regular),
        _ if target.starts_with("kms_") || target.starts_with("secret_manager_") => {
            (Severity::Critical, Persona::Regular)
        }
        "storage_bucket" if matches!(short, "storage.objectViewer" | "storage.legacyObjectReader") => {
            (Severity::Low, Persona::Strict)
        }
        "artifact_registry_repository" if reads => (Severity::Low, Persona::Strict),
        _ if reads => (Severity::Medium, Persona::Regular),
        _ => (Severity::High, Persona::Regular),
    };
    let persona = if is_sample(cx, cx.model, resource.header()) { persona.max(Persona::Strict) } else { persona };
    let named = declared(cx, resource, target);
    let who = match member.as_str() {
        Some("allUsers") => "anyone",
        _ => "anyone with a Google account",
    };
    let shown = if role.is_empty() { "a role".to_string() } else { format!("`{role}`") };
    let attribute = ["policy_data", "members"].into_iter().find(|name| resource.body.value(name).is_some());
    let attribute = attribute.unwrap_or("member");
    let span = member.meta.span.unwrap_or_else(|| cx.value_span(resource, attribute));
    let message = match named == resource.address {
        true => format!("`{named}` gives {who} {shown}"),
        false => format!("{who} has {shown} on `{named}`"),
    };
    let mut draft = cx
        .draft(TrustWildcardPrincipal.info(), resource, attribute, span, message)
        .label("anyone")
        .route(member)
        .severity(severity)
        .persona(persona)
        .environment(cx.model.environment.as_ref())
        .help("name the service accounts or groups that need it")
        .fix(Fix::manual("Replace it by the service accounts or groups that need the role"));
    if target == "service_account" {
        draft = draft.identity(named);
    }
    cx.emit(draft);
}

/// The thing that the role is on, where it is declared here.
fn declared(cx: &Context<'_>, resource: &Resource, target: &str) -> String {
    let kind = format!("google_{target}");
    let refs = ["service_account_id", "crypto_key_id", "key_ring_id", "secret_id", "topic", "subscription", "bucket"]
        .iter()
        .filter_map(|name| resource.body.value(name))
        .flat_map(|value| value.deep_refs().iter().map(|it| it.resource).collect::<Vec<_>>());
    let mut found = refs.map(|id| cx.model.resource(id)).filter(|it| *it.kind == kind);
    found.next().map_or_else(|| resource.address.clone(), |it| it.address.clone())
}
