//! What a place in the code says about the things in it: sample code, library modules, environments.

use super::Context;
use crate::config::Environment;
use crate::eval::Resource;
use crate::eval::value::{Kind, Value, Why};
use crate::identity::Model;
use crate::source::Span;

/// Directories whose code shows how something is used and runs nowhere for long.
const SAMPLES: &[&str] = &[
    "example", "examples", "sample", "samples", "test", "tests", "testing", "fixture", "fixtures", "testdata",
];
/// Tag and label keys that name an environment.
const KEYS: &[&str] = &["environment", "env", "stage", "tier", "workspace", "deployment"];

/// Whether a directory, relative to the scanned root, holds sample code.
pub(super) fn is_sample_dir(dir: &str) -> bool {
    dir.split('/').any(|part| SAMPLES.iter().any(|known| part.eq_ignore_ascii_case(known)))
}

/// Sample code: written in a sample directory, or only there because a sample calls its module.
pub(super) fn is_sample(cx: &Context<'_>, model: &Model, at: Span) -> bool {
    is_sample_dir(&model.project.dir) || is_sample_dir(&directory(cx, at))
}

/// The directory that something is written in.
pub(super) fn directory(cx: &Context<'_>, at: Span) -> String {
    cx.shared.sources.find(at.file).map(|file| file.dir().to_string()).unwrap_or_default()
}

/// A module that is here without its callers: it configures no provider and no backend, and wants inputs
/// that nobody gives. What its callers do with it is not known.
pub(super) fn is_library(model: &Model) -> bool {
    let Some(root) = model.project.modules.first() else { return false };
    let backed =
        root.settings.iter().any(|settings| settings.has_block("backend") || settings.has_block("cloud"));
    let asks = root.variables.values().any(|variable| is_unset(&variable.value));
    root.providers.is_empty() && !backed && asks
}

fn is_unset(value: &Value) -> bool {
    matches!(&value.kind, Kind::Unknown(unknown) if matches!(unknown.why, Why::Variable(_)))
}

/// The environment that a thing itself speaks of: its tags, its module, its name. That of the directory
/// around it is left out, since there everything is in one.
pub(super) fn own_environment(cx: &Context<'_>, resource: &Resource) -> Option<Environment> {
    let classify = |text: &str| cx.shared.config.environments.classify(text);
    for name in ["tags", "labels"] {
        let entries = resource.body.value(name).and_then(Value::entries);
        let tagged = entries.into_iter().flatten().find(|(key, _)| {
            let key = key.rsplit([':', '/']).next().unwrap_or(key);
            KEYS.iter().any(|known| key.eq_ignore_ascii_case(known))
        });
        if let Some(found) = tagged.and_then(|(_, value)| classify(value.as_str()?)) {
            return Some(found);
        }
    }
    classify(&resource.address)
}

/// `a`, `b` and 3 more.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>, most: usize) -> String {
    let names: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(most);
    match (names.as_slice(), more) {
        ([], _) => String::new(),
        ([one], _) => one.clone(),
        ([start @ .., last], 0) => format!("{} and {last}", start.join(", ")),
        (all, more) => format!("{} and {more} more", all[..most].join(", ")),
    }
}

/// `1 grant`, `2 grants`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_told_by_whole_directory_names() {
        assert!(is_sample_dir("examples/complete") && is_sample_dir("modules/x/test"));
        assert!(!is_sample_dir("testing-ground/a") && !is_sample_dir("") && !is_sample_dir("contest"));
    }

    #[test]
    fn lists_are_cut() {
        assert_eq!(listed(["a", "b"], 3), "`a` and `b`");
        assert_eq!(listed(["a", "b", "c", "d"], 2), "`a`, `b` and 2 more");
    }
}
