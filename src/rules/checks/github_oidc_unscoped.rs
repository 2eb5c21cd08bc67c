use crate::diagnostic::{Confidence, Severity};
use crate::identity::trust::{Cause, Issuer, Width, federated_credential, read_subject};
use crate::rules::federation::{
    Case, Rank, about, cases, named, narrowed, plain_operator, pools, rank, reach, report_aws, with_audience,
};
use crate::rules::{Context, Draft, Rule, RuleInfo};

declare_rule! {
    /// A pipeline on GitHub Actions signs in without a stored key: GitHub makes a token that names the
    /// repository, and the cloud compares it with what the trust asks for. All customers of GitHub share one
    /// issuer. A trust that asks for too little is satisfied by a workflow that a stranger wrote in a
    /// repository of his own, and nothing is left to steal first.
    ///
    /// Every document, statement and value is judged by what it lets in:
    ///
    /// - AWS: roles, and `aws_iam_policy_document` that no role here uses. No condition on the subject, `*`,
    ///   `repo:*`, a name that others may register (`repo:acme*` takes in `acme-evil` too), and tests that do not
    ///   test: `ForAllValues` and `…IfExists` pass when the claim is missing, `StringNotLike` lets in all others.
    ///   Claims of their own (`repository`, `repository_owner_id`, `job_workflow_ref` …), subjects that were
    ///   customised, ids in names (`repo:acme@12/app@34`) and Deny statements count as well.
    /// - Google Cloud: a provider of a workload identity pool without a condition that names an owner or a
    ///   repository, and members that are a whole pool or an attribute that anybody's repository may have.
    /// - Azure: a federated credential with a wildcard.
    ///
    /// Every repository of an organization is reported as well, one step lower: whoever may create a repository
    /// there may become the identity. With `--persona strict` you also see one repository with any branch and any
    /// pull request, groups of repositories, trusts without a condition on the audience, and values that never
    /// match, since `StringEquals` knows no wildcards.
    ///
    /// The fix asks for the only `github_repository` of the module and its environment or default branch, or for the
    /// subject that all other trusts ask for. Where the code does not tell who is meant, there is none.
    ///
    /// ```hcl,bad
    /// data "aws_iam_policy_document" "deploy" {
    ///   statement {
    ///     actions = ["sts:AssumeRoleWithWebIdentity"]
    ///     principals {
    ///       type        = "Federated"
    ///       identifiers = ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"]
    ///     }
    ///     condition {
    ///       test     = "StringEquals"
    ///       variable = "token.actions.githubusercontent.com:aud"
    ///       values   = ["sts.amazonaws.com"]
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// data "aws_iam_policy_document" "deploy" {
    ///   statement {
    ///     actions = ["sts:AssumeRoleWithWebIdentity"]
    ///     principals {
    ///       type        = "Federated"
    ///       identifiers = ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"]
    ///     }
    ///     condition {
    ///       test     = "StringEquals"
    ///       variable = "token.actions.githubusercontent.com:aud"
    ///       values   = ["sts.amazonaws.com"]
    ///     }
    ///     condition {
    ///       test     = "StringEquals"
    ///       variable = "token.actions.githubusercontent.com:sub"
    ///       values   = ["repo:acme/app:environment:production"]
    ///     }
    ///   }
    /// }
    /// ```
    ///
    /// Source: GitHub documentation, "OpenID Connect reference"; AWS IAM User Guide, "Create a role for OpenID
    /// Connect federation", "Single-valued vs. multivalued context keys"; Google Cloud documentation, "Configure
    /// Workload Identity Federation with deployment pipelines"; Microsoft Entra documentation, "Flexible
    /// federated identity credentials".
    GithubOidcUnscoped {
        code: "KW302",
        name: "github-oidc-unscoped",
        summary: "GitHub Actions trust that other repositories satisfy",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "trust",
        nhi: ["NHI4", "NHI6"],
        csf: ["PR.AA-03", "PR.AA-04", "PR.AA-05"],
        cis: [],
    }
}

const AWS_HELP: &str = "ask for `repo:OWNER/REPOSITORY:ref:refs/heads/BRANCH` or `…:environment:NAME` in \
                        `token.actions.githubusercontent.com:sub`, and for `sts.amazonaws.com` in `…:aud`";
const GOOGLE_HELP: &str = "set `attribute_condition` to `assertion.repository_owner_id == 'ID'` or narrower, and bind \
                           `attribute.repository/OWNER/REPOSITORY`";

impl Rule for GithubOidcUnscoped {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let all = cases(cx);
        for case in all.iter().filter(|case| case.admission.provider.issuer == Issuer::GitHub) {
            if let Some(draft) = on_aws(cx, case, &all) {
                cx.emit(draft);
            }
        }
        for pool in pools(cx).iter().filter(|pool| pool.issuer == Issuer::GitHub) {
            let draft = pool.draft(cx, Self::INFO).help(GOOGLE_HELP);
            cx.emit(draft);
        }
        on_azure(cx);
    }
}

fn on_aws(cx: &Context<'_>, case: &Case<'_>, all: &[Case<'_>]) -> Option<Draft> {
    let opening = &case.admission.opening;
    let width = opening.width?;
    let found = rank(width, Severity::Critical, Rank::regular(Severity::High));
    let draft = |rank: Rank| report_aws(cx, GithubOidcUnscoped::INFO, case, rank).help(AWS_HELP);
    match (found, &opening.cause) {
        (None, _) if opening.audience => None,
        (None, _) => Some(without_audience(cx, case)),
        (Some(rank), _) if width == Width::Nobody => {
            Some(draft(rank).help("use `StringLike`, or write the subject without wildcards"))
        }
        // Every token of GitHub has a subject today; nothing holds it to that.
        (Some(rank), Cause::PassesWithout { operator, .. }) => {
            let severity = rank.severity.min(Severity::High);
            Some(draft(Rank { severity, ..rank }).fix(plain_operator(case, operator)))
        }
        (Some(rank), _) => Some(match narrowed(cx, case, all) {
            Some(fix) => draft(rank).fix(fix),
            None => draft(rank),
        }),
    }
}

fn without_audience(cx: &Context<'_>, case: &Case<'_>) -> Draft {
    let message = format!("{} takes tokens of GitHub Actions whoever they are made for", named(case));
    let draft = about(cx, GithubOidcUnscoped::INFO, case, Rank::strict(Severity::Low), case.root, message)
        .label("no condition on the audience")
        .help("ask for `sts.amazonaws.com` in `token.actions.githubusercontent.com:aud`");
    match with_audience(cx, case) {
        Some(fix) => draft.fix(fix),
        None => draft,
    }
}

fn on_azure(cx: &mut Context<'_>) {
    let model = cx.model;
    for resource in &model.project.resources {
        let Some(credential) = federated_credential(model, resource) else { continue };
        if credential.issuer != Issuer::GitHub {
            continue;
        }
        let readings = credential.subjects.iter().map(|subject| read_subject(Issuer::GitHub, subject));
        let Some(reading) = readings.max_by_key(|reading| reading.width) else { continue };
        let Some(width) = reading.width else { continue };
        let wild = credential.attr.value.as_str().is_some_and(|text| text.contains('*'));
        let (ranked, message, label) = match (width, credential.flexible) {
            (Width::Nobody, false) if wild => (
                Rank::regular(Severity::Medium),
                format!("`{}` has a wildcard in its subject, which Azure compares as it stands", resource.address),
                "matches no token".to_string(),
            ),
            (Width::Nobody, _) | (_, false) => continue,
            (width, true) => {
                let Some(ranked) = rank(width, Severity::Critical, Rank::regular(Severity::High)) else { continue };
                let message = format!("`{}` lets in {}", resource.address, reading.described);
                (ranked, message, reach(Some(width)).to_string())
            }
        };
        let span = credential.attr.value.meta.span.unwrap_or(credential.attr.expr_span);
        let draft = cx
            .draft(GithubOidcUnscoped::INFO, resource, credential.attribute, span, message)
            .label(label)
            .severity(ranked.severity)
            .persona(ranked.persona)
            .confidence(Confidence::High)
            .root(resource.header())
            .merged("azure-federated-credential-wide")
            .route(&credential.attr.value)
            .help("name the repository and its branch or environment: `repo:OWNER/REPOSITORY:environment:NAME`");
        cx.emit(draft);
    }
}
