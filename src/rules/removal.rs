//! Taking a block out of the code together with what is only there for it.

use super::Context;
use super::secrets::first_byte;
use super::usage::{is_grant, names_address};
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::source::{FileKind, SourceFile, Span};
use std::collections::{HashMap, HashSet};

/// A block that would go.
struct Gone {
    address: String,
    span: Span,
    /// It may as well stay, if something else uses it.
    optional: bool,
}

/// Deletes an identity or a credential with its grants, its instance profile and the policy documents that only they read. `None`
/// where anything else in the module speaks of one of them. No `removed` block takes its place: without the
/// resource, Terraform plans to destroy it, in every version and without anything to tidy up afterwards.
pub(super) fn removal(cx: &Context<'_>, resource: &Resource) -> Option<Fix> {
    let home = cx.shared.sources.find(resource.header().file)?;
    let one = matches!(resource.key, InstanceKey::None | InstanceKey::Index(0));
    if !one || resource.lifecycle.prevent_destroy {
        return None;
    }
    let files: Vec<&SourceFile> = cx
        .shared
        .sources
        .iter()
        .map(|file| &**file)
        .filter(|file| file.dir() == home.dir() && !matches!(file.kind, FileKind::Vars | FileKind::VarsJson))
        .collect();
    let mut gone = vec![block(resource, false)];
    gone.extend(companions(cx, resource)?);
    documents(cx, resource, &mut gone);
    while let Some(known) = gone.iter().position(|block| is_used_elsewhere(&files, &gone, block)) {
        if !gone[known].optional {
            return None;
        }
        gone.remove(known);
    }
    let edits: Option<Vec<Edit>> =
        gone.iter().map(|block| deletion(cx.shared.sources.find(block.span.file)?, block.span)).collect();
    let mut edits = edits?;
    edits.sort_by_key(|edit| edit.span);
    for at in 1..edits.len() {
        // Two of them may take the empty line between them.
        let before = edits[at - 1].span;
        let span = &mut edits[at].span;
        if span.file == before.file {
            span.start = span.start.max(before.end);
        }
    }
    let address = resource.local_address();
    let title = match gone.len() {
        1 => format!("Delete `{address}`, which Terraform then destroys"),
        2 => format!("Delete `{address}` and `{}`, which Terraform then destroys", gone[1].address),
        more => format!("Delete `{address}` and {} blocks that are only there for it", more - 1),
    };
    Some(Fix { title, applicability: Applicability::Unsafe, edits })
}

fn block(resource: &Resource, optional: bool) -> Gone {
    let (header, span) = (resource.header(), resource.span());
    let span = Span { start: header.start.min(span.start), ..span };
    Gone { address: resource.local_address(), span, optional }
}

/// Its grants and instance profiles. `None` when one of them is shared with another identity.
fn companions(cx: &Context<'_>, resource: &Resource) -> Option<Vec<Gone>> {
    let address = resource.local_address();
    let siblings = || cx.model.project.resources.iter().filter(|other| other.module == resource.module);
    let mut found: HashMap<Span, Gone> = HashMap::new();
    for other in siblings().filter(|other| other.mode == ResourceMode::Managed) {
        let text = cx.shared.sources.text(other.span());
        let belongs = is_grant(&other.kind) || &*other.kind == "aws_iam_instance_profile";
        if other.id == resource.id || !belongs || !speaks_of(text, &address) {
            continue;
        }
        let shared = siblings().any(|third| {
            let apart = third.local_address() != address && third.header() != other.header();
            apart && cx.model.identity_of(third.id).is_some() && speaks_of(text, &third.local_address())
        });
        if shared {
            return None;
        }
        found.insert(other.header(), block(other, false));
    }
    let mut found: Vec<Gone> = found.into_values().collect();
    found.sort_by_key(|block| block.span);
    Some(found)
}

/// Policy documents that the blocks read, and those that these read.
fn documents(cx: &Context<'_>, resource: &Resource, gone: &mut Vec<Gone>) {
    let mut seen: HashSet<Span> = HashSet::new();
    let mut at = 0;
    while at < gone.len() {
        let text = cx.shared.sources.text(gone[at].span);
        at += 1;
        let documents = cx.model.project.resources.iter().filter(|other| {
            other.mode == ResourceMode::Data
                && other.module == resource.module
                && &*other.kind == "aws_iam_policy_document"
                && speaks_of(text, &other.local_address())
        });
        gone.extend(documents.filter(|other| seen.insert(other.header())).map(|other| block(other, true)));
    }
}

fn speaks_of(text: &str, address: &str) -> bool {
    text.contains(address) && text.lines().any(|line| names_address(line, address))
}

fn is_used_elsewhere(files: &[&SourceFile], gone: &[Gone], block: &Gone) -> bool {
    files.iter().any(|file| {
        if !file.text.contains(&block.address) {
            return false;
        }
        let mut at = 0_usize;
        file.text.split_inclusive('\n').any(|line| {
            let span = Span::new(file.id, at, at + line.trim_end().len());
            at += line.len();
            let inside = gone.iter().any(|other| other.span.contains(span));
            let comment = line.trim_start().starts_with(['#', '/']);
            !inside && !comment && names_address(line, &block.address)
        })
    })
}

/// The whole lines of a block, with the comment right above it and one empty line.
fn deletion(file: &SourceFile, span: Span) -> Option<Edit> {
    let text = &*file.text;
    let first = first_byte(text);
    let line_before = |at: usize| -> Option<usize> {
        let end = at.checked_sub(1).filter(|end| *end >= first)?;
        Some(text.get(..end)?.rfind('\n').map_or(first, |at| at + 1))
    };
    let mut start = span.start as usize;
    let begins_line = start == first || text.as_bytes().get(start.wrapping_sub(1)) == Some(&b'\n');
    let rest = text.get(span.end as usize..)?;
    let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    if file.kind != FileKind::Hcl || !begins_line || !text[span.range()].ends_with('}') {
        return None;
    }
    let behind = rest[..line_end].trim();
    if !(behind.is_empty() || behind.starts_with('#') || behind.starts_with("//")) {
        return None;
    }
    let mut end = span.end as usize + line_end;
    while let Some(above) = line_before(start) {
        let line = text.get(above..start)?.trim();
        let licence = ["copyright", "license", "spdx"].iter().any(|word| line.to_lowercase().contains(word));
        if !(line.starts_with('#') || line.starts_with("//")) || licence {
            break;
        }
        start = above;
    }
    let below = text.get(end..)?.split_inclusive('\n').next().unwrap_or_default();
    match line_before(start).map(|above| (above, text[above..start].trim())) {
        _ if !below.is_empty() && below.trim().is_empty() => end += below.len(),
        Some((above, "")) => start = above,
        _ => {}
    }
    Some(Edit { span: Span::new(file.id, start, end), text: String::new() })
}
