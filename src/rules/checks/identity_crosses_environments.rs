use crate::diagnostic::{Confidence, Fix, Persona};
use crate::rules::crossing::{self, Crossing};
use crate::rules::{Context, Draft, Rule, RuleInfo};

declare_rule! {
    /// An identity or credential serves production and something else. Whoever breaks into the weaker
    /// environment, where more people have access and less is watched, has the identity of production.
    ///
    /// What is looked at, each time with both sides named in the code (tags, names of resources and
    /// modules, directories, variable files, secret names; the words are `environments` in `keyward.toml`):
    ///
    /// - an identity that workloads of production and of another environment run as, in one root module,
    ///   or by the same literal ARN, address or id in several
    /// - an identity that the providers of root modules of both become, or that the variable files of both
    ///   name
    /// - a credential whose value is stored for both, such as one password in `/prod/db` and `/dev/db`
    /// - a secret literal that stands in the code or the variable files of both
    /// - one ARN or address under `prod` and `dev` in a map by environment
    /// - a role or account of production that trusts a principal, an account or a branch of another
    ///   environment: AWS trust policies, GitHub and GitLab subjects, Google workload identity and
    ///   impersonation, Azure federated credentials
    /// - a CI secret of production that every repository or every environment can read:
    ///   `visibility = "all"`, a GitLab variable without `environment_scope`, a variable set of HCP Terraform
    ///   for all workspaces
    ///
    /// Accounts that deploy to all environments are common and at times meant to be: permissions of one
    /// principal in several environments, a provider with an alias that becomes one role in all of them,
    /// names such as `central`, pull requests that may assume a role, and organisation secrets without a word
    /// of production in their name show with `--persona strict`.
    ///
    /// To fix it, make one identity or secret for each environment, and let each trust only its own.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "deploy_prod" {
    ///   name = "deploy-prod"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Principal = { AWS = "arn:aws:iam::111122223333:role/dev-builder" }
    ///       Action    = "sts:AssumeRole"
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "deploy_prod" {
    ///   name = "deploy-prod"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Principal = { AWS = "arn:aws:iam::444455556666:role/prod-builder" }
    ///       Action    = "sts:AssumeRole"
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// Source: OWASP NHI8:2025 "Environment Isolation"; AWS, "Organizing Your AWS Environment Using Multiple
    /// Accounts"; Google Cloud, "Best practices for using workload identity federation"; GitHub, "Using
    /// secrets in GitHub Actions".
    IdentityCrossesEnvironments {
        code: "KW403",
        name: "identity-crosses-environments",
        summary: "Identity or credential that serves production and another environment",
        severity: High,
        confidence: Medium,
        persona: Regular,
        fix: Manual,
        category: "reuse",
        nhi: ["NHI8", "NHI9"],
        csf: ["PR.AA-05", "PR.IR-01"],
        cis: ["AWS7:2.1.4", "GCP5:1.1.3"],
    }
}

impl Rule for IdentityCrossesEnvironments {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let mut found = crossing::workloads(cx);
        found.extend(crossing::credentials(cx));
        found.extend(crossing::maps(cx));
        found.extend(crossing::trusts(cx));
        found.extend(crossing::ci_secrets(cx));
        found.extend(crossing::variable_sets(cx));
        found.into_iter().for_each(|crossing| report(cx, crossing));
    }

    fn estate(&self, cx: &mut Context<'_>) {
        let mut found = crossing::across_roots(cx);
        found.extend(crossing::literals(cx));
        found.into_iter().for_each(|crossing| report(cx, crossing));
    }
}

fn report(cx: &mut Context<'_>, crossing: Crossing) {
    let Some(first) = crossing.sites.first() else { return };
    let mut draft = Draft::new(
        IdentityCrossesEnvironments::INFO,
        &first.address,
        &first.attribute,
        first.span,
        crossing.message,
    )
    .in_root(first.root.clone())
    .label(first.label.clone())
    .identity(crossing.identity)
    .help(crossing.help)
    .fix(Fix::manual(crossing.remedy));
    for site in &crossing.sites[1..] {
        draft = draft
            .site(&site.address, &site.attribute, site.span)
            .in_root(site.root.clone())
            .related(site.span, site.label.clone());
    }
    for (span, text) in crossing.related {
        draft = draft.related(span, text);
    }
    for span in crossing.secrets {
        draft = draft.redact(span);
    }
    if let Some(value) = &crossing.value {
        draft = draft.route(value);
    }
    if crossing.strict {
        draft = draft.persona(Persona::Strict);
    }
    if crossing.sure {
        draft = draft.confidence(Confidence::High);
    }
    if let Some(rule) = crossing.merged {
        draft = draft.merged(rule);
    }
    for note in crossing.notes {
        draft = draft.note(note);
    }
    cx.emit(draft);
}
