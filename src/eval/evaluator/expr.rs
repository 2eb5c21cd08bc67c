use super::super::value::{Kind, Meta, Number, Str, Value, Why};
use super::budget::weight;
use super::{Evaluator, MAX_DEPTH, Name, Scope};
use crate::diagnostic::GapKind;
use crate::syntax::ast::{Expr, ExprKind, For, ObjectKey};
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
            ExprKind::Traversal(root, steps) => match &root.kind {
                ExprKind::Variable(name) => self.traverse(name, expr.span, steps, scope),
                _ => {
                    let value = self.expr(root, scope);
                    self.steps_on(value, steps, scope)
                }
            },
            ExprKind::Call(call) => self.call(call, expr.span, scope),
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
        let mut lost: Vec<Value> = Vec::new();
        for (key, value) in entries {
            let value = self.expr(value, scope);
            match self.object_key(key, scope) {
                Some(key) => {
                    // The last of repeated keys wins and stands where it was written.
                    map.shift_remove(&key);
                    map.insert(key, value);
                }
                None => lost.push(value),
            }
        }
        match lost.is_empty() {
            true => Value::object(map),
            // With an unknown key any entry could be anywhere.
            false => Value::derived(lost.iter().chain(map.values())),
        }
    }

    fn object_key(&mut self, key: &ObjectKey, scope: &mut Scope) -> Option<Name> {
        match key {
            ObjectKey::Word(name, _) => Some(name.clone()),
            ObjectKey::Expr(expr) => {
                let value = self.expr(expr, scope);
                match self.as_string(&value) {
                    Some(text) => Some(text),
                    None => {
                        if !value.is_unknown() && !matches!(value.kind, Kind::Template(_)) {
                            self.error(expr.span, format!("an object key cannot be a {}", value.type_name()));
                        }
                        None
                    }
                }
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

    fn for_expr(&mut self, parsed: &For, scope: &mut Scope) -> Value {
        let collection = self.expr(&parsed.collection, scope);
        let Some(pairs) = self.pairs(&collection, parsed.collection.span) else {
            return Value::derived([&collection]);
        };
        let mut list: Vec<Value> = Vec::new();
        let mut map: IndexMap<Name, Vec<Value>> = IndexMap::new();
        let mut unsure: Vec<Value> = Vec::new();
        for (key, value) in pairs {
            let bound = scope.bindings.len();
            if let Some(name) = &parsed.key {
                scope.bindings.push((name.clone(), key));
            }
            scope.bindings.push((parsed.value.clone(), value));
            let kept = match &parsed.condition {
                None => Some(true),
                Some(condition) => self.expr(condition, scope).as_bool(),
            };
            if kept != Some(false) {
                let value = self.expr(&parsed.value_expr, scope);
                let key = parsed.key_expr.as_ref().map(|key| {
                    let key = self.expr(key, scope);
                    self.as_string(&key)
                });
                match (kept, key) {
                    (Some(true), None) => list.push(value),
                    (Some(true), Some(Some(key))) => map.entry(key).or_default().push(value),
                    _ => unsure.push(value),
                }
            }
            scope.bindings.truncate(bound);
            if self.budget.is_exhausted() {
                return self.exhausted(parsed.value_expr.span);
            }
        }
        if !unsure.is_empty() {
            return Value::derived(unsure.iter().chain(&list).chain(map.values().flatten()));
        }
        self.budget.spend_elements(list.len() + map.len());
        let meta = Meta { sensitive: collection.meta.sensitive, ..Meta::default() };
        let result = match parsed.key_expr {
            None => Value::tuple(list),
            Some(_) if parsed.grouping => {
                Value::object(map.into_iter().map(|(key, values)| (key, Value::tuple(values))))
            }
            Some(ref key) => {
                if map.values().any(|values| values.len() > 1) {
                    return self.error(key.span, "two elements produce the same key; `...` groups them");
                }
                Value::object(map.into_iter().filter_map(|(key, mut values)| Some((key, values.pop()?))))
            }
        };
        result.absorbing(&meta)
    }

    /// Keys and values of a collection, in Terraform's order; `None` when it is unknown or no collection.
    pub(super) fn pairs(&mut self, value: &Value, span: crate::source::Span) -> Option<Vec<(Value, Value)>> {
        match &value.kind {
            Kind::List(kind, list) => {
                let is_set = *kind == super::super::value::ListKind::Set;
                let pairs = list.items.iter().enumerate().map(|(index, item)| {
                    let key = if is_set { item.clone() } else { Value::number(index) };
                    (key, item.clone().absorbing_context(&value.meta))
                });
                Some(pairs.collect())
            }
            Kind::Map(_, map) => {
                let mut entries: Vec<_> = map.entries.iter().collect();
                entries.sort_by(|left, right| left.0.cmp(right.0));
                let pairs = entries.into_iter().map(|(key, item)| {
                    (Value::string(Str::new(key.clone())), item.clone().absorbing_context(&value.meta))
                });
                Some(pairs.collect())
            }
            Kind::Unknown(_) => None,
            _ => {
                self.error(span, format!("cannot iterate over a {}", value.type_name()));
                None
            }
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
                let mark = self.errors.len();
                let other = self.expr(other, scope);
                self.errors.truncate(mark);
                with_common_type(value, &other).absorbing_sensitivity(&chosen.meta)
            }
            None if chosen.is_unknown() => {
                let mark = self.errors.len();
                let options = [self.expr(yes, scope), self.expr(no, scope)];
                self.errors.truncate(mark);
                Value::one_of(options.to_vec()).absorbing_sensitivity(&chosen.meta)
            }
            None => self.error(condition.span, "the condition is not true or false"),
        }
    }
}

/// The chosen branch of a conditional, converted to the type that both branches have in common.
fn with_common_type(value: Value, other: &Value) -> Value {
    if value.type_name() == other.type_name() && value.items().is_none() && value.entries().is_none() {
        return value;
    }
    match super::super::value::unify_values(&[&value, other]) {
        Some(mut converted) if !converted.is_empty() => converted.swap_remove(0),
        _ => value,
    }
}
