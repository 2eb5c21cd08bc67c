//! Changes as a unified diff in which no secret can be read.

use super::Change;
use crate::analysis::Analysis;
use crate::report::MASK;
use crate::source::Span;
use similar::TextDiff;

/// The diff of all changes. Secrets that either analysis knows of are masked, also on lines that only surround a
/// change; such a diff is for reading, and `--fix` for writing.
pub fn unified(changes: &[Change], before: &Analysis, after: &Analysis) -> String {
    let mut text = String::new();
    for change in changes {
        let old = masked(&change.before, &change.path, before);
        let new = masked(&change.after, &change.path, after);
        let (from, to) = (format!("a/{}", change.path), format!("b/{}", change.path));
        let diff = TextDiff::from_lines(&old, &new);
        text.push_str(&diff.unified_diff().context_radius(3).header(&from, &to).to_string());
    }
    text
}

fn masked(bytes: &[u8], path: &str, analysis: &Analysis) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let Some(file) = analysis.sources.iter().find(|file| file.path == path) else { return text };
    let of_findings = analysis.findings.iter().flat_map(|finding| &finding.redactions);
    let mut spans: Vec<Span> =
        analysis.redactions.iter().chain(of_findings).filter(|span| span.file == file.id).copied().collect();
    spans.sort();
    // Several may cover the same secret, with and without its quotes.
    spans.dedup_by(|next, last| {
        let same = next.start <= last.end;
        if same {
            last.end = last.end.max(next.end);
        }
        same
    });
    for span in spans.into_iter().rev() {
        if text.get(span.range()).is_some() {
            text.replace_range(span.range(), MASK);
        }
    }
    text
}
