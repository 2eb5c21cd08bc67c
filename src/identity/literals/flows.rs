//! Literals by where they arrive: the values of secret attributes, followed back to where they are written.

use super::leaves::{self, Leaf};
use super::sinks::{self, Sink};
use crate::eval::value::{Kind, ResourceId, Str, Value, Why};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::facts::place_kind;
use crate::identity::model::{Model, PlaceKind};
use crate::secret::{self, Level};
use crate::source::{FileId, SourceMap, Span};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A place that a literal's value arrives at.
#[derive(Clone, Debug)]
pub struct LiteralUse {
    /// Index of the root module.
    pub model: usize,
    pub resource: Option<ResourceId>,
    pub address: String,
    /// Resource type, provider or backend name.
    pub kind: Arc<str>,
    /// Dotted path of the attribute.
    pub attribute: String,
    /// Key inside the attribute.
    pub name: String,
    /// The attribute's expression.
    pub span: Span,
    pub place: PlaceKind,
    /// The attribute is known to take a secret.
    pub sink: Option<Sink>,
    /// With the route that it took.
    pub value: Value,
}

/// A literal that is a secret because of where it arrives.
#[derive(Clone, Debug)]
pub(super) struct Hot {
    pub span: Span,
    pub level: Level,
    pub format: &'static secret::Format,
    pub note: Option<String>,
    /// The characters, as far as they stand in the file as they are.
    pub text: String,
}

impl PartialEq for Hot {
    fn eq(&self, other: &Self) -> bool {
        self.span == other.span
            && self.level == other.level
            && std::ptr::eq(self.format, other.format)
            && self.note == other.note
            && self.text == other.text
    }
}

/// What one root module says about literals.
#[derive(Debug, Default)]
pub struct Flow {
    dir: String,
    hot: Vec<Hot>,
    /// Root variables that arrive at secret attributes.
    variables: BTreeSet<String>,
}

/// What all of them say.
#[derive(Debug, Default)]
pub(super) struct Flows {
    pub hot: HashMap<FileId, Vec<Hot>>,
    /// Root variables that arrive at secret attributes, by directory of their root module.
    pub variables: BTreeMap<String, BTreeSet<String>>,
}

/// What the strings of one resource say, whichever root module it is in.
#[derive(Debug, Default)]
struct Survey {
    hot: Vec<Hot>,
    variables: BTreeSet<String>,
    /// Where its strings are written: in each file the characters from the first to the last.
    written: Vec<Span>,
}

/// An attribute with its value, wherever it is declared.
struct Spot<'a> {
    resource: Option<&'a Resource>,
    address: &'a str,
    kind: &'a Arc<str>,
    /// `None` where the type and the path tell it.
    place: Option<PlaceKind>,
    sink: Option<Sink>,
    leaf: &'a Leaf<'a>,
}

impl Spot<'_> {
    fn place(&self) -> PlaceKind {
        self.place.unwrap_or_else(|| place_kind(self.kind, self.leaf.full))
    }
}

/// What a root module says about literals.
pub fn flow(model: &Model, sources: &SourceMap, today: Date) -> Flow {
    let mut survey = Survey::default();
    for resource in &model.project.resources {
        let of = Survey::of(resource, sources, today);
        survey.hot.extend(of.hot.iter().cloned());
        survey.variables.extend(of.variables.iter().cloned());
    }
    each_elsewhere(model, sources, &mut |spot| survey.take(spot, sources, today));
    let Survey { hot, variables, .. } = survey;
    Flow { dir: model.project.dir.clone(), hot, variables }
}

impl Flows {
    /// `each` is in the order of the root modules.
    pub fn of<'a>(each: impl Iterator<Item = &'a Flow>) -> Self {
        let mut flows = Flows::default();
        for flow in each {
            for hot in &flow.hot {
                flows.hot.entry(hot.span.file).or_default().push(hot.clone());
            }
            if !flow.variables.is_empty() {
                flows.variables.insert(flow.dir.clone(), flow.variables.clone());
            }
        }
        for hot in flows.hot.values_mut() {
            hot.sort_by_key(|hot| (hot.span, std::cmp::Reverse(hot.level)));
            hot.dedup_by_key(|hot| hot.span);
        }
        flows
    }
}

/// Tells of literals where they arrive in a root module: of those that `spans`, which are in order, speak of, and maybe
/// of others.
pub(super) fn arrivals(
    model: &Model,
    spans: &[Span],
    sources: &SourceMap,
    today: Date,
    mut visit: impl FnMut(Span, &dyn Fn() -> LiteralUse),
) {
    let mut tell = |spot: &Spot<'_>| {
        for origin in leaves::origins(spot.leaf.value, sources) {
            visit(origin, &|| LiteralUse {
                model: 0,
                resource: spot.resource.map(|resource| resource.id),
                address: spot.address.to_string(),
                kind: spot.kind.clone(),
                attribute: spot.leaf.path.to_string(),
                name: spot.leaf.name.to_string(),
                span: spot.leaf.attr.expr_span,
                place: spot.place(),
                sink: spot.sink,
                value: spot.leaf.value.clone(),
            });
        }
    };
    for resource in &model.project.resources {
        // Where nothing is kept, looking beforehand is looking twice.
        if resource.memo.is_none() || Survey::of(resource, sources, today).may_have(spans) {
            each_of(resource, &mut tell);
        }
    }
    each_elsewhere(model, sources, &mut tell);
}

fn each_of(resource: &Resource, visit: &mut dyn FnMut(&Spot<'_>)) {
    let managed = resource.mode == ResourceMode::Managed;
    leaves::each(&resource.body, &mut |leaf| {
        let place = if managed { None } else { Some(PlaceKind::Other) };
        let sink = if managed { sinks::sink(resource, leaf.path, leaf.full, leaf.name) } else { None };
        visit(&Spot {
            resource: Some(resource),
            address: &resource.address,
            kind: &resource.kind,
            place,
            sink,
            leaf,
        });
    });
}

/// Providers, modules whose source is not here, and backends.
fn each_elsewhere(model: &Model, sources: &SourceMap, visit: &mut dyn FnMut(&Spot<'_>)) {
    for module in &model.project.modules {
        let prefix = if module.address.is_empty() { String::new() } else { format!("{}.", module.address) };
        for provider in &module.providers {
            let alias = provider.alias.as_ref().map(|alias| format!(".{alias}")).unwrap_or_default();
            let address = format!("{prefix}provider.{}{alias}", provider.name);
            block(&provider.body, &address, &provider.name, PlaceKind::Provider, visit);
        }
        for call in module.calls.iter().filter(|call| !call.resolved) {
            let kind: Arc<str> = call.source.as_deref().unwrap_or_default().into();
            block(&call.body, &call.address, &kind, PlaceKind::Module, visit);
        }
        // Only the root's backend is used.
        for settings in module.settings.iter().filter(|_| module.parent.is_none()) {
            for (name, body) in &settings.blocks {
                let kind: Arc<str> = match &**name {
                    "backend" => backend_kind(body, sources).into(),
                    "cloud" => "cloud".into(),
                    _ => continue,
                };
                block(body, &format!("terraform.{name}"), &kind, PlaceKind::Provider, visit);
            }
        }
    }
}

fn block(
    body: &BlockValue,
    address: &str,
    kind: &Arc<str>,
    place: PlaceKind,
    visit: &mut dyn FnMut(&Spot<'_>),
) {
    leaves::each(body, &mut |leaf| {
        let credential = match place {
            PlaceKind::Provider if address.starts_with("terraform.") => {
                sinks::backend_credential(kind, leaf.path, leaf.name)
            }
            PlaceKind::Provider => sinks::provider_credential(kind, leaf.path, leaf.name),
            _ => false,
        };
        let sink = credential.then_some(Sink::Login);
        visit(&Spot { resource: None, address, kind, place: Some(place), sink, leaf });
    });
}

/// The label of a backend block.
pub fn backend_kind(body: &BlockValue, sources: &SourceMap) -> String {
    let label = body.header.filter(|span| sources.find(span.file).is_some());
    label.map(|span| sources.text(span).trim_matches('"').to_string()).unwrap_or_default()
}

impl Flow {
    /// Where the literals are.
    pub fn places(&self) -> Vec<Span> {
        self.hot.iter().map(|hot| hot.span).collect()
    }
}

impl Survey {
    fn of(resource: &Resource, sources: &SourceMap, today: Date) -> Arc<Survey> {
        resource.note(|| {
            let mut survey = Survey::default();
            each_of(resource, &mut |spot| survey.take(spot, sources, today));
            survey
        })
    }

    /// Whether one of some places, which are in order, may be in its strings.
    fn may_have(&self, spans: &[Span]) -> bool {
        self.written.iter().any(|written| {
            let first = spans.partition_point(|span| (span.file, span.end) <= (written.file, written.start));
            spans.get(first).is_some_and(|span| span.file == written.file && span.start < written.end)
        })
    }

    fn reach(&mut self, origins: &[Span]) {
        for origin in origins {
            match self.written.iter_mut().find(|written| written.file == origin.file) {
                Some(written) => {
                    written.start = written.start.min(origin.start);
                    written.end = written.end.max(origin.end);
                }
                None => self.written.push(*origin),
            }
        }
    }

    fn take(&mut self, spot: &Spot<'_>, sources: &SourceMap, today: Date) {
        let value = spot.leaf.value;
        let text = match &value.kind {
            Kind::String(text) => text,
            Kind::Unknown(unknown) => {
                if let (Why::Variable(name), Some(Sink::Login)) = (&unknown.why, spot.sink) {
                    self.variables.insert(name.to_string());
                }
                return;
            }
            _ => return,
        };
        let origins = leaves::origins(value, sources);
        self.reach(&origins);
        if text.as_str().len() < 4 {
            return;
        }
        let Some(longest) = origins.first().copied() else { return };
        // What is assembled from pieces is a secret as a whole only: `"postgres://app:${local.word}@db"`.
        // And what is called a secret where it arrives need not be called so where it is written.
        let named = secret::is_secret_name(spot.leaf.name);
        if spot.sink.is_none() && !named && (origins.len() < 2 || text.as_str().len() > 1 << 16) {
            return;
        }
        let name = if spot.sink.is_some() { "password" } else { spot.leaf.name };
        let context = secret::Context {
            name: Some(name),
            path: Some(spot.kind),
            today: Some(today),
            ..Default::default()
        };
        // What the code gives up after the first apply is replaced elsewhere.
        let stays = spot.resource.is_some_and(|resource| !resource.lifecycle.ignores(spot.leaf.path));
        let found = match (spot.sink, stays) {
            (Some(Sink::Login), true) => secret::scan_login(text.as_str(), &context),
            _ => secret::scan(text.as_str(), &context),
        };
        for found in found {
            let whole = found.start == 0 && found.end == text.as_str().len();
            let span = if whole { longest } else { narrowest(text, found.start, found.end, longest) };
            if sources.find(span.file).is_none() || found.identifier_only {
                continue;
            }
            let hot = Hot {
                span,
                level: found.confidence,
                format: found.format,
                note: found.note.clone(),
                text: text.as_str().get(found.start..found.end).unwrap_or_default().to_string(),
            };
            self.hot.push(hot);
        }
    }
}

/// The piece that most of a range comes from.
fn narrowest(text: &Str, start: usize, end: usize, otherwise: Span) -> Span {
    let pieces = text.pieces();
    let mut best: Option<(usize, Span)> = None;
    for (index, (from, _)) in pieces.iter().enumerate() {
        let until = pieces.get(index + 1).map_or(text.as_str().len(), |next| next.0);
        let (low, high) = (start.max(*from), end.min(until));
        if low < high
            && best.is_none_or(|(len, _)| high - low > len)
            && let Some(span) = text.span_of(low, high)
        {
            best = Some((high - low, span));
        }
    }
    best.map_or(otherwise, |(_, span)| span)
}
