//! Answers as text and as JSON.

use super::{Answers, Ground, Match};
use crate::iam::Tri;
use crate::source::{SourceMap, Span};
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
        let name = match &found.target {
            Some(target) => format!("{} → {target}", found.who),
            None => found.who.clone(),
        };
        let place = if roots.len() > 1 { format!(" in {}", found.root) } else { String::new() };
        out.push_str(&one(&name, &place, found, sources));
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

/// One answer under a name, with what leads there.
pub fn one(name: &str, place: &str, found: &Match, sources: &SourceMap) -> String {
    let mut text = String::new();
    let out = &mut text;
    let doubt = match found.answer {
        Tri::Yes => "",
        Tri::Maybe => " (perhaps)",
        Tri::No => " (no)",
    };
    let _ = writeln!(out, "{name}{doubt}{place}");
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
    text
}

fn line(out: &mut String, indent: &str, ground: &Ground, sources: &SourceMap) {
    let (file, line) = place(ground.span, sources);
    let _ = match file.as_str() {
        "" => writeln!(out, "{indent}{}", ground.text),
        file => writeln!(out, "{indent}{} ({file}:{line})", ground.text),
    };
}

/// File and line, counted from one; empty for what is written in no file of the scan.
pub fn place(span: Span, sources: &SourceMap) -> (String, u32) {
    match sources.find(span.file) {
        Some(file) => (file.path.clone(), file.position(span.start).line + 1),
        None => (String::new(), 0),
    }
}

/// For programs.
pub fn json(question: &str, answers: &Answers, sources: &SourceMap) -> String {
    let matches: Vec<Value> = sorted(answers).into_iter().map(|found| value(found, sources)).collect();
    let whole = json!({
        "question": question,
        "verdict": answers.verdict.map(word),
        "answers": matches,
    });
    format!("{whole:#}\n")
}

/// One answer.
pub fn value(found: &Match, sources: &SourceMap) -> Value {
    let places = |grounds: &[Ground]| {
        let each = grounds.iter().map(|ground| {
            let (file, line) = place(ground.span, sources);
            json!({ "text": ground.text, "file": file, "line": line })
        });
        each.collect::<Vec<Value>>()
    };
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
}
