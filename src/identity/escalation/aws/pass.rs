//! Passing a role to something new, which then runs as it.

use super::doors::Door;
use super::index::{Found, Index};
use super::methods::Method;
use super::reach::{Hit, Reach, everything, scoped};
use super::shapes::service_name;
use super::{ACCOUNT, Builder, Member, Part, Seeker, somewhere};
use crate::iam::aws::Resources;
use crate::identity::escalation::{Node, Power};
use crate::identity::model::{IdentityId, Subject};
use crate::identity::permission::{Answer, Ask, Target};
use indexmap::IndexMap;

const PASS: &str = "iam:PassRole";

pub(super) fn pass(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
    to: &'static [&'static str],
    by: &'static str,
) {
    let Some(others) = somewhere(seeker.holding, &method.all, &method.any, PASS) else { return };
    let mut found = false;
    for service in to {
        let every = Target::Every(&builder.kinds.roles);
        let any = seeker.holding.may(Ask { action: PASS, target: every, service: Some(service) });
        found |= match any {
            Some(answer) => {
                everyone(builder, seeker, name, service, by, with(answer, &others));
                true
            }
            None => some(builder, seeker, name, service, by, &others),
        };
    }
    if !found {
        elsewhere(builder, seeker, name, by, &others);
    }
}

/// The statement that lets the role be passed is the one to cut.
fn with<'s>(answer: Answer<'s>, others: &[(&'s str, Answer<'s>)]) -> Vec<(&'s str, Answer<'s>)> {
    std::iter::once((PASS, answer)).chain(others.iter().cloned()).collect()
}

fn trusts(address: &str, service: &str) -> String {
    format!("`{address}` trusts {}", service_name(service))
}

/// Any role, whichever there are.
fn everyone<'s>(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, 's>,
    name: &'static str,
    service: &'static str,
    by: &'static str,
    answers: Vec<(&'s str, Answer<'s>)>,
) {
    let text = format!("passes any role that trusts {} {by}", service_name(service));
    let goal = builder.goal(Power::AnyIdentity, ACCOUNT);
    builder.escalate(seeker, goal, name, Part::new(text.clone(), answers.clone()).unscoped());
    let Some(doors) = builder.doors.services.get(service) else { return };
    let (what, indices) = (format!("role that trusts {service}"), builder.indices);
    let trusting = |found: &Found| member(doors, found);
    let reach = reach(&indices.roles, service, &what, &trusting);
    if let Some(node) = everything(builder, seeker, reach) {
        builder.escalate(seeker, node, name, Part::new(text, answers).unscoped());
    }
}

fn reach<'r>(
    index: &'r Index,
    service: &'static str,
    what: &'r str,
    member: &'r dyn Fn(&Found) -> Option<Member>,
) -> Reach<'r> {
    Reach { index, action: PASS, service: Some(service), what, member }
}

/// A role that does not trust the service is of no use to whoever passes it there.
fn member(doors: &IndexMap<IdentityId, Door>, found: &Found) -> Option<Member> {
    let holder = found.leads_to.clone()?;
    let Subject::Identity(id) = holder.subject else { return None };
    let door = doors.get(&id)?;
    Some((holder, door.certain, Some(door.span)))
}

/// Roles that are declared here and trust the service.
fn some<'s>(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, 's>,
    name: &'static str,
    service: &'static str,
    by: &'static str,
    others: &[(&'s str, Answer<'s>)],
) -> bool {
    let Some(doors) = builder.doors.services.get(service) else { return false };
    let (what, indices) = (format!("role that trusts {service}"), builder.indices);
    let trusting = |found: &Found| member(doors, found);
    let hits = scoped(builder, seeker, reach(&indices.roles, service, &what, &trusting));
    let found = !hits.is_empty();
    for hit in hits {
        match hit {
            Hit::One(role, answer) => {
                let Some((holder, certain, span)) = member(doors, role) else { continue };
                let node = builder.network.node(Node::Holder(holder));
                let text = format!("passes `{}` {by}", role.address);
                let mut part = Part::new(text, with(answer, others)).certain(certain);
                part.trust = span.map(|span| (span, trusts(&role.address, service)));
                builder.escalate(seeker, node, name, part);
            }
            Hit::Many(node, like, answer) => {
                let text =
                    format!("passes any role like `{like}` that trusts {} {by}", service_name(service));
                builder.escalate(seeker, node, name, Part::new(text, with(answer, others)));
            }
        }
    }
    found
}

/// Roles that are not declared here: nothing is known of them.
fn elsewhere<'s>(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, 's>,
    name: &'static str,
    by: &'static str,
    others: &[(&'s str, Answer<'s>)],
) {
    let mut elements = seeker.holding.allowing(PASS).flat_map(|statement| match &statement.resources {
        Resources::Only(elements) => elements.as_slice(),
        _ => &[],
    });
    let Some(element) = elements.find(|element| element.at.of.is_none() && !element.pattern.is_unknown())
    else {
        return;
    };
    let target = Target::Like(element);
    let Some(answer) = seeker.holding.may(Ask { action: PASS, target, service: None }) else { return };
    let node = builder.network.node(Node::Outsider(format!("role {}", element.pattern)));
    let text = format!("passes `{}` {by}", element.pattern);
    builder.escalate(seeker, node, name, Part::new(text, with(answer, others)));
}
