//! Identities and credentials by name, all over the folders.

use super::outbox::Reply;
use super::places::Places;
use super::requests::Situation;
use super::server::parameters;
use crate::identity::facts::{self, Kind};
use crate::report::Scrubber;
use crate::source::{FileKind, SourceFile, Span};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Answers of each folder; nobody reads more.
const MOST: usize = 500;

#[derive(Deserialize)]
struct Params {
    #[serde(default)]
    query: String,
}

pub(super) fn handle(situation: &Situation<'_>, params: Value, reply: Reply) {
    let Some((Params { query }, reply)) = parameters(params, reply) else { return };
    let query: Arc<str> = query.to_lowercase().into();
    situation.folders.ask_all(reply, Vec::new(), Value::Array, || {
        let query = query.clone();
        Box::new(move |view| {
            let report = view.report.clone();
            let places = view.places(&report);
            let files = report.sources.iter().filter(|file| file.kind == FileKind::Hcl);
            let found = files.flat_map(|file| declared(file).into_iter().map(move |it| (file, it)));
            let wanted = found.filter(|(_, it)| is_like(&it.name, &query)).take(MOST);
            let scrubber = view.scrubber();
            let told = wanted.map(|(file, it)| symbol(&places, &scrubber, file, &it));
            Ok(told.collect::<Vec<Value>>().into())
        })
    });
}

fn symbol(places: &Places<'_>, scrubber: &Scrubber, file: &SourceFile, declared: &Declared) -> Value {
    // Of the kinds of the protocol, a key is one, and an identity is nearest to a class.
    let kind = match declared.kind {
        Kind::Credential => 20,
        _ => 5,
    };
    let range = places.range(file, declared.span);
    let container = match file.dir() {
        "" => ".",
        dir => dir,
    };
    json!({
        "name": scrubber.clean(&declared.name),
        "kind": kind,
        "containerName": container,
        "location": { "uri": places.uri(&file.path), "range": range },
    })
}

struct Declared {
    name: String,
    kind: Kind,
    span: Span,
}

/// The headers of resource blocks. They are found in the text, since parsing every file for this would take
/// longer than somebody types.
fn declared(file: &SourceFile) -> Vec<Declared> {
    const KEYWORD: &str = "resource";
    let text = &*file.text;
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), KEYWORD.as_bytes()) {
        let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
        if !text[line..at].trim_start_matches('\u{feff}').is_empty() {
            continue;
        }
        let Some((kind, rest)) = label(&text[at + KEYWORD.len()..]) else { continue };
        let Some((name, rest)) = label(rest) else { continue };
        let Some(facts) = facts::of(kind).filter(|it| matches!(it.kind, Kind::Identity | Kind::Credential))
        else {
            continue;
        };
        let span = Span::new(file.id, at, text.len() - rest.len());
        found.push(Declared { name: format!("{kind}.{name}"), kind: facts.kind, span });
    }
    found
}

/// A label in quotes, and what follows.
fn label(text: &str) -> Option<(&str, &str)> {
    let (label, rest) = text.trim_start_matches([' ', '\t']).strip_prefix('"')?.split_once('"')?;
    (!label.contains('\n')).then_some((label, rest))
}

/// Every character of the question is there, in its order.
fn is_like(name: &str, query: &str) -> bool {
    let mut chars = name.chars().flat_map(char::to_lowercase);
    query.chars().all(|wanted| chars.any(|c| c == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn headers_are_found_in_the_text() {
        let text = "# resource \"aws_iam_role\" \"no\"\nresource \"aws_iam_role\" \"ci\" {\n}\r\nresource \
                    \"aws_s3_bucket\" \"no\" {}\nresource \"aws_iam_access_key\" \"k\"{}\nresource \"aws_iam_role\"";
        let bytes = text.as_bytes().to_vec();
        let file = SourceFile::new(FileId(0), "a.tf".into(), "/a.tf".into(), FileKind::Hcl, bytes);
        let names: Vec<String> = declared(&file).into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["aws_iam_role.ci", "aws_iam_access_key.k"]);
        assert_eq!(file.slice(declared(&file)[0].span), "resource \"aws_iam_role\" \"ci\"");
        assert!(is_like("aws_iam_role.ci", "rolci") && !is_like("aws_iam_role.ci", "icrol"));
    }
}
