//! A permission to pass every role, limited to those that are meant.

use super::Case;
use crate::diagnostic::{Applicability, Fix};
use crate::eval::{InstanceKey, Resource, ResourceMode};
use crate::iam::aws::{PrincipalKind, Resources, Statement};
use crate::identity::Policy;
use crate::identity::escalation::aws::{Shape, shape};
use crate::identity::policy::Tag;
use crate::identity::privilege::{Level, privilege};
use crate::rules::Context;
use crate::rules::policy_edits::{Place, Term};
use crate::rules::surroundings::listed;

const PASS: &str = "iam:PassRole";
/// With more of them, nobody would read the list.
const MANY: usize = 4;

/// Names the roles of the module that trust a service to which roles are passed, if they are allowed too little to
/// escalate any further.
pub(super) fn meant_roles(cx: &Context<'_>, cases: &[Case<'_>]) -> Option<Fix> {
    let lead = cases.first()?;
    let mut services: Vec<&str> = Vec::new();
    for name in cases.iter().flat_map(|case| case.also.iter().chain([&case.step.method])) {
        match shape(name) {
            Some(Shape::Pass { to, .. }) => services.extend(to.iter().copied()),
            _ => return None,
        }
    }
    let root = lead.root()?;
    let grant = &cx.model.grants[lead.step.evidence.first()?.grant?];
    let Policy::Aws(policy) = &grant.policy else { return None };
    let statement = policy.document.statements.iter().find(|it| it.at.span == Some(root))?;
    let Resources::Only(elements) = &statement.resources else { return None };
    let ([element], true) = (elements.as_slice(), passes_alone(statement)) else { return None };
    let place = Place::of(cx, root)?;
    let roles = place.within_reach(cx, "aws_iam_role");
    let trusting: Vec<&Resource> = roles.into_iter().filter(|role| trusts(cx, role, &services)).collect();
    let weak = |role: &&Resource| {
        let level = cx.model.identity_of(role.id).map(|identity| privilege(cx.model, identity.id).level);
        let plain = role.key == InstanceKey::None && role.mode == ResourceMode::Managed;
        plain && level.is_some_and(|level| level < Level::Permissions)
    };
    let few = (1..=MANY).contains(&trusting.len());
    if !few || !trusting.iter().all(weak) || !element.pattern.is_any() {
        return None;
    }
    let arns: Vec<Term> =
        trusting.iter().map(|role| Term::Reference(format!("{}.arn", role.local_address()))).collect();
    let edit = place.replace_by(element.at.span?, "*", &arns)?;
    let names = trusting.iter().map(|role| role.local_address()).collect::<Vec<_>>();
    let named = listed(names.iter().map(String::as_str), MANY);
    let title = match trusting.len() {
        1 => format!("Let it pass {named} only, which trusts the service here"),
        _ => format!("Let it pass {named} only, which trust the service here"),
    };
    Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
}

fn passes_alone(statement: &Statement<Tag>) -> bool {
    let is_pass = |text: &str| text.eq_ignore_ascii_case(PASS);
    let actions = statement.actions.elements();
    !statement.actions.is_negated() && actions.iter().all(|it| it.pattern.as_text().is_some_and(is_pass))
}

fn trusts(cx: &Context<'_>, role: &Resource, services: &[&str]) -> bool {
    let Some(trust) = cx.model.identity_of(role.id).and_then(|identity| identity.trust.as_ref()) else {
        return false;
    };
    let principals = trust.document.statements.iter().flat_map(|statement| statement.principals.list());
    let mut named = principals.filter(|principal| principal.kind == PrincipalKind::Service);
    named.any(|principal| principal.element.pattern.as_text().is_none_or(|text| services.contains(&text)))
}
