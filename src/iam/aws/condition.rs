use super::document::map_all;
use super::{Operator, Quantifier, Test};
use crate::iam::Tri;
use crate::iam::pattern::{Element, Pattern};

/// One test of one key. All conditions of a statement have to pass, and one of the values suffices for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition<T = ()> {
    /// The place of the operator or the block.
    pub at: T,
    pub operator: Operator,
    /// `aws:SourceAccount`, as written. Keys are compared without regard to case. Empty when not known, with `…`
    /// for a part that is not known.
    pub key: String,
    /// To be read in the operator's syntax.
    pub values: Vec<Element<T>>,
}

impl<T> Condition<T> {
    /// Values are patterns in the syntax of the operator: see [`Operator::syntax`].
    pub fn new(operator: Operator, key: impl Into<String>, values: Vec<Element<T>>, at: T) -> Self {
        Condition { at, operator, key: key.into(), values }
    }

    /// Compares the key, in any case.
    pub fn is_about(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// The key is known in full.
    pub fn has_known_key(&self) -> bool {
        !self.key.is_empty() && !self.key.contains('…')
    }

    /// Whether a request whose key has this one value passes.
    pub fn admits(&self, value: &str) -> Tri {
        let found = Tri::any(self.values.iter().map(|element| self.test(&element.pattern, value)));
        match (self.operator.negated, found) {
            (true, found) => !found,
            (false, found) => found,
        }
    }

    /// Whether a request whose key has these values passes.
    pub fn admits_all(&self, values: &[String]) -> Tri {
        let answers = || values.iter().map(|value| self.admits(value));
        match self.operator.quantifier {
            _ if values.is_empty() => self.admits_missing(),
            Quantifier::ForAll => Tri::all(answers()),
            Quantifier::ForAny => Tri::any(answers()),
            // A key of one value; more are given only where the caller knows no better.
            Quantifier::One if self.operator.negated => Tri::all(answers()),
            Quantifier::One => Tri::any(answers()),
        }
    }

    /// Whether a request that does not have the key passes.
    pub fn admits_missing(&self) -> Tri {
        match self.operator.test {
            Test::Null => self.admits("true"),
            Test::Other => Tri::Maybe,
            _ => self.operator.passes_without_key().into(),
        }
    }

    fn test(&self, pattern: &Pattern, value: &str) -> Tri {
        match self.operator.test {
            Test::StringEquals | Test::StringLike | Test::Arn => pattern.matches(value),
            Test::StringEqualsIgnoreCase | Test::Bool | Test::Null => pattern.matches_ignore_case(value),
            // Equality is the part of the other tests that needs no knowledge of the type.
            _ if pattern.as_text() == Some(value) && self.operator.as_str().contains("quals") => Tri::Yes,
            Test::Numeric | Test::Date | Test::IpAddress | Test::Binary | Test::Other => Tri::Maybe,
        }
    }

    pub(super) fn map<U>(self, tag: &mut impl FnMut(T) -> U) -> Condition<U> {
        Condition {
            at: tag(self.at),
            operator: self.operator,
            key: self.key,
            values: map_all(self.values, tag),
        }
    }
}
