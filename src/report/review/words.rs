//! Sentences that the formats share.

use crate::diagnostic::Severity;
use crate::report::text::count;
use crate::review::{Aspect, Change, How, Review, Side, Sign, Subject};

/// Nothing to see.
pub(super) const UNTOUCHED: &str = "This change does not touch identities.";

/// "Adds 2 identities and 1 credential, changes 3 identities; 1 new way to escalate."
pub(super) fn headline(review: &Review) -> String {
    if review.is_empty() {
        return UNTOUCHED.to_string();
    }
    let verbs = [
        (How::Added, "adds"),
        (How::Changed, "changes"),
        (How::Removed, "removes"),
        (How::Renamed, "renames"),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (how, verb) in verbs {
        let nouns = [(Subject::Identity, "identity"), (Subject::Credential, "credential")];
        let counted: Vec<String> = nouns
            .into_iter()
            .map(|(subject, noun)| (review.count(subject, how), noun))
            .filter(|(number, _)| *number > 0)
            .map(|(number, noun)| count(number, noun))
            .collect();
        if !counted.is_empty() {
            parts.push(format!("{verb} {}", counted.join(" and ")));
        }
    }
    for (subject, how, verb, noun) in [
        (Subject::Way, How::Added, "opens", "way to escalate"),
        (Subject::Way, How::Removed, "closes", "way to escalate"),
        (Subject::Exposure, How::Added, "exposes", "workload"),
        (Subject::Exposure, How::Removed, "closes off", "workload"),
    ] {
        let number = review.count(subject, how);
        if number > 0 {
            let noun = if noun.starts_with("way") && number > 1 {
                format!("{number} ways to escalate")
            } else {
                count(number, noun)
            };
            parts.push(format!("{verb} {noun}"));
        }
    }
    if parts.is_empty() {
        return "This change adds and removes no identity.".to_string();
    }
    format!("This change {}.", joined(&parts))
}

/// "2 new findings (1 high, 1 medium), 1 fixed, 214 unchanged".
pub(super) fn findings(review: &Review) -> String {
    let found = &review.findings;
    let severities = Severity::ALL
        .into_iter()
        .rev()
        .map(|severity| (found.new.iter().filter(|one| one.finding.severity == severity).count(), severity));
    let severities: Vec<String> = severities
        .filter(|(number, _)| *number > 0)
        .map(|(number, severity)| format!("{number} {severity}"))
        .collect();
    let mut parts = vec![match found.new.len() {
        0 => "no new finding".to_string(),
        number => format!("{} ({})", count(number, "new finding"), severities.join(", ")),
    }];
    if !found.worse.is_empty() {
        parts.push(format!("{} worse than before", found.worse.len()));
    }
    if !found.accepted.is_empty() {
        parts.push(format!("{} accepted by a waiver or baseline", found.accepted.len()));
    }
    if !found.fixed.is_empty() {
        parts.push(format!("{} fixed", found.fixed.len()));
    }
    parts.push(format!("{} unchanged", found.unchanged));
    parts.join(", ")
}

/// "gains 2 permissions, 1 trust": which parts of changed identities are different, by kind.
pub(super) fn aspects(review: &Review) -> Vec<String> {
    let nouns = [
        (Aspect::Permission, "permissions"),
        (Aspect::Grant, "roles"),
        (Aspect::Trust, "trust"),
        (Aspect::Owner, "owner"),
    ];
    nouns
        .into_iter()
        .filter_map(|(aspect, noun)| {
            let parts: Vec<String> =
                [(Sign::Gained, "gained"), (Sign::Lost, "lost"), (Sign::Changed, "changed")]
                    .into_iter()
                    .map(|(sign, verb)| (review.count_details(aspect, sign), verb))
                    .filter(|(number, _)| *number > 0)
                    .map(|(number, verb)| format!("{verb} by {number}"))
                    .collect();
            (!parts.is_empty()).then(|| format!("{noun} {}", parts.join(", ")))
        })
        .collect()
}

/// "`main` (1234abcd) → `HEAD` (5678ef00)" without the back-ticks.
pub(super) fn side(side: &Side) -> String {
    match &side.commit {
        Some(id) if id.starts_with(side.name.as_str()) => id.chars().take(10).collect(),
        Some(id) => format!("{} ({})", side.name, id.chars().take(10).collect::<String>()),
        None => side.name.clone(),
    }
}

/// What could not be analysed, in either revision.
pub(super) fn gaps(review: &Review) -> Option<String> {
    let (before, after) = (review.base.gaps, review.head.gaps);
    match (before, after, review.new_gaps.len()) {
        (0, 0, _) => None,
        (_, _, 0) => Some(format!(
            "Not everything could be analysed: {} before, {} after, none of them new",
            count(before, "coverage gap"),
            after
        )),
        (_, _, new) => Some(format!(
            "Not everything could be analysed: {} before, {} after, {new} of them new",
            count(before, "coverage gap"),
            after
        )),
    }
}

/// "`aws_iam_role.ci` and 3 more".
pub(super) fn also(change: &Change) -> String {
    match &change.also[..] {
        [] => String::new(),
        [one] => format!(", as well as {one}"),
        [first, rest @ ..] => format!(", as well as {first} and {} more", rest.len()),
    }
}

fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
