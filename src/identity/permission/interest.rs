//! Which of the actions that rules ask about a document may allow: a few bits for each document, so that the
//! precise and slower questions are asked only where they may come to something.

use crate::iam::Pattern;
use crate::iam::aws::{Actions, Document, Effect};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Actions beyond those of the methods that rules ask about.
const FURTHER: [&str; 3] = ["eks:CreateCluster", "iam:CreateRole", "iam:CreateUser"];

/// A set of those actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest(u128);

static INDEX: LazyLock<HashMap<String, u32>> = LazyLock::new(|| {
    let mut index = HashMap::new();
    for name in crate::identity::escalation::action_names().chain(FURTHER) {
        let next = u32::try_from(index.len()).unwrap_or(u32::MAX);
        index.entry(name.to_ascii_lowercase()).or_insert(next);
    }
    index
});

impl Interest {
    /// What a document allows for certain or perhaps, whatever denies it.
    pub fn of<T>(document: &Document<T>) -> Interest {
        let mut found = Interest::default();
        for statement in document.statements.iter().filter(|it| it.effect == Effect::Allow) {
            match &statement.actions {
                Actions::Not(elements) => {
                    let left = INDEX.iter().filter(|(name, _)| {
                        !elements.iter().any(|element| element.pattern.matches_ignore_case(name).is_yes())
                    });
                    left.for_each(|(_, bit)| found.set(*bit));
                }
                Actions::Only(elements) => elements.iter().for_each(|element| found.add(&element.pattern)),
            }
        }
        found
    }

    fn add(&mut self, pattern: &Pattern) {
        match pattern.as_text() {
            Some(name) => {
                if let Some(bit) = INDEX.get(&name.to_ascii_lowercase()) {
                    self.set(*bit);
                }
            }
            // Nothing can be said of an action that is not known at all.
            None if pattern.is_unknown() => {}
            None => {
                let matching = INDEX.iter().filter(|(name, _)| pattern.matches_ignore_case(name).is_yes());
                matching.for_each(|(_, bit)| self.set(*bit));
            }
        }
    }

    fn set(&mut self, bit: u32) {
        self.0 |= 1_u128.checked_shl(bit).unwrap_or(0);
    }

    pub fn has(self, action: &str) -> bool {
        let bit = INDEX.get(&action.to_ascii_lowercase());
        bit.is_some_and(|bit| self.0 & 1_u128.checked_shl(*bit).unwrap_or(0) != 0)
    }

    #[must_use]
    pub fn union(self, other: Interest) -> Interest {
        Interest(self.0 | other.0)
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_bit() {
        assert!(INDEX.len() <= 128, "{} actions need more bits", INDEX.len());
    }

    #[test]
    fn a_document_is_interesting_for_what_it_allows() {
        let text = r#"{"Statement":[{"Effect":"Allow","Action":["iam:Pass*","s3:*"],"Resource":"*"}]}"#;
        let document = Document::from_json(&serde_json::from_str(text).unwrap()).document;
        let interest = Interest::of(&document);
        assert!(interest.has("iam:PassRole") && !interest.has("iam:CreateAccessKey"));
        let text = r#"{"Statement":[{"Effect":"Allow","NotAction":["iam:*"],"Resource":"*"}]}"#;
        let document = Document::from_json(&serde_json::from_str(text).unwrap()).document;
        let interest = Interest::of(&document);
        assert!(!interest.has("iam:PassRole") && interest.has("lambda:CreateFunction"));
    }
}
