use super::{Kind, ListKind, MapKind, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A Terraform type, as far as values and type constraints need one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `any`: of nulls and unknown values nothing more is known.
    Any,
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(BTreeMap<Arc<str>, Field>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub ty: Type,
    /// Null is filled in where it is missing.
    pub optional: bool,
}

impl Type {
    pub fn of(value: &Value) -> Type {
        match &value.kind {
            Kind::Null | Kind::Unknown(_) => Type::Any,
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) | Kind::Template(_) => Type::String,
            Kind::List(ListKind::Tuple, list) => Type::Tuple(list.items.iter().map(Type::of).collect()),
            Kind::List(ListKind::List, list) => Type::List(Box::new(common(list.items.iter()))),
            Kind::List(ListKind::Set, list) => Type::Set(Box::new(common(list.items.iter()))),
            Kind::Map(MapKind::Map, map) => Type::Map(Box::new(common(map.entries.values()))),
            Kind::Map(MapKind::Object, map) => {
                let field = |value: &Value| Field { ty: Type::of(value), optional: false };
                Type::Object(map.entries.iter().map(|(key, value)| (key.clone(), field(value))).collect())
            }
        }
    }

    pub fn list(of: Type) -> Type {
        Type::List(Box::new(of))
    }

    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// The name used in messages.
    pub fn name(&self) -> &'static str {
        match self {
            Type::Any => "dynamic",
            Type::Bool => "bool",
            Type::Number => "number",
            Type::String => "string",
            Type::List(_) => "list",
            Type::Set(_) => "set",
            Type::Map(_) => "map",
            Type::Tuple(_) => "tuple",
            Type::Object(_) => "object",
        }
    }
}

/// The one type of a collection's elements. They have been converted already, so that only nulls and
/// unknown values differ.
fn common<'a>(items: impl Iterator<Item = &'a Value>) -> Type {
    let mut types: Vec<Type> = Vec::new();
    for item in items {
        let ty = Type::of(item);
        if !types.contains(&ty) {
            types.push(ty);
        }
        if types.len() > 16 {
            break;
        }
    }
    unify(&types).unwrap_or(Type::Any)
}

/// The type that values of all these types convert to, or nothing. Terraform uses it for the two branches
/// of a conditional and for the elements of a collection.
pub fn unify(types: &[Type]) -> Option<Type> {
    let mut known: Vec<&Type> = Vec::new();
    for ty in types.iter().filter(|ty| **ty != Type::Any) {
        if !known.contains(&ty) {
            known.push(ty);
        }
    }
    match known.as_slice() {
        [] => return Some(Type::Any),
        [one] => return Some((*one).clone()),
        _ => {}
    }
    if known.iter().all(|ty| ty.is_primitive()) {
        return known.contains(&&Type::String).then_some(Type::String);
    }
    if known.iter().all(|ty| matches!(ty, Type::Object(_) | Type::Map(_))) {
        return unify_mappings(&known);
    }
    if !known.iter().all(|ty| matches!(ty, Type::Tuple(_) | Type::List(_) | Type::Set(_))) {
        return None;
    }
    if let Some(tuple) = unify_tuples(&known) {
        return Some(tuple);
    }
    let elements: Vec<Type> = known.iter().flat_map(|ty| parts(ty)).cloned().collect();
    let element = Box::new(unify(&elements)?);
    match known.iter().any(|ty| matches!(ty, Type::Set(_))) {
        true => Some(Type::Set(element)),
        false => Some(Type::List(element)),
    }
}

/// Types of elements or attributes.
fn parts(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::List(element) | Type::Set(element) | Type::Map(element) => vec![element],
        Type::Tuple(elements) => elements.iter().collect(),
        Type::Object(fields) => fields.values().map(|field| &field.ty).collect(),
        _ => Vec::new(),
    }
}

/// Objects with the same attributes stay objects; others become maps.
fn unify_mappings(types: &[&Type]) -> Option<Type> {
    let objects: Vec<_> = types
        .iter()
        .filter_map(|ty| match ty {
            Type::Object(fields) => Some(fields),
            _ => None,
        })
        .collect();
    let same =
        objects.len() == types.len() && objects.iter().all(|fields| fields.keys().eq(objects[0].keys()));
    if !same {
        let elements: Vec<Type> = types.iter().flat_map(|ty| parts(ty)).cloned().collect();
        return Some(Type::Map(Box::new(unify(&elements)?)));
    }
    let mut unified = BTreeMap::new();
    for key in objects[0].keys() {
        let column: Vec<Type> =
            objects.iter().filter_map(|fields| fields.get(key)).map(|field| field.ty.clone()).collect();
        unified.insert(key.clone(), Field { ty: unify(&column)?, optional: false });
    }
    Some(Type::Object(unified))
}

/// Tuples of one length stay tuples.
fn unify_tuples(types: &[&Type]) -> Option<Type> {
    let tuples: Vec<_> = types
        .iter()
        .map(|ty| match ty {
            Type::Tuple(elements) => Some(elements),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let length = tuples.first()?.len();
    if tuples.iter().any(|tuple| tuple.len() != length) {
        return None;
    }
    let columns = (0..length).map(|index| {
        let column: Vec<Type> = tuples.iter().map(|tuple| tuple[index].clone()).collect();
        unify(&column)
    });
    columns.collect::<Option<Vec<_>>>().map(Type::Tuple)
}
