//! JUnit XML: a failed test case per open finding, grouped by rule.

use super::ScanReport;
use super::place::Place;
use super::redact::prepare;
use super::text::{count, xml};
use crate::diagnostic::{Finding, Status};
use std::collections::BTreeMap;

pub fn render(report: &ScanReport<'_>) -> String {
    let prepared = prepare(report);
    let mut rules: BTreeMap<(&str, &str), Vec<&Finding>> = BTreeMap::new();
    for rule in report.rules {
        rules.insert((rule.code, rule.name), Vec::new());
    }
    for finding in prepared.findings.iter().filter(|finding| finding.status == Status::Open) {
        rules.entry((finding.code, finding.rule)).or_default().push(finding);
    }
    let failures = report.open().count();
    let passed = rules.values().filter(|findings| findings.is_empty()).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let totals = format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\"", failures + passed);
    out.push_str(&format!("<testsuites name=\"keyward\" {totals}>\n"));
    for ((code, name), findings) in rules {
        let suite = xml(&format!("{code} {name}"));
        let (tests, failures) = (findings.len().max(1), findings.len());
        out.push_str(&format!(
            "  <testsuite name=\"{suite}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n"
        ));
        if findings.is_empty() {
            let class = xml(name);
            out.push_str(&format!("    <testcase classname=\"{class}\" name=\"no findings\"/>\n"));
        }
        for finding in findings {
            out.push_str(&case(report, finding));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(report: &ScanReport<'_>, finding: &Finding) -> String {
    let site = finding.primary();
    let place = Place::of(report.sources, site.span);
    let at = place.as_ref().map_or_else(|| site.address.clone(), Place::file_line);
    let file = place.map_or_else(String::new, |place| {
        format!(" file=\"{}\" line=\"{}\"", xml(place.path), place.start.line)
    });
    let mut lines = vec![at, finding.message.clone()];
    lines.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    if !finding.more_sites().is_empty() {
        lines.push(format!("and {}", count(finding.more_sites().len(), "more instance")));
    }
    format!(
        "    <testcase classname=\"{}\" name=\"{}\"{file}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
        xml(finding.rule),
        xml(&site.address),
        finding.severity,
        xml(&finding.message),
        xml(&lines.join("\n")).replace("&#10;", "\n"),
    )
}
