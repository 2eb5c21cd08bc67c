//! Joining the files of a directory, and override files the way Terraform merges them.

use crate::syntax::ast::{Block, Body, Label};
use std::collections::HashSet;
use std::sync::Arc;

pub(super) fn append(into: &mut Body, body: &Body) {
    into.blocks.extend(body.blocks.iter().cloned());
    into.attributes.extend(body.attributes.iter().cloned());
}

/// Each block of an override file changes the block of the same kind and labels; attributes are replaced
/// one by one, nested blocks of a kind all together.
pub(super) fn apply_override(into: &mut Body, body: &Body) {
    for block in &body.blocks {
        match &*block.kind {
            "locals" => override_locals(into, block),
            _ => {
                let target = into.blocks.iter_mut().find(|candidate| same(candidate, block));
                match target {
                    Some(target) => target.body = Arc::new(merged(&target.body, &block.body)),
                    None => into.blocks.push(block.clone()),
                }
            }
        }
    }
}

fn override_locals(into: &mut Body, block: &Block) {
    let names: HashSet<_> = block.body.attributes.iter().map(|attribute| attribute.name.clone()).collect();
    for candidate in into.blocks.iter_mut().filter(|candidate| &*candidate.kind == "locals") {
        let mut body = (*candidate.body).clone();
        body.attributes.retain(|attribute| !names.contains(&attribute.name));
        candidate.body = Arc::new(body);
    }
    into.blocks.push(block.clone());
}

fn same(left: &Block, right: &Block) -> bool {
    let texts = |labels: &[Label]| labels.iter().map(|label| label.text.clone()).collect::<Vec<_>>();
    left.kind == right.kind && texts(&left.labels) == texts(&right.labels) && alias(left) == alias(right)
}

/// Provider blocks of one name are told apart by their alias.
fn alias(block: &Block) -> Option<String> {
    let attribute = block.body.attribute("alias").filter(|_| &*block.kind == "provider")?;
    Some(format!("{:?}", attribute.expr.kind))
}

fn merged(base: &Body, over: &Body) -> Body {
    let mut body = base.clone();
    for attribute in &over.attributes {
        body.attributes.retain(|existing| existing.name != attribute.name);
        body.attributes.push(attribute.clone());
    }
    let kinds: HashSet<_> = over.blocks.iter().map(|block| block.kind.clone()).collect();
    body.blocks.retain(|block| !kinds.contains(&block.kind));
    body.blocks.extend(over.blocks.iter().cloned());
    body
}
