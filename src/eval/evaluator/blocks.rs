use super::super::value::{Value, Why};
use super::{Evaluator, Scope};
use crate::diagnostic::GapKind;
use crate::eval::{Attr, BlockValue};
use crate::syntax::ast::{Block, Body, ExprKind};
use std::sync::Arc;

impl Evaluator<'_> {
    /// Evaluates a body; attributes and blocks named in `skip` are left out.
    pub(super) fn body(&mut self, body: &Body, skip: &[&str], scope: &mut Scope) -> BlockValue {
        let mut value = BlockValue::default();
        for attribute in &body.attributes {
            if skip.contains(&&*attribute.name) {
                continue;
            }
            let evaluated = self.expr(&attribute.expr, scope);
            let attr = Attr {
                value: evaluated,
                name_span: attribute.name_span,
                span: attribute.span,
                expr_span: attribute.expr.span,
            };
            value.attributes.insert(attribute.name.clone(), attr);
        }
        for block in &body.blocks {
            if skip.contains(&&*block.kind) {
                continue;
            }
            match (&*block.kind, block.labels.first()) {
                ("dynamic", Some(label)) => {
                    let blocks = self.dynamic(block, scope);
                    value.blocks.extend(blocks.into_iter().map(|block| (label.text.clone(), block)));
                }
                _ => {
                    let inner = self.nested(block, scope);
                    value.blocks.push((block.kind.clone(), inner));
                }
            }
        }
        value
    }

    pub(super) fn nested(&mut self, block: &Block, scope: &mut Scope) -> BlockValue {
        let mut value = self.body(&block.body, &[], scope);
        value.span = Some(block.span);
        value.header = Some(block.header);
        value
    }

    /// One block for each element; one that stands for all when the elements are not known.
    fn dynamic(&mut self, block: &Block, scope: &mut Scope) -> Vec<BlockValue> {
        let (Some(each), Some(content)) =
            (block.body.attribute("for_each"), block.body.blocks("content").next())
        else {
            self.error(block.header, "a `dynamic` block needs `for_each` and `content`");
            return Vec::new();
        };
        let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.expr.kind) {
            Some(ExprKind::Variable(name) | ExprKind::String(name)) => name.clone(),
            _ => block.labels.first().map_or_else(|| Arc::from(""), |label| label.text.clone()),
        };
        let collection = self.expr(&each.expr, scope);
        let options = match &collection.kind {
            super::super::value::Kind::Unknown(unknown) => match &unknown.why {
                Why::OneOf(options) => options.to_vec(),
                _ => vec![],
            },
            _ => vec![collection.clone()],
        };
        let mut pairs = Vec::new();
        let mut known = !options.is_empty();
        for option in &options {
            match option.is_null() {
                true => {}
                false => match self.pairs(option, each.expr.span) {
                    Some(found) => pairs.extend(found),
                    None => known = false,
                },
            }
        }
        if !known {
            let key = Value::unknown(Why::Repetition).at(each.expr.span);
            let value = Value::derived([&collection]).at(each.expr.span);
            pairs = vec![(key, value)];
        }
        let allowed = self.limited(pairs.len(), each.expr.span);
        let mut blocks = Vec::new();
        for (key, value) in pairs.into_iter().take(allowed) {
            if !self.budget.allows_block() {
                self.gap(GapKind::Limit, block.header, "more blocks than keyward makes of one resource");
                break;
            }
            let item = Value::object([(Arc::from("key"), key), (Arc::from("value"), value)]);
            let bound = scope.bindings.len();
            scope.bindings.push((iterator.clone(), item));
            let mut made = self.nested(content, scope);
            scope.bindings.truncate(bound);
            made.header = Some(block.header);
            made.any = !known;
            made.perhaps = made.any || collection.is_unknown();
            blocks.push(made);
        }
        blocks
    }
}
