use super::{SharedDocument, elements, pattern};
use crate::eval::decode_json;
use crate::eval::value::{KEY_HOLE, Kind, Part, ResourceId, Value, Why};
use crate::iam::aws::{
    Actions, Condition, Document, Effect, Operator, Principal, PrincipalKind, Principals, Resources,
    Statement,
};
use crate::iam::{Element, Pattern, Syntax};
use crate::source::Span;

/// Where an element of a document is written, and whose it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    pub span: Option<Span>,
    /// The declared resource whose computed attribute the element is or begins with. Its ARN may be known only
    /// after the apply; that it is this resource's is known before.
    pub of: Option<ResourceId>,
}

impl Tag {
    pub fn at(span: Option<Span>) -> Self {
        Tag { span, of: None }
    }

    pub fn of(value: &Value) -> Self {
        Tag { span: value.meta.span, of: begins_with(value) }
    }
}

/// The resource whose attribute a value is, or a text begins with: `"${aws_s3_bucket.b.arn}/*"`.
fn begins_with(value: &Value) -> Option<ResourceId> {
    match &value.kind {
        Kind::Unknown(unknown) => match &unknown.why {
            Why::Attribute(resource, _) => Some(*resource),
            Why::Resource(resource) => Some(*resource),
            _ => None,
        },
        Kind::Template(parts) => match parts.first()? {
            Part::Hole(hole) => begins_with(hole),
            Part::Text(_) => None,
        },
        _ => None,
    }
}

/// A policy document and where it is declared.
#[derive(Clone, Debug)]
pub struct AwsDocument {
    pub document: SharedDocument,
    /// The resource whose attribute it is.
    pub resource: ResourceId,
    pub attribute: String,
    pub span: Span,
}

/// Reads a document. One that cannot be read is a document of which nothing is known.
pub fn document(value: &Value) -> Document<Tag> {
    let at = Tag::at(value.meta.span);
    let Some(decoded) = decode_json(value) else { return Document::unknown(at) };
    let Some(statements) = decoded.get("Statement") else {
        return match decoded.entries() {
            Some(_) => Document::default(),
            None => Document::unknown(at),
        };
    };
    let read = statements.as_slice().iter().map(|value| statement(value, at));
    let document = Document::new(read.collect());
    match decoded.get("Version") {
        Some(version) if version.as_str() != Some("2008-10-17") => document,
        _ => document.without_variables(),
    }
}

fn statement(value: &Value, document: Tag) -> Statement<Tag> {
    let at = Tag::at(value.meta.span.or(document.span));
    if value.entries().is_none() {
        return Statement::unknown(at);
    }
    let effect = match value.get("Effect") {
        Some(effect) => effect.as_str().map_or(Effect::Unknown, Effect::parse),
        None => Effect::Unknown,
    };
    let mut statement = Statement::new(effect, at);
    statement.sid = value.get("Sid").and_then(Value::as_str).map(str::to_string);
    statement.actions = match (value.get("Action"), value.get("NotAction")) {
        (Some(actions), _) => Actions::Only(elements(actions, Syntax::Glob)),
        (None, Some(actions)) => Actions::Not(elements(actions, Syntax::Glob)),
        (None, None) => Actions::Only(Vec::new()),
    };
    statement.resources = match (value.get("Resource"), value.get("NotResource")) {
        (Some(resources), _) => Resources::Only(elements(resources, Syntax::Glob)),
        (None, Some(resources)) => Resources::Not(elements(resources, Syntax::Glob)),
        (None, None) => Resources::Absent,
    };
    statement.principals = match (value.get("Principal"), value.get("NotPrincipal")) {
        (Some(value), _) => Principals::Only(principals(value)),
        (None, Some(value)) => Principals::Not(principals(value)),
        (None, None) => Principals::Absent,
    };
    statement.conditions = value.get("Condition").map(conditions).unwrap_or_default();
    statement
}

fn principals(value: &Value) -> Vec<Principal<Tag>> {
    match value.entries() {
        Some(entries) => entries
            .iter()
            .flat_map(|(kind, values)| {
                let kind = PrincipalKind::parse(kind);
                let elements = elements(values, Syntax::Glob).into_iter();
                elements.map(move |element| Principal::new(kind.clone(), element))
            })
            .collect(),
        None => {
            let kind = if value.as_str() == Some("*") { PrincipalKind::Everyone } else { PrincipalKind::Aws };
            vec![Principal::new(kind, Element::new(pattern(value, Syntax::Glob), Tag::of(value)))]
        }
    }
}

fn conditions(value: &Value) -> Vec<Condition<Tag>> {
    let Some(operators) = value.entries() else {
        let unknown = Element::new(Pattern::unknown(), Tag::at(value.meta.span));
        return vec![Condition::new(Operator::parse(""), "", vec![unknown], Tag::at(value.meta.span))];
    };
    let mut found = Vec::new();
    for (operator, keys) in operators {
        let operator = Operator::parse(operator);
        let Some(entries) = keys.written_entries() else {
            let unknown = Element::new(Pattern::unknown(), Tag::at(keys.meta.span));
            found.push(Condition::new(operator, "", vec![unknown], Tag::at(keys.meta.span)));
            continue;
        };
        for (key, values) in entries {
            let values = elements(values, operator.syntax());
            found.push(Condition::new(operator.clone(), key_text(key), values, Tag::at(keys.meta.span)));
        }
    }
    found
}

/// A condition key, `…` standing for a part that is not known. Empty when nothing of it is.
fn key_text(key: &str) -> String {
    // Keys that looked the same were told apart by more holes at the start.
    let known = key.trim_start_matches(KEY_HOLE);
    match (known.is_empty(), known.len() < key.len()) {
        (true, _) => String::new(),
        (false, true) => format!("…{}", known.replace(KEY_HOLE, "…")),
        (false, false) => known.replace(KEY_HOLE, "…"),
    }
}
