//! One issue that says where everything stands. It has no date in it, so that it changes only when something does.

use super::plan::{Line, Plan, Standing};
use super::{Observed, Options, hash};
use std::fmt::Write;

pub const TITLE: &str = "keyward: identities and credentials that need care";

/// One for each base and directory.
pub fn marker(options: &Options) -> String {
    format!("<!-- keyward:dashboard v1 {} -->", hash(&[&options.base, &options.scope], 12))
}

/// GitHub takes 65,536 characters.
const MAX_LINES: usize = 100;

/// Which lines a section has.
type Wanted = fn(&Standing) -> bool;

/// The text, after the plan was carried out. `opened` are numbers by branch.
pub fn text(
    plan: &Plan,
    observed: &Observed,
    options: &Options,
    opened: &dyn Fn(&str) -> Option<u64>,
) -> String {
    let mut out = format!(
        "{}\nWhat keyward finds on {} and can mend, one pull request for each owner, directory and kind of problem. \
         Closing a pull request without merging it is an answer: keyward leaves it alone for a while.\n",
        marker(options),
        super::body::code(&observed.base.branch)
    );
    let of =
        |wanted: Wanted| plan.lines.iter().filter(move |line| wanted(&line.standing)).collect::<Vec<_>>();
    let number = |line: &Line| match &line.standing {
        Standing::Current(number) | Standing::Changed(number) => Some(*number),
        Standing::Foreign(number) | Standing::Stuck(number) => *number,
        Standing::Suppressed { number, .. } => Some(*number),
        Standing::New => opened(&line.group.branch),
        Standing::Waiting => None,
    };
    let sections: [(&str, Wanted); 5] = [
        ("Open", |it| matches!(it, Standing::New | Standing::Current(_) | Standing::Changed(_))),
        ("Changed by others, left alone", |it| matches!(it, Standing::Foreign(_))),
        ("Closed without merging, left alone until", |it| matches!(it, Standing::Suppressed { .. })),
        ("Waiting for others to be merged", |it| matches!(it, Standing::Waiting)),
        ("For a person: no fix holds what it promises", |it| matches!(it, Standing::Stuck(_))),
    ];
    let mut any = false;
    for (heading, wanted) in sections {
        let lines = of(wanted);
        if lines.is_empty() {
            continue;
        }
        any = true;
        let _ = write!(out, "\n### {heading}\n\n");
        for line in lines.iter().take(MAX_LINES) {
            let _ = writeln!(out, "- {}", entry(line, number(line)));
        }
        if lines.len() > MAX_LINES {
            let _ = writeln!(out, "- and {} more", lines.len() - MAX_LINES);
        }
    }
    let by_hand: usize = plan.lines.iter().map(|line| line.group.others).sum();
    if by_hand > 0 {
        let _ = write!(
            out,
            "\n{by_hand} more in the same places need a person: `keyward scan --verbose` shows them, with a way to begin.\n"
        );
    }
    if !any {
        out.push_str("\nNothing is left to do.\n");
    }
    out
}

fn entry(line: &Line, number: Option<u64>) -> String {
    let group = &line.group;
    let link = number.map_or_else(String::new, |number| format!("#{number} "));
    let until = match &line.standing {
        Standing::Suppressed { until, .. } => format!("{until}: "),
        _ => String::new(),
    };
    let owner =
        group.owner.as_ref().map_or_else(String::new, |owner| format!(", {}", super::body::plain(owner)));
    format!(
        "{until}{link}{} in {} ({}, {} to mend{owner})",
        super::words::title(&group.family),
        super::body::code(group.place()),
        group.severity,
        group.fixable.len()
    )
}

/// Whether two texts differ in more than line ends.
pub fn differs(there: Option<&str>, wanted: &str) -> bool {
    let normal = |text: &str| hash(&[text.replace("\r\n", "\n").trim()], 16);
    there.is_none_or(|there| normal(there) != normal(wanted))
}
