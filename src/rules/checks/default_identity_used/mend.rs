//! A service account of its own for a workload of Google Cloud, and no token for a pod that uses none.

use super::Found;
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::{BlockValue, InstanceKey, Resource};
use crate::rules::Context;
use crate::rules::edits::add_argument;
use crate::rules::policy_edits::{is_only_here, within_reach};
use crate::source::Span;

/// Bounds of `account_id`. Source: Google Cloud IAM API, `projects.serviceAccounts.create`.
const SHORTEST: usize = 6;
const LONGEST: usize = 30;

/// Makes an account and attaches it. Only where CODEOWNERS says whose it will be: one without an owner would be the
/// next finding.
pub(super) fn own_account(cx: &Context<'_>, resource: &Resource, found: &Found) -> Option<Fix> {
    let sources = cx.shared.sources;
    let file = sources.find(resource.header().file)?;
    let owners = cx.shared.codeowners?.owners_of_file(&file.absolute);
    if owners.iter().all(|owner| owner.is_catch_all) || resource.key != InstanceKey::None || !file.path.ends_with(".tf") {
        return None;
    }
    let name = &resource.name;
    let id = account_id(name)?;
    let accounts = within_reach(cx, file, "google_service_account");
    if accounts.iter().any(|it| it.name == *name || it.body.text("account_id") == Some(&*id)) {
        return None;
    }
    let attach = attach(cx, resource, found, &format!("google_service_account.{name}.email"))?;
    let mut lines = vec![
        String::new(),
        format!("resource \"google_service_account\" \"{name}\" {{"),
        format!("  account_id   = \"{id}\""),
        format!("  display_name = \"Runs {}\"", resource.local_address()),
    ];
    // The project goes with that of the workload, if the workload names one.
    if let Some(project) = resource.body.attr("project") {
        let written = file.text.get(project.expr_span.range()).filter(|_| project.expr_span.file == file.id)?;
        lines.push(format!("  project      = {written}"));
    }
    lines.push("}".to_string());
    let end = resource.span().end as usize;
    let next = file.text.get(end..)?.find('\n').map_or(file.text.len(), |at| end + at + 1);
    let break_first = if file.text[..next].ends_with('\n') { "" } else { "\n" };
    let text = format!("{break_first}{}\n", lines.join("\n"));
    let create = Edit { span: Span::new(file.id, next, next), text };
    Some(Fix::new("Give it a service account of its own (which may do nothing until roles are granted to it)".to_string(), Applicability::Unsafe, vec![attach, create]))
}

/// `api_server` → `api-server`, within the bounds.
fn account_id(name: &str) -> Option<String> {
    let id: String = name.to_ascii_lowercase().replace('_', "-");
    let id = if id.len() < SHORTEST { format!("{id}-runtime") } else { id };
    let plain = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let starts = id.starts_with(|c: char| c.is_ascii_lowercase()) && !id.ends_with('-');
    (plain && starts && id.len() <= LONGEST).then_some(id)
}

/// Names the account in the block that takes one.
fn attach(cx: &Context<'_>, resource: &Resource, found: &Found, account: &str) -> Option<Edit> {
    let (path, name) = found.attribute.rsplit_once('.').unwrap_or(("", found.attribute));
    let mut body: BlockValue = resource.body.clone();
    for kind in path.split('.').filter(|kind| !kind.is_empty()) {
        let inner: [BlockValue; 1] = body.blocks(kind).try_into().ok()?;
        let [inner] = inner;
        // One that `dynamic` makes has another text.
        let text = cx.shared.sources.find(inner.span?.file)?.text.get(inner.span?.range())?;
        if inner.any || !text.starts_with(kind) {
            return None;
        }
        body = inner;
    }
    match body.attr(name) {
        Some(attr) => {
            let here = attr.expr_span.file == resource.header().file && is_only_here(cx, &attr.value);
            here.then(|| Edit { span: attr.expr_span, text: account.to_string() })
        }
        None => add_argument(cx.shared.sources, body.span?, name, account),
    }
}

/// The default account of a namespace is allowed nothing here, so that its token is good for nothing.
pub(super) fn no_token(cx: &Context<'_>, spec: Option<&BlockValue>) -> Option<Fix> {
    let spec = spec.filter(|spec| spec.value("automount_service_account_token").is_none())?;
    // One that may be named elsewhere may be allowed more.
    let names = ["service_account_name", "service_account"].into_iter().filter_map(|name| spec.value(name));
    if names.into_iter().any(|value| value.as_str() != Some("default")) {
        return None;
    }
    let edit = add_argument(cx.shared.sources, spec.span?, "automount_service_account_token", "false")?;
    Some(Fix::new("Mount no token (a pod that talks to the cluster needs it)".to_string(), Applicability::Unsafe, vec![edit]))
}
