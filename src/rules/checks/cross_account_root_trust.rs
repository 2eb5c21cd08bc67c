use crate::diagnostic::{Confidence, Fix, Persona};
use crate::iam::aws::Limit;
use crate::identity::guarded::{Guarded, guarded};
use crate::rules::parties::{Party, Standing, assumes, parties};
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Rule, RuleInfo};

declare_rule! {
    /// A role or resource that trusts another account as a whole (`arn:aws:iam::…:root`, or its bare number).
    /// "root" is not the root user: it is everybody whom that account lets. Who may come in is then
    /// decided over there, and every user and role with broad permissions there is among them.
    ///
    /// Reported is the account of somebody else, told as in `confused-deputy`, where no condition says which of
    /// its principals is meant. With an external id, which is how most vendors ask for it, and for policies of
    /// resources that nothing marks as a vendor's, it is shown to strict readers only.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "partner" {
    ///   name = "partner-import"
    ///   assume_role_policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "999999999999" } }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "partner" {
    ///   name = "partner-import"
    ///   assume_role_policy = jsonencode({
    ///     Version   = "2012-10-17"
    ///     Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::999999999999:role/importer" } }]
    ///   })
    /// }
    /// ```
    ///
    /// Source: AWS IAM User Guide, "AWS JSON policy elements: Principal".
    CrossAccountRootTrust {
        code: "KW305",
        name: "cross-account-root-trust",
        summary: "Trust in the whole of another account",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "trust",
        nhi: ["NHI3", "NHI5"],
        csf: ["PR.AA-05", "GV.SC-07"],
        cis: [],
    }
}

impl Rule for CrossAccountRootTrust {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        for guarded in guarded(cx.model) {
            for index in 0..guarded.document.document.statements.len() {
                check(cx, guarded, index);
            }
        }
    }
}

fn check(cx: &mut Context<'_>, guarded: &Guarded, index: usize) {
    let statement = &guarded.document.document.statements[index];
    if guarded.is_trust() && !assumes(statement) {
        return;
    }
    let limits = statement.limits();
    if limits.iter().any(|(_, limit)| *limit != Limit::ExternalId) {
        return;
    }
    let mut found = parties(cx, guarded, index);
    found.retain(|party| party.whole);
    found.sort_by_key(|party| audience(guarded, party));
    let Some((lead, rest)) = found.split_first() else { return };
    let mut persona = audience(guarded, lead);
    if !limits.is_empty() || is_sample(cx, cx.model, guarded.at(index)) {
        persona = persona.max(Persona::Strict);
    }
    let model = cx.model;
    let resource = model.resource(guarded.document.resource);
    let target = &model.resource(model.guarded_resource(guarded)).address;
    let message = format!("`{target}` trusts everybody in {}", lead.describe());
    let mut draft = cx
        .draft(CrossAccountRootTrust::INFO, resource, &guarded.document.attribute, lead.span, message)
        .label("the whole account")
        .persona(persona)
        .confidence(if lead.is_sure() { Confidence::High } else { Confidence::Medium })
        .root(guarded.at(index))
        .help("name the roles of the other account that need it, or add a condition on `aws:PrincipalArn`")
        .fix(Fix::manual("Name the role of the other account that needs it"));
    if let Some(value) = &lead.value {
        draft = draft.route(value);
    }
    if let Some(reason) = lead.reason() {
        draft = draft.note(reason);
    }
    for other in rest.iter().filter(|other| other.span != lead.span).take(3) {
        draft = draft.related(other.span, "and this account");
    }
    let draft = match guarded.identity.map(|id| model.identity(id)) {
        Some(identity) => draft
            .identity(identity.address.clone())
            .owner(identity.owner.name())
            .environment(identity.environment.as_ref()),
        None => draft.environment(model.environment.as_ref()),
    };
    cx.emit(draft);
}

fn audience(guarded: &Guarded, party: &Party) -> Persona {
    match party.standing {
        Standing::Vendor { .. } | Standing::NotListed => Persona::Regular,
        Standing::Foreign { .. } if guarded.is_trust() => Persona::Regular,
        _ => Persona::Strict,
    }
}
