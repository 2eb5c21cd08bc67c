//! Code actions: what mends a finding, and what accepts it for a while.

use super::edits::workspace_edit;
use super::outbox::{Failure, Reply};
use super::places::Places;
use super::positions::{Lines, Range};
use super::requests::Situation;
use super::server::{Named, parameters};
use super::view::View;
use super::{uri, waive};
use crate::diagnostic::{Applicability, Edit, Finding, Fix, Status};
use crate::source::{FileId, SourceFile};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;

const QUICK_FIX: &str = "quickfix";
const FIX_ALL: &str = "source.fixAll.keyward";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    text_document: Named,
    range: Range,
    #[serde(default)]
    context: Context,
}

#[derive(Default, Deserialize)]
struct Context {
    only: Option<Vec<String>>,
}

impl Context {
    fn wants(&self, kind: &str) -> bool {
        let is_part = |only: &String| {
            only.is_empty()
                || kind
                    .strip_prefix(only.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.only.as_ref().is_none_or(|only| only.iter().any(is_part))
    }
}

pub(super) fn handle(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((params, reply)) = parameters::<Params>(params, reply) else { return };
    let path = uri::path_of(&params.text_document.uri);
    situation.folders.ask(path.as_deref(), reply, |path| Box::new(move |view| actions(view, &path, &params)));
}

fn actions(view: &mut View<'_>, path: &str, params: &Params) -> Result<Value, Failure> {
    let Some(file) = view.file(path).filter(|_| view.client.literal_actions) else { return Ok(json!([])) };
    let report = view.report.clone();
    let places = view.places(&report);
    let scrubber = view.scrubber();
    let asked = Lines::new(&file.text).bytes(&file.text, params.range, view.client.encoding);
    let here = report.findings.of(file.id).iter().map(|finding| &**finding);
    let here = here.filter(|finding| finding.status == Status::Open);
    let here: Vec<Finding> =
        report.whole(here).into_iter().map(|finding| scrubber.finding(finding)).collect();
    let mut found = Vec::new();
    if params.context.wants(QUICK_FIX) {
        let touched = here.iter().filter(|finding| {
            let span = finding.span().range();
            span.start <= asked.end && asked.start <= span.end
        });
        for finding in touched {
            found.extend(for_finding(view, &places, &file, finding));
        }
    }
    if params.context.wants(FIX_ALL) {
        found.extend(fix_all(view, &places, &here));
    }
    Ok(found.into())
}

fn for_finding(view: &View<'_>, places: &Places<'_>, file: &SourceFile, finding: &Finding) -> Vec<Value> {
    let shown = view.shown.get(&file.path);
    let diagnostic = shown.and_then(|shown| {
        let is_it = |item: &&Value| item["data"]["fingerprint"] == finding.primary().fingerprint.as_str();
        shown.items.iter().find(is_it)
    });
    let action = |title: String, edits: &[Edit]| {
        let edit = workspace_edit(view, places, edits)?;
        let diagnostics: Vec<&Value> = diagnostic.into_iter().collect();
        Some(json!({ "title": title, "kind": QUICK_FIX, "diagnostics": diagnostics, "edit": edit }))
    };
    let mut found = Vec::new();
    let mut preferred = false;
    for fix in finding.fixes.iter().filter(|fix| is_writable(fix)) {
        let safe = fix.applicability == Applicability::Safe;
        let title = match safe {
            true => capitalised(&fix.title),
            false => format!("{} (unsafe: may remove access, rotate or replace)", capitalised(&fix.title)),
        };
        let Some(mut action) = action(title, &fix.edits) else { continue };
        if safe && !std::mem::replace(&mut preferred, true) {
            action["isPreferred"] = true.into();
        }
        found.push(action);
    }
    if let Some(edit) = waive::comment(file, finding, view.today) {
        let title = format!("Accept {} here until {}", finding.rule, waive::until(view.today));
        found.extend(action(title, &[edit]));
    }
    found
}

fn is_writable(fix: &Fix) -> bool {
    fix.applicability != Applicability::Manual && !fix.edits.is_empty() && are_apart(&fix.edits)
}

/// No two of them change the same bytes.
fn are_apart(edits: &[Edit]) -> bool {
    let mut spans: Vec<_> = edits.iter().map(|edit| edit.span).collect();
    spans.sort();
    spans.windows(2).all(|pair| pair[0].file != pair[1].file || pair[0].end <= pair[1].start)
}

fn capitalised(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The first safe fix of every finding of a file, as far as they do not touch the same lines or lines beside each
/// other, which may be aligned. What is left out can be fixed afterwards.
fn fix_all(view: &View<'_>, places: &Places<'_>, here: &[Finding]) -> Option<Value> {
    let mut taken: HashSet<(FileId, u32)> = HashSet::new();
    let mut edits: Vec<Edit> = Vec::new();
    let is_safe = |fix: &&Fix| fix.applicability == Applicability::Safe && is_writable(fix);
    let mut fixes: Vec<&Fix> = here.iter().filter_map(|finding| finding.fixes.iter().find(is_safe)).collect();
    fixes.sort_by_key(|fix| fix.edits[0].span);
    for fix in fixes {
        let lines: Vec<(FileId, u32)> = fix.edits.iter().flat_map(|edit| lines(places, edit)).collect();
        let clashes = lines.iter().any(|(file, line)| {
            (line.saturating_sub(1)..=line + 1).any(|near| taken.contains(&(*file, near)))
        });
        if !clashes {
            taken.extend(lines);
            edits.extend(fix.edits.iter().cloned());
        }
    }
    if edits.is_empty() {
        return None;
    }
    let edit = workspace_edit(view, places, &edits)?;
    Some(json!({ "title": "Apply all safe fixes of keyward", "kind": FIX_ALL, "edit": edit }))
}

fn lines(places: &Places<'_>, edit: &Edit) -> impl Iterator<Item = (FileId, u32)> + use<> {
    let id = edit.span.file;
    let index = &places.sources.get(id).lines;
    let (first, last) = (index.position(edit.span.start as usize), index.position(edit.span.end as usize));
    (first.line..=last.line).map(move |line| (id, line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_parts_of_others() {
        let context =
            |only: &[&str]| Context { only: Some(only.iter().map(|it| (*it).to_owned()).collect()) };
        assert!(context(&["source"]).wants(FIX_ALL) && context(&["source.fixAll"]).wants(FIX_ALL));
        assert!(context(&[""]).wants(QUICK_FIX) && Context::default().wants(QUICK_FIX));
        assert!(!context(&["source.fix"]).wants(FIX_ALL) && !context(&["quickfix"]).wants(FIX_ALL));
    }
}
