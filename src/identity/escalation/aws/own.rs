//! Writing permissions: one's own, everybody's, or those of somebody whom one may become.

use super::index::{Found, Index};
use super::methods::Method;
use super::principal::becomes;
use super::shapes::On;
use super::{ACCOUNT, Builder, Part, Seeker, named, targets};
use crate::eval::value::{ResourceId, Value};
use crate::iam::Pattern;
use crate::iam::Syntax;
use crate::iam::Verdict;
use crate::iam::aws::{Document, judge};
use crate::identity::escalation::{Node, Power};
use crate::identity::model::{Policy, Subject};
use crate::identity::permission::{Account, Answer, Ask, Entity, Limit, Nature, Target};
use crate::identity::policy::{Tag, pattern};

pub(super) fn write(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
    on: On,
    verb: &'static str,
) {
    let Some(action) = method.all.first() else { return };
    for (own, text) in own_targets(builder, seeker, on) {
        let Some(answer) = seeker.holding.may(Ask { action, target: Target::One(&own), service: None })
        else {
            continue;
        };
        let Some(certain) = unbounded(seeker) else { break };
        let goal = builder.goal(Power::Admin, ACCOUNT);
        let part = Part::new(format!("{verb} {text}"), vec![(action.as_str(), answer)]);
        builder.escalate(seeker, goal, name, part.certain(certain));
        return;
    }
    let kind = match on {
        On::Policy => &builder.kinds.policies,
        On::User => &builder.kinds.users,
        On::Group => &builder.kinds.groups,
        On::Role => &builder.kinds.roles,
    };
    if let Some(answer) = seeker.holding.may(Ask { action, target: Target::Every(kind), service: None }) {
        let what = match on {
            On::Policy => "any policy",
            On::User => "any user",
            On::Group => "any group",
            On::Role => "any role",
        };
        let goal = builder.goal(Power::AnyIdentity, ACCOUNT);
        let part = Part::new(format!("{verb} {what}"), vec![(action.as_str(), answer)]);
        builder.escalate(seeker, goal, name, part.unscoped());
        return;
    }
    others(builder, seeker, name, action, on, verb);
}

/// Somebody else declared here: an escalation only for who may become them as well.
fn others(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    action: &'static str,
    on: On,
    verb: &'static str,
) {
    let index: &Index = match on {
        On::User => &builder.indices.users,
        On::Role => &builder.indices.roles,
        On::Group => &builder.indices.groups,
        On::Policy => return,
    };
    let found: Vec<(&Found, Answer<'_>)> = targets(named(index, seeker, action), seeker, action, None);
    for (found, answer) in found {
        let mut answers = vec![(action, answer)];
        match becomes(builder, seeker, found) {
            Some((further, more)) => {
                answers.extend(more.map(|answer| (further, answer)));
                let goal = builder.goal(Power::Admin, ACCOUNT);
                let text = format!("{verb} `{}`, which it may become", found.address);
                builder.escalate(seeker, goal, name, Part::new(text, answers));
            }
            None => {
                let node = builder.network.node(Node::Outsider(format!("permissions of {}", found.address)));
                builder.escalate(
                    seeker,
                    node,
                    name,
                    Part::new(format!("{verb} `{}`", found.address), answers),
                );
            }
        }
    }
}

/// What is the holder's own: itself, its groups, its policies; and how it is called.
fn own_targets(builder: &Builder<'_>, seeker: &Seeker<'_, '_>, on: On) -> Vec<(Entity, String)> {
    let itself = || seeker.holding.own.clone().map(|own| (own, "itself".to_string())).into_iter().collect();
    match (on, seeker.holding.nature) {
        (On::Role, Nature::Role) | (On::User, Nature::User) | (On::Group, Nature::Group) => itself(),
        (On::Role | On::User | On::Group, Nature::Anyone) => {
            let kind = match on {
                On::Role => "role",
                On::User => "user",
                _ => "group",
            };
            let name = if on == On::User { "user/\u{1}" } else { kind };
            let entity = Entity {
                resource: None,
                service: "iam",
                path: Pattern::literal(name),
                account: Account::default(),
            };
            // Only users have a variable for themselves; everything is for `Every` to find.
            if on == On::User { vec![(entity, "itself".to_string())] } else { Vec::new() }
        }
        (On::Group, Nature::User) => groups(builder, seeker),
        (On::Policy, _) => policies(builder, seeker),
        _ => Vec::new(),
    }
}

/// Groups whose grants reach the user.
fn groups(builder: &Builder<'_>, seeker: &Seeker<'_, '_>) -> Vec<(Entity, String)> {
    let mut ids: Vec<ResourceId> = Vec::new();
    for grant in seeker.grants {
        for subject in &builder.model.grants[*grant].subjects {
            match subject {
                Subject::Resource(id) if !ids.contains(id) => ids.push(*id),
                _ => {}
            }
        }
    }
    let found = ids.into_iter().filter_map(|id| builder.indices.groups.of(id));
    found.map(|found| (found.entity.clone(), format!("its group `{}`", found.address))).collect()
}

/// Customer managed policies among its grants.
fn policies(builder: &Builder<'_>, seeker: &Seeker<'_, '_>) -> Vec<(Entity, String)> {
    let mut found: Vec<(Entity, String)> = Vec::new();
    for grant in seeker.grants {
        let Policy::Aws(policy) = &builder.model.grants[*grant].policy else { continue };
        let resource = builder.model.resource(policy.resource);
        if &*resource.kind != "aws_iam_policy" || found.iter().any(|(it, _)| it.resource == Some(resource.id))
        {
            continue;
        }
        let start = resource.body.value("path").and_then(Value::as_str).unwrap_or("/");
        let name = resource.body.value("name").map(|value| pattern(value, Syntax::Literal));
        let builder = Pattern::builder(Syntax::Literal).text("policy").text(start);
        let path = match name.filter(|name| !name.has_hole()) {
            Some(name) => {
                name.pieces().iter().cloned().fold(builder, |builder, piece| builder.piece(piece)).build()
            }
            None => builder.text("\u{1}").build(),
        };
        let entity =
            Entity { resource: Some(resource.id), service: "iam", path, account: Account::default() };
        found.push((entity, format!("`{}`, which it holds", resource.address)));
    }
    found
}

/// Whether what it gives itself is worth having: within a boundary it is only where that allows everything.
/// None where it is not, and otherwise whether that is certain.
fn unbounded(seeker: &Seeker<'_, '_>) -> Option<bool> {
    match &seeker.holding.limit {
        Limit::None => Some(true),
        Limit::Unread(_) => Some(false),
        Limit::Read { document, .. } => (judge(&[*document]).verdict == Verdict::Admin).then_some(true),
    }
}

/// Older versions may have allowed more, or less.
pub(super) fn switch(builder: &mut Builder<'_>, seeker: &Seeker<'_, '_>, name: &'static str) {
    const ACTION: &str = "iam:SetDefaultPolicyVersion";
    let mut asked = own_targets(builder, seeker, On::Policy).into_iter().filter_map(|(own, text)| {
        let ask = Ask { action: ACTION, target: Target::One(&own), service: None };
        Some((seeker.holding.may(ask)?, text))
    });
    let own = asked.next();
    let every = Ask { action: ACTION, target: Target::Every(&builder.kinds.policies), service: None };
    let (answer, what, unscoped) = match (own, seeker.holding.may(every)) {
        (_, Some(answer)) => (answer, "any policy".to_string(), true),
        (Some((answer, text)), None) => (answer, text, false),
        (None, None) => return,
    };
    let mut answer = answer;
    answer.caveats.push("how much that yields depends on the older versions of the policy".to_string());
    let goal = builder.goal(Power::AnyIdentity, ACCOUNT);
    let mut part = Part::new(format!("switches {what} to an older version"), vec![(ACTION, answer)]);
    part.unscoped = unscoped;
    builder.escalate(seeker, goal, name, part);
}

/// Groups that allow more.
pub(super) fn join(builder: &mut Builder<'_>, seeker: &Seeker<'_, '_>, name: &'static str) {
    const ACTION: &str = "iam:AddUserToGroup";
    let user = matches!(seeker.holding.nature, Nature::User | Nature::Anyone);
    let every = Ask { action: ACTION, target: Target::Every(&builder.kinds.groups), service: None };
    if let Some(answer) = seeker.holding.may(every) {
        let text = if user { "joins any group" } else { "puts any user into any group" };
        let answers = vec![(ACTION, answer)];
        let goal = builder.goal(Power::AnyIdentity, ACCOUNT);
        builder.escalate(seeker, goal, name, Part::new(text.to_string(), answers.clone()).unscoped());
        if !user {
            return;
        }
        let groups = &builder.indices.groups;
        let node = builder.class("any group".to_string(), || {
            groups.all.iter().filter_map(|found| Some((found.leads_to.clone()?, true, None))).collect()
        });
        builder.escalate(seeker, node, name, Part::new(text.to_string(), answers).unscoped());
        return;
    }
    let named = named(&builder.indices.groups, seeker, ACTION);
    for (found, answer) in targets(named, seeker, ACTION, None) {
        let Some(holder) = &found.leads_to else { continue };
        let node = match user {
            true => builder.network.node(Node::Holder(holder.clone())),
            false => builder.network.node(Node::Outsider(format!("members of {}", found.address))),
        };
        let part = Part::new(format!("joins `{}`", found.address), vec![(ACTION, answer)]);
        builder.escalate(seeker, node, name, part);
    }
}

/// Boundaries hold back their roles and users only as long as they stay.
pub(super) fn unbound(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
) {
    unbound_others(builder, seeker, name, method);
    unbound_itself(builder, seeker, name, method);
}

/// Everybody else's boundaries: whoever one of them holds back then has what it was to keep from them.
fn unbound_others(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
) {
    let mut answers = method.any.iter().flatten().filter_map(|action| {
        let (kind, any) = match action.contains("Role") {
            true => (&builder.kinds.roles, "any role"),
            false => (&builder.kinds.users, "any user"),
        };
        let ask = Ask { action, target: Target::Every(kind), service: None };
        let verb = if action.contains("Delete") { "takes off" } else { "replaces" };
        Some((action.as_str(), seeker.holding.may(ask)?, format!("{verb} the permissions boundary of {any}")))
    });
    let Some((action, answer, text)) = answers.next() else { return };
    let goal = builder.goal(Power::Data, "whoever a permissions boundary limits");
    builder.escalate(seeker, goal, name, Part::new(text, vec![(action, answer)]).unscoped());
}

/// Without its boundary it is an administrator.
fn unbound_itself(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
) {
    let Limit::Read { name: limit, .. } = &seeker.holding.limit else { return };
    let Some(own) = &seeker.holding.own else { return };
    let wanted = match seeker.holding.nature {
        Nature::Role => "Role",
        Nature::User => "User",
        _ => return,
    };
    let documents: Vec<&Document<Tag>> =
        seeker.holding.sources.iter().map(|source| source.document).collect();
    if judge(&documents).verdict != Verdict::Admin {
        return;
    }
    let actions = method.any.iter().flatten().filter(|action| action.contains(wanted));
    let mut answers = actions.filter_map(|action| {
        let ask = Ask { action, target: Target::One(own), service: None };
        Some((action.as_str(), seeker.holding.may(ask)?))
    });
    let Some(answer) = answers.next() else { return };
    let goal = builder.goal(Power::Admin, ACCOUNT);
    let text = format!("drops its own permissions boundary {limit}, behind which it is an administrator");
    builder.escalate(seeker, goal, name, Part::new(text, vec![answer]));
}
