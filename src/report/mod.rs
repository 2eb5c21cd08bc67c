//! One file per output format. Each is a pure function of a [`ScanReport`].
//!
//! No format prints source text except the human one, and that masks every place marked as secret by any
//! finding. Free text is scrubbed of the same secrets before a format sees it.

pub mod card;
pub mod concise;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod human;
pub mod inventory;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod review;
pub mod rule_page;
pub mod sarif;

mod format;
mod place;
mod redact;
mod scaffold;
mod summary;
mod text;

#[cfg(test)]
mod testing;

pub use crate::diagnostic::{Hidden, Stats};
pub use format::Format;
pub use human::HumanOptions;
pub use redact::{MASK, Scrubber};
pub use text::{count, one_line};

use crate::diagnostic::{Applicability, Finding, Gap, Severity, Status};
use crate::rules::RuleInfo;
use crate::source::{SourceMap, Span};

/// Where the project lives, from `Cargo.toml`; empty as long as it has no public home.
pub const PROJECT_URL: &str = env!("CARGO_PKG_REPOSITORY");

/// What a scan found, ready to be shown.
#[derive(Clone, Debug)]
pub struct ScanReport<'a> {
    pub sources: &'a SourceMap,
    /// Sorted by the caller. Waived and baselined ones may be among them: the structured formats show them
    /// as such, the others leave them out.
    pub findings: &'a [Finding],
    pub gaps: &'a [Gap],
    pub rules: &'a [&'static RuleInfo],
    /// Secrets known beside those of the findings: of rules that were not selected, for example.
    pub redactions: &'a [Span],
    pub stats: Stats,
    pub hidden: Hidden,
    /// `2026-11-22`
    pub today: String,
    pub fail_on: Option<Severity>,
}

impl ScanReport<'_> {
    /// Findings that count.
    pub fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status == Status::Open)
    }

    /// Whether the run fails: an open finding at or above `fail_on`.
    pub fn fails(&self) -> bool {
        self.fail_on.is_some_and(|limit| self.open().any(|finding| finding.severity >= limit))
    }

    fn rule(&self, name: &str) -> Option<&'static RuleInfo> {
        self.rules.iter().copied().find(|rule| rule.name == name)
    }
}

/// The mildest leave under which a finding can be fixed by an edit; `None` when it needs a person.
fn fixable(finding: &Finding) -> Option<Applicability> {
    let writable = finding
        .fixes
        .iter()
        .filter(|fix| fix.applicability != Applicability::Manual && !fix.edits.is_empty());
    writable.map(|fix| fix.applicability).min()
}

/// Page of a rule on the web, once there is one.
pub fn rule_url(name: &str) -> Option<String> {
    (!PROJECT_URL.is_empty()).then(|| format!("{PROJECT_URL}/blob/main/docs/rules/{name}.md"))
}
