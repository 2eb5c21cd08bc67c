use super::call::{Outcome, bad};
use super::string::text;
use crate::eval::value::{ListKind, MAX_NODES, MapKind, Value, Why};
use indexmap::IndexMap;
use std::sync::Arc;

pub(super) fn csvdecode(args: &[Value]) -> Outcome {
    let text = text(&args[0]);
    if let Some(line) = stray_quote(text) {
        return bad(0, format!("parse error on line {line}: bare \" in non-quoted field"));
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(text.as_bytes());
    let header: Vec<Arc<str>> = match reader.headers() {
        Ok(header) if !header.is_empty() => header.iter().map(Arc::from).collect(),
        _ => return bad(0, "missing header line"),
    };
    for (index, name) in header.iter().enumerate() {
        if header[..index].contains(name) {
            return bad(0, format!("duplicate column name \"{name}\""));
        }
    }
    let mut rows = Vec::new();
    let mut nodes = 0;
    for record in reader.records() {
        let Ok(record) = record else { return bad(0, "wrong number of fields") };
        nodes += record.len() + 1;
        if nodes > MAX_NODES as usize {
            return Ok(Value::unknown(Why::Limit));
        }
        let row: IndexMap<Arc<str>, Value> =
            header.iter().cloned().zip(record.iter().map(Value::string)).collect();
        rows.push(Value::map(MapKind::Object, row).absorbing(&args[0].meta));
    }
    Ok(Value::list(ListKind::List, rows))
}

/// The line on which a quote stands where Terraform allows none: inside of a field without quotes, or
/// before more text behind the closing quote.
fn stray_quote(text: &str) -> Option<usize> {
    let (mut quoted, mut at_start, mut line) = (false, true, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match (quoted, c) {
            (true, '"') => match chars.peek() {
                Some('"') => drop(chars.next()),
                None | Some(',' | '\n' | '\r') => quoted = false,
                Some(_) => return Some(line),
            },
            (true, _) => {}
            (false, '"') if at_start => quoted = true,
            (false, '"') => return Some(line),
            (false, _) => {}
        }
        at_start = matches!(c, ',' | '\n');
    }
    quoted.then_some(line)
}
