//! What one AWS holder may do, asked precisely: this action, on that resource, under what is known of the request;
//! and which statement allows it. [`Interest`] tells beforehand where asking is worth the while.

mod account;
mod arn;
mod ask;
mod holding;
mod interest;
mod organization;

pub use account::{Account, Accounts};
pub use arn::{Entity, Kind, Target, suits};
pub use ask::{Allowance, Answer, Ask, Bare};
pub use holding::{Holding, Limit, Nature, Source, path_of};
pub use interest::Interest;

use super::model::{Model, Policy};
use super::policy::{AwsDocument, Tag, managed_document};
use crate::eval::value::ResourceId;
use crate::iam::aws::{Document, managed};
use crate::source::Span;
use organization::{ControlPolicy, control_policies};
use std::collections::HashMap;

/// What holders share: documents that many have, accounts, limits of the organization.
#[derive(Debug, Default)]
pub struct Permissions {
    managed: HashMap<&'static str, (&'static Document<Tag>, Interest)>,
    declared: HashMap<(ResourceId, Span), Interest>,
    /// The grant that holds the document of a declared policy.
    policies: HashMap<ResourceId, usize>,
    organization: Vec<ControlPolicy>,
    pub accounts: Accounts,
}

/// What holders of a root module share. Read once.
pub fn permissions(model: &Model) -> &Permissions {
    model.permissions.get_or_init(|| Permissions::read(model))
}

impl Permissions {
    fn read(model: &Model) -> Permissions {
        let mut all = Permissions { accounts: Accounts::of(model), ..Permissions::default() };
        for (index, grant) in model.grants.iter().enumerate() {
            match &grant.policy {
                Policy::Aws(policy) => {
                    if &*model.resource(policy.resource).kind == "aws_iam_policy" {
                        all.policies.entry(policy.resource).or_insert(index);
                    }
                    let interest = || *policy.document.note(Interest::of);
                    all.declared.entry(key(policy)).or_insert_with(interest);
                }
                Policy::AwsManaged(summary) => all.manage(summary.name),
                _ => {}
            }
        }
        for identity in &model.identities {
            let bound = model.resource(identity.resource).body.value("permissions_boundary");
            if let Some(summary) = bound.and_then(|value| managed(value.as_str()?)) {
                all.manage(summary.name);
            }
        }
        all.organization = control_policies(model, &all.accounts);
        all
    }

    fn manage(&mut self, name: &'static str) {
        self.managed.entry(name).or_insert_with(|| {
            let document = managed_document(name);
            let interest = Interest::of(document);
            (document, interest)
        });
    }

    /// The document of a grant, and which actions of interest it may allow.
    fn document<'a>(&'a self, model: &'a Model, grant: usize) -> Option<(&'a Document<Tag>, Interest)> {
        match &model.grants[grant].policy {
            Policy::Aws(policy) => {
                let interest = self.declared.get(&key(policy)).copied().unwrap_or_default();
                Some((&policy.document, interest))
            }
            Policy::AwsManaged(summary) => self.managed.get(summary.name).copied(),
            _ => None,
        }
    }
}

fn key(policy: &AwsDocument) -> (ResourceId, Span) {
    (policy.resource, policy.span)
}
