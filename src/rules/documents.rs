//! AWS policy documents as rules look at them: each one once, with everybody whom it reaches.

use super::privileged;
use crate::diagnostic::Persona;
use crate::eval::ResourceMode;
use crate::eval::value::ResourceId;
use crate::iam::aws::{ActionSet, Level as Access, Principals, catalogue};
use crate::identity::policy::{AwsDocument, computed_document};
use crate::identity::privilege::{Holder, Level, privileges};
use crate::identity::{Grant, Model, Policy};
use crate::source::Span;
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};

/// A document, and the grants that bring it to someone.
pub struct Reached<'m> {
    pub document: &'m AwsDocument,
    pub grants: Vec<usize>,
    /// The module that it is given to, where its source is not here.
    pub handed_to: Option<String>,
}

impl Reached<'_> {
    /// Tells its statements from those of all other documents.
    pub fn key(&self, statement: usize) -> (u32, Span, usize) {
        (self.document.resource.0, self.document.span, statement)
    }

    /// What one edit would mend: the statement, as far as its place is known.
    pub fn root(&self, statement: usize) -> Span {
        root(self.document, statement)
    }
}

/// The place of a statement; the whole document where that is not known.
pub fn root(document: &AwsDocument, statement: usize) -> Span {
    let found = document.document.statements.get(statement);
    found.and_then(|statement| statement.at.span).unwrap_or(document.span)
}

/// Data sources with an identity's policy that no resource here uses. Who gets it is not in this code.
pub fn lone(model: &Model) -> Vec<AwsDocument> {
    let used: HashSet<ResourceId> =
        model.uses.iter().filter(|usage| usage.user.is_some()).map(|usage| usage.used).collect();
    let data = model.project.resources.iter().filter(|resource| {
        resource.mode == ResourceMode::Data && &*resource.kind == "aws_iam_policy_document"
    });
    let unused = data.filter(|resource| !used.contains(&resource.id));
    let read = unused.filter_map(|resource| {
        let (_, document) = computed_document(resource, "json")?;
        // With principals it is a trust, or the policy of a resource.
        let of_identity = document.statements.iter().all(|it| matches!(it.principals, Principals::Absent));
        of_identity.then(|| AwsDocument {
            document,
            resource: resource.id,
            attribute: "statement".to_string(),
            span: resource.header(),
        })
    });
    read.collect()
}

/// Every document that is granted to someone or could be, each once. Policies that only serve as boundaries are
/// left out: they limit what others allow.
pub fn reached<'m>(model: &'m Model, lone: &'m [AwsDocument]) -> Vec<Reached<'m>> {
    let mut documents: IndexMap<(u32, Span), Reached<'m>> = IndexMap::new();
    for (index, grant) in model.grants.iter().enumerate() {
        let Policy::Aws(document) = &grant.policy else { continue };
        let key = (document.resource.0, document.span);
        let reached =
            documents.entry(key).or_insert_with(|| Reached { document, grants: Vec::new(), handed_to: None });
        if !grant.subjects.is_empty() {
            reached.grants.push(index);
        }
    }
    let boundaries = privileged::boundaries(model);
    documents
        .retain(|_, reached| !reached.grants.is_empty() || !boundaries.contains(&reached.document.resource));
    let mut reached: Vec<Reached<'m>> = documents.into_values().collect();
    // The same block may be used in one instance of a module and not in another.
    let known: HashSet<Span> = reached.iter().flat_map(|one| spans(one.document)).collect();
    let lone = lone.iter().filter(|document| spans(document).any(|span| !known.contains(&span)));
    reached.extend(lone.map(|document| Reached { document, grants: Vec::new(), handed_to: None }));
    let handed = handed(model);
    for one in reached.iter_mut().filter(|one| one.grants.is_empty()) {
        one.handed_to = handed.get(&one.document.resource).cloned();
    }
    reached
}

/// What modules are given whose source is not here, with their address.
pub fn handed(model: &Model) -> HashMap<ResourceId, String> {
    let mut found = HashMap::new();
    let calls = model.project.modules.iter().flat_map(|module| &module.calls);
    for call in calls.filter(|call| !call.resolved) {
        call.body.each_attr(&mut |_, attr| {
            for reference in attr.value.deep_refs().iter() {
                found.entry(reference.resource).or_insert_with(|| call.address.clone());
            }
        });
    }
    found
}

fn spans(document: &AwsDocument) -> impl Iterator<Item = Span> {
    document.document.statements.iter().filter_map(|statement| statement.at.span)
}

/// Those whom a document adds anything to.
pub struct Holders {
    pub all: Vec<Holder>,
    pub persona: Persona,
    /// Nothing here attaches it.
    pub nobody: bool,
    pub notes: Vec<String>,
    /// What boundaries and Denies leave, if they apply to all of them.
    limits: Option<ActionSet>,
}

impl Holders {
    /// `None` where it is attached to administrators or to other people's people only.
    pub fn of(model: &Model, reached: &Reached<'_>) -> Option<Holders> {
        let mut found: Vec<(Persona, Holder)> = Vec::new();
        let (mut limits, mut unlimited): (Option<ActionSet>, bool) = (None, false);
        let mut notes = Vec::new();
        let known = privileges(model);
        let mut admins = 0;
        for index in &reached.grants {
            let grant: &Grant = &model.grants[*index];
            for holder in Holder::of_grant(model, *index) {
                let Some(mut persona) = privileged::audience(model, &holder, grant) else { continue };
                let privilege = known.get(&holder);
                // Nothing can be added to an administrator.
                if privilege.is_some_and(|it| it.level == Level::Admin) {
                    admins += 1;
                    continue;
                }
                match privilege.and_then(|it| it.aws_limits.as_ref()) {
                    Some(left) => limits.get_or_insert_with(ActionSet::new).add(left),
                    None => unlimited = true,
                }
                if let Some(name) = privilege.and_then(|it| it.unread_boundary.as_ref()) {
                    persona = persona.max(Persona::Strict);
                    notes.push(format!("permissions boundary {name} limits it to what is not in this code"));
                }
                if !found.iter().any(|(_, known)| *known == holder) {
                    found.push((persona, holder));
                }
            }
        }
        if found.is_empty() {
            // Attached to persons or administrators only, or to nobody at all.
            let nobody = reached.grants.is_empty() && admins == 0;
            let notes = vec![match &reached.handed_to {
                Some(module) => format!("`{module}` is given it, whose source is not here"),
                None => "nothing in this code attaches it".to_string(),
            }];
            let persona = Persona::Regular;
            return nobody.then(|| Holders { all: Vec::new(), persona, nobody, notes, limits: None });
        }
        let persona = found.iter().map(|(persona, _)| *persona).min().unwrap_or(Persona::Regular);
        if persona == Persona::Regular {
            notes.clear();
        }
        notes.dedup();
        let all = found.into_iter().filter(|(own, _)| *own == persona).map(|(_, holder)| holder).collect();
        Some(Holders { all, persona, nobody: false, notes, limits: limits.filter(|_| !unlimited) })
    }

    /// Whether anything is left of actions that write or manage permissions.
    pub fn still_has(&self, actions: &ActionSet) -> bool {
        let left = self.left_of(actions);
        !left.is_disjoint(catalogue().at_level(Access::Permissions))
            || !left.is_disjoint(catalogue().at_level(Access::Write))
    }

    /// What boundaries and Denies leave of actions.
    pub fn left_of(&self, actions: &ActionSet) -> ActionSet {
        match &self.limits {
            Some(limits) => actions.intersection(limits),
            None => actions.clone(),
        }
    }
}

/// Statements that `admin-policy-attached` speaks of.
pub fn admin_statements(model: &Model) -> HashSet<(u32, Span, usize)> {
    let causes = privileges(model).iter().flat_map(|(_, privilege)| &privilege.causes);
    let found = causes.filter_map(|cause| match &model.grants[cause.grant].policy {
        Policy::Aws(document) => Some((document.resource.0, document.span, cause.statement?)),
        _ => None,
    });
    found.collect()
}
