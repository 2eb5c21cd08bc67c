//! What the pull requests say.

use super::subject::{Stage, Subject};
use crate::report::markdown::{code, text as plain};
use crate::rotation::plan::{Age, Item, Urgency};
use std::fmt::Write;

/// Characters of a title.
const MAX_TITLE: usize = 72;
/// Consumers that are listed.
const MAX_SINKS: usize = 20;

pub(super) fn title(subject: &Subject<'_>) -> String {
    let (old, new) = (subject.address(), subject.next());
    let label = &subject.old.label;
    let texts = match subject.stage {
        Stage::Declare => [format!("Declare a second {old}"), format!("Declare a second {label}")],
        Stage::Switch => [format!("Use {new} in the place of {label}"), format!("Use {}", subject.follower)],
        Stage::Disable => [format!("Disable {old}, which nothing uses"), format!("Disable {label}")],
        Stage::Remove => [format!("Remove {old}, which nothing uses"), format!("Remove {label}")],
    };
    let fits = |text: &String| text.chars().count() <= MAX_TITLE;
    texts.into_iter().find(fits).unwrap_or_else(|| "Exchange a credential".to_owned())
}

/// How many stages there are, and which this is.
fn place(subject: &Subject<'_>) -> (usize, usize) {
    let all: Vec<Stage> = Stage::ALL
        .into_iter()
        .filter(|stage| *stage != Stage::Disable || subject.kind.off.is_some())
        .collect();
    let at = all.iter().position(|stage| *stage == subject.stage).unwrap_or_default();
    (at + 1, all.len())
}

pub(super) fn body(subject: &Subject<'_>, item: Option<&Item>, seen: &[String]) -> String {
    let (at, of) = place(subject);
    let (old, new) = (code(&subject.address()), code(&subject.next()));
    let mut out = format!("Step {at} of {of} in the exchange of {old}. ");
    out.push_str(&match subject.stage {
        Stage::Declare => format!("It declares a second one, {new}, beside it. Nothing uses that yet, so nothing can break.\n"),
        Stage::Switch => format!("Everything in the code that uses {old} uses {new} from the apply on. The old one goes on working.\n"),
        Stage::Disable => format!("Nothing uses {old} any more. Disabled, it can be brought back in a minute, should somebody have been missed.\n"),
        Stage::Remove => format!("Nothing uses {old} any more. The apply deletes it, from which there is no way back.\n"),
    });
    if let Some(item) = item {
        if subject.stage == Stage::Declare {
            why(&mut out, item);
        }
        if subject.stage <= Stage::Switch {
            consumers(&mut out, item);
        }
        if subject.stage == Stage::Declare {
            let lasting = item.cautions.iter().filter(|caution| !caution.starts_with("it was last used on"));
            list(&mut out, "To be known", &lasting.cloned().collect::<Vec<_>>());
        }
    }
    list(&mut out, "What was looked at", seen);
    next(&mut out, subject);
    back(&mut out, subject);
    out.push_str(
        "\n---\nMade by keyward. Merge and apply it: the next step comes when both were seen. Push to the branch and it is \
         yours; close it without merging and keyward leaves this alone for a while.\n",
    );
    out
}

/// Nothing here changes from day to day, so that nobody's text is.
fn why(out: &mut String, item: &Item) {
    let mut lines = vec![match item.urgency <= Urgency::Overdue {
        true => format!("It is {}", item.urgency.describe()),
        false => "Somebody asked for it".to_owned(),
    }];
    match &item.age {
        Age::Since { since, evidence, .. } => {
            let allowed = item.max_age.as_ref().map(|max| format!("; {max} are allowed")).unwrap_or_default();
            lines.push(format!("It was made on {since} ({evidence}){allowed}"));
        }
        _ => lines.extend(item.reasons.iter().cloned()),
    }
    list(out, "Why", &lines);
    if let Some(instead) = &item.eliminate {
        let _ = writeln!(
            out,
            "\nIt could be done without: {}. What does not exist needs no exchange; `keyward rotate plan` has the steps.",
            plain(&instead.by)
        );
    }
}

fn consumers(out: &mut String, item: &Item) {
    let lines: Vec<String> = item
        .sinks
        .iter()
        .take(MAX_SINKS)
        .map(|sink| format!("{} of {}: {}", sink.attribute, sink.address, sink.reload))
        .collect();
    list(out, "Who has it", &lines);
    if item.sinks.len() > MAX_SINKS {
        let _ = writeln!(out, "- … and {} more", item.sinks.len() - MAX_SINKS);
    }
}

fn list(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = write!(out, "\n### {title}\n\n");
    for line in lines {
        let _ = writeln!(out, "- {}", plain(line));
    }
}

fn next(out: &mut String, subject: &Subject<'_>) {
    let (old, new) = (code(&subject.address()), code(&subject.next()));
    let text = match subject.stage {
        Stage::Declare => format!("When it is applied and {new} works, its consumers are switched."),
        Stage::Switch => match subject.kind.off {
            Some(_) => format!(
                "When nothing that is applied has {old} and nobody has used it for the quiet period, it is disabled."
            ),
            None => {
                format!("When nothing that is applied has {old} and the quiet period is over, it is removed.")
            }
        },
        Stage::Disable => format!(
            "When {old} is refused, and has been disabled for a while without a complaint, it is removed."
        ),
        Stage::Remove => format!("Nothing: {new} is what is in use, until its own time has come."),
    };
    let _ = write!(out, "\n### What comes next\n\n{text}\n");
}

fn back(out: &mut String, subject: &Subject<'_>) {
    let text = match subject.stage {
        Stage::Declare => "Revert it and apply: the second one is deleted, which nobody has.",
        Stage::Switch => "Revert it and apply: consumers get the old one again, which still works.",
        Stage::Disable => "Revert it and apply: the same credential works again.",
        Stage::Remove => "There is no way back: a new one would have to be made and handed out.",
    };
    let _ = write!(out, "\n### How to go back\n\n{text}\n");
}

/// The first line of a commit and below.
pub(super) fn message(subject: &Subject<'_>) -> String {
    let (at, of) = place(subject);
    format!("{}\n\nStep {at} of {of} in the exchange of {}.", title(subject), subject.address())
}
