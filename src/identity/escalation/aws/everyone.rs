//! Everyone who may come to more: holders of grants that are no administrators, and whoever gets a policy that
//! nothing here attaches.

use crate::eval::ResourceMode;
use crate::eval::value::ResourceId;
use crate::iam::Verdict;
use crate::iam::aws::{Principals, judge};
use crate::identity::escalation::Node;
use crate::identity::model::{Model, Policy};
use crate::identity::permission::{Holding, Permissions};
use crate::identity::policy::{SharedDocument, computed_document};
use crate::identity::privilege::{Cause, Privilege, privileges};
use std::collections::HashSet;

/// Visits each of them that has an action of interest: the node, what it may do, and its grants.
pub fn everyone(
    model: &Model,
    permissions: &Permissions,
    visit: &mut dyn FnMut(Node, &Holding<'_>, &[usize]),
) {
    for (holder, privilege) in privileges(model).iter() {
        if administrator(model, privilege).is_some() {
            continue;
        }
        let holding = permissions.holding(model, holder, &privilege.grants);
        if !holding.interest.is_empty() {
            visit(Node::Holder(holder.clone()), &holding, &privilege.grants);
        }
    }
    for (index, document) in unattached(model) {
        let holding = permissions.anyone(document, Some(index), model.grants[index].span);
        if !holding.interest.is_empty() && !is_admin(document) {
            visit(Node::Policy(index), &holding, &[index]);
        }
    }
    for (id, document) in lone_documents(model) {
        let holding = permissions.anyone(&document, None, model.resource(id).header());
        if !holding.interest.is_empty() && !is_admin(&document) {
            visit(Node::Document(id), &holding, &[]);
        }
    }
}

/// What makes somebody an administrator of the account.
pub(super) fn administrator<'p>(model: &Model, privilege: &'p Privilege) -> Option<&'p Cause> {
    privilege.causes.iter().find(|cause| {
        let policy = &model.grants[cause.grant].policy;
        cause.verdict == Verdict::Admin && matches!(policy, Policy::Aws(_) | Policy::AwsManaged(_))
    })
}

/// A document that is an administrator's already has nothing to escalate to.
fn is_admin(document: &SharedDocument) -> bool {
    struct IsAdmin(bool);
    document.note(|document| IsAdmin(judge(&[document]).possible == Verdict::Admin)).0
}

/// Policies that nothing attaches and that limit nobody.
fn unattached(model: &Model) -> Vec<(usize, &SharedDocument)> {
    let limits = model.uses.iter().filter(|usage| usage.attribute == "permissions_boundary");
    let limits: HashSet<ResourceId> = limits.map(|usage| usage.used).collect();
    let declared = |index: &usize| match &model.grants[*index].policy {
        Policy::Aws(policy) => Some(policy),
        _ => None,
    };
    let all = 0..model.grants.len();
    let granted = all.clone().filter(|index| !model.grants[*index].subjects.is_empty());
    let attached: HashSet<ResourceId> =
        granted.filter_map(|index| Some(declared(&index)?.resource)).collect();
    let lone = all.filter(|index| model.grants[*index].subjects.is_empty());
    lone.filter_map(|index| {
        let policy = declared(&index)?;
        let is_lone = !attached.contains(&policy.resource) && !limits.contains(&policy.resource);
        is_lone.then_some((index, &policy.document))
    })
    .collect()
}

/// Documents of data sources for identities that no resource here uses: whoever reads the output gets them.
fn lone_documents(model: &Model) -> Vec<(ResourceId, SharedDocument)> {
    let used: HashSet<ResourceId> =
        model.uses.iter().filter(|usage| usage.user.is_some()).map(|usage| usage.used).collect();
    let lone = model.project.resources.iter().filter(|resource| {
        &*resource.kind == "aws_iam_policy_document"
            && resource.mode == ResourceMode::Data
            && !used.contains(&resource.id)
    });
    let read = lone.filter_map(|resource| {
        let (_, document) = computed_document(resource, "json")?;
        let for_identities =
            document.statements.iter().all(|statement| matches!(statement.principals, Principals::Absent));
        for_identities.then_some((resource.id, document))
    });
    read.collect()
}
