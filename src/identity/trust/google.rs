//! Google Cloud: roles on a service account by which others act as it.
//! Source: Google Cloud IAM documentation, "Roles for service account authentication", "Workload Identity
//! Federation", "About Workload Identity Federation for GKE".

use super::names::{Names, text};
use super::pools::{Pools, Scope};
use super::{Federation, Issuer, Party, Trust, Via, Width};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::iam::{Pattern, Tri, gcp};
use crate::identity::model::{IdentityId, Model, Subject};
use crate::identity::policy::google_members;

/// Permissions on a service account that lead to it, the most direct first, and what is said of those that take
/// a detour.
const LEADS: [(&str, &str); 6] = [
    ("iam.serviceAccounts.getAccessToken", ""),
    ("iam.serviceAccounts.signJwt", "by signing a token"),
    ("iam.serviceAccountKeys.create", "by making a key"),
    ("iam.serviceAccounts.getOpenIdToken", "only with identity tokens"),
    ("iam.serviceAccounts.setIamPolicy", "by changing who may act as it"),
    ("iam.serviceAccounts.actAs", "only by running a workload as it"),
];

pub(super) fn collect(model: &Model, names: &Names, all: &mut Vec<Trust>) {
    let pools = Pools::of(model);
    let managed = model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    for resource in managed.filter(|resource| resource.kind.starts_with("google_service_account_iam_")) {
        let Some(account) = resource.body.value("service_account_id") else { continue };
        let Some(target) = names.meant_by(model, account) else { continue };
        for (role, members) in google_members(&resource.body) {
            let Some(detour) = detour(model, &role) else { continue };
            for member in &members {
                all.push(trust(model, names, &pools, resource, (target, &role, member), detour));
            }
        }
    }
}

/// Whether a role leads to the account, and what is said of it. An unknown role may.
pub(super) fn detour(model: &Model, role: &Value) -> Option<Option<&'static str>> {
    let Some(name) = role.as_str() else {
        let custom =
            super::names::sources(model, role).into_iter().find(|it| it.kind.ends_with("_iam_custom_role"));
        let Some(custom) = custom else { return Some(None) };
        let listed = custom.body.value("permissions").map(Value::as_slice).unwrap_or_default();
        return LEADS
            .iter()
            .find(|(lead, _)| listed.iter().any(|permission| permission.as_str() == Some(lead)))
            .map(|(_, text)| Some(*text));
    };
    let role = gcp::role(name)?;
    let permissions: Vec<&str> = role.permissions().collect();
    LEADS.iter().find(|(lead, _)| permissions.contains(lead)).map(|(_, text)| Some(*text))
}

fn trust(
    model: &Model,
    names: &Names,
    pools: &Pools,
    resource: &Resource,
    (target, role, member): (IdentityId, &Value, &Value),
    detour: Option<&'static str>,
) -> Trust {
    let party = party(model, names, pools, target, member);
    let mut limits: Vec<String> =
        detour.filter(|text| !text.is_empty()).map(str::to_string).into_iter().collect();
    if resource.body.has_block("condition") {
        limits.push("only where its condition holds".to_string());
    }
    let unsure = detour.is_none()
        || party == Party::Unknown
        || resource.body.has_block("condition")
        || matches!(&party, Party::Federated(federation) if federation.width.is_none());
    let span = member.meta.span.or(role.meta.span).unwrap_or_else(|| resource.header());
    Trust {
        target,
        party,
        via: Via::Impersonation,
        certainty: if unsure { Tri::Maybe } else { Tri::Yes },
        limits,
        resource: resource.id,
        span,
        statement: None,
    }
}

fn party(model: &Model, names: &Names, pools: &Pools, target: IdentityId, member: &Value) -> Party {
    let written = text(member);
    if let Some(found) = pools.member(model, member) {
        let subjects = match &found.scope {
            Scope::Subject(subject) => vec![literal(subject)],
            _ => Vec::new(),
        };
        return Party::Federated(Federation {
            issuer: found.issuer,
            name: literal(&found.name),
            subjects,
            described: found.reading.described,
            width: found.reading.width,
            service_account: None,
        });
    }
    if let Some(federation) = cluster_account(model, names, target, &written) {
        return Party::Federated(federation);
    }
    match written.as_str() {
        "allUsers" | "allAuthenticatedUsers" => return Party::Anyone,
        "…" | "" => {
            return match super::names::refers_to(model, member) {
                Some(id) => Party::Subject(Subject::Identity(id)),
                None => Party::Unknown,
            };
        }
        _ => {}
    }
    let is_account = written.starts_with("serviceAccount:");
    match names.meant_by(model, member).filter(|_| is_account || written.starts_with('…')) {
        Some(id) => Party::Subject(Subject::Identity(id)),
        None if written.starts_with('…') => Party::Unknown,
        None => Party::External(written),
    }
}

/// `serviceAccount:PROJECT.svc.id.goog[NAMESPACE/NAME]`.
fn cluster_account(model: &Model, names: &Names, target: IdentityId, written: &str) -> Option<Federation> {
    let (pool, rest) = written.strip_prefix("serviceAccount:")?.split_once('[')?;
    let (namespace, name) = rest.strip_suffix(']')?.split_once('/')?;
    let subject = format!("system:serviceaccount:{namespace}:{name}");
    let subjects = vec![literal(&subject)];
    Some(Federation {
        issuer: Issuer::Kubernetes,
        name: literal(pool),
        service_account: super::kubernetes::service_account(model, names, target, &subjects),
        subjects,
        described: format!("service account {namespace}/{name}"),
        width: Some(Width::One),
    })
}

/// Text in which `…` stands for what is not known.
pub(super) fn literal(text: &str) -> Pattern {
    let mut parts = text.split('…');
    let first = Pattern::builder(crate::iam::Syntax::Literal).text(parts.next().unwrap_or_default());
    parts.fold(first, |builder, part| builder.hole().text(part)).build()
}
