use crate::diagnostic::{Applicability, Fix, Persona};
use crate::iam::aws::{Actions, Statement};
use crate::identity::Model;
use crate::identity::escalation::aws::{Shape, evidence, method, shapes};
use crate::identity::permission::{Ask, Holding, Kind, Target};
use crate::identity::policy::Tag;
use crate::rules::escalation::{Told, Wide, cases, draft, wide};
use crate::rules::policy_edits::{Demand, Place, Term};
use crate::rules::{Context, Rule, RuleInfo};
use crate::source::Span;
use std::collections::HashSet;

declare_rule! {
    /// A policy allows `iam:PassRole` on every role and to every service. Whoever has it gives any role of the
    /// account, that of the administrators included, to whatever may be created: today that may be nothing, and
    /// with the next permission it is an escalation. Where it is one already, this is part of
    /// `aws-privilege-escalation`.
    ///
    /// A condition on `iam:PassedToService` is taken for a limit, and so is every other condition that narrows
    /// what is passed. Statements that allow far more (`iam:*`) are the matter of other rules, and AWS managed
    /// policies of `aws-managed-policy-overbroad`.
    ///
    /// Name the roles, by ARN or by a path that only they have, and add the service that runs them. Where the other half
    /// is in the same policy but leads nowhere yet, the fix adds a condition with its services; where it escalates, that
    /// of `aws-privilege-escalation` names the roles.
    ///
    /// ```hcl,bad
    /// data "aws_iam_policy_document" "deploy" {
    ///   statement {
    ///     actions   = ["iam:PassRole"]
    ///     resources = ["*"]
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// data "aws_iam_policy_document" "deploy" {
    ///   statement {
    ///     actions   = ["iam:PassRole"]
    ///     resources = ["arn:aws:iam::123456789012:role/tasks/*"]
    ///     condition {
    ///       test     = "StringEquals"
    ///       variable = "iam:PassedToService"
    ///       values   = ["ecs-tasks.amazonaws.com"]
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// Source: AWS IAM User Guide, "Granting a user permissions to pass a role to an AWS service".
    PassroleUnscoped {
        code: "KW412",
        name: "passrole-unscoped",
        summary: "Permission to pass any role to any service",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "escalation",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

const PASS: &str = "iam:PassRole";
/// A service that no condition lists: one that lets it through lets all through.
const ANY_SERVICE: &str = "any.amazonaws.com";

impl Rule for PassroleUnscoped {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let found = wide(model, &|holding| unscoped(model, holding));
        if found.is_empty() {
            return;
        }
        let escalating: HashSet<Span> = cases(model).into_keys().collect();
        for all in found.values() {
            let Some(draft) = draft(model, Self::INFO, all, "may pass any role to any service") else {
                continue;
            };
            let draft = draft.help(
                "name the roles that it has to pass, and add a condition on `iam:PassedToService` with the service \
                 that runs them",
            );
            // Where it escalates already, to name the service is not enough: roles that it runs are still for taking.
            let root = all.first().and_then(|lead| lead.evidence.first()).and_then(|evidence| evidence.root);
            let mends = root.is_some_and(|root| !escalating.contains(&root));
            cx.emit(match fix(cx, all).filter(|_| mends) {
                Some(fix) => draft.fix(fix),
                None => draft,
            });
        }
    }
}

/// What a fix needs.
#[derive(Debug)]
struct Site {
    services: Vec<&'static str>,
    /// The statement allows nothing else and has no condition.
    alone: bool,
}

fn unscoped(model: &Model, holding: &Holding<'_>) -> Option<Told<Site>> {
    let roles = Kind::new("iam", "role/");
    let answer =
        holding.may(Ask { action: PASS, target: Target::Every(&roles), service: Some(ANY_SERVICE) })?;
    let written = answer.allowance.written(PASS).to_ascii_lowercase();
    if answer.allowance.source.foreign || !written.starts_with("iam:p") {
        return None;
    }
    let persona = if answer.certain { Persona::Regular } else { Persona::Strict };
    let site = Site { services: services(holding), alone: is_alone(answer.allowance.statement) };
    Some((vec![evidence(model, PASS, &answer)], persona, site))
}

fn is_alone(statement: &Statement<Tag>) -> bool {
    let only = match &statement.actions {
        Actions::Only(elements) => {
            elements.iter().all(|it| it.pattern.as_text().is_some_and(|text| text.eq_ignore_ascii_case(PASS)))
        }
        Actions::Not(_) => false,
    };
    only && statement.conditions.is_empty()
}

/// Services to which the holder could pass a role, by the actions that go with it.
fn services(holding: &Holding<'_>) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    for (name, shape) in shapes() {
        let (Shape::Pass { to, .. }, Some(method)) = (shape, method(name)) else { continue };
        let has = |action: &String| action == PASS || holding.interest.has(action);
        let whole = method.all.iter().all(has) && method.any.iter().all(|group| group.iter().any(has));
        if let Some(service) = to.first().filter(|service| whole && !found.contains(service)) {
            found.push(service);
        }
    }
    found
}

fn fix(cx: &Context<'_>, all: &[Wide<Site>]) -> Option<Fix> {
    let lead = all.first()?;
    let mut services: Vec<&str> = all.iter().flat_map(|it| it.extra.services.iter().copied()).collect();
    services.sort_unstable();
    services.dedup();
    if services.is_empty() || !lead.extra.alone {
        return None;
    }
    let root = lead.evidence.first()?.root?;
    let terms = services.iter().map(|service| Term::text(*service)).collect();
    let demand = Demand { operator: "StringEquals", keys: vec![("iam:PassedToService".to_string(), terms)] };
    let edits = Place::of(cx, root)?.demand(&demand)?;
    Some(Fix::new(format!("pass roles only to {}", services.join(", ")), Applicability::Unsafe, edits))
}
