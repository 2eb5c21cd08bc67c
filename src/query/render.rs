//! Answers as text and as JSON.

use super::{Answers, Ground, Match};
use crate::iam::Tri;
use crate::source::SourceMap;
use serde_json::{Value, json};
use std::fmt::Write;

/// For people: certain answers first.
pub fn human(answers: &Answers, sources: &SourceMap) -> String {
    let mut out = String::new();
    if let Some(verdict) = answers.verdict {
        let _ = writeln!(out, "{}", word(verdict));
    }
    let roots: std::collections::BTreeSet<&str> = answers.matches.iter().map(|it| it.root.as_str()).collect();
    for found in sorted(answers) {
        one(&mut out, found, sources, roots.len() > 1);
    }
    if answers.matches.is_empty() && answers.verdict.is_none() {
        let _ = writeln!(out, "nobody");
    }
    out
}

fn sorted(answers: &Answers) -> Vec<&Match> {
    let mut matches: Vec<&Match> = answers.matches.iter().collect();
    matches.sort_by_key(|found| {
        (std::cmp::Reverse(found.answer), found.path.len(), &found.root, &found.who, &found.target)
    });
    matches
}

fn word(answer: Tri) -> &'static str {
    match answer {
        Tri::Yes => "yes",
        Tri::Maybe => "cannot tell",
        Tri::No => "no",
    }
}

fn one(out: &mut String, found: &Match, sources: &SourceMap, with_root: bool) {
    let _ = write!(out, "{}", found.who);
    if let Some(target) = &found.target {
        let _ = write!(out, " → {target}");
    }
    let _ = match found.answer {
        Tri::Yes => Ok(()),
        Tri::Maybe => write!(out, " (perhaps)"),
        Tri::No => write!(out, " (no)"),
    };
    if with_root {
        let _ = write!(out, " in {}", found.root);
    }
    out.push('\n');
    let numbered = found.path.len() > 1;
    for (at, hop) in found.path.iter().enumerate() {
        let number = if numbered { format!("{}. ", at + 1) } else { String::new() };
        let doubt = if hop.certain { "" } else { " (perhaps)" };
        let _ = writeln!(out, "  {number}{}{doubt}", hop.text);
        hop.grounds.iter().for_each(|ground| line(out, "     ", ground, sources));
        for caveat in &hop.caveats {
            let _ = writeln!(out, "     {caveat}");
        }
    }
    found.grounds.iter().for_each(|ground| line(out, "  ", ground, sources));
    for caveat in &found.caveats {
        let _ = writeln!(out, "  {caveat}");
    }
}

fn line(out: &mut String, indent: &str, ground: &Ground, sources: &SourceMap) {
    let _ = writeln!(out, "{indent}{} ({})", ground.text, sources.file_line(ground.span));
}

/// For programs.
pub fn json(question: &str, answers: &Answers, sources: &SourceMap) -> String {
    let place = |ground: &Ground| {
        let (file, line) = match sources.find(ground.span.file) {
            Some(file) => (file.path.clone(), file.position(ground.span.start).line + 1),
            None => (String::new(), 0),
        };
        json!({ "text": ground.text, "file": file, "line": line })
    };
    let places = |grounds: &[Ground]| grounds.iter().map(place).collect::<Vec<Value>>();
    let matches = sorted(answers).into_iter().map(|found| {
        let path = found.path.iter().map(|hop| {
            json!({
                "text": hop.text,
                "certain": hop.certain,
                "by": places(&hop.grounds),
                "caveats": hop.caveats,
            })
        });
        json!({
            "root": found.root,
            "who": found.who,
            "target": found.target,
            "answer": word(found.answer),
            "path": path.collect::<Vec<Value>>(),
            "by": places(&found.grounds),
            "caveats": found.caveats,
        })
    });
    let whole = json!({
        "question": question,
        "verdict": answers.verdict.map(word),
        "answers": matches.collect::<Vec<Value>>(),
    });
    format!("{whole:#}\n")
}
