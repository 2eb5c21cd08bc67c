//! Becoming somebody else, by their credentials or by their trust.

use super::index::Found;
use super::methods::Method;
use super::reach::{Hit, Reach, everything, scoped};
use super::{ACCOUNT, Builder, Member, Part, Seeker, named, somewhere, targets};
use crate::identity::escalation::{Node, NodeId, Power, StepKind};
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
    let indices = builder.indices;
    let reach = Reach { index: &indices.users, action, service: None, what: "user", member: &member };
    take(builder, seeker, name, verb, "", reach, Target::Every(&builder.kinds.users));
}

fn member(found: &Found) -> Option<Member> {
    Some((found.leads_to.clone()?, true, None))
}

/// All of a kind, or those that are named. `after` ends the sentence.
fn take(
    builder: &mut Builder<'_>,
    seeker: &Seeker<'_, '_>,
    name: &'static str,
    verb: &'static str,
    after: &'static str,
    reach: Reach<'_>,
    every: Target<'_>,
) {
    let action = reach.action;
    if let Some(answer) = seeker.holding.may(Ask { action, target: every, service: None }) {
        let text = format!("{verb} any {}{after}", reach.what);
        let answers = vec![(action, answer)];
        let goal = builder.goal(Power::AnyIdentity, ACCOUNT);
        builder.escalate(seeker, goal, name, Part::new(text.clone(), answers.clone()).unscoped());
        if let Some(node) = everything(builder, seeker, reach) {
            builder.escalate(seeker, node, name, Part::new(text, answers).unscoped());
        }
        return;
    }
    for hit in scoped(builder, seeker, reach) {
        let (node, what, answer) = match hit {
            Hit::One(found, answer) => {
                let Some(holder) = &found.leads_to else { continue };
                (builder.network.node(Node::Holder(holder.clone())), format!("`{}`", found.address), answer)
            }
            Hit::Many(node, like, answer) => (node, format!("any {} like `{like}`", reach.what), answer),
        };
        builder.escalate(
            seeker,
            node,
            name,
            Part::new(format!("{verb} {what}{after}"), vec![(action, answer)]),
        );
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
    let indices = builder.indices;
    let action = "iam:UpdateAssumeRolePolicy";
    let reach = Reach { index: &indices.roles, action, service: None, what: "role", member: &member };
    let every = Target::Every(&builder.kinds.roles);
    take(builder, seeker, name, "rewrites the trust policy of", " and assumes it", reach, every);
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
    let (indices, doors, kinds) = (builder.indices, builder.doors, builder.kinds);
    let open = |found: &Found| {
        let holder = found.leads_to.clone()?;
        let Subject::Identity(id) = holder.subject else { return None };
        let door = doors.account.get(&id)?;
        Some((holder, door.certain, Some(door.span)))
    };
    let what = "role that trusts the whole account";
    let reach = Reach { index: &indices.roles, action: ACTION, service: None, what, member: &open };
    let every = Target::Every(&kinds.roles);
    if let Some(answer) = seeker.holding.may(Ask { action: ACTION, target: every, service: None }) {
        let answers = vec![(ACTION, answer)];
        by_name(builder, seeker, name, &answers);
        let goal = builder.goal(Power::Data, "roles that trust the whole account");
        let text = format!("assumes any {what}");
        builder.escalate(seeker, goal, name, Part::new(text, answers.clone()).unscoped());
        if let Some(node) = everything(builder, seeker, reach) {
            builder.escalate(
                seeker,
                node,
                name,
                Part::new(format!("assumes any {what}"), answers).unscoped(),
            );
        }
        return;
    }
    let by_name: HashMap<NodeId, bool> = trusting(builder, seeker).into_iter().collect();
    for hit in scoped(builder, seeker, reach) {
        // Whoever names the role means it.
        let (node, text, answer, certain) = match hit {
            Hit::One(found, answer) => {
                let Some(holder) = found.leads_to.clone() else { continue };
                let node = builder.network.node(Node::Holder(holder));
                let certain = open(found).map(|(_, certain, _)| certain).or(by_name.get(&node).copied());
                let Some(certain) = certain else { continue };
                (node, format!("assumes `{}`", found.address), answer, certain)
            }
            Hit::Many(node, like, answer) => (node, format!("assumes any role like `{like}`"), answer, true),
        };
        let mut part = Part::new(text, vec![(ACTION, answer)]).certain(certain);
        part.kind = StepKind::Becomes;
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
    for (to, certain) in trusting(builder, seeker) {
        let Node::Holder(holder) = builder.network.get(to) else { continue };
        let text = format!("assumes {}, which trusts it", holder.describe(builder.model));
        let part = Part::new(text, answers.to_vec()).certain(certain).unscoped();
        builder.escalate(seeker, to, name, part);
    }
}

/// Roles whose trust names the seeker, and whether that is certain.
fn trusting(builder: &Builder<'_>, seeker: &Seeker<'_, '_>) -> Vec<(NodeId, bool)> {
    let steps = builder.network.steps_from(seeker.node);
    let trusting = steps.filter(|(step, _)| step.kind == StepKind::Becomes);
    trusting.map(|(step, to)| (to, step.certain)).collect()
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
    let named = named(&builder.indices.clusters, seeker, action);
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
    // Reading many at once takes the permission to read each of them.
    // Source: AWS Secrets Manager API reference, BatchGetSecretValue.
    let Some(action) = method.any.iter().flatten().find(|it| it.ends_with(":GetSecretValue")) else { return };
    let kind = Every::new("secretsmanager", "secret:");
    let ask = Ask { action, target: Target::Every(&kind), service: None };
    let Some(answer) = seeker.holding.may(ask).map(|answer| (action.as_str(), answer)) else { return };
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
    if !builder.doors.account.contains_key(&id) {
        return None;
    }
    let action = "sts:AssumeRole";
    seeker.holding.may(Ask { action, target, service: None }).map(|answer| (action, Some(answer)))
}
