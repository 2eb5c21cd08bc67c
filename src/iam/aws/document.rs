use super::{Condition, Principals};
use crate::iam::pattern::{Element, Pattern};
use serde::Serialize;

/// A policy document. `T` is what the caller wants back with every part: a source span, for instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document<T = ()> {
    pub statements: Vec<Statement<T>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement<T = ()> {
    pub at: T,
    pub sid: Option<String>,
    pub effect: Effect,
    pub actions: Actions<T>,
    pub resources: Resources<T>,
    pub principals: Principals<T>,
    pub conditions: Vec<Condition<T>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    Allow,
    Deny,
    /// Not known, so that the statement may do either.
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Actions<T = ()> {
    Only(Vec<Element<T>>),
    /// `NotAction`: everything but these.
    Not(Vec<Element<T>>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Resources<T = ()> {
    /// Written without one, as in trust policies: the resource is what the policy is attached to.
    Absent,
    Only(Vec<Element<T>>),
    /// `NotResource`: everything but these.
    Not(Vec<Element<T>>),
}

impl Effect {
    /// IAM takes the two words as they are written here and in no other case.
    pub fn parse(text: &str) -> Effect {
        match text {
            "Allow" => Effect::Allow,
            "Deny" => Effect::Deny,
            _ => Effect::Unknown,
        }
    }
}

impl<T> Actions<T> {
    pub fn elements(&self) -> &[Element<T>] {
        match self {
            Actions::Only(elements) | Actions::Not(elements) => elements,
        }
    }

    pub fn is_negated(&self) -> bool {
        matches!(self, Actions::Not(_))
    }
}

impl<T> Resources<T> {
    pub fn elements(&self) -> &[Element<T>] {
        match self {
            Resources::Only(elements) | Resources::Not(elements) => elements,
            Resources::Absent => &[],
        }
    }
}

impl<T> Statement<T> {
    /// An Allow of nothing, to be filled in.
    pub fn new(effect: Effect, at: T) -> Self {
        Statement {
            at,
            sid: None,
            effect,
            actions: Actions::Only(Vec::new()),
            resources: Resources::Absent,
            principals: Principals::Absent,
            conditions: Vec::new(),
        }
    }
}

impl<T: Clone> Statement<T> {
    /// A statement of which nothing is known.
    pub fn unknown(at: T) -> Self {
        let hole = || vec![Element::new(Pattern::unknown(), at.clone())];
        Statement {
            actions: Actions::Only(hole()),
            resources: Resources::Only(hole()),
            ..Statement::new(Effect::Unknown, at.clone())
        }
    }
}

impl<T: Clone> Document<T> {
    /// A document of which nothing is known.
    pub fn unknown(at: T) -> Self {
        Document { statements: vec![Statement::unknown(at)] }
    }
}

impl<T> Document<T> {
    pub fn new(statements: Vec<Statement<T>>) -> Self {
        Document { statements }
    }

    /// Parts of it are not known.
    pub fn has_holes(&self) -> bool {
        self.statements.iter().any(|statement| {
            let elements = statement.actions.elements().iter().chain(statement.resources.elements());
            statement.effect == Effect::Unknown || elements.into_iter().any(|it| it.pattern.has_hole())
        })
    }

    /// The same document in the language of 2008, which knows no policy variables and is the default.
    /// Source: AWS IAM User Guide, "IAM JSON policy elements: Version".
    #[must_use]
    pub fn without_variables(mut self) -> Self {
        for statement in &mut self.statements {
            let resources = match &mut statement.resources {
                Resources::Only(elements) | Resources::Not(elements) => elements.as_mut_slice(),
                Resources::Absent => &mut [],
            };
            let values = statement.conditions.iter_mut().flat_map(|condition| &mut condition.values);
            for element in resources.iter_mut().chain(values) {
                if element.pattern.variables().next().is_some() {
                    element.pattern = std::mem::take(&mut element.pattern).without_variables();
                }
            }
        }
        self
    }

    /// The same document with other tags.
    pub fn map<U>(self, mut tag: impl FnMut(T) -> U) -> Document<U> {
        let statements = self.statements.into_iter().map(|it| it.map(&mut tag)).collect();
        Document { statements }
    }
}

impl<T> Statement<T> {
    fn map<U>(self, tag: &mut impl FnMut(T) -> U) -> Statement<U> {
        Statement {
            at: tag(self.at),
            sid: self.sid,
            effect: self.effect,
            actions: match self.actions {
                Actions::Only(elements) => Actions::Only(map_all(elements, tag)),
                Actions::Not(elements) => Actions::Not(map_all(elements, tag)),
            },
            resources: match self.resources {
                Resources::Absent => Resources::Absent,
                Resources::Only(elements) => Resources::Only(map_all(elements, tag)),
                Resources::Not(elements) => Resources::Not(map_all(elements, tag)),
            },
            principals: self.principals.map(tag),
            conditions: self.conditions.into_iter().map(|condition| condition.map(tag)).collect(),
        }
    }
}

pub(super) fn map_all<T, U>(elements: Vec<Element<T>>, tag: &mut impl FnMut(T) -> U) -> Vec<Element<U>> {
    elements.into_iter().map(|element| Element::new(element.pattern, tag(element.at))).collect()
}
