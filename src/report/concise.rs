//! One line per finding, for `grep` and for editors that jump to `path:line:column`.

use super::ScanReport;
use super::place::Place;
use super::redact::prepare;
use super::summary;
use super::text::{count, one_line};
use crate::diagnostic::Status;

pub fn render(report: &ScanReport<'_>) -> String {
    let mut out = String::new();
    let prepared = prepare(report);
    for finding in prepared.findings.iter().filter(|finding| finding.status == Status::Open) {
        let at = match Place::of(report.sources, finding.span()) {
            Some(place) => format!("{}:{}:{}", one_line(place.path), place.start.line, place.start.column),
            None => one_line(&finding.primary().address),
        };
        let (severity, rule) = (finding.severity, finding.rule);
        out.push_str(&format!("{at}: {severity}[{rule}] {}", one_line(&finding.message)));
        let more = finding.more_sites().len();
        if more > 0 {
            out.push_str(&format!(" (and {})", count(more, "more instance")));
        }
        out.push('\n');
    }
    if let Some(gaps) = summary::gaps(report) {
        out.push_str(&format!("{gaps}\n"));
    }
    out
}
