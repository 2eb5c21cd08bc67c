//! AWS: inline, attached and managed policies, and those that come through groups.
//! Source: AWS IAM User Guide, "Policies and permissions".

use super::subjects;
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Attr, Resource, ResourceMode};
use crate::iam::Syntax;
use crate::iam::aws::managed;
use crate::identity::model::{Grant, Model, Policy, Subject};
use crate::identity::policy::{AwsDocument, document_of, pattern};
use crate::source::Span;

pub(super) fn lower(model: &mut Model) {
    let mut grants = Vec::new();
    let managed = model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    for resource in managed.filter(|resource| resource.kind.starts_with("aws_")) {
        let body = &resource.body;
        match &*resource.kind {
            "aws_iam_role_policy" => inline(model, resource, "role", &mut grants),
            "aws_iam_user_policy" => inline(model, resource, "user", &mut grants),
            "aws_iam_group_policy" => inline(model, resource, "group", &mut grants),
            "aws_iam_role_policy_attachment" => {
                attached(model, resource, &["role"], "policy_arn", &mut grants)
            }
            "aws_iam_user_policy_attachment" => {
                attached(model, resource, &["user"], "policy_arn", &mut grants)
            }
            "aws_iam_group_policy_attachment" => {
                attached(model, resource, &["group"], "policy_arn", &mut grants)
            }
            "aws_iam_policy_attachment" => {
                attached(model, resource, &["roles", "users", "groups"], "policy_arn", &mut grants);
            }
            "aws_ssoadmin_managed_policy_attachment" => {
                attached(model, resource, &["permission_set_arn"], "managed_policy_arn", &mut grants);
            }
            "aws_ssoadmin_permission_set_inline_policy" => {
                let subjects = named(model, resource, &["permission_set_arn"]);
                grants.extend(own(resource, "inline_policy", subjects));
            }
            // A policy on its own is granted to nobody; it is kept so that it can be looked at.
            "aws_iam_policy" => grants.extend(own(resource, "policy", Vec::new())),
            "aws_iam_role" => {
                let Some(identity) = model.identity_of(resource.id) else { continue };
                let subjects = vec![Subject::Identity(identity.id)];
                for block in body.blocks("inline_policy") {
                    if let Some(attr) = block.attr("policy") {
                        let policy = Policy::Aws(aws_document(resource, "inline_policy.policy", attr));
                        grants.push(Grant {
                            resource: resource.id,
                            subjects: subjects.clone(),
                            policy,
                            span: attr.expr_span,
                            attribute: "inline_policy.policy".to_string(),
                        });
                    }
                }
                if let Some(attr) = body.attr("managed_policy_arns") {
                    for value in attr.value.as_slice().iter().filter(|value| !value.is_null()) {
                        let span = value.meta.span.unwrap_or(attr.expr_span);
                        let subjects = subjects.clone();
                        grants.push(by_arn(model, resource, subjects, value, span, "managed_policy_arns"));
                    }
                }
            }
            _ => {}
        }
    }
    through_groups(model, &mut grants);
    model.grants.extend(grants);
}

fn named(model: &Model, resource: &Resource, attributes: &[&str]) -> Vec<Subject> {
    let values = attributes.iter().filter_map(|attribute| resource.body.value(attribute));
    values.flat_map(|value| subjects::of(model, value, &resource.kind)).collect()
}

fn aws_document(resource: &Resource, attribute: &str, attr: &Attr) -> AwsDocument {
    AwsDocument {
        document: document_of(resource, &attr.value),
        resource: resource.id,
        attribute: attribute.to_string(),
        span: attr.expr_span,
    }
}

fn own(resource: &Resource, attribute: &str, subjects: Vec<Subject>) -> Option<Grant> {
    let attr = resource.body.attr(attribute)?;
    Some(Grant {
        resource: resource.id,
        subjects,
        policy: Policy::Aws(aws_document(resource, attribute, attr)),
        span: attr.expr_span,
        attribute: attribute.to_string(),
    })
}

fn inline(model: &Model, resource: &Resource, subject: &str, grants: &mut Vec<Grant>) {
    grants.extend(own(resource, "policy", named(model, resource, &[subject])));
}

fn attached(model: &Model, resource: &Resource, subjects: &[&str], attribute: &str, grants: &mut Vec<Grant>) {
    let Some(attr) = resource.body.attr(attribute) else { return };
    let subjects = named(model, resource, subjects);
    let span = attr.value.meta.span.unwrap_or(attr.expr_span);
    grants.push(by_arn(model, resource, subjects, &attr.value, span, attribute));
}

/// A policy by ARN: one declared here, or one that AWS manages.
fn by_arn(
    model: &Model,
    resource: &Resource,
    subjects: Vec<Subject>,
    value: &Value,
    span: Span,
    attribute: &str,
) -> Grant {
    let declared = value.deep_refs().iter().find_map(|reference| {
        let policy = model.resource(reference.resource);
        (&*policy.kind == "aws_iam_policy" && policy.mode == ResourceMode::Managed).then_some(policy)
    });
    let from_data = value.deep_refs().iter().find_map(|reference| {
        let policy = model.resource(reference.resource);
        let name = (&*policy.kind == "aws_iam_policy")
            .then(|| policy.body.text("name").or(policy.body.text("arn")))?;
        managed(name?)
    });
    let policy = match declared.and_then(|policy| Some((policy, policy.body.attr("policy")?))) {
        Some((policy, attr)) => Policy::Aws(aws_document(policy, "policy", attr)),
        None => match managed_by(value).or(from_data) {
            Some(summary) => Policy::AwsManaged(summary),
            None => Policy::Unknown,
        },
    };
    Grant { resource: resource.id, subjects, policy, span, attribute: attribute.to_string() }
}

/// The partition of an ARN is often looked up, so that only the rest of it is known.
fn managed_by(value: &Value) -> Option<&'static crate::iam::aws::ManagedSummary> {
    if let Some(text) = value.as_str() {
        return text.starts_with("arn:").then(|| managed(text)).flatten();
    }
    let pattern = pattern(value, Syntax::Literal);
    let last = match pattern.pieces().last() {
        Some(crate::iam::Piece::Text(text)) => text.to_string(),
        _ => return None,
    };
    let path = last.split_once(":iam::aws:policy/").map(|(_, path)| path)?;
    managed(&format!("arn:aws:iam::aws:policy/{path}"))
}

/// Members of a group have what the group has.
fn through_groups(model: &Model, grants: &mut Vec<Grant>) {
    let mut memberships: Vec<(ResourceId, Subject)> = Vec::new();
    for resource in &model.project.resources {
        let (users, groups) = match &*resource.kind {
            "aws_iam_user_group_membership" => ("user", "groups"),
            "aws_iam_group_membership" => ("users", "group"),
            _ => continue,
        };
        let members = named(model, resource, &[users]);
        let Some(value) = resource.body.value(groups) else { continue };
        for group in value.as_slice() {
            let declared = group
                .deep_refs()
                .iter()
                .map(|reference| reference.resource)
                .find(|id| &*model.resource(*id).kind == "aws_iam_group");
            memberships.extend(
                declared.into_iter().flat_map(|group| members.iter().map(move |m| (group, m.clone()))),
            );
        }
    }
    for grant in grants {
        let groups: Vec<_> = grant
            .subjects
            .iter()
            .filter_map(|subject| match subject {
                Subject::Resource(id) => Some(*id),
                _ => None,
            })
            .collect();
        for (group, member) in &memberships {
            if groups.contains(group) && !grant.subjects.contains(member) {
                grant.subjects.push(member.clone());
            }
        }
    }
}
