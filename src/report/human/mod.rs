//! For people at a terminal.

mod finding;
mod gaps;
mod line;
pub(in crate::report) mod paint;
mod snippet;
mod view;

use super::ScanReport;
use super::redact::{Prepared, prepare};
use super::summary;
use crate::diagnostic::{Finding, Status};
use paint::{Paint, Tone};
use std::collections::HashSet;

/// How the human format looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HumanOptions {
    pub color: bool,
    /// Box drawing characters, or ASCII for terminals and logs that have none.
    pub unicode: bool,
    pub width: usize,
    /// Every coverage gap and every further instance, instead of the first few.
    pub verbose: bool,
}

impl Default for HumanOptions {
    fn default() -> Self {
        HumanOptions { color: false, unicode: true, width: 100, verbose: false }
    }
}

/// What the parts of this format need to know.
struct Context<'a> {
    report: &'a ScanReport<'a>,
    prepared: Prepared<'a>,
    options: HumanOptions,
    paint: Paint,
}

pub fn render(report: &ScanReport<'_>, options: &HumanOptions) -> String {
    // Below this there is no room for a line number and some code.
    let options = HumanOptions { width: options.width.max(40), ..*options };
    let context = Context { report, prepared: prepare(report), options, paint: Paint::new(&options) };
    let mut findings: Vec<&Finding> =
        context.prepared.findings.iter().filter(|finding| finding.status == Status::Open).collect();
    // Stable, so that within one rule the order of places stays.
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.code.cmp(b.code)));
    let mut out = String::new();
    let mut explained = HashSet::new();
    for finding in findings {
        finding::write(&mut out, &context, finding, explained.insert(finding.rule));
        out.push('\n');
    }
    gaps::write(&mut out, &context);
    write_summary(&mut out, &context);
    out
}

fn write_summary(out: &mut String, context: &Context<'_>) {
    let (report, paint) = (context.report, context.paint);
    if let Some(hidden) = summary::hidden(report) {
        out.push_str(&paint.tone(Tone::Dim, &hidden));
        out.push('\n');
    }
    let worst = report.open().map(|finding| finding.severity).max();
    out.push_str(&paint.tone(worst.map_or(Tone::Good, Tone::of), &summary::problems(report)));
    for part in summary::rest(report) {
        out.push_str(&format!(" {} {part}", paint.glyphs.dot));
    }
    out.push('\n');
}
