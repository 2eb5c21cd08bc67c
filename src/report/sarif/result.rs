use super::location::{Artifacts, region};
use super::rule::{Descriptors, level};
use crate::diagnostic::{Applicability, Finding, Fix, Severity, Status};
use crate::report::scaffold;
use crate::report::text::count;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// GitHub reads a thousand locations per result; nobody reads more than this.
const MAX_RELATED: usize = 100;

pub(super) fn value(
    finding: &Finding,
    rules: &Descriptors,
    artifacts: &mut Artifacts<'_>,
    baseline: bool,
) -> Value {
    let mut value = Map::new();
    value.insert("ruleId".into(), finding.rule.into());
    if let Some(index) = rules.index(finding.rule) {
        value.insert("ruleIndex".into(), index.into());
    }
    value.insert("kind".into(), "fail".into());
    value.insert("level".into(), level(finding.severity).into());
    value.insert("rank".into(), rank(finding.severity).into());
    value.insert("message".into(), message(finding));
    let mut primary = artifacts.site(finding.primary());
    if !finding.label.is_empty() {
        primary["message"] = json!({ "text": finding.label });
    }
    value.insert("locations".into(), json!([primary]));
    let related = related(finding, artifacts);
    if !related.is_empty() {
        value.insert("relatedLocations".into(), related.into());
    }
    if !finding.route.is_empty() {
        value.insert("codeFlows".into(), json!([flow(finding, artifacts)]));
    }
    let print = finding.primary().fingerprint.as_str();
    value.insert("partialFingerprints".into(), json!({ "keyward/v1": print }));
    let fixes: Vec<_> = finding.fixes.iter().filter_map(|one| fix(one, artifacts)).collect();
    if !fixes.is_empty() {
        value.insert("fixes".into(), fixes.into());
    }
    if let Status::Waived { reason, until } = &finding.status {
        let why = format!("{reason} (until {until})");
        value.insert(
            "suppressions".into(),
            json!([{ "kind": "external", "status": "accepted", "justification": why }]),
        );
    }
    if baseline {
        let state = if finding.status == Status::Baselined { "unchanged" } else { "new" };
        value.insert("baselineState".into(), state.into());
    }
    value.insert("properties".into(), properties(finding));
    value.into()
}

fn rank(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 95.0,
        Severity::High => 80.0,
        Severity::Medium => 55.0,
        Severity::Low => 30.0,
        Severity::Info => 1.0,
    }
}

fn properties(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "address": finding.primary().address,
        "attribute": finding.primary().attribute,
        "severity": finding.severity.name(),
        "confidence": finding.confidence.name(),
        "persona": finding.persona.name(),
        "identity": finding.identity,
        "owner": finding.owner,
        "instances": finding.sites.len(),
        "merged": finding.merged,
    })
}

fn message(finding: &Finding) -> Value {
    let mut text = finding.message.clone();
    let more = finding.more_sites().len();
    if more > 0 {
        text.push_str(&format!(" (and {})", count(more, "more instance")));
    }
    let mut points: Vec<String> = finding.notes.iter().map(|note| format!("- {note}")).collect();
    points.extend(finding.help.iter().map(|help| format!("- help: {help}")));
    points.extend(finding.fixes.iter().map(|fix| scaffold::point(fix, str::to_owned)));
    let markdown = match points.is_empty() {
        true => text.clone(),
        false => format!("{text}\n\n{}", points.join("\n")),
    };
    json!({ "text": plain(&text), "markdown": markdown })
}

/// In plain messages SARIF takes `[text](1)` for a link. An index like `x["a"]` is left as it is, because not
/// every reader removes the backslash again.
fn plain(text: &str) -> String {
    if !text.contains("](") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '[' | ']' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn related(finding: &Finding, artifacts: &mut Artifacts<'_>) -> Vec<Value> {
    let mut related: Vec<_> =
        finding.related.iter().map(|label| artifacts.labelled(label.span, &label.text)).collect();
    for site in finding.more_sites() {
        if related.len() >= MAX_RELATED {
            break;
        }
        let mut location = artifacts.site(site);
        location["message"] = json!({ "text": "the same problem here" });
        related.push(location);
    }
    related.truncate(MAX_RELATED);
    for (id, location) in related.iter_mut().enumerate() {
        location["id"] = (id + 1).into();
    }
    related
}

/// The route of the value, and then where it arrives.
fn flow(finding: &Finding, artifacts: &mut Artifacts<'_>) -> Value {
    let mut steps: Vec<_> = finding
        .route
        .iter()
        .map(|step| json!({ "location": artifacts.labelled(step.span, &step.text) }))
        .collect();
    let mut last = artifacts.site(finding.primary());
    if !finding.label.is_empty() {
        last["message"] = json!({ "text": finding.label });
    }
    steps.push(json!({ "location": last }));
    json!({ "threadFlows": [{ "locations": steps }] })
}

/// `None` when there is nothing to write, or when an edit has no place.
fn fix(fix: &Fix, artifacts: &mut Artifacts<'_>) -> Option<Value> {
    if fix.applicability == Applicability::Manual || fix.edits.is_empty() {
        return None;
    }
    let mut changes: IndexMap<&str, Vec<Value>> = IndexMap::new();
    for edit in &fix.edits {
        let place = artifacts.place(edit.span)?;
        let mut replacement = Map::new();
        replacement.insert("deletedRegion".into(), region(&place));
        if !edit.text.is_empty() {
            replacement.insert("insertedContent".into(), json!({ "text": edit.text }));
        }
        changes.entry(place.path).or_default().push(replacement.into());
    }
    let changes: Vec<_> = changes
        .into_iter()
        .map(|(path, edits)| json!({ "artifactLocation": artifacts.artifact(path), "replacements": edits }))
        .collect();
    Some(json!({
        "description": { "text": plain(&fix.title) },
        "artifactChanges": changes,
        "properties": { "applicability": fix.applicability.name() },
    }))
}
