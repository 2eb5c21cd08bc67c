use super::words;
use crate::diagnostic::Severity;
use crate::report::HumanOptions;
use crate::report::human::paint::{Paint, Tone};
use crate::report::text::one_line;
use crate::review::{Change, Found, How, Review, Sign, Subject};
use std::fmt::Write;

/// Changes that are told one by one.
const CHANGES: usize = 12;
/// Details of one change.
const DETAILS: usize = 4;
const FINDINGS: usize = 10;

pub(super) fn render(review: &Review, options: &HumanOptions) -> String {
    let paint = Paint::new(options);
    let most = |limit: usize| if options.verbose { usize::MAX } else { limit };
    let mut out = String::new();
    let sides = format!("{} {} {}", words::side(&review.base), paint.glyphs.arrow, words::side(&review.head));
    let _ = writeln!(out, "{}\n", paint.tone(Tone::Dim, &sides));
    let _ = writeln!(out, "{}", paint.tone(Tone::Bold, &words::headline(review)));
    let aspects = words::aspects(review);
    if !aspects.is_empty() {
        let _ = writeln!(out, "{}", aspects.join("; "));
    }
    for note in &review.notes {
        let _ = writeln!(out, "note: {}", one_line(note));
    }
    if !review.changes.is_empty() {
        out.push('\n');
    }
    for shown in review.changes.iter().take(most(CHANGES)) {
        change(&mut out, &paint, shown, most(DETAILS));
    }
    more(&mut out, review.changes.len(), most(CHANGES), "changes");
    findings(&mut out, &paint, review, most(FINDINGS));
    if review.moved > 0 {
        let _ = writeln!(out, "\n{} moved and otherwise the same", review.moved);
    }
    if let Some(gaps) = words::gaps(review) {
        let _ = writeln!(out, "\n{gaps}");
        for gap in review.new_gaps.iter().take(most(3)) {
            let _ = writeln!(out, "  {}", one_line(gap));
        }
        more(&mut out, review.new_gaps.len(), most(3), "new gaps");
    }
    out
}

fn more(out: &mut String, count: usize, shown: usize, what: &str) {
    if count > shown {
        let _ = writeln!(out, "  and {} more {what}: `--verbose` shows them", count - shown);
    }
}

fn change(out: &mut String, paint: &Paint, change: &Change, details: usize) {
    let verb = match (change.subject, change.how) {
        (Subject::Way | Subject::Exposure, How::Removed) => "closed",
        (Subject::Way, _) => "escalation",
        (Subject::Exposure, _) => "exposed",
        (_, how) => how.name(),
    };
    let kind = match change.kind.as_str() {
        "not declared here" => " (not declared here)",
        _ => "",
    };
    let place = change.place.as_ref().map(|place| format!(" {place}")).unwrap_or_default();
    let root = if change.root == "." { String::new() } else { format!(" in {}", change.root) };
    let label = paint.tone(tone(change.weight, change.how), &format!("{:<8} {verb}", change.weight));
    let _ = writeln!(
        out,
        "{label} {}{kind}{}{}{}",
        paint.tone(Tone::Bold, &one_line(&change.address)),
        one_line(&root),
        one_line(&words::also(change)),
        paint.tone(Tone::Dim, &place),
    );
    for detail in change.details.iter().take(details) {
        let mark = match detail.sign {
            Sign::Gained => paint.tone(Tone::of(detail.weight), "+"),
            Sign::Lost => paint.tone(Tone::Good, "-"),
            Sign::Changed => "~".to_string(),
            Sign::Fact => paint.glyphs.dot.to_string(),
        };
        let _ = writeln!(out, "  {mark} {}", one_line(&detail.text));
    }
    if change.details.len() > details {
        let _ = writeln!(out, "  and {} more", change.details.len() - details);
    }
}

fn tone(weight: Severity, how: How) -> Tone {
    if how == How::Removed { Tone::Good } else { Tone::of(weight) }
}

fn findings(out: &mut String, paint: &Paint, review: &Review, most: usize) {
    let _ = writeln!(out, "\nfindings: {}", words::findings(review));
    let found = &review.findings;
    for one in found.new.iter().take(most) {
        line(out, paint, "new", Tone::of(one.finding.severity), one);
    }
    more(out, found.new.len(), most, "new findings");
    for (before, one) in found.worse.iter().take(most) {
        line(out, paint, &format!("worse, was {before}"), Tone::of(one.finding.severity), one);
    }
    for one in found.accepted.iter().take(most) {
        line(out, paint, "accepted", Tone::Dim, one);
    }
    more(out, found.accepted.len(), most, "accepted findings");
    for one in found.fixed.iter().take(most) {
        line(out, paint, "fixed", Tone::Good, one);
    }
    more(out, found.fixed.len(), most, "fixed findings");
}

fn line(out: &mut String, paint: &Paint, what: &str, tone: Tone, found: &Found) {
    let finding = &found.finding;
    let place = found.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
    let more = match finding.more_sites().len() {
        0 => String::new(),
        more => format!(" and at {more} more"),
    };
    let _ = writeln!(
        out,
        "  {} {}[{}] {}{}{more}",
        paint.tone(tone, what),
        finding.severity,
        finding.rule,
        one_line(&finding.message),
        paint.tone(Tone::Dim, &place),
    );
}
