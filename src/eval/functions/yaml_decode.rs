use crate::eval::value::{MapKind, Number, Value, Why};
use indexmap::IndexMap;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

const MAX_DEPTH: usize = 100;

/// Reads a node and what is below it, as long as there is room for more nodes: with anchors, a document
/// may describe much more than it has bytes.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub depth: usize,
    pub left: &'a Cell<u32>,
}

impl Node<'_> {
    fn below(self) -> Self {
        Node { depth: self.depth + 1, ..self }
    }

    fn number<E>(self, text: &str) -> Result<Value, E> {
        Ok(Number::parse(text).map_or_else(|| Value::unknown(Why::Limit), Value::number))
    }
}

impl<'de> serde::de::DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.left.set(self.left.get().saturating_sub(1));
        match self.left.get() == 0 || self.depth > MAX_DEPTH {
            true => {
                self.left.set(0);
                Err(D::Error::custom("the document is too large"))
            }
            false => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without custom tags")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::null())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        self.number(&number.to_string())
    }

    fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
        self.number(&number.to_string())
    }

    fn visit_u128<E>(self, number: u128) -> Result<Value, E> {
        self.number(&number.to_string())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        self.number(&number.to_string())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::string(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.below())? {
            list.push(item);
        }
        Ok(Value::tuple(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map: IndexMap<Arc<str>, Value> = IndexMap::new();
        let mut merged = Vec::new();
        while let Some(key) = entries.next_key_seed(self.below())? {
            let value = entries.next_value_seed(self.below())?;
            let key = crate::eval::value::to_string_value(&key).map_err(A::Error::custom)?;
            match key.as_str() {
                Some("<<") => merged.push(value),
                Some(key) => drop(map.insert(key.into(), value)),
                None => return Err(A::Error::custom("only string keys are allowed in mappings")),
            }
        }
        for source in merged.iter().flat_map(Value::as_slice) {
            for (key, value) in source.entries().into_iter().flatten() {
                map.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        Ok(Value::map(MapKind::Object, map))
    }
}
