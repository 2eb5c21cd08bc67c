use super::{
    KEY_HOLE, Kind, List, ListKind, MAX_NODES, MAX_STRING, Map, MapKind, Meta, Number, Part, Ref, Refs,
    ResourceId, Size, Str, Unknown, Value, Why, holes,
};
use crate::source::Span;
use indexmap::IndexMap;
use std::sync::Arc;

impl Value {
    pub fn bool(value: bool) -> Self {
        Value::of(Kind::Bool(value))
    }

    pub fn number(value: impl Into<Number>) -> Self {
        Value::of(Kind::Number(value.into()))
    }

    /// A known string, or unknown when it is longer than a configuration can mean.
    pub fn string(text: impl Into<Str>) -> Self {
        let text = text.into();
        match text.as_str().len() > MAX_STRING {
            true => Value::unknown(Why::Limit),
            false => Value::of(Kind::String(text)),
        }
    }

    pub fn unknown(why: Why) -> Self {
        Value::of(Kind::Unknown(Unknown::new(why)))
    }

    pub fn list(kind: ListKind, items: Vec<Value>) -> Self {
        let size = Size::around(&items);
        match size.is_excessive() {
            true => Value::limit(&items),
            false => Value::of(Kind::List(kind, Arc::new(List { items, size }))),
        }
    }

    pub fn tuple(items: Vec<Value>) -> Self {
        Value::list(ListKind::Tuple, items)
    }

    pub fn map(kind: MapKind, entries: IndexMap<Arc<str>, Value>) -> Self {
        let size = Size::around(entries.values());
        match size.is_excessive() {
            true => Value::unknown(Why::Limit),
            false => Value::of(Kind::Map(kind, Arc::new(Map { entries, size }))),
        }
    }

    pub fn object(entries: impl IntoIterator<Item = (Arc<str>, Value)>) -> Self {
        Value::map(MapKind::Object, entries.into_iter().collect())
    }

    fn limit(items: &[Value]) -> Self {
        let mut value = Value::unknown(Why::Limit);
        // Only the outermost layer: walking an oversized tree is what the limit prevents.
        items.iter().take(64).for_each(|item| value.meta.absorb(&item.meta));
        value
    }

    /// A string of known and unknown parts; neighbours are joined, and without holes it is known.
    pub fn template(parts: Vec<Part>) -> Self {
        let mut joined: Vec<Part> = Vec::new();
        let mut texts: Vec<Str> = Vec::new();
        let mut meta = Meta::default();
        let mut total = 0;
        for part in parts {
            match part {
                Part::Text(text) if text.as_str().is_empty() => {}
                Part::Text(text) => {
                    total += text.as_str().len();
                    if total > MAX_STRING {
                        return Value::unknown(Why::Limit);
                    }
                    texts.push(text);
                }
                Part::Hole(value) => {
                    meta.absorb(&value.meta);
                    joined.extend(concat(std::mem::take(&mut texts)).map(Part::Text));
                    joined.push(Part::Hole(value));
                }
            }
            if joined.len() > 4_096 {
                return Value::unknown(Why::Limit);
            }
        }
        joined.extend(concat(texts).map(Part::Text));
        if Size::around(holes(&joined)).is_excessive() {
            return Value { kind: Value::unknown(Why::Limit).kind, meta };
        }
        let kind = match joined.as_slice() {
            [] => Kind::String(Str::new("")),
            [Part::Text(text)] => Kind::String(text.clone()),
            _ => Kind::Template(Arc::new(joined)),
        };
        Value { kind, meta }
    }

    /// The attribute of a resource that only the provider knows.
    pub fn attribute(resource: ResourceId, path: impl Into<Arc<str>>) -> Self {
        let path = path.into();
        let why = match path.is_empty() {
            true => Why::Resource(resource),
            false => Why::Attribute(resource, path.clone()),
        };
        let mut value = Value::unknown(why);
        value.meta.refs = Refs::one(Ref { resource, path });
        value
    }

    /// Unknown because its inputs are: it keeps their references and sensitivity.
    pub fn derived<'a>(inputs: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut value = Value::unknown(Why::Derived);
        for input in inputs {
            input.walk(&mut |part| value.meta.absorb(&part.meta));
        }
        value
    }

    /// An object of which some keys are known only in part, as in [`Why::Keys`]. Keys that look the same are
    /// kept apart.
    pub fn object_with_holes(entries: Vec<(Arc<str>, Value)>) -> Self {
        let mut value = Value::derived(entries.iter().map(|(_, value)| value));
        let mut written: IndexMap<Arc<str>, Value> = IndexMap::with_capacity(entries.len());
        for (mut key, entry) in entries {
            while key.contains(KEY_HOLE) && written.contains_key(&key) {
                key = format!("{KEY_HOLE}{key}").into();
            }
            written.insert(key, entry);
        }
        let written = Value::object(written);
        if written.entries().is_some() {
            value.kind = Kind::Unknown(Unknown::new(Why::Keys(Arc::new(written))));
        }
        value
    }

    /// The text of an object key, [`KEY_HOLE`] standing for what is not known of it.
    pub fn key_with_holes(&self) -> Arc<str> {
        let parts = self.parts().unwrap_or_default();
        let mut text = String::new();
        for part in &parts {
            match part {
                Part::Text(known) => text.push_str(known.as_str()),
                Part::Hole(_) => text.push(KEY_HOLE),
            }
        }
        if parts.is_empty() {
            text.push(KEY_HOLE);
        }
        text.into()
    }

    pub fn at(mut self, span: Span) -> Self {
        self.meta.span = Some(span);
        self
    }

    /// Keeps an earlier origin if there is one.
    pub fn or_at(mut self, span: Span) -> Self {
        self.meta.span.get_or_insert(span);
        self
    }

    pub fn sensitive(mut self) -> Self {
        self.meta.sensitive = true;
        self
    }

    /// One of several values, it is not known which. Alternatives that are all the same are that value.
    pub fn one_of(options: Vec<Value>) -> Self {
        let nodes = options.iter().fold(0_u32, |sum, item| sum.saturating_add(item.nodes()));
        if nodes > MAX_NODES / 16 || options.len() > 64 {
            return Value::limit(&options);
        }
        match options.as_slice() {
            [] => Value::unknown(Why::Derived),
            [one] => one.clone(),
            _ => {
                let mut value = Value::derived(&options);
                value.kind = Kind::Unknown(Unknown::new(Why::OneOf(Arc::new(options))));
                value
            }
        }
    }

    /// The same, although there may be one only, as with a list of which the length is not known.
    pub fn among(options: Vec<Value>) -> Self {
        match options.as_slice() {
            [one] => {
                let mut value = Value::derived([one]);
                value.kind = Kind::Unknown(Unknown::new(Why::OneOf(Arc::new(options))));
                value
            }
            _ => Value::one_of(options),
        }
    }

    /// What an element takes over from the collection it was taken out of.
    pub fn absorbing_context(mut self, container: &Meta) -> Self {
        self.meta.sensitive |= container.sensitive;
        if self.meta.route.is_none() {
            self.meta.route.clone_from(&container.route);
        }
        if self.meta.refs.is_empty() && matches!(self.kind, Kind::Map(..)) {
            self.meta.refs.extend(&container.refs);
        }
        self
    }

    pub fn absorbing_sensitivity(mut self, other: &Meta) -> Self {
        self.meta.sensitive |= other.sensitive;
        self
    }

    /// Remembers what this string is the encoding of.
    pub fn encoding(mut self, value: Value) -> Self {
        self.meta.decoded = Some(Arc::new(value));
        self
    }

    /// Takes over references and sensitivity of an input and of everything below it.
    pub fn absorbing_all(mut self, input: &Value) -> Self {
        input.walk(&mut |part| self.meta.absorb(&part.meta));
        self
    }

    pub fn absorbing(mut self, other: &Meta) -> Self {
        self.meta.absorb(other);
        self
    }
}

/// Joins known strings, keeping track of where each was written.
fn concat(mut texts: Vec<Str>) -> Option<Str> {
    if texts.len() < 2 {
        return texts.pop();
    }
    let mut all = String::with_capacity(texts.iter().map(|text| text.as_str().len()).sum());
    let mut pieces = Vec::new();
    for text in &texts {
        pieces.extend(text.pieces().iter().map(|(at, span)| (at + all.len(), *span)));
        all.push_str(text.as_str());
    }
    Some(match pieces.is_empty() {
        true => Str::new(all),
        false => Str::with_pieces(all, pieces),
    })
}
