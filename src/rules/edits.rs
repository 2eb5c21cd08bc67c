//! Edits over the original bytes that several rules offer.

use crate::diagnostic::{Edit, place_for_argument};
use crate::eval::value::Value;
use crate::source::{SourceFile, SourceMap, Span};

/// Adds `name = value` to a block, behind its last argument and before its first inner block. `None` where that takes
/// more than one new line: in JSON, and in blocks that are written on one line.
pub fn add_argument(sources: &SourceMap, block: Span, name: &str, value: &str) -> Option<Edit> {
    let file = sources.find(block.file)?;
    let text = file.text.get(block.range())?;
    let (indent, end) = inner_layout(file, text)?;
    let (at, apart) = place_for_argument(text)?;
    let is_below_empty = text[..at].lines().next_back().is_some_and(|line| line.trim().is_empty());
    let empty = if apart && !is_below_empty { end } else { "" };
    let at = block.start as usize + at;
    Some(Edit { span: Span::new(block.file, at, at), text: format!("{empty}{indent}{name} = {value}{end}") })
}

/// Adds `name = value` on the line below an argument that is written on one line; `argument` is from its name to the
/// end of its value. `None` where it is not.
pub fn add_below(sources: &SourceMap, argument: Span, name: &str, value: &str) -> Option<Edit> {
    let file = sources.find(argument.file)?;
    if file.path.ends_with(".json") || file.text.get(argument.range())?.contains('\n') {
        return None;
    }
    let (before, after) = (&file.text[..argument.start as usize], &file.text[argument.end as usize..]);
    let indent = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    let (rest, _) = after.split_once('\n')?;
    let is_alone = rest.trim().is_empty() || ["#", "//"].iter().any(|sign| rest.trim().starts_with(sign));
    if !indent.trim().is_empty() || !is_alone {
        return None;
    }
    let end = if rest.ends_with('\r') { "\r\n" } else { "\n" };
    let at = argument.end as usize + rest.len() + 1;
    Some(Edit { span: Span::new(argument.file, at, at), text: format!("{indent}{name} = {value}{end}") })
}

/// The indentation of what is in a block whose closing brace has a line of its own, and the end of its lines.
fn inner_layout<'t>(file: &SourceFile, text: &'t str) -> Option<(String, &'t str)> {
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
    Some((indent, if text[..close].ends_with("\r\n") { "\r\n" } else { "\n" }))
}

/// Adds `name = value` as the last line of what is between two braces.
fn add_last(sources: &SourceMap, block: Span, name: &str, value: &str) -> Option<Edit> {
    let file = sources.find(block.file)?;
    let text = file.text.get(block.range())?;
    let (indent, end) = inner_layout(file, text)?;
    let at = block.start as usize + text.rfind('\n')? + 1;
    Some(Edit { span: Span::new(block.file, at, at), text: format!("{indent}{name} = {value}{end}") })
}

/// Adds a block as the last one inside a block, or before `lifecycle`, which stays at the end, with an empty line
/// before it. `None` where the outer one is written on one line.
pub fn add_block(sources: &SourceMap, block: Span, name: &str, arguments: &[(&str, String)]) -> Option<Edit> {
    let edit = add_last(sources, block, "", "")?;
    let (indent, rest) = edit.text.split_once(" = ")?;
    let width = arguments.iter().map(|(name, _)| name.len()).max()?;
    let inside = sources.find(block.file)?.text.get(block.start as usize..edit.span.start as usize)?;
    let lifecycle = inside.find(&format!("\n{indent}lifecycle {{")).map(|at| at + 1);
    let above = lifecycle.map_or(inside, |at| without_last_comment(&inside[..at]));
    let apart =
        above.lines().next_back().is_some_and(|line| !line.trim().is_empty()) && above.lines().count() > 1;
    let mut text = if apart { rest.to_string() } else { String::new() };
    text.push_str(&format!("{indent}{name} {{{rest}"));
    for (name, value) in arguments {
        text.push_str(&format!("{indent}  {name:width$} = {value}{rest}"));
    }
    text.push_str(&format!("{indent}}}{rest}"));
    if lifecycle.is_some() {
        text.push_str(rest);
    }
    let at = block.start as usize + above.len();
    Some(Edit { span: Span::new(block.file, at, at), text })
}

/// Without the lines of comment at the end, which speak of what comes next.
fn without_last_comment(mut lines: &str) -> &str {
    loop {
        let start = lines.trim_end_matches(['\n', '\r']).rfind('\n').map_or(0, |at| at + 1);
        let last = &lines[start..];
        let is_comment = ["#", "//"].iter().any(|sign| last.trim_start().starts_with(sign));
        // The first line is the one that the block begins on.
        if start == 0 || !is_comment || last.matches('\n').count() != 1 {
            return lines;
        }
        lines = &lines[..start];
    }
}

/// Adds `name = value` to an object, which may be written on one line.
pub fn add_entry(sources: &SourceMap, object: Span, name: &str, value: &str) -> Option<Edit> {
    let file = sources.find(object.file)?;
    let text = file.text.get(object.range())?;
    if text.contains('\n') {
        // A comment may stand behind the last entry, and commas are optional between lines.
        return add_last(sources, object, name, value);
    }
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let kept = inner.trim_end();
    if kept.trim().is_empty() && !file.path.ends_with(".json") {
        return Some(Edit { span: object, text: format!("{{ {name} = {value} }}") });
    }
    if kept.ends_with(',') || file.path.ends_with(".json") {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stay_with_what_they_speak_of() {
        assert_eq!(without_last_comment("a {\n  b = 1 # one\n  # two\n  // three\n"), "a {\n  b = 1 # one\n");
        assert_eq!(without_last_comment("a {\n  # two\r\n"), "a {\n");
        assert_eq!(without_last_comment("a {\n  # two\n\n"), "a {\n  # two\n\n");
        assert_eq!(without_last_comment("# a {\n"), "# a {\n");
    }
}
