//! Two generations of a key: each month one of them is replaced, and the one before stays valid for another month, so
//! that whoever reads the key from elsewhere has that long to follow.
//!
//! The generation is counted in months of `plantimestamp()`, which a plan knows and which changes nothing until the next
//! month begins. A `time_rotating` cannot do it: on the day of its rotation nothing is known of it before the apply, so
//! that Terraform would replace both keys. Sources: Terraform documentation, "plantimestamp", "replace_triggered_by" and
//! "for_each"; AWS IAM User Guide, "Update access keys" (two keys for a user at most).

use super::Context;
use super::edits::add_block;
use super::policy_edits::in_heredoc;
use super::state::terraform_stays_below;
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::{InstanceKey, Resource};
use crate::source::{FileKind, SourceFile, Span};
use jiff::SignedDuration;

/// Days of the longest month.
const MONTH: i64 = 31;

/// `None` where the code around the key has to be read by a person.
pub(super) fn two_generations(cx: &Context<'_>, key: &Resource, limit: SignedDuration) -> Option<Fix> {
    let sources = cx.shared.sources;
    let file = sources.find(key.header().file).filter(|file| file.kind == FileKind::Hcl)?;
    let block = key.span();
    let text = file.slice(block);
    let begins = |line: &str| {
        ["for_each", "count", "lifecycle"].iter().any(|word| line.trim_start().starts_with(word))
    };
    let several = text.lines().any(begins);
    // A key lives for two generations.
    let months = limit.as_hours() / 24 / 2 / MONTH;
    if key.key != InstanceKey::None || several || months < 1 || !is_only_key(cx, key) {
        return None;
    }
    if terraform_stays_below(cx.model, key.module, (1, 5)) {
        return None;
    }
    let names = Names::of(key);
    let files: Vec<&SourceFile> = sources
        .iter()
        .map(|file| &**file)
        .filter(|other| {
            other.dir() == file.dir() && !matches!(other.kind, FileKind::Vars | FileKind::VarsJson)
        })
        .collect();
    if files.iter().any(|file| names.all().iter().any(|name| file.text.contains(name.as_str()))) {
        return None;
    }
    let mut edits = Vec::new();
    for file in files {
        edits.extend(users(file, key, &names)?);
    }
    let trigger = format!("[terraform_data.{}[each.key]]", names.slot);
    edits.push(each(file, block, &names)?);
    edits.push(add_block(sources, block, "lifecycle", &[("replace_triggered_by", trigger)])?);
    edits.push(Edit { span: line_after(file, block)?, text: behind(key, &names, months) });
    let every = if months == 1 { "month".to_string() } else { format!("{months} months") };
    let title = format!(
        "Keep two generations of it, of which one is replaced every {every} and the other still works (takes Terraform 1.5 and an apply every {every}; the first one makes a second key)"
    );
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// What the new code calls its parts.
struct Names {
    slots: String,
    current: String,
    count: String,
    slot: String,
}

impl Names {
    fn of(key: &Resource) -> Self {
        let name = &key.name;
        let part = |what: &str| format!("{name}_{what}");
        Names {
            slots: part("slots"),
            current: part("current"),
            count: part("generation"),
            slot: part("slot"),
        }
    }

    fn all(&self) -> [&String; 4] {
        [&self.slots, &self.current, &self.count, &self.slot]
    }
}

/// A user takes two keys, so that there is no room for another one's generations.
fn is_only_key(cx: &Context<'_>, key: &Resource) -> bool {
    let user = |one: &Resource| cx.model.credential_of(one.id).map(|one| one.subject.clone());
    let same = |other: &&Resource| other.id != key.id && user(other) == user(key);
    &*key.kind != "aws_iam_access_key" || cx.model.of_kind("aws_iam_access_key").find(same).is_none()
}

/// Everything that reads the key reads the newest one. `None` where something speaks of it in another way.
fn users(file: &SourceFile, key: &Resource, names: &Names) -> Option<Vec<Edit>> {
    let address = key.local_address();
    let mut edits = Vec::new();
    for (at, _) in file.text.match_indices(&address) {
        let before = &file.text[..at];
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let end = at + address.len();
        let after = file.text.get(end..)?.chars().next().unwrap_or(' ');
        let comment = line.trim_start().starts_with(['#', '/']) || line.contains(" #");
        if before.ends_with(part) || comment || (after != '.' && part(after)) {
            continue;
        }
        if after != '.' || file.kind != FileKind::Hcl || !is_code(before, line) {
            return None;
        }
        let text = format!("[local.{}]", names.current);
        edits.push(Edit { span: Span::new(file.id, end, end), text });
    }
    Some(edits)
}

/// Not a word in a text: outside of quotes, or in a template of them.
fn is_code(before: &str, line: &str) -> bool {
    if line.ends_with("${") {
        return true;
    }
    let quotes = line.matches('"').count() - line.matches("\\\"").count();
    let open = line.rfind("${").is_some_and(|at| !line[at..].contains('}'));
    match quotes % 2 {
        0 => !in_heredoc(before, before.len()) || open,
        _ => open,
    }
}

/// `for_each` as the first argument, apart from the others.
fn each(file: &SourceFile, block: Span, names: &Names) -> Option<Edit> {
    let text = file.slice(block);
    let first = text.find('{')? + 1;
    let line = text[first..].find('\n')? + 1;
    let at = block.start as usize + first + line;
    let next = text[first + line..].lines().next()?;
    let indent = &next[..next.len() - next.trim_start().len()];
    let plain = indent.is_empty() || next.trim_start().starts_with('}');
    (!plain).then(|| Edit {
        span: Span::new(file.id, at, at),
        text: format!("{indent}for_each = local.{}\n\n", names.slots),
    })
}

/// The start of the line behind a block, or the end of a file that has none.
fn line_after(file: &SourceFile, block: Span) -> Option<Span> {
    let line = file.text.get(block.end as usize..)?.find('\n')? + 1;
    let at = block.end as usize + line;
    Some(Span::new(file.id, at, at))
}

fn behind(key: &Resource, names: &Names, months: i64) -> String {
    let Names { slots, current, count, slot } = names;
    let address = key.local_address();
    let number = "parseint(formatdate(\"YYYY\", plantimestamp()), 10) * 12 + parseint(formatdate(\"M\", plantimestamp()), 10)";
    let number = match months {
        1 => number.to_string(),
        _ => format!("floor(({number}) / {months})"),
    };
    let width = [slots, current, count].iter().map(|name| name.len()).max().unwrap_or_default();
    format!(
        "
# Of two keys the older one is replaced with each generation. The one that was current before stays valid
# until the next.
locals {{
  {count:width$} = {number}
  {slots:width$} = {{ a = floor((local.{count} + 1) / 2), b = floor(local.{count} / 2) }}
  {current:width$} = local.{count} % 2 == 1 ? \"a\" : \"b\"
}}

resource \"terraform_data\" \"{slot}\" {{
  for_each = local.{slots}

  input = each.value
}}

moved {{
  from = {address}
  to   = {address}[\"a\"]
}}
"
    )
}
