//! SARIF 2.1.0 for code scanning. One result per finding; further instances are related locations.

mod location;
mod result;
mod rule;

use super::redact::prepare;
use super::{PROJECT_URL, ScanReport};
use crate::diagnostic::{Gap, GapKind, Status};
use location::Artifacts;
use serde_json::{Map, Value, json};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub fn render(report: &ScanReport<'_>) -> String {
    let mut text = serde_json::to_string_pretty(&value(report)).unwrap_or_default();
    text.push('\n');
    text
}

/// The log before it is text.
pub fn value(report: &ScanReport<'_>) -> Value {
    let prepared = prepare(report);
    let mut artifacts = Artifacts::new(report.sources);
    let rules = rule::Descriptors::new(report, &prepared.findings);
    // Once one result has a baseline state, all of them need one.
    let baseline = prepared.findings.iter().any(|finding| finding.status == Status::Baselined);
    let results: Vec<_> = prepared
        .findings
        .iter()
        .map(|finding| result::value(finding, &rules, &mut artifacts, baseline))
        .collect();
    let notifications: Vec<_> = prepared.gaps.iter().map(|gap| notification(gap, &mut artifacts)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(rules.values()) },
            "automationDetails": { "id": "keyward/" },
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {
                location::BASE: { "description": { "text": "The directory that was scanned." } },
            },
            "invocations": [{
                "executionSuccessful": !prepared.gaps.iter().any(|gap| gap.kind == GapKind::Internal),
                "toolExecutionNotifications": notifications,
            }],
            "artifacts": artifacts.values(),
            "results": results,
        }],
    })
}

fn driver(rules: Vec<Value>) -> Value {
    let mut driver = Map::new();
    driver.insert("name".into(), "keyward".into());
    driver.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    driver.insert("semanticVersion".into(), env!("CARGO_PKG_VERSION").into());
    if !PROJECT_URL.is_empty() {
        driver.insert("informationUri".into(), PROJECT_URL.into());
    }
    driver.insert("rules".into(), rules.into());
    driver.into()
}

/// A gap is a fact about the run, not about the code.
fn notification(gap: &Gap, artifacts: &mut Artifacts<'_>) -> Value {
    let level = match gap.kind {
        GapKind::Internal => "error",
        GapKind::UnknownExpansion | GapKind::UnresolvedPolicy | GapKind::Evaluation => "note",
        _ => "warning",
    };
    let mut text = gap.message.clone();
    if let Some(help) = &gap.help {
        text.push_str(&format!(" ({help})"));
    }
    let mut value = Map::new();
    value.insert("level".into(), level.into());
    value.insert("message".into(), json!({ "text": text }));
    let location = gap.span.and_then(|span| artifacts.physical(span));
    let location = location.or_else(|| gap.path.as_deref().map(|path| artifacts.whole_file(path)));
    if let Some(physical) = location {
        value.insert("locations".into(), json!([{ "physicalLocation": physical }]));
    }
    value.insert("properties".into(), json!({ "kind": gap.kind.name() }));
    value.into()
}
