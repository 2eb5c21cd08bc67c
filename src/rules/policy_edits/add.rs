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

/// Adds entries at the end of an object that begins at `start`.
pub(super) fn entries(object: &Object<'_>, start: usize, new: &[(String, Node)]) -> Option<Vec<Local>> {
    let text = object.text;
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
        let new: Vec<String> = new.iter().map(|(name, node)| inline(name, node, &style)).collect();
        let plain = tail.trim().is_empty() && !text[..first.key.start].contains('\n');
        let text = format!(", {}", new.join(", "));
        return plain.then(|| vec![Local { at: end..end, text }]);
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
    let mut column = Column::of(object, &style);
    let width = column.as_mut().map_or(0, |column| column.widen(new, &style));
    let written = new.iter().map(|(name, node)| lines(name, node, &style, indent, unit, width));
    let written: Vec<String> = written.collect();
    if json && !trailing {
        let text = format!(",\n{}", written.join(",\n"));
        return Some(vec![Local { at: end..end, text }]);
    }
    let comma = if trailing { "," } else { "" };
    let text: String = written.iter().map(|entry| format!("{entry}{comma}\n")).collect();
    let mut edits = column.map(|column| column.shifts(start)).unwrap_or_default();
    edits.push(Local { at: start + close..start + close, text });
    Some(edits)
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

/// The last entries of an object whose equals signs are in a column, as `terraform fmt` has them.
struct Column {
    /// Where the keys end.
    keys: Vec<usize>,
    width: usize,
    wider: usize,
}

impl Column {
    fn of(object: &Object<'_>, style: &Style) -> Option<Column> {
        let text = object.text;
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut next = text.rfind('\n')? + 1;
        for entry in object.entries.iter().rev() {
            let line = text[..entry.key.start].rfind('\n').map_or(0, |at| at + 1);
            let end = text[entry.value.end..].find('\n').map_or(text.len(), |at| entry.value.end + at + 1);
            let value = &text[entry.key.start..entry.value.end];
            if !text[line..entry.key.start].trim().is_empty() || value.contains('\n') || end != next {
                break;
            }
            let equals = entry.key.end + text[entry.key.end..entry.value.start].find('=')?;
            found.push((entry.key.end, equals - line));
            next = line;
        }
        let column = found.first()?.1;
        let indent = text.rfind('\n').and(object.entries.last())?;
        let indent = indent.key.start - (text[..indent.key.start].rfind('\n')? + 1);
        let even = style.separator == " = " && found.iter().all(|(_, at)| *at == column);
        let keys = found.into_iter().map(|(end, _)| end).collect();
        even.then(|| Column { keys, width: column - indent - 1, wider: 0 })
    }

    /// Makes room for the leaves among new entries; the width that all keys then have.
    fn widen(&mut self, new: &[(String, Node)], style: &Style) -> usize {
        let leaves = new.iter().filter(|(_, node)| matches!(node, Node::Leaf(_)));
        let widest = leaves.map(|(name, _)| key(name, style).len()).max().unwrap_or(0);
        self.wider = widest.saturating_sub(self.width);
        self.width + self.wider
    }

    /// What moves the equals signs that are there.
    fn shifts(&self, start: usize) -> Vec<Local> {
        if self.wider == 0 {
            return Vec::new();
        }
        let shift = |at: &usize| Local { at: start + at..start + at, text: " ".repeat(self.wider) };
        self.keys.iter().map(shift).collect()
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
