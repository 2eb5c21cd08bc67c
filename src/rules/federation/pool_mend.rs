//! Narrower members and conditions of workload identity pools, where the code tells who is meant.
//! Source: Google Cloud documentation, "Configure Workload Identity Federation with deployment pipelines",
//! "Principal identifiers".

use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::value::Value;
use crate::eval::{InstanceKey, Resource};
use crate::identity::trust::{Issuer, PoolProvider, Scope};
use crate::rules::Context;
use crate::rules::edits::add_argument;
use crate::rules::policy_edits::within_reach;
use crate::source::{SourceFile, Span};

/// More members than this make a condition that nobody reads.
const MANY: usize = 3;

/// What a claim of an issuer holds of a resource.
fn meant(issuer: Issuer) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match issuer {
        Issuer::GitHub => ("repository", "github_repository", "full_name"),
        Issuer::GitLab => ("project_path", "gitlab_project", "path_with_namespace"),
        Issuer::TerraformCloud => ("terraform_workspace_id", "tfe_workspace", "id"),
        _ => return None,
    })
}

/// The claim that tells the only repository, project or workspace of a module, and the resource.
fn declared(cx: &Context<'_>, file: &SourceFile, issuer: Issuer) -> Option<(&'static str, String, String)> {
    let (claim, kind, attribute) = meant(issuer)?;
    match within_reach(cx, file, kind).as_slice() {
        [one] if one.key == InstanceKey::None => {
            Some((claim, format!("${{{}.{attribute}}}", one.local_address()), one.local_address()))
        }
        _ => None,
    }
}

/// In place of the whole pool, the part that is of the only repository; its provider lets in no other either.
pub(super) fn member(cx: &Context<'_>, provider: &PoolProvider, scope: &Scope, value: &Value) -> Option<Fix> {
    let span = value.meta.span.filter(|_| *scope == Scope::All)?;
    let file = cx.shared.sources.find(span.file)?;
    let (claim, text, address) = declared(cx, file, provider.issuer)?;
    let attribute = provider.attribute_of(claim)?;
    let written = file.text.get(span.range())?;
    let whole = written.starts_with('"') && written.ends_with("/*\"") && file.path.ends_with(".tf");
    let star = span.end as usize - 2;
    let edit = Edit { span: Span::new(span.file, star, star + 1), text: format!("{attribute}/{text}") };
    let title = format!("Let in `{address}` only");
    let mut edits = vec![edit];
    if !provider.conditional {
        edits.extend(condition(cx, provider, cx.model.resource(provider.resource), &[])?.edits);
    }
    whole.then_some(Fix::new(title, Applicability::Unsafe, edits))
}

/// A condition that lets in the only repository, or whoever is a member anyway.
pub(super) fn condition(
    cx: &Context<'_>,
    provider: &PoolProvider,
    resource: &Resource,
    members: &[Scope],
) -> Option<Fix> {
    let file = cx.shared.sources.find(resource.header().file)?;
    if resource.body.attr("attribute_condition").is_some() {
        return None;
    }
    let of_members = || {
        let mut terms: Vec<String> = members.iter().map(term).collect::<Option<_>>()?;
        terms.sort();
        terms.dedup();
        let few = !terms.is_empty() && terms.len() <= MANY;
        few.then(|| (terms.join(" || "), "Let in nobody who is no member".to_string()))
    };
    let (text, title) = match declared(cx, file, provider.issuer) {
        Some((claim, text, address)) => {
            (format!("assertion.{claim} == '{text}'"), format!("Let in `{address}` only"))
        }
        None => of_members()?,
    };
    let edit =
        add_argument(cx.shared.sources, resource.span(), "attribute_condition", &format!("\"{text}\""))?;
    Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
}

fn term(scope: &Scope) -> Option<String> {
    let (name, value) = match scope {
        Scope::Subject(subject) => ("google.subject".to_string(), subject),
        Scope::Attribute(name, value) => (format!("attribute.{name}"), value),
        Scope::All | Scope::Group(_) | Scope::Unknown => return None,
    };
    let plain = !value.is_empty() && !value.contains(['\'', '"', '\\', '…', '$', '%']);
    plain.then(|| format!("{name} == '{value}'"))
}
