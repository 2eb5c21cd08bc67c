//! What software has, made for somebody's own machine: keys of a person's account, and the token of a service
//! account as a file to sign in with.

use super::HumanUseOfNhi;
use crate::diagnostic::{Confidence, Fix, Persona};
use crate::eval::value::Value;
use crate::eval::Resource;
use crate::identity::Model;
use crate::owners::looks_like_person;
use crate::rules::Context;
use crate::rules::surroundings::is_sample;

/// A key of Datadog belongs to the account that makes it, has the rights of that, and ends with it.
/// Source: Datadog documentation, "API and Application Keys" and "Service Accounts".
pub(super) fn datadog(cx: &mut Context<'_>, resource: &Resource) {
    let name = resource.body.value("name");
    let person = name.and_then(Value::as_str).is_some_and(looks_like_person);
    let span = match name.filter(|_| person) {
        Some(name) => name.meta.span.unwrap_or_else(|| resource.header()),
        None => resource.header(),
    };
    let message = match person {
        true => format!("`{}` is a key of a person's account", resource.address),
        false => format!("`{}` is a key of whichever account runs Terraform", resource.address),
    };
    let mut draft = cx
        .draft(HumanUseOfNhi::INFO, resource, "name", span, message)
        .label(if person { "a person" } else { "belongs to whoever makes it" })
        .identity(resource.address.clone())
        .environment(cx.model.environment.as_ref())
        .help("make a `datadog_service_account` for the software, and a `datadog_service_account_application_key` for that")
        .fix(Fix::manual("Move whatever uses it to a key of a service account, then delete this one"));
    if !person || is_sample(cx, cx.model, resource.header()) {
        draft = draft.persona(Persona::Strict).confidence(Confidence::Low);
    }
    cx.emit(draft);
}

/// A file for `kubectl` with the token of a service account in it: whoever has the file is the account.
/// Source: Kubernetes documentation, "Authenticating", Service account tokens; "Organizing Cluster Access Using
/// kubeconfig Files".
pub(super) fn kubeconfig(cx: &mut Context<'_>, resource: &Resource) {
    let model = cx.model;
    let content = ["content", "sensitive_content", "content_base64"].iter().find_map(|name| resource.body.attr(name));
    let Some(attr) = content.filter(|attr| is_kubeconfig(resource, &attr.value)) else { return };
    let refs = attr.value.deep_refs();
    let Some(token) = refs.iter().map(|one| model.resource(one.resource)).find(|one| is_token(one)) else { return };
    let message = format!("`{}` is a kubeconfig for people with the token of a service account, from `{}`", resource.address, token.address);
    let span = attr.value.meta.span.unwrap_or(attr.expr_span);
    let mut draft = cx
        .draft(HumanUseOfNhi::INFO, resource, "content", span, message)
        .label("signs in as the service account")
        .related(token.header(), "the token")
        .identity(token_of(model, token))
        .environment(model.environment.as_ref())
        .help("let people sign in to the cluster as themselves, with the cloud's or an OIDC plugin under `exec`")
        .fix(Fix::manual("Drop the file, give people roles of their own, and revoke the token"));
    if is_sample(cx, model, resource.header()) {
        draft = draft.persona(Persona::Strict);
    }
    cx.emit(draft);
}

fn is_kubeconfig(resource: &Resource, content: &Value) -> bool {
    let says = |text: &str| {
        let text = text.to_ascii_lowercase();
        ["kubeconfig", "kube_config", "kube-config", ".kube/"].iter().any(|word| text.contains(word))
    };
    let named = says(&resource.address) || resource.body.text("filename").is_some_and(says);
    let mut written = false;
    content.walk(&mut |part| {
        let entries = part.entries().is_some_and(|entries| entries.contains_key("current-context"));
        written |= entries || part.as_str().is_some_and(|text| text.contains("current-context"));
    });
    named || written
}

/// Secrets with a token, and tokens that are asked for.
fn is_token(resource: &Resource) -> bool {
    match resource.kind.trim_end_matches("_v1") {
        "kubernetes_token_request" => true,
        "kubernetes_secret" => resource.body.text("type") == Some("kubernetes.io/service-account-token"),
        _ => false,
    }
}

fn token_of(model: &Model, token: &Resource) -> String {
    let metadata = token.body.block("metadata");
    let annotated = metadata.as_ref().and_then(|block| block.value("annotations"));
    let account = annotated
        .into_iter()
        .chain(metadata.as_ref().and_then(|block| block.value("name")))
        .flat_map(|value| value.deep_refs().iter().cloned().collect::<Vec<_>>())
        .find_map(|one| model.identity_of(one.resource));
    account.map_or_else(|| token.address.clone(), |account| account.address.clone())
}
