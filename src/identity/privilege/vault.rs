use super::{Cause, Level, Privilege};
use crate::eval::value::{Kind, Part, Value};
use crate::iam::Verdict;
use crate::iam::vault::{HOLE, judge};
use crate::identity::model::{Model, Policy};
use crate::source::Span;
use std::ops::Range;

pub(super) fn measure(model: &Model, grants: &[usize], total: &mut Privilege) {
    for index in grants {
        let grant = &model.grants[*index];
        let Policy::Vault(paths) = &grant.policy else { continue };
        let policy = model.resource(grant.resource);
        let judgement = judge(paths);
        let level = Level::of(judgement.verdict).unwrap_or_else(|| match paths.as_slice() {
            [] => Level::Unknown,
            _ if paths.iter().any(|path| path.can_write()) => Level::Write,
            _ => Level::Read,
        });
        let summary = match judgement.verdict {
            Verdict::Admin => "administers Vault".to_string(),
            Verdict::Power => "writes everything in Vault".to_string(),
            Verdict::None => policy.address.clone(),
        };
        total.raise(level, &summary);
        let responsible = judgement.responsible.first().and_then(|at| paths.get(*at));
        let (Some(path), true) = (responsible, judgement.verdict > Verdict::None) else { continue };
        let value = policy.body.value(&grant.attribute);
        let found = value.and_then(|value| place(value, path.span.clone()));
        let text = value.and_then(|value| source(value, path.span.clone())).unwrap_or_default();
        let everything = path.path.is_everything();
        // What is built in has no text here.
        let built_in = path.span.is_empty() && grant.attribute != "policy";
        let shown = match (built_in, everything) {
            (true, _) => "root".to_string(),
            (false, true) => "*".to_string(),
            (false, false) => text,
        };
        let mut cause = Cause::new(judgement.verdict, *index, found.unwrap_or(grant.span), shown);
        let (phrase, label) = match (judgement.verdict, everything) {
            (Verdict::Admin, true) if built_in => ("has full administration of Vault", "everything in Vault"),
            (Verdict::Admin, true) => ("has full administration of Vault", "every path, with `sudo`"),
            (Verdict::Admin, false) => ("can give itself any policy in Vault", "writes policies"),
            _ => ("may write everything in Vault", "every path"),
        };
        cause.phrase = phrase.to_string();
        cause.label = label.to_string();
        total.causes.push(cause);
    }
}

/// Parts of the policy text, with the offset of each as the parser saw it.
fn parts(value: &Value) -> Vec<(usize, Part)> {
    let mut at = 0;
    let mut found = Vec::new();
    for part in value.parts().unwrap_or_default() {
        let length = match &part {
            Part::Text(text) => text.as_str().len(),
            Part::Hole(_) => HOLE.len_utf8(),
        };
        found.push((at, part));
        at += length;
    }
    found
}

/// Where part of the policy text is written.
fn place(value: &Value, range: Range<usize>) -> Option<Span> {
    if range.is_empty() || !matches!(value.kind, Kind::String(_) | Kind::Template(_)) {
        return None;
    }
    parts(value).into_iter().rev().find(|(from, _)| *from <= range.start).and_then(
        |(from, part)| match part {
            Part::Text(text) => text.span_of(range.start - from, range.end - from),
            Part::Hole(_) => None,
        },
    )
}

fn source(value: &Value, range: Range<usize>) -> Option<String> {
    parts(value).into_iter().rev().find(|(from, _)| *from <= range.start).and_then(
        |(from, part)| match part {
            Part::Text(text) => text.as_str().get(range.start - from..range.end - from).map(str::to_string),
            Part::Hole(_) => None,
        },
    )
}
