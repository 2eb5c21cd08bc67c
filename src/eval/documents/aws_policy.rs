//! `aws_iam_policy_document`: statements, and the documents that they are merged with.
//! Source: Terraform Registry, hashicorp/aws, data source `aws_iam_policy_document`.

use super::super::functions;
use super::super::project::BlockValue;
use super::super::value::{KEY_HOLE, Kind, ListKind, Part, Str, Value};
use indexmap::IndexMap;
use std::sync::Arc;

pub(super) fn document(body: &BlockValue) -> Value {
    let own: Vec<Value> = body.blocks("statement").iter().map(statement).collect();
    let mut statements = Vec::new();
    for source in documents(body, "source_json", "source_policy_documents") {
        merge(&mut statements, source);
    }
    merge(&mut statements, own);
    for over in documents(body, "override_json", "override_policy_documents") {
        merge(&mut statements, over);
    }
    let version = body.value("version").cloned().unwrap_or_else(|| Value::string("2012-10-17"));
    let mut entries: IndexMap<Arc<str>, Value> = IndexMap::new();
    if let Some(id) = body.value("policy_id") {
        entries.insert("Id".into(), id.clone());
    }
    entries.insert("Statement".into(), Value::tuple(statements));
    entries.insert("Version".into(), version);
    let document = Value::object(entries);
    match body.header {
        Some(header) => document.at(header),
        None => document,
    }
}

/// A statement whose `Sid` is already there replaces it; all others are added.
fn merge(statements: &mut Vec<Value>, more: Vec<Value>) {
    for statement in more {
        let sid =
            statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty()).map(str::to_string);
        let existing = sid.and_then(|sid| {
            statements.iter().position(|other| other.get("Sid").and_then(Value::as_str) == Some(sid.as_str()))
        });
        match existing {
            Some(at) => statements[at] = statement,
            None => statements.push(statement),
        }
    }
}

/// Statements of the documents given as JSON; a document that is not known is one unknown statement.
fn documents(body: &BlockValue, single: &str, list: &str) -> Vec<Vec<Value>> {
    let singles = body.value(single).into_iter().cloned();
    let listed: Vec<Value> = match body.value(list) {
        Some(value) if value.is_unknown() => vec![value.clone()],
        Some(value) => value.as_slice().to_vec(),
        None => Vec::new(),
    };
    singles.chain(listed).filter(|document| !document.is_null()).map(|document| parsed(&document)).collect()
}

fn parsed(document: &Value) -> Vec<Value> {
    let decoded = match document.as_str() {
        Some("") => return Vec::new(),
        _ => functions::call("jsondecode", std::slice::from_ref(document)),
    };
    match decoded {
        Ok(value) if value.entries().is_some() => {
            let statements = value.get("Statement").or_else(|| value.get("statement"));
            statements.map_or_else(Vec::new, |statements| match statements.is_unknown() {
                true => vec![statements.clone()],
                false => statements.as_slice().to_vec(),
            })
        }
        _ => vec![Value::derived([document])],
    }
}

fn statement(block: &BlockValue) -> Value {
    let mut entries: IndexMap<Arc<str>, Value> = IndexMap::new();
    for (attribute, key) in [
        ("sid", "Sid"),
        ("effect", "Effect"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if let Some(value) = block.value(attribute) {
            entries.insert(key.into(), policy_variables(value));
        }
    }
    entries.entry("Effect".into()).or_insert_with(|| Value::string("Allow"));
    for (kind, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        if let Some(principals) = principals(&block.blocks(kind)) {
            entries.insert(key.into(), principals);
        }
    }
    if let Some(conditions) = conditions(&block.blocks("condition")) {
        entries.insert("Condition".into(), conditions);
    }
    let value = match block.any {
        // It stands for any number of statements, none included.
        true => Value::derived(entries.values()),
        false => Value::object(entries),
    };
    match block.header {
        Some(header) => value.at(header),
        None => value,
    }
}

fn principals(blocks: &[BlockValue]) -> Option<Value> {
    let mut by_type: IndexMap<Arc<str>, Vec<Value>> = IndexMap::new();
    for block in blocks {
        let identifiers = block.value("identifiers").cloned().unwrap_or_else(|| Value::tuple(Vec::new()));
        match (block.text("type"), block.any) {
            (Some(kind), false) => match identifiers.is_unknown() {
                true => by_type.entry(kind.into()).or_default().push(identifiers),
                false => {
                    by_type.entry(kind.into()).or_default().extend(identifiers.as_slice().iter().cloned())
                }
            },
            _ => return Some(Value::derived([&identifiers])),
        }
    }
    if by_type.is_empty() {
        return None;
    }
    if let Some([anyone]) = by_type.get("*").map(Vec::as_slice)
        && by_type.len() == 1
        && anyone.as_str() == Some("*")
    {
        return Some(anyone.clone());
    }
    let entries = by_type.into_iter().map(|(kind, values)| (kind, policy_variables(&Value::tuple(values))));
    Some(Value::object(entries))
}

fn conditions(blocks: &[BlockValue]) -> Option<Value> {
    let mut by_test: IndexMap<Arc<str>, IndexMap<Arc<str>, Vec<Value>>> = IndexMap::new();
    for block in blocks {
        let values = block.value("values").cloned().unwrap_or_else(|| Value::tuple(Vec::new()));
        let (Some(test), Some(variable), false) = (block.text("test"), block.value("variable"), block.any)
        else {
            return Some(Value::derived([&values]));
        };
        let slot = by_test.entry(test.into()).or_default().entry(variable.key_with_holes()).or_default();
        match values.is_unknown() {
            true => slot.push(values),
            false => slot.extend(values.as_slice().iter().cloned()),
        }
    }
    if by_test.is_empty() {
        return None;
    }
    Some(Value::object(by_test.into_iter().map(|(test, variables)| {
        let variables =
            variables.into_iter().map(|(name, values)| (name, policy_variables(&Value::tuple(values))));
        let variables: Vec<_> = variables.collect();
        let value = match variables.iter().any(|(name, _)| name.contains(KEY_HOLE)) {
            true => Value::object_with_holes(variables),
            false => Value::object(variables),
        };
        (test, value)
    })))
}

/// `&{aws:username}` stands for `${aws:username}`, which Terraform would take for its own.
fn policy_variables(value: &Value) -> Value {
    let replaced = |text: &Str| match text.as_str().contains("&{") {
        // Same length, so that every byte keeps its place.
        true => Str::with_pieces(text.as_str().replace("&{", "${"), text.pieces().to_vec()),
        false => text.clone(),
    };
    let kind = match &value.kind {
        Kind::String(text) => Kind::String(replaced(text)),
        Kind::Template(parts) => {
            let parts = parts.iter().map(|part| match part {
                Part::Text(text) => Part::Text(replaced(text)),
                Part::Hole(value) => Part::Hole(value.clone()),
            });
            Kind::Template(Arc::new(parts.collect()))
        }
        Kind::List(_, list) => {
            Value::list(ListKind::Tuple, list.items.iter().map(policy_variables).collect()).kind
        }
        other => other.clone(),
    };
    Value { kind, meta: value.meta.clone() }
}
