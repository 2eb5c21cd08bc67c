//! Running the rules, over one root module or over the whole scan.

use super::mentions::Asked;
use super::merge::together;
use super::{Context, Rule, Shared};
use crate::diagnostic::{Finding, Gap, GapKind};
use crate::identity::Model;
use crate::source::Span;
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A finding that another one says as well.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Absorbed {
    /// Rule, place and attribute of the one that stays.
    pub by: (&'static str, Span, String),
    pub rule: &'static str,
    pub span: Span,
}

/// What the rules said, and which of them failed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Shared with whoever keeps them for the next time.
    pub findings: Vec<Arc<Finding>>,
    pub(super) absorbed: Vec<Absorbed>,
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

/// What is said from the whole scan, and of nothing that is said elsewhere, by each rule.
pub fn over_estate(rules: &[&'static dyn Rule], shared: &Shared<'_>) -> Vec<Outcome> {
    let empty = Model::default();
    let first = shared.estate.models.first().map_or(&empty, |model| &**model);
    let each = rules.iter().map(|rule| {
        guarded(*rule, shared, first, |rule, cx| {
            cx.by_file = true;
            rule.estate(cx);
        })
    });
    each.collect()
}

/// Runs rules over the whole scan. Everything that is said of one cause is then put together.
pub fn finish(rules: &[&'static dyn Rule], shared: &Shared<'_>, per_model: &[Said]) -> Outcome {
    let mut outcome = Outcome::default();
    for part in per_model.iter().flat_map(|said| [&said.local, &said.further]) {
        outcome.take(part);
    }
    over_estate(rules, shared).iter().for_each(|part| outcome.take(part));
    let absorbed = std::mem::take(&mut outcome.absorbed);
    outcome.findings = together(outcome.findings, &absorbed);
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
