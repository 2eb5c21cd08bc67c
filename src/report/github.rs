//! Workflow commands, which GitHub Actions shows as annotations in the diff of a pull request.

use super::ScanReport;
use super::place::Place;
use super::redact::prepare;
use super::summary;
use super::text::count;
use crate::diagnostic::{Finding, Severity, Status};

pub fn render(report: &ScanReport<'_>) -> String {
    let prepared = prepare(report);
    let open = prepared.findings.iter().filter(|finding| finding.status == Status::Open);
    let mut out: String = open.map(|finding| command(report, finding)).collect();
    if let Some(gaps) = summary::gaps(report) {
        out.push_str(&format!("::notice title=keyward::{}\n", data(&gaps)));
    }
    out
}

fn command(report: &ScanReport<'_>, finding: &Finding) -> String {
    let level = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = Place::of(report.sources, finding.span()) {
        properties.push(format!("file={}", property(place.path)));
        properties.push(format!("line={},endLine={}", place.start.line, place.end.line));
        // GitHub ignores columns of an annotation over several lines.
        if place.start.line == place.end.line {
            let end = place.end.column.max(place.start.column);
            properties.push(format!("col={},endColumn={end}", place.start.column));
        }
    }
    let title = format!("{} {} ({})", finding.code, finding.rule, finding.severity);
    properties.push(format!("title={}", property(&title)));
    format!("::{level} {}::{}\n", properties.join(","), data(&body(finding)))
}

fn body(finding: &Finding) -> String {
    let mut lines = vec![finding.message.clone()];
    lines.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    lines
        .extend(finding.fixes.iter().map(|fix| format!("fix ({}): {}", fix.applicability.name(), fix.title)));
    let more = finding.more_sites().len();
    if more > 0 {
        lines.push(format!("and {}", count(more, "more instance")));
    }
    lines.join("\n")
}

/// What follows `::`: only the characters that would end or change the command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
