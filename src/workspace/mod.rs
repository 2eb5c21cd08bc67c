//! A directory that is analysed again after each change: what the language server asks. What it says of some bytes
//! is what [`crate::analysis::analyse`] says of them.

mod around;
mod evaluations;
mod findings;
mod root;
mod turn;

use crate::analysis::{Settings, told};
use crate::diagnostic::{Finding, Gap, Layouts};
use crate::identity::Model;
use crate::source::{Kept, SourceMap, Span, Tree};
use jiff::civil::Date;
use std::path::Path;
use std::sync::Arc;
use turn::{How, State, dirs};

pub use findings::{Findings, InFile};

/// A directory that is analysed again after each change.
#[derive(Debug)]
pub struct Workspace {
    kept: Kept,
    settings: Settings,
    today: Date,
    generation: u64,
    /// Nothing since the last report.
    settled: bool,
    state: State,
    last: Option<Arc<Report>>,
}

/// What is true of the bytes of one generation.
#[derive(Debug, Default)]
pub struct Report {
    pub generation: u64,
    pub sources: SourceMap,
    /// As the persona sees them. [`Report::whole`] has what their fixes write as it is to be written.
    pub findings: Findings,
    /// In no order, and some of them twice; [`Report::told_gaps`] has them as a scan.
    gaps: Vec<Arc<Gap>>,
    /// Secrets that no output may show, those that findings name among them.
    pub redactions: Vec<Span>,
    /// A rule failed, which is our mistake.
    pub internal_error: bool,
    /// Root modules that have not been evaluated yet; none after [`Workspace::analyse`].
    pub left: usize,
}

impl Report {
    /// What was not analysed.
    pub fn told_gaps(&self) -> Vec<Arc<Gap>> {
        told(self.gaps.clone())
    }

    /// Findings of it with fixes in the layout of what surrounds them. To find that out is much where nobody asks.
    pub fn whole<'f>(&self, findings: impl Iterator<Item = &'f Finding>) -> Vec<Finding> {
        let mut findings: Vec<Finding> = findings.cloned().collect();
        Layouts::new(&self.sources).settle_all(&mut findings);
        findings
    }
}

impl Workspace {
    /// Nothing is read yet. What the settings have as overlay is not used: open documents stand over the disk.
    pub fn open(root: &Path, settings: Settings, today: Date) -> std::io::Result<Self> {
        let kept = Kept::open(Tree::from(root))?;
        let state = State::default();
        Ok(Workspace { kept, settings, today, generation: 0, settled: false, state, last: None })
    }

    /// The directory, with links resolved.
    pub fn root(&self) -> &Path {
        self.kept.base()
    }

    /// An open document, which stands for what is on disk. A path is relative to the root, with `/`. Of files that
    /// a scan does not look at nothing is said.
    pub fn set_buffer(&mut self, path: &str, text: Arc<str>) {
        self.settled = false;
        self.kept.set_buffer(path, text);
    }

    pub fn close_buffer(&mut self, path: &str) {
        self.settled = false;
        self.kept.close_buffer(path);
    }

    /// Files or directories that were changed, made or deleted on disk. Without any, all is looked at again.
    pub fn refresh(&mut self, paths: &[String]) {
        self.settled = false;
        self.state.look_around();
        self.kept.refresh(paths);
    }

    pub fn reconfigure(&mut self, settings: Settings) {
        self.settled = false;
        self.settings = settings;
        self.state = State::default();
        self.kept.refresh(&[]);
    }

    pub fn set_today(&mut self, today: Date) {
        if self.today != today {
            self.settled = false;
            self.today = today;
            self.state = State::default();
        }
    }

    /// `None` when `cancelled` said so; the next call goes on from there.
    pub fn analyse(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Arc<Report>> {
        if let Some(last) = self.last.as_ref().filter(|_| self.settled) {
            return Some(last.clone());
        }
        self.go(How { cancelled, glance: false })
    }

    /// A first answer about the open documents, where many root modules read them: what would be said if only some of
    /// these were there. They are chosen so that whatever was said of the directories of open documents is looked at
    /// again. As long as anything is left, nothing is to be taken from it about other files. Where little is gained by
    /// it, this is [`Workspace::analyse`].
    pub fn glance(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Arc<Report>> {
        if let Some(last) = self.last.as_ref().filter(|_| self.settled) {
            return Some(last.clone());
        }
        self.go(How { cancelled, glance: true })
    }

    /// Makes ready for the next change of open documents, when there is nothing else to do.
    pub fn prepare(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) {
        if let Some(last) = self.last.clone().filter(|_| self.settled) {
            let open = dirs(&self.kept.open_paths());
            self.state.prepare(&last.sources, (&self.settings, self.today), &open, cancelled);
        }
    }

    fn go(&mut self, how: How<'_>) -> Option<Arc<Report>> {
        let report = self.turn(how)?;
        self.generation += 1;
        let report = Arc::new(Report { generation: self.generation, ..report });
        self.settled = report.left == 0;
        self.last = Some(report.clone());
        Some(report)
    }

    /// Models of the root modules that read this file, as of the last report.
    pub fn models_of(&mut self, path: &str) -> Vec<Arc<Model>> {
        self.state.models(|root| root.reads(path))
    }

    /// Models of all root modules, as of the last report.
    pub fn models(&self) -> Vec<Arc<Model>> {
        self.state.models(|_| true)
    }
}

/// There may be much to give back, and nobody has to wait for it.
fn give_back<T: Send + 'static>(what: T) {
    rayon::spawn(move || drop(what));
}
