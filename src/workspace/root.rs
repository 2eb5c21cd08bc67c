//! What is kept of a root module, and which changes reach it.

use crate::analysis::Stage;
use crate::identity::literals::{self, Flow, Uses};
use crate::identity::{Estate, Model};
use crate::rules::{self, Rule, Said};
use crate::source::FileKind;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A root module with what was made of it.
#[derive(Debug)]
pub(super) struct Root {
    pub model: Arc<Model>,
    pub flow: Flow,
    pub said: Said,
    /// Where literals arrive; none where it has to be asked again.
    pub uses: Option<Uses>,
    /// The directories of its modules, and those that would be if they were there.
    dirs: BTreeSet<String>,
}

impl Root {
    pub fn new(stage: &Stage<'_>, dir: &str, rules: &[&'static dyn Rule], today: Date) -> Self {
        let model = stage.model(dir);
        let mut dirs = stage.program.calls_from(dir);
        dirs.extend(model.project.modules.iter().map(|module| module.dir.clone()));
        // No rule of a root module reads the other ones.
        let alone = Estate::default();
        let shared = stage.shared(&alone, today);
        let ((local, further), flow) = rayon::join(
            || (rules::local(rules, &shared, &model), rules::further(rules, &shared, &model)),
            || literals::flow(&model, &stage.sources, today),
        );
        let said = Said { local: Arc::new(local), further: Arc::new(further) };
        Root { model: Arc::new(model), flow, said, uses: None, dirs }
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
        changed.iter().any(|path| self.reads(path))
            || self.model.project.reads.keys().any(|read| is_in(read, changed))
    }
}

/// Whether something in a directory is among the paths.
fn is_in(dir: &str, changed: &BTreeSet<String>) -> bool {
    if dir.is_empty() {
        return !changed.is_empty();
    }
    let below = format!("{dir}/");
    let mut from = changed.range(below.clone()..);
    from.next().is_some_and(|next| next.starts_with(&below))
}
