//! The one pipeline: from a directory to findings. The command line, the tests and every other entry point
//! call it. It reads sources, asks nobody else, and cannot fail once the directory is readable.

mod configured;
mod invariants;
mod select;
mod settings;
mod syntax_gaps;
mod waived;

pub use select::Selection;
pub use settings::Settings;

use crate::config::FailOn;
use crate::diagnostic::{Finding, Gap, Hidden, Severity, Stats, Status};
use crate::eval::{self, Inputs, Moves, Program};
use crate::identity::{self, Estate, literals};
use crate::owners::CodeOwners;
use crate::rules::{self, Shared};
use crate::source::{self, SourceMap, Span, Tree};
use crate::syntax::{self, Parsed};
use jiff::civil::Date;
use rayon::prelude::*;

/// What an analysis came to.
#[derive(Debug)]
pub struct Analysis {
    pub sources: SourceMap,
    pub parsed: Vec<Parsed>,
    pub estate: Estate,
    /// Findings that this persona sees, worst first.
    pub findings: Vec<Finding>,
    pub gaps: Vec<Gap>,
    pub stats: Stats,
    pub hidden: Hidden,
    /// Secrets that no output may show.
    pub redactions: Vec<Span>,
    /// A rule failed, which is our mistake.
    pub internal_error: bool,
    pub codeowners: Option<CodeOwners>,
    /// What addresses were before.
    pub moves: Moves,
}

/// Analyses a directory, or one file, on disk or in a snapshot. The error is that of opening it.
pub fn analyse(tree: impl Into<Tree>, settings: &Settings, today: Date) -> std::io::Result<Analysis> {
    analyse_tree(&tree.into(), settings, today)
}

fn analyse_tree(tree: &Tree, settings: &Settings, today: Date) -> std::io::Result<Analysis> {
    let found = source::discover(tree, &settings.overlay)?;
    let (sources, mut gaps) = (found.sources, found.gaps);
    let files: Vec<_> = sources.iter().cloned().collect();
    let parsed: Vec<Parsed> = files.par_iter().map(|file| syntax::parse(file)).collect();
    let items: usize = parsed.iter().map(|parsed| parsed.items).sum();
    let broken: usize = parsed.iter().map(|parsed| parsed.broken).sum();
    gaps.extend(syntax_gaps::gaps(&parsed));

    let var_files = configured::var_files(settings, &sources, &mut gaps);
    let vars = configured::variables(settings);
    let program = Program::new(&sources, &parsed, &found.manifests, &mut gaps);
    let inputs = Inputs { sources: &sources, program: &program, vars: &vars, var_files: &var_files };
    let codeowners = configured::code_owners(settings, &sources, &mut gaps);
    let lowering =
        identity::Context { sources: &sources, config: &settings.config, codeowners: codeowners.as_ref() };
    let roots: Vec<&String> =
        program.roots().iter().filter(|root| !settings.config.exclude.matches(root)).collect();
    let mut models: Vec<_> =
        roots.into_par_iter().map(|root| identity::lower(eval::evaluate(&inputs, root), &lowering)).collect();
    for model in &mut models {
        gaps.append(&mut model.project.gaps);
    }
    let literals = literals::scan(&sources, &parsed, &models, today);
    let given = literals::given(&sources, &parsed);
    let estate = Estate { models, literals, given };

    let roster = configured::roster(settings, &sources, &mut gaps);
    let shared = Shared {
        sources: &sources,
        estate: &estate,
        config: &settings.config,
        codeowners: codeowners.as_ref(),
        roster: roster.as_ref(),
        today,
    };
    let selected: Vec<_> =
        rules::all().iter().copied().filter(|rule| settings.selection.takes(rule.info())).collect();
    let outcome = rules::run(&selected, &shared);
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
    sort(&mut findings, &sources);
    gaps.sort();
    gaps.dedup();
    let stats = stats(&sources, &estate, items, broken);
    Ok(Analysis {
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
        moves,
    })
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
    let count = |of: fn(&identity::Model) -> usize| estate.models.iter().map(of).sum();
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

/// The severity from which on a run fails.
pub fn fail_on(setting: FailOn) -> Option<Severity> {
    match setting {
        FailOn::Never => None,
        FailOn::At(severity) => Some(severity),
    }
}
