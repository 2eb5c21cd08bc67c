//! Becoming somebody else, by their credentials or by their trust.

use super::index::Found;
use super::methods::Method;
use super::{ACCOUNT, Builder, Part, Seeker, members, somewhere, targets};
use crate::identity::escalation::{Node, Power, StepKind};
use crate::identity::model::Subject;
use crate::identity::permission::{Answer, Ask, Kind as Every, Target};
use crate::identity::privilege::Holder;
use std::collections::HashMap;

/// Credentials of users.
pub(super) fn take_user(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
    verb: &'static str,
) {
    let Some(action) = method.all.first() else { return };
    let target = Target::Every(&builder.kinds.users);
    if let Some(answer) = seeker.holding.may(Ask { action, target, service: None }) {
        let text = format!("{verb} any user");
        let answers = vec![(action.as_str(), answer)];
        let goal = builder.goal(Power::AnyIdentity, ACCOUNT);
        builder.escalate(seeker, goal, name, Part::new(text.clone(), answers.clone()).unscoped());
        if seeker.holding.is_restrained(action) {
            let all = builder.indices.users.all.iter().collect();
            each(builder, seeker, name, action, verb, all);
            return;
        }
        let (account, users) = (&seeker.holding.account, &builder.indices.users);
        let node = builder.class(format!("any user{}", account.label()), || {
            let inside = users.all.iter().filter(|found| found.entity.account.is_same(account));
            inside.filter_map(|found| Some((found.leads_to.clone()?, true, None))).collect()
        });
        builder.escalate(seeker, node, name, Part::new(text, answers).unscoped());
        return;
    }
    let named = builder.indices.users.named(seeker.holding, action);
    each(builder, seeker, name, action, verb, named);
}

fn each<'s>(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, 's>,
    name: &'static str,
    action: &'s str,
    verb: &str,
    found: Vec<&Found>,
) {
    for (found, answer) in targets(found, seeker, action, None) {
        let Some(holder) = &found.leads_to else { continue };
        let node = builder.network.node(Node::Holder(holder.clone()));
        let part = Part::new(format!("{verb} `{}`", found.address), vec![(action, answer)]);
        builder.escalate(seeker, node, name, part);
    }
}

/// Credentials that a few services take are worth no more than these services.
pub(super) fn take_service(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
) {
    let target = Target::Every(&builder.kinds.users);
    let mut answers = method.any.iter().flatten().filter_map(|action| {
        Some((action.as_str(), seeker.holding.may(Ask { action, target, service: None })?))
    });
    let Some(answer) = answers.next() else { return };
    let goal = builder.goal(Power::Data, "service credentials of any user");
    let text = "makes a credential for single services for any user".to_string();
    builder.escalate(seeker, goal, name, Part::new(text, vec![answer]).unscoped());
}

/// The trust of roles.
pub(super) fn retrust(builder: &mut Builder<'_>, seeker: &Seeker<'_, '_>, name: &'static str) {
    const ACTION: &str = "iam:UpdateAssumeRolePolicy";
    let target = Target::Every(&builder.kinds.roles);
    let verb = "rewrites the trust policy of";
    if let Some(answer) = seeker.holding.may(Ask { action: ACTION, target, service: None }) {
        let text = format!("{verb} any role and assumes it");
        let answers = vec![(ACTION, answer)];
        let goal = builder.goal(Power::AnyIdentity, ACCOUNT);
        builder.escalate(seeker, goal, name, Part::new(text.clone(), answers.clone()).unscoped());
        if seeker.holding.is_restrained(ACTION) {
            let all = builder.indices.roles.all.iter().collect();
            each(builder, seeker, name, ACTION, verb, all);
            return;
        }
        let (account, roles) = (&seeker.holding.account, &builder.indices.roles);
        let node = builder.class(format!("any role{}", account.label()), || {
            let inside = roles.all.iter().filter(|found| found.entity.account.is_same(account));
            inside.filter_map(|found| Some((found.leads_to.clone()?, true, None))).collect()
        });
        builder.escalate(seeker, node, name, Part::new(text, answers).unscoped());
        return;
    }
    let named = builder.indices.roles.named(seeker.holding, ACTION);
    each(builder, seeker, name, ACTION, verb, named);
}

/// Whoever changes a SAML provider signs in as anybody who comes through it. A thumbprint or an audience of an
/// OIDC provider is only half of that.
pub(super) fn provider(builder: &mut Builder<'_>, seeker: &Seeker<'_, '_>, name: &'static str) {
    const ACTION: &str = "iam:UpdateSAMLProvider";
    let kind = Every::new("iam", "saml-provider/");
    let ask = Ask { action: ACTION, target: Target::Every(&kind), service: None };
    if let Some(answer) = seeker.holding.may(ask) {
        let goal = builder.goal(Power::AnyIdentity, ACCOUNT);
        let text = "replaces the certificate of any SAML provider, and signs in through it".to_string();
        builder.escalate(seeker, goal, name, Part::new(text, vec![(ACTION, answer)]).unscoped());
        return;
    }
    let kind = Every::new("iam", "oidc-provider/");
    let half = ["iam:AddClientIDToOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint"];
    let mut answers = half.into_iter().filter_map(|action| {
        let ask = Ask { action, target: Target::Every(&kind), service: None };
        Some((action, seeker.holding.may(ask)?))
    });
    let Some(answer) = answers.next() else { return };
    let goal = builder.goal(Power::Data, "roles behind any OIDC provider");
    let text = "widens whom any OIDC provider lets in".to_string();
    builder.escalate(seeker, goal, name, Part::new(text, vec![answer]).unscoped());
}

/// Roles that leave it to the policies of their own account who may assume them.
pub(super) fn assume(builder: &mut Builder<'_>, seeker: &Seeker<'_, '_>, name: &'static str) {
    const ACTION: &str = "sts:AssumeRole";
    let open: HashMap<_, bool> = builder.doors.account.iter().map(|door| (door.role, door.certain)).collect();
    let kinds = builder.kinds;
    let target = Target::Every(&kinds.roles);
    if let Some(answer) = seeker.holding.may(Ask { action: ACTION, target, service: None }) {
        let answers = vec![(ACTION, answer)];
        by_name(builder, seeker, name, &answers);
        if open.is_empty() {
            return;
        }
        if !seeker.holding.is_restrained(ACTION) {
            let (model, indices, doors) = (builder.model, builder.indices, builder.doors);
            let account = &seeker.holding.account;
            let class = format!("any role that trusts the whole account{}", account.label());
            let node = builder.class(class, || members(model, indices, &doors.account, account));
            let text = "assumes any role that trusts the whole account".to_string();
            builder.escalate(seeker, node, name, Part::new(text, answers).unscoped());
            return;
        }
    }
    let unscoped = seeker.holding.may(Ask { action: ACTION, target, service: None }).is_some();
    let named = match unscoped {
        true => builder.indices.roles.all.iter().collect(),
        false => builder.indices.roles.named(seeker.holding, ACTION),
    };
    for (role, answer) in targets(named, seeker, ACTION, None) {
        let Some(holder) = &role.leads_to else { continue };
        let Subject::Identity(id) = holder.subject else { continue };
        let Some(certain) = open.get(&id) else { continue };
        let node = builder.network.node(Node::Holder(holder.clone()));
        let mut part =
            Part::new(format!("assumes `{}`", role.address), vec![(ACTION, answer)]).certain(*certain);
        // Whoever names the role means it.
        part.kind = if unscoped { StepKind::Escalates } else { StepKind::Becomes };
        part.unscoped = unscoped;
        builder.escalate(seeker, node, name, part);
    }
}

/// Roles that name the holder, which may assume all there are.
fn by_name<'s>(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, 's>,
    name: &'static str,
    answers: &[(&'s str, Answer<'s>)],
) {
    let steps = builder.network.steps_from(seeker.node);
    let roles: Vec<_> = steps
        .filter(|(step, _)| step.kind == StepKind::Becomes)
        .map(|(step, to)| (step.certain, to))
        .collect();
    for (certain, to) in roles {
        let Node::Holder(holder) = builder.network.get(to) else { continue };
        let text = format!("assumes {}, which trusts it", holder.describe(builder.model));
        let part = Part::new(text, answers.to_vec()).certain(certain).unscoped();
        builder.escalate(seeker, to, name, part);
    }
}

/// Clusters of EKS.
pub(super) fn cluster(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
) {
    let Some(mut answers) = somewhere(seeker.holding, &method.all, &method.any, "") else { return };
    let kind = Every::new("eks", "cluster/");
    let action = answers[0].0;
    if seeker.holding.may_somewhere("eks:CreateCluster").is_some() {
        answers[0].1.unsure("it makes clusters, of which it is the administrator by that alone".to_string());
    }
    if seeker.holding.may(Ask { action, target: Target::Every(&kind), service: None }).is_some() {
        let goal = builder.goal(Power::Admin, "every EKS cluster");
        let text = "gives itself administration of any EKS cluster with an access entry".to_string();
        builder.escalate(seeker, goal, name, Part::new(text, answers).unscoped());
        return;
    }
    let named = builder.indices.clusters.named(seeker.holding, action);
    for (cluster, answer) in targets(named, seeker, action, None) {
        let goal = builder.goal(Power::Admin, &format!("cluster `{}`", cluster.address));
        let text = format!("gives itself administration of `{}` with an access entry", cluster.address);
        let all = std::iter::once((action, answer)).chain(answers.iter().skip(1).cloned()).collect();
        builder.escalate(seeker, goal, name, Part::new(text, all));
    }
}

/// Permission sets of IAM Identity Center, which hand out whatever is in them.
pub(super) fn permission_set(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
) {
    let kind = Every::new("sso", "permissionSet/");
    let mut answers = method.any.iter().flatten().filter_map(|action| {
        let ask = Ask { action, target: Target::Every(&kind), service: None };
        Some((action.as_str(), seeker.holding.may(ask)?))
    });
    // Whoever may do nearly everything is hardly meant to run the organization's sign-in, and mostly cannot: it
    // works in one account of it.
    let of_sso = |action: &str, answer: &Answer<'_>| {
        answer.allowance.written(action).to_ascii_lowercase().starts_with("sso:")
    };
    let Some((action, mut answer)) = answers.find(|(action, answer)| of_sso(action, answer)) else { return };
    answer.caveats.push("it works in the account that administers IAM Identity Center".to_string());
    let answer = (action, answer);
    let goal = builder.goal(Power::Admin, "the AWS organization");
    let text = "puts an administrator policy into any permission set".to_string();
    builder.escalate(seeker, goal, name, Part::new(text, vec![answer]).unscoped());
}

/// Stored secrets, all of them.
pub(super) fn secrets(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    method: &'static Method,
) {
    let kind = Every::new("secretsmanager", "secret:");
    let mut answers = method.any.iter().flatten().filter_map(|action| {
        let ask = Ask { action, target: Target::Every(&kind), service: None };
        Some((action.as_str(), seeker.holding.may(ask)?))
    });
    let Some(answer) = answers.next() else { return };
    let goal = builder.goal(Power::Secrets, ACCOUNT);
    let text = "reads every secret in Secrets Manager".to_string();
    builder.escalate(seeker, goal, name, Part::new(text, vec![answer]).unscoped());
}

/// Whether a holder may become a role or user by its own means.
pub(super) fn becomes<'s>(
    builder: &Builder<'_>,
    seeker: &Seeker<'_, 's>,
    found: &Found,
) -> Option<(&'static str, Option<Answer<'s>>)> {
    let target = Target::One(&found.entity);
    let holder = found.leads_to.as_ref()?;
    let Subject::Identity(id) = holder.subject else { return None };
    if builder.model.identity(id).kind == "aws_iam_user" {
        let action = "iam:CreateAccessKey";
        return seeker
            .holding
            .may(Ask { action, target, service: None })
            .map(|answer| (action, Some(answer)));
    }
    let node = builder.network.find(&Node::Holder(Holder::identity(id)));
    let mut steps = builder.network.steps_from(seeker.node);
    if node.is_some() && steps.any(|(step, to)| step.kind == StepKind::Becomes && Some(to) == node) {
        return Some(("sts:AssumeRole", None));
    }
    if !builder.doors.account.iter().any(|door| door.role == id) {
        return None;
    }
    let action = "sts:AssumeRole";
    seeker.holding.may(Ask { action, target, service: None }).map(|answer| (action, Some(answer)))
}
