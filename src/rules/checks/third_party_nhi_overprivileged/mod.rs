mod github;
mod powers;

use crate::diagnostic::{Confidence, Fix, Persona};
use crate::iam::aws::{Effect, Limit};
use crate::identity::guarded::{Guarded, guarded};
use crate::rules::parties::{Party, Standing, assumes, parties};
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Rule, RuleInfo};
use powers::Powers;

declare_rule! {
    /// A third party holds an identity that can do more than look. Whatever happens at the vendor then happens
    /// here: their breach, their leaver, their bug. Most products that watch an account publish a policy for
    /// it that only reads.
    ///
    /// Reported are roles that a vendor's account may take on, told as in `confused-deputy`, and that administer
    /// the account, manage permissions, read stored secrets or change resources without saying which. Changes on
    /// named resources, such as putting files into one bucket, are shown to strict readers only, as are the few
    /// changes that integrations make by design (subscribing to logs, publishing to topics).
    ///
    /// Installations of GitHub apps that are given every repository of the organization are found as well.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "monitoring" {
    ///   name = "datadog"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = "sts:AssumeRole"
    ///       Principal = { AWS = "arn:aws:iam::464622532012:root" }
    ///       Condition = { StringEquals = { "sts:ExternalId" = "7c1f0a525b8e4a6e9f500d1f6a3b9e21" } }
    ///     }]
    ///   })
    /// }
    ///
    /// resource "aws_iam_role_policy_attachment" "monitoring" {
    ///   role       = aws_iam_role.monitoring.name
    ///   policy_arn = "arn:aws:iam::aws:policy/PowerUserAccess"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "monitoring" {
    ///   name = "datadog"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = "sts:AssumeRole"
    ///       Principal = { AWS = "arn:aws:iam::464622532012:root" }
    ///       Condition = { StringEquals = { "sts:ExternalId" = "7c1f0a525b8e4a6e9f500d1f6a3b9e21" } }
    ///     }]
    ///   })
    /// }
    ///
    /// resource "aws_iam_role_policy_attachment" "monitoring" {
    ///   role       = aws_iam_role.monitoring.name
    ///   policy_arn = "arn:aws:iam::aws:policy/SecurityAudit"
    /// }
    /// ```
    ///
    /// Source: AWS IAM User Guide, "Access to AWS accounts owned by third parties"; GitHub documentation, "Reviewing
    /// and modifying installed GitHub Apps".
    ThirdPartyNhiOverprivileged {
        code: "KW306",
        name: "third-party-nhi-overprivileged",
        summary: "Third party that can do more than read",
        severity: High,
        confidence: Medium,
        persona: Regular,
        fix: Manual,
        category: "trust",
        nhi: ["NHI3"],
        csf: ["GV.SC-07", "PR.AA-05"],
        cis: ["GH1.2:1.4.3"],
    }
}

/// Labels of each kind; more of them would not be read.
const SHOWN: usize = 3;

impl Rule for ThirdPartyNhiOverprivileged {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        for guarded in guarded(cx.model).iter().filter(|it| it.identity.is_some()) {
            if let Some((index, party)) = vendor(cx, guarded) {
                role(cx, guarded, index, &party);
            }
        }
        github::check(cx);
    }
}

/// The first third party that may take on a role.
fn vendor(cx: &Context<'_>, guarded: &Guarded) -> Option<(usize, Party)> {
    let statements = guarded.document.document.statements.iter().enumerate();
    let open = statements.filter(|(_, statement)| {
        let own = statement.limits().iter().any(|(_, limit)| *limit == Limit::Organization);
        statement.effect == Effect::Allow && assumes(statement) && !own
    });
    let mut found = open.flat_map(|(index, _)| parties(cx, guarded, index).into_iter().map(move |it| (index, it)));
    found.find(|(_, party)| match party.standing {
        Standing::Vendor { .. } | Standing::NotListed => true,
        Standing::Foreign { .. } => party.whole,
        Standing::Unclear => false,
    })
}

fn role(cx: &mut Context<'_>, guarded: &Guarded, index: usize, party: &Party) {
    let model = cx.model;
    let Some(identity) = guarded.identity.map(|id| model.identity(id)) else { return };
    let Some(powers) = Powers::of(model, identity.id) else { return };
    let mut persona = if powers.debatable { Persona::Strict } else { Persona::Regular };
    if is_sample(cx, model, guarded.at(index)) {
        persona = persona.max(Persona::Strict);
    }
    let resource = model.resource(guarded.document.resource);
    let who = party.describe();
    let message = format!("`{}`, which {who} can take on, {}", identity.address, powers.phrase);
    let mut draft = cx
        .draft(
            ThirdPartyNhiOverprivileged::INFO,
            resource,
            &guarded.document.attribute,
            party.span,
            message,
        )
        .label("a third party")
        .persona(persona)
        .confidence(if party.is_sure() { Confidence::High } else { Confidence::Medium })
        .identity(identity.address.clone())
        .owner(identity.owner.name())
        .environment(identity.environment.as_ref())
        .help(
            "grant what the vendor's documented policy for your use of the product reads, and changes on named \
             resources only",
        )
        .fix(Fix::manual("Replace its permissions by the read-only policy that the vendor documents"));
    for (span, text) in powers.causes.iter().take(SHOWN) {
        draft = draft.related(*span, text.clone());
    }
    if let Some(reason) = party.reason() {
        draft = draft.note(reason);
    }
    if let Some(value) = &party.value {
        draft = draft.route(value);
    }
    cx.emit(draft);
}
