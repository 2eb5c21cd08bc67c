//! GitLab code quality (a subset of the Code Climate format).

use super::ScanReport;
use super::place::Place;
use super::redact::prepare;
use super::text::count;
use crate::diagnostic::{Finding, Severity, Status};
use serde_json::{Value, json};
use std::collections::HashMap;

pub fn render(report: &ScanReport<'_>) -> String {
    let prepared = prepare(report);
    // GitLab drops a second entry of the same fingerprint.
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let entries: Vec<_> = prepared
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Open)
        .map(|finding| {
            let fingerprint = finding.primary().fingerprint.as_str();
            let times = seen.entry(fingerprint).or_default();
            *times += 1;
            let unique = match *times {
                1 => fingerprint.to_owned(),
                n => format!("{fingerprint}-{n}"),
            };
            entry(report, finding, &unique)
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&Value::Array(entries)).unwrap_or_default();
    text.push('\n');
    text
}

fn entry(report: &ScanReport<'_>, finding: &Finding, fingerprint: &str) -> Value {
    let severity = match finding.severity {
        Severity::Info => "info",
        Severity::Low => "minor",
        Severity::Medium => "major",
        Severity::High => "critical",
        Severity::Critical => "blocker",
    };
    let place = Place::of(report.sources, finding.span());
    let more = match finding.more_sites().len() {
        0 => String::new(),
        more => format!(" (and {})", count(more, "more instance")),
    };
    json!({
        "description": format!("{}: {}{more}", finding.code, finding.message),
        "check_name": finding.rule,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {
            "path": place.as_ref().map_or(".", |place| place.path),
            "lines": {
                "begin": place.as_ref().map_or(1, |place| place.start.line),
                "end": place.as_ref().map_or(1, |place| place.end.line),
            },
        },
    })
}
