//! What the exposure of a workload adds to a finding.

use super::{Context, Draft, secret_refs};
use crate::config::Environment;
use crate::diagnostic::{Finding, Label, Severity};
use crate::eval::Attr;
use crate::eval::value::{HopKind, ResourceId};
use crate::identity::exposure::{Exposure, Reach, exposures, power, worst};
use crate::identity::{Model, Subject};
use crate::source::Span;

/// Raises a finding about identities or workloads that the internet gets to: one step, or two where nobody
/// has to sign in and the identity is powerful. Once, whatever the number of ways.
pub(super) fn raise(model: &Model, finding: &mut Finding, about: &[Subject], workloads: &[ResourceId]) {
    if about.is_empty() && workloads.is_empty() {
        return;
    }
    let known = exposures(model);
    let of_subjects = about.iter().flat_map(|subject| known.of_subject(subject));
    let of_workloads = workloads.iter().flat_map(|workload| known.of_workload(*workload));
    let Some(way) = worst(of_subjects.chain(of_workloads)) else { return };
    let powerful = || power(model, &way.runs_as).is_some_and(|power| power.certain);
    let steps = if way.reach == Reach::InternetAnonymous && powerful() { 2 } else { 1 };
    let before = finding.severity;
    finding.severity = before.shifted(steps);
    let raised = match finding.severity as i32 - before as i32 {
        0 => "",
        1 => ", which raises the severity by one step",
        _ => ", which raises the severity by two steps",
    };
    let address = &model.resource(way.workload).address;
    let whose = if about.is_empty() { "" } else { " runs as it and" };
    finding.notes.push(format!("`{address}`{whose} {}{raised}", reached(way)));
    if let Some((span, text)) = way.because.first() {
        finding.related.push(Label::new(*span, text.clone()));
    }
}

/// "is reachable from the internet through …"
pub(super) fn reached(way: &Exposure) -> String {
    match way.reach {
        Reach::InternetAnonymous => format!("answers anybody on the internet through {}", way.through),
        _ => format!("is reachable from the internet through {}", way.through),
    }
}

/// Marks what makes a workload reachable.
pub(super) fn relate(mut draft: Draft, way: &Exposure, most: usize) -> Draft {
    for (span, text) in way.because.iter().take(most) {
        draft = draft.related(*span, text.clone());
    }
    draft
}

/// How bad it is that somebody takes a workload over.
pub(super) fn severity(way: &Exposure, administers: bool) -> Severity {
    match administers || way.reach == Reach::InternetAnonymous {
        true => Severity::Critical,
        false => Severity::High,
    }
}

/// How an identity is called in a sentence.
pub(super) fn name(model: &Model, subject: &Subject) -> String {
    match subject {
        Subject::External(text) if text.starts_with("the ") => text.clone(),
        Subject::Resource(id) if model.identity_of(*id).is_none() => {
            format!("the identity of `{}`", model.resource(*id).address)
        }
        other => format!("`{}`", model.describe(other)),
    }
}

/// The attribute by which a workload runs as an identity, and the characters that say so.
pub(super) fn runs_as(cx: &Context<'_>, way: &Exposure) -> (String, Span) {
    let model = cx.model;
    let workload = model.resource(way.workload);
    let mut named = exposures(model).runs(model, way.workload);
    if let Some(found) = named.find(|one| one.runs_as == way.runs_as) {
        let mut site = None;
        workload.body.each_attr(&mut |path, attr| {
            if path == found.attribute && site.is_none() {
                site = Some(secret_refs::whole(said_at(attr), cx.shared.sources));
            }
        });
        return (found.attribute.clone(), site.unwrap_or(found.span));
    }
    match workload.body.block("identity").or_else(|| workload.body.block("service_account")) {
        Some(block) => ("identity".to_string(), block.header.unwrap_or_else(|| workload.header())),
        None => (String::new(), workload.header()),
    }
}

/// Where an attribute is told its value: in the caller, when that hands it in, else here.
fn said_at(attr: &Attr) -> Span {
    let hops = attr.value.meta.hops();
    let handed_in = hops.iter().rev().take_while(|hop| hop.kind == HopKind::Variable).count();
    let before = hops[..hops.len() - handed_in].last().map(|hop| hop.span).or(attr.value.meta.span);
    match before {
        Some(span) if handed_in > 0 || attr.expr_span.contains(span) => span,
        _ => attr.expr_span,
    }
}

pub(super) fn owner<'m>(model: &'m Model, subject: &Subject) -> Option<&'m str> {
    match subject {
        Subject::Identity(id) => model.identity(*id).owner.name(),
        _ => None,
    }
}

pub(super) fn environment(model: &Model, workload: ResourceId) -> Option<&Environment> {
    let own = exposures(model).runs(model, workload).next();
    own.map_or(model.environment.as_ref(), |one| one.environment.as_ref())
}
