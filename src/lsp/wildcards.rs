//! Wildcards in the actions of policies, found in the text: in HCL, in heredocs and in JSON they look the same.

use crate::iam::Pattern;
use crate::iam::aws::{ActionSet, Expander, Level, catalogue};
use crate::query::{WORST_FIRST, weight};
use std::cmp::Reverse;
use std::fmt::Write;
use std::ops::Range;

/// How far back the name of the list is looked for in which a `*` stands.
const MAX_LIST: usize = 8 * 1024;
/// Actions that are named of each level.
const EXAMPLES: usize = 3;

/// A pattern of actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wildcard {
    /// Without its quotes.
    pub range: Range<usize>,
    /// As an element of `NotAction`, it stands for what is left out.
    pub negated: bool,
}

/// All of them between two offsets, in order.
pub(super) fn within(text: &str, range: Range<usize>) -> Vec<Wildcard> {
    let bytes = text.as_bytes();
    let window = bytes.get(range.clone()).unwrap_or_default();
    let mut found: Vec<Wildcard> = Vec::new();
    for at in memchr::memchr2_iter(b'*', b'?', window) {
        let at = range.start + at;
        if found.last().is_some_and(|last| at < last.range.end) {
            continue;
        }
        found.extend(around(text, at));
    }
    found
}

/// The one at an offset.
pub(super) fn at(text: &str, offset: usize) -> Option<Wildcard> {
    let quoted = quoted(text, offset)?;
    let mark = memchr::memchr2(b'*', b'?', &text.as_bytes()[quoted.clone()])?;
    around(text, quoted.start + mark)
}

/// What stands in quotes around an offset, on its line. The quotes of JSON in a string have backslashes.
fn quoted(text: &str, offset: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let before = bytes.get(..offset)?.iter().rposition(|byte| matches!(byte, b'"' | b'\n'))?;
    let length = bytes[offset..].iter().position(|byte| matches!(byte, b'"' | b'\n'))?;
    let end = offset + length;
    let inner = bytes[before] == b'"' && bytes[end] == b'"';
    let escaped = end > before + 1 && bytes[end - 1] == b'\\';
    inner.then_some(before + 1..if escaped { end - 1 } else { end })
}

fn around(text: &str, offset: usize) -> Option<Wildcard> {
    let range = quoted(text, offset)?;
    let pattern = text.get(range.clone())?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'*' | b'?');
    if !pattern.bytes().all(is_plain) {
        return None;
    }
    let key = list_name(text, range.start);
    let negated = matches!(key, Some("not_actions" | "NotAction"));
    let is_action = negated || matches!(key, Some("actions" | "Action"));
    let names_service = pattern
        .split_once(':')
        .is_some_and(|(service, action)| !action.contains(':') && catalogue().service(service).is_some());
    (is_action || names_service).then_some(Wildcard { range, negated })
}

/// The name of the attribute or key whose value an element belongs to: `actions = ["a", "b"` leads to `actions`.
fn list_name(text: &str, start: usize) -> Option<&str> {
    let from = start.saturating_sub(MAX_LIST);
    let bytes = &text.as_bytes()[from..start];
    let mut in_string = true;
    let mut end = bytes.len();
    loop {
        end = end.checked_sub(1)?;
        match bytes[end] {
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'=' | b':' => break,
            b'[' | b',' | b' ' | b'\t' | b'\r' | b'\n' | b'\\' => {}
            _ => return None,
        }
    }
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let last = bytes[..end].iter().rposition(is_word)?;
    // Nothing but a quote and blanks stand between a key and its sign.
    if bytes[last + 1..end].iter().any(|byte| !matches!(byte, b'"' | b' ' | b'\t' | b'\\')) {
        return None;
    }
    let first = bytes[..last].iter().rposition(|byte| !is_word(byte)).map_or(0, |at| at + 1);
    std::str::from_utf8(&bytes[first..=last]).ok()
}

/// What a pattern stands for.
pub(super) fn stands_for(pattern: &str) -> ActionSet {
    Expander::default().pattern(&Pattern::parse(pattern)).yes
}

/// How many actions of each level, worst level first.
fn levels(actions: &ActionSet) -> Vec<(Level, ActionSet)> {
    let each =
        WORST_FIRST.into_iter().map(|level| (level, actions.intersection(catalogue().at_level(level))));
    each.filter(|(_, actions)| !actions.is_empty()).collect()
}

fn name(level: Level) -> String {
    format!("{level:?}").to_lowercase()
}

/// "168 actions: 32 permissions, 71 write" for the end of a line.
pub(super) fn short(actions: &ActionSet) -> String {
    let levels = levels(actions);
    let parts: Vec<String> =
        levels.iter().map(|(level, actions)| format!("{} {}", actions.len(), name(*level))).collect();
    match actions.len() {
        0 => "no known action".to_owned(),
        1 => format!("1 action: {}", name(levels.first().map_or(Level::List, |(level, _)| *level))),
        count => format!("{count} actions: {}", parts.join(", ")),
    }
}

/// The same for a hover, with the actions that matter most.
pub(super) fn long(pattern: &str, wildcard: &Wildcard) -> String {
    let actions = stands_for(pattern);
    let mut out = match wildcard.negated {
        true => format!("`{pattern}` takes {} actions out; all others are meant\n", actions.len()),
        false => format!("`{pattern}` stands for {} actions\n", actions.len()),
    };
    for (level, actions) in levels(&actions) {
        let mut ids: Vec<_> = actions.iter().collect();
        ids.sort_by_key(|id| Reverse(weight(*id)));
        let named: Vec<String> = ids.iter().take(EXAMPLES).map(|id| catalogue().full_name(*id)).collect();
        let more = if ids.len() > EXAMPLES { ", …" } else { "" };
        let _ = write!(out, "\n- {} {}: {}{more}", ids.len(), name(level), named.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<(&str, bool)> {
        within(text, 0..text.len()).into_iter().map(|it| (&text[it.range], it.negated)).collect()
    }

    #[test]
    fn they_are_found_however_they_are_written() {
        assert_eq!(found("actions = [\"s3:Get*\", \"*\"]"), [("s3:Get*", false), ("*", false)]);
        assert_eq!(found("  NotAction = [\n  \"iam:*\",\n\"*\"\n]"), [("iam:*", true), ("*", true)]);
        assert_eq!(found("{\"Action\": \"*\", \"Resource\": \"*\"}"), [("*", false)]);
        assert_eq!(found("\"{\\\"Action\\\":[\\\"sqs:*\\\",\\\"*\\\"]}\""), [("sqs:*", false), ("*", false)]);
        assert_eq!(found("x = concat([\"ec2:Describe*\"], y)"), [("ec2:Describe*", false)]);
    }

    #[test]
    fn other_stars_are_left_alone() {
        for other in [
            "resources = [\"*\"]",
            "\"arn:aws:s3:::a/*\"",
            "a = b * c",
            "\"foo:*\"",
            "# * \"*\"",
            "\"${a * 2}\"",
        ] {
            assert_eq!(found(other), [], "{other}");
        }
    }

    #[test]
    fn what_it_stands_for_is_told_by_level() {
        let text = "actions = [\"sqs:*\"]";
        let star = at(text, text.find("qs").unwrap()).unwrap();
        let told = long("sqs:*", &star);
        assert!(told.contains("permissions: ") && told.contains("sqs:AddPermission"), "{told}");
        assert!(short(&stands_for("sqs:*")).contains(" actions: "), "{told}");
        assert_eq!(short(&stands_for("sqs:Nothing*")), "no known action");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[\"*=:a\\[\\\\\n \u{e9}]{0,40}", offset in 0usize..60) {
            within(&text, 0..text.len());
            let mut offset = offset.min(text.len());
            while !text.is_char_boundary(offset) { offset -= 1; }
            at(&text, offset);
        }
    }
}
