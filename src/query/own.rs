//! What somebody may do by their own grants, whoever they can become.

use super::target::{Target, takes_in};
use super::{Ground, Permission, clouds};
use crate::iam::Tri;
use crate::iam::aws::{Effect, Resources, Strength};
use crate::iam::pattern::Element;
use crate::identity::permission::{Allowance, Holding, Permissions, permissions, suits};
use crate::identity::policy::Tag;
use crate::identity::privilege::Holder;
use crate::identity::{Model, Policy};

/// Resources of Allow statements that are tried where any will do; one with more says the same of most.
const MAX_CANDIDATES: usize = 64;

/// Why somebody may do something, or why not.
#[derive(Clone, Debug)]
pub struct Own {
    pub answer: Tri,
    /// The statements that say so: those that allow, or for no those that deny.
    pub grounds: Vec<Ground>,
    /// What it depends on, one sentence each.
    pub caveats: Vec<String>,
}

impl Own {
    pub fn no() -> Self {
        Own { answer: Tri::No, grounds: Vec::new(), caveats: Vec::new() }
    }
}

/// Answers questions on one root module.
#[derive(Debug)]
pub struct Asker<'m> {
    pub model: &'m Model,
    permissions: &'m Permissions,
}

impl<'m> Asker<'m> {
    pub fn new(model: &'m Model) -> Self {
        Asker { model, permissions: permissions(model) }
    }

    pub(super) fn holding(&self, holder: &Holder, grants: &[usize]) -> Holding<'_> {
        self.permissions.holding(self.model, holder, grants)
    }

    /// What grants that reach a holder say of a permission on a target.
    pub fn own(&self, holder: &Holder, grants: &[usize], permission: &Permission, target: &Target) -> Own {
        let mut own = match permission {
            Permission::Aws(action) => {
                let holding = self.holding(holder, grants);
                self.aws(&holding, action, target)
            }
            other => clouds::own(self.model, grants, other, target),
        };
        let unread = grants.iter().map(|index| &self.model.grants[*index]).any(|grant| {
            let of = &self.model.resource(grant.resource).kind;
            matches!(grant.policy, Policy::Unknown) && of.starts_with(permission.provider())
        });
        if own.answer.is_no() && own.grounds.is_empty() && unread {
            own.answer = Tri::Maybe;
            own.caveats.push("one of its policies could not be read".to_string());
        }
        own
    }

    fn aws(&self, holding: &Holding<'_>, action: &str, target: &Target) -> Own {
        if holding.sources.is_empty() {
            return Own::no();
        }
        if *target != Target::Anything {
            let test = |element: &Element<Tag>| takes_in(element, target, self.model, action);
            return self.judged(holding, action, &test);
        }
        let mut best = Own::no();
        for candidate in candidates(holding, action) {
            let same = |element: &Element<Tag>| match candidate {
                Some(candidate)
                    if element.pattern == candidate.pattern && element.at.of == candidate.at.of =>
                {
                    Tri::Yes
                }
                Some(candidate) if element.at.of.is_none() => element.pattern.covers(&candidate.pattern),
                _ => element.pattern.is_any().into(),
            };
            let found = self.judged(holding, action, &same);
            if found.answer > best.answer || (best.grounds.is_empty() && !found.grounds.is_empty()) {
                best = found;
            }
            if best.answer.is_yes() {
                break;
            }
        }
        best
    }

    fn judged(&self, holding: &Holding<'_>, action: &str, test: &dyn Fn(&Element<Tag>) -> Tri) -> Own {
        let bare = holding.decide(action, test);
        let decision = &bare.decision;
        let mut caveats = bare.limits.clone();
        let ground = |(document, index): (usize, usize)| {
            let source = holding.sources.get(document)?;
            let statement = source.document.statements.get(index)?;
            let allowance = Allowance { source: *source, statement };
            let text = match self.model.grants.get(source.grant?).map(|grant| &grant.policy) {
                Some(Policy::AwsManaged(summary)) => summary.name.to_string(),
                _ => allowance.written(action),
            };
            let verb = if statement.effect == Effect::Deny { "denied" } else { "allowed" };
            Some(Ground { text: format!("{verb} by `{text}`"), span: allowance.span(action) })
        };
        let denies = || decision.denied_by.iter().copied().filter_map(ground).collect::<Vec<_>>();
        if decision.allowed.is_no() || decision.denied.is_yes() || bare.limit.is_no() {
            let grounds = if decision.allowed.is_no() { Vec::new() } else { denies() };
            return Own { answer: Tri::No, grounds, caveats };
        }
        if decision.denied == Tri::Maybe {
            caveats.extend(denies().iter().map(|_| "a Deny may prevent it".to_string()).take(1));
        }
        let conditions: Vec<String> =
            decision.hinges.iter().map(|hinge| format!("`{}`", hinge.key)).collect();
        if !conditions.is_empty() {
            caveats.push(format!("under the condition on {}", conditions.join(" and ")));
        }
        let only_weak = !conditions.is_empty()
            && decision.hinges.iter().all(|hinge| hinge.strength == Strength::Weak || is_chosen(&hinge.key))
            && decision.denied.is_no();
        let answer = if only_weak { Tri::Yes } else { decision.answer };
        let grounds = decision.allowed_by.first().copied().and_then(ground).into_iter().collect();
        Own { answer: answer.and(bare.limit), grounds, caveats }
    }
}

/// Whoever makes the request says which service a role is passed to.
fn is_chosen(key: &str) -> bool {
    key.eq_ignore_ascii_case("iam:PassedToService")
}

/// Resources that Allow statements name for an action: none stands for one that no statement names.
fn candidates<'a>(holding: &Holding<'a>, action: &str) -> Vec<Option<&'a Element<Tag>>> {
    let mut found: Vec<Option<&'a Element<Tag>>> = Vec::new();
    for statement in holding.allowing(action) {
        match &statement.resources {
            Resources::Only(elements) => {
                let suitable = elements.iter().filter(|it| it.pattern.has_hole() || suits(it, action));
                found.extend(suitable.map(Some));
            }
            Resources::Not(_) | Resources::Absent => found.push(None),
        }
        if found.len() >= MAX_CANDIDATES {
            break;
        }
    }
    found.sort_by_key(|candidate| !candidate.is_some_and(|element| element.pattern.is_any()));
    found.dedup();
    found
}
