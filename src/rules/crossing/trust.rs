//! Identities of production that something outside of production may become.

use super::{Crossing, Place, called, is_production};
use crate::config::Environment;
use crate::eval::value::{Kind, Part, Value};
use crate::eval::{Resource, ResourceMode, decode_json};
use crate::identity::{Identity, Model};
use crate::rules::Context;
use crate::rules::surroundings::{is_sample, own_environment};
use crate::source::Span;
use indexmap::IndexMap;

/// Roles by which one becomes a Google service account.
const BECOME: &[&str] = &[
    "roles/iam.workloadIdentityUser",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountOpenIdTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.serviceAccountKeyAdmin",
];
/// Branches before release that are not called by the name of an environment.
const BRANCHES: &[&str] = &["develop", "feature/*", "feature-*", "features/*", "nightly", "next"];

/// Somebody from outside of production.
struct Outsider {
    span: Span,
    attribute: String,
    /// `the branch `dev``
    who: String,
    environment: String,
    address: String,
    value: Value,
    /// Pull requests plan changes in many pipelines on purpose.
    strict: bool,
}

pub(in crate::rules) fn trusts(cx: &Context<'_>) -> Vec<Crossing> {
    let model = cx.model;
    let mut by_identity: IndexMap<usize, Vec<Outsider>> = IndexMap::new();
    for identity in model.identities.iter().filter(|identity| of_production(identity)) {
        let resource = model.resource(identity.resource);
        if let Some(attr) = resource.body.attr("assume_role_policy") {
            let found = aws(cx, resource, &attr.value, attr.expr_span);
            by_identity.entry(identity.id.0).or_default().extend(found);
        }
    }
    for resource in model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed) {
        let outsiders = match &*resource.kind {
            kind if kind.starts_with("google_service_account_iam_") => google(cx, resource),
            "azurerm_federated_identity_credential" | "azuread_application_federated_identity_credential" => {
                azure(cx, resource)
            }
            _ => continue,
        };
        let named = ["service_account_id", "parent_id", "user_assigned_identity_id", "application_id"];
        let target = named
            .iter()
            .filter_map(|name| resource.body.value(name))
            .find_map(|value| value.deep_refs().iter().find_map(|used| model.identity_of(used.resource)));
        if let Some(identity) = target.filter(|identity| of_production(identity)) {
            by_identity.entry(identity.id.0).or_default().extend(outsiders);
        }
    }
    let identities = by_identity.into_iter().filter(|(_, outsiders)| !outsiders.is_empty());
    identities.flat_map(|(id, outsiders)| crossings(cx, &model.identities[id], outsiders)).collect()
}

fn of_production(identity: &Identity) -> bool {
    identity.environment.as_ref().is_some_and(is_production) && !identity.service_owned
}

/// One for what is certain, and one for pull requests.
fn crossings(cx: &Context<'_>, identity: &Identity, outsiders: Vec<Outsider>) -> Vec<Crossing> {
    let (strict, certain): (Vec<_>, Vec<_>) = outsiders.into_iter().partition(|outsider| outsider.strict);
    [certain, strict].into_iter().filter_map(|outsiders| crossing(cx, identity, &outsiders)).collect()
}

fn crossing(cx: &Context<'_>, identity: &Identity, outsiders: &[Outsider]) -> Option<Crossing> {
    let first = outsiders.first()?;
    let header = cx.model.resource(identity.resource).header();
    let more = match outsiders.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let message = format!("`{}` of production can be taken on by {}{more}", identity.address, first.who);
    let sites = outsiders.iter().map(|outsider| Place {
        address: outsider.address.clone(),
        attribute: outsider.attribute.clone(),
        span: outsider.span,
        label: match outsider.environment.as_str() {
            "" => "before any review".to_string(),
            environment => format!("{environment}, not production"),
        },
        root: None,
    });
    let mut crossing = Crossing::new(message, identity.address.clone(), sites.collect());
    crossing.related.push((header, "an identity of production".to_string()));
    crossing.value = Some(first.value.clone());
    crossing.help = "let only principals, branches and environments of production become it, and give the others \
                     an identity of their own";
    crossing.remedy = format!("Take {} out of the trust, and give it an identity of its own", first.who);
    crossing.strict = first.strict || is_sample(cx, cx.model, header);
    Some(crossing)
}

fn aws(cx: &Context<'_>, resource: &Resource, value: &Value, at: Span) -> Vec<Outsider> {
    let Some(document) = decode_json(value) else { return Vec::new() };
    let mut found = Vec::new();
    let statements = document.get("Statement").map(Value::as_slice).unwrap_or_default();
    for statement in
        statements.iter().filter(|statement| statement.get("Effect").and_then(Value::as_str) == Some("Allow"))
    {
        let principals = statement.get("Principal").and_then(|value| value.get("AWS"));
        for item in principals.map(Value::as_slice).unwrap_or_default() {
            if let Some((environment, who)) = principal(cx, item) {
                found.push(outsider(resource, "assume_role_policy", item, at, who, environment));
            }
        }
        for (operator, keys) in statement.get("Condition").and_then(Value::entries).into_iter().flatten() {
            if operator.contains("Not") || !operator.contains("String") {
                continue;
            }
            for (key, values) in keys.entries().into_iter().flatten() {
                for item in values.as_slice() {
                    found.extend(claim(cx, resource, "assume_role_policy", key, item, at));
                }
            }
        }
    }
    found
}

fn outsider(
    resource: &Resource,
    attribute: &str,
    value: &Value,
    at: Span,
    who: String,
    environment: String,
) -> Outsider {
    Outsider {
        span: value.meta.span.unwrap_or(at),
        attribute: attribute.to_string(),
        who,
        environment,
        address: resource.address.clone(),
        value: value.clone(),
        strict: false,
    }
}

/// An AWS principal outside of production, told by the name of the role, by the variable that its account
/// comes from, or by the identity that it refers to.
fn principal(cx: &Context<'_>, value: &Value) -> Option<(String, String)> {
    let environment = |text: &str| non_production(cx, text);
    let mut hints: Vec<String> = Vec::new();
    match &value.kind {
        Kind::String(text) => hints.push(last_part(text.as_str()).to_string()),
        Kind::Template(parts) => {
            for part in parts.iter() {
                match part {
                    Part::Text(text) => hints.push(last_part(text.as_str()).to_string()),
                    Part::Hole(hole) => hints.extend(sources(cx, hole)),
                }
            }
        }
        _ => {}
    }
    hints.extend(sources(cx, value));
    // What speaks of production as well is no clear case.
    if hints.iter().any(|hint| cx.shared.config.environments.classify(hint) == Some(Environment::Production))
    {
        return None;
    }
    let (hint, environment) = hints.iter().find_map(|hint| Some((hint, environment(hint)?)))?;
    let who = match value.as_str() {
        Some(text) => format!("`{text}`"),
        None => format!("`{hint}`"),
    };
    Some((environment, who))
}

/// `role/dev-builder` of an ARN.
fn last_part(text: &str) -> &str {
    text.rsplit(':').next().unwrap_or(text)
}

/// Names that a value came through, and what it was made from.
fn sources(cx: &Context<'_>, value: &Value) -> Vec<String> {
    let mut found: Vec<String> = value.meta.hops().into_iter().map(|hop| hop.name.to_string()).collect();
    found.extend(value.deep_refs().iter().map(|used| cx.model.resource(used.resource).address.clone()));
    if let Kind::Unknown(unknown) = &value.kind
        && let crate::eval::value::Why::Variable(name) = &unknown.why
    {
        found.push(format!("var.{name}"));
    }
    found
}

fn non_production(cx: &Context<'_>, text: &str) -> Option<String> {
    let environment = cx.shared.config.environments.classify(text)?;
    (!is_production(&environment)).then(|| called(&environment).to_string())
}

/// The branch, environment or namespace in the claim of a token.
fn claim(
    cx: &Context<'_>,
    resource: &Resource,
    attribute: &str,
    key: &str,
    value: &Value,
    at: Span,
) -> Option<Outsider> {
    let text = value.as_str()?;
    let short = key.rsplit(':').next().unwrap_or(key);
    let (who, environment) = match short {
        "sub" | "subject" => of_subject(cx, text)?,
        "environment" => (format!("the environment `{text}`"), non_production(cx, text)?),
        "ref" => of_branch(cx, text.trim_start_matches("refs/heads/"))?,
        _ => return None,
    };
    let mut found = outsider(resource, attribute, value, at, who, environment);
    found.strict = found.environment.is_empty();
    Some(found)
}

/// What the subject of a token names: GitHub, GitLab, HCP Terraform, Kubernetes.
fn of_subject(cx: &Context<'_>, text: &str) -> Option<(String, String)> {
    let after = |marker: &str| text.split_once(marker).map(|(_, rest)| rest);
    if let Some(rest) = text.strip_prefix("system:serviceaccount:") {
        let (namespace, _) = rest.split_once(':')?;
        return Some((format!("the namespace `{namespace}`"), non_production(cx, namespace)?));
    }
    if let Some(name) = after(":environment:") {
        let name = name.split(':').next().unwrap_or(name);
        return Some((format!("the environment `{name}`"), non_production(cx, name)?));
    }
    if let Some(name) = after(":workspace:") {
        let name = name.split(':').next().unwrap_or(name);
        return Some((format!("the workspace `{name}`"), non_production(cx, name)?));
    }
    if let Some(branch) = after(":ref:refs/heads/").or_else(|| after(":ref_type:branch:ref:")) {
        return of_branch(cx, branch);
    }
    text.ends_with(":pull_request").then(|| ("pull requests".to_string(), String::new()))
}

fn of_branch(cx: &Context<'_>, branch: &str) -> Option<(String, String)> {
    let who = format!("the branch `{branch}`");
    match non_production(cx, branch) {
        Some(environment) => Some((who, environment)),
        None => BRANCHES.contains(&branch).then(|| (who, branch.to_string())),
    }
}

fn google(cx: &Context<'_>, resource: &Resource) -> Vec<Outsider> {
    let role = resource.body.text("role").unwrap_or_default();
    if !BECOME.contains(&role) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for attribute in ["member", "members"] {
        let Some(attr) = resource.body.attr(attribute) else { continue };
        for item in attr.value.as_slice() {
            if let Some((who, environment)) = member(cx, cx.model, item) {
                let mut one = outsider(resource, attribute, item, attr.expr_span, who, environment);
                one.strict = one.environment.is_empty();
                found.push(one);
            }
        }
    }
    found
}

/// A Google member outside of production.
fn member(cx: &Context<'_>, model: &Model, value: &Value) -> Option<(String, String)> {
    let declared =
        value.deep_refs().iter().find_map(|used| model.identity_of(used.resource).map(|of| of.resource));
    if let Some(id) = declared {
        let resource = model.resource(id);
        let environment = own_environment(cx, resource).filter(|environment| !is_production(environment))?;
        return Some((format!("`{}`", resource.address), called(&environment).to_string()));
    }
    let text = value.as_str()?;
    if let Some((_, environment)) = text.split_once("/attribute.environment/") {
        return Some((format!("the environment `{environment}`"), non_production(cx, environment)?));
    }
    if let Some((_, branch)) = text.split_once("/attribute.ref/refs/heads/") {
        return of_branch(cx, branch);
    }
    if let Some((_, subject)) = text.split_once("/subject/") {
        return of_subject(cx, subject);
    }
    let account = text.strip_prefix("serviceAccount:")?;
    // `project.svc.id.goog[namespace/name]`, or `name@project.iam.gserviceaccount.com`.
    let parts = account.split(['@', '[', ']', '/']).map(|part| part.split('.').next().unwrap_or(part));
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    let classes: Vec<_> =
        parts.iter().filter_map(|part| cx.shared.config.environments.classify(part)).collect();
    let all_outside = !classes.is_empty() && classes.iter().all(|class| !is_production(class));
    all_outside.then(|| (format!("`{account}`"), called(&classes[0]).to_string()))
}

fn azure(cx: &Context<'_>, resource: &Resource) -> Vec<Outsider> {
    let Some(attr) = resource.body.attr("subject") else { return Vec::new() };
    claim(cx, resource, "subject", "subject", &attr.value, attr.expr_span).into_iter().collect()
}
