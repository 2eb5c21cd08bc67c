//! Invariants that say nothing about the code at hand: a gap each, since silence would pass for "holds".

use super::Settings;
use super::waived::config_file;
use crate::config::CONFIG_NAME;
use crate::diagnostic::{Gap, GapKind};
use crate::identity::Estate;
use crate::query::{self, Permission};
use crate::source::{SourceMap, Span};
use std::ops::Range;

pub(super) fn gaps(settings: &Settings, sources: &SourceMap, estate: &Estate) -> Vec<Gap> {
    let mut found = Vec::new();
    for invariant in &settings.config.invariants {
        let name = invariant.name.get_ref();
        let mut add = |at: Range<usize>, message: String, help: &str| {
            found.push(placed(settings, sources, at, message).help(help));
        };
        if !invariant.from.iter().any(|from| query::is_identity(estate, from.get_ref())) {
            let at = invariant.from.first().map_or(invariant.span.clone(), |from| from.span());
            let message = format!("invariant `{name}` is about nobody here, so that nothing was checked");
            add(at, message, "correct its `from`: `keyward inventory` lists the addresses");
        }
        for permission in &invariant.cannot {
            if let Err(reason) = Permission::read(permission.get_ref()) {
                let message = format!("invariant `{name}` was not checked in full: {reason}");
                add(permission.span(), message, "name one permission, as in `keyward query --help`");
            }
        }
        let gone = invariant.on.iter().filter(|on| !query::is_resource(estate, on.get_ref().as_str()));
        for on in gone {
            let message = format!("invariant `{name}` is limited to `{}`, which is not here", on.get_ref());
            add(on.span(), message, "correct its `on`");
        }
    }
    found
}

/// A gap at characters of `keyward.toml`, by line where the file is not part of the scan.
fn placed(settings: &Settings, sources: &SourceMap, at: Range<usize>, message: String) -> Gap {
    if let Some(file) = config_file(sources, settings) {
        return Gap::new(GapKind::Evaluation, Some(Span::new(file, at.start, at.end)), message);
    }
    let path = settings.config_dir.as_ref().map(|dir| dir.join(CONFIG_NAME));
    let text = path.as_ref().and_then(|path| sources.read(path).ok());
    let line = text.map(|text| text.iter().take(at.start).filter(|byte| **byte == b'\n').count() + 1);
    let shown = path.map_or_else(|| CONFIG_NAME.to_string(), |path| sources.display_path(&path));
    let place = line.map_or_else(|| shown.clone(), |line| format!("{shown}:{line}"));
    Gap::new(GapKind::Evaluation, None, message).path(place)
}
