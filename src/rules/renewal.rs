//! Renewing a credential by schedule: a `time_rotating` that replaces it well before it ends.

use super::Context;
use super::edits::{add_argument, add_block};
use crate::config::RotationKind;
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::{Resource, ResourceMode};
use crate::source::{FileKind, SourceMap, Span};
use jiff::SignedDuration;

const HOURS_OF_A_DAY: i64 = 24;

/// Replaces the password at half of the time that it is valid for, the new one before the old one is gone. The end is
/// counted from the rotation and not from a clock, so that a plan without a rotation changes nothing.
/// Source: Terraform Registry, `azuread_application_password` and `time_rotating`.
pub(super) fn renew(cx: &Context<'_>, resource: &Resource, limit: SignedDuration) -> Option<Fix> {
    let takes =
        matches!(&*resource.kind, "azuread_application_password" | "azuread_service_principal_password");
    let sources = cx.shared.sources;
    let body = &resource.body;
    let block = resource.span();
    let file = sources.find(block.file).filter(|file| file.kind == FileKind::Hcl)?;
    let days = limit.as_hours() / HOURS_OF_A_DAY / 2;
    let has_lifecycle = file.slice(block).contains("lifecycle");
    if !takes || days < 1 || body.attr("rotate_when_changed").is_some() || has_lifecycle {
        return None;
    }
    let name = free_name(cx, resource);
    let end = format!("timeadd(time_rotating.{name}.rotation_rfc3339, \"{}h\")", days * HOURS_OF_A_DAY);
    let trigger = format!("{{ rotation = time_rotating.{name}.id }}");
    let mut edits = Vec::new();
    let known = ["end_date", "end_date_relative"].map(|name| body.attr(name));
    match known {
        [Some(attr), None] | [None, Some(attr)] if file.slice(attr.expr_span).starts_with('"') => {
            edits.push(Edit { span: attr.name_span, text: "end_date".to_string() });
            edits.push(Edit { span: attr.expr_span, text: end });
            edits.push(add_argument(sources, block, "rotate_when_changed", &trigger)?);
        }
        [None, None] => {
            // Both arguments have the same place.
            let first = add_argument(sources, block, "rotate_when_changed", &trigger)?;
            let second = add_argument(sources, block, "end_date", &end)?;
            edits.push(Edit {
                span: first.span,
                text: second.text + first.text.trim_start_matches(['\r', '\n']),
            });
        }
        _ => return None,
    }
    let lifecycle = add_block(sources, block, "lifecycle", &[("create_before_destroy", "true".to_string())])?;
    match edits.last_mut().filter(|last| last.span == lifecycle.span) {
        // A block without inner ones ends where its arguments do.
        Some(last) => {
            let apart = if lifecycle.text.starts_with(['\r', '\n']) { "" } else { "\n" };
            last.text.push_str(apart);
            last.text.push_str(&lifecycle.text);
        }
        None => edits.push(lifecycle),
    }
    let after = after_block(sources, block)?;
    let rotation = format!("\nresource \"time_rotating\" \"{name}\" {{\n  rotation_days = {days}\n}}\n");
    edits.push(Edit { span: after, text: rotation });
    Some(Fix::new(
        format!(
            "Replace it every {days} days by `time_rotating`, the new one before the old one is gone (applying it makes a new password)"
        ),
        Applicability::Unsafe,
        edits,
    ))
}

/// A month before it ends, so that there is time to notice when it did not work. Source: Microsoft, "Configure cryptographic key
/// auto-rotation in Azure Key Vault".
pub(super) fn rotation_policy(cx: &Context<'_>, resource: &Resource) -> Option<Fix> {
    let days = cx.shared.config.rotation.max(RotationKind::EncryptionKey)?.as_hours() / HOURS_OF_A_DAY;
    // An end that is written down would be that of the first version, and each plan would set it back.
    if days < 60 || resource.body.attr("expiration_date").is_some() {
        return None;
    }
    let whole = [("expire_after", format!("\"P{days}D\""))];
    let mut edit = add_block(cx.shared.sources, resource.span(), "rotation_policy", &whole)?;
    // The block inside comes before its closing brace.
    let close = edit.text.rfind('}')?;
    let start = edit.text[..close].rfind('\n')? + 1;
    let indent = edit.text[start..close].to_string();
    let end = if edit.text.contains("\r\n") { "\r\n" } else { "\n" };
    let inner = format!(
        "{end}{indent}  automatic {{{end}{indent}    time_before_expiry = \"P30D\"{end}{indent}  }}{end}"
    );
    edit.text.insert_str(start, &inner);
    let title = format!(
        "Make a new version of it {} days after the last one, which then ends after {days}",
        days - 30
    );
    Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
}

/// The name of the resource, unless there is a `time_rotating` of that name.
fn free_name(cx: &Context<'_>, resource: &Resource) -> String {
    let taken = cx.model.project.resources.iter().any(|other| {
        other.mode == ResourceMode::Managed
            && other.module == resource.module
            && &*other.kind == "time_rotating"
            && other.name == resource.name
    });
    if taken { format!("{}_rotation", resource.name) } else { resource.name.to_string() }
}

/// The start of the line behind a block.
fn after_block(sources: &SourceMap, block: Span) -> Option<Span> {
    let text = &sources.find(block.file)?.text;
    let line = text.get(block.end as usize..)?.find('\n')? + 1;
    let at = block.end as usize + line;
    Some(Span::new(block.file, at, at))
}
