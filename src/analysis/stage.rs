//! The pipeline in steps, so that two revisions can share what is the same in both, and a workspace what did not
//! change.

use super::{Analysis, Settings, configured, invariants, syntax_gaps, waived};
use crate::diagnostic::{Finding, Gap, Hidden, Layouts, Stats, Status};
use crate::eval::{self, Inputs, Kept, Moves, Program, Project};
use crate::identity::literals::{Flow, GivenIdentity, Scans};
use crate::identity::{self, Estate, Model, literals};
use crate::owners::{CodeOwners, Roster};
use crate::rules::{self, Mentions, Outcome, Rule, Said, Shared};
use crate::source::{Discovered, FileId, SourceFile, SourceMap, Span};
use crate::syntax::ast::Attribute;
use crate::syntax::{self, Parsed};
use crate::waiver;
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// Files that were read and parsed, with all that is needed to evaluate them.
#[derive(Debug)]
pub struct Stage<'s> {
    pub settings: &'s Settings,
    pub sources: SourceMap,
    pub parsed: Vec<Parsed>,
    pub program: Program,
    pub around: Arc<Surroundings>,
    pub mentions: Mentions,
    gaps: Vec<Arc<Gap>>,
}

/// What is said of the code elsewhere: in the configuration, in variable files, by CODEOWNERS and a roster.
#[derive(Debug, Default)]
pub struct Surroundings {
    pub codeowners: Option<CodeOwners>,
    pub roster: Option<Roster>,
    vars: Vec<(String, String)>,
    var_files: Vec<Vec<Attribute>>,
    gaps: Vec<Gap>,
}

impl Surroundings {
    pub fn read(settings: &Settings, sources: &SourceMap) -> Self {
        let mut gaps = Vec::new();
        Surroundings {
            codeowners: configured::code_owners(settings, sources, &mut gaps),
            roster: configured::roster(settings, sources, &mut gaps),
            vars: configured::variables(settings),
            var_files: configured::var_files(settings, sources, &mut gaps),
            gaps,
        }
    }

    /// What root modules are evaluated with.
    pub fn inputs<'a>(&'a self, sources: &'a SourceMap, program: &'a Program) -> Inputs<'a> {
        Inputs { sources, program, vars: &self.vars, var_files: &self.var_files }
    }

    /// Who is there in a root module.
    pub fn lowered(&self, project: Project, sources: &SourceMap, settings: &Settings) -> Model {
        let codeowners = self.codeowners.as_ref();
        identity::lower(project, &identity::Context { sources, config: &settings.config, codeowners })
    }

    /// What rules may look at.
    pub fn shared<'a>(
        &'a self,
        (sources, mentions): (&'a SourceMap, &'a Mentions),
        settings: &'a Settings,
        estate: &'a Estate,
        today: Date,
    ) -> Shared<'a> {
        let (codeowners, roster) = (self.codeowners.as_ref(), self.roster.as_ref());
        Shared { sources, estate, config: &settings.config, codeowners, roster, mentions, today }
    }

    /// What could not be read.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }
}

impl<'s> Stage<'s> {
    /// `parsed` is in the order of the files.
    pub(super) fn new(found: Discovered, parsed: Vec<Parsed>, settings: &'s Settings) -> Self {
        let mut gaps = Vec::new();
        let program = Program::new(&found.sources, &parsed, &found.manifests, &mut gaps);
        let around = Arc::new(Surroundings::read(settings, &found.sources));
        gaps.extend(found.gaps);
        Stage::of(settings, (found.sources, parsed, program), around, Mentions::default(), gaps)
    }

    /// Of what is there already. `gaps` are those of finding the files and modules.
    pub fn of(
        settings: &'s Settings,
        (sources, parsed, program): (SourceMap, Vec<Parsed>, Program),
        around: Arc<Surroundings>,
        mentions: Mentions,
        mut gaps: Vec<Gap>,
    ) -> Self {
        gaps.extend(syntax_gaps::gaps(&parsed));
        gaps.extend(around.gaps.iter().cloned());
        let gaps = gaps.into_iter().map(Arc::new).collect();
        Stage { settings, sources, parsed, program, around, mentions, gaps }
    }

    /// The root modules that are looked at.
    pub fn roots(&self) -> impl Iterator<Item = &String> {
        self.program.roots().iter().filter(|root| !self.settings.config.exclude.matches(root))
    }

    /// Evaluates a root module.
    pub fn model(&self, root: &str) -> Model {
        self.lowered(eval::evaluate(&self.inputs(), root))
    }

    /// The same from what was kept of the last time, with what to keep for the next.
    pub fn model_again(&self, root: &str, kept: Option<Kept>) -> (Model, Option<Kept>) {
        let (project, kept) = eval::evaluate_again(&self.inputs(), root, kept);
        (self.lowered(project), kept)
    }

    fn inputs(&self) -> Inputs<'_> {
        self.around.inputs(&self.sources, &self.program)
    }

    fn lowered(&self, project: Project) -> Model {
        self.around.lowered(project, &self.sources, self.settings)
    }

    /// Evaluates every root module, but for those of which there is a model already.
    pub(super) fn models(&self, known: impl Fn(&str) -> Option<Arc<Model>> + Sync) -> Vec<Arc<Model>> {
        let roots: Vec<&String> = self.roots().collect();
        let of = |root: &String| known(root).unwrap_or_else(|| Arc::new(self.model(root)));
        // A large one that begins last would be alone at the end.
        let mut order: Vec<usize> = (0..roots.len()).collect();
        let sizes = self.sizes();
        order.sort_by_key(|at| std::cmp::Reverse(sizes.get(roots[*at].as_str())));
        let made = order.par_iter().with_max_len(1).map(|at| (*at, of(roots[*at])));
        let mut made: Vec<(usize, Arc<Model>)> = made.collect();
        made.sort_by_key(|(at, _)| *at);
        made.into_iter().map(|(_, model)| model).collect()
    }

    /// How much there is in each directory.
    fn sizes(&self) -> HashMap<&str, usize> {
        let mut sizes = HashMap::new();
        for file in self.sources.iter() {
            *sizes.entry(file.dir()).or_default() += file.text.len();
        }
        sizes
    }

    /// Looks for secrets in all files, but for those of which it is known already what is in them.
    pub(super) fn estate(&self, models: Vec<Arc<Model>>, today: Date, known: &Scans) -> (Estate, Scans) {
        let flows: Vec<Flow> = models
            .par_iter()
            .with_max_len(1)
            .map(|model| literals::flow(model, &self.sources, today))
            .collect();
        let trees: HashMap<FileId, &Parsed> =
            self.sources.iter().map(|file| file.id).zip(&self.parsed).collect();
        let tree =
            |file: &SourceFile| trees.get(&file.id).map_or_else(|| syntax::parse(file), |it| (*it).clone());
        let (mut literals, scans) = literals::scan(&self.sources, tree, flows.iter(), today, known);
        let spans: Vec<Span> = literals.iter().map(|literal| literal.span).collect();
        let uses: Vec<_> = models
            .par_iter()
            .with_max_len(1)
            .map(|model| literals::uses(model, &spans, &self.sources, today))
            .collect();
        literals::attach(&mut literals, uses.iter());
        (Estate { models, literals, given: Arc::new(self.given()) }, scans)
    }

    /// Identities that variable files name.
    pub fn given(&self) -> Vec<GivenIdentity> {
        literals::given(&self.sources, &self.parsed)
    }

    /// The rules that were chosen.
    pub fn rules(&self) -> Vec<&'static dyn Rule> {
        self.settings.rules()
    }

    pub fn shared<'a>(&'a self, estate: &'a Estate, today: Date) -> Shared<'a> {
        self.around.shared((&self.sources, &self.mentions), self.settings, estate, today)
    }

    /// What rules say of each root module. What `known` has of one is taken over; it holds for what a rule says
    /// from the module itself.
    pub(super) fn over_models(
        &self,
        estate: &Estate,
        today: Date,
        known: impl Fn(usize) -> Option<Arc<Outcome>> + Sync,
    ) -> Vec<Said> {
        let (rules, shared) = (self.rules(), self.shared(estate, today));
        let each = estate.models.par_iter().with_max_len(1).enumerate().map(|(at, model)| Said {
            local: known(at).unwrap_or_else(|| Arc::new(rules::local(&rules, &shared, model))),
            further: Arc::new(rules::further(&rules, &shared, model)),
        });
        each.collect()
    }

    /// What was not analysed, in no order, and some of it twice.
    pub fn gaps(
        &self,
        estate: &Estate,
        of_models: impl Iterator<Item = Arc<Gap>>,
        failures: Vec<Gap>,
    ) -> Vec<Arc<Gap>> {
        let mut gaps = self.gaps.clone();
        gaps.extend(of_models);
        gaps.extend(failures.into_iter().map(Arc::new));
        gaps.extend(invariants::gaps(self.settings, &self.sources, estate).into_iter().map(Arc::new));
        gaps
    }

    /// Findings without those that somebody accepts and those that are not for these readers, worst first. What their
    /// fixes write is not in the layout of its surroundings yet. `moves` are asked for only where there is a baseline.
    pub fn accepted(
        &self,
        estate: &Estate,
        mut findings: Vec<Arc<Finding>>,
        today: Date,
        moves: impl FnOnce() -> Moves,
    ) -> (Vec<Arc<Finding>>, Hidden) {
        let Stage { settings, sources, parsed, .. } = self;
        findings.extend(waived::foreign_skips(sources, parsed, settings).into_iter().map(Arc::new));
        waived::apply(&mut findings, sources, parsed, estate, settings, today);
        findings.retain(|finding| self.is_covered(finding));
        let all = findings.len();
        findings.retain(|finding| self.is_for_reader(finding));
        let by_persona = all - findings.len();
        let is_waived = |finding: &&Arc<Finding>| matches!(finding.status, Status::Waived { .. });
        let waived = findings.iter().filter(is_waived).count();
        let comparison = settings.baseline.as_ref().map(|baseline| {
            let moves = moves();
            let mut own: Vec<Finding> = findings.drain(..).map(Arc::unwrap_or_clone).collect();
            let comparison = baseline.apply(&mut own, |address| moves.former(address));
            findings.extend(own.into_iter().map(Arc::new));
            comparison
        });
        let baselined = comparison.unwrap_or_default().known;
        (self.sorted(findings), Hidden { by_persona, waived, baselined })
    }

    /// Whether anything that is written somewhere decides which findings are accepted, or is a finding by itself. If not,
    /// each finding is accepted or not whatever else is found.
    pub fn is_anything_accepted(&self) -> bool {
        let Stage { settings, sources, parsed, .. } = self;
        settings.baseline.is_some()
            || waived::are_foreign_told(settings)
            || !settings.config.waivers.is_empty()
            || waiver::are_any(sources, parsed)
    }

    /// What is seen of findings where nothing is accepted.
    pub fn seen(&self, findings: &[Arc<Finding>]) -> Vec<Arc<Finding>> {
        let seen = findings.iter().filter(|finding| self.is_covered(finding) && self.is_for_reader(finding));
        self.sorted(seen.cloned().collect())
    }

    fn is_covered(&self, finding: &Finding) -> bool {
        let exclude = &self.settings.config.exclude;
        exclude.is_empty() || !exclude.matches(self.path(finding))
    }

    fn is_for_reader(&self, finding: &Finding) -> bool {
        finding.persona <= self.settings.persona
    }

    fn path(&self, finding: &Finding) -> &str {
        &self.sources.get(finding.span().file).path
    }

    /// Worst first, then by place, so that equal input gives equal output.
    fn sorted(&self, findings: Vec<Arc<Finding>>) -> Vec<Arc<Finding>> {
        let mut placed: Vec<_> = findings.into_iter().map(|finding| (self.path(&finding), finding)).collect();
        placed.sort_by(|(left_path, left), (right_path, right)| {
            let by_severity = right.severity.cmp(&left.severity);
            by_severity
                .then_with(|| left_path.cmp(right_path))
                .then_with(|| left.span().start.cmp(&right.span().start))
                .then_with(|| left.code.cmp(right.code))
                .then_with(|| left.message.cmp(&right.message))
        });
        placed.into_iter().map(|(_, finding)| finding).collect()
    }

    /// From what rules said to the result.
    pub(super) fn finish(self, estate: Estate, said: &[Said], today: Date) -> Analysis {
        let moves = Moves::of(&self.parsed);
        let of_models =
            estate.models.iter().flat_map(|model| model.project.gaps.iter().cloned().map(Arc::new));
        let outcome = rules::finish(&self.rules(), &self.shared(&estate, today), said);
        let internal_error = !outcome.failures.is_empty();
        let gaps = told(self.gaps(&estate, of_models, outcome.failures));
        let gaps = gaps.into_iter().map(Arc::unwrap_or_clone).collect();
        let (findings, hidden) = self.accepted(&estate, outcome.findings, today, || moves.clone());
        let mut findings: Vec<Finding> = findings.into_iter().map(Arc::unwrap_or_clone).collect();
        Layouts::new(&self.sources).settle_all(&mut findings);
        let Stage { sources, parsed, around, .. } = self;
        let redactions = estate.literals.iter().map(|literal| literal.span).collect();
        let items: usize = parsed.iter().map(|parsed| parsed.items).sum();
        let broken: usize = parsed.iter().map(|parsed| parsed.broken).sum();
        let stats = stats(&sources, &estate, items, broken);
        let around = Arc::into_inner(around);
        let (codeowners, roster) = around.map_or((None, None), |around| (around.codeowners, around.roster));
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

/// Gaps in order, each once.
pub fn told(mut gaps: Vec<Arc<Gap>>) -> Vec<Arc<Gap>> {
    gaps.sort();
    gaps.dedup();
    gaps
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
