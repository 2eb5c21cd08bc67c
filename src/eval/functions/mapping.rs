use super::call::{Outcome, bad};
use crate::eval::value::{Kind, ListKind, MAX_NODES, Map, MapKind, Part, Str, Type, Value, convert};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries in Terraform's order.
fn sorted(map: &Map) -> Vec<(&Arc<str>, &Value)> {
    let mut entries: Vec<_> = map.entries.iter().collect();
    entries.sort_by(|a, b| a.0.cmp(b.0));
    entries
}

fn list_kind(kind: MapKind) -> ListKind {
    match kind {
        MapKind::Object => ListKind::Tuple,
        MapKind::Map => ListKind::List,
    }
}

pub(super) fn keys(args: &[Value]) -> Outcome {
    match &args[0].kind {
        Kind::Map(kind, map) => {
            let keys = sorted(map).into_iter().map(|(key, _)| Value::string(Str::new(key.clone()))).collect();
            Ok(Value::list(list_kind(*kind), keys).absorbing(&args[0].meta))
        }
        Kind::Unknown(_) => Ok(Value::derived(args)),
        _ => bad(0, "must have map or object type"),
    }
}

pub(super) fn values(args: &[Value]) -> Outcome {
    match &args[0].kind {
        Kind::Map(kind, map) => {
            let values = sorted(map).into_iter().map(|(_, value)| value.clone()).collect();
            Ok(Value::list(list_kind(*kind), values).absorbing(&args[0].meta))
        }
        Kind::Unknown(_) => Ok(Value::derived(args)),
        _ => bad(0, "values() requires a map as the first argument"),
    }
}

/// Later maps win. The result is a map only if all maps have one type.
pub(super) fn merge(args: &[Value]) -> Outcome {
    let mut merged: IndexMap<Arc<str>, Value> = IndexMap::new();
    let mut types: Vec<Type> = Vec::new();
    let mut nodes = 0_u32;
    let mut unknown = false;
    for (index, arg) in args.iter().enumerate() {
        nodes = nodes.saturating_add(arg.nodes());
        match &arg.kind {
            Kind::Null => {}
            Kind::Unknown(_) => unknown = true,
            Kind::Map(_, map) if nodes <= MAX_NODES => {
                let ty = Type::of(arg);
                if !types.contains(&ty) {
                    types.push(ty);
                }
                merged.extend(map.entries.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
            Kind::Map(..) => return Ok(super::collection::limited(args)),
            _ => return bad(index, "arguments must be maps or objects"),
        }
    }
    if unknown {
        return Ok(Value::derived(args));
    }
    // Maps without entries carry no element type here.
    types.retain(has_element_type);
    let all_maps = args.iter().all(|arg| matches!(arg.kind, Kind::Null | Kind::Map(MapKind::Map, _)))
        && args.iter().any(|arg| !arg.is_null());
    let kind = if all_maps && types.len() < 2 { MapKind::Map } else { MapKind::Object };
    let merged = Value::map(kind, merged);
    Ok(args.iter().fold(merged, |value, arg| value.absorbing(&arg.meta)))
}

fn has_element_type(ty: &Type) -> bool {
    !matches!(ty, Type::Map(element) if **element == Type::Any)
}

pub(super) fn transpose(args: &[Value]) -> Outcome {
    let ty = Type::Map(Box::new(Type::list(Type::String)));
    let map = match convert(&args[0], &ty) {
        Ok(value) if value.is_wholly_known() => value,
        Ok(_) => return Ok(Value::derived(args)),
        Err(message) => return bad(0, message),
    };
    let Kind::Map(_, entries) = &map.kind else { return Ok(Value::derived(args)) };
    let mut transposed: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
    for (key, list) in sorted(entries) {
        for item in list.items().unwrap_or_default() {
            let Kind::String(text) = &item.kind else { return bad(0, "elements must not be null") };
            let key = Value::string(Str::new(key.clone())).absorbing(&item.meta);
            transposed.entry(text.shared()).or_default().push(key);
        }
    }
    let lists = transposed.into_iter().map(|(key, keys)| (key, Value::list(ListKind::List, keys)));
    Ok(Value::map(MapKind::Map, lists.collect()).absorbing_all(&args[0]))
}

pub(super) fn zipmap(args: &[Value]) -> Outcome {
    let values = match &args[1].kind {
        Kind::List(ListKind::List | ListKind::Tuple, list) => &list.items,
        Kind::Unknown(_) => return Ok(Value::derived(args)),
        _ => return bad(1, "values must be a list or tuple value"),
    };
    let Some(keys) = args[0].items() else { return Ok(Value::derived(args)) };
    if keys.len() != values.len() {
        let message =
            format!("number of keys ({}) does not match number of values ({})", keys.len(), values.len());
        return bad(1, message);
    }
    let mut zipped = IndexMap::new();
    for (key, value) in keys.iter().zip(values) {
        match &key.kind {
            Kind::String(text) => drop(zipped.insert(text.shared(), value.clone().absorbing(&key.meta))),
            _ => return Ok(Value::derived(args)),
        }
    }
    let kind = match &args[1].kind {
        Kind::List(ListKind::List, _) => MapKind::Map,
        _ => MapKind::Object,
    };
    let zipped = Value::map(kind, zipped);
    Ok(args.iter().fold(zipped, |value, arg| value.absorbing(&arg.meta)))
}

impl Part {
    /// Known text, which is never empty in a template.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Part::Text(_))
    }
}
