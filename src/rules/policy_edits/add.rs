//! New entries and blocks as text, in the layout of what is there.

use super::Demand;
use super::scan::Object;
use std::ops::Range;

/// An edit by offsets in the text at hand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Local {
    pub at: Range<usize>,
    pub text: String,
}

/// A value that is to be written.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Leaf(String),
    Object(Vec<(String, Node)>),
}

/// How an object is written.
struct Style {
    quoted: bool,
    separator: &'static str,
    comma: &'static str,
    /// What stands within the braces of one on a single line.
    pad: &'static str,
}

/// Lines that grow longer than this are broken.
const LINE: usize = 100;

/// Adds entries at the end of the object that is written at `at` in a text. What is aligned stays so by itself.
pub(super) fn entries(whole: &str, at: Range<usize>, new: &[(String, Node)]) -> Option<Local> {
    let text = whole.get(at.clone())?;
    let object = &Object::read(text)?;
    let start = at.start;
    let (first, last) = (object.entries.first()?, object.entries.last()?);
    let json = object.is_json();
    let style = Style {
        quoted: object.quotes_keys(),
        separator: object.separator(),
        comma: if json { "," } else { "" },
        pad: if text.starts_with("{\"") { "" } else { " " },
    };
    let end = start + last.value.end;
    let tail = &text[last.value.end..text.len() - 1];
    if !tail.contains('\n') {
        if !tail.trim().is_empty() || text[..last.key.start].contains('\n') {
            return None;
        }
        let short: Vec<String> = new.iter().map(|(name, node)| inline(name, node, &style)).collect();
        let comma = if style.pad.is_empty() { "," } else { ", " };
        let short = format!("{comma}{}", short.join(comma));
        let line = whole[..start].rfind('\n').map_or(0, |before| before + 1);
        let rest = whole[at.end..].lines().next().unwrap_or_default().len();
        let fits = at.end - line + short.len() + rest <= LINE;
        let broken = if fits { None } else { broken(whole, &at, object, new, &style) };
        return Some(broken.unwrap_or(Local { at: end..end, text: short }));
    }
    let line = text[..first.key.start].rfind('\n')? + 1;
    let indent = &text[line..first.key.start];
    let close = text.rfind('\n')? + 1;
    let outer = &text[close..text.len() - 1];
    let blank = |text: &str| text.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
    if !blank(indent) || !blank(outer) {
        return None;
    }
    let unit = indent.strip_prefix(outer).filter(|unit| !unit.is_empty()).unwrap_or("  ");
    let trailing = object.ends_with_comma();
    let written: Vec<String> =
        new.iter().map(|(name, node)| lines(name, node, &style, indent, unit, 0)).collect();
    if json && !trailing {
        let text = format!(",\n{}", written.join(",\n"));
        return Some(Local { at: end..end, text });
    }
    let comma = if trailing { "," } else { "" };
    let text: String = written.iter().map(|entry| format!("{entry}{comma}\n")).collect();
    Some(Local { at: start + close..start + close, text })
}

/// The same object on several lines. `None` where others share its line.
fn broken(
    whole: &str,
    at: &Range<usize>,
    object: &Object<'_>,
    new: &[(String, Node)],
    style: &Style,
) -> Option<Local> {
    let line = whole[..at.start].rfind('\n').map_or(0, |before| before + 1);
    let before = &whole[line..at.start];
    let after = whole[at.end..].lines().next().unwrap_or_default().trim();
    let alone = !before.contains(['{', '[', ',']) && (matches!(after, "" | ",") || after.starts_with('#'));
    if !alone {
        return None;
    }
    let indent = &before[..before.len() - before.trim_start().len()];
    let deeper = format!("{indent}  ");
    let known = object.entries.iter().map(|entry| {
        let (key, value) = (&object.text[entry.key.clone()], &object.text[entry.value.clone()]);
        (key.to_string(), format!("{deeper}{key}"), value)
    });
    let known: Vec<_> = known.collect();
    let width = match style.separator {
        " = " => known
            .iter()
            .map(|(key, ..)| key.len())
            .chain(new.iter().map(|(name, _)| key(name, style).len()))
            .max()?,
        _ => 0,
    };
    let mut all: Vec<String> = known
        .into_iter()
        .map(|(_, head, value)| format!("{head:0$}{1}{value}", width + deeper.len(), style.separator))
        .collect();
    all.extend(new.iter().map(|(name, node)| lines(name, node, style, &deeper, "  ", width)));
    let text = format!("{{\n{}\n{indent}}}", all.join(&format!("{}\n", style.comma)));
    Some(Local { at: at.clone(), text })
}

fn key(name: &str, style: &Style) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match style.quoted || !plain {
        true => format!("\"{name}\""),
        false => name.to_string(),
    }
}

fn inline(name: &str, node: &Node, style: &Style) -> String {
    let value = match node {
        Node::Leaf(value) => value.clone(),
        Node::Object(entries) => {
            let inner: Vec<String> = entries.iter().map(|(name, node)| inline(name, node, style)).collect();
            format!("{{{0}{1}{0}}}", style.pad, inner.join(", "))
        }
    };
    format!("{}{}{value}", key(name, style), style.separator)
}

/// The lines of an entry, without the end of the last one. `width` is that of keys in front of a leaf.
fn lines(name: &str, node: &Node, style: &Style, indent: &str, unit: &str, width: usize) -> String {
    let key = key(name, style);
    match node {
        Node::Leaf(value) => format!("{indent}{key:width$}{}{value}", style.separator),
        Node::Object(entries) => {
            let deeper = format!("{indent}{unit}");
            let width = match style.separator {
                " = " => entries.iter().map(|(name, _)| self::key(name, style).len()).max().unwrap_or(0),
                _ => 0,
            };
            let inner: Vec<String> =
                entries.iter().map(|(name, node)| lines(name, node, style, &deeper, unit, width)).collect();
            format!(
                "{indent}{key}{}{{\n{}\n{indent}}}",
                style.separator,
                inner.join(&format!("{}\n", style.comma))
            )
        }
    }
}

/// Conditions as the last blocks of a `statement`.
pub(super) fn block(text: &str, demand: &Demand) -> Option<Local> {
    let close = text.rfind('\n')? + 1;
    let outer = text[close..].strip_suffix('}')?;
    let first = text.lines().skip(1).find(|line| !line.trim().is_empty())?;
    let indent = &first[..first.len() - first.trim_start().len()];
    let unit = indent.strip_prefix(outer).filter(|unit| !unit.is_empty())?;
    if !outer.trim().is_empty() {
        return None;
    }
    let apart = sets_blocks_apart(text, indent);
    let mut lines = Vec::new();
    for (key, values) in &demand.keys {
        let values: Vec<String> = values.iter().map(super::Term::in_hcl).collect();
        if apart {
            lines.push(String::new());
        }
        lines.push(format!("{indent}condition {{"));
        lines.push(format!("{indent}{unit}test     = \"{}\"", demand.operator));
        lines.push(format!("{indent}{unit}variable = \"{key}\""));
        lines.push(format!("{indent}{unit}values   = [{}]", values.join(", ")));
        lines.push(format!("{indent}}}"));
    }
    Some(Local { at: close..close, text: lines.join("\n") + "\n" })
}

/// There are blocks inside, and an empty line stands before one of them.
fn sets_blocks_apart(text: &str, indent: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let inner: Vec<usize> = (2..lines.len())
        .filter(|at| {
            let line = lines[*at].strip_prefix(indent).unwrap_or_default();
            line.starts_with(|c: char| c.is_ascii_lowercase())
                && line.trim_end().ends_with('{')
                && !line.contains('=')
        })
        .collect();
    match inner.is_empty() {
        // A first block usually stands apart from the arguments.
        true => false,
        false => inner.iter().any(|at| lines[*at - 1].trim().is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str, new: &[(String, Node)]) -> Option<String> {
        let edit = entries(text, 0..text.len(), new)?;
        let mut text = text.to_string();
        text.replace_range(edit.at, &edit.text);
        Some(text)
    }

    fn condition() -> [(String, Node); 1] {
        let key = vec![("aws:SourceAccount".to_string(), Node::Leaf("\"1\"".to_string()))];
        let operator = vec![("StringEquals".to_string(), Node::Object(key))];
        [("Condition".to_string(), Node::Object(operator))]
    }

    #[test]
    fn the_notation_of_the_object_is_kept() {
        let json = "{\n  \"Effect\": \"Allow\",\n  \"Resource\": \"*\"\n}";
        let expected = "{\n  \"Effect\": \"Allow\",\n  \"Resource\": \"*\",\n  \"Condition\": {\n    \"StringEquals\": {\n      \
                        \"aws:SourceAccount\": \"1\"\n    }\n  }\n}";
        assert_eq!(added(json, &condition()).as_deref(), Some(expected));
        let dense = "{\"Effect\":\"Allow\"}";
        let expected =
            "{\"Effect\":\"Allow\",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"1\"}}}";
        assert_eq!(added(dense, &condition()).as_deref(), Some(expected));
        let hcl = "{\n  Effect = \"Allow\",\n  Action = \"a\", # why\n}";
        let expected = "{\n  Effect = \"Allow\",\n  Action = \"a\", # why\n  Condition = {\n    StringEquals = {\n      \
                        \"aws:SourceAccount\" = \"1\"\n    }\n  },\n}";
        assert_eq!(added(hcl, &condition()).as_deref(), Some(expected));
        let line = "{ Effect = \"Allow\" }";
        let expected =
            "{ Effect = \"Allow\", Condition = { StringEquals = { \"aws:SourceAccount\" = \"1\" } } }";
        assert_eq!(added(line, &condition()).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_laid_out_otherwise_is_left_alone() {
        for text in
            ["{ Effect = \"Allow\"\n  Action = \"a\" }", "{ Effect = \"Allow\"\n}", "{ Effect = \"Allow\", }"]
        {
            assert_eq!(added(text, &condition()), None, "{text}");
        }
    }
}
