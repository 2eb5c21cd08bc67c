use super::compare::compare;
use super::document::map_all;
use super::{Key, Operator, Quantifier, Test};
use crate::iam::Tri;
use crate::iam::pattern::{Element, Filled, Pattern};

/// Keys that hold a list, whether or not it has one entry. Source: AWS IAM User Guide, "AWS global condition
/// context keys", where each key is called single-valued or multivalued.
const LISTS: [&str; 8] = [
    "aws:tagkeys",
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:vpceorgpaths",
    "aws:principalservicenameslist",
    "dynamodb:attributes",
];

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

    /// Whether a request whose key has this one value passes, as far as that can be told without the others.
    pub fn admits(&self, value: &str) -> Tri {
        self.admits_in(value, &|_| Key::Unknown)
    }

    /// Whether a request whose key has these values passes.
    pub fn admits_all(&self, values: &[String]) -> Tri {
        self.admits_all_in(values, &|_| Key::Unknown)
    }

    /// Whether a request that does not have the key passes.
    pub fn admits_missing(&self) -> Tri {
        match self.operator.test {
            Test::Null => self.admits("true"),
            Test::Other => Tri::Maybe,
            _ => self.operator.passes_without_key().into(),
        }
    }

    /// Whether a request passes. The context gives the values of keys by their name in lower case, for the key
    /// itself and for policy variables.
    pub fn holds(&self, context: &dyn Fn(&str) -> Key) -> Tri {
        if !self.has_known_key() {
            return Tri::Maybe;
        }
        match context(&self.key.to_ascii_lowercase()) {
            Key::Unknown => Tri::Maybe,
            Key::Absent => self.admits_missing(),
            Key::Values(values) => self.admits_all_in(&values, context),
        }
    }

    fn admits_all_in(&self, values: &[String], context: &dyn Fn(&str) -> Key) -> Tri {
        let answers = || values.iter().map(|value| self.admits_in(value, context));
        match self.operator.quantifier {
            _ if self.operator.test == Test::Other => Tri::Maybe,
            // A list without an entry is null.
            _ if self.operator.test == Test::Null => {
                self.admits(if values.is_empty() { "true" } else { "false" })
            }
            Quantifier::ForAll => Tri::all(answers()),
            Quantifier::ForAny => Tri::any(answers()),
            // An operator for one value says nothing about a list.
            Quantifier::One if values.len() != 1 || self.is_about_a_list() => Tri::No,
            Quantifier::One => Tri::all(answers()),
        }
    }

    fn is_about_a_list(&self) -> bool {
        LISTS.iter().any(|key| self.is_about(key))
    }

    fn admits_in(&self, value: &str, context: &dyn Fn(&str) -> Key) -> Tri {
        let found = Tri::any(self.values.iter().map(|element| self.test(&element.pattern, value, context)));
        match (self.operator.negated, found) {
            (true, found) => !found,
            (false, found) => found,
        }
    }

    fn test(&self, pattern: &Pattern, value: &str, context: &dyn Fn(&str) -> Key) -> Tri {
        if pattern.variables().next().is_none() || !self.operator.knows_variables() {
            return compare(&self.operator, pattern, value);
        }
        match fill(pattern, context) {
            Some(pattern) => compare(&self.operator, &pattern, value),
            None => Tri::No,
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

/// Fills the policy variables of a pattern in. None where one has no value, so that nothing matches. A key with
/// several values has none to fill in.
/// Source: AWS IAM User Guide, "IAM policy elements: Variables and tags".
pub(super) fn fill(pattern: &Pattern, context: &dyn Fn(&str) -> Key) -> Option<Pattern> {
    pattern.resolve(|name| match context(&name.to_ascii_lowercase()) {
        Key::Unknown => Filled::Unknown,
        Key::Values(mut values) if values.len() == 1 => Filled::Text(values.remove(0)),
        Key::Values(_) | Key::Absent => Filled::Nothing,
    })
}
