//! Type constraints of variables: the defaults of optional attributes are filled in, then the value is
//! converted.

use super::value::{Field, Kind, Type, Value, convert};
use crate::syntax::ast::{Expr, ExprKind, ObjectKey};
use indexmap::IndexMap;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(super) struct Constraint {
    ty: Type,
    defaults: Defaults,
}

/// Values for attributes that are not set, by the shape of the type.
#[derive(Clone, Debug, Default)]
struct Defaults {
    own: IndexMap<Arc<str>, Value>,
    attributes: IndexMap<Arc<str>, Defaults>,
    /// For each element of a list, set or map.
    element: Option<Box<Defaults>>,
}

impl Constraint {
    pub(super) fn any() -> Self {
        Constraint { ty: Type::Any, defaults: Defaults::default() }
    }

    /// Text on a command line is a value of this type as it stands, without being an expression.
    pub(super) fn takes_text(&self) -> bool {
        self.ty == Type::Any || self.ty.is_primitive()
    }

    /// Reads a constraint; what is not understood constrains nothing. `constant` evaluates defaults.
    pub(super) fn parse(expr: &Expr, constant: &mut dyn FnMut(&Expr) -> Value) -> Self {
        match &expr.kind {
            ExprKind::Variable(name) => Constraint::named(name),
            // Before Terraform 0.12 types were written as strings.
            ExprKind::String(name) => Constraint::named(name),
            ExprKind::Paren(inner) => Constraint::parse(inner, constant),
            ExprKind::Call(call) => match (&*call.name, call.args.as_slice()) {
                ("list", [inner]) => Constraint::parse(inner, constant).inside(Type::List),
                ("set", [inner]) => Constraint::parse(inner, constant).inside(Type::Set),
                ("map", [inner]) => Constraint::parse(inner, constant).inside(Type::Map),
                ("tuple", [Expr { kind: ExprKind::List(items), .. }]) => {
                    let types = items.iter().map(|item| Constraint::parse(item, constant).ty);
                    Constraint { ty: Type::Tuple(types.collect()), defaults: Defaults::default() }
                }
                ("object", [Expr { kind: ExprKind::Object(entries), .. }]) => object(entries, constant),
                _ => Constraint::any(),
            },
            _ => Constraint::any(),
        }
    }

    fn named(name: &str) -> Self {
        let any = || Box::new(Type::Any);
        let ty = match name {
            "string" => Type::String,
            "number" => Type::Number,
            "bool" => Type::Bool,
            "list" => Type::List(any()),
            "set" => Type::Set(any()),
            "map" => Type::Map(any()),
            _ => Type::Any,
        };
        Constraint { ty, defaults: Defaults::default() }
    }

    fn inside(self, collection: fn(Box<Type>) -> Type) -> Self {
        let element = (!self.defaults.is_empty()).then(|| Box::new(self.defaults));
        Constraint {
            ty: collection(Box::new(self.ty)),
            defaults: Defaults { element, ..Defaults::default() },
        }
    }

    /// Fills in and converts; a value that does not fit is kept as it is, since Terraform would refuse it and
    /// guessing another would hide it.
    pub(super) fn apply(&self, value: Value) -> Value {
        let filled = self.defaults.fill(value);
        match convert(&filled, &self.ty) {
            Ok(mut converted) => {
                converted.meta.clone_from(&filled.meta);
                converted
            }
            Err(_) => filled,
        }
    }
}

fn object(entries: &[(ObjectKey, Expr)], constant: &mut dyn FnMut(&Expr) -> Value) -> Constraint {
    let mut fields = std::collections::BTreeMap::new();
    let mut defaults = Defaults::default();
    for (key, value) in entries {
        let name = match key {
            ObjectKey::Word(name, _) => name.clone(),
            ObjectKey::Expr(Expr { kind: ExprKind::String(name), .. }) => name.clone(),
            ObjectKey::Expr(_) => continue,
        };
        let (inner, optional, default) = match &value.kind {
            ExprKind::Call(call) if &*call.name == "optional" && !call.args.is_empty() => {
                let inner = Constraint::parse(&call.args[0], constant);
                let default = call.args.get(1).map(|default| inner.apply(constant(default)));
                (inner, true, default)
            }
            _ => (Constraint::parse(value, constant), false, None),
        };
        if let Some(default) = default {
            defaults.own.insert(name.clone(), default);
        }
        if !inner.defaults.is_empty() {
            defaults.attributes.insert(name.clone(), inner.defaults);
        }
        fields.insert(name, Field { ty: inner.ty, optional });
    }
    Constraint { ty: Type::Object(fields), defaults }
}

impl Defaults {
    fn is_empty(&self) -> bool {
        self.own.is_empty() && self.attributes.is_empty() && self.element.is_none()
    }

    fn fill(&self, value: Value) -> Value {
        if self.is_empty() {
            return value;
        }
        let kind = match (&value.kind, &self.element) {
            (Kind::List(kind, list), Some(element)) => {
                Value::list(*kind, list.items.iter().map(|item| element.fill(item.clone())).collect()).kind
            }
            (Kind::Map(kind, map), Some(element)) => {
                let filled = map.entries.iter().map(|(key, item)| (key.clone(), element.fill(item.clone())));
                Value::map(*kind, filled.collect()).kind
            }
            (Kind::Map(kind, map), None) => {
                let mut entries = map.entries.clone();
                for (name, default) in &self.own {
                    if entries.get(name).is_none_or(Value::is_null) {
                        entries.insert(name.clone(), default.clone());
                    }
                }
                for (name, inner) in &self.attributes {
                    if let Some(item) = entries.get_mut(name) {
                        *item = inner.fill(item.clone());
                    }
                }
                Value::map(*kind, entries).kind
            }
            _ => return value,
        };
        Value { kind, meta: value.meta }
    }
}
