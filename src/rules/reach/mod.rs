//! What the rules on escalation share beyond AWS: from the steps of the network to one finding for each grant
//! that somebody would have to cut.

mod words;

use super::privileged;
use super::{Context, Draft, RuleInfo};
use crate::diagnostic::{Confidence, Persona, Severity};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, decode_json};
use crate::identity::escalation::{Evidence, Network, Node, NodeId, Path, Power, Step, StepKind, network};
use crate::identity::privilege::Holder;
use crate::identity::{Grant, Model, Policy};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashMap;

/// Others that get there by the same grant; more of them would not be read.
const SHOWN: usize = 3;

/// One step of escalation, with whom it concerns and what it leads to.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    pub holder: &'a Holder,
    pub step: &'a Step,
    pub to: NodeId,
    /// How it goes on from there; none where the step itself leads to a goal, or nowhere.
    pub path: Option<Path<'a>>,
    pub outcome: Option<Power>,
    pub grant: &'a Grant,
    /// The grant to cut.
    pub evidence: &'a Evidence,
}

impl Case<'_> {
    /// Steps of the way that hinge on something unknown.
    fn unknown_steps(&self) -> usize {
        let rest = self.path.iter().flat_map(|path| &path.steps);
        rest.filter(|(step, _)| !step.certain).count() + usize::from(!self.step.certain)
    }
}

/// What a rule makes of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weight {
    pub severity: Severity,
    pub persona: Persona,
    pub confidence: Confidence,
}

impl Weight {
    pub fn new(severity: Severity, persona: Persona) -> Self {
        Weight { severity, persona, confidence: Confidence::High }
    }

    #[must_use]
    pub fn unsure(mut self) -> Self {
        self.confidence = Confidence::Medium;
        self
    }

    fn rank(&self) -> (std::cmp::Reverse<Persona>, Severity, Confidence) {
        (std::cmp::Reverse(self.persona), self.severity, self.confidence)
    }
}

/// The rule's part: what counts, how much, and what to do about it.
pub struct Plane<'r> {
    pub info: &'static RuleInfo,
    /// Whether a grant is of this plane.
    pub is_own: fn(&Policy) -> bool,
    pub weigh: &'r dyn Fn(&Model, &Case<'_>) -> Option<Weight>,
    pub label: &'r dyn Fn(&Model, &Case<'_>) -> String,
    pub help: &'r dyn Fn(&Model, &Case<'_>) -> String,
    /// What a method is, by its name in the catalogue.
    pub title: fn(&str) -> Option<&'static str>,
    /// The resource and attribute of the marked characters, where they are not those of the grant.
    pub site: &'r Site<'r>,
    /// What the rule adds to a finding, such as a fix.
    pub finish: &'r Finish<'r>,
}

pub type Finish<'r> = dyn Fn(&Model, &Case<'_>, Draft) -> Draft + 'r;

pub type Site<'r> = dyn Fn(&Model, &Case<'_>) -> Option<(ResourceId, &'static str)> + 'r;

/// Reports every escalation of a plane.
pub fn report(cx: &mut Context<'_>, plane: &Plane<'_>) {
    let model = cx.model;
    let mut by_cause: IndexMap<Span, Vec<(Case<'_>, Weight)>> = IndexMap::new();
    for (case, weight) in cases(model, plane) {
        by_cause.entry(case.evidence.span).or_default().push((case, weight));
    }
    let earlier = fold(&mut by_cause);
    for (cause, cases) in by_cause {
        finding(cx, plane, &cases, earlier.get(&cause).map(Vec::as_slice).unwrap_or_default());
    }
}

type Cases<'a> = Vec<(Case<'a>, Weight)>;

/// Who may act as somebody that has a finding of its own has no second one: its way is part of that. Returns those
/// by the cause that speaks for them.
fn fold<'a>(by_cause: &mut IndexMap<Span, Cases<'a>>) -> HashMap<Span, Vec<Case<'a>>> {
    let personas: HashMap<Span, Persona> = by_cause
        .iter()
        .filter_map(|(cause, cases)| Some((*cause, cases.iter().map(|(_, weight)| weight.persona).min()?)))
        .collect();
    let mut earlier: HashMap<Span, Vec<Case<'a>>> = HashMap::new();
    for cases in by_cause.values_mut() {
        cases.retain(|(case, weight)| {
            let Some(last) = last_cause(case) else { return true };
            if personas.get(&last).is_none_or(|persona| *persona > weight.persona) {
                return true;
            }
            earlier.entry(last).or_default().push(case.clone());
            false
        });
    }
    by_cause.retain(|_, cases| !cases.is_empty());
    earlier
}

/// The grant by which the way of somebody who acts as one other goes on. One that takes in everybody of a place is
/// a mistake of its own.
fn last_cause(case: &Case<'_>) -> Option<Span> {
    let mut steps = case.path.as_ref().filter(|_| !case.step.unscoped)?.steps.iter().rev();
    let (last, _) = steps.find(|(step, _)| step.kind == StepKind::Escalates)?;
    last.evidence.first().map(|evidence| evidence.span).filter(|span| *span != case.evidence.span)
}

fn cases<'a>(model: &'a Model, plane: &Plane<'_>) -> Vec<(Case<'a>, Weight)> {
    let network = network(model);
    let mut found = Vec::new();
    for (id, node) in network.nodes() {
        let Node::Holder(holder) = node else { continue };
        let steps = network.steps_from(id).filter(|(step, _)| step.kind == StepKind::Escalates);
        for (step, to) in steps {
            let Some(evidence) = step.evidence.first() else { continue };
            let Some(grant) = evidence.grant.map(|index| &model.grants[index]) else { continue };
            if !(plane.is_own)(&grant.policy) {
                continue;
            }
            let (outcome, path) = onward(network, id, to);
            let case = Case { holder, step, to, path, outcome, grant, evidence };
            let Some(audience) = privileged::audience(model, holder, grant) else { continue };
            let Some(mut weight) = (plane.weigh)(model, &case) else { continue };
            weight.persona = weight.persona.max(audience);
            if !step.certain {
                weight.persona = weight.persona.max(Persona::Strict);
            }
            let confidence = Confidence::High.lowered(case.unknown_steps());
            weight.confidence = weight.confidence.min(confidence.unwrap_or(Confidence::Low));
            found.push((case, weight));
        }
    }
    found
}

/// The most that can be had from a node without coming back to where one started.
fn onward(network: &Network, start: NodeId, to: NodeId) -> (Option<Power>, Option<Path<'_>>) {
    if let Node::Goal(goal) = network.get(to) {
        return (Some(goal.power), None);
    }
    let paths = Power::ALL.into_iter().filter_map(|power| network.path(to, power));
    let mut onward = paths.filter(|path| path.steps.iter().all(|(_, node)| *node != start));
    match onward.next() {
        Some(path) => (Some(path.goal.power), Some(path)),
        None => (None, None),
    }
}

/// One finding for the characters that allow it, whomever and whatever they allow.
fn finding(cx: &mut Context<'_>, plane: &Plane<'_>, cases: &[(Case<'_>, Weight)], earlier: &[Case<'_>]) {
    let model = cx.model;
    let Some((lead, weight)) = cases.iter().rev().max_by_key(|(_, weight)| weight.rank()) else { return };
    let mut holders: Vec<&Holder> = vec![lead.holder];
    for (case, other) in cases {
        if other.persona == weight.persona && !holders.contains(&case.holder) {
            holders.push(case.holder);
        }
    }
    let named = privileged::name_all(model, &holders);
    let sentence = words::sentence(model, lead);
    let message = format!("{named} {sentence} through `{}`", lead.evidence.text);
    let (resource, attribute) = site(model, plane, lead);
    let address = resource.address.clone();
    let mut draft = Draft::new(plane.info, &address, &attribute, lead.evidence.span, message)
        .label((plane.label)(model, lead))
        .severity(weight.severity)
        .confidence(weight.confidence)
        .persona(weight.persona)
        .identity(lead.holder.describe(model).replace('`', ""))
        .owner(privileged::owner(model, &holders))
        .environment(privileged::environment(model, &holders))
        .help((plane.help)(model, lead));
    if let Some(value) = written(resource, lead.evidence.span) {
        draft = draft.route(&value);
    }
    if let Some(root) = lead.evidence.root {
        draft = draft.root(root);
    }
    if lead.evidence.span != lead.grant.span {
        draft = draft.related(lead.grant.span, "granted here");
    }
    for (span, text) in words::way(model, lead) {
        draft = draft.related(span, text);
    }
    for case in earlier.iter().take(SHOWN) {
        let who = case.holder.describe(model);
        draft =
            draft.related(case.evidence.span, format!("{who} {}, and so gets there as well", case.step.text));
    }
    for (_, header) in privileged::declared(model, &holders).into_iter().take(2) {
        draft = draft.related(header, "the identity is declared here");
    }
    for holder in &holders {
        draft = draft.about(&holder.subject);
    }
    for workload in privileged::workloads(model, &holders).iter().take(2) {
        draft = draft.related(workload.span, format!("`{}` runs as it", workload.address));
    }
    for note in notes(plane, cases, lead) {
        draft = draft.note(note);
    }
    for address in further_sites(model, plane, cases, &address) {
        draft = draft.site(&address, &attribute, lead.evidence.span);
    }
    cx.emit((plane.finish)(model, lead, draft));
}

/// The resource and attribute that the marked characters belong to.
fn site<'m>(model: &'m Model, plane: &Plane<'_>, case: &Case<'_>) -> (&'m Resource, String) {
    match (plane.site)(model, case) {
        Some((id, attribute)) => (model.resource(id), attribute.to_string()),
        None => (model.resource(case.grant.resource), case.grant.attribute.clone()),
    }
}

/// The value at the marked characters, for the route that it took.
fn written(resource: &Resource, span: Span) -> Option<Value> {
    let mut found: Option<Value> = None;
    resource.body.each_attr(&mut |_, attr| {
        let decoded = decode_json(&attr.value);
        for value in std::iter::once(&attr.value).chain(&decoded) {
            value.walk(&mut |part| {
                if found.is_none() && part.meta.span == Some(span) && part.meta.route.is_some() {
                    found = Some(part.clone());
                }
            });
        }
    });
    found
}

/// Other instances whose grant is written in the same characters.
fn further_sites(model: &Model, plane: &Plane<'_>, cases: &[(Case<'_>, Weight)], first: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (case, _) in cases {
        let address = &site(model, plane, case).0.address;
        if address != first && !found.contains(address) {
            found.push(address.clone());
        }
    }
    found
}

fn notes(plane: &Plane<'_>, cases: &[(Case<'_>, Weight)], lead: &Case<'_>) -> Vec<String> {
    let mut notes: Vec<String> = lead.step.caveats.clone();
    let same = cases.iter().filter(|(case, _)| case.holder == lead.holder);
    let mut methods: Vec<&str> = Vec::new();
    for (case, _) in same {
        if case.step.method != lead.step.method && !methods.contains(&case.step.method) {
            methods.push(case.step.method);
        }
    }
    let titles: Vec<String> =
        methods.iter().filter_map(|it| Some(uncapitalised((plane.title)(it)?))).collect();
    match titles.as_slice() {
        [] => {}
        [one] => notes.push(format!("another way by the same grant: {one}")),
        [first, rest @ ..] => {
            notes.push(format!("other ways by the same grant: {first}, and {} more", rest.len()));
        }
    }
    notes
}

/// A title as part of a sentence.
pub fn uncapitalised(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
