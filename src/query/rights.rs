//! What somebody may do, as sets that can be compared with those of another revision.

use super::Asker;
use crate::iam::aws::{ActionSet, Document, Effect, Resources, effective};
use crate::identity::permission::Limit;
use crate::identity::policy::Tag;
use crate::identity::privilege::Holder;
use std::collections::BTreeSet;

/// Everything that somebody may do on AWS by their own grants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rights {
    /// Allowed for certain, on some resource at least and under some condition.
    pub certain: ActionSet,
    /// The part of it that is allowed on every resource without a condition.
    pub everywhere: ActionSet,
    /// The part of it that needs no condition.
    pub free: ActionSet,
    /// Actions that the catalogue does not have.
    pub others: BTreeSet<String>,
    /// Resources that statements name, `*` left out.
    pub resources: BTreeSet<String>,
}

impl Asker<'_> {
    pub fn rights(&self, holder: &Holder, grants: &[usize]) -> Rights {
        let holding = self.holding(holder, grants);
        let documents: Vec<&Document<Tag>> = holding.sources.iter().map(|source| source.document).collect();
        if documents.is_empty() {
            return Rights::default();
        }
        let mut all = effective(documents.iter().copied());
        if let Limit::Read { document, .. } = &holding.limit {
            all = all.within(&effective([*document]));
        }
        let mut rights = Rights {
            certain: all.certain(),
            free: all.unconditional(),
            others: all.unknown_names.iter().cloned().collect(),
            ..Rights::default()
        };
        rights.everywhere = all.on_all;
        let statements = documents.iter().flat_map(|document| &document.statements);
        for statement in statements.filter(|statement| statement.effect == Effect::Allow) {
            let Resources::Only(elements) = &statement.resources else { continue };
            for element in elements.iter().filter(|element| !element.pattern.is_any()) {
                rights.resources.insert(match element.at.of {
                    Some(resource) => self.model.resource(resource).address.clone(),
                    None => element.pattern.to_string(),
                });
            }
        }
        rights
    }
}
