//! The text of a waiver that stands for skips.

use super::{Entry, Fate};
use crate::source::SourceFile;
use std::collections::BTreeSet;

/// Characters of a reason beyond which it is cut.
const MAX_REASON: usize = 300;

/// The comment with the end of its line, indented like the line that it will stand above.
pub(super) fn comment(file: &SourceFile, at: usize, entries: &[&Entry]) -> String {
    let line = file.text[at..].lines().next().unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    let end = if file.text[at..].split_inclusive('\n').next().is_some_and(|line| line.ends_with("\r\n")) {
        "\r\n"
    } else {
        "\n"
    };
    let fates = entries.iter().filter_map(|entry| match &entry.fate {
        Fate::Waiver { rules, until } => Some((rules, *until)),
        _ => None,
    });
    let rules: BTreeSet<&str> = fates.clone().flat_map(|(rules, _)| rules.iter().copied()).collect();
    let rules: Vec<&str> = rules.into_iter().collect();
    // The first that ends decides.
    let until = fates.map(|(_, until)| until).min().map(|date| format!(" until={date}")).unwrap_or_default();
    let reason = reason(entries);
    format!("{indent}# keyward: ignore[{}]{until} reason=\"{reason}\"{end}", rules.join(", "))
}

/// The reasons that were given, each once, with the checks that they are of.
fn reason(entries: &[&Entry]) -> String {
    let mut given: Vec<(String, Vec<&str>)> = Vec::new();
    for entry in entries {
        let reason = match &entry.skip.reason {
            Some(text) => clean(text),
            None => format!("skipped for {} without a reason", entry.skip.tool.name()),
        };
        let checks = match given.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, checks)) => checks,
            None => {
                given.push((reason, Vec::new()));
                &mut given.last_mut().expect("invariant: one was pushed").1
            }
        };
        if !checks.contains(&entry.skip.check.as_str()) {
            checks.push(&entry.skip.check);
        }
    }
    let each: Vec<String> =
        given.into_iter().map(|(reason, checks)| format!("{reason} ({})", checks.join(", "))).collect();
    let text = each.join("; ");
    match text.char_indices().nth(MAX_REASON) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A text that may stand in quotes.
fn clean(text: &str) -> String {
    let text = text.trim_matches(['"', '\'']).replace('"', "'");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
