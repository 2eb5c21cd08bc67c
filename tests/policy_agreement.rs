//! Verdicts of an independent evaluator of AWS policies on thousands of generated requests, and ours. How they
//! were recorded, and why some differ: `testdata/policy-evaluation/README.md`.

use flate2::read::GzDecoder;
use keyward::iam::Tri;
use keyward::iam::aws::{
    Caller, Document, Key, Outcome, Policies, Request, Trusting, evaluate, names_resource,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    id: usize,
    principal: String,
    account: String,
    action: String,
    resource: String,
    context: BTreeMap<String, Values>,
    identity: Vec<Value>,
    resource_policy: Option<Value>,
    boundary: Option<Value>,
    session: Option<Value>,
    #[serde(default)]
    service_control: Vec<Vec<Value>>,
    #[serde(default)]
    resource_control: Vec<Value>,
    verdict: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Several(Vec<String>),
}

/// Cases in which we differ for the same reason.
#[derive(Debug, Deserialize)]
struct Difference {
    #[expect(dead_code, reason = "it is for those who read the file")]
    reason: String,
    #[expect(dead_code, reason = "it is for those who read the file")]
    source: String,
    /// Their numbers, with spaces between them.
    cases: String,
}

fn recorded() -> Vec<Case> {
    let bytes = include_bytes!("../testdata/policy-evaluation/cases.jsonl.gz");
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("record.mjs writes gzip");
    text.lines().map(|line| serde_json::from_str(line).expect("a case a line")).collect()
}

fn read(value: &Value) -> Document {
    let read = Document::from_json(value);
    assert_eq!(read.problems, [], "{value}");
    read.document
}

fn ours(case: &Case) -> Outcome {
    let identity: Vec<Document> = case.identity.iter().map(read).collect();
    let (resource, boundary, session) = (
        case.resource_policy.as_ref().map(read),
        case.boundary.as_ref().map(read),
        case.session.as_ref().map(read),
    );
    let service_control: Vec<Vec<Document>> =
        case.service_control.iter().map(|level| level.iter().map(read).collect()).collect();
    let resource_control: Vec<Document> = case.resource_control.iter().map(read).collect();
    let policies = Policies {
        identity: identity.iter().collect(),
        resource: resource.as_ref(),
        boundary: boundary.as_ref(),
        session: session.as_ref(),
        service_control: service_control.iter().map(|level| level.iter().collect()).collect(),
        resource_control: resource_control.iter().collect(),
    };
    let context: BTreeMap<String, Vec<String>> = case
        .context
        .iter()
        .map(|(key, values)| {
            let values = match values {
                Values::One(value) => vec![value.clone()],
                Values::Several(values) => values.clone(),
            };
            (key.to_ascii_lowercase(), values)
        })
        .collect();
    let context = |key: &str| context.get(key).map_or(Key::Absent, |values| Key::Values(values.clone()));
    let request = Request {
        action: &case.action,
        resource: &|element| names_resource(element, &case.resource, &context),
        context: &context,
    };
    let trusting = match case.action.as_str() {
        "sts:AssumeRole" | "kms:Decrypt" => Trusting::WhenNamed,
        _ => Trusting::Always,
    };
    evaluate(&policies, &Caller::parse(&case.principal), Some(&case.account), trusting, &request)
}

fn verdict(outcome: Outcome) -> &'static str {
    match (outcome.answer, outcome.denied) {
        (_, Tri::Yes) => "ExplicitlyDenied",
        (Tri::Yes, _) => "Allowed",
        (Tri::No, Tri::No) => "ImplicitlyDenied",
        _ => "cannot tell",
    }
}

fn numbers(text: &str) -> impl Iterator<Item = usize> {
    text.split_whitespace().map(|number| number.parse().expect("a number of a case"))
}

#[test]
fn our_verdicts_are_those_of_an_independent_evaluator() {
    let cases = recorded();
    assert!(cases.len() >= 5_000, "{} cases", cases.len());
    let table: Vec<Difference> =
        serde_json::from_str(include_str!("../testdata/policy-evaluation/differences.json"))
            .expect("a list of differences");
    let known: BTreeSet<usize> = table.iter().flat_map(|difference| numbers(&difference.cases)).collect();
    let mut found = BTreeSet::new();
    for case in &cases {
        let ours = verdict(ours(case));
        if ours != case.verdict {
            found.insert(case.id);
            if !known.contains(&case.id) {
                println!("case {}: we say {ours}, it says {}\n  {case:?}\n", case.id, case.verdict);
            }
        }
    }
    let more: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(more.is_empty() && gone.is_empty(), "{} new: {more:?}; no longer: {gone:?}", more.len());
}
