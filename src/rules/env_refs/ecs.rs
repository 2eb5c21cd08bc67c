//! Containers of Amazon ECS: an entry of `environment` becomes one of `secrets`.
//! Source: Amazon ECS Developer Guide, "Pass sensitive data to an Amazon ECS container".

use super::stores;
use crate::diagnostic::Edit;
use crate::eval::Resource;
use crate::rules::Context;
use crate::rules::policy_edits::{Object, end_of};
use crate::source::{SourceFile, Span};
use std::collections::BTreeMap;
use std::ops::Range;

/// The edits for all places. The agent reads secrets as the execution role, so that there has to be one.
pub(super) fn edits(cx: &Context<'_>, task: &Resource, places: &[Span]) -> Option<Vec<Edit>> {
    let definitions = task.body.attr("container_definitions")?;
    task.body.attr("execution_role_arn")?;
    let file = cx.shared.sources.find(definitions.expr_span.file)?;
    let text = file.slice(definitions.expr_span);
    let base = definitions.expr_span.start as usize;
    if !text.starts_with("jsonencode(") || !definitions.expr_span.contains(*places.first()?) {
        return None;
    }
    let lists = environments(text);
    let mut moved: BTreeMap<usize, Vec<(Range<usize>, String)>> = BTreeMap::new();
    for place in places {
        let at = (place.start as usize).checked_sub(base)?..(place.end as usize).checked_sub(base)?;
        let number = lists.iter().position(|list| list.list.start < at.start && at.end < list.list.end)?;
        let elements = elements(text, &lists[number].list)?;
        let element = elements.into_iter().find(|one| one.start < at.start && at.end < one.end)?;
        let entry = by_name(cx, task, *place, &text[element.clone()], at.start - element.start)?;
        moved.entry(number).or_default().push((element, entry));
    }
    let mut edits = Vec::new();
    for (number, entries) in moved {
        edits.extend(rewrite(file, base, text, &lists[number], &entries)?);
    }
    Some(edits)
}

/// `environment = [ … ]`, by the offsets of name and list.
struct Environment {
    name: Range<usize>,
    list: Range<usize>,
}

fn environments(text: &str) -> Vec<Environment> {
    const NAME: &str = "environment";
    let found = text.match_indices(NAME).filter_map(|(at, _)| {
        let before = text[..at].trim_end_matches('"');
        let alone = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let rest = &text[at + NAME.len()..];
        let value = rest.trim_start_matches(['"', ' ', '=', ':']);
        let open = at + NAME.len() + rest.len() - value.len();
        let assigned = text[at + NAME.len()..open].contains(['=', ':']);
        (alone && assigned && value.starts_with('[')).then_some(())?;
        Some(Environment { name: at..at + NAME.len(), list: open..end_of(text, open)? })
    });
    found.collect()
}

/// The objects of a list of nothing else.
fn elements(text: &str, list: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut at = list.start + 1;
    loop {
        let rest = text.get(at..list.end - 1)?;
        let skipped = rest.trim_start_matches([' ', '\t', '\r', '\n', ',']);
        at += rest.len() - skipped.len();
        if skipped.is_empty() {
            return Some(found);
        }
        if skipped.starts_with(['#', '/']) {
            at += skipped.find('\n')?;
            continue;
        }
        let end = skipped.starts_with('{').then(|| end_of(text, at))??;
        found.push(at..end);
        at = end;
    }
}

/// `{ name = "X", value = … }` with the name of the secret instead.
fn by_name(cx: &Context<'_>, task: &Resource, place: Span, entry: &str, at: usize) -> Option<String> {
    let secret = stores::holding(cx, task, place, "aws_secretsmanager_secret_version", "secret_string");
    let parameter = || stores::holding(cx, task, place, "aws_ssm_parameter", "value");
    let arn = format!("{}.arn", secret.or_else(parameter)?);
    let object = Object::read(entry)?;
    let value = object.get("value").filter(|value| value.value.start == at)?;
    (object.entries.len() == 2 && object.get("name").is_some()).then_some(())?;
    let name = entry[value.key.clone()].replace("value", "valueFrom");
    let between = &entry[value.key.end..value.value.start];
    Some(format!("{}{name}{between}{arn}{}", &entry[..value.key.start], &entry[value.value.end..]))
}

fn rewrite(
    file: &SourceFile,
    base: usize,
    text: &str,
    of: &Environment,
    entries: &[(Range<usize>, String)],
) -> Option<Vec<Edit>> {
    let edit = |range: Range<usize>, new: String| Edit {
        span: Span::new(file.id, base + range.start, base + range.end),
        text: new,
    };
    let all = elements(text, &of.list)?;
    let container = container(text, &of.list)?;
    let known = Object::read(&text[container.clone()])?.get("secrets").map(|it| it.value.clone());
    // Nothing would be left: the list changes its name.
    if all.len() == entries.len() && known.is_none() {
        let mut edits = vec![edit(of.name.clone(), "secrets".to_string())];
        edits.extend(entries.iter().map(|(range, new)| edit(range.clone(), new.clone())));
        return Some(edits);
    }
    let mut edits = Vec::new();
    for (range, _) in entries {
        edits.push(edit(whole_line(text, range)?, String::new()));
    }
    let new: Vec<&str> = entries.iter().map(|(_, new)| new.as_str()).collect();
    edits.push(match known {
        Some(list) => {
            let list = container.start + list.start..container.start + list.end;
            let last = elements(text, &list)?.pop()?;
            let line = whole_line(text, &last)?;
            let indent = indentation(text, last.start)?;
            let comma = if text[last.end..line.end].trim_start().starts_with(',') { "" } else { "," };
            let added: String = new.iter().map(|one| format!("{comma}\n{indent}{one}")).collect();
            let at = last.end + usize::from(comma.is_empty());
            edit(at..at, format!("{added}{}", if comma.is_empty() { "," } else { "" }))
        }
        None => {
            let indent = indentation(text, of.name.start)?;
            let quote = if text[..of.name.start].ends_with('"') { "\"" } else { "" };
            let inner = indentation(text, all.first()?.start)?;
            let lines: String = new.iter().map(|one| format!("{inner}{one},\n")).collect();
            let sign = if text[of.name.end..of.list.start].contains(':') { ":" } else { " =" };
            // Behind the list and its comma, as the last of its line.
            let rest = &text[of.list.end..];
            let comma = rest.starts_with(',');
            let at = of.list.end + usize::from(comma);
            text[at..].lines().next().filter(|line| line.trim().is_empty())?;
            let end = if comma { "," } else { "" };
            edit(at..at, format!("\n{indent}{quote}secrets{quote}{sign} [\n{lines}{indent}]{end}"))
        }
    });
    Some(edits)
}

/// The object around a list.
fn container(text: &str, list: &Range<usize>) -> Option<Range<usize>> {
    let opens = text[..list.start].rmatch_indices('{').map(|(at, _)| at);
    opens.filter_map(|at| Some(at..end_of(text, at)?)).find(|range| range.end > list.end)
}

/// The lines of an element that shares them with nothing but its comma and a comment.
fn whole_line(text: &str, element: &Range<usize>) -> Option<Range<usize>> {
    let start = text[..element.start].rfind('\n')? + 1;
    let end = element.end + text[element.end..].find('\n')? + 1;
    let behind = text[element.end..end].trim_start().trim_start_matches(',').trim();
    let alone = behind.is_empty() || behind.starts_with('#') || behind.starts_with("//");
    (alone && text[start..element.start].trim().is_empty()).then_some(start..end)
}

fn indentation(text: &str, at: usize) -> Option<&str> {
    let start = text[..at].rfind('\n')? + 1;
    let line = &text[start..];
    Some(&line[..line.len() - line.trim_start_matches([' ', '\t']).len()])
}
