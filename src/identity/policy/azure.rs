use super::pattern;
use crate::eval::BlockValue;
use crate::eval::value::Value;
use crate::iam::azure::Permissions;
use crate::iam::{Pattern, Syntax};

/// The `permissions` blocks of an `azurerm_role_definition`.
pub fn permissions(body: &BlockValue) -> Vec<Permissions> {
    let blocks = body.blocks("permissions");
    let read = blocks.iter().map(|block| Permissions {
        actions: patterns(block.value("actions")),
        not_actions: patterns(block.value("not_actions")),
        data_actions: patterns(block.value("data_actions")),
        not_data_actions: patterns(block.value("not_data_actions")),
        conditional: false,
    });
    read.collect()
}

fn patterns(value: Option<&Value>) -> Vec<Pattern> {
    value.map(Value::as_slice).unwrap_or_default().iter().map(|item| pattern(item, Syntax::Glob)).collect()
}
