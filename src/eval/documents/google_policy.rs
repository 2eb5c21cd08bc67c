//! `google_iam_policy`: bindings of roles to members.
//! Source: Terraform Registry, hashicorp/google, data source `google_iam_policy`.

use super::super::project::BlockValue;
use super::super::value::Value;
use std::sync::Arc;

pub(super) fn policy(body: &BlockValue) -> Value {
    let bindings = body.blocks("binding").iter().map(binding).collect();
    Value::object([(Arc::from("bindings"), Value::tuple(bindings))])
}

fn binding(block: &BlockValue) -> Value {
    let mut entries: Vec<(Arc<str>, Value)> = Vec::new();
    for name in ["role", "members"] {
        if let Some(value) = block.value(name) {
            entries.push((name.into(), value.clone()));
        }
    }
    if let Some(condition) = block.block("condition") {
        entries.push(("condition".into(), condition.to_value()));
    }
    let value = match block.any {
        true => Value::derived(entries.iter().map(|(_, value)| value)),
        false => Value::object(entries),
    };
    match block.header {
        Some(header) => value.at(header),
        None => value,
    }
}
