//! The condition that keeps a statement within the organization, where the code knows which one that is.

use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::identity::Model;
use crate::identity::guarded::{Guarded, guarded};
use crate::rules::Context;
use crate::source::Span;

pub(super) fn fix(cx: &Context<'_>, guarded: &Guarded, index: usize) -> Option<Fix> {
    let at = guarded.document.document.statements.get(index)?.at.span?;
    let holder = block_of(cx.model, at);
    let module = holder.map_or_else(|| cx.model.resource(guarded.document.resource), |(resource, _)| resource).module;
    let home = cx.model.project.modules.get(module.0 as usize)?;
    let dir = cx.shared.sources.find(at.file).map(|file| file.dir().to_string())?;
    let organization = declared(cx.model, module).filter(|_| home.dir == dir).or_else(|| written(cx.model))?;
    let edit = match holder {
        Some((_, block)) => in_block(cx, block, &organization)?,
        None => in_object(cx, at, &organization)?,
    };
    Some(Fix {
        title: "Let in the accounts of the organization only".to_string(),
        applicability: Applicability::Unsafe,
        edits: vec![edit],
    })
}

/// The statement block of a data source that begins at these characters.
fn block_of(model: &Model, at: Span) -> Option<(&Resource, Span)> {
    let data = model.project.resources.iter().filter(|it| &*it.kind == "aws_iam_policy_document");
    data.flat_map(|resource| resource.body.blocks.iter().map(move |(name, block)| (resource, name, block)))
        .find(|(_, name, block)| &***name == "statement" && block.header == Some(at))
        .and_then(|(resource, _, block)| Some((resource, block.span?)))
}

/// A reference to the organization that the module declares or looks up.
fn declared(model: &Model, module: crate::eval::ModuleId) -> Option<String> {
    let mut found = model.project.resources.iter().filter(|it| {
        &*it.kind == "aws_organizations_organization" && it.module == module && it.key == InstanceKey::None
    });
    let resource = found.next()?;
    let prefix = if resource.mode == ResourceMode::Data { "data." } else { "" };
    Some(format!("{prefix}aws_organizations_organization.{}.id", resource.name))
}

/// The one that other statements name, if it is always the same.
fn written(model: &Model) -> Option<String> {
    let mut ids: Vec<&str> = guarded(model)
        .iter()
        .flat_map(|it| &it.document.document.statements)
        .flat_map(|statement| &statement.conditions)
        .filter(|condition| condition.is_about("aws:PrincipalOrgID"))
        .flat_map(|condition| &condition.values)
        .filter_map(|value| value.pattern.as_text().filter(|text| text.starts_with("o-")))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    match ids.as_slice() {
        [one] => Some(format!("\"{one}\"")),
        _ => None,
    }
}

fn in_block(cx: &Context<'_>, block: Span, organization: &str) -> Option<Edit> {
    let (close, indent, end) = last_line(cx, block)?;
    let lines = [
        format!("{indent}condition {{"),
        format!("{indent}  test     = \"StringEquals\""),
        format!("{indent}  variable = \"aws:PrincipalOrgID\""),
        format!("{indent}  values   = [{organization}]"),
        format!("{indent}}}"),
    ];
    let text = lines.map(|line| line + end).concat();
    Some(Edit { span: Span::new(block.file, close, close), text })
}

/// An object of HCL that has no condition yet; JSON in a string is left to the reader.
fn in_object(cx: &Context<'_>, object: Span, organization: &str) -> Option<Edit> {
    let file = cx.shared.sources.find(object.file)?;
    let text = file.text.get(object.range())?;
    let is_hcl = text.starts_with('{') && text.ends_with('}') && !text.contains("\"Effect\"");
    if !is_hcl || text.contains("Condition") || !file.path.ends_with(".tf") {
        return None;
    }
    let entry = format!("Condition = {{ StringEquals = {{ \"aws:PrincipalOrgID\" = {organization} }} }}");
    if let Some((close, indent, end)) = last_line(cx, object) {
        let text = format!("{indent}{entry}{end}");
        return Some(Edit { span: Span::new(object.file, close, close), text });
    }
    let inner = text.strip_suffix('}')?.trim_end();
    if text.contains('\n') || inner.ends_with(',') {
        return None;
    }
    let at = object.start as usize + inner.len();
    Some(Edit { span: Span::new(object.file, at, at), text: format!(", {entry}") })
}

/// Where the line of the closing brace begins, the indentation of the lines before, and the end of a line.
/// `None` where the brace is not alone on its line.
fn last_line<'a>(cx: &Context<'a>, block: Span) -> Option<(usize, &'a str, &'static str)> {
    let file = cx.shared.sources.find(block.file)?;
    let text = file.text.get(block.range())?;
    let close = text.rfind('\n')? + 1;
    if text.get(close..)?.trim() != "}" {
        return None;
    }
    let first = text.lines().skip(1).find(|line| !line.trim().is_empty())?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let end = if text[..close].ends_with("\r\n") { "\r\n" } else { "\n" };
    Some((block.start as usize + close, indent, end))
}
