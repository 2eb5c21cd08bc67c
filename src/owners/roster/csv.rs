use super::Entry;
use super::fields::{Field, set, settle};
use crate::owners::Problem;
use crate::source::LineIndex;
use std::ops::Range;

/// Reads a CSV file with a header; the separator is the one the header uses most.
pub(super) fn parse(text: &str) -> (Vec<Entry>, Vec<Problem>) {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    let header =
        text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    let separator = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|separator| {
            (memchr::memchr_iter(*separator, header.as_bytes()).count(), *separator == b',')
        })
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let fields: Vec<_> = match reader.headers() {
        Ok(headers) => headers.iter().map(Field::of).collect(),
        Err(_) => Vec::new(),
    };
    let lines = LineIndex::new(text);
    if !fields.iter().any(|field| matches!(field, Some(Field::Name | Field::Team | Field::Known))) {
        let message = "the header names no column such as `name`, `team`, `handle` or `email`".to_owned();
        let start = text.find(header).unwrap_or(0);
        let line = lines.position(start).line + 1;
        return (entries, vec![Problem { line, span: start..start + header.len(), message }]);
    }
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let at = error.position().map_or(0, |at| at.byte() as usize);
                problems.push(problem(text, &lines, at..at, error.to_string()));
                continue;
            }
        };
        let start = record.position().map_or(0, |at| at.byte() as usize).min(text.len());
        let start = start + text.get(start..).map_or(0, |rest| rest.len() - rest.trim_start().len());
        let mut entry = Entry { line: lines.position(start).line + 1, ..Entry::default() };
        let end =
            text.get(start..).and_then(|rest| rest.find(['\r', '\n'])).map_or(text.len(), |end| start + end);
        for (value, field) in record.iter().zip(&fields) {
            let Some(field) = field else { continue };
            if let Err(message) = set(&mut entry, *field, value) {
                problems.push(problem(text, &lines, start..end, message));
            }
        }
        match settle(&mut entry) {
            true => entries.push(entry),
            false if record.iter().all(str::is_empty) => {}
            false => problems.push(problem(text, &lines, start..end, "the line names nobody".to_owned())),
        }
    }
    (entries, problems)
}

fn problem(text: &str, lines: &LineIndex, span: Range<usize>, message: String) -> Problem {
    let start = span.start.min(text.len());
    Problem { line: lines.position(start).line + 1, span: start..span.end.clamp(start, text.len()), message }
}
