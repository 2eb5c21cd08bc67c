//! Findings as diagnostics: at the characters that cause them, with the way that leads there.

use super::client::Client;
use super::configuration::Wishes;
use super::places::Places;
use crate::diagnostic::{Finding, Gap, Label, Severity};
use crate::report::{Scrubber, rule_url};
use crate::source::{FileId, Span};
use serde_json::{Value, json};

/// How findings are told.
pub(super) struct Telling<'a> {
    pub places: &'a Places<'a>,
    pub client: &'a Client,
    pub wishes: &'a Wishes,
    pub scrubber: &'a Scrubber,
}

/// Something to tell.
#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    Finding(&'a Finding),
    Gap(&'a Gap),
}

impl What<'_> {
    pub fn tell(&self, telling: &Telling<'_>) -> Value {
        match self {
            What::Finding(finding) => telling.finding(finding),
            What::Gap(gap) => telling.gap(gap),
        }
    }

    /// Files that it speaks of.
    pub fn files(&self) -> Vec<FileId> {
        match self {
            What::Finding(finding) => {
                let labels = finding.related.iter().chain(&finding.route).map(|label| label.span.file);
                finding.sites.iter().map(|site| site.span.file).chain(labels).collect()
            }
            What::Gap(gap) => gap.span.iter().map(|span| span.file).collect(),
        }
    }

    /// Whether what it says has something in it that is to be hidden.
    pub fn leaks(&self, scrubber: &Scrubber) -> bool {
        match self {
            What::Finding(finding) => {
                let labels = finding.related.iter().chain(&finding.route).map(|label| &label.text);
                let texts = [&finding.message].into_iter().chain(&finding.help).chain(labels);
                let mut texts = texts.chain(finding.sites.iter().map(|site| &site.address));
                texts.any(|text| scrubber.leaks(text))
            }
            What::Gap(gap) => scrubber.leaks(&gap.message),
        }
    }
}

impl Telling<'_> {
    fn finding(&self, finding: &Finding) -> Value {
        let mut message = self.scrubber.clean(&finding.message);
        if let Some(help) = &finding.help {
            message.push_str("\nhelp: ");
            message.push_str(&self.scrubber.clean(help));
        }
        let mut item = json!({
            "range": self.range(finding.span()),
            "severity": severity(finding.severity),
            "code": finding.rule,
            "source": "keyward",
            "message": message,
            "data": { "fingerprint": finding.primary().fingerprint, "code": finding.code },
        });
        if let Some(page) = page(finding.rule, self.wishes).filter(|_| self.client.code_description) {
            item["codeDescription"] = json!({ "href": page });
        }
        if let Some(tag) = tag(finding.rule).filter(|_| self.client.tags) {
            item["tags"] = json!([tag]);
        }
        if self.client.related {
            item["relatedInformation"] = self.related(finding).into();
        }
        item
    }

    fn range(&self, span: Span) -> Value {
        let file = self.places.sources.get(span.file);
        json!(self.places.range(file, span))
    }

    /// The route first, since it leads to the place; then what explains it; then the same at other places.
    fn related(&self, finding: &Finding) -> Vec<Value> {
        let one = |span: Span, text: &str| {
            let location = self.places.location(span)?;
            Some(json!({ "location": location, "message": self.scrubber.clean(text) }))
        };
        let labels = finding.route.iter().chain(&finding.related);
        let labels = labels.filter_map(|label: &Label| one(label.span, &label.text));
        let elsewhere = finding.more_sites().iter().filter(|site| site.span != finding.span());
        let elsewhere = elsewhere.filter_map(|site| one(site.span, &format!("the same at {}", site.address)));
        labels.chain(elsewhere).collect()
    }

    fn gap(&self, gap: &Gap) -> Value {
        json!({
            "range": gap.span.map(|span| self.range(span)),
            "severity": HINT,
            "code": gap.kind.name(),
            "source": "keyward",
            "message": format!("not analysed: {}", self.scrubber.clean(&gap.message)),
        })
    }
}

pub(super) const ERROR: u8 = 1;
const WARNING: u8 = 2;
const INFORMATION: u8 = 3;
const HINT: u8 = 4;

fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Critical | Severity::High => ERROR,
        Severity::Medium => WARNING,
        Severity::Low => INFORMATION,
        Severity::Info => HINT,
    }
}

/// What has no use is faded, and what a platform has given up is struck out. The numbers are the protocol's.
fn tag(rule: &str) -> Option<u8> {
    match rule {
        "waiver-unused" | "orphaned-identity" => Some(1),
        "k8s-legacy-sa-token" => Some(2),
        _ => None,
    }
}

pub(super) fn page(rule: &str, wishes: &Wishes) -> Option<String> {
    match &wishes.rule_pages {
        Some(pages) => Some(pages.replace("{rule}", rule)),
        None => rule_url(rule),
    }
}
