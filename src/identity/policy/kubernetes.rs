use super::{Tag, elements};
use crate::eval::BlockValue;
use crate::eval::value::Value;
use crate::iam::kubernetes::Rule;
use crate::iam::{Element, Syntax};
use crate::source::Span;

/// What a role allows: its rules, or the name of a role that every cluster has.
#[derive(Clone, Debug)]
pub enum KubernetesRules {
    Rules(Vec<Rule<Tag>>),
    BuiltIn(String, Span),
    Unknown,
}

/// The `rule` blocks of a role.
pub fn rules(body: &BlockValue) -> Vec<Rule<Tag>> {
    let list = |block: &BlockValue, name: &str| -> Vec<Element<Tag>> {
        block.value(name).map(|value: &Value| elements(value, Syntax::Literal)).unwrap_or_default()
    };
    let read = body.blocks("rule").into_iter().map(|block| Rule {
        api_groups: list(&block, "api_groups"),
        resources: list(&block, "resources"),
        resource_names: list(&block, "resource_names"),
        verbs: list(&block, "verbs"),
    });
    read.collect()
}
