//! Registries of container images.

use super::{SecretStorePublic, emit, unsafe_fix};
use crate::diagnostic::{Persona, Severity};
use crate::eval::Resource;
use crate::eval::value::Value;
use crate::identity::exposure::{is, is_public_store};
use crate::rules::Context;
use crate::rules::edits::{replace_flag, replace_literal};

pub(super) fn azure(resource: &Resource, cx: &mut Context<'_>) {
    if is(&resource.body, "anonymous_pull_enabled", false).is_yes() {
        anonymous(resource, cx);
    } else {
        networks(resource, cx);
    }
}

fn anonymous(resource: &Resource, cx: &mut Context<'_>) {
    let Some(value) = resource.body.value("anonymous_pull_enabled") else { return };
    let span = value.meta.span.unwrap_or_else(|| resource.header());
    let message = format!("anybody may pull images from registry `{}`", resource.address);
    let mut draft = cx
        .draft(SecretStorePublic::INFO, resource, "anonymous_pull_enabled", span, message)
        .label("nobody has to sign in")
        .severity(Severity::Medium)
        .route(value)
        .help("set `anonymous_pull_enabled = false`, and grant `AcrPull` to those who pull");
    if let Some(edit) = replace_flag(cx.shared.sources, value, false) {
        draft = draft.fix(unsafe_fix("Ask who pulls", edit));
    }
    emit(cx, resource, draft);
}

/// Only the Premium tier can be closed to networks; the others are open whatever they say.
/// Source: Microsoft, "Configure public IP network rules" of Azure Container Registry.
fn networks(resource: &Resource, cx: &mut Context<'_>) {
    let premium = resource.body.text("sku").is_some_and(|sku| sku.eq_ignore_ascii_case("Premium"));
    if !premium || !is_public_store(resource, "network_rule_set").is_yes() {
        return;
    }
    let rules = resource.body.block("network_rule_set");
    let action = rules.as_ref().and_then(|rules| rules.value("default_action"));
    let public = resource.body.value("public_network_access_enabled");
    let said: Option<&Value> = action.or(public);
    let span = said.and_then(|value| value.meta.span).unwrap_or_else(|| resource.header());
    let attribute =
        if action.is_some() { "network_rule_set.default_action" } else { "public_network_access_enabled" };
    let message = format!("registry `{}` answers the whole internet", resource.address);
    let mut draft = cx
        .draft(SecretStorePublic::INFO, resource, attribute, span, message)
        .label(if said.is_some() { "lets every network in" } else { "no rule keeps any network out" })
        .severity(if said.is_some() { Severity::Medium } else { Severity::Low })
        .persona(if said.is_some() { Persona::Regular } else { Persona::Strict })
        .help("set `public_network_access_enabled = false` and use a private endpoint, or deny by default in `network_rule_set` and list the networks that pull");
    if let Some(value) = said {
        draft = draft.route(value);
    }
    let edit = match (action, public) {
        (Some(action), _) => replace_literal(cx.shared.sources, action, "Deny"),
        (None, Some(public)) => replace_flag(cx.shared.sources, public, false),
        (None, None) => None,
    };
    if let Some(edit) = edit {
        draft = draft.fix(unsafe_fix("Close it to the internet (callers from other networks are cut off)", edit));
    }
    emit(cx, resource, draft);
}

/// A public repository is public by its type: what goes into it is for everybody.
pub(super) fn public_by_type(resource: &Resource, cx: &mut Context<'_>) {
    let message = format!("anybody may pull what is pushed to `{}`", resource.address);
    let draft = cx
        .draft(SecretStorePublic::INFO, resource, "", resource.header(), message)
        .label("public by its type")
        .severity(Severity::Low)
        .persona(Persona::Strict)
        .help("use `aws_ecr_repository` unless the images are meant for everybody, and see that no image holds a secret");
    emit(cx, resource, draft);
}
