//! `vault_policy_document`: rules as Vault policy text.
//! Source: Terraform Registry, hashicorp/vault, data source `vault_policy_document`.

use super::super::project::BlockValue;
use super::super::value::{Kind, Part, Str, Value};

pub(super) fn hcl(body: &BlockValue) -> Value {
    let mut parts = Vec::new();
    for rule in body.blocks("rule") {
        if rule.any {
            parts.push(Part::Hole(Value::derived([&rule.to_value()])));
            continue;
        }
        text(&mut parts, "path \"");
        match rule.value("path") {
            Some(path) => interpolated(&mut parts, path),
            None => text(&mut parts, ""),
        }
        text(&mut parts, "\" {\n  capabilities = [");
        let capabilities = rule.value("capabilities").map(Value::as_slice).unwrap_or_default();
        for (index, capability) in capabilities.iter().enumerate() {
            text(&mut parts, if index == 0 { "\"" } else { ", \"" });
            interpolated(&mut parts, capability);
            text(&mut parts, "\"");
        }
        text(&mut parts, "]\n}\n\n");
    }
    Value::template(parts)
}

fn text(parts: &mut Vec<Part>, text: &str) {
    parts.push(Part::Text(Str::new(text)));
}

fn interpolated(parts: &mut Vec<Part>, value: &Value) {
    match &value.kind {
        Kind::String(known) => {
            let pieces = match (known.pieces(), value.meta.span) {
                ([], Some(span)) => vec![(0, span)],
                (pieces, _) => pieces.to_vec(),
            };
            parts.push(Part::Text(Str::with_pieces(known.shared(), pieces)));
        }
        Kind::Template(inner) => parts.extend(inner.iter().cloned()),
        _ => parts.push(Part::Hole(value.clone())),
    }
}
