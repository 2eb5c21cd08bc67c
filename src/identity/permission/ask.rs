use super::arn::{self, Target};
use super::{Holding, Limit, Nature, Source};
use crate::iam::aws::{
    Actions, Decision, Document, Effect, Key, Request, Resources, Statement, Strength, catalogue, decide,
};
use crate::iam::pattern::Element;
use crate::iam::{Piece, Tri};
use crate::identity::policy::Tag;
use crate::source::Span;

/// A question about a holder.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'t> {
    pub action: &'t str,
    pub target: Target<'t>,
    /// The service that a role is passed to.
    pub service: Option<&'t str>,
}

/// Yes, or yes as far as is known, and by which statement.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    pub certain: bool,
    pub allowance: Allowance<'a>,
    /// What is not known and may prevent it, one sentence each.
    pub caveats: Vec<String>,
}

/// A statement that allows something.
#[derive(Clone, Copy, Debug)]
pub struct Allowance<'a> {
    pub source: Source<'a>,
    pub statement: &'a Statement<Tag>,
}

/// What policies say, and what limits say beside them.
#[derive(Clone, Debug)]
pub struct Bare {
    /// Its documents are those of [`Holding::sources`].
    pub decision: Decision,
    pub limit: Tri,
    /// Those that may prevent it, one sentence each.
    pub limits: Vec<String>,
}

/// Candidates for a resource that is yet to be made; a policy with more of them says the same of most.
const MAX_CANDIDATES: usize = 8;
/// What whoever escalates would attach.
const WORST_POLICY: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

impl<'a> Holding<'a> {
    /// Whether the holder may do it; none for no, and for what only unknown resources would allow.
    pub fn may(&self, ask: Ask<'_>) -> Option<Answer<'a>> {
        if !self.interest.has(ask.action) {
            return None;
        }
        let documents: Vec<&Document<Tag>> = self.sources.iter().map(|source| source.document).collect();
        let resource = |element: &Element<Tag>| self.takes_in(element, ask.target);
        let context = |key: &str| self.key(key, ask.service);
        let request = Request { action: ask.action, resource: &resource, context: &context };
        let decision = decide(&documents, &request);
        if decision.answer.is_no() {
            return None;
        }
        // An Allow of something that is not known says nothing of this very resource.
        let (document, index) = decision
            .allowed_by
            .iter()
            .copied()
            .find(|(document, index)| is_about(&documents[*document].statements[*index], &resource))?;
        let statement = &self.sources[document].document.statements[index];
        let allowance = Allowance { source: self.sources[document], statement };
        let mut answer = Answer { certain: true, allowance, caveats: Vec::new() };
        if decision.answer == Tri::Maybe {
            answer.doubt(&decision, statement);
        }
        self.limited(&request, &mut answer)?;
        Some(answer)
    }

    /// The bare decision on any action, for those who test resources themselves. Of conditions, what the requester
    /// chooses counts as met; all else that the code does not tell is left open.
    pub fn decide(&self, action: &str, resource: &dyn Fn(&Element<Tag>) -> Tri) -> Bare {
        let documents: Vec<&Document<Tag>> = self.sources.iter().map(|source| source.document).collect();
        let context = |key: &str| match key {
            "iam:passedtoservice" | "iam:policyarn" | "iam:permissionsboundary" | "kms:viaservice" => {
                Key::Unknown
            }
            key => self.key(key, None),
        };
        let request = Request { action, resource, context: &context };
        let mut bare = Bare { decision: decide(&documents, &request), limit: Tri::Yes, limits: Vec::new() };
        let mut add = |limit: Tri, text: String| {
            bare.limit = bare.limit.and(limit);
            if !limit.is_yes() {
                bare.limits.push(text);
            }
        };
        match &self.limit {
            Limit::None => {}
            Limit::Read { name, document } => {
                let answer = decide(&[document], &request).answer;
                let may = if answer.is_no() { "does not allow it" } else { "may not allow it" };
                add(answer, format!("permissions boundary {name} {may}"));
            }
            Limit::Unread(name) => {
                add(Tri::Maybe, format!("permissions boundary {name} is not readable here"))
            }
        }
        for (denied, text) in self.controlled(&request) {
            add(!denied, text);
        }
        bare
    }

    /// Whether it may do it on something at least, such as a resource that it is going to make.
    pub fn may_somewhere(&self, action: &str) -> Option<Answer<'a>> {
        if !self.interest.has(action) {
            return None;
        }
        let scopable = catalogue().find(action).is_some_and(|id| catalogue().action(id).is_scopable());
        if !scopable {
            return self.may(Ask { action, target: Target::Account, service: None });
        }
        let mut best: Option<Answer<'a>> = None;
        for candidate in self.candidates(action) {
            let answer = self.may(Ask { action, target: Target::Like(candidate), service: None });
            match answer {
                Some(answer) if answer.certain => return Some(answer),
                Some(answer) => best = best.or(Some(answer)),
                None => {}
            }
        }
        best
    }

    /// Whether it may do both on one thing, which may be yet to be made.
    pub fn may_both_somewhere(&self, one: &str, other: &str) -> Option<(Answer<'a>, Answer<'a>)> {
        if !self.interest.has(one) || !self.interest.has(other) {
            return None;
        }
        let candidates = self.candidates(one).into_iter().chain(self.candidates(other));
        let own = candidates.filter(|candidate| !is_service_linked(candidate));
        let mut found = own.filter_map(|candidate| {
            let ask = |action| self.may(Ask { action, target: Target::Like(candidate), service: None });
            Some((ask(one)?, ask(other)?))
        });
        found.next()
    }

    /// Resources that Allow statements name for an action, the widest first.
    fn candidates(&self, action: &str) -> Vec<&'a Element<Tag>> {
        let mut found: Vec<&'a Element<Tag>> = Vec::new();
        for statement in self.allowing(action) {
            for element in statement.resources.elements() {
                let is_new =
                    !found.iter().any(|it| it.pattern == element.pattern && it.at.of == element.at.of);
                if found.len() < MAX_CANDIDATES && is_new && suits(element, action) {
                    found.push(element);
                }
            }
        }
        found.sort_by_key(|element| !element.pattern.is_any());
        found
    }

    fn takes_in(&self, element: &Element<Tag>, target: Target<'_>) -> Tri {
        arn::takes_in(element, target, &self.account, &|pattern| self.fill(pattern))
    }

    /// What is known of a condition key in a request that somebody makes on purpose.
    fn key(&self, key: &str, service: Option<&str>) -> Key {
        let one = |text: &str| Key::Values(vec![text.to_string()]);
        match key {
            "iam:passedtoservice" => service.map_or(Key::Absent, one),
            "iam:policyarn" => one(WORST_POLICY),
            // Whoever escalates leaves the boundary away.
            "iam:permissionsboundary" => Key::Absent,
            "aws:securetransport" => one("true"),
            "aws:viaawsservice" | "aws:principalisawsservice" => one("false"),
            "aws:calledvia" | "aws:calledviafirst" | "aws:calledvialast" | "kms:viaservice" => Key::Absent,
            "aws:username" => match (&self.user_name, self.nature) {
                (Some(name), _) => name.as_text().map_or(Key::Unknown, one),
                (None, Nature::Role) => Key::Absent,
                (None, _) => Key::Unknown,
            },
            key => match self.chosen.get(key) {
                Some(values) if !values.is_empty() => Key::Values(values[..1].to_vec()),
                _ => Key::Unknown,
            },
        }
    }

    /// Applies what limits the holder whatever its policies allow.
    fn limited(&self, request: &Request<'_, Tag>, answer: &mut Answer<'_>) -> Option<()> {
        match &self.limit {
            Limit::None => {}
            Limit::Read { name, document } => match decide(&[document], request).answer {
                Tri::Yes => {}
                Tri::No => return None,
                Tri::Maybe => {
                    answer.unsure(format!(
                        "permissions boundary {name} may not allow it, of which parts are not known"
                    ));
                }
            },
            Limit::Unread(name) => {
                answer.unsure(format!("permissions boundary {name} applies, which is not readable here"));
            }
        }
        for (denied, text) in self.controlled(request) {
            if denied.is_yes() {
                return None;
            }
            answer.unsure(text);
        }
        Some(())
    }

    /// Service control policies that deny a request, or may.
    fn controlled(&self, request: &Request<'_, Tag>) -> Vec<(Tri, String)> {
        let denying = self.organization.iter().filter_map(|policy| {
            let denied = decide(&[&policy.document], request).denied.and(policy.holds_in(&self.account));
            let text = match denied {
                Tri::Yes => format!("service control policy `{}` denies it", policy.address),
                Tri::Maybe => format!(
                    "service control policy `{}` denies it, if it applies to this account",
                    policy.address
                ),
                Tri::No => return None,
            };
            Some((denied, text))
        });
        denying.collect()
    }
}

impl Answer<'_> {
    /// Something that is not known may prevent it, or make it harmless.
    pub fn unsure(&mut self, caveat: String) {
        self.certain = false;
        if !self.caveats.contains(&caveat) {
            self.caveats.push(caveat);
        }
    }

    fn doubt(&mut self, decision: &Decision, statement: &Statement<Tag>) {
        let strong = decision.hinges.iter().filter(|caveat| caveat.strength != Strength::Weak);
        let keys: Vec<String> = strong.map(|caveat| format!("`{}`", caveat.key)).collect();
        if !keys.is_empty() {
            self.unsure(format!("it hinges on the condition on {}", keys.join(" and ")));
        }
        if !decision.denied_by.is_empty() {
            self.unsure("a Deny may prevent it, which depends on what is not known here".to_string());
        }
        let open = statement.actions.is_negated() || statement.effect == Effect::Unknown;
        if open && self.certain && statement.effect == Effect::Unknown {
            self.unsure("the effect of the statement is not known".to_string());
        }
    }
}

impl Allowance<'_> {
    /// The characters that name the action, else the statement.
    pub fn span(&self, action: &str) -> Span {
        if self.source.foreign {
            return self.source.span;
        }
        let named = match &self.statement.actions {
            Actions::Only(elements) => {
                elements.iter().find(|element| element.pattern.matches_ignore_case(action).is_yes())
            }
            Actions::Not(_) => None,
        };
        named.and_then(|element| element.at.span).unwrap_or_else(|| self.root())
    }

    /// The statement; the attachment where the document is not written here.
    pub fn root(&self) -> Span {
        match self.source.foreign {
            true => self.source.span,
            false => self.statement.at.span.unwrap_or(self.source.span),
        }
    }

    /// The action as written: `iam:*`.
    pub fn written(&self, action: &str) -> String {
        let elements = self.statement.actions.elements().iter();
        let mut named = elements.filter(|it| it.pattern.matches_ignore_case(action).is_yes());
        match (self.statement.actions.is_negated(), named.next()) {
            (false, Some(element)) => element.pattern.to_string(),
            _ => "NotAction".to_string(),
        }
    }
}

/// Whoever names a declared resource means one that the action is about.
fn suits(element: &Element<Tag>, action: &str) -> bool {
    element.at.of.is_some() || arn::suits(element, action)
}

/// Roles that services of AWS own: nobody else changes what they are trusted with.
/// Source: AWS IAM User Guide, "Create a service-linked role".
fn is_service_linked(element: &Element<Tag>) -> bool {
    element
        .pattern
        .pieces()
        .iter()
        .any(|piece| matches!(piece, Piece::Text(text) if text.contains("role/aws-service-role/")))
}

/// The resource is certainly one of those that a statement is about.
fn is_about(statement: &Statement<Tag>, resource: &dyn Fn(&Element<Tag>) -> Tri) -> bool {
    let any = |elements: &[Element<Tag>]| Tri::any(elements.iter().map(resource));
    match &statement.resources {
        Resources::Absent => true,
        Resources::Only(elements) => any(elements).is_yes(),
        Resources::Not(elements) => any(elements).is_no(),
    }
}
