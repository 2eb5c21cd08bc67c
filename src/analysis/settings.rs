use super::Selection;
use crate::baseline::Baseline;
use crate::config::{self, Config, ConfigError, LoadError};
use crate::diagnostic::Persona;
use crate::rules::{self, Rule};
use crate::source::{Overlay, Tree};
use std::path::{Path, PathBuf};

/// What to analyse, and how.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub config: Config,
    /// Directory of `keyward.toml`, which its paths are relative to; the scanned root without one.
    pub config_dir: Option<PathBuf>,
    pub selection: Selection,
    pub persona: Persona,
    /// `-var name=value`, in order.
    pub vars: Vec<(String, String)>,
    /// `-var-file`, in order.
    pub var_files: Vec<PathBuf>,
    /// What was known before.
    pub baseline: Option<Baseline>,
    /// Bytes that stand for those of files of the tree.
    pub overlay: Overlay,
}

impl Settings {
    /// The rules that were chosen.
    pub fn rules(&self) -> Vec<&'static dyn Rule> {
        rules::all().iter().copied().filter(|rule| self.selection.takes(rule.info())).collect()
    }

    /// What the nearest `keyward.toml` of a tree says; without one everything is as usual.
    pub fn of(tree: &Tree) -> Result<Self, LoadError> {
        let start = match tree {
            Tree::Disk(path) => path,
            Tree::Snapshot { at, .. } => at,
        };
        match config::find(tree, start) {
            Some(path) => Settings::read(tree, &path),
            None => Ok(Settings::default()),
        }
    }

    /// What a configuration file of a tree says.
    pub fn read(tree: &Tree, path: &Path) -> Result<Self, LoadError> {
        Ok(Settings::by(config::load_from(tree, path, &known())?, path))
    }

    /// The same for a text that is to be at this path.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Vec<ConfigError>> {
        Ok(Settings::by(config::parse(text, &known())?, path))
    }

    fn by(config: Config, path: &Path) -> Self {
        let names = |of: &[config::Spanned<String>]| of.iter().map(|name| name.get_ref().clone()).collect();
        Settings {
            selection: Selection { select: names(&config.select), ignore: names(&config.ignore) },
            persona: config.persona,
            config_dir: path.parent().map(Path::to_path_buf),
            config,
            ..Settings::default()
        }
    }
}

/// Names, codes and categories of all rules.
fn known() -> Vec<&'static str> {
    rules::all().iter().flat_map(|rule| [rule.info().name, rule.info().code, rule.info().category]).collect()
}
