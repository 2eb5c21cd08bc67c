//! From a use of an identity to its declaration in another module, and back to all of its uses.

use super::here;
use super::hover::At;
use super::outbox::{Failure, Reply};
use super::requests::Situation;
use super::server::parameters;
use super::uri;
use super::view::View;
use crate::source::Span;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub(super) fn definition(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((at, reply)) = parameters::<At>(params, reply) else { return };
    let path = uri::path_of(&at.text_document.uri);
    situation
        .folders
        .ask(path.as_deref(), reply, |path| Box::new(move |view| declarations(view, &path, &at)));
}

/// Within a module a server of the language leads there.
fn declarations(view: &mut View<'_>, path: &str, at: &At) -> Result<Value, Failure> {
    let Some(file) = view.file(path) else { return Ok(Value::Null) };
    let point = view.point(&file, at.position);
    let models = view.engine.models_of(path);
    let headers: BTreeSet<Span> =
        here::find(&models, point).iter().map(|found| found.resource.header()).collect();
    let report = view.report.clone();
    let elsewhere =
        |header: &&Span| report.sources.find(header.file).is_some_and(|target| target.dir() != file.dir());
    let places = view.places(&report);
    let found: Vec<Value> =
        headers.iter().filter(elsewhere).filter_map(|header| places.location(*header)).collect();
    Ok(found.into())
}

#[derive(Deserialize)]
struct References {
    #[serde(flatten)]
    at: At,
    #[serde(default)]
    context: Context,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context {
    #[serde(default)]
    include_declaration: bool,
}

pub(super) fn references(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((References { at, context }, reply)) = parameters(params, reply) else { return };
    let path = uri::path_of(&at.text_document.uri);
    let with_declaration = context.include_declaration;
    situation
        .folders
        .ask(path.as_deref(), reply, |path| Box::new(move |view| uses(view, &path, &at, with_declaration)));
}

fn uses(view: &mut View<'_>, path: &str, at: &At, with_declaration: bool) -> Result<Value, Failure> {
    let Some(file) = view.file(path) else { return Ok(Value::Null) };
    let point = view.point(&file, at.position);
    let models = view.engine.models_of(path);
    let headers: BTreeSet<Span> =
        here::find(&models, point).iter().map(|found| found.resource.header()).collect();
    let report = view.report.clone();
    let mut spans: BTreeSet<Span> = BTreeSet::new();
    for header in &headers {
        if with_declaration {
            spans.insert(*header);
        }
        // Other root modules may call the module that declares it.
        let Some(declared) = report.sources.find(header.file) else { continue };
        for model in view.engine.models_of(&declared.path) {
            here::each_use(&model, &mut |span, id| {
                if model.resource(id).header() == *header && !header.contains(span) {
                    spans.insert(span);
                }
            });
        }
    }
    let places = view.places(&report);
    Ok(json!(spans.iter().filter_map(|span| places.location(*span)).collect::<Vec<Value>>()))
}
