//! Statements that are too wide by themselves, whoever has them: one finding for each, with all who have it.

use super::{audience, name, place};
use crate::diagnostic::{Persona, Severity};
use crate::identity::Model;
use crate::identity::escalation::aws::everyone;
use crate::identity::escalation::{Evidence, Node};
use crate::identity::permission::Holding;
use crate::identity::permission::permissions;
use crate::rules::surroundings::listed;
use crate::rules::{Draft, RuleInfo, privileged};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::HashSet;

/// Somebody who has such a statement.
#[derive(Debug)]
pub struct Wide<E> {
    pub node: Node,
    /// The statement, and what belongs to it.
    pub evidence: Vec<Evidence>,
    pub persona: Persona,
    /// What the rule wants to know further.
    pub extra: E,
}

/// The statement with what belongs to it, whom it is for, and what the rule wants to know further.
pub type Told<E> = (Vec<Evidence>, Persona, E);

/// Looks at everyone and groups what is found by statement; those whom it concerns most come first.
pub fn wide<E>(
    model: &Model,
    find: &dyn Fn(&Holding<'_>) -> Option<Told<E>>,
) -> IndexMap<Span, Vec<Wide<E>>> {
    let permissions = permissions(model);
    let mut found: IndexMap<Span, Vec<Wide<E>>> = IndexMap::new();
    everyone(model, permissions, &mut |node, holding, _| {
        let Some((evidence, persona, extra)) = find(holding) else { return };
        let Some(first) = evidence.first() else { return };
        let (Some(root), Some(own)) = (first.root, audience(model, &node, first.grant)) else { return };
        let persona = persona.max(own);
        found.entry(root).or_default().push(Wide { node, evidence, persona, extra });
    });
    found.values_mut().for_each(|all| all.sort_by_key(|it| it.persona));
    found
}

/// What is the same for all such findings. `says` follows the name of who has it.
pub fn draft<E>(model: &Model, info: &'static RuleInfo, all: &[Wide<E>], says: &str) -> Option<Draft> {
    let lead = all.first()?;
    let first = lead.evidence.first()?;
    let (address, attribute) = place(model, &lead.node, first);
    let who = name(model, &lead.node);
    let holder = match &lead.node {
        Node::Holder(holder) => Some(holder),
        _ => None,
    };
    let message = match holder {
        Some(_) => format!("{who} {says}"),
        None => format!("{who}: whoever gets it {says}"),
    };
    let severity = if holder.is_some() { info.severity } else { info.severity.min(Severity::Medium) };
    let environment = match holder {
        Some(holder) => privileged::environment(model, &[holder]),
        None => model.environment.as_ref(),
    };
    let mut draft = Draft::new(info, &address, &attribute, first.span, message)
        .label(first.text.clone())
        .severity(severity)
        .persona(lead.persona)
        .root(first.root?)
        .identity(who.replace('`', ""))
        .environment(environment);
    if let Some(holder) = holder {
        draft = draft.owner(privileged::owner(model, &[holder]));
    }
    for evidence in lead.evidence.iter().skip(1) {
        draft = draft.related(evidence.span, format!("together with {}", evidence.text));
    }
    let mut sites: HashSet<String> = HashSet::from([address]);
    let mut names: Vec<String> = Vec::new();
    for other in all.iter().skip(1).filter(|other| other.persona == lead.persona) {
        let Some(evidence) = other.evidence.first() else { continue };
        let (address, attribute) = place(model, &other.node, evidence);
        if sites.insert(address.clone()) {
            draft = draft.site(&address, &attribute, evidence.span);
        }
        names.push(name(model, &other.node).replace('`', ""));
    }
    if !names.is_empty() {
        draft = draft.note(format!("the same goes for {}", listed(names.iter().map(String::as_str), 3)));
    }
    Some(match holder {
        Some(_) => draft,
        None => draft.note("nothing in this code attaches it"),
    })
}
