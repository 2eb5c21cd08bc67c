use super::mentions::Asked;
use super::{Context, Rule, Shared};
use crate::diagnostic::{Finding, Gap, GapKind};
use crate::identity::Model;
use crate::source::Span;
use rayon::prelude::*;
use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A finding that another one says as well.
#[derive(Clone, Debug)]
pub(super) struct Absorbed {
    /// Rule, place and attribute of the one that stays.
    pub by: (&'static str, Span, String),
    pub rule: &'static str,
    pub span: Span,
}

/// What the rules said, and which of them failed.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Shared with whoever keeps them for the next time.
    pub findings: Vec<Arc<Finding>>,
    absorbed: Vec<Absorbed>,
    /// What was asked about files of other modules, with the answers that it holds for.
    asked: Asked,
    /// A rule that panicked is our mistake: it is named, and the others go on.
    pub failures: Vec<Gap>,
}

/// What the rules said of one root module.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// It depends on nothing but the root module.
    pub local: Arc<Outcome>,
    /// By rules that look further.
    pub further: Arc<Outcome>,
}

impl Outcome {
    fn take(&mut self, part: &Outcome) {
        self.findings.extend(part.findings.iter().cloned());
        self.absorbed.extend(part.absorbed.iter().cloned());
        self.asked.extend(part.asked.iter().map(|(name, answer)| (name.clone(), *answer)));
        self.failures.extend(part.failures.iter().cloned());
    }

    /// Whether the files of other modules still say what they did.
    pub fn holds(&self, shared: &Shared<'_>) -> bool {
        self.asked
            .iter()
            .all(|(name, answer)| shared.mentions.output_is_taken(shared.sources, name) == *answer)
    }
}

/// Runs the rules that look at nothing but their root module.
pub fn local(rules: &[&'static dyn Rule], shared: &Shared<'_>, model: &Model) -> Outcome {
    over_model(rules, |rule| !rule.reads_other_modules(), shared, model)
}

/// Runs the rules that look further than their root module.
pub fn further(rules: &[&'static dyn Rule], shared: &Shared<'_>, model: &Model) -> Outcome {
    over_model(rules, |rule| rule.reads_other_modules(), shared, model)
}

/// Runs rules over the whole scan. Everything that is said of one cause is then put together.
pub fn finish(rules: &[&'static dyn Rule], shared: &Shared<'_>, per_model: &[Said]) -> Outcome {
    let models = &shared.estate.models;
    let mut outcome = Outcome::default();
    for part in per_model.iter().flat_map(|said| [&said.local, &said.further]) {
        outcome.take(part);
    }
    let empty = Model::default();
    let first = models.first().map_or(&empty, |model| &**model);
    for rule in rules {
        outcome.take(&guarded(*rule, shared, first, |rule, cx| {
            cx.by_file = true;
            rule.estate(cx);
        }));
    }
    let mut findings = merge(outcome.findings);
    settle(&mut findings, &std::mem::take(&mut outcome.absorbed));
    outcome.findings = merge_causes(findings);
    outcome
}

/// The rules are independent of each other, so that one root module keeps several threads busy.
fn over_model(
    rules: &[&'static dyn Rule],
    wanted: impl Fn(&dyn Rule) -> bool + Sync,
    shared: &Shared<'_>,
    model: &Model,
) -> Outcome {
    let parts: Vec<Outcome> = rules
        .par_iter()
        .filter(|rule| wanted(**rule))
        .map(|rule| {
            guarded(*rule, shared, model, |rule, cx| {
                cx.model.identities.iter().for_each(|identity| rule.identity(identity, cx));
                cx.model.credentials.iter().for_each(|credential| rule.credential(credential, cx));
                cx.model.grants.iter().for_each(|grant| rule.grant(grant, cx));
                cx.model.workloads.iter().for_each(|workload| rule.workload(workload, cx));
                cx.model.project.resources.iter().for_each(|resource| rule.resource(resource, cx));
                rule.model(cx);
            })
        })
        .collect();
    let mut outcome = Outcome::default();
    parts.iter().for_each(|part| outcome.take(part));
    outcome
}

fn guarded(
    rule: &'static dyn Rule,
    shared: &Shared<'_>,
    model: &Model,
    work: impl FnOnce(&dyn Rule, &mut Context<'_>),
) -> Outcome {
    let mut cx = Context::new(shared, model);
    let done = catch_unwind(AssertUnwindSafe(|| work(rule, &mut cx)));
    let mut outcome = Outcome {
        findings: cx.findings.into_iter().map(Arc::new).collect(),
        absorbed: cx.absorbed,
        asked: cx.asked.into_inner(),
        failures: Vec::new(),
    };
    if done.is_err() {
        let message = format!("rule `{}` failed in `{}`", rule.info().name, model.project.dir);
        outcome.failures.push(
            Gap::new(GapKind::Internal, None, message).help("this is a bug in keyward: please report it"),
        );
    }
    outcome
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
