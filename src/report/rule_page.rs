//! A rule's page in Markdown, from what the rule says of itself.

use crate::rules::{FixKind, RuleInfo};
use std::fmt::Write;

/// The page of one rule.
pub fn page(info: &RuleInfo) -> String {
    let mut out = format!("# {} ({})\n\n{}.\n\n", info.name, info.code, info.summary);
    let _ = writeln!(out, "| severity | confidence | shown to | fix | category |");
    let _ = writeln!(out, "|---|---|---|---|---|");
    let fix = if info.fix == FixKind::None { "-" } else { info.fix.name() };
    let _ = writeln!(
        out,
        "| {} | {} | {} | {fix} | {} |\n",
        info.severity, info.confidence, info.persona, info.category
    );
    out.push_str(&body(info));
    let standards = [("OWASP NHI Top 10 2025", info.nhi), ("NIST CSF 2.0", info.csf), ("CIS", info.cis)];
    let lines: Vec<_> = standards.iter().filter(|(_, ids)| !ids.is_empty()).collect();
    if !lines.is_empty() {
        out.push_str("\n## Standards\n\n");
        for (name, ids) in lines {
            let _ = writeln!(out, "- {name}: {}", ids.join(", "));
        }
    }
    out
}

/// The docs without the space that doc comments start with, examples headed by what they are.
fn body(info: &RuleInfo) -> String {
    let mut out = String::new();
    for line in info.docs.lines() {
        let line = line.strip_prefix(' ').unwrap_or(line);
        match line {
            "```hcl,bad" => out.push_str("**Reported:**\n\n```hcl"),
            "```hcl,good" => out.push_str("**Silent:**\n\n```hcl"),
            other => out.push_str(other.trim_end()),
        }
        out.push('\n');
    }
    out
}

/// The table of all rules.
pub fn index(rules: &[&RuleInfo]) -> String {
    let mut out = String::from(
        "# Rules\n\nThese pages are made from the rules themselves by `cargo run -- docs`; edit the doc comments instead.\n\n\
         | code | rule | severity | category | what |\n|---|---|---|---|---|\n",
    );
    for info in rules {
        let _ = writeln!(
            out,
            "| {} | [{name}]({name}.md) | {} | {} | {} |",
            info.code,
            info.severity,
            info.category,
            info.summary,
            name = info.name
        );
    }
    out
}
