//! Waivers in the pipeline: what is accepted is marked, and what is wrong with a waiver is a finding.

use super::Settings;
use crate::config::CONFIG_NAME;
use crate::diagnostic::{Confidence, Finding, Severity};
use crate::identity::Estate;
use crate::rules::checks::foreign_skip::ForeignSkip;
use crate::rules::checks::waiver_expired::WaiverExpired;
use crate::rules::checks::waiver_unused::WaiverUnused;
use crate::rules::{self, Draft, RuleInfo};
use crate::source::{FileId, SourceMap};
use crate::syntax::Parsed;
use crate::waiver::{self, Known, Problem, ProblemKind};
use jiff::civil::Date;
use std::sync::Arc;

pub(super) fn apply(
    findings: &mut Vec<Arc<Finding>>,
    sources: &SourceMap,
    parsed: &[Parsed],
    estate: &Estate,
    settings: &Settings,
    today: Date,
) {
    // The file is read only where something points into it.
    let entries = !settings.config.waivers.is_empty();
    let config_file = entries.then(|| config_file(sources, settings)).flatten();
    let waivers = waiver::collect(sources, parsed, &settings.config, config_file);
    let resources = estate.models.iter().flat_map(|model| &model.project.resources);
    let declared = resources.map(|resource| (resource.header(), resource.address.as_str()));
    let known: Vec<Known> = rules::all()
        .iter()
        .map(|rule| {
            let info = rule.info();
            Known {
                name: info.name,
                code: info.code,
                category: info.category,
                runs: settings.selection.takes(info),
            }
        })
        .collect();
    let problems = waiver::apply(&waivers, findings, declared, &known, today);
    findings
        .extend(problems.into_iter().filter_map(|problem| finding(problem, sources, settings).map(Arc::new)));
}

/// `keyward.toml` as a file of the analysis, if it lies in the scanned directory.
pub(super) fn config_file(sources: &SourceMap, settings: &Settings) -> Option<FileId> {
    let path = settings.config_dir.as_ref()?.join(CONFIG_NAME);
    let real = sources.tree().real(&path)?;
    let file = sources.load(&sources.display_path(&real))?.ok()?;
    Some(file.id)
}

fn finding(problem: Problem, sources: &SourceMap, settings: &Settings) -> Option<Finding> {
    let (info, severity): (&'static RuleInfo, Severity) = match problem.kind {
        ProblemKind::Unused => (WaiverUnused::INFO, Severity::Low),
        _ => (WaiverExpired::INFO, Severity::Medium),
    };
    if !settings.selection.takes(info) {
        return None;
    }
    let file = sources.find(problem.span.file).map_or(CONFIG_NAME, |file| file.path.as_str());
    let label = match problem.kind {
        ProblemKind::Ended => "its last day has passed",
        ProblemKind::Incomplete => "says too little",
        ProblemKind::Malformed => "accepts nothing as it stands",
        ProblemKind::Unused => "nothing here for it to accept",
    };
    let mut draft = Draft::new(info, file, &problem.subject, problem.span, problem.message)
        .label(label)
        .severity(severity)
        .confidence(Confidence::High)
        .help(problem.help);
    if let Some(fix) = problem.fix {
        draft = draft.fix(fix);
    }
    Some(draft.finish())
}

/// Whether skips of other scanners are findings here.
pub(super) fn are_foreign_told(settings: &Settings) -> bool {
    let info = ForeignSkip::INFO;
    settings.persona >= info.persona && settings.selection.takes(info)
}

/// Skips of other scanners, for whoever wants to see all that is accepted.
pub(super) fn foreign_skips(sources: &SourceMap, parsed: &[Parsed], settings: &Settings) -> Vec<Finding> {
    let info = ForeignSkip::INFO;
    if !are_foreign_told(settings) {
        return Vec::new();
    }
    let skips = waiver::foreign(sources, parsed).into_iter();
    let skips = skips.filter(|skip| !skip.rules().is_empty() && skip.until.is_none());
    let each = skips.map(|skip| {
        let file = sources.get(skip.span.file);
        let (tool, check) = (skip.tool.name(), &skip.check);
        let why = if skip.reason.is_some() { "" } else { " and gives no reason" };
        let message = format!("a comment makes {tool} skip {check} for ever{why}");
        Draft::new(info, &file.path, &format!("{tool} {check}"), skip.span, message)
            .label(format!("looks for the same as {}", skip.rules().join(", ")))
            .help("`keyward migrate` makes a waiver with a last day of it where keyward finds something")
            .finish()
    });
    each.collect()
}
