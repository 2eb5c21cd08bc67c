//! Diagnostics for clients that ask for them.

use super::outbox::Reply;
use super::requests::Situation;
use super::server::{Named, parameters};
use super::shown::Shown;
use super::uri;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    text_document: Named,
    previous_result_id: Option<String>,
}

pub(super) fn document(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((Document { text_document, previous_result_id }, reply)) = parameters(params, reply) else {
        return;
    };
    let path = uri::path_of(&text_document.uri);
    situation.folders.ask(path.as_deref(), reply.of_report(report(None, None)), |path| {
        Box::new(move |view| Ok(report(view.shown.get(&path), previous_result_id.as_deref())))
    });
}

fn result_id(shown: &Shown) -> String {
    format!("{:016x}", shown.id)
}

fn report(shown: Option<&Shown>, previous: Option<&str>) -> Value {
    let Some(shown) = shown else { return json!({ "kind": "full", "items": [] }) };
    let id = result_id(shown);
    match previous == Some(&id) {
        true => json!({ "kind": "unchanged", "resultId": id }),
        false => json!({ "kind": "full", "resultId": id, "items": *shown.items }),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Workspace {
    #[serde(default)]
    previous_result_ids: Vec<Previous>,
}

#[derive(Deserialize)]
struct Previous {
    uri: String,
    value: String,
}

/// Of every file that has diagnostics, or had some.
pub(super) fn workspace(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((Workspace { previous_result_ids }, reply)) = parameters(params, reply) else { return };
    let reply = reply.of_report(json!({ "items": [] }));
    let previous: HashMap<String, String> =
        previous_result_ids.into_iter().map(|it| (it.uri, it.value)).collect();
    let folders = situation.folders.uris();
    let is_inside = |uri: &&String| folders.iter().any(|folder| uri::is_below(uri, folder));
    // What was shown of a folder that is gone is gone as well.
    let gone = previous.keys().filter(|uri| !is_inside(uri)).map(|uri| nothing(uri)).collect();
    let previous = Arc::new(previous);
    let whole = |items: Vec<Value>| json!({ "items": items });
    situation.folders.ask_all(reply, gone, whole, || {
        let previous = previous.clone();
        Box::new(move |view| {
            let mut items = Vec::new();
            for shown in view.shown.values() {
                let mut item = report(Some(shown), previous.get(&*shown.uri).map(String::as_str));
                item["uri"] = (*shown.uri).into();
                item["version"] = shown.version.into();
                items.push(item);
            }
            // What a file of this folder had before is gone.
            let shown: HashSet<&str> = view.shown.values().map(|shown| &*shown.uri).collect();
            let is_ours = |uri: &&String| {
                let path = uri::path_of(uri).and_then(|path| uri::relative(&view.folder.path, &path));
                path.is_some_and(|path| !view.nested.iter().any(|dir| uri::is_below(&path, dir)))
            };
            let before = previous.keys().filter(is_ours);
            items.extend(before.filter(|uri| !shown.contains(uri.as_str())).map(|uri| nothing(uri)));
            Ok(items.into())
        })
    });
}

fn nothing(uri: &str) -> Value {
    json!({ "kind": "full", "uri": uri, "version": null, "items": [] })
}
