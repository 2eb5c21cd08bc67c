//! From changed files to the next report: what no change reaches is taken over.

use super::around::Around;
use super::evaluations::Evaluations;
use super::root::{Past, Root};
use super::{Findings, Report, Workspace, give_back};
use crate::analysis::{Settings, Stage};
use crate::diagnostic::{Gap, GapKind};
use crate::eval::{Moves, Program};
use crate::identity::literals::{self, GivenIdentity, Scans, SecretLiteral};
use crate::identity::{Estate, Model};
use crate::rules::{self, Mentions, Outcome, Part, Pieces, by_file};
use crate::source::{Discovered, FileId, FileKind, Listing, News, SourceFile, SourceMap, Span, Word};
use crate::syntax::{self, Parsed};
use crate::waiver;
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// What is kept between reports. All of it holds for the files as they were looked at last.
#[derive(Debug, Default)]
pub(super) struct State {
    /// All files without their trees.
    parsed: HashMap<FileId, Parsed>,
    /// The same in the order of the files, with the trees of those that are looked at every time.
    flat: (Option<Listing>, Vec<Parsed>),
    /// The trees of files that were looked at lately.
    trees: HashMap<FileId, Parsed>,
    /// The trees of files that are looked at every time.
    often: HashMap<FileId, Parsed>,
    program: Option<Program>,
    /// Of reading the manifests of cached modules.
    program_gaps: Vec<Gap>,
    around: Around,
    mentions: Mentions,
    scans: Scans,
    /// The literals, in order.
    spans: Vec<Span>,
    /// What variable files name, once it was asked for.
    given: Option<Arc<Vec<GivenIdentity>>>,
    roots: BTreeMap<String, Root>,
    /// Of root modules that have not been evaluated again yet.
    past: BTreeMap<String, Past>,
    evaluations: Evaluations,
    /// What the rules over everything said, by rule.
    of_estate: Vec<Arc<Part>>,
    pieces: Pieces,
    has_baseline: bool,
}

/// How far to go.
#[derive(Clone, Copy)]
pub(super) struct How<'a> {
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Leave out root modules that are not needed for a first answer about the open documents.
    pub glance: bool,
}

/// Files that are read at once, and root modules that are evaluated at once, before their trees are given back.
const AT_ONCE: usize = 400;
/// A first answer is given where it takes at most this part of what the whole does, and the whole takes so much.
const GLANCE: u64 = 2;
const GLANCE_WORK: u64 = 20_000;
const ROOTS_AT_ONCE: usize = 12;
/// Bytes of files whose trees are kept for the next turn. Trees take some twenty times as much.
const NEAR: usize = 3 << 20;

impl State {
    /// What surrounds the code may have changed.
    pub fn look_around(&mut self) {
        self.around.stale = true;
    }

    pub fn models(&self, wanted: impl Fn(&Root) -> bool) -> Vec<Arc<Model>> {
        self.roots.values().filter(|root| wanted(root)).map(|root| root.model.clone()).collect()
    }

    /// Forgets what the news are about, and everything that was made of it.
    fn forget(&mut self, news: &News, sources: &SourceMap) {
        if news.renumbered {
            let stale = self.around.stale;
            *self = State::default();
            self.around.stale = stale;
        }
        if news.manifests {
            self.program = None;
            self.roots.clear();
            self.evaluations.clear();
        }
        self.evaluations.forget(news);
        let now = news.changed.iter().filter_map(|path| sources.file(path));
        if news.before.iter().chain(now.clone()).any(|file| file.kind.is_vars()) {
            self.given = None;
        }
        news.before
            .iter()
            .filter(|file| file.kind != FileKind::Other)
            .for_each(|file| self.mentions.replace(Some(file), None));
        for file in now {
            self.mentions.replace(None, Some(file));
        }
        for id in &news.ids {
            self.parsed.remove(id);
            self.trees.remove(id);
            self.often.remove(id);
        }
        self.scans.forget(&news.ids);
        let reached = self.roots.iter().filter(|(_, root)| root.is_reached(&news.changed));
        let reached: Vec<String> = reached.map(|(dir, _)| dir.clone()).collect();
        let mut stale: Vec<Root> = Vec::new();
        for dir in reached {
            if let Some(root) = self.roots.remove(&dir) {
                self.past.insert(dir, root.past());
                stale.push(root);
            }
        }
        give_back(stale);
    }

    /// Makes the modules of directories again, with the trees of all of their files.
    fn restore(&mut self, sources: &SourceMap, program: &mut Program, dirs: &BTreeSet<String>) {
        let files: Vec<_> = dirs.iter().flat_map(|dir| sources.in_dir(dir)).collect();
        let missing = files.par_iter().filter(|file| self.tree(file.id).is_none());
        let parsed: Vec<(&Arc<SourceFile>, Parsed)> =
            missing.map(|file| (*file, syntax::parse(file))).collect();
        for (file, parsed) in parsed {
            let bare = Parsed { body: Arc::default(), ..parsed.clone() };
            self.parsed.insert(file.id, bare);
            let trees = if is_read_often(file) { &mut self.often } else { &mut self.trees };
            trees.insert(file.id, parsed);
        }
        program.renew(sources, dirs, |id| self.tree(id));
    }

    /// What a file holds, if it was not given back.
    fn tree(&self, file: FileId) -> Option<&Parsed> {
        self.trees.get(&file).or_else(|| self.often.get(&file))
    }

    /// Gives back the trees of directories that are not likely to be asked for soon.
    fn put_away(&mut self, sources: &SourceMap, program: &mut Program, keep: &BTreeSet<String>) {
        // With a baseline `moved` blocks are asked for, wherever they are.
        if self.has_baseline {
            return;
        }
        let away = program.put_away(|dir| keep.contains(dir));
        let is_near = |id: &FileId| sources.find(*id).is_some_and(|file| keep.contains(file.dir()));
        let trees: Vec<_> = self.trees.extract_if(|id, _| !is_near(id)).collect();
        give_back((away, trees));
    }

    /// Reads what has no tree, and finds the modules. Where that is much, the trees are given back on the way.
    fn read(&mut self, sources: &SourceMap, program: &mut Program, changed: &BTreeSet<String>, today: Date) {
        let count = |dir: &String| (dir.clone(), sources.in_dir(dir).count());
        let mut dirs: BTreeMap<String, usize> = changed.iter().map(count).collect();
        // What was not known before is in `changed`, unless everything was forgotten.
        if self.parsed.is_empty() {
            let new = sources.iter().map(|file| file.dir());
            new.for_each(|dir| *dirs.entry(dir.to_owned()).or_default() += 1);
        }
        let mut part: (BTreeSet<String>, usize) = Default::default();
        let few = dirs.values().sum::<usize>() <= AT_ONCE;
        for (dir, files) in dirs {
            part.0.insert(dir);
            part.1 += files;
            if part.1 > AT_ONCE && !few {
                self.read_part(sources, program, &std::mem::take(&mut part).0, today);
            }
        }
        match few {
            true => self.restore(sources, program, &part.0),
            false => self.read_part(sources, program, &part.0, today),
        }
    }

    fn read_part(
        &mut self,
        sources: &SourceMap,
        program: &mut Program,
        dirs: &BTreeSet<String>,
        today: Date,
    ) {
        self.restore(sources, program, dirs);
        let files = sources.iter().filter(|file| dirs.contains(file.dir()));
        let mut scans = std::mem::take(&mut self.scans);
        let files: Vec<_> = files.filter_map(|file| Some((&**file, self.tree(file.id)?))).collect();
        scans.expect(&files, today);
        self.scans = scans;
        self.put_away(sources, program, &BTreeSet::new());
    }

    /// All files in their order, as far as everybody needs them.
    fn flat(&mut self, sources: &SourceMap, news: &News) -> Vec<Parsed> {
        let (listing, mut flat) = std::mem::take(&mut self.flat);
        let whole = |id: FileId| {
            let tree = if self.has_baseline { self.tree(id) } else { self.often.get(&id) };
            tree.or_else(|| self.parsed.get(&id)).cloned()
        };
        if listing != Some(sources.listing()) || flat.len() != sources.len() {
            return sources.iter().filter_map(|file| whole(file.id)).collect();
        }
        for id in &news.ids {
            if let Some((at, now)) = sources.place(*id).zip(whole(*id)) {
                flat[at] = now;
            }
        }
        flat
    }

    /// Brings root modules up to date, those first that open documents are in, at most so many. How many are left;
    /// `None` when it was cancelled.
    fn renew_roots(
        &mut self,
        stage: &mut Stage<'_>,
        today: Date,
        open: &BTreeSet<String>,
        how: How<'_>,
    ) -> Option<usize> {
        let How { cancelled, glance } = how;
        let wanted: BTreeSet<String> = stage.roots().cloned().collect();
        self.roots.retain(|dir, _| wanted.contains(dir));
        let mut missing: Vec<String> =
            wanted.into_iter().filter(|dir| !self.roots.contains_key(dir)).collect();
        self.past.retain(|dir, _| missing.contains(dir));
        missing.sort_by_cached_key(|dir| open.is_disjoint(&stage.program.calls_from(dir)));
        let all = missing.len();
        if let Some(few) = self.first_of(&missing, &files_in(open, &stage.sources)).filter(|_| glance) {
            missing = few;
        }
        let left = all - missing.len();
        let rules = stage.rules();
        let reached: BTreeSet<String> = match missing.len() > ROOTS_AT_ONCE {
            true => missing.iter().flat_map(|dir| stage.program.calls_from(dir)).collect(),
            false => BTreeSet::new(),
        };
        let is_much = reached.iter().map(|dir| bytes_of(dir, &stage.sources)).sum::<usize>() > NEAR;
        for part in missing.chunks(ROOTS_AT_ONCE) {
            let away: BTreeSet<String> = part.iter().flat_map(|dir| stage.program.away(dir)).collect();
            if !away.is_empty() {
                self.restore(&stage.sources, &mut stage.program, &away);
            }
            let (stage_now, spans): (&Stage<'_>, _) = (stage, &self.spans);
            let evaluations = &self.evaluations;
            let make = |dir: &String| {
                if cancelled() {
                    return None;
                }
                let model = match evaluations.take(dir) {
                    None => stage_now.model(dir),
                    kept => {
                        let (model, kept) = stage_now.model_again(dir, kept);
                        evaluations.put(dir, kept);
                        model
                    }
                };
                Some((dir.clone(), Root::new(stage_now, dir, &rules, spans, today, model)))
            };
            let made: Vec<_> = part.par_iter().with_max_len(1).map(make).collect();
            self.roots.extend(made.into_iter().flatten());
            if cancelled() {
                return None;
            }
            if is_much {
                self.put_away(&stage.sources, &mut stage.program, &BTreeSet::new());
            }
        }
        Some(left)
    }

    /// The root modules that tell most of some files for the least: each thing that was said of them is said by one of
    /// these, or by none any more. `None` where little is gained by leaving out the others.
    fn first_of(&self, missing: &[String], files: &HashSet<FileId>) -> Option<Vec<String>> {
        let known: Option<Vec<(&String, &Past)>> =
            missing.iter().map(|dir| Some((dir, self.past.get(dir)?))).collect();
        let mut known = known?;
        known.sort_by_key(|(_, past)| past.cost);
        let mut said = HashSet::new();
        let mut chosen: Vec<(&String, &Past)> = Vec::new();
        for (dir, past) in &known {
            let before = said.len();
            said.extend(past.of(files));
            if said.len() > before || chosen.is_empty() {
                chosen.push((dir, past));
            }
        }
        let cost = |of: &[(&String, &Past)]| of.iter().map(|(_, past)| past.cost).sum::<u64>();
        let is_worth_it = cost(&known) > GLANCE_WORK && cost(&chosen) * GLANCE <= cost(&known);
        is_worth_it.then(|| chosen.into_iter().map(|(dir, _)| dir.clone()).collect())
    }

    /// Directories that the next change is likely to ask for: those of the root modules that open documents are in.
    fn near(&self, open: &BTreeSet<String>, sources: &SourceMap) -> BTreeSet<String> {
        let mut near = open.clone();
        let mut bytes = 0;
        for root in self.roots.values().filter(|root| root.is_in(open)) {
            for dir in root.dirs() {
                if near.insert(dir.clone()) {
                    bytes += bytes_of(dir, sources);
                }
            }
            if bytes > NEAR {
                break;
            }
        }
        near
    }

    /// Keeps evaluations of root modules that open documents are in, with what rules work out of each resource.
    pub fn prepare(
        &mut self,
        sources: &SourceMap,
        (settings, today): (&Settings, Date),
        open: &BTreeSet<String>,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) {
        let Some(mut program) = self.program.take() else { return };
        let in_open = self.roots.iter().filter(|(_, root)| root.is_in(open));
        let in_open = in_open.map(|(dir, root)| (dir.clone(), root.work())).collect();
        let around = self.around.read.clone();
        let (wanted, given_up) = self.evaluations.wanted(in_open);
        for root in given_up.iter().filter_map(|dir| self.roots.get(dir)) {
            root.model.project.forget_notes();
        }
        for dir in wanted {
            if cancelled() {
                break;
            }
            let away: BTreeSet<String> = program.away(&dir).collect();
            self.restore(sources, &mut program, &away);
            let project = self.evaluations.begin(&around.inputs(sources, &program), &dir);
            if let Some((project, root)) = project.zip(self.roots.get_mut(&dir)) {
                let model = around.lowered(project, sources, settings);
                let alone = Estate::default();
                let shared = around.shared((sources, &self.mentions), settings, &alone, today);
                root.take(model, &settings.rules(), &shared, &self.spans);
            }
        }
        let near = self.near(open, sources);
        self.put_away(sources, &mut program, &near);
        self.program = Some(program);
    }

    /// What rules said that look at other files, where those say something else by now.
    fn ask_again(&mut self, stage: &Stage<'_>, today: Date) {
        let (rules, alone) = (stage.rules(), Estate::default());
        let shared = stage.shared(&alone, today);
        for root in self.roots.values_mut().filter(|root| !root.further.outcome.holds(&shared)) {
            root.further = Arc::new(Part::new(Arc::new(rules::further(&rules, &shared, &root.model))));
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
        let tree = |file: &SourceFile| self.tree(file.id).cloned().unwrap_or_else(|| syntax::parse(file));
        let (mut found, scans) = literals::scan(sources, tree, flows, today, &self.scans);
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
            root.uses = Some(literals::uses(&root.model, &spans, sources, today));
        });
        self.spans = spans;
        literals::attach(&mut found, self.roots.values().filter_map(|root| root.uses.as_ref()));
        found
    }

    /// `None` when it was cancelled.
    fn report(
        &mut self,
        stage: &mut Stage<'_>,
        today: Date,
        open: &BTreeSet<String>,
        how: How<'_>,
    ) -> Option<Report> {
        let left = self.renew_roots(stage, today, open, how)?;
        let stage: &Stage<'_> = stage;
        self.ask_again(stage, today);
        let var_files = self.around.var_files(stage.settings, &stage.sources);
        let literals = self.literals(stage, today, &var_files);
        let mut redactions: Vec<Span> = literals.iter().map(|literal| literal.span).collect();
        let given = self.given.get_or_insert_with(|| Arc::new(stage.given())).clone();
        let estate = Estate { models: self.models(|_| true), literals, given };
        self.ask_estate(rules::over_estate(&stage.rules(), &stage.shared(&estate, today)));
        let of_roots = self.roots.values().flat_map(|root| [&root.local, &root.further]);
        let parts: Vec<Arc<Part>> = of_roots.chain(&self.of_estate).cloned().collect();
        let failures: Vec<Gap> =
            parts.iter().flat_map(|part| part.outcome.failures.iter().cloned()).collect();
        let internal_error = !failures.is_empty();
        let of_models = self.roots.values().flat_map(|root| root.gaps.iter().cloned());
        let gaps = stage.gaps(&estate, of_models, failures);
        let pieces = self.pieces.put_together(&parts, &|findings| stage.seen(findings));
        let seen = match stage.is_anything_accepted() {
            true => {
                let all = pieces.iter().flat_map(|piece| piece.all.iter().cloned()).collect();
                by_file(stage.accepted(&estate, all, today, || Moves::of(&stage.parsed)).0)
            }
            false => pieces.iter().flat_map(|piece| piece.seen.iter().cloned()).collect(),
        };
        let findings = Findings::new(seen);
        redactions.extend(findings.iter().flat_map(|finding| finding.redactions.iter().copied()));
        Some(Report { findings, gaps, redactions, internal_error, left, ..Report::default() })
    }

    /// Takes over what rules over everything say that they have said before.
    fn ask_estate(&mut self, by_rule: Vec<Outcome>) {
        let mut before = std::mem::take(&mut self.of_estate).into_iter();
        for outcome in by_rule {
            let same = before.next().filter(|part| *part.outcome == outcome);
            self.of_estate.push(same.unwrap_or_else(|| Arc::new(Part::new(Arc::new(outcome)))));
        }
    }
}

/// The Terraform files of directories.
fn files_in(dirs: &BTreeSet<String>, sources: &SourceMap) -> HashSet<FileId> {
    dirs.iter().flat_map(|dir| sources.in_dir(dir)).map(|file| file.id).collect()
}

/// How much text is in a directory.
fn bytes_of(dir: &str, sources: &SourceMap) -> usize {
    sources.in_dir(dir).map(|file| file.text.len()).sum()
}

/// Files whose trees are asked for in every turn: values of variables, and what may have waivers in it.
fn is_read_often(file: &SourceFile) -> bool {
    file.kind.is_vars() || file.has(Word::Waiver) || waiver::may_have_foreign(file)
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
pub(super) fn dirs(changed: &BTreeSet<String>) -> BTreeSet<String> {
    let parts = changed.iter().map(|path| path.rsplit_once('/').unwrap_or(("", path)));
    parts.filter(|(_, name)| FileKind::of(name).is_some()).map(|(dir, _)| dir.to_owned()).collect()
}

/// There is nothing to look at.
fn unreadable(error: &std::io::Error) -> Report {
    let gap = Gap::new(GapKind::Unreadable, None, format!("cannot read the directory: {error}"));
    Report { gaps: vec![Arc::new(gap)], ..Report::default() }
}

impl Workspace {
    /// `None` when it was cancelled. What was done until then is kept.
    pub(super) fn turn(&mut self, how: How<'_>) -> Option<Report> {
        let news = match self.kept.look() {
            Ok(news) => news,
            Err(error) => return Some(unreadable(&error)),
        };
        let Discovered { sources, mut gaps, manifests } = self.kept.discovered();
        let state = &mut self.state;
        state.has_baseline = self.settings.baseline.is_some();
        state.forget(&news, &sources);
        if state.around.renew(&self.settings, &sources) {
            state.roots.clear();
            state.evaluations.clear();
        }
        let mut program = state.program.take().unwrap_or_else(|| {
            state.program_gaps.clear();
            state.parsed.clear();
            state.trees.clear();
            state.often.clear();
            Program::empty(&sources, &manifests, &mut state.program_gaps)
        });
        gaps.extend(state.program_gaps.iter().cloned());
        state.read(&sources, &mut program, &dirs(&news.changed), self.today);
        if program.settle(&news.ids) {
            state.evaluations.clear();
        }
        let parsed = state.flat(&sources, &news);
        let (around, mentions) = (state.around.read.clone(), std::mem::take(&mut state.mentions));
        let mut stage = Stage::of(&self.settings, (sources, parsed, program), around, mentions, gaps);
        let open = dirs(&self.kept.open_paths());
        let report = state.report(&mut stage, self.today, &open, how);
        self.kept.remember(&stage.sources);
        state.mentions = std::mem::take(&mut stage.mentions);
        let Stage { mut program, sources, parsed, .. } = stage;
        state.flat = (Some(sources.listing()), parsed);
        // For what is left over, or was cut short, they will be asked for at once.
        if report.as_ref().is_some_and(|report| report.left == 0) {
            let near = state.near(&open, &sources);
            state.put_away(&sources, &mut program, &near);
        }
        state.program = Some(program);
        Some(Report { sources, ..report? })
    }
}
