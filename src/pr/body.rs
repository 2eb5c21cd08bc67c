//! The text of a pull request: what, why, who, how to check and how to go back.

use super::Group;
use super::effects::{Affected, Effects, Fate};
use super::group::below;
use super::proposal::Workshop;
use super::words;
use crate::diagnostic::{Applicability, Finding};
use crate::fix::{Applied, Outcome};
use crate::report::{markdown, rule_url};
use crate::rules::{self, RuleInfo};
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write;

/// Rows of a table, and entries of a list.
const MAX_ROWS: usize = 40;
/// Bytes of a text; GitHub takes 65,536 characters, and the marker needs some.
const MAX_TEXT: usize = 60_000;

/// Prose on one line in which nothing is a link, a mention or HTML.
pub fn plain(text: &str) -> String {
    markdown::text(text)
}

pub fn code(text: &str) -> String {
    markdown::code(text)
}

pub fn text(shop: &Workshop<'_>, group: &Group, outcome: &Outcome, effects: &Effects) -> String {
    let mended = mended(shop, group, outcome);
    let mut out = intro(group, outcome);
    out.push_str(&table(shop, &mended));
    out.push_str(&changes(outcome));
    out.push_str(&who(effects));
    out.push_str(&permissions(effects));
    out.push_str(&verify(shop, group, outcome));
    out.push_str(&back(group, &mended));
    out.push_str(&background(&mended));
    out.push_str(
        "\n---\nMade by keyward. Push to the branch and it is yours; close it without merging and keyward leaves this alone \
         for a while; merge it, or mend the problem elsewhere, and nothing more is to do.\n",
    );
    if out.len() > MAX_TEXT {
        let mut end = MAX_TEXT;
        while !out.is_char_boundary(end) {
            end -= 1;
        }
        out.truncate(end);
        out.push_str("\n\n… (cut; `keyward scan` tells it all)\n");
    }
    out
}

/// Findings of the group that the change ends.
fn mended<'a>(shop: &'a Workshop<'_>, group: &Group, outcome: &Outcome) -> Vec<&'a Finding> {
    let wanted: HashSet<&str> = group.fixable.iter().map(String::as_str).collect();
    let after = outcome.analysis(shop.analysis).findings.iter().flat_map(|finding| &finding.sites);
    let left: HashSet<&str> = after.map(|site| site.fingerprint.as_str()).collect();
    let is_ended = |finding: &&Finding| {
        let mut prints = finding.sites.iter().map(|site| site.fingerprint.as_str());
        prints.clone().any(|print| wanted.contains(print)) && !prints.any(|print| left.contains(print))
    };
    shop.analysis.findings.iter().filter(is_ended).collect()
}

fn intro(group: &Group, outcome: &Outcome) -> String {
    let risky = outcome.applied.iter().any(|fix| fix.applicability > Applicability::Safe);
    let care = match risky {
        true => {
            "Merging and applying it may remove access, rotate or replace something: read the plan of Terraform before."
        }
        false => "It changes no access, replaces nothing and invents no value.",
    };
    format!("{}. {care}\n\n### What is wrong\n\n", words::why(&group.family))
}

fn table(shop: &Workshop<'_>, mended: &[&Finding]) -> String {
    let mut out = String::from("| Severity | Where | What | Rule |\n|---|---|---|---|\n");
    for finding in mended.iter().take(MAX_ROWS) {
        let file = shop.analysis.sources.file_line(finding.span());
        let place = below(&shop.options.scope, &file);
        let more = match finding.more_sites().len() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let cell = |text: String| text.replace('|', "\\|");
        let (place, what) = (cell(code(&place)), cell(plain(&finding.message)));
        let _ =
            writeln!(out, "| {} | {place} | {what}{more} | {} |", finding.severity, rule_link(finding.rule));
    }
    if mended.len() > MAX_ROWS {
        let _ = write!(out, "\nand {} more\n", mended.len() - MAX_ROWS);
    }
    out
}

fn changes(outcome: &Outcome) -> String {
    let mut out = String::from("\n### What changes\n\n");
    let mut seen = HashSet::new();
    let all: Vec<&Applied> =
        outcome.applied.iter().filter(|fix| seen.insert((&fix.address, &fix.title, fix.rule))).collect();
    for fix in all.iter().take(MAX_ROWS) {
        let _ =
            writeln!(out, "- {}: {} ({})", code(&fix.address), plain(&fix.title), fix.applicability.name());
    }
    if all.len() > MAX_ROWS {
        let _ = writeln!(out, "- and {} more", all.len() - MAX_ROWS);
    }
    for failed in outcome.failed.iter().take(MAX_ROWS) {
        let _ = writeln!(
            out,
            "- not done: {} ({}), since {}",
            plain(&failed.fix.title),
            code(&failed.fix.address),
            plain(&failed.why)
        );
    }
    out
}

fn who(effects: &Effects) -> String {
    if effects.affected.is_empty() {
        return String::new();
    }
    let mut out = String::from("\n### Who is affected\n\n");
    for it in &effects.affected {
        let mut parts = Vec::new();
        match &it.owner {
            Some(owner) => parts.push(format!("owner {}", plain(owner))),
            None => parts.push("no owner is known".to_owned()),
        }
        if !it.workloads.is_empty() {
            parts.push(format!("runs {}", listed(&it.workloads)));
        }
        if !it.credentials.is_empty() {
            parts.push(format!("holds {}", listed(&it.credentials)));
        }
        let _ = writeln!(out, "- {}: {}", code(&it.address), parts.join("; "));
    }
    if effects.more > 0 {
        let _ = writeln!(out, "- and {} more", effects.more);
    }
    out
}

fn listed(items: &[String]) -> String {
    const MAX: usize = 5;
    let mut shown: Vec<String> = items.iter().take(MAX).map(|item| code(item)).collect();
    if items.len() > MAX {
        shown.push(format!("{} more", items.len() - MAX));
    }
    shown.join(", ")
}

/// What they may do, before and after.
fn permissions(effects: &Effects) -> String {
    let comparable: Vec<&Affected> = effects.affected.iter().filter(|it| it.fate != Fate::Unknown).collect();
    if comparable.is_empty() {
        return String::new();
    }
    let mut out = String::from("\n### Effective permissions\n\n");
    let changed: Vec<&&Affected> =
        comparable.iter().filter(|it| !it.lost.is_empty() || !it.gained.is_empty()).collect();
    if changed.is_empty() {
        out.push_str("The same before and after, as far as the code tells.\n");
        return out;
    }
    for it in changed {
        let gone = if it.fate == Fate::Gone { " is gone, and could" } else { "" };
        let _ = write!(out, "{}{gone}\n\n```diff\n", code(&it.address));
        it.lost.iter().take(MAX_ROWS).for_each(|line| fenced(&mut out, '-', line));
        it.gained.iter().take(MAX_ROWS).for_each(|line| fenced(&mut out, '+', line));
        out.push_str("```\n\n");
    }
    let same = comparable.iter().filter(|it| it.lost.is_empty() && it.gained.is_empty()).count();
    if same > 0 {
        let _ = writeln!(out, "{same} other identities may do the same before and after.");
    }
    out
}

/// A line inside a fence, which it cannot end.
fn fenced(out: &mut String, sign: char, line: &str) {
    let clean: String = line.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).collect();
    let _ = writeln!(out, "{sign} {clean}");
}

fn verify(shop: &Workshop<'_>, group: &Group, outcome: &Outcome) -> String {
    let roots: BTreeSet<String> = roots(shop, outcome);
    let mut out = String::from("\n### How to verify\n\n");
    let names: Vec<String> = roots.into_iter().collect();
    let place = match names.len() {
        0 => String::new(),
        _ => format!(" in {}", listed(&names)),
    };
    let _ = writeln!(out, "1. `terraform plan`{place}: only what is named above may change.");
    let _ = match group.family.as_str() {
        "privilege" | "escalation" => writeln!(
            out,
            "2. After the apply, let the workloads do what they do once, and look for denied requests in the audit log."
        ),
        "trust" | "cicd" => {
            writeln!(out, "2. After the apply, run the pipeline or the caller that uses this trust once.")
        }
        "offboarding" => writeln!(
            out,
            "2. Before the apply, ask the cloud when it was last used: something outside of this code may use it."
        ),
        "exposure" => writeln!(
            out,
            "2. After the apply, let the workloads, and those who call them, do what they do once."
        ),
        "secret" | "static-credential" | "state" | "lifecycle" => writeln!(
            out,
            "2. After the apply, see that the consumers have the new value before the old one is revoked."
        ),
        _ => writeln!(out, "2. `keyward scan` on this branch: the findings above are gone."),
    };
    out
}

/// Root modules of the changed files, below the top.
fn roots(shop: &Workshop<'_>, outcome: &Outcome) -> BTreeSet<String> {
    let dirs: BTreeSet<&str> = outcome
        .changes
        .iter()
        .map(|change| change.path.rsplit_once('/').map_or("", |(dir, _)| dir))
        .collect();
    let models = shop.analysis.estate.models.iter().map(|model| model.project.dir.as_str());
    let own: BTreeSet<&str> = models.filter(|dir| dirs.contains(dir)).collect();
    let shown = |dir: &str| match below(&shop.options.scope, dir) {
        top if top.is_empty() => ".".to_owned(),
        dir => dir,
    };
    own.into_iter().map(shown).collect()
}

fn back(group: &Group, mended: &[&Finding]) -> String {
    let mut out = String::from(
        "\n### How to go back\n\nRevert the merge commit and apply again: nothing outside of Terraform is changed.\n",
    );
    let written = mended.iter().any(|finding| !finding.redactions.is_empty());
    if written || matches!(group.family.as_str(), "secret") {
        out.push_str(
            "\n> [!WARNING]\n> A secret that was in the code stays in the history of git, in every clone, and in the diff of this pull \
             request. Taking it out of the code does not end it: **rotate it**, best before this is merged.\n",
        );
    }
    out
}

/// Notes and help, the pages of the rules, and the standards.
fn background(mended: &[&Finding]) -> String {
    let mut out = String::from("\n<details><summary>Background</summary>\n\n");
    let mut seen = BTreeSet::new();
    for finding in mended {
        for line in finding.notes.iter().chain(&finding.help) {
            if seen.len() < MAX_ROWS && seen.insert(line.as_str()) {
                let _ = writeln!(out, "- {}", plain(line));
            }
        }
    }
    let names: BTreeSet<&str> = mended.iter().map(|finding| finding.rule).collect();
    let infos: Vec<&RuleInfo> =
        names.iter().filter_map(|name| rules::find(name)).map(|rule| rule.info()).collect();
    out.push('\n');
    for info in infos {
        let standards = [("OWASP NHI Top 10 2025", info.nhi), ("NIST CSF 2.0", info.csf), ("CIS", info.cis)];
        let told: Vec<String> = standards
            .iter()
            .filter(|(_, ids)| !ids.is_empty())
            .map(|(name, ids)| format!("{name} {}", ids.join(", ")))
            .collect();
        let _ = writeln!(
            out,
            "- {} {}: {}. {}",
            info.code,
            rule_link(info.name),
            plain(info.summary),
            told.join("; ")
        );
    }
    out.push_str("\n</details>\n");
    out
}

fn rule_link(name: &str) -> String {
    match rule_url(name) {
        Some(url) => format!("[`{name}`]({url})"),
        None => format!("`{name}`"),
    }
}
