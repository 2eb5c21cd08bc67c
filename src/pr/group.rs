//! Which findings go into one pull request: those that one team can merge in one go.

use super::marker::Lane;
use super::{Options, hash};
use crate::analysis::Analysis;
use crate::config::GroupBy;
use crate::diagnostic::{Applicability, Finding, Severity, Status};
use crate::report::Scrubber;
use std::collections::BTreeMap;
use std::path::Path;

/// Every branch of ours begins so.
pub const PREFIX: &str = "keyward/";

/// Findings of one owner, one module and one family of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub owner: Option<String>,
    /// Directory below the top of the repository, empty for the top itself.
    pub module: String,
    pub family: String,
    /// What stays the same as long as there is anything of the kind to do.
    pub fingerprint: String,
    pub branch: String,
    pub severity: Severity,
    /// Fingerprints of the findings that a fix can end.
    pub fixable: Vec<String>,
    /// Findings without such a fix.
    pub others: usize,
}

impl Group {
    pub fn lane(&self) -> Lane {
        match self.severity {
            Severity::Critical => Lane::Critical,
            _ => Lane::Usual,
        }
    }

    /// Where it is, for people.
    pub fn place(&self) -> &str {
        if self.module.is_empty() { "the top directory" } else { &self.module }
    }
}

/// Groups of all open findings, the most urgent first. Those without a fix that may be written are among them, since they
/// keep a pull request of theirs alive.
pub fn groups(analysis: &Analysis, scrubber: &Scrubber, options: &Options) -> Vec<Group> {
    let mut by_key: BTreeMap<String, Group> = BTreeMap::new();
    for finding in analysis.findings.iter().filter(|finding| finding.status == Status::Open) {
        let group = single(analysis, finding, options);
        let fixes = is_fixable(finding, scrubber, options.allow);
        let prints = finding.sites.iter().map(|site| site.fingerprint.clone());
        let group = by_key.entry(group.fingerprint.clone()).or_insert(group);
        match fixes {
            true => group.fixable.extend(prints),
            false => group.others += 1,
        }
        if fixes {
            group.severity = group.severity.max(finding.severity);
        }
    }
    let mut groups: Vec<Group> = by_key.into_values().collect();
    for group in &mut groups {
        group.fixable.sort_unstable();
        group.fixable.dedup();
    }
    groups.sort_by(|left, right| {
        let order =
            |group: &Group| (std::cmp::Reverse(group.severity), std::cmp::Reverse(group.fixable.len()));
        order(left)
            .cmp(&order(right))
            .then_with(|| left.module.cmp(&right.module))
            .then_with(|| left.fingerprint.cmp(&right.fingerprint))
    });
    groups
}

/// The group of one finding, as yet without it.
fn single(analysis: &Analysis, finding: &Finding, options: &Options) -> Group {
    let by = |what: GroupBy| options.group_by.contains(&what);
    let file = analysis.sources.get(finding.span().file);
    let module = match by(GroupBy::Module) {
        true => below(&options.scope, file.dir()),
        false => String::new(),
    };
    let owner = by(GroupBy::Owner).then(|| owner(analysis, finding, &file.absolute)).flatten();
    let family = match by(GroupBy::Rule) {
        true => finding.rule,
        false if by(GroupBy::Family) => finding.category,
        false => "identities",
    };
    let fingerprint =
        hash(&["group", &options.base, owner.as_deref().unwrap_or_default(), &module, family], 12);
    let branch = format!("{PREFIX}{}-{fingerprint}", slug(family, &module));
    Group {
        owner,
        module,
        family: family.to_owned(),
        fingerprint,
        branch,
        severity: Severity::Info,
        fixable: Vec::new(),
        others: 0,
    }
}

/// Who answers for it: whom the code names, else whom CODEOWNERS does.
fn owner(analysis: &Analysis, finding: &Finding, file: &Path) -> Option<String> {
    if let Some(owner) = &finding.owner {
        return Some(owner.clone());
    }
    let owners = analysis.codeowners.as_ref()?.owners_of_file(file);
    let names: Vec<&str> = owners.iter().map(|owner| owner.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// Whether a fix may be written that writes no secret anywhere.
fn is_fixable(finding: &Finding, scrubber: &Scrubber, allow: Applicability) -> bool {
    finding.fixes.iter().any(|fix| {
        fix.applicability <= allow
            && fix.applicability != Applicability::Manual
            && !fix.edits.is_empty()
            && fix.edits.iter().all(|edit| !scrubber.leaks(&edit.text))
    })
}

/// A path below the scanned directory as one below the top of the repository.
pub fn below(scope: &str, path: &str) -> String {
    match (scope.is_empty(), path.is_empty()) {
        (true, _) => path.to_owned(),
        (_, true) => scope.to_owned(),
        _ => format!("{scope}/{path}"),
    }
}

/// A few letters that tell people what a branch is about.
pub fn slug(family: &str, module: &str) -> String {
    const MAX: usize = 40;
    let name = module.rsplit('/').next().unwrap_or_default();
    let text = format!("{family}-{name}");
    let mut out = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        if c != '-' || !(out.is_empty() || out.ends_with('-')) {
            out.push(c);
        }
        if out.len() == MAX {
            break;
        }
    }
    out.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_names_of_branches() {
        assert_eq!(slug("trust", "modules/ci"), "trust-ci");
        assert_eq!(slug("trust", ""), "trust");
        assert_eq!(slug("static-credential", "a/..weird name.lock"), "static-credential-weird-name-lock");
        assert!(slug("privilege", &"x".repeat(300)).len() <= 40);
    }

    #[test]
    fn paths_are_below_the_top() {
        assert_eq!(below("", "a/b"), "a/b");
        assert_eq!(below("live", ""), "live");
        assert_eq!(below("live", "a"), "live/a");
    }
}
