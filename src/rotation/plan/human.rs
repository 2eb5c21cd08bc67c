use super::item::{Item, Plan, Step, Through, Urgency};
use crate::report::count;
use std::fmt::Write;

/// Items below each other, under a heading for each urgency.
pub(super) fn render(plan: &Plan, all: bool) -> String {
    let mut out = String::new();
    if plan.items.is_empty() {
        out.push_str("There is no standing credential in this code.\n");
        return out;
    }
    let is_short = |item: &Item| !all && item.urgency == Urgency::Undated;
    for item in plan.items.iter().filter(|item| all || item.urgency != Urgency::Fresh) {
        if !is_short(item) {
            write_item(&mut out, item);
        }
    }
    let undated: Vec<_> = plan.items.iter().filter(|item| is_short(item)).collect();
    if !undated.is_empty() {
        list(&mut out, &undated, plan.asked);
    }
    let _ = writeln!(out, "{}", totals(plan));
    if !all && (plan.count(Urgency::Fresh) > 0 || !undated.is_empty()) {
        let _ = writeln!(out, "`--all` shows each with its steps, and what is not due.");
    }
    out
}

/// What cannot be judged from the code is a line each: it may well be fresh.
fn list(out: &mut String, items: &[&Item], asked: bool) {
    let heading = Urgency::Undated.describe().to_uppercase();
    let then =
        if asked { "and neither does any account that was asked" } else { "so the cloud has to be asked" };
    let _ = writeln!(out, "{heading}  the code does not tell how old these are, {then}");
    for item in items {
        let limit = item.max_age.as_ref().map(|age| format!("{age} allowed, ")).unwrap_or_default();
        let _ = writeln!(out, "  {}  {}:{}  {limit}{}", item.credential, item.file, item.line, who(item));
    }
    out.push('\n');
}

/// `3 credentials: 1 leaked, 2 of unknown age`.
pub(super) fn totals(plan: &Plan) -> String {
    let parts: Vec<_> = Urgency::ALL
        .into_iter()
        .map(|urgency| (plan.count(urgency), urgency))
        .filter(|(number, _)| *number > 0)
        .map(|(number, urgency)| format!("{number} {}", urgency.describe()))
        .collect();
    let mut line = format!("{}: {}", count(plan.items.len(), "credential"), parts.join(", "));
    if plan.disabled > 0 {
        let _ = write!(line, "; {} disabled and still declared", plan.disabled);
    }
    line
}

fn write_item(out: &mut String, item: &Item) {
    let heading = item.urgency.describe().to_uppercase();
    let _ = writeln!(out, "{heading}  {}  {}:{}", item.credential, item.file, item.line);
    for reason in &item.reasons {
        line(out, "why", reason);
    }
    line(out, "who", &who(item));
    line(out, "how", &how(item));
    if let Some(eliminate) = &item.eliminate {
        for way in &eliminate.ways {
            line(out, "", way);
        }
        steps(out, "without", &eliminate.steps);
    }
    steps(out, if item.eliminate.is_some() { "rotate" } else { "steps" }, &item.steps);
    for (at, sink) in item.sinks.iter().enumerate() {
        let text = format!(
            "{}: {} {} ({}:{}); {}",
            sink.kind, sink.address, sink.attribute, sink.file, sink.line, sink.reload
        );
        line(out, if at == 0 { "goes to" } else { "" }, &text);
    }
    if !item.windows.is_empty() {
        line(out, "when", &format!("{} (UTC)", item.windows.join(", ")));
    }
    if !item.notify.is_empty() {
        line(out, "told", &item.notify.join(", "));
    }
    for caution in &item.cautions {
        line(out, "careful", caution);
    }
    out.push('\n');
}

fn line(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "  {name:<8} {text}");
}

fn steps(out: &mut String, name: &str, steps: &[Step]) {
    for (at, step) in steps.iter().enumerate() {
        line(out, if at == 0 { name } else { "" }, &format!("{}. {}", at + 1, sentence(step)));
    }
}

/// A step, and what is waited for after it.
pub(super) fn sentence(step: &Step) -> String {
    match &step.until {
        Some(until) => format!("{}; wait until {until}", step.title),
        None => step.title.clone(),
    }
}

/// Whose it is, and what makes it matter.
pub(super) fn who(item: &Item) -> String {
    let mut parts = Vec::new();
    parts.extend(item.identity.as_ref().map(|identity| format!("of {identity}")));
    parts.push(match &item.owner {
        Some(owner) => format!("owner {owner}"),
        None => "owner not known".to_owned(),
    });
    parts.extend(item.environment.clone());
    if item.kind.is_some() {
        parts.push(format!("privilege {}", item.privilege.name()));
    }
    if item.exposed {
        parts.push("reachable from the internet".to_owned());
    }
    parts.join(", ")
}

/// The way in one sentence.
pub(super) fn how(item: &Item) -> String {
    let rotate = match item.through {
        Through::Terraform => "rotate it through Terraform, since a call of the API would make drift",
        Through::Api => "rotate it where it was issued",
    };
    match &item.eliminate {
        Some(eliminate) => format!("do without it: {}; as long as that cannot be, {rotate}", eliminate.by),
        None => rotate.to_owned(),
    }
}
