//! Kubernetes: service accounts that become an identity of a cloud.

use super::google::literal;
use super::names::{Names, refers_to, text};
use super::{Federation, Issuer, Party, Trust, Via, Width};
use crate::eval::ResourceMode;
use crate::eval::value::Value;
use crate::iam::{Pattern, Tri};
use crate::identity::model::{IdentityId, Model};

/// The declared service account that a subject names. Where parts of the subject are not known, the one that is
/// annotated with the identity.
pub(super) fn service_account(
    model: &Model,
    names: &Names,
    target: IdentityId,
    subjects: &[Pattern],
) -> Option<IdentityId> {
    let by_name = subjects.iter().find_map(|subject| {
        let (namespace, name) = subject.as_text()?.strip_prefix("system:serviceaccount:")?.split_once(':')?;
        names.account(namespace, name)
    });
    by_name.or_else(|| {
        names.annotated(target).iter().copied().find(|id| {
            let Some(own) = subject_of(model, *id) else { return false };
            own.contains('…') || subjects.iter().any(|subject| subject.matches(&own).is_possible())
        })
    })
}

/// The subject of a declared service account's tokens.
fn subject_of(model: &Model, id: IdentityId) -> Option<String> {
    let metadata = model.resource(model.identity(id).resource).body.block("metadata")?;
    let namespace = metadata.value("namespace").map_or("default".to_string(), text);
    let name = metadata.value("name").map_or("…".to_string(), text);
    Some(format!("system:serviceaccount:{namespace}:{name}"))
}

/// EKS pod identity: pods become the role of the association by their namespace and service account.
/// Source: Amazon EKS User Guide, "Learn how EKS Pod Identity grants pods access to AWS services".
pub(super) fn collect(model: &Model, names: &Names, all: &mut Vec<Trust>) {
    let associations = model.project.resources.iter().filter(|resource| {
        &*resource.kind == "aws_eks_pod_identity_association" && resource.mode == ResourceMode::Managed
    });
    for association in associations {
        let Some(role) = association.body.attr("role_arn") else { continue };
        let Some(target) = names.meant_by(model, &role.value) else { continue };
        let account: Option<&Value> = association.body.value("service_account");
        let namespace = association.body.value("namespace").map_or("…".to_string(), text);
        let name = account.map_or("…".to_string(), text);
        let federation = Federation {
            issuer: Issuer::Kubernetes,
            name: literal(&association.body.value("cluster_name").map_or("…".to_string(), text)),
            service_account: account
                .and_then(|value| refers_to(model, value))
                .or_else(|| names.account(&namespace, &name)),
            subjects: vec![literal(&format!("system:serviceaccount:{namespace}:{name}"))],
            described: format!("service account {namespace}/{name}"),
            width: Some(Width::One),
        };
        all.push(Trust {
            target,
            party: Party::Federated(federation),
            via: Via::PodIdentity,
            certainty: Tri::Yes,
            limits: Vec::new(),
            resource: association.id,
            span: role.value.meta.span.unwrap_or(role.expr_span),
            statement: None,
        });
    }
}
