use super::RuleInfo;
use crate::config::Environment;
use crate::diagnostic::{Confidence, Finding, Fix, Label, Persona, Severity, Site, Status};
use crate::eval::value::{HopKind, ResourceId, Value};
use crate::identity::{Model, Subject};
use crate::source::Span;

/// A finding in the making. Starts with what the rule says of itself; every method changes or adds one part.
#[derive(Debug)]
#[must_use = "a draft is nothing until it is given to `Context::emit`"]
pub struct Draft {
    pub(super) finding: Finding,
    pub(super) environment: Option<Environment>,
    /// For each site the root module it is in, where that is not the one at hand.
    pub(super) roots: Vec<Option<String>>,
    /// Whom it is about: what runs as them may be reachable.
    pub(super) about: Vec<Subject>,
    /// The workloads that it is about.
    pub(super) workloads: Vec<ResourceId>,
    /// Rule and place of findings that this one says as well.
    pub(super) absorbs: Vec<(&'static str, Span)>,
}

impl Draft {
    /// `message` is a sentence without a full stop that names the identity and the problem.
    pub fn new(
        info: &'static RuleInfo,
        address: &str,
        attribute: &str,
        span: Span,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        let finding = Finding {
            code: info.code,
            rule: info.name,
            category: info.category,
            severity: info.severity,
            confidence: info.confidence,
            persona: info.persona,
            label: String::new(),
            message,
            sites: vec![Site::new(info.name, address, attribute, span)],
            related: Vec::new(),
            route: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
            identity: None,
            owner: None,
            merged: Vec::new(),
            root: None,
            redactions: Vec::new(),
            status: Status::Open,
        };
        Draft {
            finding,
            environment: None,
            roots: vec![None],
            about: Vec::new(),
            workloads: Vec::new(),
            absorbs: Vec::new(),
        }
    }

    /// The finding, for what is found outside of a rule and belongs to no root module.
    pub fn finish(self) -> Finding {
        self.finding
    }

    /// What the marked characters are.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.finding.label = text.into();
        self
    }

    /// Another place that explains it.
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.finding.related.push(Label::new(span, text));
        self
    }

    /// The way a value took from where it was written to here.
    pub fn route(mut self, value: &Value) -> Self {
        let hops = value.meta.hops();
        if let (Some(origin), false) = (value.meta.span, hops.is_empty()) {
            self.finding.route.push(Label::new(origin, "written here"));
        }
        for hop in hops {
            let text = match hop.kind {
                HopKind::Variable => format!("passed as {}", hop.name),
                HopKind::Local => format!("through {}", hop.name),
                HopKind::Output => format!("out of {}", hop.name),
                HopKind::VarFile => format!("set as {} in a variable file", hop.name),
            };
            self.finding.route.push(Label::new(hop.span, text));
        }
        self
    }

    /// Why it matters here, or what was taken into account.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.finding.notes.push(text.into());
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.finding.help = Some(text.into());
        self
    }

    pub fn fix(mut self, fix: Fix) -> Self {
        self.finding.fixes.push(fix);
        self
    }

    pub fn identity(mut self, address: impl Into<String>) -> Self {
        self.finding.identity = Some(address.into());
        self
    }

    pub fn owner(mut self, name: Option<&str>) -> Self {
        self.finding.owner = name.map(str::to_string);
        self
    }

    pub fn severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.finding.confidence = confidence;
        self
    }

    pub fn persona(mut self, persona: Persona) -> Self {
        self.finding.persona = persona;
        self
    }

    /// Another rule that would say the same of these characters.
    pub fn merged(mut self, rule: &'static str) -> Self {
        self.finding.merged.push(rule);
        self
    }

    /// The statement, grant or block that one edit would mend. What other rules on privilege and escalation (or
    /// on trust) say of the same one becomes part of the worst finding.
    pub fn root(mut self, span: Span) -> Self {
        self.finding.root = Some(span);
        self
    }

    /// A finding of another rule that starts there says less about the same cause: it is left out, and its
    /// rule is named here.
    pub fn absorbs(mut self, rule: &'static str, span: Span) -> Self {
        self.absorbs.push((rule, span));
        self
    }

    /// Whom it is about. Where something that runs as them is reachable, it weighs more.
    pub fn about(mut self, subject: &Subject) -> Self {
        self.about.push(subject.clone());
        self
    }

    /// A workload that it is about. Where it is reachable, it weighs more.
    pub fn about_workload(mut self, workload: ResourceId) -> Self {
        self.workloads.push(workload);
        self
    }

    /// Bytes that no output may show.
    pub fn redact(mut self, span: Span) -> Self {
        self.finding.redactions.push(span);
        self
    }

    /// Where it applies; production raises the severity by one step.
    pub fn environment(mut self, environment: Option<&Environment>) -> Self {
        self.environment = environment.cloned();
        self
    }

    /// A further place with the same root cause.
    pub fn site(mut self, address: &str, attribute: &str, span: Span) -> Self {
        let site = Site::new(self.finding.rule, address, attribute, span);
        self.finding.sites.push(site);
        self.roots.push(None);
        self
    }

    /// Says which root module the site added last is in, for rules that look at several of them.
    pub fn of_root(self, model: &Model) -> Self {
        self.in_root(Some(model.project.dir.clone()))
    }

    /// The same by the directory of the root module; `None` for the one at hand.
    pub fn in_root(mut self, dir: Option<String>) -> Self {
        if let Some(last) = self.roots.last_mut() {
            *last = dir;
        }
        self
    }
}
