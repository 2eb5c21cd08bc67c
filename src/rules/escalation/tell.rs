//! How an escalation is told: who, by what, over which places, and why it is no false alarm.

use super::{Case, Standing, mend};
use crate::config::Environment;
use crate::diagnostic::{Confidence, Fix, Severity};
use crate::identity::escalation::aws::{Shape, method, shape};
use crate::identity::escalation::{Evidence, Network, Node, NodeId, StepKind, network};
use crate::identity::privilege::Holder;
use crate::identity::{Model, Policy};
use crate::rules::surroundings::listed;
use crate::rules::{Context, Draft, RuleInfo, privileged};
use std::collections::HashSet;

/// Names in a note; more of them would not be read.
const SHOWN: usize = 3;

/// One finding for all cases with one root; the first is the worst.
pub fn tell(cx: &mut Context<'_>, info: &'static RuleInfo, cases: &[Case<'_>]) {
    let model = cx.model;
    let network = network(model);
    let Some((lead, rest)) = cases.split_first() else { return };
    let (Some(first), Some(root)) = (lead.step.evidence.first(), lead.root()) else { return };
    let (address, attribute) = place(model, network.get(lead.from), first);
    let holder = holder(network, lead.from);
    let draft = Draft::new(info, &address, &attribute, first.span, message(model, network, lead))
        .label(first.text.clone())
        .severity(severity(lead, holder.is_none()))
        .confidence(confidence(lead))
        .persona(lead.persona)
        .root(root)
        .identity(name(model, network.get(lead.from)).replace('`', ""))
        .environment(environment(model, holder))
        .help(help(lead));
    let draft = match holder {
        Some(holder) => draft.owner(privileged::owner(model, &[holder])).about(&holder.subject),
        None => draft,
    };
    let draft = along(draft, model, network, lead);
    let draft = notes(draft, model, network, lead);
    let draft = others(draft, model, network, lead, rest, &address);
    let fix = mend::meant_roles(cx, cases).unwrap_or_else(|| Fix::manual(remedy(lead)));
    cx.emit(draft.fix(fix));
}

/// One step less for each part of the way that hinges on something unknown.
fn confidence(case: &Case<'_>) -> Confidence {
    let unknown = case.unknown_steps().max(usize::from(caveats(case).next().is_some()));
    Confidence::High.lowered(unknown).unwrap_or(Confidence::Low)
}

fn holder(network: &Network, node: NodeId) -> Option<&Holder> {
    match network.get(node) {
        Node::Holder(holder) => Some(holder),
        _ => None,
    }
}

fn environment<'m>(model: &'m Model, holder: Option<&Holder>) -> Option<&'m Environment> {
    match holder {
        Some(holder) => privileged::environment(model, &[holder]),
        None => model.environment.as_ref(),
    }
}

/// How somebody is called in a sentence.
pub fn name(model: &Model, node: &Node) -> String {
    match node {
        Node::Holder(holder) => holder.describe(model),
        Node::Policy(grant) => match &model.grants[*grant].policy {
            Policy::Aws(policy) => format!("`{}`", model.resource(policy.resource).address),
            _ => format!("`{}`", model.resource(model.grants[*grant].resource).address),
        },
        Node::Document(id) => format!("`{}`", model.resource(*id).address),
        Node::Outsider(text) | Node::Class(text) => text.clone(),
        Node::Goal(goal) => goal.place.clone(),
    }
}

fn message(model: &Model, network: &Network, case: &Case<'_>) -> String {
    let who = name(model, network.get(case.from));
    let text = &case.step.text;
    // "such as `aws_iam_role.admin`" for a class of which one member leads on.
    let such = match (network.get(case.to), case.rest.first()) {
        (Node::Class(_), Some((_, member))) => format!(", such as {}", name(model, network.get(*member))),
        _ => String::new(),
    };
    let further = case.rest.iter().filter(|(step, _)| step.kind != StepKind::Is).count();
    let further = match further {
        0 => String::new(),
        1 => ", and one step more".to_string(),
        count => format!(", and {count} steps more"),
    };
    let gain = match (case.standing(), case.goal) {
        (Standing::Admin | Standing::Part, Some(goal)) => {
            format!("become an administrator of {}", goal.place)
        }
        (Standing::AnyIdentity, _) => "raise its privileges".to_string(),
        (Standing::Minor, Some(_)) => little(case).to_string(),
        _ => "act as somebody of whom this code says nothing worse".to_string(),
    };
    match holder(network, case.from) {
        Some(_) => format!("{who} can {gain}: it {text}{such}{further}"),
        None => {
            let gain = gain.replace("its privileges", "their privileges");
            format!("{who} lets whoever gets it {gain}: its holder {text}{such}{further}")
        }
    }
}

/// What a way to no administrator comes to.
fn little(case: &Case<'_>) -> &'static str {
    match shape(case.step.method) {
        Some(Shape::Secrets) => "read all stored secrets",
        Some(Shape::Assume) => "act as other roles",
        Some(Shape::TakeService) => "act as other users",
        Some(Shape::Provider) => "let outsiders in",
        Some(Shape::Unbound) => "lift the limits of others",
        _ => "act as whatever others run",
    }
}

fn severity(case: &Case<'_>, dormant: bool) -> Severity {
    let severity = match case.standing() {
        Standing::Admin => Severity::Critical,
        Standing::Part | Standing::AnyIdentity => Severity::High,
        Standing::Minor if dormant => Severity::Low,
        Standing::Minor => Severity::Medium,
        Standing::Latent => Severity::Low,
    };
    if dormant { severity.min(Severity::Medium) } else { severity }
}

/// The resource and attribute that hold the statement.
pub fn place(model: &Model, node: &Node, evidence: &Evidence) -> (String, String) {
    let Some(grant) = evidence.grant.map(|grant| &model.grants[grant]) else {
        return (name(model, node).replace('`', ""), "statement".to_string());
    };
    let (resource, attribute) = match &grant.policy {
        Policy::Aws(document) => (document.resource, &document.attribute),
        _ => (grant.resource, &grant.attribute),
    };
    (model.resource(resource).address.clone(), attribute.clone())
}

/// The way, place by place.
fn along(mut draft: Draft, model: &Model, network: &Network, case: &Case<'_>) -> Draft {
    let first = case.step.evidence.first().map(|evidence| evidence.span);
    let mut seen: HashSet<_> = first.into_iter().collect();
    for evidence in case.step.evidence.iter().skip(1).filter(|evidence| seen.insert(evidence.span)) {
        let text = match evidence.root {
            Some(_) => format!("together with {}", evidence.text),
            // What the target says of itself.
            None => evidence.text.clone(),
        };
        draft = draft.related(evidence.span, text);
    }
    let mut at = case.to;
    if let Some(span) = header(model, network, at)
        && seen.insert(span)
    {
        draft = draft.related(span, format!("so it gets to {}", name(model, network.get(at))));
    }
    for (step, to) in &case.rest {
        let who = name(model, network.get(at));
        let is_class = matches!(network.get(at), Node::Class(_));
        match step.evidence.first() {
            Some(evidence) => {
                let text = match step.kind {
                    StepKind::Is if is_class => evidence.text.clone(),
                    StepKind::Is => format!("{who} {}", step.text),
                    _ => format!("then {who} {}: {}", step.text, evidence.text),
                };
                draft = draft.related(evidence.span, text);
            }
            None if is_class => {
                if let Some(span) = header(model, network, *to).filter(|span| seen.insert(*span)) {
                    draft = draft.related(span, format!("{} is one of them", name(model, network.get(*to))));
                }
            }
            None => {}
        }
        at = *to;
    }
    draft
}

/// Where a node is declared.
fn header(model: &Model, network: &Network, node: NodeId) -> Option<crate::source::Span> {
    let id = holder(network, node)?.resource(model)?;
    Some(model.resource(id).header())
}

fn caveats<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c String> {
    case.step.caveats.iter().chain(case.rest.iter().flat_map(|(step, _)| &step.caveats))
}

fn notes(mut draft: Draft, model: &Model, network: &Network, case: &Case<'_>) -> Draft {
    let mut said: HashSet<&String> = HashSet::new();
    for caveat in caveats(case).filter(|caveat| said.insert(*caveat)) {
        draft = draft.note(caveat.clone());
    }
    let resource = holder(network, case.from).and_then(|holder| holder.resource(model));
    let bounded = resource.is_some_and(|id| model.resource(id).body.value("permissions_boundary").is_some());
    draft = match (holder(network, case.from), case.is_certain()) {
        (None, _) => draft.note("nothing in this code attaches it"),
        (Some(_), true) if bounded => {
            draft.note("no Deny and no condition prevents it, and the permissions boundary allows it")
        }
        (Some(_), true) => draft.note("no Deny, condition or permissions boundary prevents it"),
        (Some(_), false) => draft,
    };
    if case.standing() == Standing::AnyIdentity && case.step.unscoped {
        draft = draft.note("it holds for every such identity of the account, whichever there are");
    }
    if !case.also.is_empty() {
        let names = listed(case.also.iter().copied(), SHOWN);
        draft = draft.note(format!("the same statement serves as well: {names}"));
    }
    draft
}

/// Who else has the statement, and who may become the one who has it.
fn others(
    mut draft: Draft,
    model: &Model,
    network: &Network,
    lead: &Case<'_>,
    rest: &[Case<'_>],
    address: &str,
) -> Draft {
    let mut sites: HashSet<String> = HashSet::from([address.to_string()]);
    let mut names: Vec<String> = Vec::new();
    for case in rest.iter().filter(|case| case.persona == lead.persona) {
        let Some(evidence) = case.step.evidence.first() else { continue };
        let (address, attribute) = place(model, network.get(case.from), evidence);
        if sites.insert(address.clone()) {
            draft = draft.site(&address, &attribute, evidence.span);
        }
        let name = name(model, network.get(case.from)).replace('`', "");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if !names.is_empty() {
        draft = draft.note(format!("the same goes for {}", listed(names.iter().map(String::as_str), SHOWN)));
    }
    let before = network.steps_to(lead.from).filter(|(step, _)| step.kind == StepKind::Becomes);
    let mut before: Vec<String> =
        before.map(|(_, node)| name(model, network.get(node)).replace('`', "")).collect();
    before.dedup();
    if !before.is_empty() {
        draft = draft.note(format!(
            "whoever may become it may do so too: {}",
            listed(before.iter().map(String::as_str), SHOWN)
        ));
    }
    draft
}

fn help(case: &Case<'_>) -> String {
    let text = match shape(case.step.method) {
        Some(Shape::Pass { .. }) => {
            "name the roles that it has to pass, and add a condition on `iam:PassedToService` with the service that \
             runs them"
        }
        Some(Shape::Write { .. }) => {
            "drop the action; where identities have to be managed, ask for a permissions boundary with a condition \
             on `iam:PermissionsBoundary`, and name the roles, users or policies by a path of their own"
        }
        Some(Shape::TakeUser { .. } | Shape::TakeService) => {
            "limit it to `user/${aws:username}`, or drop it: software needs no keys of users"
        }
        Some(Shape::Retrust | Shape::Provider) => {
            "drop the action, or name the very resources that it maintains"
        }
        Some(Shape::Assume) => "name the roles that it assumes",
        Some(Shape::Run { .. }) => "name what it may change, and leave out what runs as something stronger",
        Some(Shape::Unbound) => "deny removing and replacing the permissions boundary",
        Some(Shape::Switch) => "drop the action, or name the policies; delete old versions",
        Some(Shape::Join) => "drop the action, or name the groups that may be joined",
        Some(Shape::Cluster) => "name the clusters, and leave access entries to whoever administers them",
        Some(Shape::PermissionSet) => "name the permission sets that it maintains",
        Some(Shape::Secrets) => "name the secrets that it reads",
        None => "cut the first step",
    };
    text.to_string()
}

fn remedy(case: &Case<'_>) -> String {
    let title = method(case.step.method).map_or("", |method| method.title.as_str());
    let blunt = method(case.step.method).and_then(|method| method.blunted_by.first());
    match blunt {
        Some(key) if key.contains(':') && !key.contains(' ') => {
            format!("add a condition on `{key}` to the marked statement ({title})")
        }
        _ => format!("narrow the marked statement ({title})"),
    }
}
