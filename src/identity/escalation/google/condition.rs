//! IAM conditions: what is left of a role under one. Source: Google Cloud IAM documentation, "Attribute reference
//! for IAM Conditions".

use crate::eval::decode_json;
use crate::eval::value::Value;
use crate::iam::gcp::escalation::Permissions;
use crate::identity::model::{Grant, Model};

/// How a condition limits a role.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Limit {
    None,
    /// It ends at some time, and is as wide until then.
    Time,
    /// Only permissions of one service.
    Service(String),
    /// Only what has one of these in its name.
    Names(Vec<String>),
    /// It is not known what the condition says or means.
    Unknown,
}

impl Limit {
    pub(super) fn of(model: &Model, grant: &Grant) -> Limit {
        let body = &model.resource(grant.resource).body;
        if let Some(block) = body.block("condition") {
            return read(block.value("expression"));
        }
        let Some(data) = body.value("policy_data").and_then(decode_json) else { return Limit::None };
        let bindings = data.get("bindings").map(Value::as_slice).unwrap_or_default();
        // One binding of a role may be conditional and another not: the place of the role's text tells.
        let same = |binding: &&Value| binding.get("role").is_some_and(|it| it.meta.span == Some(grant.span));
        let conditions = bindings.iter().filter(same).filter_map(|binding| binding.get("condition"));
        conditions
            .filter(|it| !it.is_null())
            .map(|it| read(it.get("expression")))
            .next()
            .unwrap_or(Limit::None)
    }

    pub(super) fn apply(&self, permissions: Permissions) -> Permissions {
        let Limit::Service(service) = self else { return permissions };
        let kept = Permissions::matching(|name| name.split('.').next() == Some(service));
        permissions.without(permissions.without(kept))
    }

    pub(super) fn caveat(&self) -> Option<&'static str> {
        match self {
            Limit::Time => Some("its condition ends it at a set time"),
            Limit::Unknown => Some("its condition could not be evaluated"),
            _ => None,
        }
    }
}

fn read(expression: Option<&Value>) -> Limit {
    let Some(text) = expression.and_then(Value::as_str) else { return Limit::Unknown };
    let mut limit = Limit::None;
    for clause in text.split("&&") {
        let next = clause_limit(clause.trim().trim_start_matches('(').trim_end_matches(')').trim());
        limit = match (limit, next) {
            (Limit::Names(names), _) | (_, Limit::Names(names)) => Limit::Names(names),
            (Limit::Unknown, _) | (_, Limit::Unknown) => Limit::Unknown,
            (Limit::Service(service), _) | (_, Limit::Service(service)) => Limit::Service(service),
            (Limit::Time, _) | (_, Limit::Time) => Limit::Time,
            _ => Limit::None,
        };
    }
    limit
}

fn clause_limit(clause: &str) -> Limit {
    if clause.contains("||") || clause.starts_with('!') || clause.contains("!=") {
        return Limit::Unknown;
    }
    if clause.starts_with("request.time") {
        return Limit::Time;
    }
    let literals: Vec<String> = quoted(clause).map(str::to_string).collect();
    if clause.starts_with("resource.name") && !literals.is_empty() {
        return Limit::Names(literals);
    }
    let is_type = clause.starts_with("resource.type") || clause.starts_with("resource.service");
    match literals.first().and_then(|text| text.split_once(".googleapis.com")) {
        Some((service, _)) if is_type && clause.contains("==") => Limit::Service(service.to_string()),
        // Tags and attributes of the request narrow it to something that the code does not show.
        _ if clause.starts_with("resource.") || clause.starts_with("api.") => Limit::Names(literals),
        _ => Limit::Unknown,
    }
}

/// The string literals of an expression.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let quote = if text.contains('"') { '"' } else { '\'' };
    text.split(quote).skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(text: &str) -> Limit {
        read(Some(&Value::string(text)))
    }

    #[test]
    fn expressions() {
        assert_eq!(limit("request.time < timestamp(\"2027-01-01T00:00:00Z\")"), Limit::Time);
        let named = limit("resource.name.endsWith(\"/serviceAccounts/a@p.iam.gserviceaccount.com\")");
        assert_eq!(named, Limit::Names(vec!["/serviceAccounts/a@p.iam.gserviceaccount.com".to_string()]));
        let service = "resource.type == \"iam.googleapis.com/ServiceAccount\" && request.time < x";
        assert_eq!(limit(service), Limit::Service("iam".to_string()));
        assert_eq!(limit("!resource.name.startsWith('a')"), Limit::Unknown);
        assert_eq!(read(None), Limit::Unknown);
    }
}
