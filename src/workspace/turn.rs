//! From changed files to the next report: what no change reaches is taken over.

use super::around::Around;
use super::root::Root;
use super::{Report, Workspace};
use crate::analysis::Stage;
use crate::diagnostic::{Gap, GapKind};
use crate::eval::{Moves, Program};
use crate::identity::literals::{self, Scans, SecretLiteral};
use crate::identity::{Estate, Model};
use crate::rules::{self, Mentions, Said};
use crate::source::{Discovered, FileId, FileKind, News, SourceFile, SourceMap, Span};
use crate::syntax::{self, Parsed};
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What is kept between reports. All of it holds for the files as they were looked at last.
#[derive(Debug, Default)]
pub(super) struct State {
    parsed: HashMap<FileId, Parsed>,
    program: Option<Program>,
    /// Of reading the manifests of cached modules.
    program_gaps: Vec<Gap>,
    around: Around,
    mentions: Mentions,
    scans: Scans,
    /// The literals, in order.
    spans: Vec<Span>,
    roots: BTreeMap<String, Root>,
}

impl State {
    /// What surrounds the code may have changed.
    pub fn look_around(&mut self) {
        self.around.stale = true;
    }

    pub fn models(&self, wanted: impl Fn(&Root) -> bool) -> Vec<Arc<Model>> {
        self.roots.values().filter(|root| wanted(root)).map(|root| root.model.clone()).collect()
    }

    /// Forgets what the news are about, and everything that was made of it.
    fn forget(&mut self, news: &News, sources: &SourceMap) -> HashSet<FileId> {
        if news.renumbered {
            let stale = self.around.stale;
            *self = State::default();
            self.around.stale = stale;
        }
        if news.manifests {
            self.program = None;
            self.roots.clear();
        }
        let mut ids: HashSet<FileId> = news.before.iter().map(|file| file.id).collect();
        news.before.iter().filter(|file| file.kind != FileKind::Other).for_each(|file| self.mentions.replace(Some(file), None));
        for file in news.changed.iter().filter_map(|path| sources.file(path)) {
            self.mentions.replace(None, Some(file));
            ids.insert(file.id);
        }
        self.parsed.retain(|id, _| !ids.contains(id));
        self.scans.forget(&ids);
        self.roots.retain(|_, root| !root.is_reached(&news.changed));
        ids
    }

    /// The trees of all files, in their order.
    fn parse(&mut self, sources: &SourceMap) -> Vec<Parsed> {
        let files: Vec<_> = sources.iter().collect();
        let parse = |file: &&Arc<SourceFile>| {
            let known = self.parsed.get(&file.id);
            known.cloned().unwrap_or_else(|| syntax::parse(file))
        };
        let parsed: Vec<Parsed> = files.par_iter().map(parse).collect();
        if files.len() != self.parsed.len() || files.iter().any(|file| !self.parsed.contains_key(&file.id)) {
            self.parsed = files.iter().map(|file| file.id).zip(parsed.iter().cloned()).collect();
        }
        parsed
    }

    /// Brings all root modules up to date, those first that `first` wants. Whether it came to an end.
    fn renew_roots(
        &mut self,
        stage: &Stage<'_>,
        today: Date,
        first: &dyn Fn(&str) -> bool,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> bool {
        let wanted: BTreeSet<&String> = stage.roots().collect();
        self.roots.retain(|dir, _| wanted.contains(dir));
        let mut missing: Vec<&String> =
            wanted.into_iter().filter(|dir| !self.roots.contains_key(*dir)).collect();
        missing.sort_by_key(|dir| !first(dir));
        let rules = stage.rules();
        let make = |dir: &&String| (!cancelled()).then(|| ((*dir).clone(), Root::new(stage, dir, &rules, today)));
        let made: Vec<_> = missing.par_iter().with_max_len(1).map(make).collect();
        let is_done = made.iter().all(Option::is_some);
        self.roots.extend(made.into_iter().flatten());
        is_done && !cancelled()
    }

    /// What rules said that look at other files, where those say something else by now.
    fn ask_again(&mut self, stage: &Stage<'_>, today: Date) {
        let (rules, alone) = (stage.rules(), Estate::default());
        let shared = stage.shared(&alone, today);
        for root in self.roots.values_mut().filter(|root| !root.said.further.holds(&shared)) {
            root.said.further = Arc::new(rules::further(&rules, &shared, &root.model));
        }
    }

    /// The secrets of all files, with the places where they arrive.
    fn literals(&mut self, stage: &Stage<'_>, today: Date, var_files: &[FileId]) -> Vec<SecretLiteral> {
        let sources = &stage.sources;
        for root in self.roots.values() {
            // Files that expressions name are scanned for secrets once they were read.
            for (path, _) in root.model.project.reads.iter().filter(|(_, read)| **read) {
                sources.load(path);
            }
        }
        let flows = self.roots.values().map(|root| &root.flow);
        let (mut found, scans) = literals::scan(sources, &stage.parsed, flows, today, &self.scans);
        self.scans = scans;
        let spans: Vec<Span> = found.iter().map(|literal| literal.span).collect();
        let moved = files_that_differ(&self.spans, &spans);
        let everywhere = var_files.iter().any(|file| moved.contains(file));
        let paths: Vec<&str> =
            moved.iter().filter_map(|file| Some(sources.find(*file)?.path.as_str())).collect();
        for root in self.roots.values_mut() {
            if everywhere || paths.iter().any(|path| root.reads(path)) {
                root.uses = None;
            }
        }
        self.roots.par_iter_mut().filter(|(_, root)| root.uses.is_none()).for_each(|(_, root)| {
            root.uses = Some(literals::uses(&root.model, &spans, sources));
        });
        self.spans = spans;
        literals::attach(&mut found, self.roots.values().filter_map(|root| root.uses.as_ref()));
        found
    }

    /// `None` when it was cancelled.
    fn report(
        &mut self,
        stage: &Stage<'_>,
        today: Date,
        first: &dyn Fn(&str) -> bool,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<Report> {
        if !self.renew_roots(stage, today, first, cancelled) {
            return None;
        }
        self.ask_again(stage, today);
        let var_files = self.around.var_files(stage.settings, &stage.sources);
        let literals = self.literals(stage, today, &var_files);
        let redactions = literals.iter().map(|literal| literal.span).collect();
        let estate = stage.assembled(self.models(|_| true), literals);
        let said: Vec<Said> = self.roots.values().map(|root| root.said.clone()).collect();
        let judged = stage.judge(&estate, said, today, || Moves::of(&stage.parsed));
        Some(Report {
            findings: judged.findings,
            gaps: judged.gaps,
            redactions,
            internal_error: judged.internal_error,
            ..Report::default()
        })
    }
}

/// Files of which only one side has some of the spans.
fn files_that_differ(before: &[Span], after: &[Span]) -> HashSet<FileId> {
    let of = |spans: &[Span]| {
        let mut found: HashMap<FileId, Vec<Span>> = HashMap::new();
        spans.iter().for_each(|span| found.entry(span.file).or_default().push(*span));
        found
    };
    let (before, after) = (of(before), of(after));
    let both = before.keys().chain(after.keys());
    both.filter(|file| before.get(*file) != after.get(*file)).copied().collect()
}

/// The directories of Terraform files.
fn dirs(changed: &BTreeSet<String>) -> BTreeSet<String> {
    let parts = changed.iter().map(|path| path.rsplit_once('/').unwrap_or(("", path)));
    parts.filter(|(_, name)| FileKind::of(name).is_some()).map(|(dir, _)| dir.to_owned()).collect()
}

/// There is nothing to look at.
fn unreadable(error: &std::io::Error) -> Report {
    let gap = Gap::new(GapKind::Unreadable, None, format!("cannot read the directory: {error}"));
    Report { gaps: vec![gap], ..Report::default() }
}

impl Workspace {
    /// `None` when it was cancelled. What was done until then is kept.
    pub(super) fn turn(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Report> {
        let news = match self.kept.look() {
            Ok(news) => news,
            Err(error) => return Some(unreadable(&error)),
        };
        let Discovered { sources, mut gaps, manifests } = self.kept.discovered();
        let state = &mut self.state;
        let ids = state.forget(&news, &sources);
        if state.around.renew(&self.settings, &sources) {
            state.roots.clear();
        }
        let parsed = state.parse(&sources);
        let program = match state.program.take() {
            Some(known) if news.changed.is_empty() => known,
            Some(known) => known.renewed(&sources, &parsed, &dirs(&news.changed), &ids),
            None => {
                state.program_gaps.clear();
                Program::new(&sources, &parsed, &manifests, &mut state.program_gaps)
            }
        };
        gaps.extend(state.program_gaps.iter().cloned());
        let (around, mentions) = (state.around.read.clone(), std::mem::take(&mut state.mentions));
        let mut stage = Stage::of(&self.settings, (sources, parsed, program), around, mentions, gaps);
        let open: BTreeSet<String> = dirs(&self.kept.open_paths());
        let first = |dir: &str| !open.is_disjoint(&stage.program.calls_from(dir));
        let report = state.report(&stage, self.today, &first, cancelled);
        self.kept.remember(&stage.sources);
        state.mentions = std::mem::take(&mut stage.mentions);
        let Stage { program, sources, .. } = stage;
        state.program = Some(program);
        Some(Report { sources, ..report? })
    }
}
