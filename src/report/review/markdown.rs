use super::words;
use crate::report::markdown::{code, html, text};
use crate::report::text::count;
use crate::review::{Change, Found, How, Review, Sign, Subject};

/// How the comment of an earlier run is found again.
pub const MARKER: &str = "<!-- keyward:review -->";
/// Changes in the table; the comment is to be read, not scrolled.
const CHANGES: usize = 15;
const FOLDED: usize = 40;
const DETAILS: usize = 5;
const FINDINGS: usize = 20;

/// The comment for a pull request. A comment on GitHub has 65,536 characters.
pub fn markdown(review: &Review) -> String {
    let mut out =
        format!("{MARKER}\n### keyward: {}\n\n", text(words::headline(review).trim_end_matches('.')));
    let aspects = words::aspects(review);
    if !aspects.is_empty() {
        out.push_str(&format!("Of those changed: {}.\n\n", text(&aspects.join("; "))));
    }
    for note in &review.notes {
        out.push_str(&format!("> {}\n\n", text(note)));
    }
    changes(&mut out, review);
    findings(&mut out, review);
    gaps(&mut out, review);
    let moved = match review.moved {
        0 => String::new(),
        number => format!(" · {number} moved and otherwise the same"),
    };
    out.push_str(&format!(
        "{} → {}{moved} · {} and {} in {}\n",
        code(&words::side(&review.base)),
        code(&words::side(&review.head)),
        count(review.head.identities, "identity"),
        count(review.head.credentials, "credential"),
        count(review.head.files, "file"),
    ));
    out
}

fn changes(out: &mut String, review: &Review) {
    if review.changes.is_empty() {
        return;
    }
    let header = "| Weight | Change | Where |\n|---|---|---|\n";
    out.push_str(header);
    let shown = review.changes.len().min(CHANGES);
    review.changes[..shown].iter().for_each(|change| out.push_str(&row(change)));
    out.push('\n');
    let rest = &review.changes[shown..];
    if rest.is_empty() {
        return;
    }
    out.push_str(&format!("<details><summary>{}</summary>\n\n{header}", count(rest.len(), "more change")));
    rest.iter().take(FOLDED).for_each(|change| out.push_str(&row(change)));
    if rest.len() > FOLDED {
        out.push_str(&format!("\nand {} more\n", rest.len() - FOLDED));
    }
    out.push_str("\n</details>\n\n");
}

fn row(change: &Change) -> String {
    let verb = match (change.subject, change.how) {
        (Subject::Way | Subject::Exposure, How::Removed) => "closed",
        (Subject::Way, _) => "escalation",
        (Subject::Exposure, _) => "exposed",
        (_, how) => how.name(),
    };
    let root = if change.root == "." { String::new() } else { format!(" in {}", code(&change.root)) };
    let mut what = format!("**{verb}** {}{root}{}", code(&change.address), text(&words::also(change)));
    if change.kind == "not declared here" {
        what.push_str(" (not declared here)");
    }
    for detail in change.details.iter().take(DETAILS) {
        let mark = match detail.sign {
            Sign::Gained => "+",
            Sign::Lost => "−",
            Sign::Changed => "~",
            Sign::Fact => "·",
        };
        what.push_str(&format!("<br>{mark} {}", text(&detail.text)));
    }
    if change.details.len() > DETAILS {
        what.push_str(&format!("<br>and {} more", change.details.len() - DETAILS));
    }
    let place = change.place.as_ref().map(|place| code(&place.to_string())).unwrap_or_default();
    let weight = if change.how == How::Removed { String::new() } else { change.weight.to_string() };
    format!("| {weight} | {} | {} |\n", cell(&what), cell(&place))
}

/// In a table the bar ends a cell even inside a code span.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn findings(out: &mut String, review: &Review) {
    let found = &review.findings;
    out.push_str(&format!("**Findings:** {}\n\n", text(&words::findings(review))));
    if !found.new.is_empty() || !found.worse.is_empty() {
        out.push_str("| Severity | Where | What | Rule |\n|---|---|---|---|\n");
        for one in found.new.iter().take(FINDINGS) {
            out.push_str(&finding(one, &one.finding.severity.to_string()));
        }
        for (before, one) in found.worse.iter().take(FINDINGS) {
            out.push_str(&finding(one, &format!("{} (was {before})", one.finding.severity)));
        }
        out.push('\n');
        let shown = found.new.len().min(FINDINGS) + found.worse.len().min(FINDINGS);
        let all = found.new.len() + found.worse.len();
        if all > shown {
            out.push_str(&format!("and {} more\n\n", all - shown));
        }
    }
    folded(out, "accepted by a waiver or baseline", &found.accepted);
    folded(out, "fixed", &found.fixed);
}

fn finding(found: &Found, severity: &str) -> String {
    let place = found.place.as_ref().map(|place| code(&place.to_string()));
    let place = place.unwrap_or_else(|| code(&found.finding.primary().address));
    let more = match found.finding.more_sites().len() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let help = match &found.finding.help {
        Some(help) => format!("<br>{}", text(help)),
        None => String::new(),
    };
    let message = cell(&format!("{}{more}{help}", text(&found.finding.message)));
    format!("| {severity} | {} | {message} | `{}` |\n", cell(&place), found.finding.rule)
}

fn folded(out: &mut String, what: &str, found: &[Found]) {
    if found.is_empty() {
        return;
    }
    out.push_str(&format!("<details><summary>{} {}</summary>\n\n", found.len(), html(what)));
    for one in found.iter().take(FOLDED) {
        let place =
            one.place.as_ref().map(|place| format!("{} ", code(&place.to_string()))).unwrap_or_default();
        let (severity, rule) = (one.finding.severity, one.finding.rule);
        out.push_str(&format!("- {place}{severity} `{rule}`: {}\n", text(&one.finding.message)));
    }
    if found.len() > FOLDED {
        out.push_str(&format!("- and {} more\n", found.len() - FOLDED));
    }
    out.push_str("\n</details>\n\n");
}

fn gaps(out: &mut String, review: &Review) {
    let Some(said) = words::gaps(review) else { return };
    if review.new_gaps.is_empty() {
        out.push_str(&format!("{}\n\n", text(&said)));
        return;
    }
    out.push_str(&format!("<details><summary>{}</summary>\n\n", html(&said)));
    review.new_gaps.iter().take(FINDINGS).for_each(|gap| out.push_str(&format!("- {}\n", text(gap))));
    if review.new_gaps.len() > FINDINGS {
        out.push_str(&format!("- and {} more\n", review.new_gaps.len() - FINDINGS));
    }
    out.push_str("\n</details>\n\n");
}
