//! A line above each identity: "3 workloads · 1 static key · owner: none · reaches admin".

use super::outbox::{Failure, Reply};
use super::positions::{Lines, Range};
use super::requests::Situation;
use super::server::{Named, parameters};
use super::view::View;
use super::{uri, wildcards};
use crate::identity::escalation::{Power, network};
use crate::identity::privilege::{Holder, Level, privilege};
use crate::identity::{Identity, Model, Ownership};
use crate::query;
use crate::report::count;
use crate::source::Span;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    text_document: Named,
    range: Option<Range>,
}

pub(super) fn lenses(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((Params { text_document, .. }, reply)) = parameters(params, reply) else { return };
    let path = uri::path_of(&text_document.uri);
    situation
        .folders
        .ask(path.as_deref(), reply, |path| Box::new(move |view| lenses_of(view, &path, &text_document.uri)));
}

fn lenses_of(view: &mut View<'_>, path: &str, uri: &str) -> Result<Value, Failure> {
    let Some(file) = view.file(path).filter(|_| view.wishes.code_lens) else { return Ok(json!([])) };
    let models = view.engine.models_of(path);
    let mut by_header: BTreeMap<Span, Summary> = BTreeMap::new();
    for model in &models {
        for identity in &model.identities {
            let header = model.resource(identity.resource).header();
            if header.file == file.id {
                by_header.entry(header).or_default().add(model, identity);
            }
        }
    }
    let (report, scrubber) = (view.report.clone(), view.scrubber());
    let places = view.places(&report);
    let lenses = by_header.iter().map(|(header, summary)| {
        let range = places.range(&file, *header);
        let at = json!({ "textDocument": { "uri": uri }, "position": range.start });
        let title = scrubber.clean(&summary.to_string());
        json!({ "range": range, "command": { "title": title, "command": "keyward.explain", "arguments": [at] } })
    });
    Ok(lenses.collect::<Vec<Value>>().into())
}

/// An identity in all its instances.
#[derive(Debug, Default)]
struct Summary {
    instances: usize,
    workloads: BTreeSet<String>,
    keys: BTreeSet<String>,
    owners: BTreeSet<String>,
    admin: bool,
    reaches_admin: bool,
}

impl Summary {
    fn add(&mut self, model: &Model, identity: &Identity) {
        self.instances += 1;
        let named = |address: &str| format!("{}/{address}", model.project.dir);
        self.workloads.extend(model.workloads_of(identity.id).map(|workload| named(&workload.address)));
        let keys = model.credentials_of(identity.id).filter(|credential| credential.is_static);
        self.keys.extend(keys.map(|credential| named(&credential.address)));
        self.owners.insert(match &identity.owner {
            Ownership::Owned(owner) => owner.name.clone(),
            Ownership::Unknown => "not known".to_owned(),
            Ownership::Missing => "none".to_owned(),
        });
        let is_admin = privilege(model, identity.id).level == Level::Admin;
        self.admin |= is_admin;
        self.reaches_admin |= !is_admin && reaches_admin(model, identity);
    }
}

fn reaches_admin(model: &Model, identity: &Identity) -> bool {
    let node = query::node_of(model, &Holder::identity(identity.id));
    node.is_some_and(|node| network(model).path(node, Power::Admin).is_some())
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut parts = Vec::new();
        if self.instances > 1 {
            parts.push(format!("{} instances", self.instances));
        }
        parts.push(count(self.workloads.len(), "workload"));
        if !self.keys.is_empty() {
            parts.push(count(self.keys.len(), "static key"));
        }
        let owners: Vec<&str> = self.owners.iter().map(String::as_str).collect();
        parts.push(match &owners[..] {
            [] => "owner: none".to_owned(),
            [one] => format!("owner: {one}"),
            [first, rest @ ..] => format!("owner: {first} and {} more", rest.len()),
        });
        match (self.admin, self.reaches_admin) {
            (true, _) => parts.push("admin".to_owned()),
            (false, true) => parts.push("reaches admin".to_owned()),
            (false, false) => {}
        }
        f.write_str(&parts.join(" · "))
    }
}

/// Inlay hints behind wildcards, for those who want them.
pub(super) fn hints(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((Params { text_document, range }, reply)) = parameters(params, reply) else { return };
    let path = uri::path_of(&text_document.uri);
    situation.folders.ask(path.as_deref(), reply, |path| {
        Box::new(move |view| {
            let Some(file) = view.file(&path).filter(|_| view.wishes.inlay_hints) else {
                return Ok(json!([]));
            };
            let (lines, encoding) = (Lines::new(&file.text), view.client.encoding);
            let asked = range.map_or(0..file.text.len(), |range| lines.bytes(&file.text, range, encoding));
            let found = wildcards::within(&file.text, asked);
            let hints = found.into_iter().map(|found| {
                let actions = wildcards::stands_for(&file.text[found.range.clone()]);
                let label = match found.negated {
                    true => format!("all but {}", wildcards::short(&actions)),
                    false => wildcards::short(&actions),
                };
                // Behind the closing quote, which is one character in every encoding.
                let mut position = lines.position(&file.text, found.range.end, encoding);
                position.character += 1;
                json!({ "position": position, "label": label, "paddingLeft": true })
            });
            Ok(hints.collect::<Vec<Value>>().into())
        })
    });
}
