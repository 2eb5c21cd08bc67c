use crate::diagnostic::Severity;
use crate::identity::trust::{Cause, Issuer, Login, Opening, Party, Width, is_public, trusts};
use crate::rules::federation::{Case, Rank, about, cases, named, narrowed, plain_operator, rank, report_aws, signed_in};
use crate::rules::{Context, Draft, Rule, RuleInfo};

declare_rule! {
    /// An identity provider vouches for whoever holds one of its tokens, and the trust says which of them are
    /// meant. Where it does not, all of them are: every project of a CI service, every workspace, every user of
    /// a directory. At issuers that serve all their customers from one address (`gitlab.com`,
    /// `app.terraform.io`, Buildkite, Cognito, Google) these are strangers.
    ///
    /// What is looked at, for all issuers but GitHub and Kubernetes, which have rules of their own:
    ///
    /// - AWS: roles, and `aws_iam_policy_document` that no role here uses, without a condition that tells holders
    ///   of tokens apart: the subject in the grammar of its issuer, a claim of the issuer's own, for
    ///   directories also the audience. At CI services the job chooses the audience, so that it says nothing.
    ///   Tests that do not test (`ForAllValues`, `…IfExists`, `StringNotLike`) count as none.
    /// - Amazon Cognito: a role that does not ask for its identity pool is open to the pools of every account.
    /// - Vault: a role for tokens (`role_type = "jwt"`) without `bound_subject` and `bound_claims`, or with
    ///   wildcards that come to as much, and logins of Kubernetes and AWS for everybody.
    ///
    /// An issuer that belongs to one organization makes it less severe, and so does a subject that names the
    /// organization only. With `--persona strict` you also see whole projects and groups of projects,
    /// directories that are asked for an audience alone, Cognito roles open to guests, and values that never match.
    ///
    /// The fix asks for the only `gitlab_project`, `tfe_workspace` or identity pool of the module, or for the subject
    /// that all other trusts in the issuer ask for.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "deploy" {
    ///   name = "deploy"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = "sts:AssumeRoleWithWebIdentity"
    ///       Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/gitlab.com" }
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "deploy" {
    ///   name = "deploy"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Action    = "sts:AssumeRoleWithWebIdentity"
    ///       Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/gitlab.com" }
    ///       Condition = {
    ///         StringEquals = { "gitlab.com:sub" = "project_path:acme/app:ref_type:branch:ref:main" }
    ///       }
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// Source: AWS IAM User Guide, "Available keys for AWS OIDC federation"; Amazon Cognito Developer Guide,
    /// "IAM roles"; GitLab documentation, "Configure OpenID Connect in AWS"; HCP Terraform documentation,
    /// "Dynamic provider credentials"; HashiCorp Vault documentation, "JWT/OIDC auth method (API)".
    OidcProviderUnscoped {
        code: "KW303",
        name: "oidc-provider-unscoped",
        summary: "Trust in an identity provider that any of its tokens satisfies",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "trust",
        nhi: ["NHI4"],
        csf: ["PR.AA-04"],
        cis: [],
    }
}

impl Rule for OidcProviderUnscoped {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let all = cases(cx);
        for case in &all {
            let drafts = match case.admission.provider.issuer {
                Issuer::GitHub | Issuer::Kubernetes | Issuer::Saml => continue,
                issuer => [on_aws(cx, case, &all, issuer), guests(cx, case, issuer)],
            };
            drafts.into_iter().flatten().for_each(|draft| cx.emit(draft));
        }
        for login in &trusts(model).logins {
            if let Some(draft) = on_vault(cx, login) {
                cx.emit(draft);
            }
        }
    }
}

fn on_aws(cx: &Context<'_>, case: &Case<'_>, all: &[Case<'_>], issuer: Issuer) -> Option<Draft> {
    let opening = &case.admission.opening;
    let width = opening.width?;
    let own = match (issuer, &opening.cause) {
        // A subject that names the organization is all that some of its people look at.
        (_, Cause::Value { .. }) => Rank::regular(Severity::Medium),
        (Issuer::CircleCi | Issuer::Bitbucket, _) => Rank::regular(Severity::High),
        _ => Rank::regular(Severity::Medium),
    };
    let rank = rank(width, Severity::High, own)?;
    let rank = match (issuer, width) {
        // The grammar of subjects is not known there, and many of them are one user or one application.
        (Issuer::Other, Width::Family | Width::Whole | Width::Nobody) => return None,
        (Issuer::Cognito | Issuer::Google, Width::Family | Width::Whole | Width::Nobody) => return None,
        _ => rank,
    };
    let draft = report_aws(cx, OidcProviderUnscoped::INFO, case, rank);
    if width == Width::Nobody {
        return Some(draft.help("use `StringLike`, or write the subject without wildcards"));
    }
    let draft = match &opening.cause {
        Cause::PassesWithout { operator, .. } => draft.fix(plain_operator(case, operator)),
        _ => match narrowed(cx, case, all) {
            Some(fix) => draft.fix(fix),
            None => draft,
        },
    };
    let key = key(case, opening);
    Some(draft.help(format!("ask for {} in `{key}`", example(issuer))))
}

/// A role of an identity pool that does not say whether users have to sign in.
fn guests(cx: &Context<'_>, case: &Case<'_>, issuer: Issuer) -> Option<Draft> {
    let opening = &case.admission.opening;
    if issuer != Issuer::Cognito || opening.signed_in || opening.width.is_none_or(|width| width >= Width::Organization) {
        return None;
    }
    let message = format!("{} can be assumed by guests of its identity pool as well", named(case));
    let draft = about(cx, OidcProviderUnscoped::INFO, case, Rank::strict(Severity::Medium), case.root, message);
    let draft = draft
        .label("no condition on `amr`")
        .help("ask for `authenticated` in `cognito-identity.amazonaws.com:amr` with `ForAnyValue:StringLike`");
    Some(match signed_in(cx, case) {
        Some(fix) => draft.fix(fix),
        None => draft,
    })
}

/// The condition key that should be asked.
fn key(case: &Case<'_>, opening: &Opening) -> String {
    let address = &case.admission.provider.address;
    let host = address.split_once(":oidc-provider/").map_or(address.as_str(), |(_, host)| host);
    let host = host.trim_start_matches("https://");
    let claim = match case.admission.provider.issuer {
        Issuer::Cognito => "aud",
        _ => "sub",
    };
    match &opening.cause {
        Cause::Value { .. } | Cause::NoCondition if host.contains('…') => format!("…:{claim}"),
        _ => format!("{host}:{claim}"),
    }
}

fn example(issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::GitLab => "`project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH`",
        Issuer::TerraformCloud => {
            "`organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:*`"
        }
        Issuer::CircleCi => "`org/ORGANIZATION/project/PROJECT/user/*`",
        Issuer::Buildkite => "`organization:ORGANIZATION:pipeline:PIPELINE:ref:refs/heads/BRANCH:*`",
        Issuer::Bitbucket => "`{REPOSITORY}:{ENVIRONMENT}:*`",
        Issuer::Cognito => "the id of the identity pool",
        _ => "the subject of the one that is meant",
    }
}

fn on_vault(cx: &Context<'_>, login: &Login) -> Option<Draft> {
    let resource = cx.model.resource(login.role);
    let (severity, described, attribute) = match (&login.party, &*resource.kind) {
        (Party::Federated(federation), "vault_jwt_auth_backend_role") => {
            // People who sign in through a browser are let in by their directory.
            if resource.body.text("role_type") != Some("jwt") {
                return None;
            }
            let width = federation.width.filter(|width| *width >= Width::Organization)?;
            let address = federation.name.to_string();
            let known = !address.contains('…');
            let severity = match (width, federation.subjects.is_empty()) {
                (Width::Anyone | Width::Prefix, _) => Severity::High,
                (_, true) if known && is_public(federation.issuer, &address) => Severity::High,
                (_, true) if resource.body.value("bound_audiences").is_none() => Severity::High,
                _ => Severity::Medium,
            };
            let attribute = if federation.subjects.is_empty() { "" } else { "bound_claims" };
            (severity, federation.described.clone(), attribute)
        }
        (Party::Federated(federation), _) => {
            let width = federation.width.filter(|width| *width >= Width::Organization)?;
            let severity = if width == Width::Prefix { Severity::Medium } else { Severity::High };
            (severity, federation.described.clone(), "bound_service_account_namespaces")
        }
        (Party::Anyone, "vault_aws_auth_backend_role") => {
            (Severity::High, "every principal of AWS".to_string(), "bound_iam_principal_arns")
        }
        _ => return None,
    };
    let span = match attribute {
        "" => resource.header(),
        name => cx.value_span(resource, name),
    };
    let message = format!("`{}` lets in {described}", resource.address);
    let draft = cx
        .draft(OidcProviderUnscoped::INFO, resource, attribute, span, message)
        .label(if attribute.is_empty() { "no claim is asked for" } else { "takes in all of them" })
        .severity(severity)
        .root(resource.header())
        .identity(resource.address.clone());
    Some(match &*resource.kind {
        "vault_jwt_auth_backend_role" => {
            draft.help("set `bound_claims` to the repository, project or workspace that is meant, or `bound_subject`")
        }
        "vault_kubernetes_auth_backend_role" => {
            draft.help("name the service accounts and their namespaces")
        }
        _ => draft.help("name the roles and users that are meant"),
    })
}
