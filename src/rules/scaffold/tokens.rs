//! The tokens that platforms give to what runs on them: who issues them, and how they say for whom.
//! Sources: GitHub, "OpenID Connect reference"; GitLab, "OpenID Connect ID tokens"; HCP Terraform, "Dynamic provider
//! credentials"; CircleCI, "OpenID Connect tokens"; Bitbucket, "OpenID Connect in pipelines"; Buildkite, "OIDC tokens";
//! Spacelift, "OIDC".

use super::hcl::escaped;
use super::known;
use crate::eval::Resource;
use crate::eval::value::Value;
use crate::rules::Context;

/// What has to be trusted in place of a key. Texts are insides of string literals.
#[derive(Debug)]
pub struct Token {
    pub platform: &'static str,
    /// Without `https://`.
    pub issuer: String,
    /// Where the platform fixes it; else each cloud has its own.
    pub audience: Option<String>,
    pub subject: String,
    /// `sub` holds what changes from run to run.
    pub is_pattern: bool,
    /// A condition for Google, in its expression language.
    pub condition: String,
    /// For Google, where `sub` is no use: a claim in that language, and what it has to be.
    pub claim: (&'static str, &'static str),
}

/// The token of a platform whose secret the resource is. What the code tells of the repository is filled in.
pub fn of(
    cx: &Context<'_>,
    platform: &'static str,
    secret: Option<&Resource>,
    near: Option<&Resource>,
) -> Token {
    let token = |issuer: &str, subject: String, condition: String| Token {
        platform,
        issuer: issuer.to_string(),
        audience: None,
        is_pattern: subject.contains('*'),
        subject,
        condition,
        claim: ("assertion.sub", "<subject>"),
    };
    match platform {
        "github" => {
            let repository = github_repository(cx, secret, near);
            let environment = secret.and_then(|secret| known(cx, secret, "environment", near));
            let subject = match environment {
                Some(environment) => format!("repo:{repository}:environment:{environment}"),
                None => format!("repo:{repository}:ref:refs/heads/<branch>"),
            };
            let condition = format!("assertion.repository == '{repository}'");
            token("token.actions.githubusercontent.com", subject, condition)
        }
        "gitlab" => {
            let project =
                secret.and_then(|secret| secret.body.text("project")).filter(|path| path.contains('/'));
            let project = project.map_or_else(|| "<group>/<project>".to_string(), escaped);
            let issuer = gitlab_host(cx, secret);
            let subject = format!("project_path:{project}:ref_type:branch:ref:<branch>");
            let condition = format!("assertion.project_path == '{project}'");
            Token { audience: Some(format!("https://{issuer}")), ..token(&issuer, subject, condition) }
        }
        "tfe" => {
            let prefix = "organization:<organization>:project:<project>:workspace:<workspace>:run_phase:";
            let condition = format!("assertion.sub.startsWith('{prefix}')");
            let it = token("app.terraform.io", format!("{prefix}*"), condition);
            Token { claim: ("assertion.terraform_workspace_id", "<workspace id>"), ..it }
        }
        "circleci" => {
            let subject = "org/<organization id>/project/<project id>/user/*".to_string();
            let condition =
                "assertion.sub.startsWith('org/<organization id>/project/<project id>/')".to_string();
            let it = token("oidc.circleci.com/org/<organization id>", subject, condition);
            let claim = ("assertion['oidc.circleci.com/project-id']", "<project id>");
            Token { audience: Some("<organization id>".to_string()), claim, ..it }
        }
        "bitbucket" => {
            let issuer = "api.bitbucket.org/2.0/workspaces/<workspace>/pipelines-config/identity/oidc";
            let condition = "assertion.repositoryUuid == '{<repository uuid>}'".to_string();
            let it = token(issuer, "{<repository uuid>}:*".to_string(), condition);
            let audience = Some("ari:cloud:bitbucket::workspace/<workspace uuid>".to_string());
            Token { audience, claim: ("assertion.repositoryUuid", "{<repository uuid>}"), ..it }
        }
        "buildkite" => {
            let prefix = "organization:<organization>:pipeline:<pipeline>:ref:refs/heads/<branch>:";
            let condition = format!("assertion.sub.startsWith('{prefix}')");
            let it = token("agent.buildkite.com", format!("{prefix}*"), condition);
            Token { claim: ("assertion.pipeline_slug", "<pipeline>"), ..it }
        }
        "spacelift" => {
            let subject = "space:<space>:stack:<stack>:run_type:*:scope:write".to_string();
            let condition = "assertion.sub.startsWith('space:<space>:stack:<stack>:')".to_string();
            let it = token("<account>.app.spacelift.io", subject, condition);
            let audience = Some("<account>.app.spacelift.io".to_string());
            Token { audience, claim: ("assertion.callerId", "<stack>"), ..it }
        }
        "kubernetes" => {
            let namespace = secret.and_then(|secret| secret.body.block("metadata"));
            let namespace = namespace.as_ref().and_then(|block| block.text("namespace"));
            let namespace = namespace.map_or_else(|| "<namespace>".to_string(), escaped);
            let subject = format!("system:serviceaccount:{namespace}:<service account>");
            let condition = format!("assertion.sub == '{subject}'");
            token("<issuer of the cluster>", subject, condition)
        }
        _ => {
            let condition = "assertion.sub == '<subject>'".to_string();
            token("<issuer of the consumer's tokens>", "<subject>".to_string(), condition)
        }
    }
}

/// `acme/app`, with holes for what the code does not tell.
fn github_repository(cx: &Context<'_>, secret: Option<&Resource>, near: Option<&Resource>) -> String {
    let name = secret.and_then(|secret| known(cx, secret, "repository", near));
    let name = name.unwrap_or_else(|| "<repository>".to_string());
    if name.contains('/') {
        return name;
    }
    let owner = secret.and_then(|secret| {
        let provider =
            provider_setting(cx, secret, "owner").or_else(|| provider_setting(cx, secret, "organization"));
        provider.and_then(|value| value.as_str().map(escaped))
    });
    format!("{}/{name}", owner.unwrap_or_else(|| "<organization>".to_string()))
}

/// The host of the provider's API, which issues the tokens as well.
fn gitlab_host(cx: &Context<'_>, secret: Option<&Resource>) -> String {
    let url = secret.and_then(|secret| provider_setting(cx, secret, "base_url"));
    match url.as_ref().map(|url| url.as_str()) {
        None => "gitlab.com".to_string(),
        Some(Some(url)) => {
            let host = url.trim_start_matches("https://").split('/').next().unwrap_or_default();
            if host.is_empty() { "<host of GitLab>".to_string() } else { escaped(host) }
        }
        Some(None) => "<host of GitLab>".to_string(),
    }
}

/// What the provider of a resource is configured with.
fn provider_setting(cx: &Context<'_>, of: &Resource, name: &str) -> Option<Value> {
    let (module, index) = of.provider?;
    let module = cx.model.project.modules.get(module.0 as usize)?;
    module.providers.get(index)?.body.value(name).cloned()
}
