//! Passing a role to something new, which then runs as it.

use super::doors::Door;
use super::methods::Method;
use super::shapes::service_name;
use super::{ACCOUNT, Builder, Part, Seeker, members, somewhere, targets};
use crate::iam::aws::Resources;
use crate::identity::escalation::{Node, Power};
use crate::identity::model::{IdentityId, Subject};
use crate::identity::permission::{Answer, Ask, Target};
use std::collections::HashMap;

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
    let doors: &[Door] = builder.doors.services.get(service).map_or(&[], Vec::as_slice);
    if doors.is_empty() {
        return;
    }
    if seeker.holding.is_restrained(PASS) {
        let roles = doors
            .iter()
            .filter_map(|door| builder.indices.roles.of(builder.model.identity(door.role).resource));
        let found = targets(roles.collect(), seeker, PASS, Some(service));
        let trusting: HashMap<IdentityId, &Door> = doors.iter().map(|door| (door.role, door)).collect();
        let others = &answers[1..];
        for (role, answer) in found {
            let Some(holder) = &role.leads_to else { continue };
            let Subject::Identity(id) = holder.subject else { continue };
            let Some(door) = trusting.get(&id) else { continue };
            let text = format!("passes `{}` {by}", role.address);
            let node = builder.network.node(Node::Holder(holder.clone()));
            let part = Part::new(text, with(answer, others)).unscoped().certain(door.certain);
            builder.escalate(seeker, node, name, part.trust(door.span, trusts(&role.address, service)));
        }
        return;
    }
    let account = &seeker.holding.account;
    let (model, indices) = (builder.model, builder.indices);
    let class = format!("any role that trusts {service}{}", account.label());
    let node = builder.class(class, || members(model, indices, doors, account));
    builder.escalate(seeker, node, name, Part::new(text, answers).unscoped());
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
    let named = builder.indices.roles.named(seeker.holding, PASS);
    if named.is_empty() {
        return false;
    }
    let doors: &[Door] = builder.doors.services.get(service).map_or(&[], Vec::as_slice);
    let trusting: HashMap<IdentityId, &Door> = doors.iter().map(|door| (door.role, door)).collect();
    for (role, answer) in targets(named, seeker, PASS, Some(service)) {
        let Some(holder) = &role.leads_to else { continue };
        let Subject::Identity(id) = holder.subject else { continue };
        // A role that does not trust the service is of no use to whoever passes it there.
        let Some(door) = trusting.get(&id) else { continue };
        let text = format!("passes `{}` {by}", role.address);
        let node = builder.network.node(Node::Holder(holder.clone()));
        let part = Part::new(text, with(answer, others)).certain(door.certain);
        builder.escalate(seeker, node, name, part.trust(door.span, trusts(&role.address, service)));
    }
    true
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
