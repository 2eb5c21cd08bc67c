use crate::diagnostic::{Confidence, Finding, Severity};
use crate::report::{ScanReport, rule_url};
use crate::rules::RuleInfo;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// Descriptors of all rules of the run; a finding of a rule that is not among them gets a short one.
pub(super) struct Descriptors {
    rules: IndexMap<&'static str, Value>,
}

impl Descriptors {
    pub fn new(report: &ScanReport<'_>, findings: &[Finding]) -> Self {
        let mut rules: IndexMap<_, _> =
            report.rules.iter().map(|rule| (rule.name, descriptor(rule))).collect();
        for finding in findings {
            rules.entry(finding.rule).or_insert_with(|| short(finding));
        }
        Descriptors { rules }
    }

    pub fn index(&self, rule: &str) -> Option<usize> {
        self.rules.get_index_of(rule)
    }

    pub fn values(&self) -> Vec<Value> {
        self.rules.values().cloned().collect()
    }
}

pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number in the range that GitHub gives to each word: above 9 is critical, from 7 high, from 4 medium.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.1",
    }
}

fn descriptor(rule: &RuleInfo) -> Value {
    let sentence = format!("{}.", rule.summary.trim_end_matches('.'));
    let mut value = Map::new();
    value.insert("id".into(), rule.name.into());
    value.insert("name".into(), pascal(rule.name).into());
    value.insert("shortDescription".into(), json!({ "text": sentence }));
    value.insert("fullDescription".into(), json!({ "text": sentence }));
    let docs = match rule.docs.trim() {
        "" => sentence.as_str(),
        docs => docs,
    };
    value.insert("help".into(), json!({ "text": docs, "markdown": docs }));
    if let Some(url) = rule_url(rule.name) {
        value.insert("helpUri".into(), url.into());
    }
    value.insert("defaultConfiguration".into(), json!({ "level": level(rule.severity) }));
    let mut tags = vec!["security".to_owned(), rule.category.to_owned()];
    tags.extend(rule.nhi.iter().map(|id| format!("OWASP-NHI/{id}:2025")));
    tags.extend(rule.csf.iter().map(|id| format!("NIST-CSF-2.0/{id}")));
    tags.extend(rule.cis.iter().map(|id| format!("CIS/{id}")));
    // GitHub refuses a rule with more than twenty.
    tags.truncate(20);
    value.insert(
        "properties".into(),
        properties(rule.code, rule.severity, rule.confidence, tags, rule.fix.name()),
    );
    value.into()
}

fn short(finding: &Finding) -> Value {
    let tags = vec!["security".to_owned(), finding.category.to_owned()];
    json!({
        "id": finding.rule,
        "name": pascal(finding.rule),
        "shortDescription": { "text": finding.rule },
        "defaultConfiguration": { "level": level(finding.severity) },
        "properties": properties(finding.code, finding.severity, finding.confidence, tags, "none"),
    })
}

fn properties(
    code: &str,
    severity: Severity,
    confidence: Confidence,
    mut tags: Vec<String>,
    fix: &str,
) -> Value {
    let mut seen = Vec::new();
    tags.retain(|tag| {
        !tag.is_empty() && !seen.contains(tag) && {
            seen.push(tag.clone());
            true
        }
    });
    json!({
        "code": code,
        "precision": confidence.name(),
        "security-severity": score(severity),
        "severity": severity.name(),
        "fix": fix,
        "tags": tags,
    })
}

/// `static-access-key` as `StaticAccessKey`, which is what SARIF asks of a name.
fn pascal(name: &str) -> String {
    let mut out = String::new();
    for word in name.split(['-', '_']) {
        let mut chars = word.chars();
        out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(chars.as_str());
    }
    out
}
