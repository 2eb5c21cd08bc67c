//! A team in the place of an owner who is gone.

use super::Context;
use crate::diagnostic::{Applicability, Edit, Fix, Scaffold};
use crate::eval::Resource;
use crate::identity::facts;
use crate::source::{FileKind, Span};
use std::collections::HashSet;

/// Names the team wherever the owner is written. `None` where that is not as plain text.
pub(super) fn hand_over(
    cx: &Context<'_>,
    places: &[(&Resource, Span)],
    owner: &str,
    team: &str,
) -> Option<Fix> {
    let plain = |text: &str| !text.is_empty() && !text.contains(['"', '\\', '$', '%', '\n']);
    let mut seen = HashSet::new();
    let mut edits = Vec::new();
    for (resource, span) in places.iter().filter(|(_, span)| seen.insert(*span)) {
        let file = cx.shared.sources.find(span.file).filter(|file| file.kind == FileKind::Hcl)?;
        let text = file.slice(*span);
        let literal =
            text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|text| plain(text));
        let once = literal.is_some_and(|literal| literal.matches(owner).count() == 1);
        // Labels of Google take lower case only, and no `@` or `/`.
        let labels = facts::tag_attribute(&resource.kind) == Some("labels");
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if !once || !plain(team) || (labels && !team.chars().all(fits)) {
            return None;
        }
        let start = span.start as usize + text.find(owner)?;
        edits.push(Edit { span: Span::new(file.id, start, start + owner.len()), text: team.to_string() });
    }
    let title = format!("Name `{team}` as the owner");
    (!edits.is_empty()).then(|| Fix::new(title, Applicability::Unsafe, edits))
}

/// The way where there is more to do than to write a name: what the old owner knows stays known to them.
pub(super) fn steps(team: Option<&str>, credentials: &[String]) -> Option<Scaffold> {
    let name = match team {
        Some(team) => format!("Ask {team} to take it over, and name them as the owner"),
        None => "Find the team that takes it over, and name it as the owner".to_string(),
    };
    let mut steps = vec![name];
    steps.extend(
        credentials.iter().map(|one| {
            format!("Replace `{one}`: make a new one, hand it to its consumers, delete the old one")
        }),
    );
    (!credentials.is_empty()).then(|| Scaffold { snippet: String::new(), steps })
}
