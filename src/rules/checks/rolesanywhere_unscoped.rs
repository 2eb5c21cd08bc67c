use crate::eval::block_address;
use crate::diagnostic::{Applicability, Fix, Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::iam::aws::{Condition, Effect, PrincipalKind, Principals, Statement, Strength};
use crate::identity::policy::Tag;
use crate::rules::federation::{Rank, documents};
use crate::rules::policy_edits::{Demand, Place};
use crate::rules::surroundings::counted;
use crate::rules::{Context, Draft, Rule, RuleInfo};
use crate::source::Span;
use std::collections::HashSet;

declare_rule! {
    /// IAM Roles Anywhere gives a role to whoever presents a certificate from a trust anchor of the account. A
    /// certificate authority signs certificates for many things. A role that trusts the service without asking
    /// for more can be taken on with any of them, through every anchor and profile of the account.
    ///
    /// What is looked at: roles, and `aws_iam_policy_document` that no role here uses, that trust
    /// `rolesanywhere.amazonaws.com` and ask neither for the anchor (`aws:SourceArn`) nor for the certificate
    /// (`aws:PrincipalTag/x509Subject/CN`, `…/x509Issuer/…`, `…/x509SAN/…` or `sts:SourceIdentity`); and trust anchors whose
    /// authority is a `tls_self_signed_cert` of this code, since its private key is in the state, and whoever
    /// reads the state can sign certificates for every role.
    ///
    /// With `--persona strict` you also see profiles that hand out several roles without a session policy: every
    /// certificate chooses among them.
    ///
    /// The fix asks for the only trust anchor of the module.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "backup" {
    ///   name = "backup"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    ///       Principal = { Service = "rolesanywhere.amazonaws.com" }
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "backup" {
    ///   name = "backup"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    ///       Principal = { Service = "rolesanywhere.amazonaws.com" }
    ///       Condition = {
    ///         ArnEquals    = { "aws:SourceArn" = "arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/4f3c" }
    ///         StringEquals = { "aws:PrincipalTag/x509Subject/CN" = "backup.acme.example" }
    ///       }
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// Source: IAM Roles Anywhere User Guide, "Trust model in IAM Roles Anywhere", "Role trusting".
    RolesanywhereUnscoped {
        code: "KW309",
        name: "rolesanywhere-unscoped",
        summary: "Role that any certificate of the account's trust anchors can take on",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "trust",
        nhi: ["NHI4"],
        csf: ["PR.AA-03"],
        cis: [],
    }
}

impl Rule for RolesanywhereUnscoped {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let mut seen: HashSet<(Span, String)> = HashSet::new();
        for place in documents(cx.model) {
            for statement in place.document.statements.iter().filter(|statement| is_open(statement)) {
                let span = statement.at.span.unwrap_or_else(|| place.resource.header());
                let address = block_address(&place.resource.address);
                if !seen.insert((span, address.clone())) {
                    continue;
                }
                let message = format!(
                    "`{address}` can be assumed with every certificate from every trust anchor of the account"
                );
                let mut draft = cx
                    .draft(Self::INFO, place.resource, place.attribute, span, message)
                    .label("no condition on anchor or certificate")
                    .root(span)
                    .help("ask for the anchor with `ArnEquals` on `aws:SourceArn`, and for the certificate in \
                           `aws:PrincipalTag/x509Subject/CN`");
                draft = match place.identity {
                    Some(identity) => draft
                        .identity(identity.address.clone())
                        .owner(identity.owner.name())
                        .environment(identity.environment.as_ref()),
                    None => draft.note("no role here uses this document"),
                };
                if let Some(fix) = of_anchor(cx, statement) {
                    draft = draft.fix(fix);
                }
                cx.emit(draft);
            }
        }
        let managed = cx.model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
        for resource in managed {
            let draft = match &*resource.kind {
                "aws_rolesanywhere_trust_anchor" => anchor(cx, resource),
                "aws_rolesanywhere_profile" => profile(cx, resource),
                _ => None,
            };
            if let Some(draft) = draft {
                cx.emit(draft);
            }
        }
    }
}

/// Asks for the only trust anchor of the module.
fn of_anchor(cx: &Context<'_>, statement: &Statement<Tag>) -> Option<Fix> {
    let place = Place::of(cx, statement.at.span?)?;
    let anchor = place.sole(cx, "aws_rolesanywhere_trust_anchor", "arn")?;
    let said = statement.conditions.iter().find(|condition| condition.key.eq_ignore_ascii_case("aws:SourceArn"));
    // Others that the statement lets in have no anchor.
    let edits = match (statement.principals.list(), said.map(|condition| condition.values.as_slice())) {
        ([_], None) => place.demand(&Demand::one("ArnEquals", "aws:SourceArn", anchor))?,
        ([_], Some([any])) => vec![place.replace(any.at.span?, "*", &anchor)?],
        _ => return None,
    };
    let title = "Take certificates from the trust anchor of this module only".to_string();
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// It lets the service in, and nothing says for which certificate.
fn is_open(statement: &Statement<Tag>) -> bool {
    let Principals::Only(listed) = &statement.principals else { return false };
    let service = listed.iter().any(|principal| {
        principal.kind == PrincipalKind::Service
            && principal.element.pattern.prefix().starts_with("rolesanywhere.")
    });
    let assumes =
        statement.actions.elements().iter().any(|it| it.pattern.matches_ignore_case("sts:AssumeRole").is_yes());
    service
        && assumes
        && !statement.actions.is_negated()
        && statement.effect == Effect::Allow
        && !statement.conditions.iter().any(narrows)
}

/// A condition on the anchor or the certificate. One that is not known may be one.
fn narrows(condition: &Condition<Tag>) -> bool {
    let key = condition.key.to_ascii_lowercase();
    let concerned = key == "aws:sourcearn"
        || key == "sts:sourceidentity"
        || key.starts_with("aws:principaltag/x509")
        || key.starts_with("aws:principaltag/…");
    if condition.values.iter().any(|value| value.pattern.is_any()) {
        return false;
    }
    match condition.strength() {
        Strength::Strong => concerned,
        Strength::Unknown => concerned || !condition.has_known_key(),
        Strength::None | Strength::Weak => false,
    }
}

/// A certificate authority whose key is in the state.
fn anchor(cx: &Context<'_>, resource: &Resource) -> Option<Draft> {
    let data = resource.body.at_path("source.source_data.x509_certificate_data");
    let (path, value) = data.into_iter().next()?;
    let authority = value.deep_refs().iter().map(|used| cx.model.resource(used.resource)).find(|used| {
        &*used.kind == "tls_self_signed_cert" && used.mode == ResourceMode::Managed
    })?;
    let span = value.meta.span.unwrap_or_else(|| resource.header());
    let message = format!(
        "`{}` trusts every certificate that `{}` signs, whose private key is in the state",
        resource.address, authority.address
    );
    Some(
        cx.draft(RolesanywhereUnscoped::INFO, resource, &path, span, message)
            .label("an authority made by this code")
            .persona(Rank::regular(Severity::High).in_place(cx, resource.header()).persona)
            .related(authority.header(), "made here")
            .root(resource.header())
            .help("use AWS Private CA (`AWS_ACM_PCA`), or an authority whose key never leaves its store"),
    )
}

/// A profile from which a certificate may choose.
fn profile(cx: &Context<'_>, resource: &Resource) -> Option<Draft> {
    let roles = resource.body.attr("role_arns")?;
    let count = roles.value.as_slice().len();
    let limited = ["session_policy", "managed_policy_arns"].iter().any(|name| {
        resource.body.value(name).is_some_and(|value: &Value| value.as_str().is_none_or(|text| !text.is_empty()))
    });
    if count < 2 || limited {
        return None;
    }
    let span = roles.value.meta.span.unwrap_or(roles.expr_span);
    let message =
        format!("`{}` lets every certificate choose among {}", resource.address, counted(count, "role"));
    Some(
        cx.draft(RolesanywhereUnscoped::INFO, resource, "role_arns", span, message)
            .label("one certificate for all of them")
            .severity(Severity::Medium)
            .persona(Persona::Strict)
            .help("make a profile for each role, or limit the session with `session_policy`"),
    )
}
