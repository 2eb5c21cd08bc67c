//! Markdown for step summaries and pull request comments, which limit their size: a table of the worst
//! findings, and the details of them folded away.

use super::ScanReport;
use super::place::Place;
use super::redact::prepare;
use super::scaffold;
use super::summary;
use super::text::{count, one_line};
use crate::diagnostic::{Finding, Status};

/// A comment on GitHub has 65,536 characters.
const MAX_SHOWN: usize = 50;
/// With code to begin with, which takes a page each.
const MAX_SKETCHED: usize = 10;

pub fn render(report: &ScanReport<'_>) -> String {
    let prepared = prepare(report);
    let mut findings: Vec<_> =
        prepared.findings.iter().filter(|finding| finding.status == Status::Open).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let mut out = format!("### keyward: {}\n\n", summary::problems(report));
    let shown = &findings[..findings.len().min(MAX_SHOWN)];
    if !shown.is_empty() {
        out.push_str("| Severity | Where | What | Rule |\n|---|---|---|---|\n");
        shown.iter().for_each(|finding| out.push_str(&row(report, finding)));
        out.push('\n');
        if findings.len() > shown.len() {
            out.push_str(&format!("and {}\n\n", count(findings.len() - shown.len(), "more problem")));
        }
        let mut sketches = MAX_SKETCHED;
        shown.iter().for_each(|finding| out.push_str(&details(finding, &mut sketches)));
    }
    if !prepared.gaps.is_empty() {
        out.push_str("<details><summary>");
        out.push_str(&format!("Not analysed: {}</summary>\n\n", count(prepared.gaps.len(), "coverage gap")));
        for gap in prepared.gaps.iter().take(MAX_SHOWN) {
            let place = gap.span.and_then(|span| Place::of(report.sources, span));
            let at = place.map(|place| place.file_line()).or_else(|| gap.path.clone());
            let at = at.map_or_else(String::new, |at| format!("{} ", code(&at)));
            out.push_str(&format!("- {at}{}: {}\n", gap.kind.name(), text(&gap.message)));
        }
        if prepared.gaps.len() > MAX_SHOWN {
            out.push_str(&format!("- and {} more\n", prepared.gaps.len() - MAX_SHOWN));
        }
        out.push_str("\n</details>\n\n");
    }
    if let Some(hidden) = summary::hidden(report) {
        out.push_str(&format!("{hidden}\n\n"));
    }
    out.push_str(&format!("{}\n", summary::rest(report).join(" · ")));
    out
}

fn row(report: &ScanReport<'_>, finding: &Finding) -> String {
    let at = Place::of(report.sources, finding.span())
        .map_or_else(|| finding.primary().address.clone(), |place| place.file_line());
    let more = match finding.more_sites().len() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    // In a table the bar ends a cell even inside a code span.
    let cell = |text: String| text.replace('|', "\\|");
    let (at, what) = (cell(code(&at)), cell(text(&finding.message)));
    format!("| {} | {at} | {what}{more} | `{}` |\n", finding.severity, finding.rule)
}

fn details(finding: &Finding, sketches: &mut usize) -> String {
    let mut lines: Vec<String> = finding.notes.iter().map(|note| format!("- {}", text(note))).collect();
    lines.extend(finding.help.iter().map(|help| format!("- help: {}", text(help))));
    for fix in &finding.fixes {
        let sketched = fix.scaffold.is_some() && *sketches > 0;
        *sketches -= usize::from(sketched);
        lines.push(if sketched { scaffold::point(fix, text) } else { scaffold::title(fix, text) });
    }
    if lines.is_empty() {
        return String::new();
    }
    let title = html(&format!("{} {}: {}", finding.code, finding.rule, finding.primary().address));
    format!("<details><summary>{title}</summary>\n\n{}\n\n</details>\n\n", lines.join("\n"))
}

/// Prose on one line. Back-ticks stay, so that names read as code; what would be HTML, a mention, a link or
/// an image does not.
pub fn text(text: &str) -> String {
    let line = one_line(text);
    // Without its partner a back-tick would take in what follows.
    let paired = line.matches('`').count().is_multiple_of(2);
    let mut in_code = false;
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '`' if paired => {
                in_code = !in_code;
                out.push(c);
            }
            '`' => out.push_str("&#96;"),
            _ if in_code => out.push(c),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '[' | ']' | '*' | '_' | '\\' | '!' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// A code span that holds back-ticks of its own.
pub fn code(text: &str) -> String {
    let text = one_line(text);
    let mut fence = String::from("`");
    while text.contains(&fence) {
        fence.push('`');
    }
    match fence.len() {
        1 => format!("`{text}`"),
        _ => format!("{fence} {text} {fence}"),
    }
}

pub(super) fn html(text: &str) -> String {
    one_line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;")
}
