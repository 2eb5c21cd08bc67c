//! Commands: the graph of identities, and the card of one.

use super::here;
use super::hover::At;
use super::message::{INVALID_PARAMS, REQUEST_FAILED};
use super::outbox::{Failure, Reply};
use super::requests::Situation;
use super::server::parameters;
use super::uri;
use super::view::View;
use crate::analysis;
use crate::identity::Estate;
use crate::identity::graph::Graph;
use crate::report::card;
use crate::report::graph::GraphFormat;
use serde::Deserialize;
use serde_json::{Value, json};

/// Steps around an address, as for `keyward graph`.
const DEPTH: usize = 3;

#[derive(Deserialize)]
struct Params {
    command: String,
    #[serde(default)]
    arguments: Vec<Value>,
}

pub(super) fn handle(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((Params { command, arguments }, reply)) = parameters(params, reply) else { return };
    let argument = arguments.into_iter().next().unwrap_or_else(|| json!({}));
    match command.as_str() {
        "keyward.graph" => graph(situation, argument, reply),
        "keyward.explain" => explain(situation, argument, reply),
        "keyward.refresh" => {
            situation.folders.everything();
            reply.give(Ok(Value::Null));
        }
        _ => {
            let text = "there is no such command".to_owned();
            reply.give(Err(Failure::Because(INVALID_PARAMS, text)));
        }
    }
}

#[derive(Deserialize)]
struct Wanted {
    /// Address of a folder, or of a document in it; without one, the first folder.
    uri: Option<String>,
    format: Option<String>,
    around: Option<String>,
    depth: Option<usize>,
}

fn graph(situation: &Situation<'_>, argument: Value, reply: Reply) {
    let Some((wanted, reply)) = parameters::<Wanted>(argument, reply) else { return };
    let Ok(format) = wanted.format.as_deref().unwrap_or("dot").parse::<GraphFormat>() else {
        let text = "the format is dot, mermaid or json".to_owned();
        return reply.give(Err(Failure::Because(INVALID_PARAMS, text)));
    };
    let path = wanted.uri.as_deref().and_then(uri::path_of);
    let draw = move |view: &mut View<'_>| draw(view, format, wanted.around.as_deref(), wanted.depth);
    match path {
        Some(path) => situation.folders.ask(Some(&path), reply, |_| Box::new(draw)),
        None => situation.folders.ask_folder(None, reply, Box::new(draw)),
    }
}

/// Everything is analysed at once for this, since a graph shows all of it.
fn draw(
    view: &mut View<'_>,
    format: GraphFormat,
    around: Option<&str>,
    depth: Option<usize>,
) -> Result<Value, Failure> {
    let failed = |text: String| Failure::Because(REQUEST_FAILED, text);
    let mut settings = view.settings.clone();
    let root = view.folder.path.canonicalize().map_err(|error| failed(error.to_string()))?;
    let texts = view.buffers.iter();
    settings.overlay.extend(texts.map(|(path, buffer)| (root.join(path), buffer.text.as_bytes().into())));
    let analysis = analysis::analyse(root.as_path(), &settings, view.today)
        .map_err(|error| failed(error.to_string()))?;
    let graph = Graph::new(&analysis.estate, |span| analysis.sources.file_line(span));
    let parts = match around {
        None => graph.whole(),
        Some(address) => graph.around(address, depth.unwrap_or(DEPTH)),
    };
    Ok(view.scrubber().clean(&format.render(&parts)).into())
}

fn explain(situation: &Situation<'_>, argument: Value, reply: Reply) {
    let Some((at, reply)) = parameters::<At>(argument, reply) else { return };
    let path = uri::path_of(&at.text_document.uri);
    situation.folders.ask(path.as_deref(), reply, |path| Box::new(move |view| describe(view, &path, &at)));
}

fn describe(view: &mut View<'_>, path: &str, at: &At) -> Result<Value, Failure> {
    let Some(file) = view.file(path) else { return Ok(Value::Null) };
    let point = view.point(&file, at.position);
    let models = view.engine.models_of(path);
    let Some(found) = here::find(&models, point).into_iter().next() else { return Ok(Value::Null) };
    let estate = Estate { models: vec![found.model.clone()], ..Estate::default() };
    let findings: Vec<_> = view.report.findings.iter().cloned().collect();
    let card = card::render(&found.resource.address, &estate, &view.report.sources, &findings);
    Ok(card.map_or(Value::Null, |card| view.scrubber().clean(&card).into()))
}
