//! How an open trust is put into words.

use super::{Case, Rank};
use crate::diagnostic::{Applicability, Confidence, Edit, Fix};
use crate::eval::block_address;
use crate::iam::aws::{Strength, Topic};
use crate::identity::trust::{Cause, Issuer, Width, claim_of, read_subject};
use crate::rules::surroundings::listed;
use crate::rules::{Context, Draft, RuleInfo};
use crate::source::Span;
use std::collections::HashSet;

/// Roles that are named before the rest is counted.
const NAMED: usize = 2;

/// A finding about how wide a statement of AWS is open.
pub(in crate::rules) fn aws(cx: &Context<'_>, info: &'static RuleInfo, case: &Case<'_>, rank: Rank) -> Draft {
    let opening = &case.admission.opening;
    let verb = if case.identities.is_empty() { "lets in" } else { "can be assumed by" };
    let mut message = format!("{} {verb} {}", named(case), opening.described);
    if opening.width != Some(Width::Nobody) {
        message.push_str(", ");
        message.push_str(&match (&opening.cause, case.admission.provider.issuer) {
            (Cause::NoCondition, Issuer::Cognito) => {
                "since no condition asks for the identity pool".to_string()
            }
            (cause, _) => reason(cause),
        });
    }
    let draft = about(cx, info, case, rank, case.span, message).label(label(&opening.cause, opening.width));
    // What is written in the statement itself needs no second look at it.
    match &case.value {
        Some(value) if !value.meta.hops().is_empty() || case.span.file != case.root.file => {
            draft.related(case.root, "the statement").route(value)
        }
        _ => draft,
    }
}

/// A finding about a statement of AWS, for all roles that have it.
pub(in crate::rules) fn about(
    cx: &Context<'_>,
    info: &'static RuleInfo,
    case: &Case<'_>,
    rank: Rank,
    span: Span,
    message: String,
) -> Draft {
    let rank = rank.in_place(cx, case.root);
    let mut severity = rank.severity;
    let mut draft = Draft::new(info, &case.first.address, case.attribute, span, message)
        .persona(rank.persona)
        .root(case.root)
        .confidence(if case.admission.provider.certain { Confidence::High } else { Confidence::Medium });
    for resource in &case.others {
        draft = draft.site(&resource.address, case.attribute, span);
    }
    if case.identities.is_empty() {
        draft = draft.note("no role here uses this document");
    }
    for caveat in case.statement.caveats() {
        if caveat.topic == Topic::Network && caveat.strength == Strength::Strong {
            severity = severity.shifted(-1);
            draft = draft
                .note(format!("`{}` limits from where, which lowers the severity by one step", caveat.key));
        }
    }
    if let Some(identity) = case.identities.first() {
        draft = draft
            .identity(identity.address.clone())
            .owner(identity.owner.name())
            .environment(identity.environment.as_ref());
    }
    draft.severity(severity)
}

/// `a`, `b` and 3 more.
pub(in crate::rules) fn named(case: &Case<'_>) -> String {
    let mut seen = HashSet::new();
    let all = std::iter::once(&case.first).chain(&case.others);
    let names: Vec<String> = all.map(|resource| block_address(&resource.address)).collect();
    listed(names.iter().map(String::as_str).filter(|name| seen.insert(*name)), NAMED)
}

/// The operator without what makes it pass.
pub(in crate::rules) fn plain_operator(case: &Case<'_>, operator: &str) -> Fix {
    let plain = operator.rsplit(':').next().unwrap_or(operator);
    let plain = plain.strip_suffix("IfExists").unwrap_or(plain);
    let title = format!("Test with `{plain}`, which fails when the claim is missing");
    // The span is that of the operator where it could be found.
    match case.span.len() == operator.len() && asks_for_one(case, operator) {
        true => {
            let edits = vec![Edit { span: case.span, text: plain.to_string() }];
            Fix::new(title, Applicability::Unsafe, edits)
        }
        false => Fix::manual(title),
    }
}

/// What the operator is given is narrow, so that nothing is left once it tests.
fn asks_for_one(case: &Case<'_>, operator: &str) -> bool {
    let conditions = case.statement.conditions.iter().filter(|it| it.operator.as_str() == operator);
    let issuer = case.admission.provider.issuer;
    conditions.into_iter().all(|condition| {
        claim_of(&condition.key) == "sub"
            && condition
                .values
                .iter()
                .all(|value| read_subject(issuer, &value.pattern).width == Some(Width::One))
    })
}

/// Why it is that wide.
pub(in crate::rules) fn reason(cause: &Cause) -> String {
    match cause {
        Cause::NoCondition => "since no condition asks for the subject of their tokens".to_string(),
        Cause::Value { claim, value } => format!("since `{claim}` may be `{value}`"),
        Cause::PassesWithout { claim, operator } => {
            format!("since `{operator}` passes for tokens without `{claim}`")
        }
        Cause::AllBut { operator, .. } => format!("since `{operator}` keeps out only what it names"),
    }
}

fn label(cause: &Cause, width: Option<Width>) -> String {
    match (cause, width) {
        (_, Some(Width::Nobody)) => "never matches".to_string(),
        (Cause::NoCondition, _) => "no condition on the subject".to_string(),
        (Cause::Value { .. }, width) => reach(width).to_string(),
        (Cause::PassesWithout { .. }, _) => "passes when the claim is missing".to_string(),
        (Cause::AllBut { .. }, _) => "everything else passes".to_string(),
    }
}

/// A width in few words.
pub(in crate::rules) fn reach(width: Option<Width>) -> &'static str {
    match width {
        Some(Width::Anyone) => "lets in everybody",
        Some(Width::Prefix) => "others may be called so as well",
        Some(Width::Organization) => "takes in everything of one owner",
        Some(Width::Family) => "takes in all that are called alike",
        Some(Width::Whole) => "any branch, any run",
        Some(Width::One) => "one subject",
        Some(Width::Nobody) => "never matches",
        None => "not known",
    }
}
