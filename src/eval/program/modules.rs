//! Where a module's source is: local paths, and copies cached under `.terraform/modules`.

use crate::diagnostic::{Gap, GapKind};
use crate::source::SourceMap;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// `None` when the source is no local path; `Some(None)` when it leaves the scanned root.
pub(super) fn local_dir(from: &str, source: &str) -> Option<Option<String>> {
    if !(source.starts_with("./") || source.starts_with("../") || source == "." || source == "..") {
        return None;
    }
    Some(join(from, source))
}

/// Joins relative paths lexically; `None` above the root.
pub(in crate::eval) fn join(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The `modules.json` files: root directory → call path → directory of the cached copy.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    by_root: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest {
    modules: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    key: String,
    dir: String,
}

impl Manifests {
    pub(super) fn read(paths: &[PathBuf], sources: &SourceMap, gaps: &mut Vec<Gap>) -> Self {
        let mut manifests = Manifests::default();
        for path in paths {
            let shown = sources.display_path(path);
            let root = shown.strip_suffix(".terraform/modules/modules.json").unwrap_or(&shown);
            let root = root.trim_end_matches('/').to_string();
            let parsed = sources.read(path).map_err(|gap| gap.message).and_then(|bytes| {
                serde_json::from_slice::<Manifest>(&bytes).map_err(|error| error.to_string())
            });
            match parsed {
                Ok(manifest) => {
                    let entries = manifest.modules.into_iter().filter(|entry| !entry.key.is_empty());
                    let dirs = entries.filter_map(|entry| Some((entry.key, join(&root, &entry.dir)?)));
                    let dirs = dirs.collect();
                    manifests.by_root.insert(root, dirs);
                }
                Err(error) => gaps.push(
                    Gap::new(
                        GapKind::MissingModule,
                        None,
                        format!("cannot read the module manifest: {error}"),
                    )
                    .path(shown)
                    .help("run `terraform init` again"),
                ),
            }
        }
        manifests
    }

    pub(super) fn lookup(&self, root: &str, path: &str) -> Option<&str> {
        self.by_root.get(root)?.get(path).map(String::as_str)
    }

    /// The directories of the cached copies for a root module.
    pub(super) fn dirs_of(&self, root: &str) -> impl Iterator<Item = &str> {
        self.by_root.get(root).into_iter().flat_map(|entries| entries.values()).map(String::as_str)
    }

    /// Every directory that a manifest says is called.
    pub(super) fn dirs(&self) -> impl Iterator<Item = String> + '_ {
        self.by_root.values().flat_map(|entries| entries.values().cloned())
    }
}
