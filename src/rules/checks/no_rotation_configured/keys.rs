//! Keys of key management services.

use super::{Problem, is_callers_choice};
use crate::config::RotationKind;
use crate::diagnostic::{Applicability, Fix, Persona, Severity};
use crate::eval::Resource;
use crate::rules::Context;
use crate::rules::edits::add_argument;
use crate::rules::renewal::rotation_policy;

pub(super) fn judge(resource: &Resource, cx: &Context<'_>) -> Option<Problem> {
    let mut problem = match &*resource.kind {
        "aws_kms_key" => aws(resource, cx),
        "google_kms_crypto_key" => google(resource, cx),
        _ => azure(resource, cx),
    }?;
    // The material never leaves the service, so that an old key is worth less than an old password.
    problem.severity = Severity::Medium;
    Some(problem)
}

/// The attribute is absent or one of these texts. Unknown is neither.
fn is_one_of(resource: &Resource, name: &str, texts: &[&str]) -> bool {
    resource.body.value(name).is_none_or(|value| value.as_str().is_some_and(|text| texts.contains(&text)))
}

fn aws(resource: &Resource, cx: &Context<'_>) -> Option<Problem> {
    let body = &resource.body;
    let can_rotate = is_one_of(resource, "customer_master_key_spec", &["SYMMETRIC_DEFAULT"])
        && is_one_of(resource, "key_spec", &["SYMMETRIC_DEFAULT"])
        && is_one_of(resource, "key_usage", &["ENCRYPT_DECRYPT"])
        && body.value("custom_key_store_id").is_none()
        && body.value("xks_key_id").is_none()
        && is_one_of(resource, "origin", &["AWS_KMS"])
        && body.value("is_enabled").is_none_or(|value| value.as_bool() == Some(true));
    if !can_rotate {
        return None;
    }
    let name = "enable_key_rotation";
    let off = match body.value(name) {
        Some(value) if value.as_bool() == Some(false) => Some(value),
        Some(_) => return None,
        None => None,
    };
    let mut problem = Problem::new(
        name,
        format!("KMS key `{}` is never rotated", resource.address),
        "set `enable_key_rotation = true`: AWS renews the material each year, callers and ciphertexts are not affected",
    );
    problem.persona = choice(resource, name, cx);
    let sources = cx.shared.sources;
    let edit = match off {
        Some(value) => {
            problem.span = value.meta.span;
            problem.label = "rotation is off".to_string();
            problem.value = Some(value.clone());
            let span = value.meta.span.filter(|span| sources.text(*span) == "false");
            span.map(|span| crate::diagnostic::Edit { span, text: "true".to_string() })
        }
        None if body.attr(name).is_none() => add_argument(sources, resource.span(), name, "true"),
        None => None,
    };
    problem.fix = edit.map(|edit| Fix::new("Turn on yearly rotation (`enable_key_rotation = true`)".to_string(), Applicability::Safe, vec![edit]));
    Some(problem)
}

fn google(resource: &Resource, cx: &Context<'_>) -> Option<Problem> {
    let body = &resource.body;
    let name = "rotation_period";
    let can_rotate = is_one_of(resource, "purpose", &["ENCRYPT_DECRYPT"])
        && body.value("import_only").is_none_or(|value| value.as_bool() == Some(false))
        && body.value("crypto_key_backend").is_none()
        && body.value("skip_initial_version_creation").is_none_or(|value| value.as_bool() == Some(false))
        && body.blocks("version_template").iter().all(|block| {
            block.value("protection_level").is_none_or(|level| {
                level.as_str().is_some_and(|level| !level.starts_with("EXTERNAL"))
            })
        });
    if !can_rotate || body.value(name).is_some() {
        return None;
    }
    let mut problem = Problem::new(
        name,
        format!("KMS key `{}` is never rotated", resource.address),
        "set `rotation_period`: new data is then encrypted with a new version, what is there stays readable",
    );
    problem.persona = choice(resource, name, cx);
    if body.attr(name).is_none()
        && let Some(limit) = cx.shared.config.rotation.max(RotationKind::EncryptionKey)
    {
        let text = format!("\"{}s\"", limit.as_secs());
        problem.fix = add_argument(cx.shared.sources, resource.span(), name, &text).map(|edit| Fix::new(format!("Rotate it by schedule (`{name} = {text}`)"), Applicability::Unsafe, vec![edit]));
    }
    Some(problem)
}

fn azure(resource: &Resource, cx: &Context<'_>) -> Option<Problem> {
    let body = &resource.body;
    // An unknown number of blocks may be one.
    if body.has_block("rotation_policy") {
        return None;
    }
    let address = &resource.address;
    let mut problem = Problem::new(
        "rotation_policy",
        format!("Key Vault key `{address}` has no rotation policy"),
        "add a `rotation_policy` with `automatic { time_before_expiry }` and `expire_after`; users of the unversioned id follow by themselves",
    );
    problem.fix = rotation_policy(cx, resource);
    Some(problem)
}

fn choice(resource: &Resource, name: &str, cx: &Context<'_>) -> Persona {
    match is_callers_choice(resource, name, cx) {
        true => Persona::Strict,
        false => Persona::Regular,
    }
}
