//! Naming a secret in the environment of a workload instead of giving its value, as far as one edit can do it.

mod ecs;
mod stores;

use super::Context;
use super::secrets::unsafe_fix;
use crate::diagnostic::{Edit, Fix};
use crate::eval::{Attr, BlockValue, Resource};
use crate::source::Span;

/// A fix for all of these places, or none. The workload's identity needs to read the secret afterwards.
pub(super) fn by_name(cx: &Context<'_>, resource: &Resource, places: &[Span]) -> Option<Fix> {
    let mut edits = Vec::new();
    match &*resource.kind {
        "aws_ecs_task_definition" => edits = ecs::edits(cx, resource, places)?,
        _ => {
            for place in places {
                edits.extend(edits_at(cx, resource, *place)?);
            }
        }
    }
    let title = "Give the workload the name of the secret instead of its value; its identity has to be allowed to read it";
    (!edits.is_empty()).then(|| unsafe_fix(title, edits))
}

fn edits_at(cx: &Context<'_>, resource: &Resource, place: Span) -> Option<Vec<Edit>> {
    // A value that comes through a local or a module may have other readers.
    if !resource.span().contains(place) {
        return None;
    }
    match &*resource.kind {
        "aws_codebuild_project" => codebuild(cx, resource, place),
        "google_cloud_run_v2_service" | "google_cloud_run_v2_job" => cloud_run(cx, resource, place),
        kind if kind.starts_with("kubernetes_") => kubernetes(cx, resource, place),
        "azurerm_linux_web_app"
        | "azurerm_windows_web_app"
        | "azurerm_linux_function_app"
        | "azurerm_windows_function_app" => app_setting(cx, resource, place),
        _ => None,
    }
}

/// The innermost block with an attribute of that name at that place.
fn block_with<'b>(body: &'b BlockValue, name: &str, place: Span) -> Option<(&'b BlockValue, &'b Attr)> {
    if let Some(attr) = body.attr(name).filter(|attr| attr.expr_span == place) {
        return Some((body, attr));
    }
    body.blocks.iter().find_map(|(_, block)| block_with(block, name, place))
}

/// Source: AWS CodeBuild, "EnvironmentVariable", `type`.
fn codebuild(cx: &Context<'_>, resource: &Resource, place: Span) -> Option<Vec<Edit>> {
    let (block, value) = block_with(&resource.body, "value", place)?;
    let secret = stores::holding(cx, resource, place, "aws_secretsmanager_secret_version", "secret_string");
    let parameter = stores::holding(cx, resource, place, "aws_ssm_parameter", "value");
    let (kind, reference) = match (secret, parameter) {
        (Some(address), _) => ("\"SECRETS_MANAGER\"", format!("{address}.arn")),
        (None, Some(address)) => ("\"PARAMETER_STORE\"", format!("{address}.name")),
        _ => return None,
    };
    let value_edit = Edit { span: value.expr_span, text: reference };
    Some(match block.attr("type") {
        Some(attr) => vec![value_edit, Edit { span: attr.expr_span, text: kind.to_string() }],
        None => {
            // Above the value, which may have a comment behind it.
            let (indent, at) = line_of(cx, value.span)?;
            let type_edit = Edit { span: at, text: format!("{indent}type = {kind}\n") };
            vec![type_edit, value_edit]
        }
    })
}

/// Source: Terraform Registry, `google_cloud_run_v2_service`, `value_source`.
fn cloud_run(cx: &Context<'_>, resource: &Resource, place: Span) -> Option<Vec<Edit>> {
    let (_, value) = block_with(&resource.body, "value", place)?;
    let address =
        stores::holding(cx, resource, place, "google_secret_manager_secret_version", "secret_data")?;
    let (indent, _) = line_of(cx, value.span)?;
    let lines = [
        "value_source {".to_string(),
        "  secret_key_ref {".to_string(),
        format!("    secret  = {address}.secret"),
        format!("    version = {address}.version"),
        "  }".to_string(),
        "}".to_string(),
    ];
    Some(vec![Edit { span: value.span, text: lines.join(&format!("\n{indent}")) }])
}

/// Source: Terraform Registry, `kubernetes_deployment_v1`, `value_from`.
fn kubernetes(cx: &Context<'_>, resource: &Resource, place: Span) -> Option<Vec<Edit>> {
    let (_, value) = block_with(&resource.body, "value", place)?;
    let (secret, key) = stores::kubernetes(cx, resource, place)?;
    let (indent, _) = line_of(cx, value.span)?;
    let lines = [
        "value_from {".to_string(),
        "  secret_key_ref {".to_string(),
        format!("    name = {secret}.metadata[0].name"),
        format!("    key  = {key}"),
        "  }".to_string(),
        "}".to_string(),
    ];
    Some(vec![Edit { span: value.span, text: lines.join(&format!("\n{indent}")) }])
}

/// Source: Microsoft, "Use Key Vault references as app settings".
fn app_setting(cx: &Context<'_>, resource: &Resource, place: Span) -> Option<Vec<Edit>> {
    let address = stores::holding(cx, resource, place, "azurerm_key_vault_secret", "value")?;
    // References are read with the identity of the app.
    resource.body.has_block("identity").then_some(())?;
    let file = cx.shared.sources.find(place.file)?;
    let whole = file.text.get(..place.start as usize)?.trim_end_matches(' ').ends_with(['=', ':']);
    whole.then_some(())?;
    let text = format!("\"@Microsoft.KeyVault(SecretUri=${{{address}.versionless_id}})\"");
    Some(vec![Edit { span: place, text }])
}

/// The indentation and the start of the line that something begins.
fn line_of(cx: &Context<'_>, span: Span) -> Option<(String, Span)> {
    let head = cx.shared.sources.find(span.file)?.text.get(..span.start as usize)?;
    let start = head.rfind('\n')? + 1;
    let indent = &head[start..];
    let blank = indent.chars().all(|c| c == ' ' || c == '\t');
    blank.then(|| (indent.to_string(), Span::new(span.file, start, start)))
}
