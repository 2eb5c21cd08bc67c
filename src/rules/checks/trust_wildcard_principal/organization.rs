//! The condition that keeps a statement within the organization, where the code knows which one that is.

use crate::diagnostic::{Applicability, Fix};
use crate::identity::Model;
use crate::identity::guarded::{Guarded, guarded};
use crate::rules::Context;
use crate::rules::policy_edits::{Demand, Place, Term};

pub(super) fn fix(cx: &Context<'_>, guarded: &Guarded, index: usize) -> Option<Fix> {
    let statement = guarded.document.document.statements.get(index)?;
    // A condition that does not hold what it promises is to be mended, and not doubled.
    if statement.conditions.iter().any(|condition| condition.is_about("aws:PrincipalOrgID")) {
        return None;
    }
    let place = Place::of(cx, statement.at.span?)?;
    let organization =
        place.sole(cx, "aws_organizations_organization", "id").or_else(|| written(cx.model))?;
    let edits = place.demand(&Demand::one("StringEquals", "aws:PrincipalOrgID", organization))?;
    Some(Fix::new("Let in the accounts of the organization only".to_string(), Applicability::Unsafe, edits))
}

/// The one that other statements name, if it is always the same.
fn written(model: &Model) -> Option<Term> {
    let mut ids: Vec<&str> = guarded(model)
        .iter()
        .flat_map(|it| &it.document.document.statements)
        .flat_map(|statement| &statement.conditions)
        .filter(|condition| condition.is_about("aws:PrincipalOrgID"))
        .flat_map(|condition| &condition.values)
        .filter_map(|value| value.pattern.as_text().filter(|text| text.starts_with("o-")))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    match ids.as_slice() {
        [one] => Some(Term::text(*one)),
        _ => None,
    }
}
