//! Edits over the original bytes that several rules offer.

use crate::diagnostic::Edit;
use crate::eval::value::Value;
use crate::source::{SourceMap, Span};

/// Adds `name = value` as the last argument of a block. `None` where that takes more than one new line:
/// in JSON, and in blocks that are written on one line.
pub fn add_argument(sources: &SourceMap, block: Span, name: &str, value: &str) -> Option<Edit> {
    let file = sources.find(block.file)?;
    let text = file.text.get(block.range())?;
    if file.path.ends_with(".json") || !text.ends_with('}') {
        return None;
    }
    let close = text.rfind('\n')? + 1;
    let outer = &text[close..text.len() - 1];
    if !outer.chars().all(|c| c == ' ' || c == '\t') {
        return None;
    }
    let first = text.lines().skip(1).find(|line| !line.trim().is_empty())?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let indent = if indent.len() > outer.len() { indent.to_string() } else { format!("{outer}  ") };
    let end = if text[..close].ends_with("\r\n") { "\r\n" } else { "\n" };
    let at = block.start as usize + close;
    Some(Edit { span: Span::new(block.file, at, at), text: format!("{indent}{name} = {value}{end}") })
}

/// Adds `name = value` on a line of its own after another argument of a block.
pub fn add_argument_after(sources: &SourceMap, after: Span, name: &str, value: &str) -> Option<Edit> {
    let file = sources.find(after.file)?;
    let line = file.text[..after.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let indent = file.text.get(line..after.start as usize)?;
    let written = file.text.get(after.range())?.trim_end();
    let end = after.start as usize + written.len();
    let next = end + file.text.get(end..)?.find('\n')? + 1;
    // A comment may follow; another argument or the end of the block may not.
    let rest = file.text.get(end..next)?.trim();
    let plain = rest.is_empty() || rest.starts_with(['#', '/']);
    if !plain || file.path.ends_with(".json") || !indent.chars().all(|c| c == ' ' || c == '\t') {
        return None;
    }
    Some(Edit { span: Span::new(after.file, next, next), text: format!("{indent}{name} = {value}\n") })
}

/// Adds a block as the last one inside a block. `None` where the outer one is written on one line.
pub fn add_block(sources: &SourceMap, block: Span, name: &str, arguments: &[(&str, String)]) -> Option<Edit> {
    let edit = add_argument(sources, block, "", "")?;
    let (indent, rest) = edit.text.split_once(" = ")?;
    let width = arguments.iter().map(|(name, _)| name.len()).max()?;
    let mut text = format!("{indent}{name} {{{rest}");
    for (name, value) in arguments {
        text.push_str(&format!("{indent}  {name:width$} = {value}{rest}"));
    }
    text.push_str(&format!("{indent}}}{rest}"));
    Some(Edit { span: edit.span, text })
}

/// Adds `name = value` to an object, which may be written on one line.
pub fn add_entry(sources: &SourceMap, object: Span, name: &str, value: &str) -> Option<Edit> {
    let file = sources.find(object.file)?;
    let text = file.text.get(object.range())?;
    if text.contains('\n') {
        // A comment may stand behind the last entry, and commas are optional between lines.
        return add_argument(sources, object, name, value);
    }
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let kept = inner.trim_end();
    if kept.trim().is_empty() || kept.ends_with(',') || file.path.ends_with(".json") {
        return None;
    }
    let at = object.start as usize + 1 + kept.len();
    Some(Edit { span: Span::new(object.file, at, at), text: format!(", {name} = {value}") })
}

/// Replaces a literal where it is written. `None` unless the characters there are that literal.
pub fn replace_literal(sources: &SourceMap, value: &Value, new: &str) -> Option<Edit> {
    let span = value.meta.span?;
    let file = sources.find(span.file)?;
    let text = file.text.get(span.range())?;
    let is_literal = match value.as_str() {
        Some(known) => text == format!("\"{known}\"") || text == known,
        None => text == value.as_i64()?.to_string(),
    };
    // The replacement keeps the quotes of what was there.
    let quoted = text.starts_with('"');
    let bare = new.trim_matches('"');
    let text = match quoted {
        true => format!("\"{bare}\""),
        false => bare.to_string(),
    };
    let fits = quoted || bare.parse::<i64>().is_ok();
    (is_literal && fits).then_some(Edit { span, text })
}

/// Flips a switch where it is written. `None` unless the characters there are `true` or `false`.
pub fn replace_flag(sources: &SourceMap, value: &Value, new: bool) -> Option<Edit> {
    let span = value.meta.span?;
    let text = sources.find(span.file)?.text.get(span.range())?;
    matches!(text, "true" | "false").then(|| Edit { span, text: new.to_string() })
}
