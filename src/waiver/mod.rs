//! Findings that somebody accepts until a date: in a comment beside the code, or in `keyward.toml`. A waiver says
//! which rules, why and until when. One that has ended, says too little or covers nothing is a finding itself.

mod apply;
mod coverage;
mod directive;
mod foreign;
mod inline;
mod problem;

pub use apply::{Known, apply};
pub use coverage::Coverage;
pub use foreign::{ForeignSkip, Tool, foreign, may_have_foreign};
pub use problem::{Problem, ProblemKind};

use crate::config::{self, AddressGlob, Config};
use crate::diagnostic::{Edit, Finding};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::Parsed;
use jiff::civil::Date;

/// An accepted finding.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Names, codes, prefixes of codes or categories.
    pub rules: Vec<String>,
    pub reason: Option<String>,
    pub owner: Option<String>,
    pub until: Option<Date>,
    pub ticket: Option<String>,
    /// What makes the risk bearable meanwhile.
    pub control: Option<String>,
    pub scope: Scope,
    /// The comment, or the entry of `keyward.toml`.
    pub span: Span,
    /// Takes it away; none for entries of `keyward.toml`.
    pub removal: Option<Edit>,
}

/// What a waiver covers.
#[derive(Clone, Debug)]
pub enum Scope {
    /// What begins in these bytes, and the resources that are declared in them.
    Code(Span),
    /// Resources by address.
    Address(AddressGlob),
}

/// All waivers, and what is wrong with those that cannot be read.
#[derive(Debug, Default)]
pub struct Waivers {
    pub all: Vec<Waiver>,
    pub problems: Vec<Problem>,
}

/// Reads the waivers in comments and in the configuration, of which `config_file` is the file if it is part of
/// the analysis.
pub fn collect(
    sources: &SourceMap,
    parsed: &[Parsed],
    config: &Config,
    config_file: Option<FileId>,
) -> Waivers {
    let mut waivers = Waivers::default();
    for (file, parsed) in sources.iter().zip(parsed) {
        inline::read(file, parsed, &mut waivers);
    }
    waivers.all.extend(config.waivers.iter().map(|entry| configured(entry, config_file)));
    waivers
}

/// Whether a comment anywhere is a waiver, or means to be one.
pub fn are_any(sources: &SourceMap, parsed: &[Parsed]) -> bool {
    let mut waivers = Waivers::default();
    sources.iter().zip(parsed).any(|(file, parsed)| {
        inline::read(file, parsed, &mut waivers);
        !waivers.all.is_empty() || !waivers.problems.is_empty()
    })
}

fn configured(entry: &config::Waiver, file: Option<FileId>) -> Waiver {
    let text = |value: &Option<config::Spanned<String>>| value.as_ref().map(|it| it.get_ref().clone());
    Waiver {
        rules: entry.rules.iter().map(|rule| rule.get_ref().clone()).collect(),
        reason: text(&entry.reason),
        owner: text(&entry.owner),
        until: entry.until.as_ref().map(|it| *it.get_ref()),
        ticket: text(&entry.ticket),
        control: text(&entry.control),
        scope: Scope::Address(entry.resource.get_ref().clone()),
        span: file.map_or(Span::NOWHERE, |file| Span::new(file, entry.span.start, entry.span.end)),
        removal: None,
    }
}

impl Waiver {
    /// What it accepts, as written: `missing-expiry, KW1`.
    pub fn listed(&self) -> String {
        self.rules.join(", ")
    }

    /// It is about the rule of a finding.
    pub fn names(&self, finding: &Finding) -> bool {
        let rules = self.rules.iter();
        rules.into_iter().any(|rule| config::selects(rule, finding.rule, finding.code, finding.category))
    }

    /// It is over. It still holds on its last day.
    pub fn has_ended(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// Why somebody accepts it, in one line.
    pub fn why(&self) -> String {
        let reason = self.reason.clone().unwrap_or_else(|| "no reason given".to_owned());
        let more = [("", &self.ticket), ("owner ", &self.owner), ("meanwhile ", &self.control)];
        let more = more.into_iter().filter_map(|(name, text)| Some(format!("{name}{}", text.as_ref()?)));
        more.fold(reason, |all, part| format!("{all}; {part}"))
    }
}
