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
