//! Taking a block out of the code together with what is only there for it.

use super::Context;
use super::secrets::first_byte;
use super::usage::{is_grant, names_address};
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::source::{FileKind, SourceFile, SourceMap, Span};
use std::collections::{HashMap, HashSet};

/// A block that would go.
struct Gone {
    address: String,
    span: Span,
    /// It may as well stay, if something else uses it.
    optional: bool,
}

/// Deletes an identity or a credential with its grants, its instance profile and the policies and data sources that only
/// they read. `None`
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
        .in_dir(home.dir())
        .map(|file| &**file)
        .filter(|file| !matches!(file.kind, FileKind::Vars | FileKind::VarsJson))
        .collect();
    let mut gone = vec![block(resource, false)];
    gone.extend(companions(cx, resource)?);
    if !takes_all_grants(cx, resource, &gone) {
        return None;
    }
    sources_of(cx, resource, &mut gone);
    while let Some(known) = gone.iter().position(|block| is_used_elsewhere(&files, &gone, block)) {
        if !gone[known].optional {
            return None;
        }
        gone.remove(known);
    }
    let spans: Vec<Span> = gone.iter().map(|block| block.span).collect();
    let edits = deletions(cx.shared.sources, &spans)?;
    let address = resource.local_address();
    let title = match gone.len() {
        1 => format!("Delete `{address}`, which Terraform then destroys"),
        2 => format!("Delete `{address}` and `{}`, which Terraform then destroys", gone[1].address),
        more => format!("Delete `{address}` and {} blocks that are only there for it", more - 1),
    };
    Some(Fix::new(title, Applicability::Unsafe, edits))
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

/// A grant that knows it by its name alone would be left behind without anybody to give it to.
fn takes_all_grants(cx: &Context<'_>, resource: &Resource, gone: &[Gone]) -> bool {
    let Some(identity) = cx.model.identity_of(resource.id) else { return true };
    let mut grants = cx.model.grants_of(identity.id).map(|grant| cx.model.resource(grant.resource).span());
    grants.all(|span| gone.iter().any(|block| block.span.contains(span)))
}

/// Policies and data sources that the blocks read, and those that these read.
fn sources_of(cx: &Context<'_>, resource: &Resource, gone: &mut Vec<Gone>) {
    let mut seen: HashSet<Span> = HashSet::new();
    let mut at = 0;
    while at < gone.len() {
        let text = cx.shared.sources.text(gone[at].span);
        at += 1;
        let read = cx.model.project.resources.iter().filter(|other| {
            let kind = other.mode == ResourceMode::Data || &*other.kind == "aws_iam_policy";
            kind && other.module == resource.module && speaks_of(text, &other.local_address())
        });
        gone.extend(read.filter(|other| seen.insert(other.header())).map(|other| block(other, true)));
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

/// The lines of all blocks, each run of them with one empty line beside it. `None` where one shares its lines with
/// something else.
pub fn deletions(sources: &SourceMap, blocks: &[Span]) -> Option<Vec<Edit>> {
    let spans: Option<Vec<Span>> =
        blocks.iter().map(|block| whole_lines(sources.find(block.file)?, *block)).collect();
    let mut spans = spans?;
    spans.sort();
    let mut runs: Vec<Span> = Vec::new();
    for span in spans {
        let text = &sources.find(span.file)?.text;
        match runs.last_mut() {
            Some(last)
                if last.file == span.file
                    && text.get(last.end as usize..span.start as usize)?.trim().is_empty() =>
            {
                last.end = span.end;
            }
            _ => runs.push(span),
        }
    }
    let edit = |run: Span| {
        let text = &*sources.find(run.file)?.text;
        let (mut start, mut end) = (run.start as usize, run.end as usize);
        let below = text.get(end..)?.split_inclusive('\n').next().unwrap_or_default();
        if !below.is_empty() && below.trim().is_empty() {
            end += below.len();
        }
        // At the end of the file the empty line is above.
        let above = line_before(text, start);
        if end == text.len()
            && let Some(above) = above.filter(|above| text[*above..start].trim().is_empty())
        {
            start = above;
        }
        Some(Edit { span: Span::new(run.file, start, end), text: String::new() })
    };
    runs.into_iter().map(edit).collect()
}

/// The start of the line above the one that starts there.
fn line_before(text: &str, at: usize) -> Option<usize> {
    let first = first_byte(text);
    let end = at.checked_sub(1).filter(|end| *end >= first)?;
    Some(text.get(..end)?.rfind('\n').map_or(first, |at| at + 1))
}

/// The whole lines of a block, with the comment right above it.
pub fn whole_lines(file: &SourceFile, span: Span) -> Option<Span> {
    let text = &*file.text;
    let mut start = span.start as usize;
    let begins_line = start == first_byte(text) || text.as_bytes().get(start.wrapping_sub(1)) == Some(&b'\n');
    let rest = text.get(span.end as usize..)?;
    let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    let behind = rest[..line_end].trim();
    let alone = behind.is_empty() || behind.starts_with('#') || behind.starts_with("//");
    if file.kind != FileKind::Hcl || !begins_line || !file.slice(span).ends_with('}') || !alone {
        return None;
    }
    while let Some(above) = line_before(text, start) {
        let line = text.get(above..start)?.trim();
        let licence = ["copyright", "license", "spdx"].iter().any(|word| line.to_lowercase().contains(word));
        if !(line.starts_with('#') || line.starts_with("//")) || licence {
            break;
        }
        start = above;
    }
    Some(Span::new(file.id, start, span.end as usize + line_end))
}
