//! Two revisions at once. Most root modules are the same in both: they are evaluated and judged once.

use super::stage::Stage;
use super::{Analysis, Settings, analyse};
use crate::identity::Model;
use crate::identity::literals::Scans;
use crate::source::{Both, FileKind, Tree, discover_both, is_shared};
use crate::syntax::{self, Parsed};
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// The same as two calls of [`analyse`], in less time.
pub fn analyse_both(
    base: (&Tree, &Settings),
    head: (&Tree, &Settings),
    today: Date,
) -> std::io::Result<(Analysis, Analysis)> {
    let apart = || {
        let look = |(tree, settings): (&Tree, &Settings)| analyse(tree, settings, today);
        let (base, head) = rayon::join(|| look(base), || look(head));
        Ok((base?, head?))
    };
    let plain = base.1.overlay.is_empty() && head.1.overlay.is_empty();
    // What is wrong with one of them is its own error.
    let found = if plain { discover_both(base.0, head.0).ok().flatten() } else { None };
    match found {
        Some(found) => Ok(together(found, base.1, head.1, today)),
        None => apart(),
    }
}

fn together(found: Both, base: &Settings, head: &Settings, today: Date) -> (Analysis, Analysis) {
    let Both { left, right, changed } = found;
    let (of_left, of_right) = parse(&left.sources, &right.sources);
    let (left, right) = rayon::join(|| Stage::new(left, of_left, base), || Stage::new(right, of_right, head));
    let sharing = Sharing::new(&left, &right, &changed);
    let before = left.models(|_| None);
    let known: HashMap<&str, &Arc<Model>> = before
        .iter()
        .filter(|model| sharing.holds_for(model))
        .map(|model| (model.project.dir.as_str(), model))
        .collect();
    let after = right.models(|root| known.get(root).map(|model| Arc::clone(model)));
    for model in &after {
        // Files that expressions name are scanned for secrets once they were read.
        if known.contains_key(model.project.dir.as_str()) {
            for (path, _) in model.project.reads.iter().filter(|(_, read)| **read) {
                right.sources.load(path);
            }
        }
    }
    let (before, scans) = left.estate(before, today, &Scans::default());
    let (after, _) = right.estate(after, today, &scans);
    let said = left.over_models(&before, today, |_| None);
    let places: HashMap<*const Model, usize> =
        before.models.iter().enumerate().map(|(at, model)| (Arc::as_ptr(model), at)).collect();
    let places: HashMap<usize, usize> = after
        .models
        .iter()
        .enumerate()
        .filter_map(|(at, model)| Some((at, *places.get(&Arc::as_ptr(model))?)))
        .collect();
    let same = right.over_models(&after, today, |at| Some(Arc::clone(&said.get(*places.get(&at)?)?.local)));
    rayon::join(|| left.finish(before, &said, today), || right.finish(after, &same, today))
}

/// Parses each file once.
fn parse(left: &crate::source::SourceMap, right: &crate::source::SourceMap) -> (Vec<Parsed>, Vec<Parsed>) {
    let files: Vec<_> = left.iter().collect();
    let of_left: Vec<Parsed> = files.par_iter().map(|file| syntax::parse(file)).collect();
    let known: HashMap<_, &Parsed> =
        files.iter().zip(&of_left).map(|(file, parsed)| (file.id, parsed)).collect();
    let files: Vec<_> = right.iter().collect();
    let of_right = files.par_iter().map(|file| match known.get(&file.id) {
        Some(parsed) if is_shared(left.get(file.id), file) => (*parsed).clone(),
        _ => syntax::parse(file),
    });
    let of_right = of_right.collect();
    (of_left, of_right)
}

/// Which root modules cannot tell the two revisions apart.
struct Sharing<'a> {
    left: &'a Stage<'a>,
    right: &'a Stage<'a>,
    changed: &'a BTreeSet<String>,
    /// Directories of the Terraform files that changed.
    dirs: BTreeSet<&'a str>,
    at_all: bool,
}

impl<'a> Sharing<'a> {
    fn new(left: &'a Stage<'a>, right: &'a Stage<'a>, changed: &'a BTreeSet<String>) -> Self {
        let terraform = changed.iter().filter(|path| FileKind::of(name(path)).is_some());
        let dirs = terraform.map(|path| path.rsplit_once('/').map_or("", |(dir, _)| dir)).collect();
        // A manifest says where modules are.
        let downloads = changed.iter().any(|path| path.ends_with(".terraform/modules/modules.json"));
        let at_all = !downloads && same_surroundings(left, right);
        Sharing { left, right, changed, dirs, at_all }
    }

    fn holds_for(&self, model: &Model) -> bool {
        let project = &model.project;
        let touches = |dir: &str| self.dirs.contains(dir);
        self.at_all
            && !project.modules.iter().any(|module| touches(&module.dir))
            && !self.left.program.calls_from(&project.dir).iter().any(|dir| touches(dir))
            && !self.right.program.calls_from(&project.dir).iter().any(|dir| touches(dir))
            && !project.reads.keys().any(|path| self.is_changed(path))
    }

    /// A file, or something in a directory.
    fn is_changed(&self, path: &str) -> bool {
        if path.is_empty() {
            return !self.changed.is_empty();
        }
        let below = format!("{path}/");
        let mut from = self.changed.range(below.clone()..);
        self.changed.contains(path) || from.next().is_some_and(|next| next.starts_with(&below))
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Everything beside the scanned files that has a say: configuration, variables, owners.
fn same_surroundings(left: &Stage<'_>, right: &Stage<'_>) -> bool {
    let (base, head) = (left.settings, right.settings);
    let text = |stage: &Stage<'_>, path: PathBuf| stage.sources.tree().read(&path).ok();
    let config = |stage: &Stage<'_>| {
        let dir = stage.settings.config_dir.clone()?;
        text(stage, dir.join(crate::config::CONFIG_NAME))
    };
    let named = |stage: &Stage<'_>, path: &str| {
        let dir = stage.settings.config_dir.clone().unwrap_or_else(|| stage.sources.root.clone());
        text(stage, dir.join(path))
    };
    let owners = |stage: &Stage<'_>| {
        stage.around.codeowners.as_ref().map(|owners| (owners.path.clone(), owners.text.clone()))
    };
    base.config_dir == head.config_dir
        && config(left) == config(right)
        && base.vars == head.vars
        && base.selection == head.selection
        && base.var_files == head.var_files
        && base.var_files.iter().all(|path| text(left, path.clone()) == text(right, path.clone()))
        && base.config.var_files.iter().all(|it| named(left, it.get_ref()) == named(right, it.get_ref()))
        && owners(left) == owners(right)
        && match &base.config.owners.roster {
            Some(path) => named(left, path.get_ref()) == named(right, path.get_ref()),
            None => true,
        }
}
