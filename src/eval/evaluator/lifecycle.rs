//! `lifecycle` blocks.
//! Source: Terraform language documentation, "The lifecycle Meta-Argument".

use super::modules::plain_names;
use crate::eval::Lifecycle;
use crate::syntax::ast::{Block, Expr, ExprKind, ObjectKey};

/// What all `lifecycle` blocks of a resource say together.
pub(super) fn lifecycle(block: &Block) -> Lifecycle {
    let mut found = Lifecycle::default();
    for inner in block.body.blocks("lifecycle") {
        for attribute in &inner.body.attributes {
            found.read(&attribute.name, &attribute.expr);
        }
    }
    // JSON does not tell blocks from attributes.
    if let Some(attribute) = block.body.attribute("lifecycle") {
        found.read_json(&attribute.expr);
    }
    found
}

impl Lifecycle {
    fn read_json(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::List(items) => items.iter().for_each(|item| self.read_json(item)),
            ExprKind::Object(entries) => {
                for (key, value) in entries {
                    match key {
                        ObjectKey::Word(name, _)
                        | ObjectKey::Expr(Expr { kind: ExprKind::String(name), .. }) => {
                            self.read(name, value)
                        }
                        ObjectKey::Expr(_) => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn read(&mut self, name: &str, expr: &Expr) {
        match name {
            "ignore_changes" => self.ignore(expr),
            "create_before_destroy" => self.create_before_destroy = is_true(expr),
            "prevent_destroy" => self.prevent_destroy = is_true(expr),
            _ => {}
        }
    }

    fn ignore(&mut self, expr: &Expr) {
        if let ExprKind::List(items) = &expr.kind {
            return items.iter().for_each(|item| self.ignore(item));
        }
        match path(expr).as_deref() {
            // Before Terraform 0.12 all of them were a star in the list.
            Some("all" | "*") => self.ignores_all = true,
            Some(path) => self.ignored.push(path.to_string()),
            None => {}
        }
    }
}

fn is_true(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Bool(flag) => *flag,
        ExprKind::String(text) => &**text == "true",
        ExprKind::Paren(inner) => is_true(inner),
        _ => false,
    }
}

/// `tags["owner"]` → `tags`. Names in JSON, and before Terraform 0.12, are strings.
fn path(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Variable(name) => Some(name.to_string()),
        ExprKind::String(text) => Some(text.split('[').next().unwrap_or(text).to_string()),
        ExprKind::Traversal(root, steps) => {
            let mut path = path(root)?;
            for name in plain_names(steps) {
                path.push('.');
                path.push_str(&name);
            }
            Some(path)
        }
        _ => None,
    }
}
