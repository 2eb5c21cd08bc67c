//! Who a reference or a name means.

use super::identities::shown;
use crate::eval::Resource;
use crate::eval::value::{Kind as ValueKind, ResourceId, Value, Why};
use crate::identity::facts::{self, Kind, TypeFacts};
use crate::identity::model::{Model, Subject};

/// The identity that a credential or attachment belongs to.
pub(super) fn of_resource(model: &Model, resource: &Resource, facts: &TypeFacts) -> Subject {
    for path in &facts.subject {
        for (_, value) in resource.body.at_path(path) {
            if let Some(subject) = of(model, &value, &resource.kind).into_iter().next() {
                return subject;
            }
        }
    }
    Subject::Unknown
}

/// All principals that a value names. `from` is the type of the resource that holds the value.
pub(in crate::identity) fn of(model: &Model, value: &Value, from: &str) -> Vec<Subject> {
    let mut found: Vec<Subject> = Vec::new();
    for item in value.as_slice() {
        found.extend(of_one(model, item, from));
    }
    found.dedup();
    found
}

fn of_one(model: &Model, value: &Value, from: &str) -> Option<Subject> {
    if value.is_null() {
        return None;
    }
    // Members of Google Cloud say what they are; the name of a group may well come from a resource.
    if from.starts_with("google_")
        && let Some(member) = shown(value)
        && ["user:", "group:", "domain:"].iter().any(|kind| member.starts_with(kind))
    {
        return Some(Subject::External(member));
    }
    let mut other: Vec<ResourceId> = Vec::new();
    let mut found: Vec<Subject> = Vec::new();
    for reference in value.deep_refs().iter() {
        match follow(model, reference.resource, 0) {
            Some(subject) if found.contains(&subject) => {}
            Some(subject) => found.push(subject),
            None if other.contains(&reference.resource) => {}
            None => other.push(reference.resource),
        }
    }
    // A value made from several, such as a lookup by a key that is not known, may be any of them.
    let is_derived = matches!(&value.kind, ValueKind::Unknown(unknown)
        if !matches!(unknown.why, Why::Attribute(..) | Why::Resource(_)));
    match found.len() {
        0 if is_derived && other.len() > 1 => return Some(Subject::Unknown),
        0 => {}
        1 if is_derived && !other.is_empty() => return Some(Subject::Unknown),
        1 => return found.pop(),
        _ => return Some(Subject::Unknown),
    }
    let other = other.into_iter().next();
    let text = shown(value);
    if let Some(text) = &text
        && let Some(id) = by_name(model, text, from)
    {
        return Some(Subject::Identity(id));
    }
    Some(match (other, text) {
        (Some(resource), _) => Subject::Resource(resource),
        (None, Some(text)) => Subject::External(text),
        (None, None) => Subject::Unknown,
    })
}

/// From an attachment (instance profile, application registration) to the identity behind it.
fn follow(model: &Model, id: ResourceId, depth: usize) -> Option<Subject> {
    if let Some(identity) = model.identity_of(id) {
        return Some(Subject::Identity(identity.id));
    }
    let resource = model.resource(id);
    if depth > 4 {
        return None;
    }
    let facts = facts::of(&resource.kind).filter(|facts| facts.kind == Kind::Attachment)?;
    facts.subject.iter().find_map(|path| {
        let value = resource.body.value(path)?;
        value.deep_refs().iter().find_map(|reference| follow(model, reference.resource, depth + 1)).or_else(
            || {
                let id = by_name(model, &shown(value)?, &resource.kind)?;
                Some(Subject::Identity(id))
            },
        )
    })
}

/// An identity declared here under the name or ARN that is used. Names are only compared within a provider,
/// and only where one identity has it.
fn by_name(model: &Model, text: &str, from: &str) -> Option<crate::identity::IdentityId> {
    let provider = facts::provider(from);
    let bare = bare_name(text);
    if bare.is_empty() || bare == "…" {
        return None;
    }
    let mut found = model.identities.iter().filter(|identity| {
        facts::provider(&identity.kind) == provider
            && (identity.name.as_deref() == Some(bare) && suits(text, &identity.kind))
    });
    let first = found.next()?;
    found.next().is_none().then_some(first.id)
}

/// `arn:…:role/path/name` → `name`; `serviceAccount:name@project…` → `name`.
fn bare_name(text: &str) -> &str {
    let text = text.strip_prefix("serviceAccount:").unwrap_or(text);
    if text.starts_with("arn:") {
        return text.rsplit('/').next().unwrap_or(text);
    }
    text.split('@').next().unwrap_or(text)
}

/// An ARN says itself whether it is that of a role or a user.
fn suits(text: &str, kind: &str) -> bool {
    match text.starts_with("arn:") {
        true => {
            (text.contains(":role/") && kind == "aws_iam_role")
                || (text.contains(":user/") && kind == "aws_iam_user")
        }
        false => true,
    }
}
