use crate::diagnostic::Site;
use crate::report::place::{Place, Point};
use crate::report::text::uri;
use crate::source::{SourceMap, Span};
use indexmap::IndexSet;
use serde_json::{Map, Value, json};

/// Every path is relative to the scanned directory, which the log does not name.
pub(super) const BASE: &str = "%SRCROOT%";

/// The files that the log speaks of, in order of first mention.
pub(super) struct Artifacts<'a> {
    sources: &'a SourceMap,
    paths: IndexSet<String>,
}

impl<'a> Artifacts<'a> {
    pub fn new(sources: &'a SourceMap) -> Self {
        Artifacts { sources, paths: IndexSet::new() }
    }

    pub fn values(&self) -> Vec<Value> {
        self.paths.iter().map(|path| json!({ "location": reference(path) })).collect()
    }

    pub fn place(&self, span: Span) -> Option<Place<'a>> {
        Place::of(self.sources, span)
    }

    pub fn artifact(&mut self, path: &str) -> Value {
        let (index, _) = self.paths.insert_full(path.to_owned());
        let mut value = reference(path);
        value.insert("index".into(), index.into());
        value.into()
    }

    pub fn whole_file(&mut self, path: &str) -> Value {
        json!({ "artifactLocation": self.artifact(path) })
    }

    pub fn physical(&mut self, span: Span) -> Option<Value> {
        let place = self.place(span)?;
        Some(json!({ "artifactLocation": self.artifact(place.path), "region": region(&place) }))
    }

    /// A place with words. A location without a place still carries its message.
    pub fn labelled(&mut self, span: Span, text: &str) -> Value {
        let mut value = Map::new();
        if let Some(physical) = self.physical(span) {
            value.insert("physicalLocation".into(), physical);
        }
        if !text.is_empty() {
            value.insert("message".into(), json!({ "text": text }));
        }
        value.into()
    }

    pub fn site(&mut self, site: &Site) -> Value {
        let mut value = Map::new();
        if let Some(physical) = self.physical(site.span) {
            value.insert("physicalLocation".into(), physical);
        }
        let name = match site.attribute.is_empty() {
            true => site.address.clone(),
            false => format!("{}.{}", site.address, site.attribute),
        };
        let logical = json!([{ "fullyQualifiedName": name, "kind": "resource" }]);
        value.insert("logicalLocations".into(), logical);
        value.into()
    }
}

fn reference(path: &str) -> Map<String, Value> {
    let mut value = Map::new();
    value.insert("uri".into(), uri(path).into());
    if !path.starts_with('/') {
        value.insert("uriBaseId".into(), BASE.into());
    }
    value
}

pub(super) fn region(place: &Place<'_>) -> Value {
    let (Point { line, column, byte }, end) = (place.start, place.end);
    json!({
        "startLine": line,
        "startColumn": column,
        "endLine": end.line,
        "endColumn": end.column,
        "byteOffset": byte,
        "byteLength": end.byte - byte,
    })
}
