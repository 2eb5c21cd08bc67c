//! What several rules, root modules and instances say of one cause is said once.

use super::engine::Absorbed;
use crate::diagnostic::Finding;
use crate::source::Span;
use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Puts together what is said of one cause. Findings and what is absorbed are in the order in which they were said.
pub(super) fn together(findings: Vec<Arc<Finding>>, absorbed: &[Absorbed]) -> Vec<Arc<Finding>> {
    let mut findings = merge(findings);
    settle(&mut findings, absorbed);
    merge_causes(findings)
}

/// One root cause is one finding: instances of a block share their characters, and so do a module's calls.
fn merge(findings: Vec<Arc<Finding>>) -> Vec<Arc<Finding>> {
    let mut merged: Vec<Arc<Finding>> = Vec::with_capacity(findings.len());
    let mut places: HashMap<(&'static str, Span), Vec<usize>> = HashMap::new();
    let mut grown: BTreeSet<usize> = BTreeSet::new();
    for finding in findings {
        let known = places.entry((finding.rule, finding.span())).or_default();
        let attribute = &finding.primary().attribute;
        match known.iter().find(|at| merged[**at].primary().attribute == *attribute) {
            None => {
                known.push(merged.len());
                merged.push(finding);
            }
            Some(at) => {
                absorb(&mut merged[*at], &finding);
                grown.insert(*at);
            }
        }
    }
    for at in grown {
        let sites = &mut Arc::make_mut(&mut merged[at]).sites;
        let mut seen = HashSet::new();
        let mut is_first =
            sites.iter().map(|site| seen.insert(&site.fingerprint)).collect::<Vec<_>>().into_iter();
        sites.retain(|_| is_first.next().unwrap_or_default());
    }
    merged
}

fn absorb(known: &mut Arc<Finding>, other: &Arc<Finding>) {
    // The worst instance speaks for all.
    if other.severity > known.severity {
        let mut worst = (**other).clone();
        worst.sites.extend(known.sites.iter().cloned());
        *known = Arc::new(worst);
    } else {
        Arc::make_mut(known).sites.extend(other.sites.iter().cloned());
    }
}

/// Leaves out findings of which every place is said by a finding that at least as many readers see, and names
/// their rules there.
fn settle(findings: &mut Vec<Arc<Finding>>, absorbed: &[Absorbed]) {
    if absorbed.is_empty() {
        return;
    }
    let mut at: HashMap<(&str, Span, &str), usize> = HashMap::new();
    for (index, finding) in findings.iter().enumerate() {
        at.insert((finding.rule, finding.span(), &finding.primary().attribute), index);
    }
    let mut stays: HashMap<(&str, Span), usize> = HashMap::new();
    for one in absorbed {
        let (rule, span, attribute) = &one.by;
        if let Some(by) = at.get(&(*rule, *span, attribute.as_str())) {
            stays.entry((one.rule, one.span)).or_insert(*by);
        }
    }
    let mut gone = vec![false; findings.len()];
    for index in 0..findings.len() {
        let finding = &findings[index];
        let by: Option<Vec<usize>> =
            finding.sites.iter().map(|site| stays.get(&(finding.rule, site.span)).copied()).collect();
        let Some(by) = by.filter(|by| by.iter().all(|by| findings[*by].persona <= finding.persona)) else {
            continue;
        };
        let rule = finding.rule;
        gone[index] = true;
        for by in by {
            if !findings[by].merged.contains(&rule) {
                Arc::make_mut(&mut findings[by]).merged.push(rule);
            }
        }
    }
    let mut gone = gone.into_iter();
    findings.retain(|_| !gone.next().unwrap_or_default());
}

/// What several rules say of one statement is said once, by the worst of them.
fn merge_causes(findings: Vec<Arc<Finding>>) -> Vec<Arc<Finding>> {
    let mut kept: Vec<Arc<Finding>> = Vec::new();
    let mut leaders: HashMap<(Span, &'static str), usize> = HashMap::new();
    for finding in findings {
        let Some(root) = finding.root else {
            kept.push(finding);
            continue;
        };
        match leaders.entry((root, family(finding.category))) {
            Entry::Vacant(entry) => {
                entry.insert(kept.len());
                kept.push(finding);
            }
            Entry::Occupied(entry) if kept[*entry.get()].rule == finding.rule => kept.push(finding),
            Entry::Occupied(entry) => {
                let known = &mut kept[*entry.get()];
                let lesser = match outranks(&finding, known) {
                    true => std::mem::replace(known, finding),
                    false => finding,
                };
                let names = lesser.merged.iter().copied().chain([lesser.rule]);
                for name in names.filter(|name| *name != known.rule).collect::<Vec<_>>() {
                    if !known.merged.contains(&name) {
                        Arc::make_mut(known).merged.push(name);
                    }
                }
            }
        }
    }
    kept
}

/// Which of two findings on one statement speaks for both. Of two that are as bad, it is the one that says where
/// it leads; where both are about the same characters, the more particular rule comes first.
fn outranks(finding: &Finding, known: &Finding) -> bool {
    let rank = |it: &Finding| (Reverse(it.persona), it.severity, it.confidence);
    let leads = finding.category == "escalation"
        && known.category != finding.category
        && known.span() != finding.span();
    rank(finding) > rank(known) || (rank(finding) == rank(known) && leads)
}

/// Rules whose findings have their cause in the same statements.
fn family(category: &'static str) -> &'static str {
    match category {
        "escalation" => "privilege",
        other => other,
    }
}
