//! What is kept of a root module, and which changes reach it.

use super::give_back;
use crate::analysis::Stage;
use crate::diagnostic::Gap;
use crate::eval::is_looked_at;
use crate::identity::literals::{self, Flow, Uses};
use crate::identity::{Estate, Model};
use crate::rules::{self, Part, Rule, Shared};
use crate::source::{FileId, FileKind, Span};
use jiff::civil::Date;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// A root module with what was made of it.
#[derive(Debug)]
pub(super) struct Root {
    pub model: Arc<Model>,
    pub flow: Flow,
    /// What rules say of it that look at nothing else.
    pub local: Arc<Part>,
    /// What rules say of it that look further.
    pub further: Arc<Part>,
    /// Where literals arrive; none where it has to be asked again.
    pub uses: Option<Uses>,
    /// Those of its model, in order.
    pub gaps: Vec<Arc<Gap>>,
    /// The directories of its modules, and those that would be if they were there.
    dirs: BTreeSet<String>,
}

/// What was known of a root module that is to be evaluated again.
#[derive(Debug)]
pub(super) struct Past {
    /// What it took, in small expressions.
    pub cost: u64,
    said: [Arc<Part>; 2],
    hot: Vec<Span>,
}

/// What the rules cost for a resource, in small expressions.
const RULES_WORK: u64 = 256;

impl Past {
    /// What it said of some files: rule and place, without a rule for a secret that arrives somewhere.
    pub fn of(&self, files: &HashSet<FileId>) -> impl Iterator<Item = (&'static str, Span)> {
        let said = self.said.iter().flat_map(|part| &part.outcome.findings);
        let said = said.map(|finding| (finding.rule, finding.span()));
        let all = said.chain(self.hot.iter().map(|span| ("", *span)));
        all.filter(|(_, span)| files.contains(&span.file))
    }
}

/// What is said of a root module.
struct Said {
    local: Arc<Part>,
    further: Arc<Part>,
    flow: Flow,
    uses: Uses,
}

fn say(model: &Model, rules: &[&'static dyn Rule], shared: &Shared<'_>, spans: &[Span]) -> Said {
    let look = || {
        let flow = literals::flow(model, shared.sources, shared.today);
        (flow, literals::uses(model, spans, shared.sources, shared.today))
    };
    let part = |outcome| Arc::new(Part::new(Arc::new(outcome)));
    let judge = || (part(rules::local(rules, shared, model)), part(rules::further(rules, shared, model)));
    let ((local, further), (flow, uses)) = rayon::join(judge, look);
    Said { local, further, flow, uses }
}

impl Root {
    /// `spans` are the literals of the report before: most stay where they are.
    pub fn new(
        stage: &Stage<'_>,
        dir: &str,
        rules: &[&'static dyn Rule],
        spans: &[Span],
        today: Date,
        model: Model,
    ) -> Self {
        let mut dirs = stage.program.calls_from(dir);
        dirs.extend(model.project.modules.iter().map(|module| module.dir.clone()));
        // No rule of a root module reads the other ones.
        let alone = Estate::default();
        let shared = stage.shared(&alone, today);
        let gaps = model.project.gaps.iter().cloned().map(Arc::new).collect();
        let Said { local, further, flow, uses } = say(&model, rules, &shared, spans);
        let mut model = model;
        model.forget_computed();
        Root { model: Arc::new(model), flow, local, further, uses: Some(uses), gaps, dirs }
    }

    /// Takes a model that comes to the same and is likely to have resources in common with the next one. What rules
    /// work out of these is worked out now.
    pub fn take(
        &mut self,
        mut model: Model,
        rules: &[&'static dyn Rule],
        shared: &Shared<'_>,
        spans: &[Span],
    ) {
        let said = say(&model, rules, shared, spans);
        model.forget_computed();
        give_back((std::mem::replace(&mut self.model, Arc::new(model)), said));
    }

    /// What it takes to evaluate it.
    pub fn work(&self) -> u64 {
        self.model.project.work
    }

    /// What is to be remembered of it when it is evaluated again.
    pub fn past(&self) -> Past {
        let project = &self.model.project;
        Past {
            cost: self.work() + project.resources.len() as u64 * RULES_WORK,
            said: [self.local.clone(), self.further.clone()],
            hot: self.flow.places(),
        }
    }

    /// Whether it is made of this file, among others.
    pub fn reads(&self, path: &str) -> bool {
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        (FileKind::of(name).is_some() && self.dirs.contains(dir))
            || self.model.project.reads.contains_key(path)
    }

    pub fn dirs(&self) -> impl Iterator<Item = &String> {
        self.dirs.iter()
    }

    /// Whether one of its modules is in one of these directories.
    pub fn is_in(&self, dirs: &BTreeSet<String>) -> bool {
        !self.dirs.is_disjoint(dirs)
    }

    /// Whether any of these paths has a say in it.
    pub fn is_reached(&self, changed: &BTreeSet<String>) -> bool {
        let reads = &self.model.project.reads;
        changed.iter().any(|path| self.reads(path) || is_looked_at(reads, path))
    }
}
