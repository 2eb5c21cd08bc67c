//! What `terraform console` printed for the expressions of the corpus, and how to compare with it.

use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Recorded {
    expr: String,
    /// Missing where Terraform reports an error.
    output: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Difference {
    expr: String,
    #[expect(dead_code, reason = "it is for those who read the file")]
    why: String,
}

fn recorded() -> Vec<Recorded> {
    serde_json::from_str(include_str!("../testdata/functions/recorded.json"))
        .expect("record.py writes an array")
}

fn differences() -> Vec<Difference> {
    let text = include_str!("../testdata/functions/differences.json");
    serde_json::from_str(text).expect("the differences are an array")
}

/// Expressions whose value is not Terraform's, in words for the failing test. Known differences have to
/// differ still.
fn disagreements(evaluate: impl Fn(&str) -> Result<String, ()>) -> Vec<String> {
    let known = differences();
    let mut found = Vec::new();
    for Recorded { expr, output } in recorded() {
        let ours = evaluate(&expr).ok();
        if (ours == output) == known.iter().any(|one| one.expr == expr) {
            found.push(format!("{expr}\n  ours: {ours:?}\n  Terraform's: {output:?}"));
        }
    }
    found
}

/// The expressions in the corpus file, by the rules that `record.py` documents.
fn corpus() -> Vec<String> {
    let mut found = Vec::new();
    let mut block: Vec<&str> = Vec::new();
    for line in include_str!("../testdata/functions/corpus.txt").lines().chain([""]) {
        if line == "|" || line.starts_with("| ") {
            block.push(line.get(2..).unwrap_or_default());
            continue;
        }
        if !block.is_empty() {
            found.push(std::mem::take(&mut block).join("\n"));
        }
        if !line.trim().is_empty() && !line.starts_with('#') {
            found.push(line.to_owned());
        }
    }
    found
}

#[test]
fn the_whole_corpus_is_recorded() {
    let recorded: Vec<String> = recorded().into_iter().map(|one| one.expr).collect();
    assert_eq!(corpus(), recorded, "run testdata/functions/record.py");
}

#[test]
fn known_differences_are_differences() {
    let as_recorded = |expr: &str| {
        let found = recorded().into_iter().find(|one| one.expr == expr);
        found.and_then(|one| one.output).ok_or(())
    };
    let known = differences();
    // An evaluator that agrees everywhere disagrees with the list of differences.
    assert_eq!(disagreements(as_recorded).len(), known.len());
}

#[test]
fn whole_expressions_agree_with_terraform() {
    use keyward::eval::{Inputs, Program, evaluate_expression, value::display};
    let sources = keyward::source::SourceMap::default();
    let program = Program::new(&sources, &[], &[], &mut Vec::new());
    let inputs = Inputs { sources: &sources, program: &program, vars: &[], var_files: &[] };
    let found = disagreements(|expr| {
        let value = evaluate_expression(&inputs, "", expr).map_err(|_| ())?;
        Ok(display::console(&value))
    });
    assert!(found.is_empty(), "{} disagreements:\n{}", found.len(), found.join("\n"));
}
