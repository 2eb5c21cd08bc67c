//! What policies of buckets, keys, queues, secrets and the like add to what identities may do by their own, and what
//! they take away. Within an account either of the two suffices, and a Deny in either prevents it.
//! Source: AWS IAM User Guide, "Policy evaluation logic" and "Identity-based policies and resource-based policies".

use super::own::{Asker, Own};
use super::target::{Target, takes_in};
use super::{Ground, Permission};
use crate::iam::Tri;
use crate::iam::aws::{
    Decision, Document, Effect, Key, Principal, Principals, Request, Statement, Who, decide,
};
use crate::iam::pattern::Element;
use crate::identity::guarded::{Guarded, guarded};
use crate::identity::permission::permissions;
use crate::identity::policy::Tag;
use crate::identity::privilege::{Holder, privileges};
use crate::identity::{IdentityId, Model};
use std::collections::HashMap;

/// Somebody whom such a policy lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Admitted {
    Holder(Holder),
    /// Somebody who is not declared here, in words.
    Other(String),
}

/// The policies that bear on one question.
pub(super) struct Guards<'m> {
    model: &'m Model,
    action: &'m str,
    target: &'m Target,
    documents: Vec<&'m Guarded>,
    /// Roles and users by name; none where several are called alike.
    names: HashMap<(&'m str, &'m str), Option<IdentityId>>,
}

impl<'m> Guards<'m> {
    /// None for questions that such policies say nothing to.
    pub fn of(model: &'m Model, permission: &'m Permission, target: &'m Target) -> Option<Self> {
        let Permission::Aws(action) = permission else { return None };
        let service = action.split(':').next().unwrap_or_default();
        let is_about = |it: &&Guarded| match target {
            Target::Anything => true,
            Target::Resource(id) => model.guarded_resource(it) == *id,
            Target::Arn(_) => false,
        };
        let of_service = |it: &&Guarded| {
            !it.is_trust() && !it.is_loose() && it.asset.service.eq_ignore_ascii_case(service)
        };
        let documents: Vec<&Guarded> = guarded(model).iter().filter(of_service).filter(is_about).collect();
        if documents.is_empty() {
            return None;
        }
        let mut names = HashMap::new();
        for identity in &model.identities {
            if let Some(name) = &identity.name {
                let key = (identity.kind.as_str(), name.as_str());
                names.entry(key).and_modify(|known| *known = None).or_insert(Some(identity.id));
            }
        }
        Some(Guards { model, action, target, documents, names })
    }

    /// Everybody whom a statement names, and on what grounds.
    pub fn admitted(&self, asker: &Asker<'_>) -> Vec<(Admitted, Own)> {
        let mut found = Vec::new();
        for guarded in &self.documents {
            for statement in &guarded.document.document.statements {
                let Principals::Only(principals) = &statement.principals else { continue };
                if statement.effect != Effect::Allow || self.decide(&[statement]).allowed.is_no() {
                    continue;
                }
                for principal in principals {
                    let Some(who) = self.who(principal) else { continue };
                    let own = self.judged(asker, guarded, statement, &who);
                    found.push((who, own));
                }
            }
        }
        found
    }

    /// What a Deny of these policies leaves of an answer.
    pub fn limit(&self, holder: &Holder, own: &mut Own) {
        // Somewhere else it may be allowed.
        if own.answer.is_no() || !matches!(self.target, Target::Resource(_)) {
            return;
        }
        let who = Admitted::Holder(holder.clone());
        for guarded in &self.documents {
            let denied = self.denied(guarded, &who);
            if denied.is_no() {
                continue;
            }
            let address = &self.model.resource(guarded.document.resource).address;
            own.answer = own.answer.and(!denied);
            own.caveats.push(match denied {
                Tri::Yes => format!("a Deny of `{address}` prevents it"),
                _ => format!("a Deny of `{address}` may prevent it"),
            });
        }
    }

    fn judged(
        &self,
        asker: &Asker<'_>,
        guarded: &Guarded,
        statement: &Statement<Tag>,
        who: &Admitted,
    ) -> Own {
        let decision = self.decide(&[statement]);
        let address = &self.model.resource(guarded.document.resource).address;
        let span = statement.at.span.unwrap_or(guarded.document.span);
        let mut own = Own {
            answer: decision.allowed,
            grounds: vec![Ground { text: format!("allowed by `{address}`, which names it"), span }],
            caveats: Vec::new(),
        };
        if !statement.conditions.is_empty() {
            let keys: Vec<String> = statement.conditions.iter().map(|it| format!("`{}`", it.key)).collect();
            own.caveats.push(format!("under the condition on {}", keys.join(" and ")));
        }
        own.answer = own.answer.and(!self.denied(guarded, who));
        if let Admitted::Holder(holder) = who {
            let grants =
                privileges(self.model).get(holder).map(|it| it.grants.as_slice()).unwrap_or_default();
            let bare = asker.holding(holder, grants).decide(self.action, &|element| self.takes_in(element));
            own.answer = own.answer.and(!bare.decision.denied).and(bare.limit);
            own.caveats.extend(bare.limits);
        }
        own
    }

    fn takes_in(&self, element: &Element<Tag>) -> Tri {
        match self.target {
            Target::Anything => Tri::Yes,
            target => takes_in(element, target, self.model, self.action),
        }
    }

    fn decide(&self, statements: &[&Statement<Tag>]) -> Decision {
        let document = Document::new(statements.iter().map(|it| (*it).clone()).collect());
        // Nobody asks in the clear.
        let context = |key: &str| match key {
            "aws:securetransport" => Key::Values(vec!["true".to_string()]),
            _ => Key::Unknown,
        };
        let resource = |element: &Element<Tag>| self.takes_in(element);
        decide(&[&document], &Request { action: self.action, resource: &resource, context: &context })
    }

    /// Whether a Deny of a policy is about somebody.
    fn denied(&self, guarded: &Guarded, who: &Admitted) -> Tri {
        let denies = guarded.document.document.statements.iter().filter(|it| it.effect == Effect::Deny);
        Tri::any(denies.map(|statement| {
            let concerned = match &statement.principals {
                Principals::Absent => Tri::No,
                Principals::Only(list) => Tri::any(list.iter().map(|it| self.is(it, who))),
                Principals::Not(list) => !Tri::any(list.iter().map(|it| self.is(it, who))),
            };
            concerned.and(self.decide(&[statement]).denied)
        }))
    }

    fn is(&self, principal: &Principal<Tag>, who: &Admitted) -> Tri {
        match (principal.who(), self.who(principal)) {
            (Who::Everyone, _) => Tri::Yes,
            (Who::Account(_), _) => Tri::Maybe,
            (_, Some(named)) => (named == *who).into(),
            (_, None) => Tri::Maybe,
        }
    }

    fn who(&self, principal: &Principal<Tag>) -> Option<Admitted> {
        let declared = principal.element.at.of.and_then(|id| self.model.identity_of(id));
        if let Some(identity) = declared {
            return Some(Admitted::Holder(Holder::identity(identity.id)));
        }
        match principal.who() {
            Who::Everyone => Some(Admitted::Other("anybody".to_string())),
            // Whoever has a policy of their own for it, who are found by that.
            Who::Account(id) if self.is_own(&id) => None,
            Who::Account(id) => {
                Some(Admitted::Other(format!("everybody in account {id} whom a policy allows it")))
            }
            Who::Service(name) => Some(Admitted::Other(format!("service {name}"))),
            Who::Member(_) => {
                let text = principal.element.pattern.to_string();
                let named = self.by_name(&text).map(|id| Admitted::Holder(Holder::identity(id)));
                Some(named.unwrap_or(Admitted::Other(text)))
            }
            Who::Federated | Who::Unknown => None,
        }
    }

    /// `arn:aws:iam::1:role/path/name`
    fn by_name(&self, arn: &str) -> Option<IdentityId> {
        let kinds = [(":role/", "aws_iam_role"), (":user/", "aws_iam_user")];
        let (path, kind) = kinds.iter().find_map(|(part, kind)| Some((arn.split_once(part)?.1, *kind)))?;
        *self.names.get(&(kind, path.rsplit('/').next().unwrap_or(path)))?
    }

    /// The account in which the thing itself is.
    fn is_own(&self, id: &str) -> bool {
        let accounts = &permissions(self.model).accounts;
        let of = |it: &&Guarded| accounts.account(self.model.resource(it.document.resource));
        self.documents.iter().any(|it| of(it).id() == Some(id))
    }
}
