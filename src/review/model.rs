//! What a review says, as plain data: nothing in it leads back to an analysis.

use crate::diagnostic::{Finding, Severity};
use std::fmt;

/// What a change does to identities.
#[derive(Clone, Debug, Default)]
pub struct Review {
    pub base: Side,
    pub head: Side,
    /// Worst first.
    pub changes: Vec<Change>,
    pub findings: Findings,
    /// What a reader has to know before trusting the rest: changed configuration, for instance.
    pub notes: Vec<String>,
    /// Things that are the same and only have another address or root module.
    pub moved: usize,
    /// Gaps that only the head has, as sentences with a place.
    pub new_gaps: Vec<String>,
    /// From which severity on a new finding fails the run.
    pub fail_on: Option<Severity>,
}

/// One of the two revisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// As it was asked for: `main`, `HEAD`, `the work tree`.
    pub name: String,
    /// The commit; none for the work tree.
    pub commit: Option<String>,
    pub files: usize,
    pub identities: usize,
    pub credentials: usize,
    pub gaps: usize,
}

/// What happened to one identity, credential, workload or way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub subject: Subject,
    pub how: How,
    /// How much a reviewer should care.
    pub weight: Severity,
    pub address: String,
    /// Directory of the root module, `.` for the scanned directory.
    pub root: String,
    /// The resource type in a few words, empty where the address says it.
    pub kind: String,
    pub place: Option<Place>,
    /// Worst first.
    pub details: Vec<Detail>,
    /// Others of which exactly the same is true: instances of the block, or the same in other root modules.
    pub also: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: String,
    pub line: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A way to escalate.
    Way,
    Identity,
    Credential,
    /// A workload that can be reached from the internet.
    Exposure,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    Added,
    Changed,
    Removed,
    /// It has another address, and Terraform takes it for another one.
    Renamed,
}

/// One thing that was gained or lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    pub aspect: Aspect,
    pub sign: Sign,
    pub weight: Severity,
    /// A few words, without the subject: "write access: s3 (4 actions)".
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aspect {
    Privilege,
    /// Effective permissions.
    Permission,
    /// Roles of clouds other than AWS.
    Grant,
    Trust,
    Owner,
    Credential,
    Workload,
    Place,
    Expiry,
    State,
    Way,
    Exposure,
    Name,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    Gained,
    Lost,
    /// One for another.
    Changed,
    /// It was and is so.
    Fact,
}

/// How the findings of the two revisions compare.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Worst first, with the places that are new. Spans are of the head.
    pub new: Vec<Found>,
    /// The same with a higher severity than before.
    pub worse: Vec<(Severity, Found)>,
    pub fixed: Vec<Found>,
    /// New, and accepted by a waiver or a baseline of the head.
    pub accepted: Vec<Found>,
    pub unchanged: usize,
}

/// A finding in words, and where it is.
#[derive(Clone, Debug)]
pub struct Found {
    pub finding: Finding,
    pub place: Option<Place>,
}

impl Subject {
    pub fn name(self) -> &'static str {
        match self {
            Subject::Way => "way",
            Subject::Identity => "identity",
            Subject::Credential => "credential",
            Subject::Exposure => "exposure",
        }
    }
}

impl How {
    pub fn name(self) -> &'static str {
        match self {
            How::Added => "added",
            How::Changed => "changed",
            How::Removed => "removed",
            How::Renamed => "renamed",
        }
    }
}

impl Aspect {
    pub fn name(self) -> &'static str {
        match self {
            Aspect::Privilege => "privilege",
            Aspect::Permission => "permission",
            Aspect::Grant => "grant",
            Aspect::Trust => "trust",
            Aspect::Owner => "owner",
            Aspect::Credential => "credential",
            Aspect::Workload => "workload",
            Aspect::Place => "place",
            Aspect::Expiry => "expiry",
            Aspect::State => "state",
            Aspect::Way => "way",
            Aspect::Exposure => "exposure",
            Aspect::Name => "name",
        }
    }
}

impl Sign {
    pub fn name(self) -> &'static str {
        match self {
            Sign::Gained => "gained",
            Sign::Lost => "lost",
            Sign::Changed => "changed",
            Sign::Fact => "fact",
        }
    }

    /// What stands before it in a list.
    pub fn mark(self) -> char {
        match self {
            Sign::Gained => '+',
            Sign::Lost => '-',
            Sign::Changed => '~',
            Sign::Fact => '·',
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Detail {
    pub fn new(aspect: Aspect, sign: Sign, weight: Severity, text: impl Into<String>) -> Self {
        Detail { aspect, sign, weight, text: text.into() }
    }
}

impl Review {
    /// Nothing about identities is different.
    pub fn is_empty(&self) -> bool {
        let findings = &self.findings;
        self.changes.is_empty()
            && findings.new.is_empty()
            && findings.worse.is_empty()
            && findings.fixed.is_empty()
            && findings.accepted.is_empty()
    }

    /// Whether the run fails: a new finding, or one that became worse, at or above `fail_on`.
    pub fn fails(&self) -> bool {
        let Some(limit) = self.fail_on else { return false };
        let worse = self.findings.worse.iter().filter(|(before, _)| *before < limit).map(|(_, found)| found);
        self.findings.new.iter().chain(worse).any(|found| found.finding.severity >= limit)
    }

    /// Every text that may quote code, so that secrets can be masked in all of them.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let of_changes = self.changes.iter_mut().flat_map(|change| {
            let details = change.details.iter_mut().map(|detail| &mut detail.text);
            std::iter::once(&mut change.address).chain(&mut change.also).chain(details)
        });
        of_changes.chain(&mut self.notes).chain(&mut self.new_gaps)
    }

    /// How many subjects of a kind were changed in a way, with those that are told together.
    pub fn count(&self, subject: Subject, how: How) -> usize {
        let of = self.changes.iter().filter(|change| change.subject == subject && change.how == how);
        of.map(|change| 1 + change.also.len()).sum()
    }

    /// How many changed identities and credentials have a detail of an aspect.
    pub fn count_details(&self, aspect: Aspect, sign: Sign) -> usize {
        let has = |change: &&Change| {
            change.details.iter().any(|detail| detail.aspect == aspect && detail.sign == sign)
        };
        let of = self.changes.iter().filter(|change| change.how == How::Changed).filter(has);
        of.map(|change| 1 + change.also.len()).sum()
    }
}
