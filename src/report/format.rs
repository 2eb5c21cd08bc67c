use super::{HumanOptions, ScanReport};
use std::fmt;
use std::str::FromStr;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    Human,
    Concise,
    Json,
    Sarif,
    Github,
    Gitlab,
    Junit,
    Markdown,
}

impl Format {
    pub const ALL: [Format; 8] = [
        Format::Human,
        Format::Concise,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Markdown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Format::Human => "human",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
            Format::Markdown => "markdown",
        }
    }

    /// `human` is looked at only by the human format.
    pub fn render(self, report: &ScanReport<'_>, human: &HumanOptions) -> String {
        match self {
            Format::Human => super::human::render(report, human),
            Format::Concise => super::concise::render(report),
            Format::Json => super::json::render(report),
            Format::Sarif => super::sarif::render(report),
            Format::Github => super::github::render(report),
            Format::Gitlab => super::gitlab::render(report),
            Format::Junit => super::junit::render(report),
            Format::Markdown => super::markdown::render(report),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Format::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| format!("`{text}` is none of {}", Format::ALL.map(Format::name).join(", ")))
    }
}
