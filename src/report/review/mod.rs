//! What a change does to identities, for people at a terminal, pull requests and programs.

mod human;
mod json;
mod markdown;
mod words;

pub use json::{SCHEMA, VERSION, value};
pub use markdown::{MARKER, markdown};

use super::redact::Redactions;
use super::{HumanOptions, ScanReport, sarif};
use crate::diagnostic::Finding;
use crate::review::Review;
use std::fmt;
use std::str::FromStr;

/// How a review is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReviewFormat {
    #[default]
    Human,
    Markdown,
    Json,
    /// New findings only.
    Sarif,
}

impl ReviewFormat {
    pub const ALL: [ReviewFormat; 4] =
        [ReviewFormat::Human, ReviewFormat::Markdown, ReviewFormat::Json, ReviewFormat::Sarif];

    pub fn name(self) -> &'static str {
        match self {
            ReviewFormat::Human => "human",
            ReviewFormat::Markdown => "markdown",
            ReviewFormat::Json => "json",
            ReviewFormat::Sarif => "sarif",
        }
    }

    /// `head` is the report of the newer revision, in whose files new findings are.
    pub fn render(self, review: &Review, head: &ScanReport<'_>, human: &HumanOptions) -> String {
        match self {
            ReviewFormat::Human => human::render(review, human),
            ReviewFormat::Markdown => markdown(review),
            ReviewFormat::Json => json::render(review),
            ReviewFormat::Sarif => {
                let worse = review.findings.worse.iter().map(|(_, found)| found);
                let shown = review.findings.new.iter().chain(worse).chain(&review.findings.accepted);
                let findings: Vec<Finding> = shown.map(|found| found.finding.clone()).collect();
                sarif::render(&ScanReport { findings: &findings, ..head.clone() })
            }
        }
    }
}

/// Masks the secrets of both revisions in every text.
pub fn scrub(review: &mut Review, base: &ScanReport<'_>, head: &ScanReport<'_>) {
    for redactions in [Redactions::new(base), Redactions::new(head)] {
        review.texts_mut().for_each(|text| redactions.scrub(text));
        let findings = &mut review.findings;
        let all = findings.new.iter_mut().chain(&mut findings.fixed).chain(&mut findings.accepted);
        for found in all.chain(findings.worse.iter_mut().map(|(_, found)| found)) {
            found.finding = redactions.scrub_finding(found.finding.clone());
        }
    }
}

impl fmt::Display for ReviewFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for ReviewFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        ReviewFormat::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| format!("`{text}` is none of human, markdown, json, sarif"))
    }
}
