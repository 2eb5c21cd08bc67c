//! Waivers against findings.

use super::inline::remove;
use super::{Coverage, Problem, ProblemKind, Waiver, Waivers};
use crate::config::selects;
use crate::diagnostic::{Applicability, Finding, Severity, Site, Status};
use crate::source::Span;
use jiff::civil::Date;
use std::sync::Arc;

/// A rule that exists, as waivers may name it.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub name: &'static str,
    pub code: &'static str,
    pub category: &'static str,
    /// It is part of this run, so that a waiver of it can be said to cover nothing.
    pub runs: bool,
}

/// Marks what is waived, and says what is wrong with the waivers. `declared` are the addresses of resources with
/// the place of their declaration.
pub fn apply<'a>(
    waivers: &Waivers,
    findings: &mut Vec<Arc<Finding>>,
    declared: impl Iterator<Item = (Span, &'a str)>,
    rules: &[Known],
    today: Date,
) -> Vec<Problem> {
    let mut problems = waivers.problems.clone();
    if waivers.all.is_empty() {
        return problems;
    }
    let coverage = Coverage::of(&waivers.all, declared);
    let mut used = vec![Use::default(); waivers.all.len()];
    let mut kept = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        split(finding, waivers, &coverage, &mut used, today, &mut kept);
    }
    *findings = kept;
    for (waiver, used) in waivers.all.iter().zip(&used) {
        problems.extend(problem(waiver, used, rules, today));
    }
    problems
}

/// What came of a waiver.
#[derive(Clone, Debug, Default)]
struct Use {
    /// It covers a finding, whether or not it is enough for it.
    covers: bool,
    /// The worst that it covers without saying enough.
    short_of: Option<Severity>,
}

/// Sites that are waived leave the finding; one without any other is waived as a whole.
fn split(
    finding: Arc<Finding>,
    waivers: &Waivers,
    coverage: &Coverage,
    used: &mut [Use],
    today: Date,
    kept: &mut Vec<Arc<Finding>>,
) {
    let mut holding = |site: &Site| {
        let mut holds = None;
        for at in coverage.covering(&waivers.all, site) {
            let waiver = &waivers.all[at];
            if !waiver.names(&finding) {
                continue;
            }
            let use_of = &mut used[at];
            use_of.covers = true;
            if is_short(waiver, finding.severity) {
                use_of.short_of = use_of.short_of.max(Some(finding.severity));
            } else if !waiver.has_ended(today) {
                holds = holds.or(Some(waiver));
            }
        }
        holds
    };
    let holding: Vec<Option<&Waiver>> = finding.sites.iter().map(&mut holding).collect();
    let Some(waiver) = holding.iter().flatten().next() else {
        kept.push(finding);
        return;
    };
    let of = |is_waived: bool| {
        let sites = finding.sites.iter().zip(&holding).filter(|(_, waiver)| waiver.is_some() == is_waived);
        sites.map(|(site, _)| site.clone()).collect::<Vec<_>>()
    };
    let (waived, open) = (of(true), of(false));
    let until = waiver.until.map_or_else(|| "no date".to_owned(), |date| date.to_string());
    let status = Status::Waived { reason: waiver.why(), until };
    let mut finding = Arc::unwrap_or_clone(finding);
    kept.push(Arc::new(Finding { sites: waived, status, ..finding.clone() }));
    if !open.is_empty() {
        finding.sites = open;
        kept.push(Arc::new(finding));
    }
}

/// From high on, what is accepted has a reason and an end.
fn is_short(waiver: &Waiver, severity: Severity) -> bool {
    severity >= Severity::High && (waiver.reason.is_none() || waiver.until.is_none())
}

fn problem(waiver: &Waiver, used: &Use, rules: &[Known], today: Date) -> Option<Problem> {
    let of = |kind, message: String, help: &str| Problem {
        kind,
        span: waiver.span,
        message,
        help: help.to_owned(),
        fix: None,
        subject: waiver.listed(),
    };
    let unknown = waiver
        .rules
        .iter()
        .find(|wanted| !rules.iter().any(|rule| selects(wanted, rule.name, rule.code, rule.category)));
    if let Some(unknown) = unknown {
        let help = "`keyward rules` lists names, codes and categories";
        return Some(of(
            ProblemKind::Malformed,
            format!("the waiver names `{unknown}`, which is no rule"),
            help,
        ));
    }
    if let Some(until) = waiver.until.filter(|_| waiver.has_ended(today)) {
        let mut found = of(
            ProblemKind::Ended,
            format!("the waiver of `{}` ended on {until}", waiver.listed()),
            "mend what it covered, or have somebody accept it again with a new date",
        );
        found.fix = remove(waiver).map(|mut fix| {
            // The findings that it covered count already.
            fix.applicability = Applicability::Unsafe;
            fix
        });
        return Some(found);
    }
    if let Some(severity) = used.short_of {
        let missing = match (&waiver.reason, &waiver.until) {
            (None, None) => "a reason and an end date",
            (None, _) => "a reason",
            _ => "an end date",
        };
        return Some(of(
            ProblemKind::Incomplete,
            format!(
                "the waiver of `{}` lacks {missing}, so that it does not hold for what is {severity}",
                waiver.listed()
            ),
            "add what is missing: `until=2027-03-31 reason=\"why\"`",
        ));
    }
    // Of a rule that does not run nobody knows whether it would find something.
    let all_run = rules
        .iter()
        .filter(|rule| waiver.rules.iter().any(|wanted| selects(wanted, rule.name, rule.code, rule.category)))
        .all(|rule| rule.runs);
    if used.covers || !all_run {
        return None;
    }
    let mut found = of(
        ProblemKind::Unused,
        format!("the waiver of `{}` covers nothing", waiver.listed()),
        "remove it: what it accepted is gone",
    );
    found.fix = remove(waiver);
    Some(found)
}
