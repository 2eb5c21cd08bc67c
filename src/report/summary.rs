use super::text::count;
use super::{ScanReport, fixable};
use crate::diagnostic::{Applicability, GapKind, Severity};
use std::collections::BTreeMap;

/// Open findings by severity, worst first.
pub(super) fn by_severity(report: &ScanReport<'_>) -> Vec<(Severity, usize)> {
    let worst_first = Severity::ALL.into_iter().rev();
    worst_first
        .map(|severity| (severity, report.open().filter(|finding| finding.severity == severity).count()))
        .collect()
}

/// How many open findings a safe edit fixes, and how many only an unsafe one.
pub(super) fn fixes(report: &ScanReport<'_>) -> (usize, usize) {
    report.open().filter_map(fixable).fold((0, 0), |(safe, risky), kind| match kind {
        Applicability::Safe => (safe + 1, risky),
        _ => (safe, risky + 1),
    })
}

/// `7 problems (2 critical, 5 high)`, or `No problems`.
pub(super) fn problems(report: &ScanReport<'_>) -> String {
    let total = report.open().count();
    if total == 0 {
        return "No problems".to_owned();
    }
    let parts: Vec<_> = by_severity(report)
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| format!("{number} {severity}"))
        .collect();
    format!("{} ({})", count(total, "problem"), parts.join(", "))
}

/// What follows the number of problems on the last line.
pub(super) fn rest(report: &ScanReport<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    match fixes(report) {
        (0, 0) => {}
        (safe, 0) => parts.push(format!("{safe} can be fixed")),
        (0, risky) => parts.push(format!("{risky} can be fixed (unsafe)")),
        (safe, risky) => parts.push(format!("{} can be fixed ({risky} unsafe)", safe + risky)),
    }
    if !report.gaps.is_empty() {
        parts.push(count(report.gaps.len(), "coverage gap"));
    }
    let stats = &report.stats;
    parts.push(format!(
        "{}, {} in {}",
        count(stats.identities, "identity"),
        count(stats.credentials, "credential"),
        count(stats.files, "file"),
    ));
    parts
}

/// What was found and does not count; `None` when nothing was held back.
pub(super) fn hidden(report: &ScanReport<'_>) -> Option<String> {
    let hidden = &report.hidden;
    let parts: Vec<_> = [
        (hidden.by_persona, "for a stricter persona"),
        (hidden.waived, "waived"),
        (hidden.baselined, "in the baseline"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, why)| format!("{number} {why}"))
    .collect();
    (!parts.is_empty()).then(|| format!("Not counted: {}", parts.join(", ")))
}

/// `4 coverage gaps (1 syntax, 3 limit)`; `None` without any.
pub(super) fn gaps(report: &ScanReport<'_>) -> Option<String> {
    let mut kinds: BTreeMap<GapKind, usize> = BTreeMap::new();
    for gap in report.gaps {
        *kinds.entry(gap.kind).or_default() += 1;
    }
    let parts: Vec<_> = kinds.iter().map(|(kind, number)| format!("{number} {}", kind.name())).collect();
    (!parts.is_empty())
        .then(|| format!("{} ({})", count(report.gaps.len(), "coverage gap"), parts.join(", ")))
}
