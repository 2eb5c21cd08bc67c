//! The complete report for programs. `docs/schema/report-v1.json` describes it; a change that readers could
//! notice needs a new version.

use super::ScanReport;
use super::place::place_json;
use super::redact::prepare;
use super::summary;
use crate::diagnostic::{Finding, Fix, Gap, Label, Site, Status};
use serde_json::{Map, Value, json};

/// Names the shape of the report. A URN, so that reading a report never depends on a host.
pub const SCHEMA: &str = "urn:keyward:report-v1";
pub const VERSION: u32 = 1;

pub fn render(report: &ScanReport<'_>) -> String {
    let mut text = serde_json::to_string_pretty(&value(report)).unwrap_or_default();
    text.push('\n');
    text
}

/// The report before it is text.
pub fn value(report: &ScanReport<'_>) -> Value {
    let prepared = prepare(report);
    let findings: Vec<_> = prepared.findings.iter().map(|found| finding(report, found)).collect();
    let gaps: Vec<_> = prepared.gaps.iter().map(|found| gap(report, found)).collect();
    let (safe, risky) = summary::fixes(report);
    let mut severities = Map::new();
    for (severity, number) in summary::by_severity(report) {
        severities.insert(severity.name().to_owned(), number.into());
    }
    let stats = &report.stats;
    json!({
        "schema": SCHEMA,
        "version": VERSION,
        "tool": { "name": "keyward", "version": env!("CARGO_PKG_VERSION") },
        "date": report.today,
        "fail_on": report.fail_on.map(|severity| severity.name()),
        "failed": report.fails(),
        "summary": {
            "open": report.open().count(),
            "by_severity": severities,
            "fixable": { "safe": safe, "unsafe": risky },
            "hidden": {
                "persona": report.hidden.by_persona,
                "waived": report.hidden.waived,
                "baselined": report.hidden.baselined,
            },
        },
        "stats": {
            "files": stats.files,
            "blocks": stats.blocks,
            "blocks_analysed": stats.blocks_analysed,
            "resources": stats.resources,
            "identities": stats.identities,
            "credentials": stats.credentials,
            "workloads": stats.workloads,
            "roots": stats.roots,
        },
        "findings": findings,
        "gaps": gaps,
    })
}

fn finding(report: &ScanReport<'_>, found: &Finding) -> Value {
    let rule = report.rule(found.rule);
    json!({
        "code": found.code,
        "rule": found.rule,
        "category": found.category,
        "severity": found.severity.name(),
        "confidence": found.confidence.name(),
        "persona": found.persona.name(),
        "message": found.message,
        "label": found.label,
        "identity": found.identity,
        "owner": found.owner,
        "status": status(&found.status),
        "sites": found.sites.iter().map(|found| site(report, found)).collect::<Vec<_>>(),
        "related": labels(report, &found.related),
        "route": labels(report, &found.route),
        "notes": found.notes,
        "help": found.help,
        "fixes": found.fixes.iter().map(|found| fix(report, found)).collect::<Vec<_>>(),
        "merged": found.merged,
        "standards": {
            "owasp_nhi": rule.map_or(&[][..], |rule| rule.nhi),
            "nist_csf": rule.map_or(&[][..], |rule| rule.csf),
            "cis": rule.map_or(&[][..], |rule| rule.cis),
        },
    })
}

fn status(status: &Status) -> Value {
    match status {
        Status::Open => json!({ "state": "open" }),
        Status::Waived { reason, until } => json!({ "state": "waived", "reason": reason, "until": until }),
        Status::Baselined => json!({ "state": "baselined" }),
    }
}

fn site(report: &ScanReport<'_>, site: &Site) -> Value {
    json!({
        "address": site.address,
        "attribute": site.attribute,
        "fingerprint": site.fingerprint,
        "place": place_json(report.sources, site.span),
    })
}

fn labels(report: &ScanReport<'_>, labels: &[Label]) -> Vec<Value> {
    let label =
        |label: &Label| json!({ "text": label.text, "place": place_json(report.sources, label.span) });
    labels.iter().map(label).collect()
}

fn fix(report: &ScanReport<'_>, fix: &Fix) -> Value {
    let edits: Vec<_> = fix
        .edits
        .iter()
        .map(|edit| json!({ "place": place_json(report.sources, edit.span), "text": edit.text }))
        .collect();
    let mut value = json!({ "title": fix.title, "applicability": fix.applicability.name(), "edits": edits });
    if let Some(scaffold) = &fix.scaffold {
        value["scaffold"] = json!({ "snippet": scaffold.snippet, "steps": scaffold.steps });
    }
    value
}

fn gap(report: &ScanReport<'_>, gap: &Gap) -> Value {
    json!({
        "kind": gap.kind.name(),
        "message": gap.message,
        "help": gap.help,
        "file": gap.span.and_then(|span| report.sources.find(span.file)).map(|file| &file.path).or(gap.path.as_ref()),
        "place": gap.span.map_or(Value::Null, |span| place_json(report.sources, span)),
    })
}
