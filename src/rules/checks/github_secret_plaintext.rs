use crate::diagnostic::{Confidence, Fix, Persona, Severity};
use crate::eval::{Resource, ResourceMode};
use crate::iam::Tri;
use crate::identity::exposure::is;
use crate::rules::ci_secrets::{self, CiSecret, Source, source};
use crate::rules::edits::{add_argument, replace_flag};
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Draft, Rule, RuleInfo, secrets};

declare_rule! {
    /// A secret for pipelines gets its value through the code. With `plaintext_value` the state keeps what the
    /// platform would otherwise show to nobody: everybody who reads the state, or the code when it is a
    /// literal, has the secret. A variable of GitLab that is not masked is printed by the first job that
    /// echoes it, and one that is not protected is there for every branch that somebody can push.
    ///
    /// Where the value comes from decides. A literal and an attribute of another resource are reported; an
    /// input variable, which only whoever applies it knows, is shown to a strict reader, since it is in the
    /// state all the same. `encrypted_value` is fine. Variables of GitLab count when their name says that they
    /// are secret.
    ///
    /// Encrypt the value with the public key of the repository and pass `encrypted_value`, or need no secret:
    /// let the pipeline sign in with its own token (OIDC).
    ///
    /// ```hcl,bad
    /// resource "random_password" "registry" {
    ///   length = 32
    /// }
    ///
    /// resource "github_actions_secret" "registry" {
    ///   repository      = "app"
    ///   secret_name     = "REGISTRY_PASSWORD"
    ///   plaintext_value = random_password.registry.result
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// variable "sealed_registry_password" {
    ///   type = string
    /// }
    ///
    /// resource "github_actions_secret" "registry" {
    ///   repository      = "app"
    ///   secret_name     = "REGISTRY_PASSWORD"
    ///   encrypted_value = var.sealed_registry_password
    /// }
    /// ```
    ///
    /// Source: the Terraform Registry pages of `github_actions_secret` and `gitlab_project_variable`; GitLab
    /// documentation, "CI/CD variables: mask, hide, protect".
    GithubSecretPlaintext {
        code: "KW120",
        name: "github-secret-plaintext",
        summary: "Pipeline secret given in plain text",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "cicd",
        nhi: ["NHI2"],
        csf: ["PR.DS-01"],
        cis: ["GH1.2:2.1.7"],
    }
}

impl Rule for GithubSecretPlaintext {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        let Some(kind) = ci_secrets::of(&resource.kind).filter(|_| resource.mode == ResourceMode::Managed) else {
            return;
        };
        match kind.platform {
            "github" if kind.always_secret => plaintext(resource, kind, cx),
            // Group variables are the business of `ci-secret-too-visible`.
            "gitlab" if kind.kind == "gitlab_project_variable" => unmasked(resource, kind, cx),
            _ => {}
        }
    }
}

/// `secret \`NAME\` of \`address\``
fn called(resource: &Resource, kind: &CiSecret) -> String {
    match kind.name_of(resource) {
        Some(name) => format!("secret `{name}` of `{}`", resource.address),
        None => format!("the secret of `{}`", resource.address),
    }
}

fn plaintext(resource: &Resource, kind: &CiSecret, cx: &mut Context<'_>) {
    let Some((attribute, attr)) = kind.value_of(resource) else { return };
    if !matches!(attribute, "plaintext_value" | "value") {
        return;
    }
    let model = cx.model;
    let value = &attr.value;
    let span = value.meta.route.as_ref().map(|hop| hop.span).filter(|span| attr.expr_span.contains(*span));
    let called = called(resource, kind);
    let from = source(model, value);
    if is_no_secret(&from, kind.name_of(resource)) {
        return;
    }
    let (message, label, persona) = match &from {
        Source::Literal => (format!("{called} is written in the code"), "in plain text, in code and state", Persona::Regular),
        Source::State(of) => {
            (format!("{called} is copied in plain text from `{of}`"), "in plain text, in the state", Persona::Regular)
        }
        Source::Variable(name) => {
            (format!("{called} is taken in plain text from `var.{name}`"), "in plain text, in the state", Persona::Strict)
        }
        Source::Unknown => (format!("{called} is given in plain text"), "in plain text, in the state", Persona::Strict),
    };
    let mut draft = cx
        .draft(GithubSecretPlaintext::INFO, resource, attribute, span.unwrap_or(attr.expr_span), message)
        .label(label)
        .persona(persona)
        .identity(resource.address.clone())
        .help("encrypt it with the public key of the repository and pass `encrypted_value`, or let the workflow sign in with OIDC and keep no secret");
    if persona != Persona::Regular {
        draft = draft.severity(Severity::Medium);
    }
    if from == Source::Literal {
        draft = draft.redact(value.meta.span.unwrap_or(attr.expr_span));
        draft = hide(draft, value);
    }
    let title = "Pass the value as `encrypted_value`, sealed with the public key of the repository";
    finish(cx, resource, draft.fix(Fix::manual(title)));
}

/// Role ARNs, regions and key ids are kept among the secrets for convenience: they open nothing.
fn is_no_secret(from: &Source, name: Option<&str>) -> bool {
    const PATHS: [&str; 12] = [
        "id", "arn", "name", "email", "url", "repository_url", "endpoint", "client_id", "application_id",
        "tenant_id", "account_id", "region",
    ];
    const NAMES: [&str; 12] = [
        "_ARN", "_REGION", "_ACCOUNT_ID", "_ACCESS_KEY_ID", "_CLIENT_ID", "_TENANT_ID", "_SUBSCRIPTION_ID",
        "_PROJECT_ID", "_ROLE_TO_ASSUME", "_EMAIL", "_ENDPOINT", "_BUCKET",
    ];
    let by_name = || {
        let name = name.map(str::to_ascii_uppercase).unwrap_or_default();
        NAMES.iter().any(|ending| name.ends_with(ending))
    };
    match from {
        // The id of a random text is the text.
        Source::State(of) if of.contains("random_") => false,
        Source::State(of) => of.rsplit('.').next().is_some_and(|last| PATHS.contains(&last)),
        Source::Literal | Source::Variable(_) | Source::Unknown => by_name(),
    }
}

/// No output shows the characters of a literal, wherever they are written.
fn hide(draft: Draft, value: &crate::eval::value::Value) -> Draft {
    match &value.kind {
        crate::eval::value::Kind::String(text) => {
            text.pieces().iter().fold(draft, |draft, (_, span)| draft.redact(*span))
        }
        _ => draft,
    }
}

fn unmasked(resource: &Resource, kind: &CiSecret, cx: &mut Context<'_>) {
    let body = &resource.body;
    let Some((_, attr)) = kind.value_of(resource) else { return };
    if !kind.holds_secret(resource) || body.text("variable_type") == Some("file") && attr.value.is_unknown() {
        return;
    }
    let masked = is(body, "masked", false).or(is(body, "hidden", false));
    let protected = is(body, "protected", false);
    let missing: Vec<&str> = [("masked", masked), ("protected", protected)]
        .into_iter()
        .filter(|(_, answer)| answer.is_no())
        .map(|(name, _)| name)
        .collect();
    let Some(first) = missing.first() else { return };
    let value = body.value(first);
    let span = value.and_then(|value| value.meta.span).unwrap_or_else(|| resource.header());
    let message = format!("{} is not {}", called(resource, kind), missing.join(" and not "));
    let sources = cx.shared.sources;
    let edits: Vec<_> = missing
        .iter()
        .filter_map(|name| match body.value(name) {
            Some(value) => replace_flag(sources, value, true),
            None => add_argument(sources, resource.span(), name, "true"),
        })
        .collect();
    let mut draft = cx
        .draft(GithubSecretPlaintext::INFO, resource, first, span, message)
        .label(if masked == Tri::No { "job logs may show it" } else { "every branch gets it" })
        .identity(resource.address.clone())
        .help("set `masked = true` and `protected = true`, or let the job sign in with its ID token and keep no secret");
    // Protected variables are for protected branches alone, which may not be all that need it.
    if missing == ["protected"] {
        draft = draft.severity(Severity::Medium);
    }
    let whole = edits.len() == missing.len();
    if whole {
        draft = draft.fix(secrets::unsafe_fix("Mask and protect it (jobs on other branches do not get it any more)", edits));
    }
    finish(cx, resource, draft);
}

fn finish(cx: &mut Context<'_>, resource: &Resource, draft: Draft) {
    let model = cx.model;
    let mut draft = draft.environment(model.environment.as_ref());
    if is_sample(cx, model, resource.header()) {
        draft = draft.persona(Persona::Strict).confidence(Confidence::Medium);
    }
    cx.emit(draft);
}
