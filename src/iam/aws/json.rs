use super::{Actions, Condition, Document, Effect, Operator, Principal, PrincipalKind, Principals};
use super::{Resources, Statement};
use crate::iam::pattern::{Element, Pattern, Syntax};
use serde_json::{Map, Value};
use std::fmt;

/// A document, and what in it did not have the form of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T = ()> {
    pub document: Document<T>,
    pub problems: Vec<Problem>,
}

/// Something in a document that AWS would not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The index of the statement, if it is about one.
    pub statement: Option<usize>,
    pub key: String,
    pub expected: &'static str,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.statement {
            write!(out, "statement {}: ", at + 1)?;
        }
        write!(out, "`{}` should be {}", self.key, self.expected)
    }
}

impl Document {
    /// Reads a policy document. What is malformed is left out and listed.
    pub fn from_json(value: &Value) -> Read {
        Document::from_json_at(value, &())
    }
}

impl<T: Clone> Document<T> {
    /// As `from_json`, with the same tag on every part.
    pub fn from_json_at(value: &Value, at: &T) -> Read<T> {
        let mut reader = Reader { at, statement: None, problems: Vec::new() };
        let mut statements = Vec::new();
        match value.get("Statement") {
            Some(Value::Array(list)) => {
                for (index, item) in list.iter().enumerate() {
                    reader.statement = Some(index);
                    statements.extend(reader.statement(item));
                }
            }
            Some(single @ Value::Object(_)) => {
                reader.statement = Some(0);
                statements.extend(reader.statement(single));
            }
            _ => reader.problem("Statement", "a statement or a list of them"),
        }
        Read { document: Document { statements }, problems: reader.problems }
    }
}

struct Reader<'a, T> {
    at: &'a T,
    statement: Option<usize>,
    problems: Vec<Problem>,
}

impl<T: Clone> Reader<'_, T> {
    fn problem(&mut self, key: &str, expected: &'static str) {
        self.problems.push(Problem { statement: self.statement, key: key.to_owned(), expected });
    }

    fn statement(&mut self, value: &Value) -> Option<Statement<T>> {
        let Value::Object(fields) = value else {
            self.problem("Statement", "an object");
            return None;
        };
        let effect = Effect::parse(fields.get("Effect").and_then(Value::as_str).unwrap_or_default());
        if effect == Effect::Unknown {
            self.problem("Effect", "`Allow` or `Deny`");
            return None;
        }
        let mut statement = Statement::new(effect, self.at.clone());
        statement.sid = fields.get("Sid").and_then(Value::as_str).map(str::to_owned);
        statement.actions = match (fields.get("Action"), fields.get("NotAction")) {
            (Some(list), _) => Actions::Only(self.patterns("Action", list, Syntax::Glob)),
            (None, Some(list)) => Actions::Not(self.patterns("NotAction", list, Syntax::Glob)),
            (None, None) => {
                self.problem("Action", "there");
                return None;
            }
        };
        statement.resources = match (fields.get("Resource"), fields.get("NotResource")) {
            (Some(list), _) => Resources::Only(self.patterns("Resource", list, Syntax::Glob)),
            (None, Some(list)) => Resources::Not(self.patterns("NotResource", list, Syntax::Glob)),
            (None, None) => Resources::Absent,
        };
        statement.principals = match (fields.get("Principal"), fields.get("NotPrincipal")) {
            (Some(value), _) => Principals::Only(self.principals("Principal", value)),
            (None, Some(value)) => Principals::Not(self.principals("NotPrincipal", value)),
            (None, None) => Principals::Absent,
        };
        if let Some(conditions) = fields.get("Condition") {
            statement.conditions = self.conditions(conditions);
        }
        Some(statement)
    }

    fn patterns(&mut self, key: &str, value: &Value, syntax: Syntax) -> Vec<Element<T>> {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        let mut elements = Vec::with_capacity(items.len());
        for item in items {
            let text = match item {
                Value::String(text) => text.clone(),
                // Terraform's jsonencode leaves these as they are, and AWS takes them in conditions.
                Value::Bool(_) | Value::Number(_) => item.to_string(),
                _ => {
                    self.problem(key, "a string or a list of strings");
                    continue;
                }
            };
            let pattern = Pattern::builder(syntax).text(&text).build();
            elements.push(Element::new(pattern, self.at.clone()));
        }
        elements
    }

    fn principals(&mut self, key: &str, value: &Value) -> Vec<Principal<T>> {
        let mut list = Vec::new();
        let mut add = |kind: PrincipalKind, elements: Vec<Element<T>>| {
            list.extend(elements.into_iter().map(|element| Principal::new(kind.clone(), element)));
        };
        match value {
            Value::Object(kinds) => {
                for (kind, names) in kinds {
                    add(PrincipalKind::parse(kind), self.patterns(key, names, Syntax::Glob));
                }
            }
            Value::String(_) => add(PrincipalKind::Everyone, self.patterns(key, value, Syntax::Glob)),
            _ => self.problem(key, "`*` or an object"),
        }
        list
    }

    fn conditions(&mut self, value: &Value) -> Vec<Condition<T>> {
        let empty = Map::new();
        let mut conditions = Vec::new();
        let operators = value.as_object().unwrap_or_else(|| {
            self.problem("Condition", "an object");
            &empty
        });
        for (name, tests) in operators {
            let operator = Operator::parse(name);
            let Value::Object(tests) = tests else {
                self.problem(name, "an object");
                continue;
            };
            for (key, values) in tests {
                let values = self.patterns(key, values, operator.syntax());
                conditions.push(Condition::new(operator.clone(), key, values, self.at.clone()));
            }
        }
        conditions
    }
}
