//! Naming an owner in the way that the code around does it: who it is, and where to write it.

use super::Context;
use super::edits::{add_argument, add_entry};
use super::ownerless::{Candidate, named_by_codeowners};
use super::surroundings::directory;
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::Attr;
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::{Model, facts};
use crate::owners::{EntryKind, Lookup, is_placeholder, looks_like_person};
use crate::source::{FileKind, Span};
use indexmap::IndexSet;
use std::collections::HashMap;

/// How resources name their owner, by directory.
#[derive(Default)]
pub(super) struct Siblings {
    by_dir: HashMap<String, Habit>,
}

/// What the resources of a directory have in common.
#[derive(Default)]
struct Habit {
    /// Key and value of the tags that name an owner.
    named: IndexSet<(String, String)>,
    count: usize,
    /// The expressions that those tags come from, as far as one may be written again elsewhere.
    expressions: IndexSet<String>,
    /// The expressions of `owners` of applications.
    owners: IndexSet<String>,
}

impl Siblings {
    pub fn of(cx: &Context<'_>) -> Self {
        let mut siblings = Siblings::default();
        for model in &cx.shared.estate.models {
            let own = model.note(|| Siblings::of_model(cx, model));
            for (dir, habit) in &own.by_dir {
                let known = siblings.by_dir.entry(dir.clone()).or_default();
                known.named.extend(habit.named.iter().cloned());
                known.count += habit.count;
                known.expressions.extend(habit.expressions.iter().cloned());
                known.owners.extend(habit.owners.iter().cloned());
            }
        }
        siblings
    }

    fn of_model(cx: &Context<'_>, model: &Model) -> Self {
        let mut siblings = Siblings::default();
        for resource in model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed) {
            siblings.learn(cx, resource);
        }
        siblings
    }

    fn learn(&mut self, cx: &Context<'_>, resource: &Resource) {
        let expression = |attr: &Attr| {
            let text = cx.shared.sources.text(attr.expr_span);
            (!text.contains("each.") && !text.contains("count.")).then(|| text.to_string())
        };
        if let Some(attr) = resource.body.attr("owners")
            && facts::provider(&resource.kind) == "azuread"
        {
            let habit = self.by_dir.entry(directory(cx, resource.header())).or_default();
            habit.owners.extend(expression(attr).filter(|text| !text.contains('\n')));
        }
        let attr = facts::tag_attribute(&resource.kind).and_then(|name| resource.body.attr(name));
        let Some(entries) = attr.and_then(|attr| attr.value.entries()) else { return };
        let keys = &cx.shared.config.owners.keys;
        let Some((key, value)) = entries.iter().find(|(key, _)| keys.matches(key)) else { return };
        let Some(owner) = value.as_str().filter(|owner| !is_placeholder(owner)) else { return };
        let habit = self.by_dir.entry(directory(cx, resource.header())).or_default();
        habit.count += 1;
        habit.named.insert((key.to_string(), owner.to_string()));
        // What comes from elsewhere is a literal where it is merged with more.
        habit
            .expressions
            .insert(attr.and_then(expression).filter(|text| is_reference(text)).unwrap_or_default());
    }
}

/// `local.tags`, `module.label.tags`
fn is_reference(text: &str) -> bool {
    let word =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    ["local.", "var.", "module."].iter().any(|head| text.starts_with(head)) && text.split('.').all(word)
}

/// Whom to name, and why it is them.
struct Proposal<'a> {
    key: String,
    owner: String,
    because: &'static str,
    /// What all that name this owner have as their tags.
    expression: Option<&'a str>,
}

/// Writes the owner into every block, or nothing when one of them has no place for it. `None` where nothing here
/// says who it is. `key` is the one that most tags use.
pub(super) fn set_owner(
    cx: &Context<'_>,
    group: &[Candidate<'_>],
    key: Option<&str>,
    siblings: &Siblings,
) -> Option<Fix> {
    let first = group.first()?;
    let habit = siblings.by_dir.get(&first.dir).filter(|_| group.iter().all(|one| one.dir == first.dir));
    let proposal = habit
        .and_then(|habit| from_siblings(cx, habit))
        .or_else(|| from_codeowners(cx, group, key.unwrap_or("owner")));
    let mut edits: Vec<Edit> = Vec::new();
    let mut seen = IndexSet::new();
    let mut blocks: Vec<_> = group.iter().filter(|one| seen.insert(one.resource.header())).collect();
    // A local that is tags by itself is where those belong that merge it with more.
    let tags = |candidate: &Candidate<'_>| -> &str {
        let attr = candidate.resource.body.attr("tags");
        attr.map_or("", |attr| cx.shared.sources.text(attr.expr_span))
    };
    blocks.sort_by_key(|candidate| !is_reference(tags(candidate)));
    let mut done: Vec<&str> = Vec::new();
    for candidate in blocks {
        let resource = candidate.resource;
        let text = tags(candidate);
        let first = text.strip_prefix("merge(").and_then(|rest| rest.split(',').next()).map(str::trim);
        if first.is_some_and(|first| done.contains(&first)) {
            continue;
        }
        let edit = match (facts::provider(&resource.kind), &proposal) {
            ("azuread", _) => list_owners(cx, resource, habit)?,
            (_, Some(proposal)) => name_in(cx, candidate, group, proposal)?,
            (_, None) => return None,
        };
        let elsewhere = resource.body.attr("tags").is_none_or(|attr| !attr.expr_span.contains(edit.span));
        if is_reference(text) && elsewhere {
            done.push(text);
        }
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
    let title = match &proposal {
        Some(proposal) => {
            format!("Name `{}`, {}, as the `{}`", proposal.owner, proposal.because, proposal.key)
        }
        None => "List the `owners` that the other applications here have".to_string(),
    };
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// Several resources beside it that all name the same team.
fn from_siblings<'a>(cx: &Context<'_>, habit: &'a Habit) -> Option<Proposal<'a>> {
    let [(key, owner)] = habit.named.iter().collect::<Vec<_>>().try_into().ok()?;
    if habit.count < 2 {
        return None;
    }
    if let Some(owner) = team_of(cx, owner) {
        let because = "the team of whom the other resources here name";
        return Some(Proposal { key: key.clone(), owner, because, expression: None });
    }
    if looks_like_person(owner) {
        return None;
    }
    let expression = match habit.expressions.len() {
        1 => habit.expressions.first().map(String::as_str).filter(|text| !text.is_empty()),
        _ => None,
    };
    let because = "which the other resources here name";
    Some(Proposal { key: key.clone(), owner: owner.clone(), because, expression })
}

/// A team that CODEOWNERS gives the files to.
fn from_codeowners<'a>(cx: &Context<'_>, group: &[Candidate<'_>], key: &str) -> Option<Proposal<'a>> {
    let named = named_by_codeowners(cx, group)?;
    if let Some(owner) = team_of(cx, &named.name) {
        let because = "the team of whom CODEOWNERS gives these files to";
        return Some(Proposal { key: key.to_string(), owner, because, expression: None });
    }
    let owner = Some(named).filter(|owner| owner.name.contains('/'))?;
    let because = "which CODEOWNERS gives these files to";
    Some(Proposal { key: key.to_string(), owner: owner.name, because, expression: None })
}

/// The team that somebody is in, as the roster says it, while both are still there.
fn team_of(cx: &Context<'_>, person: &str) -> Option<String> {
    let (roster, today) = (cx.shared.roster?, cx.shared.today);
    let Lookup::Current(entry) = roster.lookup(person, today) else { return None };
    let team = entry.team.as_ref().filter(|_| entry.kind != Some(EntryKind::Team))?;
    let there = matches!(roster.lookup(team, today), Lookup::Current(_));
    there.then(|| team.clone())
}

fn list_owners(cx: &Context<'_>, resource: &Resource, habit: Option<&Habit>) -> Option<Edit> {
    let owners = &habit?.owners;
    let only = owners.first().filter(|_| owners.len() == 1 && resource.body.attr("owners").is_none())?;
    add_argument(cx.shared.sources, resource.span(), "owners", only)
}

fn name_in(
    cx: &Context<'_>,
    candidate: &Candidate<'_>,
    group: &[Candidate<'_>],
    proposal: &Proposal<'_>,
) -> Option<Edit> {
    let resource = candidate.resource;
    let sources = cx.shared.sources;
    let plain = |text: &str| !text.contains(['"', '\\', '$', '%', '\n']);
    if !plain(&proposal.key) || !plain(&proposal.owner) {
        return None;
    }
    let owned_by_prose = facts::of(&resource.kind)
        .and_then(|facts| facts.owner.iter().find(|name| matches!(name.as_str(), "description" | "comment")));
    let Some(attribute) = facts::tag_attribute(&resource.kind) else {
        return in_prose(cx, resource, owned_by_prose?, &proposal.owner);
    };
    // Google takes lower case only, and no `@` or `/`.
    let is_label = attribute != "tags";
    let (key, owner) = match is_label {
        true => (label(&proposal.key)?, label(proposal.owner.rsplit('/').next().unwrap_or_default())?),
        false => (proposal.key.clone(), proposal.owner.clone()),
    };
    let (key, value) = (quoted_if_needed(&key), format!("\"{owner}\""));
    if let Some(tags) = default_tags(candidate, group) {
        return in_tags(cx, tags, &key, &value);
    }
    if let Some(attr) = resource.body.attr(attribute) {
        return in_tags(cx, attr, &key, &value);
    }
    match proposal.expression {
        Some(expression) if !is_label => add_argument(sources, resource.span(), attribute, expression),
        _ => {
            let edit = add_argument(sources, resource.span(), attribute, "{")?;
            let trimmed = edit.text.trim_start_matches(['\r', '\n']);
            let indent = &trimmed[..trimmed.len() - trimmed.trim_start().len()];
            let text = format!("{}{indent}  {key} = {value}\n{indent}}}\n", edit.text);
            Some(Edit { text, ..edit })
        }
    }
}

/// The tags that a provider gives to several blocks of the group, which is the one place to name their owner in.
fn default_tags<'a>(candidate: &Candidate<'a>, group: &[Candidate<'a>]) -> Option<&'a Attr> {
    let model = candidate.model;
    let (module, index) = candidate.resource.provider?;
    let served = group
        .iter()
        .filter(|other| std::ptr::eq(other.model, model) && other.resource.provider == Some((module, index)));
    let blocks: IndexSet<Span> = served.map(|other| other.resource.header()).collect();
    if blocks.len() < 2 || facts::provider(&candidate.resource.kind) != "aws" {
        return None;
    }
    let provider = model.project.modules.get(module.0 as usize)?.providers.get(index)?;
    let (_, block) = provider.body.blocks.iter().find(|(name, _)| &**name == "default_tags")?;
    block.attr("tags")
}

/// Adds an entry to tags, whatever they are made of.
fn in_tags(cx: &Context<'_>, attr: &Attr, key: &str, value: &str) -> Option<Edit> {
    let sources = cx.shared.sources;
    let keys = &cx.shared.config.owners.keys;
    // A placeholder under such a key would have to be replaced, and by whom is for its author to say.
    if attr.value.entries().is_some_and(|entries| entries.keys().any(|key| keys.matches(key))) {
        return None;
    }
    let file = sources.find(attr.expr_span.file).filter(|file| file.kind == FileKind::Hcl)?;
    let text = file.slice(attr.expr_span);
    // Where nothing says how the key is written, it is as its neighbours.
    let mut keys = attr.value.entries().into_iter().flat_map(|entries| entries.keys()).peekable();
    let capital = keys.peek().is_some() && keys.all(|key| key.starts_with(char::is_uppercase));
    let key = match key {
        "owner" if capital => "Owner",
        key => key,
    };
    if text.starts_with('{') {
        return add_entry(sources, attr.expr_span, key, value);
    }
    if text.starts_with("merge(") && text.ends_with(')') {
        return into_merge(cx, attr.expr_span, text, key, value);
    }
    if !is_reference(text) {
        return None;
    }
    if let Some(object) = local_object(cx, text, &attr.value, file.dir()) {
        return add_entry(sources, object, key, value);
    }
    Some(Edit { span: attr.expr_span, text: format!("merge({text}, {{ {key} = {value} }})") })
}

/// The literal that a local is, in the same directory: all that has these tags is of one owner.
fn local_object(cx: &Context<'_>, text: &str, value: &Value, dir: &str) -> Option<Span> {
    let span = value.meta.span.filter(|_| text.starts_with("local."))?;
    let file = cx.shared.sources.find(span.file).filter(|file| file.dir() == dir)?;
    let written = file.slice(span);
    (written.starts_with('{') && written.ends_with('}')).then_some(span)
}

/// `merge(a, { b = 1 })`: into the last object, or as one more.
fn into_merge(cx: &Context<'_>, span: Span, text: &str, key: &str, value: &str) -> Option<Edit> {
    let inner = text[..text.len() - 1].trim_end();
    let inner = inner.strip_suffix(',').unwrap_or(inner);
    if !inner.ends_with('}') {
        return after_last(span, inner, key, value);
    }
    let (mut depth, mut start, mut quoted) = (0_usize, None, false);
    for (at, c) in inner.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '{' | '(' | '[' => {
                start = if c == '{' && depth == 1 { Some(at) } else { start };
                depth += 1;
            }
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    add_entry(cx.shared.sources, span.slice(start?, inner.len()), key, value)
}

/// One more argument of a call on one line.
fn after_last(span: Span, inner: &str, key: &str, value: &str) -> Option<Edit> {
    let one_line = !inner.contains('\n') && !inner.ends_with("...");
    let at = inner.len();
    one_line.then(|| Edit { span: span.slice(at, at), text: format!(", {{ {key} = {value} }}") })
}

/// `Owner: payments` behind what the description says.
fn in_prose(cx: &Context<'_>, resource: &Resource, attribute: &str, owner: &str) -> Option<Edit> {
    let sources = cx.shared.sources;
    let Some(attr) = resource.body.attr(attribute) else {
        return add_argument(sources, resource.span(), attribute, &format!("\"Owner: {owner}\""));
    };
    let text = sources.text(attr.expr_span);
    let literal = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))?;
    let known = attr.value.as_str().filter(|known| *known == literal)?;
    // Google allows 256 bytes.
    if known.len() + owner.len() > 240 {
        return None;
    }
    let kept = literal.trim_end().trim_end_matches('.');
    let text =
        if kept.is_empty() { format!("\"Owner: {owner}\"") } else { format!("\"{kept}. Owner: {owner}\"") };
    Some(Edit { span: attr.expr_span, text })
}

/// The name of a team as a label of Google Cloud.
/// Source: Google Cloud, "Labels overview", requirements.
fn label(text: &str) -> Option<String> {
    let text = text.trim_start_matches('@').to_lowercase();
    let text: String = text.chars().map(|c| if c == ' ' || c == '.' { '-' } else { c }).collect();
    let fits = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.len() <= 63
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    fits.then_some(text)
}

fn quoted_if_needed(key: &str) -> String {
    let word = key.starts_with(char::is_alphabetic)
        && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if word { key.to_string() } else { format!("\"{key}\"") }
}
