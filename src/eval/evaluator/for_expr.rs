use super::super::value::{Kind, ListKind, Meta, Str, Value};
use super::{Evaluator, Name, Scope};
use crate::source::Span;
use crate::syntax::ast::For;
use indexmap::IndexMap;

/// What a `for` expression has collected.
#[derive(Default)]
struct Collected {
    list: Vec<Value>,
    map: IndexMap<Name, Vec<Value>>,
    /// Elements of which it is not known whether they belong, or under which key.
    unsure: Vec<Value>,
}

/// Terraform would refuse the expression; the error is recorded.
struct Refused(Value);

impl Evaluator<'_> {
    pub(super) fn for_expr(&mut self, parsed: &For, scope: &mut Scope) -> Value {
        let collection = self.expr(&parsed.collection, scope);
        let Some(pairs) = self.pairs(&collection, parsed.collection.span) else {
            return Value::derived([&collection]);
        };
        let mut collected = Collected::default();
        for (key, value) in pairs {
            let bound = scope.bindings.len();
            if let Some(name) = &parsed.key {
                scope.bindings.push((name.clone(), key));
            }
            scope.bindings.push((parsed.value.clone(), value));
            let done = self.for_element(parsed, scope, &mut collected);
            scope.bindings.truncate(bound);
            if let Err(Refused(error)) = done {
                return error;
            }
            if self.budget.is_exhausted() {
                return self.exhausted(parsed.value_expr.span);
            }
        }
        let Collected { list, map, unsure } = collected;
        if !unsure.is_empty() {
            return Value::derived(unsure.iter().chain(&list).chain(map.values().flatten()));
        }
        self.budget.spend_elements(list.len() + map.len());
        let meta = Meta { sensitive: collection.meta.sensitive, ..Meta::default() };
        let result = match &parsed.key_expr {
            None => Value::tuple(list),
            Some(_) if parsed.grouping => {
                Value::object(map.into_iter().map(|(key, values)| (key, Value::tuple(values))))
            }
            Some(key) => {
                if map.values().any(|values| values.len() > 1) {
                    return self.error(key.span, "two elements produce the same key; `...` groups them");
                }
                Value::object(map.into_iter().filter_map(|(key, mut values)| Some((key, values.pop()?))))
            }
        };
        result.absorbing(&meta)
    }

    fn for_element(&mut self, parsed: &For, scope: &mut Scope, into: &mut Collected) -> Result<(), Refused> {
        let kept = match &parsed.condition {
            None => Some(true),
            Some(condition) => {
                let decision = self.expr(condition, scope);
                if decision.as_bool().is_none() && !decision.is_unknown() {
                    return Err(Refused(self.error(condition.span, "the condition is not true or false")));
                }
                decision.as_bool()
            }
        };
        if kept == Some(false) {
            return Ok(());
        }
        let value = self.expr(&parsed.value_expr, scope);
        let key = match &parsed.key_expr {
            None => None,
            Some(expr) => {
                let key = self.expr(expr, scope);
                if key.is_null() || key.items().is_some() || key.entries().is_some() {
                    let message = format!("an object key cannot be a {}", key.type_name());
                    return Err(Refused(self.error(expr.span, message)));
                }
                Some(self.as_string(&key))
            }
        };
        match (kept, key) {
            (Some(true), None) => into.list.push(value),
            (Some(true), Some(Some(key))) => into.map.entry(key).or_default().push(value),
            _ => into.unsure.push(value),
        }
        Ok(())
    }

    /// Keys and values of a collection, in Terraform's order; `None` when it is unknown or no collection.
    pub(super) fn pairs(&mut self, value: &Value, span: Span) -> Option<Vec<(Value, Value)>> {
        match &value.kind {
            Kind::List(kind, list) => {
                let is_set = *kind == ListKind::Set;
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
}
