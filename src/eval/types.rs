//! Type constraints of variables: conversion, and the defaults of optional attributes.

use super::functions;
use super::value::{Kind, ListKind, Map, MapKind, Value};
use crate::syntax::ast::{Expr, ExprKind, ObjectKey};
use indexmap::IndexMap;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(super) enum Type {
    Any,
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(IndexMap<Arc<str>, Field>),
}

#[derive(Clone, Debug)]
pub(super) struct Field {
    kind: Type,
    optional: bool,
    default: Option<Value>,
}

impl Type {
    /// Reads a constraint; what is not understood constrains nothing. `constant` evaluates defaults.
    pub(super) fn parse(expr: &Expr, constant: &mut dyn FnMut(&Expr) -> Value) -> Self {
        match &expr.kind {
            ExprKind::Variable(name) => match &**name {
                "string" => Type::String,
                "number" => Type::Number,
                "bool" => Type::Bool,
                "list" => Type::List(Box::new(Type::Any)),
                "set" => Type::Set(Box::new(Type::Any)),
                "map" => Type::Map(Box::new(Type::Any)),
                _ => Type::Any,
            },
            // Before Terraform 0.12 types were written as strings.
            ExprKind::String(name) => match &**name {
                "string" => Type::String,
                "list" => Type::List(Box::new(Type::Any)),
                "map" => Type::Map(Box::new(Type::Any)),
                _ => Type::Any,
            },
            ExprKind::Paren(inner) => Type::parse(inner, constant),
            ExprKind::Call(call) => match (&*call.name, call.args.as_slice()) {
                ("list", [inner]) => Type::List(Box::new(Type::parse(inner, constant))),
                ("set", [inner]) => Type::Set(Box::new(Type::parse(inner, constant))),
                ("map", [inner]) => Type::Map(Box::new(Type::parse(inner, constant))),
                ("tuple", [Expr { kind: ExprKind::List(items), .. }]) => {
                    Type::Tuple(items.iter().map(|item| Type::parse(item, constant)).collect())
                }
                ("object", [Expr { kind: ExprKind::Object(entries), .. }]) => {
                    let fields = entries.iter().filter_map(|(key, value)| {
                        let name = match key {
                            ObjectKey::Word(name, _) => name.clone(),
                            ObjectKey::Expr(Expr { kind: ExprKind::String(name), .. }) => name.clone(),
                            ObjectKey::Expr(_) => return None,
                        };
                        Some((name, Field::parse(value, constant)))
                    });
                    Type::Object(fields.collect())
                }
                _ => Type::Any,
            },
            _ => Type::Any,
        }
    }

    /// Converts as Terraform does; a value that does not fit is kept as it is, since Terraform would refuse
    /// it and guessing another would hide it.
    pub(super) fn convert(&self, value: Value) -> Value {
        if value.is_null() || value.is_unknown() {
            return value;
        }
        match self {
            Type::Any => value,
            Type::Bool => primitive("tobool", value),
            Type::Number => primitive("tonumber", value),
            Type::String => primitive("tostring", value),
            Type::List(inner) => inner.each(ListKind::List, value),
            Type::Set(inner) => {
                let list = inner.each(ListKind::List, value);
                functions::call("toset", std::slice::from_ref(&list)).unwrap_or(list)
            }
            Type::Tuple(kinds) => match &value.kind {
                Kind::List(_, list) if list.items.len() == kinds.len() => {
                    let items = list.items.iter().zip(kinds).map(|(item, kind)| kind.convert(item.clone()));
                    Value { kind: Value::tuple(items.collect()).kind, meta: value.meta }
                }
                _ => value,
            },
            Type::Map(inner) => match &value.kind {
                Kind::Map(_, map) => {
                    let entries = map
                        .entries
                        .iter()
                        .map(|(key, item)| (key.clone(), inner.convert(item.clone())))
                        .collect();
                    Value { kind: Value::map(MapKind::Map, entries).kind, meta: value.meta }
                }
                _ => value,
            },
            Type::Object(fields) => match &value.kind {
                Kind::Map(_, map) => Value { kind: object(fields, map).kind, meta: value.meta },
                _ => value,
            },
        }
    }

    fn each(&self, kind: ListKind, value: Value) -> Value {
        match &value.kind {
            Kind::List(_, list) => {
                let items = list.items.iter().map(|item| self.convert(item.clone())).collect();
                Value { kind: Value::list(kind, items).kind, meta: value.meta }
            }
            _ => value,
        }
    }
}

impl Field {
    fn parse(expr: &Expr, constant: &mut dyn FnMut(&Expr) -> Value) -> Self {
        match &expr.kind {
            ExprKind::Call(call) if &*call.name == "optional" && !call.args.is_empty() => {
                let kind = Type::parse(&call.args[0], constant);
                let default = call.args.get(1).map(|default| kind.convert(constant(default)));
                Field { kind, optional: true, default }
            }
            _ => Field { kind: Type::parse(expr, constant), optional: false, default: None },
        }
    }
}

fn object(fields: &IndexMap<Arc<str>, Field>, map: &Map) -> Value {
    let mut entries = IndexMap::new();
    for (name, field) in fields {
        let given = map.entries.get(name).filter(|value| !value.is_null());
        let value = match (given, &field.default) {
            (Some(value), _) => field.kind.convert(value.clone()),
            (None, Some(default)) => default.clone(),
            (None, None) if field.optional || map.entries.contains_key(name) => Value::null(),
            (None, None) => continue,
        };
        entries.insert(name.clone(), value);
    }
    Value::map(MapKind::Object, entries)
}

fn primitive(function: &str, value: Value) -> Value {
    match functions::call(function, std::slice::from_ref(&value)) {
        Ok(converted) => Value { kind: converted.kind, meta: value.meta },
        Err(_) => value,
    }
}
