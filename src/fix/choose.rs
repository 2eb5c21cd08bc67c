//! Which fixes go together in one round.

use super::Applied;
use crate::analysis::Analysis;
use crate::diagnostic::{Applicability, Edit, Finding, Fix, Severity, Status};
use crate::source::FileId;
use std::collections::HashSet;

/// A fix that is to be applied.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub applied: Applied,
    pub edits: Vec<Edit>,
    /// The sites of the finding, which have to be gone afterwards.
    pub fingerprints: Vec<String>,
    pub severity: Severity,
}

impl Choice {
    /// What it is known by from round to round.
    pub fn key(&self) -> (String, String) {
        (self.fingerprints.first().cloned().unwrap_or_default(), self.applied.title.clone())
    }

    /// Whether one of its edits is in that file.
    pub fn touches(&self, analysis: &Analysis, path: &str) -> bool {
        let file = |edit: &Edit| analysis.sources.find(edit.span.file).is_some_and(|file| file.path == path);
        self.edits.iter().any(file)
    }
}

/// The first fix of every open finding that is allowed, as far as they do not touch the same lines or lines beside
/// each other, which may be aligned. What is left out has its turn in the next round.
pub(super) fn choose(
    analysis: &Analysis,
    allow: Applicability,
    banned: &HashSet<(String, String)>,
    wanted: &dyn Fn(&Finding) -> bool,
) -> Vec<Choice> {
    let mut taken: HashSet<(FileId, u32)> = HashSet::new();
    let mut chosen = Vec::new();
    let mut candidates: Vec<Choice> = analysis
        .findings
        .iter()
        .filter(|finding| finding.status == Status::Open && wanted(finding))
        .filter_map(|finding| {
            let usable = |fix: &&Fix| {
                fix.applicability <= allow
                    && fix.applicability != Applicability::Manual
                    && !fix.edits.is_empty()
                    && fix.edits.iter().all(|edit| fits(analysis, edit))
                    && apart(&fix.edits)
            };
            let choices = finding.fixes.iter().filter(usable).map(|fix| choice(analysis, finding, fix));
            choices.into_iter().find(|choice| !banned.contains(&choice.key()))
        })
        .collect();
    candidates.sort_by_key(|choice| {
        let first = choice.edits[0].span;
        (choice.applied.path.clone(), first.start)
    });
    for choice in candidates {
        let lines: Vec<_> = choice.edits.iter().flat_map(|edit| lines(analysis, edit)).collect();
        let clashes = lines.iter().any(|(file, line)| {
            (line.saturating_sub(1)..=line + 1).any(|near| taken.contains(&(*file, near)))
        });
        if clashes {
            continue;
        }
        taken.extend(lines);
        chosen.push(choice);
    }
    chosen
}

fn choice(analysis: &Analysis, finding: &Finding, fix: &Fix) -> Choice {
    let file = analysis.sources.find(fix.edits[0].span.file);
    Choice {
        applied: Applied {
            rule: finding.rule,
            address: finding.primary().address.clone(),
            title: fix.title.clone(),
            applicability: fix.applicability,
            path: file.map(|file| file.path.clone()).unwrap_or_default(),
        },
        edits: fix.edits.clone(),
        fingerprints: finding.sites.iter().map(|site| site.fingerprint.clone()).collect(),
        severity: finding.severity,
    }
}

/// The bytes are there and are whole characters.
fn fits(analysis: &Analysis, edit: &Edit) -> bool {
    analysis.sources.find(edit.span.file).is_some_and(|file| file.text.get(edit.span.range()).is_some())
}

/// No two of them change the same bytes.
fn apart(edits: &[Edit]) -> bool {
    let mut spans: Vec<_> = edits.iter().map(|edit| edit.span).collect();
    spans.sort();
    spans.windows(2).all(|pair| pair[0].file != pair[1].file || pair[0].end <= pair[1].start)
}

/// The lines that an edit touches.
fn lines(analysis: &Analysis, edit: &Edit) -> impl Iterator<Item = (FileId, u32)> {
    let id = edit.span.file;
    let index = &analysis.sources.get(id).lines;
    let (first, last) = (index.position(edit.span.start as usize), index.position(edit.span.end as usize));
    (first.line..=last.line).map(move |line| (id, line))
}
