use super::human::{how, sentence, totals, who};
use super::item::{Item, Plan, Step, Urgency};
use crate::report::markdown::{code, text};
use std::fmt::Write;

/// For an issue or a change request: a table, then each credential with a list to tick off.
pub(super) fn render(plan: &Plan, all: bool) -> String {
    let mut out = format!("# Rotation plan of {}\n\n", plan.today);
    if plan.items.is_empty() {
        out.push_str("There is no standing credential in this code.\n");
        return out;
    }
    let _ = writeln!(out, "{}.\n", text(&totals(plan)));
    let shown: Vec<_> = plan.items.iter().filter(|item| all || item.urgency != Urgency::Fresh).collect();
    if shown.is_empty() {
        return out;
    }
    out.push_str("| Urgency | Credential | Owner | Where |\n|---|---|---|---|\n");
    for item in &shown {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            item.urgency.describe(),
            cell(&item.credential),
            text(item.owner.as_deref().unwrap_or("none")).replace('|', "\\|"),
            cell(&format!("{}:{}", item.file, item.line)),
        );
    }
    for item in shown {
        out.push('\n');
        section(&mut out, item);
    }
    out
}

fn cell(content: &str) -> String {
    code(content).replace('|', "\\|")
}

fn section(out: &mut String, item: &Item) {
    let _ = writeln!(out, "## {} {}\n", code(&item.credential), item.urgency.describe());
    for reason in &item.reasons {
        let _ = writeln!(out, "- Why: {}", text(reason));
    }
    let _ = writeln!(out, "- Who: {}", text(&who(item)));
    let _ = writeln!(out, "- How: {}", text(&how(item)));
    for way in item.eliminate.iter().flat_map(|eliminate| &eliminate.ways) {
        let _ = writeln!(out, "- For what uses it: {}", text(way));
    }
    if !item.windows.is_empty() {
        let _ = writeln!(out, "- When: {} (UTC)", text(&item.windows.join(", ")));
    }
    if !item.notify.is_empty() {
        let _ = writeln!(out, "- Told: {}", text(&item.notify.join(", ")));
    }
    for caution in &item.cautions {
        let _ = writeln!(out, "- **Careful**: {}", text(caution));
    }
    out.push('\n');
    if let Some(eliminate) = &item.eliminate {
        out.push_str("To do without it:\n\n");
        steps(out, &eliminate.steps);
        out.push_str("\nTo rotate it, as long as that cannot be:\n\n");
    }
    steps(out, &item.steps);
    if !item.sinks.is_empty() {
        out.push_str("\nIts value goes to\n\n");
        for sink in &item.sinks {
            let place = format!("{}:{}", sink.file, sink.line);
            let what = format!("{} {}", sink.address, sink.attribute);
            let _ = writeln!(out, "- [ ] {} {} ({}): {}", sink.kind, code(&what), code(&place), sink.reload);
        }
    }
}

fn steps(out: &mut String, steps: &[Step]) {
    for step in steps {
        let _ = writeln!(out, "- [ ] {}", text(&sentence(step)));
    }
}
