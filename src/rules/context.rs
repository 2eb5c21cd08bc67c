use super::engine::Absorbed;
use super::mentions::{Asked, Mentions};
use super::{Draft, exposed};
use crate::config::{Config, Environment};
use crate::diagnostic::{Finding, Severity, Site};
use crate::eval::Resource;
use crate::identity::{Estate, Model};
use crate::owners::{CodeOwners, Roster};
use crate::source::{SourceMap, Span};
use jiff::civil::Date;
use std::cell::RefCell;

/// What every rule may look at.
#[derive(Debug)]
pub struct Shared<'a> {
    pub sources: &'a SourceMap,
    pub estate: &'a Estate,
    pub config: &'a Config,
    pub codeowners: Option<&'a CodeOwners>,
    pub roster: Option<&'a Roster>,
    pub mentions: &'a Mentions,
    pub today: Date,
}

/// A rule's view of one root module, and where it puts its findings.
#[derive(Debug)]
pub struct Context<'a> {
    pub shared: &'a Shared<'a>,
    /// The root module at hand; for `Rule::estate` the first one.
    pub model: &'a Model,
    pub(super) findings: Vec<Finding>,
    pub(super) absorbed: Vec<Absorbed>,
    pub(super) asked: RefCell<Asked>,
    /// No root module is at hand: what is found is told apart by the directory of its file.
    pub(super) by_file: bool,
}

impl<'a> Context<'a> {
    pub(super) fn new(shared: &'a Shared<'a>, model: &'a Model) -> Self {
        Context {
            shared,
            model,
            findings: Vec::new(),
            absorbed: Vec::new(),
            asked: RefCell::default(),
            by_file: false,
        }
    }

    /// Reports a finding. Its severity rises where what it is about is reachable from the internet, and in
    /// production.
    pub fn emit(&mut self, draft: Draft) {
        let Draft { mut finding, environment, roots, about, workloads, absorbs } = draft;
        exposed::raise(self.model, &mut finding, &about, &workloads);
        let by = (finding.rule, finding.span(), finding.primary().attribute.clone());
        let absorbed = absorbs.into_iter().map(|(rule, span)| Absorbed { by: by.clone(), rule, span });
        self.absorbed.extend(absorbed);
        if environment == Some(Environment::Production) && finding.severity < Severity::Critical {
            finding.severity = finding.severity.shifted(1);
            finding.notes.push("it is in production, which raises the severity by one step".to_string());
        }
        self.qualify(finding.rule, &mut finding.sites, &roots);
        self.findings.push(finding);
    }

    /// Addresses repeat between root modules; fingerprints must not.
    fn qualify(&self, rule: &str, sites: &mut [Site], roots: &[Option<String>]) {
        for (at, site) in sites.iter_mut().enumerate() {
            let file = self.shared.sources.find(site.span.file);
            let dir = roots.get(at).cloned().flatten().unwrap_or_else(|| self.model.project.dir.clone());
            // A literal in a variable file belongs to that file, one in `locals` to the directory of its module,
            // whichever root module is at hand.
            let is_local = !site.address.contains('.');
            let place = match file {
                Some(file) if is_local && file.kind.is_vars() => file.path.clone(),
                Some(file) if is_local || self.by_file => file.dir().to_string(),
                Some(_) => dir,
                None if is_local || self.by_file => String::new(),
                None => dir,
            };
            site.qualify(rule, place);
        }
    }

    /// Whether a file anywhere takes an output of this name from a module.
    pub(super) fn output_is_taken(&self, name: &str) -> bool {
        let answer = self.shared.mentions.output_is_taken(self.shared.sources, name);
        self.asked.borrow_mut().insert(name.to_owned(), answer);
        answer
    }

    /// A draft about a resource of this model, marked at `span`.
    pub fn draft(
        &self,
        info: &'static super::RuleInfo,
        resource: &Resource,
        attribute: &str,
        span: Span,
        message: impl Into<String>,
    ) -> Draft {
        Draft::new(info, &resource.address, attribute, span, message)
    }

    /// The characters of an attribute's value where the literal is written: in the caller when it came in
    /// through a module. Falls back to the attribute, then to the resource's header.
    pub fn value_span(&self, resource: &Resource, path: &str) -> Span {
        let head = path.split('.').next().unwrap_or(path);
        match resource.body.attr(head) {
            Some(attr) => attr.value.meta.span.unwrap_or(attr.expr_span),
            None => resource.header(),
        }
    }

    /// `path:line` of a span, for messages.
    pub fn at(&self, span: Span) -> String {
        self.shared.sources.file_line(span)
    }
}
