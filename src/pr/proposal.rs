//! From a group to a pull request: its fixes applied and verified, and everything that is said about them.

use super::group::below;
use super::marker::trailers;
use super::{Changed, Group, Options, Proposal, blob_id, body, content, effects, words};
use crate::analysis::{Analysis, Settings};
use crate::config::Draft;
use crate::diagnostic::Applicability;
use crate::fix::{self, Change, Outcome};
use crate::report::Scrubber;
use crate::source::Tree;
use jiff::civil::Date;
use std::collections::{BTreeSet, HashSet};

/// What proposals are made from.
pub struct Workshop<'a> {
    pub tree: &'a Tree,
    pub settings: &'a Settings,
    pub analysis: &'a Analysis,
    pub scrubber: &'a Scrubber,
    pub options: &'a Options,
    pub today: Date,
    /// The mode of a file, by its path below the top.
    pub mode: &'a dyn Fn(&str) -> String,
}

impl std::fmt::Debug for Workshop<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Workshop").field("options", self.options).finish_non_exhaustive()
    }
}

impl Workshop<'_> {
    /// The group as a pull request; `None` when nothing of it can be mended and verified.
    pub fn propose(&self, group: &Group) -> Option<Proposal> {
        let wanted: HashSet<&str> = group.fixable.iter().map(String::as_str).collect();
        let allow = self.options.allow;
        let takes = |finding: &crate::diagnostic::Finding| {
            finding.sites.iter().any(|site| wanted.contains(site.fingerprint.as_str()))
                && !finding
                    .fixes
                    .iter()
                    .flat_map(|fix| &fix.edits)
                    .any(|edit| self.scrubber.leaks(&edit.text))
        };
        let outcome = fix::repair(self.analysis, self.tree, self.settings, self.today, allow, &takes).ok()?;
        if outcome.changes.is_empty() {
            return None;
        }
        let (files, content) = self.files(&outcome.changes);
        Some(self.described(group, &outcome, files, content))
    }

    /// What is to be committed, and what it comes to.
    pub fn files(&self, changes: &[Change]) -> (Vec<Changed>, String) {
        let changed = changes.iter().map(|change| {
            let path = below(&self.options.scope, &change.path);
            Changed { mode: (self.mode)(&path), path, after: change.after.to_vec() }
        });
        let files: Vec<Changed> = changed.collect();
        let ids: Vec<String> = files.iter().map(|file| blob_id(&file.after)).collect();
        let each =
            files.iter().zip(&ids).map(|(file, id)| (file.path.as_str(), file.mode.as_str(), id.as_str()));
        let content = content(each);
        (files, content)
    }

    fn described(&self, group: &Group, outcome: &Outcome, files: Vec<Changed>, content: String) -> Proposal {
        let risky = outcome.applied.iter().any(|fix| fix.applicability > Applicability::Safe);
        let draft = match self.options.draft {
            Draft::Always => true,
            Draft::Unsafe => risky,
            Draft::Never => false,
        };
        let title = self.scrubber.clean(&title(group, outcome));
        let effects = effects::effects(self.analysis, outcome, group);
        let text = body::text(self, group, outcome, &effects);
        let (people, teams) = self.reviewers(group, &files);
        let fixes: Vec<String> =
            outcome.applied.iter().map(|fix| format!("- {}: {}", fix.address, fix.title)).collect();
        let fixes = unique(fixes).join("\n");
        let message = format!(
            "{title}\n\n{}.\n\n{fixes}\n\n{}",
            words::why(&group.family),
            trailers(&group.fingerprint, &content, &self.options.base)
        );
        let diff = outcome.diff(self.analysis);
        Proposal {
            group: group.clone(),
            title,
            text: self.scrubber.clean(&text),
            message: self.scrubber.clean(&message),
            files,
            content,
            draft,
            people,
            teams,
            diff,
        }
    }

    /// People and teams to ask: those that own the files, the owner of the identities, and those of the configuration.
    pub fn reviewers(&self, group: &Group, files: &[Changed]) -> (Vec<String>, Vec<String>) {
        let mut names: BTreeSet<String> = self.options.reviewers.iter().cloned().collect();
        if self.options.ask_owners {
            if let Some(codeowners) = &self.analysis.codeowners {
                let owners = files.iter().flat_map(|file| codeowners.owners_of(&file.path));
                names.extend(owners.map(|owner| owner.name));
            }
            names.extend(group.owner.iter().flat_map(|owner| owner.split_whitespace()).map(str::to_owned));
        }
        let handles = names.iter().filter_map(|name| name.strip_prefix('@')).filter(|name| is_handle(name));
        let (teams, people): (Vec<_>, Vec<_>) =
            handles.map(str::to_owned).partition(|name| name.contains('/'));
        (people, teams)
    }
}

fn is_handle(name: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/' | b'.');
    !name.is_empty() && name.len() <= 140 && name.bytes().all(fine) && name.matches('/').count() <= 1
}

/// What is done and where, in as many words as fit: the one fix by its name, several by what they are about.
fn title(group: &Group, outcome: &Outcome) -> String {
    const MAX: usize = 72;
    let last = group.module.rsplit('/').next().unwrap_or_default();
    let done: BTreeSet<&str> = outcome.applied.iter().map(|fix| fix.title.as_str()).collect();
    let only = done.first().copied().filter(|_| done.len() == 1);
    let about = words::title(&group.family);
    let texts = only.into_iter().chain([about]).flat_map(|what| {
        let places = [group.module.as_str(), last].into_iter().filter(|place| !place.is_empty());
        places.map(move |place| format!("{what} in {place}")).chain([what.to_owned()])
    });
    let fits = |text: &String| text.chars().count() <= MAX;
    let title = texts.into_iter().find(fits).unwrap_or_else(|| about.to_owned());
    title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn unique(mut lines: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    lines
}
