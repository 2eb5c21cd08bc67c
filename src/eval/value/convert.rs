use super::{Kind, ListKind, MapKind, Str, Type, Value, Why, unify};
use indexmap::IndexMap;
use std::sync::Arc;

/// Converts as Terraform converts values to the type of a variable or of a parameter. Unknown values and
/// nulls belong to every type. The message ends a sentence: "a number is required".
pub fn convert(value: &Value, ty: &Type) -> Result<Value, String> {
    if value.is_null() || value.is_unknown() || *ty == Type::Any {
        return Ok(value.clone());
    }
    match ty {
        Type::Any => Ok(value.clone()),
        Type::String => to_string_value(value),
        Type::Bool | Type::Number => to_scalar(value, ty),
        Type::List(element) => to_list(value, element),
        Type::Set(element) => to_set(value, element),
        Type::Map(element) => to_map(value, element),
        Type::Tuple(types) => {
            let items = value.items().filter(|items| items.len() == types.len()).ok_or("tuple required")?;
            let items = items.iter().zip(types).map(|(item, ty)| convert(item, ty));
            Ok(keep(value, Value::tuple(items.collect::<Result<_, _>>()?)))
        }
        Type::Object(fields) => {
            let entries = value.entries().ok_or("object required")?;
            let mut converted = IndexMap::new();
            for (key, item) in entries {
                if let Some(field) = fields.get(key) {
                    let item = convert(item, &field.ty)
                        .map_err(|message| format!("attribute \"{key}\": {message}"))?;
                    converted.insert(key.clone(), item);
                }
            }
            for (key, field) in fields {
                match converted.contains_key(key) {
                    true => {}
                    false if field.optional => drop(converted.insert(key.clone(), Value::null())),
                    false => return Err(format!("attribute \"{key}\" is required")),
                }
            }
            Ok(keep(value, Value::map(MapKind::Object, converted)))
        }
    }
}

/// Booleans and numbers as strings; strings as they are.
pub fn to_string_value(value: &Value) -> Result<Value, String> {
    let text = match &value.kind {
        Kind::String(_) | Kind::Template(_) | Kind::Null | Kind::Unknown(_) => return Ok(value.clone()),
        Kind::Bool(flag) => flag.to_string(),
        Kind::Number(number) => number.to_string(),
        Kind::List(..) | Kind::Map(..) => return Err("string required".to_owned()),
    };
    Ok(keep(value, Value::string(Str::new(text))))
}

fn to_scalar(value: &Value, ty: &Type) -> Result<Value, String> {
    if let Kind::Template(_) = value.kind {
        return Ok(Value::derived([value]));
    }
    if *ty == Type::Bool {
        let flag = value.as_bool().ok_or("a bool is required")?;
        return Ok(keep(value, Value::bool(flag)));
    }
    let number = value.as_number().ok_or("a number is required")?;
    Ok(keep(value, Value::number(number)))
}

/// A list of elements of one type; with `Type::Any` the type is the one that they have in common.
pub fn to_list(value: &Value, element: &Type) -> Result<Value, String> {
    if value.is_null() || value.is_unknown() {
        return Ok(value.clone());
    }
    if let (Kind::List(ListKind::Set, _), false) = (&value.kind, value.is_wholly_known()) {
        // Which place an element takes depends on what the unknown ones turn out to be.
        return Ok(Value::derived([value]));
    }
    let items = elements(value, element, "list")?;
    Ok(keep(value, Value::list(ListKind::List, items)))
}

pub fn to_set(value: &Value, element: &Type) -> Result<Value, String> {
    if value.is_null() || value.is_unknown() {
        return Ok(value.clone());
    }
    let items = elements(value, element, "set")?;
    Ok(Value::set(items).absorbing(&value.meta).or_span(value))
}

pub fn to_map(value: &Value, element: &Type) -> Result<Value, String> {
    if value.is_null() || value.is_unknown() {
        return Ok(value.clone());
    }
    let entries = value.entries().ok_or("map required")?;
    let items: Vec<&Value> = entries.values().collect();
    let converted = homogeneous(&items, element, "map")?;
    let entries: IndexMap<Arc<str>, Value> = entries.keys().cloned().zip(converted).collect();
    Ok(keep(value, Value::map(MapKind::Map, entries)))
}

fn elements(value: &Value, element: &Type, what: &str) -> Result<Vec<Value>, String> {
    let items = value.items().ok_or_else(|| format!("{what} required"))?;
    homogeneous(&items.iter().collect::<Vec<_>>(), element, what)
}

fn homogeneous(items: &[&Value], element: &Type, what: &str) -> Result<Vec<Value>, String> {
    let found;
    let element = match element {
        Type::Any => {
            let mut types = Vec::new();
            for ty in items.iter().map(|item| Type::of(item)) {
                if !types.contains(&ty) {
                    types.push(ty);
                }
                if types.len() > 256 {
                    return Ok(vec![Value::unknown(Why::Limit); items.len()]);
                }
            }
            found = unify(&types).ok_or_else(|| format!("cannot convert to {what} of any single type"))?;
            &found
        }
        given => given,
    };
    items.iter().map(|item| convert(item, element)).collect()
}

/// Converts all to the type they have in common, as the branches of a conditional are.
pub fn unify_values(values: &[&Value]) -> Option<Vec<Value>> {
    let types: Vec<Type> = values.iter().map(|value| Type::of(value)).collect();
    let ty = unify(&types)?;
    values.iter().map(|value| convert(value, &ty).ok()).collect()
}

/// A converted value is where the original was written.
fn keep(original: &Value, mut converted: Value) -> Value {
    let decoded = converted.meta.decoded.take();
    converted.meta = original.meta.clone();
    if decoded.is_some() {
        converted.meta.decoded = decoded;
    }
    converted
}
