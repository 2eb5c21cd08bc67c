use super::Case;
use crate::identity::Model;
use crate::identity::escalation::{Node, Step, StepKind, network};
use crate::source::Span;

/// Hops that a message tells; the others are among its labels.
const TOLD: usize = 3;

/// What somebody can do, and what that leads to.
pub(super) fn sentence(model: &Model, case: &Case<'_>) -> String {
    let mut text = case.step.text.clone();
    let steps = case.path.as_ref().map(|path| path.steps.as_slice()).unwrap_or_default();
    for (step, to) in steps.iter().take(TOLD) {
        match (step.kind, network(model).get(*to)) {
            // That a class has what it is called after goes without saying.
            (StepKind::Is, Node::Goal(_)) if step.evidence.is_empty() => {}
            (StepKind::Is, Node::Holder(holder)) => {
                let named = holder.describe(model);
                if !text.contains(&named) {
                    text.push_str(&format!(", {named} among them"));
                }
            }
            _ => text.push_str(&format!(", which {}", step.text)),
        }
    }
    match steps.len() > 1 || text.contains(", which") {
        true => format!("{text},"),
        false => text,
    }
}

/// Where the rest of the way is written, in its order.
pub(super) fn way(model: &Model, case: &Case<'_>) -> Vec<(Span, String)> {
    let mut found: Vec<(Span, String)> = Vec::new();
    for other in case.step.evidence.iter().skip(1) {
        found.push((other.span, format!("together with `{}`", other.text)));
    }
    let steps = case.path.as_ref().map(|path| path.steps.as_slice()).unwrap_or_default();
    let mut at = network(model).get(case.to);
    for (step, to) in steps {
        if let Some(evidence) = step.evidence.first() {
            found.push((evidence.span, told(model, at, step)));
        }
        at = network(model).get(*to);
    }
    found.truncate(6);
    found
}

fn told(model: &Model, at: &Node, step: &Step) -> String {
    match at {
        Node::Holder(holder) => format!("{} {}", holder.describe(model), step.text),
        Node::Outsider(name) | Node::Class(name) => format!("{name} {}", step.text),
        _ => step.text.clone(),
    }
}
