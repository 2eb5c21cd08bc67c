//! Findings as pull requests: small, each of one owner, and opened once.
//!
//! ```text
//! analysis ──▶ groups ─┐
//!                      ├──▶ plan ──▶ actions ──▶ forge
//! forge ──▶ observed ──┘
//! ```
//!
//! What is wanted and what is there are compared by [`plan`], which neither reads nor writes. Each action can be done
//! again: a run that was killed at any request is finished by the next one. That only one run can make a branch is what
//! keeps two runs apart.

mod about;
mod act;
mod body;
mod dashboard;
mod effects;
mod group;
mod marker;
mod observe;
mod plan;
mod proposal;
mod remote;
mod run;
mod show;
mod words;

pub use about::{About, Findings};
pub use group::{Group, PREFIX, below, groups, slug};
pub use marker::{Lane, Marker, Stage, trailers};
pub use plan::{Action, Blind, Head, Line, Origin, Plan, Standing, plan};
pub use proposal::Workshop;
pub use run::{Report, Run, Trouble, run};
pub use show::standings;
pub use words::EXCHANGE;

use crate::config::{Draft, GroupBy, PullRequests};
use crate::diagnostic::Applicability;
use crate::forge::Issue;
use jiff::civil::Date;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// The label that every pull request of ours and the dashboard have.
pub const LABEL: &str = "keyward";

/// How pull requests are made.
#[derive(Clone, Debug)]
pub struct Options {
    /// How branches of theirs begin.
    pub prefix: &'static str,
    /// The branch that they are for.
    pub base: String,
    /// The scanned directory below the top of the repository, empty for all of it.
    pub scope: String,
    pub allow: Applicability,
    pub group_by: Vec<GroupBy>,
    /// How many may be open at once, in each lane.
    pub max_open: usize,
    /// How many one run opens, in each lane.
    pub max_per_run: usize,
    pub suppress_days: i64,
    /// Beside [`LABEL`].
    pub labels: Vec<String>,
    pub draft: Draft,
    /// Beside the owners.
    pub reviewers: Vec<String>,
    pub ask_owners: bool,
    pub dashboard: bool,
    /// Follow the base whenever it moves, and not only when the changed files do.
    pub always_follow: bool,
    /// Let GitHub sign commits that are made with a token.
    pub sign: bool,
}

impl Options {
    /// What `[pr]` says, for a branch and a directory.
    pub fn new(config: &PullRequests, base: &str, scope: &str) -> Self {
        let plain =
            |list: &[crate::config::Spanned<String>]| list.iter().map(|it| it.get_ref().clone()).collect();
        Options {
            prefix: PREFIX,
            base: base.to_owned(),
            scope: scope.to_owned(),
            allow: if config.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe },
            group_by: config.group_by.clone(),
            max_open: config.max_open,
            max_per_run: config.max_per_run,
            suppress_days: config.suppress_days,
            labels: plain(&config.labels),
            draft: config.draft,
            reviewers: plain(&config.reviewers),
            ask_owners: config.ask_owners,
            dashboard: config.dashboard,
            always_follow: config.always_follow,
            sign: config.sign,
        }
    }

    fn all_labels(&self) -> Vec<String> {
        let mut labels = vec![LABEL.to_owned()];
        labels.extend(self.labels.iter().filter(|label| *label != LABEL).cloned());
        labels
    }
}

/// A changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Below the top of the repository.
    pub path: String,
    pub mode: String,
    pub after: Vec<u8>,
}

/// A group with everything that its pull request is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub group: Group,
    pub title: String,
    /// Without the marker.
    pub text: String,
    /// Of the commit.
    pub message: String,
    pub files: Vec<Changed>,
    /// What the changed files are.
    pub content: String,
    pub draft: bool,
    pub people: Vec<String>,
    pub teams: Vec<String>,
    /// For people: no secret can be read in it.
    pub diff: String,
}

/// The commit that pull requests are made for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    pub branch: String,
    pub sha: String,
    pub tree: String,
}

/// A pull request of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    pub number: u64,
    pub branch: String,
    pub body: String,
    pub marker: Marker,
    pub merged: bool,
    pub closed: Option<Date>,
    pub draft: bool,
}

/// What is there.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    pub base: Base,
    pub open: Vec<Ours>,
    /// Closed ones by branch, the latest first.
    pub past: HashMap<String, Vec<Ours>>,
    /// Branches of ours and what they point to.
    pub heads: BTreeMap<String, Head>,
    /// Issues with our label and the marker of the dashboard, the oldest first.
    pub dashboards: Vec<Issue>,
}

/// The first digits of a hash over parts that cannot run into each other.
pub fn hash(parts: &[&str], digits: usize) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let hex: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    hex[..digits.min(hex.len())].to_owned()
}

/// The id that git gives to a file.
pub fn blob_id(bytes: &[u8]) -> String {
    let mut hasher = Sha1::new();
    hasher.update(format!("blob {}\0", bytes.len()));
    hasher.update(bytes);
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a set of changed files comes to, whatever commit it is on: path, mode and id of each.
fn content<'a>(files: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> String {
    let mut lines: Vec<String> = files.map(|(path, mode, id)| format!("{path}\0{mode}\0{id}")).collect();
    lines.sort_unstable();
    hash(&lines.iter().map(String::as_str).collect::<Vec<_>>(), 16)
}

#[cfg(test)]
mod tests;
