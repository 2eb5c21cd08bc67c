//! What a run says: one line for each thing, and in a dry run everything.

use super::Options;
use super::plan::{Action, Plan, Standing};
use std::fmt::Write;

/// One line for each action that would be taken.
pub fn would(plan: &Plan) -> Vec<String> {
    let lines = plan.actions.iter().map(|action| match action {
        Action::Open { proposal, .. } | Action::OpenOnly { proposal, .. } => {
            let draft = if proposal.draft { " as a draft" } else { "" };
            format!("open{draft}: {} ({})", proposal.title, proposal.group.branch)
        }
        Action::Update { pull, .. } => format!("bring #{} up to date with its base", pull.number),
        Action::Rewrite { number, .. } => format!("bring the text of #{number} up to date"),
        Action::Finish { pull, .. } => format!("label #{} and ask for reviews", pull.number),
        Action::Close { number, why, .. } => format!("close #{number}: {why}"),
        Action::DeleteBranch { branch } => {
            format!("delete the branch {}: nothing is left to do there", branch.branch)
        }
        Action::Note { number, .. } => format!("say on #{number} that others' commits are left alone"),
    });
    lines.collect()
}

/// Where everything stands beside what is done.
pub fn standings(plan: &Plan) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in &plan.lines {
        let what = format!("{} in {}", super::words::title(&line.group.family), line.group.place());
        let told = match &line.standing {
            Standing::New | Standing::Changed(_) => continue,
            Standing::Current(number) => format!("#{number} is up to date: {what}"),
            Standing::Foreign(Some(number)) => {
                format!("#{number} is left alone, since others pushed to it: {what}")
            }
            Standing::Foreign(None) => {
                format!("{} is left alone, since others pushed to it: {what}", line.group.branch)
            }
            Standing::Suppressed { number, until } => {
                format!("left alone until {until}, since #{number} was closed without merging: {what}")
            }
            Standing::Waiting => format!("waiting, since a limit of open pull requests is reached: {what}"),
            Standing::Stuck(_) => format!("for a person, since no fix holds what it promises: {what}"),
        };
        lines.push(told);
    }
    lines.extend(plan.kept.iter().map(|(number, why)| format!("#{number} is kept: {why}")));
    lines
}

/// Everything that would be written.
pub fn preview(plan: &Plan, options: &Options) -> String {
    let mut out = String::new();
    for action in &plan.actions {
        let proposal = match action {
            Action::Open { proposal, .. } | Action::OpenOnly { proposal, .. } => Some(proposal),
            Action::Update { proposal, .. } => Some(&**proposal),
            _ => None,
        };
        match (action, proposal) {
            (_, Some(proposal)) => {
                let _ = writeln!(out, "════ {}", proposal.title);
                let _ = writeln!(out, "branch:    {} on {}", proposal.group.branch, options.base);
                let labels = options.all_labels().join(", ");
                let _ = writeln!(out, "labels:    {labels}{}", if proposal.draft { " (draft)" } else { "" });
                let asked: Vec<&str> =
                    proposal.people.iter().chain(&proposal.teams).map(String::as_str).collect();
                if !asked.is_empty() {
                    let _ = writeln!(out, "reviewers: {}", asked.join(", "));
                }
                let _ = write!(out, "\n{}\n\n──── changes\n{}\n", proposal.text.trim_end(), proposal.diff);
            }
            (Action::Close { number, comment, .. } | Action::Note { number, comment }, None) => {
                let text = comment.lines().skip(1).collect::<Vec<_>>().join("\n");
                let _ = write!(out, "════ comment on #{number}\n{text}\n\n");
            }
            _ => {}
        }
    }
    out
}
