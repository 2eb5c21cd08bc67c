use super::super::value::{Kind, Number, Str, Value, Why};
use super::budget::weight;
use super::{Evaluator, MAX_DEPTH, Name, Scope};
use crate::diagnostic::GapKind;
use crate::syntax::ast::{Expr, ExprKind, ObjectKey};
use indexmap::IndexMap;

impl Evaluator<'_> {
    pub(super) fn expr(&mut self, expr: &Expr, scope: &mut Scope) -> Value {
        if self.depth == 0 {
            self.budget.begin();
        }
        self.budget.spend(1);
        if self.budget.is_exhausted() {
            return self.exhausted(expr.span);
        }
        if self.depth >= MAX_DEPTH {
            self.gap(GapKind::Limit, expr.span, "values are nested or chained too deeply here");
            return Value::unknown(Why::Limit).at(expr.span);
        }
        self.depth += 1;
        let value = self.expr_inner(expr, scope);
        self.depth -= 1;
        self.budget.spend(weight(&value) / 256);
        // A value that has a place was reported there.
        let fresh = value.meta.span.is_none_or(|span| span == expr.span);
        if fresh && matches!(&value.kind, Kind::Unknown(unknown) if matches!(unknown.why, Why::Limit)) {
            self.gap(GapKind::Limit, expr.span, "a value grows beyond what keyward computes");
        }
        value.or_at(expr.span)
    }

    fn expr_inner(&mut self, expr: &Expr, scope: &mut Scope) -> Value {
        match &expr.kind {
            ExprKind::Null => Value::null(),
            ExprKind::Bool(value) => Value::bool(*value),
            ExprKind::Number(text) => match Number::parse(text) {
                Some(number) => Value::number(number),
                None => Value::unknown(Why::Limit),
            },
            ExprKind::String(text) => Value::string(Str::new(text.clone())),
            ExprKind::Template(pieces) => self.template(pieces, scope, expr.span),
            ExprKind::List(items) => {
                self.budget.spend_elements(items.len());
                let items = items.iter().map(|item| self.expr(item, scope)).collect();
                Value::tuple(items)
            }
            ExprKind::Object(entries) => self.object(entries, scope),
            ExprKind::Variable(name) => self.traverse(name, expr.span, &[], scope),
            ExprKind::Traversal(root, steps) => {
                let mut value = match &root.kind {
                    ExprKind::Variable(name) => self.traverse(name, expr.span, steps, scope),
                    _ => {
                        let value = self.expr(root, scope);
                        self.steps_on(value, steps, scope)
                    }
                };
                // A reference is written as a whole, not by its last step.
                if value.is_unknown() && value.meta.span.is_some_and(|span| expr.span.contains(span)) {
                    value.meta.span = Some(expr.span);
                }
                value
            }
            ExprKind::Call(call) => self.call_once(call, expr.span, scope),
            ExprKind::Conditional(parts) => self.conditional(parts, scope),
            ExprKind::Not(inner) => {
                let value = self.expr(inner, scope);
                self.not(&value, inner.span)
            }
            ExprKind::Negate(inner) => {
                let value = self.expr(inner, scope);
                self.negate(&value, inner.span)
            }
            ExprKind::Binary(parts) => {
                let (left, op, right) = &**parts;
                self.binary(left, *op, right, scope)
            }
            ExprKind::For(parsed) => self.for_expr(parsed, scope),
            ExprKind::Paren(inner) => self.expr(inner, scope),
            ExprKind::Broken => Value::unknown(Why::Error),
        }
    }

    fn object(&mut self, entries: &[(ObjectKey, Expr)], scope: &mut Scope) -> Value {
        self.budget.spend_elements(entries.len());
        let mut map: IndexMap<Name, Value> = IndexMap::with_capacity(entries.len());
        let mut unsure: Vec<(Name, Value)> = Vec::new();
        for (key, value) in entries {
            let value = self.expr(value, scope);
            match self.object_key(key, scope) {
                Ok(key) => {
                    // The last of repeated keys wins and stands where it was written.
                    map.shift_remove(&key);
                    map.insert(key, value);
                }
                Err(key) => unsure.push((key, value)),
            }
        }
        match unsure.is_empty() {
            true => Value::object(map),
            // With an unknown key any entry could be anywhere.
            false => Value::object_with_holes(map.into_iter().chain(unsure).collect()),
        }
    }

    /// The key, or what is known of it.
    fn object_key(&mut self, key: &ObjectKey, scope: &mut Scope) -> Result<Name, Name> {
        match key {
            ObjectKey::Word(name, _) => Ok(name.clone()),
            ObjectKey::Expr(expr) => {
                let value = self.expr(expr, scope);
                self.as_string(&value).ok_or_else(|| {
                    if !value.is_unknown() && !matches!(value.kind, Kind::Template(_)) {
                        self.error(expr.span, format!("an object key cannot be a {}", value.type_name()));
                    }
                    value.key_with_holes()
                })
            }
        }
    }

    /// The text of a known primitive.
    pub(super) fn as_string(&self, value: &Value) -> Option<Name> {
        match &value.kind {
            Kind::String(text) => Some(text.shared()),
            Kind::Number(number) => Some(number.to_string().into()),
            Kind::Bool(value) => Some(if *value { "true" } else { "false" }.into()),
            _ => None,
        }
    }

    fn conditional(&mut self, parts: &[Expr; 3], scope: &mut Scope) -> Value {
        let [condition, yes, no] = parts;
        let chosen = self.expr(condition, scope);
        match chosen.as_bool() {
            Some(choice) => {
                let (taken, other) = if choice { (yes, no) } else { (no, yes) };
                let value = self.expr(taken, scope);
                // Terraform gives both branches one type. What is wrong with the other one does not matter.
                let mark = self.trail.now.errors.len();
                let other = self.expr(other, scope);
                let sound = self.trail.now.errors.len() == mark;
                self.trail.now.errors.truncate(mark);
                match with_common_type(&value, &other) {
                    Some(converted) => converted.absorbing_sensitivity(&chosen.meta),
                    None => {
                        if sound && !value.is_unknown() && !other.is_unknown() {
                            self.error(condition.span, "the two results have types that do not go together");
                        }
                        value.absorbing_sensitivity(&chosen.meta)
                    }
                }
            }
            None if chosen.is_unknown() => {
                let mark = self.trail.now.errors.len();
                let options = [self.expr(yes, scope), self.expr(no, scope)];
                self.trail.now.errors.truncate(mark);
                Value::one_of(options.to_vec()).absorbing_sensitivity(&chosen.meta)
            }
            None => self.error(condition.span, "the condition is not true or false"),
        }
    }
}

/// The chosen branch of a conditional, converted to the type that both branches have in common; `None`
/// when they have none.
fn with_common_type(value: &Value, other: &Value) -> Option<Value> {
    if value.type_name() == other.type_name() && value.items().is_none() && value.entries().is_none() {
        return Some(value.clone());
    }
    let converted = super::super::value::unify_values(&[value, other])?;
    converted.into_iter().next()
}
