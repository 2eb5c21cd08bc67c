//! Hover: what is known about an identity, what a wildcard stands for, how long a waiver holds.

use super::here;
use super::outbox::{Failure, Reply};
use super::positions::Position;
use super::requests::Situation;
use super::server::{Named, parameters};
use super::view::View;
use super::{uri, wildcards};
use crate::config::Config;
use crate::identity::Estate;
use crate::report::card;
use crate::source::{Overlay, SourceFile, SourceMap, Span, Tree};
use crate::{syntax, waiver};
use jiff::Unit;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct At {
    pub text_document: Named,
    pub position: Position,
}

pub(super) fn handle(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((At { text_document, position }, reply)) = parameters(params, reply) else { return };
    let path = uri::path_of(&text_document.uri);
    situation.folders.ask(path.as_deref(), reply, |path| Box::new(move |view| hover(view, &path, position)));
}

fn hover(view: &mut View<'_>, path: &str, position: Position) -> Result<Value, Failure> {
    let Some(file) = view.file(path) else { return Ok(Value::Null) };
    let point = view.point(&file, position);
    let told = on_waiver(&file, point, view.today)
        .or_else(|| on_wildcard(&file, point))
        .or_else(|| on_identity(view, path, point));
    let Some((span, text)) = told else { return Ok(Value::Null) };
    let text = view.scrubber().clean(&text);
    let report = view.report.clone();
    let kind = if view.client.markdown { "markdown" } else { "plaintext" };
    let text = if view.client.markdown { text } else { plain(&text) };
    let range = view.places(&report).range(&file, span);
    Ok(json!({ "contents": { "kind": kind, "value": text }, "range": range }))
}

/// The few marks that we use are taken out.
fn plain(text: &str) -> String {
    text.lines()
        .filter(|line| !line.starts_with("```"))
        .collect::<Vec<_>>()
        .join("\n")
        .replace(['`', '*'], "")
}

fn on_wildcard(file: &SourceFile, point: Span) -> Option<(Span, String)> {
    let found = wildcards::at(&file.text, point.start as usize)?;
    let text = wildcards::long(&file.text[found.range.clone()], &found);
    Some((Span::new(file.id, found.range.start, found.range.end), text))
}

fn on_waiver(file: &SourceFile, point: Span, today: Date) -> Option<(Span, String)> {
    // Nearly everywhere nobody points at one, which the line tells.
    let line = file.lines.position(point.start as usize).line;
    let (start, end) = (file.lines.line_start(line), file.lines.line_start(line + 1).max(point.end as usize));
    let end = if end <= point.end as usize { file.text.len() } else { end };
    file.text.get(start..end)?.contains("keyward:").then_some(())?;
    let mut sources = SourceMap::new(PathBuf::new(), Tree::Disk(PathBuf::new()), Overlay::new());
    let id = sources.add(file.path.clone(), PathBuf::new(), file.kind, file.text.as_bytes().to_vec());
    let parsed = [syntax::parse(sources.get(id))];
    let waivers = waiver::collect(&sources, &parsed, &Config::default(), None);
    let here = Span { file: id, ..point };
    let found = waivers.all.iter().find(|waiver| waiver.span.contains(here))?;
    let holds = match found.until {
        None => "without an end".to_owned(),
        Some(until) => format!("until {until}: {}", left(until, today)),
    };
    let text = format!("accepts `{}` {holds}\n\n{}", found.listed(), found.why());
    Some((Span { file: file.id, ..found.span }, text))
}

fn left(until: Date, today: Date) -> String {
    let days = today.until((Unit::Day, until)).map_or(0, |span| i64::from(span.get_days()));
    match days {
        0 => "today is the last day".to_owned(),
        1 => "1 day left".to_owned(),
        2.. => format!("{days} days left"),
        -1 => "ended yesterday".to_owned(),
        _ => format!("ended {} days ago", -days),
    }
}

fn on_identity(view: &mut View<'_>, path: &str, point: Span) -> Option<(Span, String)> {
    let models = view.engine.models_of(path);
    let found = here::find(&models, point);
    let first = *found.first()?;
    let estate = Estate { models: vec![first.model.clone()], ..Estate::default() };
    let findings: Vec<_> = view.report.findings.iter().cloned().collect();
    let card = card::render(&first.resource.address, &estate, &view.report.sources, &findings)?;
    let (title, rest) = card.split_once('\n').unwrap_or((&card, ""));
    let mut text = format!("**{title}**\n\n```text\n{}\n```", rest.trim_matches('\n'));
    let others: Vec<String> = found[1..]
        .iter()
        .map(|it| match it.model.project.dir.as_str() {
            dir if dir == first.model.project.dir => format!("`{}`", it.resource.address),
            "" => format!("`{}` in the root", it.resource.address),
            dir => format!("`{}` in {dir}", it.resource.address),
        })
        .collect();
    if !others.is_empty() {
        let shown: Vec<String> = others.iter().take(5).cloned().collect();
        let more = if others.len() > 5 { format!(" and {} more", others.len() - 5) } else { String::new() };
        text.push_str(&format!("\n\nhere as well: {}{more}", shown.join(", ")));
    }
    Some((first.span, text))
}
