//! Documents that say who may come in: trust policies of roles, and policies of queues, keys, buckets and all
//! else that has one. What they allow an identity of the same account to do is a grant; whom they let in is here.

mod flat;
mod table;

use super::model::{IdentityId, Model};
use super::policy::{AwsDocument, Tag, computed_document, document_of};
use crate::eval::value::ResourceId;
use crate::eval::{Resource, ResourceMode};
use crate::iam::aws::{Effect, Principals, Statement};
use crate::source::Span;
use std::collections::HashSet;

/// A document with principals.
#[derive(Clone, Debug)]
pub struct Guarded {
    pub document: AwsDocument,
    pub asset: Asset,
    /// The role that a trust policy belongs to.
    pub identity: Option<IdentityId>,
}

/// What a document guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// In a sentence: "queue".
    pub noun: &'static str,
    /// The prefix of its service's actions, `sqs`.
    pub service: &'static str,
    /// The document is an argument of the thing itself, or of a resource that only attaches it.
    pub own: bool,
}

impl Guarded {
    /// Who may become a role.
    pub fn is_trust(&self) -> bool {
        self.asset.service == "sts"
    }

    /// Declared in a document that nothing here is known to attach.
    pub fn is_loose(&self) -> bool {
        self.document.attribute == LOOSE
    }

    /// The characters of a statement.
    pub fn at(&self, statement: usize) -> Span {
        let found = self.document.document.statements.get(statement);
        found.and_then(|statement| statement.at.span).unwrap_or(self.document.span)
    }
}

const LOOSE: &str = "json";

/// Every document with principals in a root module. Computed once.
pub fn guarded(model: &Model) -> &[Guarded] {
    model.guarded.get_or_init(|| collect(model))
}

fn collect(model: &Model) -> Vec<Guarded> {
    let mut found = Vec::new();
    let resources = &model.project.resources;
    for resource in resources.iter().filter(|resource| resource.mode == ResourceMode::Managed) {
        if let Some((attribute, asset)) = table::of(&resource.kind) {
            found.extend(attached(model, resource, attribute, asset));
        } else {
            found.extend(flat::guarded(resource));
        }
    }
    let judged: HashSet<Span> = found
        .iter()
        .flat_map(|it: &Guarded| &it.document.document.statements)
        .filter_map(|statement| statement.at.span)
        .collect();
    let data = resources.iter().filter(|it| it.mode == ResourceMode::Data);
    found.extend(data.filter_map(|resource| loose(resource, &judged)));
    found
}

fn attached(model: &Model, resource: &Resource, attribute: &str, asset: Asset) -> Option<Guarded> {
    let (head, rest) = attribute.split_once('.').unwrap_or((attribute, ""));
    let nested = (!rest.is_empty()).then(|| resource.body.block(head)).flatten();
    let body = nested.as_ref().unwrap_or(&resource.body);
    let attr = body.attr(if rest.is_empty() { head } else { rest })?;
    if attr.value.is_null() {
        return None;
    }
    let document = AwsDocument {
        document: document_of(resource, &attr.value),
        resource: resource.id,
        attribute: attribute.to_string(),
        span: attr.expr_span,
    };
    let identity = model.identity_of(resource.id).map(|identity| identity.id);
    Some(Guarded { document, asset, identity: identity.filter(|_| asset.service == "sts") })
}

/// Statements with principals of a data source that no document above contains.
fn loose(resource: &Resource, judged: &HashSet<Span>) -> Option<Guarded> {
    if &*resource.kind != "aws_iam_policy_document" {
        return None;
    }
    let mut read = computed_document(resource, LOOSE)?.1;
    let is_judged = |it: &Statement<Tag>| it.at.span.is_some_and(|span| judged.contains(&span));
    let has_principals = |it: &Statement<Tag>| it.principals != Principals::Absent;
    if !read.statements.iter().any(|it| has_principals(it) && !is_judged(it)) {
        return None;
    }
    // Denies stay, since they take back what other statements give.
    read.retain(|it| it.effect == Effect::Deny || !is_judged(it));
    let actions = read.statements.iter().filter(|it| has_principals(it)).flat_map(|it| it.actions.elements());
    let prefixes = actions.filter_map(|it| Some(it.pattern.prefix().split_once(':')?.0.to_ascii_lowercase()));
    let asset = prefixes.filter_map(|prefix| table::by_service(&prefix)).next();
    Some(Guarded {
        document: AwsDocument {
            document: read,
            resource: resource.id,
            attribute: LOOSE.to_string(),
            span: resource.header(),
        },
        asset: asset.unwrap_or(Asset { noun: "resource", service: "", own: false }),
        identity: None,
    })
}

impl Model {
    /// The thing that a document guards: where a resource only attaches it, the one it is attached to.
    pub fn guarded_resource(&self, guarded: &Guarded) -> ResourceId {
        let resource = self.resource(guarded.document.resource);
        if guarded.asset.own || guarded.is_loose() {
            return resource.id;
        }
        let target = table::TARGETS.iter().find_map(|name| resource.body.value(name));
        let mut refs =
            target.into_iter().flat_map(|value| value.deep_refs().iter().cloned().collect::<Vec<_>>());
        refs.next().map_or(resource.id, |reference| reference.resource)
    }
}
