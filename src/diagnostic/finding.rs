use super::{Confidence, Fix, Persona, Severity};
use crate::source::Span;
use sha2::{Digest, Sha256};

/// A highlighted place with a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

impl Label {
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Label { span, text: text.into() }
    }
}

/// One place where the finding holds. Instances of one block share a span and differ in address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Resource address (`module.app["eu"].aws_iam_role.ci`), or file path where there is none.
    pub address: String,
    /// Attribute or block path inside the resource, empty for the resource itself.
    pub attribute: String,
    pub span: Span,
    /// What tells it from a site with the same address elsewhere, such as the directory of the root module.
    place: Option<String>,
    /// Stable over line moves and message changes: rule + place + address + attribute.
    pub fingerprint: String,
}

impl Site {
    pub fn new(rule: &str, address: impl Into<String>, attribute: impl Into<String>, span: Span) -> Self {
        let (address, attribute) = (address.into(), attribute.into());
        let fingerprint = fingerprint(rule, &address, &attribute);
        Site { address, attribute, span, place: None, fingerprint }
    }

    /// Addresses repeat between root modules; fingerprints must not.
    pub fn qualify(&mut self, rule: &str, place: String) {
        self.place = Some(place);
        self.fingerprint = self.fingerprint_at(rule, &self.address);
    }

    /// The fingerprint that it would have at another address of its root module.
    pub fn fingerprint_at(&self, rule: &str, address: &str) -> String {
        let within = fingerprint(rule, address, &self.attribute);
        match &self.place {
            Some(place) => fingerprint(&within, place, address),
            None => within,
        }
    }
}

/// Whether a finding counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    #[default]
    Open,
    /// Accepted until a date, for a reason.
    Waived { reason: String, until: String },
    /// Known before the baseline was written.
    Baselined,
}

/// One defect with one root cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// `KW101`; `rule` is the name, `static-access-key`.
    pub code: &'static str,
    pub rule: &'static str,
    pub category: &'static str,
    pub severity: Severity,
    pub confidence: Confidence,
    pub persona: Persona,
    /// One sentence that names the identity and the problem.
    pub message: String,
    /// What the primary span is marked with.
    pub label: String,
    /// The first is the primary place; the others share its root cause. Never empty.
    pub sites: Vec<Site>,
    /// Other places that explain it, in any file.
    pub related: Vec<Label>,
    /// The route a value took to get here, first step first.
    pub route: Vec<Label>,
    /// Why it matters here and what was taken into account, one sentence each.
    pub notes: Vec<String>,
    pub help: Option<String>,
    pub fixes: Vec<Fix>,
    /// Places that hold a secret. No report shows their text, whichever finding it is about.
    pub redactions: Vec<Span>,
    /// The identity it is about, as an address.
    pub identity: Option<String>,
    pub owner: Option<String>,
    /// Rules that fired on the same root cause and were merged into this one.
    pub merged: Vec<&'static str>,
    /// The statement, grant or block that one edit would mend. Findings of related rules with the same root are
    /// one finding.
    pub root: Option<Span>,
    pub status: Status,
}

impl Finding {
    pub fn primary(&self) -> &Site {
        &self.sites[0]
    }

    pub fn span(&self) -> Span {
        self.sites[0].span
    }

    /// Instances beyond the first that are at other addresses.
    pub fn more_sites(&self) -> &[Site] {
        &self.sites[1..]
    }
}

/// Hex digest of what stays the same when code moves: no line, no text.
pub fn fingerprint(rule: &str, address: &str, attribute: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [rule, address, attribute] {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
