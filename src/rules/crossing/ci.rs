//! CI secrets of production that everything can read.

use super::{Crossing, Place};
use crate::config::Environment;
use crate::eval::{Resource, ResourceMode};
use crate::rules::Context;
use crate::rules::surroundings::is_sample;

pub(in crate::rules) fn ci_secrets(cx: &Context<'_>) -> Vec<Crossing> {
    let managed = cx.model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    managed
        .filter_map(|resource| match &*resource.kind {
            "github_actions_organization_secret"
            | "github_dependabot_organization_secret"
            | "github_codespaces_organization_secret" => github(cx, resource),
            "gitlab_project_variable" | "gitlab_group_variable" => gitlab(cx, resource),
            _ => None,
        })
        .collect()
}

fn github(cx: &Context<'_>, resource: &Resource) -> Option<Crossing> {
    let attr = resource.body.attr("visibility")?;
    if attr.value.as_str() != Some("all") {
        return None;
    }
    let name = resource.body.text("secret_name").unwrap_or(&resource.name);
    let production = for_production(cx, resource, name);
    let whose = if production { "secret of production" } else { "secret" };
    let message = format!("`{}` gives the {whose} `{name}` to every repository", resource.address);
    let site = Place {
        address: resource.address.clone(),
        attribute: "visibility".to_string(),
        span: attr.value.meta.span.unwrap_or(attr.expr_span),
        label: "every repository and every branch of it".to_string(),
        root: None,
    };
    let mut crossing = Crossing::new(message, resource.address.clone(), vec![site]);
    crossing.value = Some(attr.value.clone());
    crossing.help = "set `visibility = \"selected\"` and name the repositories, or use environment secrets \
                     (`github_actions_environment_secret`), which branches can be kept from";
    crossing.remedy = "List the repositories that need the secret in `selected_repository_ids`".to_string();
    crossing.strict = !production || is_sample(cx, cx.model, resource.header());
    crossing.sure = production;
    Some(crossing)
}

/// Without a scope a variable is there for jobs of every environment; `protected` keeps it to protected
/// branches and tags.
fn gitlab(cx: &Context<'_>, resource: &Resource) -> Option<Crossing> {
    let scope = resource.body.attr("environment_scope").filter(|attr| !attr.value.is_null());
    if scope.is_some_and(|attr| attr.value.as_str() != Some("*")) {
        return None;
    }
    let protected = resource.body.value("protected");
    if protected.is_some_and(|value| value.as_bool() != Some(false)) {
        return None;
    }
    let key = resource.body.text("key")?;
    let from_credential = resource.body.value("value").is_some_and(|value| {
        value.is_sensitive()
            || value.deep_refs().iter().any(|used| cx.model.credential_of(used.resource).is_some())
    });
    let secret = resource.body.bool("masked") == Some(true)
        || resource.body.bool("hidden") == Some(true)
        || from_credential;
    let classified = cx.shared.config.environments.classify(key) == Some(Environment::Production);
    if !secret || !classified {
        return None;
    }
    let span = scope.map_or_else(|| resource.header(), |attr| attr.value.meta.span.unwrap_or(attr.expr_span));
    let message =
        format!("`{}` gives the secret of production `{key}` to jobs of every environment", resource.address);
    let site = Place {
        address: resource.address.clone(),
        attribute: "environment_scope".to_string(),
        span,
        label: "no environment is set, and it is not protected".to_string(),
        root: None,
    };
    let mut crossing = Crossing::new(message, resource.address.clone(), vec![site]);
    crossing.help = "set `environment_scope` to the production environment, and `protected = true`";
    crossing.remedy = "Set `environment_scope` to the production environment".to_string();
    crossing.strict = is_sample(cx, cx.model, resource.header());
    Some(crossing)
}

/// By its name, or because what is in it is a credential of production.
fn for_production(cx: &Context<'_>, resource: &Resource, name: &str) -> bool {
    let is = |environment: Option<Environment>| environment == Some(Environment::Production);
    let by_name = is(cx.shared.config.environments.classify(name));
    let values =
        ["plaintext_value", "value", "encrypted_value"].iter().filter_map(|name| resource.body.value(name));
    let by_value =
        values.flat_map(|value| value.deep_refs().iter().cloned().collect::<Vec<_>>()).any(|used| {
            cx.model.credential_of(used.resource).is_some_and(|credential| is(credential.environment.clone()))
        });
    by_name || by_value
}
