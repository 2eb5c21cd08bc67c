//! One request against documents: may somebody do this, on that, under what is known of the request?
//! Source: AWS IAM User Guide, "Policy evaluation logic".

use super::condition::fill;
use super::{Caveat, Document, Effect, Resources, Statement};
use crate::iam::Tri;
use crate::iam::pattern::Element;

/// What is asked.
#[allow(missing_debug_implementations)]
pub struct Request<'a, T> {
    /// `iam:PassRole`, in any case.
    pub action: &'a str,
    /// Whether an element of `Resource` takes the resource in.
    pub resource: &'a dyn Fn(&Element<T>) -> Tri,
    /// The values of a condition key, by its name in lower case.
    pub context: &'a dyn Fn(&str) -> Key,
}

/// What is known of a condition key in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Absent,
    Values(Vec<String>),
    Unknown,
}

/// The answer, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub answer: Tri,
    /// Whether a statement allows it, Denies left aside.
    pub allowed: Tri,
    /// Whether a statement denies it.
    pub denied: Tri,
    /// Index of the document and of the statement in it: those that allow it, certain ones first.
    pub allowed_by: Vec<(usize, usize)>,
    /// Those that deny it, or may.
    pub denied_by: Vec<(usize, usize)>,
    /// Conditions of the first allowing statement on keys that are not known.
    pub hinges: Vec<Caveat>,
}

/// Judges a request against documents that allow together, an explicit Deny in any of them going first. A limit,
/// such as a permissions boundary, is a decision of its own: both have to say yes.
pub fn decide<T>(documents: &[&Document<T>], request: &Request<'_, T>) -> Decision {
    let mut allowed: Vec<(Tri, (usize, usize))> = Vec::new();
    let mut denied = Tri::No;
    let mut denied_by = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        for (index, statement) in document.statements.iter().enumerate() {
            let matched = matches(statement, request);
            if matched.is_no() {
                continue;
            }
            if statement.effect != Effect::Deny {
                let sure = if statement.effect == Effect::Unknown { Tri::Maybe } else { matched };
                allowed.push((sure, (at, index)));
            }
            if statement.effect != Effect::Allow {
                let sure = if statement.effect == Effect::Unknown { Tri::Maybe } else { matched };
                denied = denied.or(sure);
                denied_by.push((at, index));
            }
        }
    }
    allowed.sort_by_key(|(sure, at)| (std::cmp::Reverse(*sure), *at));
    let granted = Tri::any(allowed.iter().map(|(sure, _)| *sure));
    let hinges = allowed.first().map(|(_, (document, statement))| {
        let statement = &documents[*document].statements[*statement];
        let open = statement.caveats().into_iter();
        open.filter(|caveat| statement.conditions[caveat.condition].holds(request.context) == Tri::Maybe)
            .collect()
    });
    Decision {
        answer: granted.and(!denied),
        allowed: granted,
        denied,
        allowed_by: allowed.into_iter().map(|(_, at)| at).collect(),
        denied_by,
        hinges: hinges.unwrap_or_default(),
    }
}

/// Whether a statement is about a request, whoever makes it.
pub(super) fn matches<T>(statement: &Statement<T>, request: &Request<'_, T>) -> Tri {
    let elements = statement.actions.elements().iter();
    let named = Tri::any(elements.map(|element| element.pattern.matches_ignore_case(request.action)));
    let action = if statement.actions.is_negated() { !named } else { named };
    if action.is_no() {
        return Tri::No;
    }
    let of = |elements: &[Element<T>]| Tri::any(elements.iter().map(|element| (request.resource)(element)));
    let resource = match &statement.resources {
        Resources::Absent => Tri::Yes,
        Resources::Only(elements) => of(elements),
        Resources::Not(elements) => !of(elements),
    };
    if resource.is_no() {
        return Tri::No;
    }
    let conditions = Tri::all(statement.conditions.iter().map(|condition| condition.holds(request.context)));
    action.and(resource).and(conditions)
}

/// Whether an element of `Resource` names this ARN, once policy variables are filled in.
pub fn names_resource<T>(element: &Element<T>, arn: &str, context: &dyn Fn(&str) -> Key) -> Tri {
    match fill(&element.pattern, context) {
        Some(pattern) => pattern.matches_resource(arn),
        None => Tri::No,
    }
}
