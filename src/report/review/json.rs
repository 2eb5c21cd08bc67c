//! The review for programs. `docs/schema/review-v1.json` describes it; a change that readers could notice needs
//! a new version.

use super::words;
use crate::review::{Change, Found, How, Place, Review, Side, Subject};
use serde_json::{Map, Value, json};

/// Names the shape of the review. A URN, so that reading one never depends on a host.
pub const SCHEMA: &str = "urn:keyward:review-v1";
pub const VERSION: u32 = 1;

pub(super) fn render(review: &Review) -> String {
    let mut text = serde_json::to_string_pretty(&value(review)).unwrap_or_default();
    text.push('\n');
    text
}

/// The review before it is text.
pub fn value(review: &Review) -> Value {
    let findings = &review.findings;
    let list = |found: &[Found]| found.iter().map(finding).collect::<Vec<Value>>();
    let worse = findings.worse.iter().map(|(before, found)| {
        let mut value = finding(found);
        value["before"] = before.name().into();
        value
    });
    json!({
        "schema": SCHEMA,
        "version": VERSION,
        "tool": { "name": "keyward", "version": env!("CARGO_PKG_VERSION") },
        "base": side(&review.base),
        "head": side(&review.head),
        "fail_on": review.fail_on.map(|severity| severity.name()),
        "failed": review.fails(),
        "touches_identities": !review.is_empty(),
        "headline": words::headline(review),
        "summary": summary(review),
        "changes": review.changes.iter().map(change).collect::<Vec<Value>>(),
        "findings": {
            "new": list(&findings.new),
            "worse": worse.collect::<Vec<Value>>(),
            "accepted": list(&findings.accepted),
            "fixed": list(&findings.fixed),
            "unchanged": findings.unchanged,
        },
        "moved": review.moved,
        "notes": review.notes,
        "new_gaps": review.new_gaps,
    })
}

fn summary(review: &Review) -> Value {
    let subjects = [Subject::Identity, Subject::Credential, Subject::Way, Subject::Exposure];
    let mut all = Map::new();
    for subject in subjects {
        let mut counts = Map::new();
        for how in [How::Added, How::Changed, How::Removed, How::Renamed] {
            counts.insert(how.name().to_string(), review.count(subject, how).into());
        }
        all.insert(subject.name().to_string(), counts.into());
    }
    all.into()
}

fn side(side: &Side) -> Value {
    json!({
        "name": side.name,
        "commit": side.commit,
        "files": side.files,
        "identities": side.identities,
        "credentials": side.credentials,
        "gaps": side.gaps,
    })
}

fn change(change: &Change) -> Value {
    let details = change.details.iter().map(|detail| {
        json!({
            "aspect": detail.aspect.name(),
            "sign": detail.sign.name(),
            "weight": detail.weight.name(),
            "text": detail.text,
        })
    });
    json!({
        "subject": change.subject.name(),
        "how": change.how.name(),
        "weight": change.weight.name(),
        "address": change.address,
        "root": change.root,
        "kind": change.kind,
        "place": place(change.place.as_ref()),
        "also": change.also,
        "details": details.collect::<Vec<Value>>(),
    })
}

fn finding(found: &Found) -> Value {
    let finding = &found.finding;
    json!({
        "code": finding.code,
        "rule": finding.rule,
        "severity": finding.severity.name(),
        "confidence": finding.confidence.name(),
        "message": finding.message,
        "help": finding.help,
        "identity": finding.identity,
        "owner": finding.owner,
        "address": finding.primary().address,
        "fingerprints": finding.sites.iter().map(|site| &site.fingerprint).collect::<Vec<_>>(),
        "place": place(found.place.as_ref()),
    })
}

fn place(place: Option<&Place>) -> Value {
    place.map_or(Value::Null, |place| json!({ "file": place.file, "line": place.line }))
}
