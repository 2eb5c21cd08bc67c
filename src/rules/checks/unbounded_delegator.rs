use crate::diagnostic::{Applicability, Confidence, Fix, Persona};
use crate::eval::InstanceKey;
use crate::iam::aws::Statement;
use crate::identity::Model;
use crate::identity::escalation::aws::evidence;
use crate::identity::permission::Holding;
use crate::identity::policy::Tag;
use crate::rules::escalation::{Told, Wide, cases, draft, wide};
use crate::rules::policy_edits::{Demand, Place, Term};
use crate::rules::privileged;
use crate::rules::{Context, Rule, RuleInfo};
use crate::source::Span;
use std::collections::HashSet;

declare_rule! {
    /// An identity may create roles or users and give them permissions, and nothing asks for a permissions
    /// boundary. It makes a role that trusts itself, attaches an administrator policy, and assumes it: whatever
    /// its own policies leave out, it can have. Naming the new roles by a prefix does not help, since it decides
    /// what is in them.
    ///
    /// Reported is who may create a role or user and also attach or write its policies, both without a condition on
    /// `iam:PermissionsBoundary`; a condition on `iam:PolicyARN` that leaves administrator policies out counts as
    /// a limit for attaching. Denies, boundaries of the identity itself and conditions are taken into account.
    /// Where the same statement lets it write its own permissions, this is part of `aws-privilege-escalation`.
    ///
    /// Where the code has exactly one boundary, the fix asks for it.
    ///
    /// Delegate with a boundary: allow `iam:CreateRole`, `iam:AttachRolePolicy` and `iam:PutRolePolicy` only where
    /// the role carries it, and deny changing the boundary.
    ///
    /// ```hcl,bad
    /// data "aws_iam_policy_document" "platform" {
    ///   statement {
    ///     actions   = ["iam:CreateRole", "iam:AttachRolePolicy"]
    ///     resources = ["arn:aws:iam::123456789012:role/app-*"]
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// data "aws_iam_policy_document" "platform" {
    ///   statement {
    ///     actions   = ["iam:CreateRole", "iam:AttachRolePolicy"]
    ///     resources = ["arn:aws:iam::123456789012:role/app-*"]
    ///     condition {
    ///       test     = "StringEquals"
    ///       variable = "iam:PermissionsBoundary"
    ///       values   = ["arn:aws:iam::123456789012:policy/app-boundary"]
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// Source: AWS IAM User Guide, "Permissions boundaries for IAM entities", section on delegating responsibility.
    UnboundedDelegator {
        code: "KW205",
        name: "unbounded-delegator",
        summary: "Identity that makes others without a permissions boundary",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

/// What creates somebody, what gives them permissions, and how they are called.
const WAYS: [(&str, [&str; 2], &str); 2] = [
    ("iam:CreateRole", ["iam:AttachRolePolicy", "iam:PutRolePolicy"], "roles"),
    ("iam:CreateUser", ["iam:AttachUserPolicy", "iam:PutUserPolicy"], "users"),
];

impl Rule for UnboundedDelegator {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let found = wide(model, &|holding| delegates(model, holding));
        if found.is_empty() {
            return;
        }
        let escalating: HashSet<_> = cases(model)
            .into_iter()
            .filter(|(_, cases)| cases.iter().any(|case| case.persona == Persona::Regular))
            .map(|(root, _)| root)
            .collect();
        let boundary = sole_boundary(model);
        for (root, all) in &found {
            let Some(lead) = all.first() else { continue };
            let says = format!("may make {} and give them any permission", lead.extra.whom);
            let Some(draft) = draft(model, Self::INFO, all, &says) else { continue };
            let named = boundary.as_deref().unwrap_or("the boundary that all of them get");
            let draft = draft
                .note("no condition on `iam:PermissionsBoundary` applies, and no Deny or boundary of its own")
                .help(format!(
                    "allow creating {0} and changing their policies only with a condition on \
                     `iam:PermissionsBoundary` that names {named}, and deny removing it",
                    lead.extra.whom
                ));
            let draft = match fix(cx, lead) {
                Some(fix) => draft.fix(fix),
                None => draft,
            };
            // The escalation that the same statement is says more.
            cx.emit(match escalating.contains(root) {
                true => draft.confidence(Confidence::Medium),
                false => draft,
            });
        }
    }
}

/// What a fix needs.
#[derive(Debug)]
struct Delegated {
    /// "roles".
    whom: &'static str,
    /// The statements allow nothing that has no boundary to ask for.
    bounded: bool,
}

/// Actions that AWS can ask for the boundary of whom they are about.
/// Source: AWS Service Authorization Reference, condition key `iam:PermissionsBoundary`.
const BOUNDED: [&str; 14] = [
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
];

fn has_boundary(statement: &Statement<Tag>) -> bool {
    let known = |text: &str| BOUNDED.iter().any(|action| action.eq_ignore_ascii_case(text));
    let actions = statement.actions.elements();
    !statement.actions.is_negated() && actions.iter().all(|it| it.pattern.as_text().is_some_and(known))
}

/// Asks for the boundary of this code in every statement that takes part.
fn fix(cx: &Context<'_>, lead: &Wide<Delegated>) -> Option<Fix> {
    let mut boundaries = privileged::boundaries(cx.model).into_iter();
    let (Some(one), None, true) = (boundaries.next(), boundaries.next(), lead.extra.bounded) else { return None };
    let boundary = cx.model.resource(one);
    let mut roots: Vec<Span> = lead.evidence.iter().map(|evidence| evidence.root).collect::<Option<_>>()?;
    roots.sort_unstable();
    roots.dedup();
    let mut edits = Vec::new();
    for root in roots {
        let place = Place::of(cx, root)?;
        let here = place.within_reach(cx, &boundary.kind);
        let found = here.iter().find(|it| it.name == boundary.name && it.mode == boundary.mode)?;
        let arn = match (&found.key, &*found.kind) {
            (InstanceKey::None, "aws_iam_policy") => Term::Reference(format!("{}.arn", found.local_address())),
            _ => return None,
        };
        edits.extend(place.demand(&Demand::one("StringEquals", "iam:PermissionsBoundary", arn))?);
    }
    let title = format!("Ask for the boundary `{}`", boundary.address);
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

fn delegates(model: &Model, holding: &Holding<'_>) -> Option<Told<Delegated>> {
    WAYS.into_iter().find_map(|(create, give, who)| {
        let both = |action| Some((action, holding.may_both_somewhere(create, action)?));
        let (action, (made, given)) = give.into_iter().find_map(both)?;
        if made.allowance.source.foreign || given.allowance.source.foreign {
            return None;
        }
        let persona = match made.certain && given.certain {
            true => Persona::Regular,
            false => Persona::Strict,
        };
        let bounded = has_boundary(made.allowance.statement) && has_boundary(given.allowance.statement);
        let extra = Delegated { whom: who, bounded };
        Some((vec![evidence(model, action, &given), evidence(model, create, &made)], persona, extra))
    })
}

/// The boundary of this code, where it has just one.
fn sole_boundary(model: &Model) -> Option<String> {
    let mut all = privileged::boundaries(model).into_iter();
    match (all.next(), all.next()) {
        (Some(one), None) => Some(format!("`{}`", model.resource(one).address)),
        _ => None,
    }
}
