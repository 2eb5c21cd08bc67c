//! Files that `keyward.toml` or the command line names. A configuration comes with the code that is scanned,
//! so that what it names must lie in the same repository; what the command line names is the user's word.

use super::Settings;
use crate::config::CodeOwnersSetting;
use crate::diagnostic::{Gap, GapKind};
use crate::owners::{CodeOwners, Roster, RosterKind};
use crate::source::{self, FileKind, SourceFile, SourceMap};
use crate::syntax::{self, ast::Attribute};
use std::path::{Path, PathBuf};

/// Variables of `keyward.toml` first, so that the command line wins.
pub(super) fn variables(settings: &Settings) -> Vec<(String, String)> {
    let configured = settings.config.vars.iter().map(|(name, value)| {
        let text = match value.get_ref() {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (name.clone(), text)
    });
    configured.chain(settings.vars.iter().cloned()).collect()
}

pub(super) fn var_files(
    settings: &Settings,
    sources: &SourceMap,
    gaps: &mut Vec<Gap>,
) -> Vec<Vec<Attribute>> {
    let mut found = Vec::new();
    for path in &settings.config.var_files {
        let Some(path) = inside(settings, sources, path.get_ref(), gaps) else { continue };
        found.extend(read_var_file(&path, sources, sources.read(&path), gaps));
    }
    for path in &settings.var_files {
        // What is not in the snapshot of a revision is a file of the user's.
        let bytes = match sources.tree().is_file(path) {
            true => sources.read(path),
            false => source::read_limited(path),
        };
        found.extend(read_var_file(path, sources, bytes, gaps));
    }
    found
}

fn read_var_file(
    path: &Path,
    sources: &SourceMap,
    bytes: Result<Vec<u8>, Gap>,
    gaps: &mut Vec<Gap>,
) -> Option<Vec<Attribute>> {
    // A file of the scan is used as it is, so that its spans lead to it.
    let known = sources.tree().real(path).and_then(|real| sources.by_path(&real).cloned());
    if let Some(file) = known {
        return Some(syntax::parse(&file).body.attributes.clone());
    }
    match bytes {
        Ok(bytes) => {
            let kind = FileKind::of(&path.to_string_lossy()).unwrap_or(FileKind::Vars);
            let id = source::FileId(u32::MAX);
            let file = SourceFile::new(id, path.display().to_string(), path.to_path_buf(), kind, bytes);
            Some(syntax::parse(&file).body.attributes.clone())
        }
        Err(gap) => {
            gaps.push(unreadable("variable file", path, &gap.message));
            None
        }
    }
}

pub(super) fn code_owners(
    settings: &Settings,
    sources: &SourceMap,
    gaps: &mut Vec<Gap>,
) -> Option<CodeOwners> {
    match &settings.config.owners.codeowners {
        CodeOwnersSetting::Usual => CodeOwners::load(sources.tree(), &sources.root),
        CodeOwnersSetting::Off => None,
        CodeOwnersSetting::At(path) => {
            let path = inside(settings, sources, path.get_ref(), gaps)?;
            let base = base(settings, sources);
            let top = sources.tree().repository_root(&base).unwrap_or(base);
            CodeOwners::read(sources.tree(), top, path)
        }
    }
}

pub(super) fn roster(settings: &Settings, sources: &SourceMap, gaps: &mut Vec<Gap>) -> Option<Roster> {
    let path = settings.config.owners.roster.as_ref()?;
    let path = inside(settings, sources, path.get_ref(), gaps)?;
    match sources.read(&path) {
        Ok(bytes) => {
            let roster = Roster::parse(&String::from_utf8_lossy(&bytes), RosterKind::of(&path));
            for problem in &roster.problems {
                let message = format!("roster line {}: {}", problem.line, problem.message);
                gaps.push(Gap::new(GapKind::Evaluation, None, message).path(path.display().to_string()));
            }
            Some(roster)
        }
        Err(gap) => {
            gaps.push(
                unreadable("roster", &path, &gap.message).help("correct `owners.roster` in keyward.toml"),
            );
            None
        }
    }
}

/// Directory that paths of the configuration are relative to.
fn base(settings: &Settings, sources: &SourceMap) -> PathBuf {
    settings.config_dir.clone().unwrap_or_else(|| sources.root.clone())
}

/// The file that the configuration names; a gap when it is outside of the repository.
fn inside(settings: &Settings, sources: &SourceMap, path: &str, gaps: &mut Vec<Gap>) -> Option<PathBuf> {
    let base = base(settings, sources);
    let tree = sources.tree();
    let limit = tree.repository_root(&base).unwrap_or_else(|| base.clone());
    let limit = tree.real(&limit).unwrap_or(limit);
    let path = base.join(path);
    // A file that is not there is reported by whoever reads it.
    if tree.real(&path).is_none_or(|real| real.starts_with(&limit)) {
        return Some(path);
    }
    let message = format!(
        "`{}` is named by keyward.toml, is outside of its repository and was not read",
        path.display()
    );
    gaps.push(Gap::new(GapKind::OutsideRoot, None, message).path(path.display().to_string()));
    None
}

fn unreadable(what: &str, path: &Path, why: &str) -> Gap {
    let message = format!("cannot read the {what} `{}`: {why}", path.display());
    Gap::new(GapKind::Unreadable, None, message).path(path.display().to_string())
}
