//! The pipeline in steps, so that two revisions can share what is the same in both.

use super::{Analysis, Settings, configured, invariants, syntax_gaps, waived};
use crate::diagnostic::{Finding, Gap, Hidden, Layouts, Stats, Status};
use crate::eval::{self, Inputs, Moves, Program};
use crate::identity::literals::Plain;
use crate::identity::{self, Estate, Model, literals};
use crate::owners::{CodeOwners, Roster};
use crate::rules::{self, Outcome, Rule, Shared};
use crate::source::{Discovered, SourceMap};
use crate::syntax::Parsed;
use crate::syntax::ast::Attribute;
use jiff::civil::Date;
use rayon::prelude::*;
use std::sync::Arc;

/// Files that were read and parsed, with all that is needed to evaluate them.
pub(super) struct Stage<'s> {
    pub settings: &'s Settings,
    pub sources: SourceMap,
    pub parsed: Vec<Parsed>,
    pub program: Program,
    pub codeowners: Option<CodeOwners>,
    pub roster: Option<Roster>,
    vars: Vec<(String, String)>,
    var_files: Vec<Vec<Attribute>>,
    gaps: Vec<Gap>,
}

impl<'s> Stage<'s> {
    /// `parsed` is in the order of the files.
    pub fn new(found: Discovered, parsed: Vec<Parsed>, settings: &'s Settings) -> Self {
        let (sources, mut gaps) = (found.sources, found.gaps);
        gaps.extend(syntax_gaps::gaps(&parsed));
        let var_files = configured::var_files(settings, &sources, &mut gaps);
        let program = Program::new(&sources, &parsed, &found.manifests, &mut gaps);
        let codeowners = configured::code_owners(settings, &sources, &mut gaps);
        let roster = configured::roster(settings, &sources, &mut gaps);
        let vars = configured::variables(settings);
        Stage { settings, sources, parsed, program, codeowners, roster, vars, var_files, gaps }
    }

    /// Evaluates every root module, but for those of which there is a model already.
    pub fn models(&self, known: impl Fn(&str) -> Option<Arc<Model>> + Sync) -> Vec<Arc<Model>> {
        let inputs = Inputs {
            sources: &self.sources,
            program: &self.program,
            vars: &self.vars,
            var_files: &self.var_files,
        };
        let config = &self.settings.config;
        let lowering =
            identity::Context { sources: &self.sources, config, codeowners: self.codeowners.as_ref() };
        let roots: Vec<&String> =
            self.program.roots().iter().filter(|root| !config.exclude.matches(root)).collect();
        let of = |root: &String| Arc::new(identity::lower(eval::evaluate(&inputs, root), &lowering));
        roots.into_par_iter().map(|root| known(root).unwrap_or_else(|| of(root))).collect()
    }

    /// Looks for secrets in all files, but for those of which it is known already what is in them.
    pub fn estate(&self, models: Vec<Arc<Model>>, today: Date, known: &Plain) -> (Estate, Plain) {
        let (literals, plain) = literals::scan(&self.sources, &self.parsed, &models, today, known);
        let given = literals::given(&self.sources, &self.parsed);
        (Estate { models, literals, given }, plain)
    }

    fn rules(&self) -> Vec<&'static dyn Rule> {
        let selection = &self.settings.selection;
        rules::all().iter().copied().filter(|rule| selection.takes(rule.info())).collect()
    }

    fn shared<'a>(&'a self, estate: &'a Estate, today: Date) -> Shared<'a> {
        Shared {
            sources: &self.sources,
            estate,
            config: &self.settings.config,
            codeowners: self.codeowners.as_ref(),
            roster: self.roster.as_ref(),
            today,
        }
    }

    /// What rules say of each root module by itself.
    pub fn over_models(
        &self,
        estate: &Estate,
        today: Date,
        known: impl Fn(usize) -> Option<Outcome> + Sync,
    ) -> Vec<Outcome> {
        rules::over_models(&self.rules(), &self.shared(estate, today), known)
    }

    /// From what rules said to the result.
    pub fn finish(mut self, estate: Estate, said: Vec<Outcome>, today: Date) -> Analysis {
        let outcome = rules::finish(&self.rules(), &self.shared(&estate, today), said);
        let mut gaps = std::mem::take(&mut self.gaps);
        gaps.extend(estate.models.iter().flat_map(|model| model.project.gaps.iter().cloned()));
        let Stage { settings, sources, parsed, codeowners, roster, .. } = self;
        let internal_error = !outcome.failures.is_empty();
        gaps.extend(outcome.failures);
        gaps.extend(invariants::gaps(settings, &sources, &estate));
        let redactions = estate.literals.iter().map(|literal| literal.span).collect();

        let mut findings = outcome.findings;
        findings.extend(waived::foreign_skips(&sources, &parsed, settings));
        waived::apply(&mut findings, &sources, &parsed, &estate, settings, today);
        findings.retain(|finding| {
            let file = sources.get(finding.span().file);
            !settings.config.exclude.matches(&file.path)
        });
        let all = findings.len();
        findings.retain(|finding| finding.persona <= settings.persona);
        let by_persona = all - findings.len();
        let is_waived = |finding: &&Finding| matches!(finding.status, Status::Waived { .. });
        let waived = findings.iter().filter(is_waived).count();
        let moves = Moves::of(&parsed);
        let comparison = settings
            .baseline
            .as_ref()
            .map(|baseline| baseline.apply(&mut findings, |address| moves.former(address)));
        let baselined = comparison.unwrap_or_default().known;
        let hidden = Hidden { by_persona, waived, baselined };
        let mut layouts = Layouts::new(&sources);
        findings.iter_mut().flat_map(|finding| &mut finding.fixes).for_each(|fix| layouts.settle(fix));
        sort(&mut findings, &sources);
        gaps.sort();
        gaps.dedup();
        let items: usize = parsed.iter().map(|parsed| parsed.items).sum();
        let broken: usize = parsed.iter().map(|parsed| parsed.broken).sum();
        let stats = stats(&sources, &estate, items, broken);
        Analysis {
            sources,
            parsed,
            estate,
            findings,
            gaps,
            stats,
            hidden,
            redactions,
            internal_error,
            codeowners,
            roster,
            moves,
        }
    }
}

/// Worst first, then by place, so that equal input gives equal output.
fn sort(findings: &mut [Finding], sources: &SourceMap) {
    findings.sort_by(|left, right| {
        let place = |finding: &Finding| (sources.get(finding.span().file).path.clone(), finding.span().start);
        let by_severity = right.severity.cmp(&left.severity);
        by_severity
            .then_with(|| place(left).cmp(&place(right)))
            .then_with(|| left.code.cmp(right.code))
            .then_with(|| left.message.cmp(&right.message))
    });
}

fn stats(sources: &SourceMap, estate: &Estate, items: usize, broken: usize) -> Stats {
    let count = |of: fn(&Model) -> usize| estate.models.iter().map(|model| of(model)).sum();
    Stats {
        files: sources.len(),
        blocks: items,
        blocks_analysed: items - broken,
        resources: count(|model| model.project.resources.len()),
        identities: count(|model| model.identities.len()),
        credentials: count(|model| {
            model.credentials.iter().filter(|credential| credential.is_static).count()
        }),
        workloads: count(|model| model.workloads.len()),
        roots: estate.models.len(),
    }
}
