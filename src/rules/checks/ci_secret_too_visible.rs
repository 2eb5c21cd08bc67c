use crate::diagnostic::{Fix, Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::exposure::is;
use crate::rules::edits::{add_argument, replace_flag, replace_literal};
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Draft, Rule, RuleInfo, ci_secrets, secrets};

declare_rule! {
    /// A secret of a whole organization or group reaches more repositories than use it. Everybody who can
    /// push a branch to any of them, and every action that any of them runs, can read it.
    ///
    /// Reported are secrets of a GitHub organization for all repositories (those for all private ones are of
    /// low severity), runner groups that public repositories may use, where the forks of strangers run code
    /// next to the runner's identity, and variables of a GitLab group whose name says that they are secret and
    /// that are neither protected nor held to an environment.
    ///
    /// ```hcl,bad
    /// resource "github_actions_organization_secret" "registry" {
    ///   secret_name     = "REGISTRY_TOKEN"
    ///   visibility      = "all"
    ///   encrypted_value = "c2VhbGVk"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "github_actions_organization_secret" "registry" {
    ///   secret_name             = "REGISTRY_TOKEN"
    ///   visibility              = "selected"
    ///   selected_repository_ids = [123456]
    ///   encrypted_value         = "c2VhbGVk"
    /// }
    /// ```
    ///
    /// Source: GitHub documentation, "Using secrets in GitHub Actions" and "Managing access to self-hosted
    /// runners using groups"; GitLab documentation, "CI/CD variables".
    CiSecretTooVisible {
        code: "KW121",
        name: "ci-secret-too-visible",
        summary: "Pipeline secret visible to more than use it",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "cicd",
        nhi: ["NHI8", "NHI9"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

impl Rule for CiSecretTooVisible {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        if resource.mode != ResourceMode::Managed {
            return;
        }
        let draft = match &*resource.kind {
            "github_actions_organization_secret"
            | "github_dependabot_organization_secret"
            | "github_codespaces_organization_secret" => organization(resource, cx),
            "github_actions_runner_group" | "github_enterprise_actions_runner_group" => runners(resource, cx),
            "gitlab_group_variable" => group(resource, cx),
            _ => None,
        };
        let Some(mut draft) = draft else { return };
        draft = draft.identity(resource.address.clone()).environment(cx.model.environment.as_ref());
        if is_sample(cx, cx.model, resource.header()) {
            draft = draft.persona(Persona::Strict);
        }
        cx.emit(draft);
    }
}

fn organization(resource: &Resource, cx: &Context<'_>) -> Option<Draft> {
    let value: &Value = resource.body.value("visibility")?;
    let name = resource.body.text("secret_name").map_or_else(String::new, |name| format!(" (`{name}`)"));
    let (who, severity) = match value.as_str()? {
        "all" => ("every repository of the organization", Severity::Medium),
        "private" => ("every private repository of the organization", Severity::Low),
        _ => return None,
    };
    let span = value.meta.span.unwrap_or_else(|| resource.header());
    let message = format!("`{}`{name} can be read by {who}", resource.address);
    let mut draft = cx
        .draft(CiSecretTooVisible::INFO, resource, "visibility", span, message)
        .label(who)
        .severity(severity)
        .route(value)
        .help("set `visibility = \"selected\"` and list the repositories that use it in `selected_repository_ids`");
    // Without a list, no repository would have it.
    let listed = resource.body.value("selected_repository_ids").is_some();
    draft = match replace_literal(cx.shared.sources, value, "selected").filter(|_| listed) {
        Some(edit) => {
            draft.fix(secrets::unsafe_fix("Show it to the selected repositories only", vec![edit]))
        }
        None => draft.fix(Fix::manual("List the repositories that use it, and show it to those only")),
    };
    Some(draft)
}

fn runners(resource: &Resource, cx: &Context<'_>) -> Option<Draft> {
    let value = resource.body.value("allows_public_repositories").filter(|value| value.as_bool() == Some(true))?;
    let span = value.meta.span.unwrap_or_else(|| resource.header());
    let message = format!("public repositories may run jobs on the runners of `{}`", resource.address);
    let mut draft = cx
        .draft(CiSecretTooVisible::INFO, resource, "allows_public_repositories", span, message)
        .label("forks of strangers run here")
        .route(value)
        .help("set `allows_public_repositories = false`, and use hosted runners for public repositories");
    if let Some(edit) = replace_flag(cx.shared.sources, value, false) {
        let title = "Keep public repositories off these runners";
        draft = draft.fix(secrets::unsafe_fix(title, vec![edit]));
    }
    Some(draft)
}

fn group(resource: &Resource, cx: &Context<'_>) -> Option<Draft> {
    let body = &resource.body;
    let kind = ci_secrets::of(&resource.kind)?;
    let everywhere = body.value("environment_scope").is_none_or(|scope| scope.as_str() == Some("*"));
    if !kind.holds_secret(resource) || !everywhere || !is(body, "protected", false).is_no() {
        return None;
    }
    let value = body.value("protected");
    let span = value.and_then(|value| value.meta.span).unwrap_or_else(|| resource.header());
    let name = kind.name_of(resource).map_or_else(String::new, |name| format!(" (`{name}`)"));
    let message = format!("`{}`{name} reaches every branch of every project of the group", resource.address);
    let edit = match value {
        Some(value) => replace_flag(cx.shared.sources, value, true),
        None => add_argument(cx.shared.sources, resource.span(), "protected", "true"),
    };
    let mut draft = cx
        .draft(CiSecretTooVisible::INFO, resource, "protected", span, message)
        .label("every branch of every project")
        .help("set `protected = true`, hold it to an `environment_scope`, or move it to the projects that use it");
    if let Some(edit) = edit {
        let title = "Protect it (jobs on other branches do not get it any more)";
        draft = draft.fix(secrets::unsafe_fix(title, vec![edit]));
    }
    Some(draft)
}
