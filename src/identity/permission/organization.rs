//! Service control policies that are attached to something here, and whom they hold for.
//!
//! A policy attached to the root of an organization or to an organizational unit limits every account below, but
//! never the management account, which is where such policies are mostly written. So a Deny is certain only for an
//! account that is known to be another one than that, or that the attachment names; for all others it makes an
//! answer unsure, and for an account that another attachment names it says nothing.
//! Source: AWS Organizations User Guide, "Service control policies (SCPs)", "SCP effects on permissions".

use super::{Account, Accounts};
use crate::eval::ResourceMode;
use crate::eval::value::Value;
use crate::iam::Tri;
use crate::identity::model::Model;
use crate::identity::policy::{SharedDocument, document_of};

#[derive(Debug)]
pub struct ControlPolicy {
    pub address: String,
    pub document: SharedDocument,
    /// Whom it is attached to, and the account in which it is written.
    attached: Vec<(Whom, Account)>,
}

#[derive(Debug)]
enum Whom {
    /// All accounts but the management account.
    Root,
    Account(String),
    /// An organizational unit, or what is not known.
    Some,
}

impl ControlPolicy {
    /// Whether it holds for whoever is in an account.
    pub fn holds_in(&self, account: &Account) -> Tri {
        Tri::any(self.attached.iter().map(|(whom, written_in)| match (whom, account.id()) {
            (Whom::Account(id), Some(known)) => (id == known).into(),
            (Whom::Root, Some(known)) if written_in.id().is_some_and(|id| id != known) => Tri::Yes,
            _ => Tri::Maybe,
        }))
    }
}

/// Those of a root module.
pub(super) fn control_policies(model: &Model, accounts: &Accounts) -> Vec<ControlPolicy> {
    let mut found: Vec<ControlPolicy> = Vec::new();
    let attachments =
        model.project.resources.iter().filter(|it| {
            &*it.kind == "aws_organizations_policy_attachment" && it.mode == ResourceMode::Managed
        });
    for attachment in attachments {
        let Some(value) = attachment.body.value("policy_id") else { continue };
        let whom = || (whom(model, attachment.body.value("target_id")), accounts.account(attachment));
        for reference in value.deep_refs().iter() {
            let policy = model.resource(reference.resource);
            let limits = matches!(policy.body.text("type"), None | Some("SERVICE_CONTROL_POLICY"));
            let Some(attr) = policy.body.attr("content").filter(|_| limits) else { continue };
            match found.iter_mut().find(|it| it.address == policy.address) {
                Some(known) => known.attached.push(whom()),
                None => found.push(ControlPolicy {
                    address: policy.address.clone(),
                    document: document_of(policy, &attr.value),
                    attached: vec![whom()],
                }),
            }
        }
    }
    found
}

fn whom(model: &Model, target: Option<&Value>) -> Whom {
    let Some(target) = target else { return Whom::Some };
    if let Some(text) = target.as_str() {
        return match text {
            text if text.starts_with("r-") => Whom::Root,
            text if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Whom::Account(text.to_string())
            }
            _ => Whom::Some,
        };
    }
    let refs = target.deep_refs();
    let mut organizations = refs.iter().filter(|reference| {
        let kind = &*model.resource(reference.resource).kind;
        kind == "aws_organizations_organization" && reference.path.starts_with("roots")
    });
    organizations.next().map_or(Whom::Some, |_| Whom::Root)
}
