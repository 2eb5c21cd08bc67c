use crate::diagnostic::{Confidence, Persona, Severity};

/// What a rule offers beside the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixKind {
    /// At least one fix that changes no access.
    Safe,
    /// Fixes that need consent.
    Unsafe,
    /// Advice or a scaffold.
    Manual,
    None,
}

impl FixKind {
    pub fn name(self) -> &'static str {
        match self {
            FixKind::Safe => "safe",
            FixKind::Unsafe => "unsafe",
            FixKind::Manual => "manual",
            FixKind::None => "none",
        }
    }
}

/// Everything that can be said about a rule without running it. Docs page, `explain`, SARIF and hover text
/// are all made from this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// `KW101`; never reused.
    pub code: &'static str,
    /// `long-lived-static-credential`: what users select, ignore and waive.
    pub name: &'static str,
    /// One sentence without a full stop.
    pub summary: &'static str,
    /// Markdown.
    pub docs: &'static str,
    /// Before context moves it.
    pub severity: Severity,
    pub confidence: Confidence,
    pub persona: Persona,
    pub fix: FixKind,
    pub category: &'static str,
    /// OWASP NHI Top 10 2025: `NHI7`.
    pub nhi: &'static [&'static str],
    /// NIST CSF 2.0: `PR.AA-01`.
    pub csf: &'static [&'static str],
    /// CIS benchmark and control: `AWS5:1.13`.
    pub cis: &'static [&'static str],
    /// Where the rule is declared.
    pub file: &'static str,
    pub line: u32,
}

/// The examples in a rule's docs: `bad` or `good`, and the code.
pub fn examples(docs: &str) -> Vec<(String, String)> {
    fences(docs, |fence| fence.strip_prefix("hcl,"))
}

/// Files that the examples of a rule's docs need, from fences such as ```` ```toml,keyward.toml ````: name
/// and text.
pub fn example_files(docs: &str) -> Vec<(String, String)> {
    fences(docs, |fence| fence.split_once(',').map(|(_, name)| name).filter(|name| name.contains('.')))
}

/// Fenced texts of which `name` makes a name out of what follows the backticks.
fn fences(docs: &str, name: impl Fn(&str) -> Option<&str>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in docs.lines() {
        // Doc comments start with one space.
        let line = line.strip_prefix(' ').unwrap_or(line);
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, Some(fence)) => open = name(fence).map(|name| (name.trim().to_string(), String::new())),
            (None, None) => {}
        }
    }
    found
}
