//! When what surrounds the code has to be read again: configuration, variable files, CODEOWNERS, roster.

use crate::analysis::{Settings, Surroundings};
use crate::source::{FileId, SourceMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was read, and the bytes that it was read from.
#[derive(Debug, Default)]
pub(super) struct Around {
    pub read: Arc<Surroundings>,
    known: Option<Known>,
    /// To be read again.
    pub stale: bool,
}

#[derive(Debug, PartialEq)]
struct Known {
    codeowners: Option<(PathBuf, Arc<str>)>,
    files: Vec<(Option<FileId>, Option<Vec<u8>>)>,
}

impl Around {
    /// Reads what is not as it was. Whether anything is not.
    pub fn renew(&mut self, settings: &Settings, sources: &SourceMap) -> bool {
        let named = named(settings, sources);
        if self.known.is_some() && !self.stale && named.is_empty() {
            return false;
        }
        let read = Surroundings::read(settings, sources);
        let files = named.iter().map(|path| (id(sources, path), sources.read(path).ok()));
        let codeowners = read.codeowners.as_ref().map(|owners| (owners.path.clone(), owners.text.clone()));
        let known = Known { codeowners, files: files.collect() };
        self.stale = false;
        let same = self.known.as_ref() == Some(&known) && *self.read.gaps() == *read.gaps();
        if !same {
            self.read = Arc::new(read);
            self.known = Some(known);
        }
        !same
    }

    /// Files that values come from whatever the root module.
    pub fn var_files(&self, settings: &Settings, sources: &SourceMap) -> Vec<FileId> {
        named(settings, sources).iter().filter_map(|path| id(sources, path)).collect()
    }
}

/// Files that the settings name.
fn named(settings: &Settings, sources: &SourceMap) -> Vec<PathBuf> {
    let base = settings.config_dir.clone().unwrap_or_else(|| sources.root.clone());
    let config = &settings.config;
    let named = config.var_files.iter().chain(&config.owners.roster).map(|path| base.join(path.get_ref()));
    named.chain(settings.var_files.iter().cloned()).collect()
}

fn id(sources: &SourceMap, path: &Path) -> Option<FileId> {
    let real = sources.tree().real(path)?;
    sources.by_path(&real).map(|file| file.id)
}
