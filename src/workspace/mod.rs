//! A directory that is analysed again after each change: files on disk, and open documents over them.

use crate::analysis::{self, Settings};
use crate::diagnostic::{Finding, Gap};
use crate::identity::Model;
use crate::source::{SourceMap, Span, Tree};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory and what is open of it.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    settings: Settings,
    today: Date,
    buffers: BTreeMap<String, Arc<str>>,
    generation: u64,
    last: Option<(Arc<Report>, Vec<Arc<Model>>)>,
}

/// What is true of the bytes of one generation.
#[derive(Debug)]
pub struct Report {
    pub generation: u64,
    pub sources: SourceMap,
    pub findings: Vec<Finding>,
    pub gaps: Vec<Gap>,
    /// Secrets that no output may show.
    pub redactions: Vec<Span>,
}

impl Workspace {
    pub fn open(root: &Path, settings: Settings, today: Date) -> std::io::Result<Self> {
        let root = Tree::Disk(root.to_path_buf()).open()?;
        Ok(Workspace { root, settings, today, buffers: BTreeMap::new(), generation: 0, last: None })
    }

    /// An open document stands for what is on disk. The path is relative to the root, with `/`.
    pub fn set_buffer(&mut self, path: &str, text: Arc<str>) {
        self.buffers.insert(path.to_owned(), text);
        self.changed();
    }

    pub fn close_buffer(&mut self, path: &str) {
        self.buffers.remove(path);
        self.changed();
    }

    /// Files that were changed, made or deleted on disk; without any, everything may have been.
    pub fn refresh(&mut self, _paths: &[String]) {
        self.changed();
    }

    pub fn reconfigure(&mut self, settings: Settings) {
        self.settings = settings;
        self.changed();
    }

    pub fn set_today(&mut self, today: Date) {
        self.today = today;
        self.changed();
    }

    fn changed(&mut self) {
        self.generation += 1;
        self.last = None;
    }

    /// `None` when `cancelled` said so; the next call goes on from there.
    pub fn analyse(&mut self, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Arc<Report>> {
        if let Some((report, _)) = &self.last {
            return Some(report.clone());
        }
        if cancelled() {
            return None;
        }
        let mut settings = self.settings.clone();
        let buffers = self.buffers.iter();
        settings.overlay.extend(buffers.map(|(path, text)| (self.root.join(path), text.as_bytes().into())));
        let analysis = analysis::analyse(self.root.as_path(), &settings, self.today).ok()?;
        if cancelled() {
            return None;
        }
        let report = Arc::new(Report {
            generation: self.generation,
            sources: analysis.sources,
            findings: analysis.findings,
            gaps: analysis.gaps,
            redactions: analysis.redactions,
        });
        self.last = Some((report.clone(), analysis.estate.models));
        Some(report)
    }

    /// Models of the root modules that read a file.
    pub fn models_of(&mut self, path: &str) -> Vec<Arc<Model>> {
        self.analyse(&|| false);
        let Some((_, models)) = &self.last else { return Vec::new() };
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        let reads = |model: &&Arc<Model>| {
            let project = &model.project;
            project.modules.iter().any(|module| module.dir == dir) || project.reads.contains_key(path)
        };
        models.iter().filter(reads).cloned().collect()
    }
}
