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
use super::state::{is_for_older_terraform, terraform_stays_below};
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::{InstanceKey, Resource};
use crate::source::{FileKind, SourceFile, Span};
use jiff::SignedDuration;

/// Days of the longest month.
const MONTH: i64 = 31;

/// What the new code calls its parts, which all keys of a module share.
const COUNT: &str = "key_generation";
const SLOTS: &str = "key_slots";
const CURRENT: &str = "key_current";
const SLOT: &str = "key_slot";
/// How the slots begin, wherever they are declared.
const DECLARED: &str = "key_slots      = { a = floor(";
/// Far more keys than anybody renews one by one.
const MAX_KEYS: usize = 100;

/// `None` where the code around the key has to be read by a person, and for all keys of a module but the first, until
/// that one has brought what they share.
pub(super) fn two_generations(cx: &Context<'_>, key: &Resource, limit: SignedDuration) -> Option<Fix> {
    // A key lives for two generations.
    let months = limit.as_hours() / 24 / 2 / MONTH;
    let too_old = terraform_stays_below(cx.model, key.module, (1, 5))
        || is_for_older_terraform(cx.model, key.module, (1, 5));
    if months < 1 || too_old {
        return None;
    }
    let files = files_beside(cx, key)?;
    let mut edits = edits(cx, key, &files)?;
    if !files.iter().any(|file| file.text.contains(DECLARED)) {
        let taken = [COUNT, SLOTS, CURRENT, SLOT];
        if files.iter().any(|file| taken.iter().any(|name| file.text.contains(name)))
            || !is_first(cx, key, &files)
        {
            return None;
        }
        edits.last_mut()?.text.insert_str(0, &shared(months));
    }
    let every = if months == 1 { "month".to_string() } else { format!("{months} months") };
    let title = format!(
        "Keep two generations of it, of which one is replaced every {every} and the other still works (takes Terraform 1.5 and an apply every {every}; the first one makes a second key)"
    );
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// The files of the module.
fn files_beside<'a>(cx: &Context<'a>, key: &Resource) -> Option<Vec<&'a SourceFile>> {
    let sources = cx.shared.sources;
    let home = sources.find(key.header().file)?;
    let code = |file: &&SourceFile| !matches!(file.kind, FileKind::Vars | FileKind::VarsJson);
    Some(sources.in_dir(home.dir()).map(|file| &**file).filter(code).collect())
}

/// The edits for one key; the last one is behind its block.
fn edits(cx: &Context<'_>, key: &Resource, files: &[&SourceFile]) -> Option<Vec<Edit>> {
    let sources = cx.shared.sources;
    let block = key.span();
    let file = sources.find(block.file).filter(|file| file.kind == FileKind::Hcl)?;
    let begins = |line: &str| {
        ["for_each", "count", "lifecycle"].iter().any(|word| line.trim_start().starts_with(word))
    };
    if key.key != InstanceKey::None || file.slice(block).lines().any(begins) || !is_only_key(cx, key) {
        return None;
    }
    let mut edits = Vec::new();
    for file in files {
        edits.extend(users(file, key)?);
    }
    let trigger = format!("[terraform_data.{SLOT}[each.key]]");
    edits.push(each(file, block)?);
    edits.push(add_block(sources, block, "lifecycle", &[("replace_triggered_by", trigger)])?);
    let address = key.local_address();
    let moved = format!("\nmoved {{\n  from = {address}\n  to   = {address}[\"a\"]\n}}\n");
    edits.push(Edit { span: line_after(file, block)?, text: moved });
    Some(edits)
}

/// The first key of the module that can have generations.
fn is_first(cx: &Context<'_>, key: &Resource, files: &[&SourceFile]) -> bool {
    let of_kind = |kind| cx.model.of_kind(kind).filter(|other| other.module == key.module);
    let mut keys: Vec<&Resource> = of_kind("aws_iam_access_key")
        .chain(of_kind("google_service_account_key"))
        .take(MAX_KEYS + 1)
        .collect();
    keys.sort_by_key(|other| other.header());
    let first = keys.iter().find(|other| edits(cx, other, files).is_some());
    keys.len() <= MAX_KEYS && first.is_some_and(|first| first.header() == key.header())
}

/// A user takes two keys, so that there is no room for another one's generations.
fn is_only_key(cx: &Context<'_>, key: &Resource) -> bool {
    let user = |one: &Resource| cx.model.credential_of(one.id).map(|one| one.subject.clone());
    let same = |other: &&Resource| other.id != key.id && user(other) == user(key);
    &*key.kind != "aws_iam_access_key" || cx.model.of_kind("aws_iam_access_key").find(same).is_none()
}

/// Everything that reads the key reads the newest one. `None` where something speaks of it in another way.
fn users(file: &SourceFile, key: &Resource) -> Option<Vec<Edit>> {
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
        let text = format!("[local.{CURRENT}]");
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
fn each(file: &SourceFile, block: Span) -> Option<Edit> {
    let text = file.slice(block);
    let first = text.find('{')? + 1;
    let line = text[first..].find('\n')? + 1;
    let at = block.start as usize + first + line;
    let next = text[first + line..].lines().next()?;
    let indent = &next[..next.len() - next.trim_start().len()];
    let plain = indent.is_empty() || next.trim_start().starts_with('}');
    (!plain).then(|| Edit {
        span: Span::new(file.id, at, at),
        text: format!("{indent}for_each = local.{SLOTS}\n\n"),
    })
}

/// The start of the line behind a block, or the end of a file that has none.
fn line_after(file: &SourceFile, block: Span) -> Option<Span> {
    let line = file.text.get(block.end as usize..)?.find('\n')? + 1;
    let at = block.end as usize + line;
    Some(Span::new(file.id, at, at))
}

/// What tells the generations, for all keys of the module.
fn shared(months: i64) -> String {
    let number = "parseint(formatdate(\"YYYY\", plantimestamp()), 10) * 12 + parseint(formatdate(\"M\", plantimestamp()), 10)";
    let number = match months {
        1 => number.to_string(),
        _ => format!("floor(({number}) / {months})"),
    };
    format!(
        "
# Of two keys the older one is replaced with each generation. The one that was current before stays valid
# until the next.
locals {{
  {COUNT} = {number}
  {DECLARED}(local.{COUNT} + 1) / 2), b = floor(local.{COUNT} / 2) }}
  {CURRENT}    = local.{COUNT} % 2 == 1 ? \"a\" : \"b\"
}}

resource \"terraform_data\" \"{SLOT}\" {{
  for_each = local.{SLOTS}

  input = each.value
}}
"
    )
}
