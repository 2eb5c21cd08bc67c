use super::super::value::{Kind, Number, Value, equal};
use super::{Evaluator, Scope};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, Expr};
use std::cmp::Ordering;

impl Evaluator<'_> {
    pub(super) fn not(&mut self, value: &Value, span: Span) -> Value {
        match value.as_bool() {
            Some(known) => Value::bool(!known).absorbing(&value.meta),
            None if value.is_unknown() => Value::derived([value]),
            None => self.error(span, "`!` needs true or false"),
        }
    }

    pub(super) fn negate(&mut self, value: &Value, span: Span) -> Value {
        match value.as_number() {
            Some(number) => Value::number(number.neg()).absorbing(&value.meta),
            None if undecided(value) => Value::derived([value]),
            None => self.error(span, "`-` needs a number"),
        }
    }

    pub(super) fn binary(&mut self, left: &Expr, op: BinaryOp, right: &Expr, scope: &mut Scope) -> Value {
        let a = self.expr(left, scope);
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            return self.logical(&a, left.span, op, right, scope);
        }
        let b = self.expr(right, scope);
        let result = match op {
            BinaryOp::Equal | BinaryOp::NotEqual => match equal(&a, &b) {
                Some(same) => Value::bool(same == (op == BinaryOp::Equal)),
                None => return Value::derived([&a, &b]),
            },
            _ => {
                if undecided(&a) || undecided(&b) {
                    return Value::derived([&a, &b]);
                }
                let (Some(x), Some(y)) = (a.as_number(), b.as_number()) else {
                    let span = if a.as_number().is_none() { left.span } else { right.span };
                    return self.error(span, "this operator needs numbers");
                };
                match arithmetic(op, &x, &y) {
                    Some(value) => value,
                    None => return self.error(right.span, "the result is not a number"),
                }
            }
        };
        result.absorbing(&a.meta).absorbing(&b.meta)
    }

    /// False and anything is false, even when anything is unknown.
    fn logical(&mut self, a: &Value, span: Span, op: BinaryOp, right: &Expr, scope: &mut Scope) -> Value {
        let decisive = op == BinaryOp::Or;
        let known = a.as_bool();
        if known.is_none() && !undecided(a) {
            return self.error(span, "this operator needs true or false");
        }
        if known == Some(decisive) {
            return Value::bool(decisive).absorbing(&a.meta);
        }
        let b = self.expr(right, scope);
        match (known, b.as_bool()) {
            (_, Some(value)) if value == decisive => Value::bool(decisive).absorbing(&b.meta),
            (Some(_), Some(value)) => Value::bool(value).absorbing(&a.meta).absorbing(&b.meta),
            (_, None) if !undecided(&b) => self.error(right.span, "this operator needs true or false"),
            _ => Value::derived([a, &b]),
        }
    }
}

fn undecided(value: &Value) -> bool {
    matches!(value.kind, Kind::Unknown(_) | Kind::Template(_))
}

fn arithmetic(op: BinaryOp, x: &Number, y: &Number) -> Option<Value> {
    let order = x.cmp(y);
    Some(match op {
        BinaryOp::Add => Value::number(x.add(y)?),
        BinaryOp::Subtract => Value::number(x.sub(y)?),
        BinaryOp::Multiply => Value::number(x.mul(y)?),
        BinaryOp::Divide => Value::number(x.div(y)?),
        BinaryOp::Modulo => Value::number(x.rem(y)?),
        BinaryOp::Less => Value::bool(order == Ordering::Less),
        BinaryOp::LessEqual => Value::bool(order != Ordering::Greater),
        BinaryOp::Greater => Value::bool(order == Ordering::Greater),
        BinaryOp::GreaterEqual => Value::bool(order != Ordering::Less),
        BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::And | BinaryOp::Or => return None,
    })
}
