//! The entry of a secret store that has a value: the one that it is read from, or the one that it is put into.

use crate::eval::{Attr, InstanceKey, Resource, ResourceMode};
use crate::rules::Context;
use crate::rules::policy_edits::Object;
use crate::source::Span;

/// How code beside `user` speaks of the entry of this type with the value that is written at `place`.
pub(super) fn holding(
    cx: &Context<'_>,
    user: &Resource,
    place: Span,
    kind: &str,
    attribute: &str,
) -> Option<String> {
    let text = cx.shared.sources.text(place);
    let read = text.strip_suffix(attribute).and_then(|rest| rest.strip_suffix('.'));
    let entries = here(cx, user, kind);
    if let Some(address) = read {
        return entries.map(Resource::local_address).find(|known| known == address);
    }
    if !is_reference(text) {
        return None;
    }
    let given = entries.filter(|entry| {
        let same = |attr: &Attr| cx.shared.sources.text(attr.expr_span) == text;
        entry.mode == ResourceMode::Managed && entry.body.attr(attribute).is_some_and(same)
    });
    only(given).map(Resource::local_address)
}

/// The secret in the cluster that holds the value, and the key as it is written.
pub(super) fn kubernetes(cx: &Context<'_>, user: &Resource, place: Span) -> Option<(String, String)> {
    let sources = cx.shared.sources;
    let text = sources.text(place);
    if !is_reference(text) {
        return None;
    }
    let namespace = |one: &Resource| {
        let metadata = one.body.block("metadata")?;
        Some(metadata.attr("namespace").map(|attr| sources.text(attr.expr_span).to_string()))
    };
    let own = namespace(user)?;
    let secrets = here(cx, user, "kubernetes_secret").chain(here(cx, user, "kubernetes_secret_v1"));
    let found = secrets.filter(|one| namespace(one).as_ref() == Some(&own)).filter_map(|secret| {
        let data = sources.text(secret.body.attr("data")?.expr_span);
        let object = Object::read(data)?;
        let entry = object.entries.iter().find(|entry| &data[entry.value.clone()] == text)?;
        let plain = entry.name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        plain.then(|| (secret.local_address(), format!("\"{}\"", entry.name)))
    });
    only(found)
}

/// Entries in the module of the user, each a single one.
fn here<'a>(cx: &Context<'a>, user: &Resource, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
    let module = user.module;
    cx.model.of_kind(kind).filter(move |one| one.module == module && one.key == InstanceKey::None)
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

/// `random_password.db.result`: what is equal as text is the same value.
fn is_reference(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    text.contains('.')
        && text.split('.').all(part)
        && !text.starts_with("each.")
        && !text.starts_with("count.")
}
