mod external_id;
mod services;
mod sources;

use crate::diagnostic::{Applicability, Confidence, Fix, Persona, Severity};
use crate::iam::aws::Limit;
use crate::identity::guarded::{Guarded, guarded};
use crate::rules::parties::{Party, Standing, Written, assumes, parties};
use crate::rules::policy_edits::{Demand, Place};
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Draft, Rule, RuleInfo};

declare_rule! {
    /// A role that a third party takes on without an external id, or a resource that an AWS service may use for
    /// whoever asks it to. Both have the same flaw: the one who is trusted acts for many customers, and any
    /// of these can send it to your resources, knowing no more than their ARN.
    ///
    /// - A role that trusts an account of somebody else has to demand the external id that they use for you
    ///   and for nobody else (`sts:ExternalId`). One that can be guessed (an account number, the name of the role,
    ///   `1234`) or that several third parties share is reported too.
    /// - A function, queue or topic that lets in a service such as `s3.amazonaws.com` or `sns.amazonaws.com` has to
    ///   say for whom: `source_arn` or `source_account` of the permission, `aws:SourceArn` or
    ///   `aws:SourceAccount` in a policy. For other policies and for roles of services this is shown to strict
    ///   readers only, although AWS recommends it.
    ///
    /// An account is somebody else's if it is that of a known product, if names, descriptions or comments speak
    /// of a vendor, if it is missing from `own-accounts` in `keyward.toml`, or if nothing in the code but this trust
    /// knows its number. References, and accounts that variables, locals or maps of the code name, are one's own.
    /// Roles of other accounts that nothing marks as a vendor's are for strict readers.
    ///
    /// The fix names the bucket, topic or rule that is set up to call, or this account where the module looks it up;
    /// for a vendor, it asks for the variable that is there for the external id.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "scanner" {
    ///   name = "vendor-scanner"
    ///   assume_role_policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::999999999999:root" } }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "scanner" {
    ///   name = "vendor-scanner"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = "sts:AssumeRole"
    ///       Principal = { AWS = "arn:aws:iam::999999999999:root" }
    ///       Condition = { StringEquals = { "sts:ExternalId" = "7c1f0a52-5b8e-4a6e-9f50-0d1f6a3b9e21" } }
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// Source: AWS IAM User Guide, "The confused deputy problem" and "Access to AWS accounts owned by third
    /// parties"; AWS Lambda Developer Guide, "Granting Lambda function access to AWS services".
    ConfusedDeputy {
        code: "KW304",
        name: "confused-deputy",
        summary: "Third party or service that others can send to your resources",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "trust",
        nhi: ["NHI3", "NHI4"],
        csf: ["PR.AA-05", "GV.SC-07"],
        cis: [],
    }
}

impl Rule for ConfusedDeputy {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let shared = external_id::shared(cx);
        for guarded in guarded(cx.model) {
            let written = Written::new(cx, guarded);
            for (index, statement) in guarded.document.document.statements.iter().enumerate() {
                if guarded.is_trust() && assumes(statement) {
                    third_party(cx, guarded, &written, index);
                    external_id::check(cx, guarded, index, &shared);
                }
                services::check(cx, guarded, &written, index);
            }
        }
    }
}

fn third_party(cx: &mut Context<'_>, guarded: &Guarded, written: &Written<'_>, index: usize) {
    let limits = guarded.document.document.statements[index].limits();
    let answered = [Limit::ExternalId, Limit::Organization, Limit::Unknown, Limit::Token];
    if limits.iter().any(|(_, limit)| answered.contains(limit)) {
        return;
    }
    let mut found = parties(cx, written, index);
    found.sort_by_key(|party| (audience(party), !party.is_sure()));
    let Some((lead, rest)) = found.split_first() else { return };
    let mut persona = audience(lead);
    if !limits.is_empty() || is_sample(cx, cx.model, guarded.at(index)) {
        persona = persona.max(Persona::Strict);
    }
    let named = &cx.model.resource(guarded.document.resource).address;
    let message = match guarded.is_loose() {
        true => format!("`{named}` lets {} take on a role without an external id", lead.describe()),
        false => format!("`{named}` can be taken on by {} without an external id", lead.describe()),
    };
    let severity = if audience(lead) == Persona::Regular { Severity::High } else { Severity::Medium };
    let confidence = if lead.is_sure() { Confidence::High } else { Confidence::Medium };
    let mut draft = draft(cx, guarded, lead, message)
        .label("no `sts:ExternalId` beside it")
        .severity(severity)
        .persona(persona)
        .confidence(confidence)
        .root(guarded.at(index))
        .note("whoever else is a customer there can point it at this role, knowing only its ARN")
        .help(
            "let the third party create an external id for you and demand it in a condition; list accounts of your \
             own under `own-accounts` in keyward.toml",
        )
        .fix(asked(cx, guarded, index, found.len()).unwrap_or_else(|| {
            Fix::manual(
                "Add `Condition = { StringEquals = { \"sts:ExternalId\" = var.external_id } }` to the statement",
            )
        }));
    if let Some(reason) = lead.reason() {
        draft = draft.note(reason);
    }
    for other in rest.iter().filter(|other| other.span != lead.span).take(3) {
        draft = draft.related(other.span, "so can this one");
    }
    cx.emit(draft);
}

/// Asks for the external id that the module has a variable for. One's own accounts would have none.
fn asked(cx: &Context<'_>, guarded: &Guarded, index: usize, foreign: usize) -> Option<Fix> {
    let statement = guarded.document.document.statements.get(index)?;
    if statement.principals.list().len() != foreign {
        return None;
    }
    let place = Place::of(cx, statement.at.span?)?;
    let id = place.variable(cx, "external_id")?;
    let edits = place.demand(&Demand::one("StringEquals", "sts:ExternalId", id))?;
    let title = "Ask for the external id".to_string();
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// A role of another account may well be one's own; its root is trusted by who does not know its roles.
fn audience(party: &Party) -> Persona {
    match party.standing {
        Standing::Vendor { .. } | Standing::NotListed => Persona::Regular,
        Standing::Foreign { .. } if party.whole => Persona::Regular,
        _ => Persona::Strict,
    }
}

fn draft(cx: &Context<'_>, guarded: &Guarded, party: &Party, message: String) -> Draft {
    let resource = cx.model.resource(guarded.document.resource);
    let mut draft =
        cx.draft(ConfusedDeputy::INFO, resource, &guarded.document.attribute, party.span, message);
    if let Some(value) = &party.value {
        draft = draft.route(value);
    }
    subject(cx, guarded, draft)
}

/// The identity that it is about.
fn subject(cx: &Context<'_>, guarded: &Guarded, draft: Draft) -> Draft {
    let Some(id) = guarded.identity else { return draft.environment(cx.model.environment.as_ref()) };
    let identity = cx.model.identity(id);
    draft
        .identity(identity.address.clone())
        .owner(identity.owner.name())
        .environment(identity.environment.as_ref())
}

/// Said of an external id, which narrows less than it seems.
fn weak(cx: &Context<'_>, guarded: &Guarded, at: crate::source::Span, message: String) -> Draft {
    let resource = cx.model.resource(guarded.document.resource);
    let draft = cx
        .draft(ConfusedDeputy::INFO, resource, &guarded.document.attribute, at, message)
        .severity(Severity::Medium);
    subject(cx, guarded, draft)
}
