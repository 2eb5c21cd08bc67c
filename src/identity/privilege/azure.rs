use super::{Cause, Level, Privilege};
use crate::eval::Resource;
use crate::iam::azure::{self, Permissions, Scope};
use crate::iam::{Pattern, Tri, Verdict};
use crate::identity::model::{AzureRole, Model, Policy};

const ASSIGN: &str = "Microsoft.Authorization/roleAssignments/write";

pub(super) fn measure(model: &Model, grants: &[usize], total: &mut Privilege) {
    for index in grants {
        let grant = &model.grants[*index];
        let Policy::Azure { role, scope, .. } = &grant.policy else { continue };
        let resource = model.resource(grant.resource);
        let (name, permissions) = match role {
            AzureRole::Named(name) => match azure::role(name) {
                Some(known) => (known.name.to_string(), known.permissions()),
                None => {
                    total.raise(Level::Unknown, "not known");
                    continue;
                }
            },
            AzureRole::Custom { resource, permissions } => {
                (model.resource(*resource).address.clone(), permissions.clone())
            }
        };
        let bound = has_condition(resource);
        let mut judgement = azure::judge(&permissions);
        let free = judgement.verdict;
        if bound && free == Verdict::Admin {
            judgement = azure::judge(&without_assignments(permissions));
        }
        let place = place(*scope);
        let ordinary = match judgement.writes {
            _ if free == Verdict::Admin || judgement.assigns_conditionally => Level::Permissions,
            Tri::Yes | Tri::Maybe => Level::Write,
            Tri::No => Level::Read,
        };
        let level = match (scope.is_wide(), Level::of(judgement.verdict)) {
            (true, Some(level)) => level,
            _ => ordinary,
        };
        total.raise(level, &format!("{name} at {place}"));
        if bound {
            total.caveats.push(format!("{name} is limited by a condition"));
        }
        if !scope.is_wide() || judgement.verdict == Verdict::None {
            continue;
        }
        let mut cause = Cause::new(judgement.verdict, *index, grant.span, name.clone());
        cause.place = format!("{place} {}", name_of_scope(model, resource));
        if let AzureRole::Custom { resource, .. } = role {
            cause
                .together
                .push((model.resource(*resource).header(), "the role is declared here".to_string()));
        }
        // Only who owns everything else as well does more than hand out roles.
        let all = azure::judge(&without_assignments(unconditional(role))).verdict > Verdict::None;
        cause.phrase = match (judgement.verdict, all) {
            (Verdict::Admin, true) => format!("has full administration of {place}"),
            (Verdict::Admin, false) => format!("can give itself any role in {place}"),
            _ => format!("may do nearly everything in {place}"),
        };
        cause.label = match (judgement.verdict, all) {
            (Verdict::Admin, true) => "everything, and handing out roles".to_string(),
            (Verdict::Admin, false) => "hands out every role".to_string(),
            _ => "everything but handing out roles".to_string(),
        };
        if bound {
            cause.blunted.push("its condition limits which roles it can hand out".to_string());
        }
        if resource.kind.contains("_pim_eligible_") {
            cause.blunted.push("it has to be activated before it holds".to_string());
            cause.debatable = true;
        }
        total.causes.push(cause);
    }
}

/// Tells one subscription from another, as far as the code does.
fn name_of_scope(model: &Model, resource: &Resource) -> String {
    let value = resource.body.value("scope");
    let referred = || Some(model.resource(value?.deep_refs().iter().next()?.resource).address.clone());
    value.and_then(|value| value.as_str().map(str::to_string)).or_else(referred).unwrap_or_default()
}

fn has_condition(resource: &Resource) -> bool {
    resource.body.value("condition").is_some_and(|value| value.as_str() != Some(""))
}

fn unconditional(role: &AzureRole) -> Vec<Permissions> {
    match role {
        AzureRole::Named(name) => azure::role(name).map(|role| role.permissions()).unwrap_or_default(),
        AzureRole::Custom { permissions, .. } => permissions.clone(),
    }
}

fn without_assignments(mut blocks: Vec<Permissions>) -> Vec<Permissions> {
    blocks.iter_mut().for_each(|block| block.not_actions.push(Pattern::parse(ASSIGN)));
    blocks
}

fn place(scope: Scope) -> &'static str {
    match scope {
        Scope::Root => "the whole tenant",
        Scope::ManagementGroup => "the management group",
        Scope::Subscription => "the subscription",
        Scope::ResourceGroup => "a resource group",
        Scope::Resource => "one resource",
        Scope::Unknown => "a scope that is not known",
    }
}
