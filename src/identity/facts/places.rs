//! What it means when a secret is put into an attribute.

use super::super::model::PlaceKind;
use super::by_type::ByType;
use super::{Kind, TypeFacts};
use std::sync::LazyLock;

/// A place by resource type and attribute path; `*` in the type stands for any text.
#[derive(Debug)]
pub struct PlaceRule {
    pub types: &'static str,
    pub path: &'static str,
    pub kind: PlaceKind,
}

const fn env(types: &'static str, path: &'static str) -> PlaceRule {
    PlaceRule { types, path, kind: PlaceKind::WorkloadEnv }
}

const fn boot(types: &'static str, path: &'static str) -> PlaceRule {
    PlaceRule { types, path, kind: PlaceKind::BootScript }
}

/// Plain environment of workloads, and boot scripts. Sources: the Terraform Registry pages of each type.
static RULES: [PlaceRule; 51] = [
    env("aws_lambda_function", "environment.variables"),
    env("aws_ecs_task_definition", "container_definitions"),
    env("aws_batch_job_definition", "container_properties"),
    env("aws_codebuild_project", "environment.environment_variable.value"),
    env("aws_glue_job", "default_arguments"),
    env("aws_glue_job", "non_overridable_arguments"),
    env(
        "aws_apprunner_service",
        "source_configuration.image_repository.image_configuration.runtime_environment_variables",
    ),
    env(
        "aws_apprunner_service",
        "source_configuration.code_repository.code_configuration.code_configuration_values.runtime_environment_variables",
    ),
    env("aws_elastic_beanstalk_environment", "setting.value"),
    env("aws_amplify_app", "environment_variables"),
    env("aws_amplify_branch", "environment_variables"),
    env("aws_sagemaker_model", "primary_container.environment"),
    env("aws_lightsail_container_service_deployment_version", "container.environment"),
    env("google_cloudfunctions_function", "environment_variables"),
    env("google_cloudfunctions_function", "build_environment_variables"),
    env("google_cloudfunctions2_function", "service_config.environment_variables"),
    env("google_cloudfunctions2_function", "build_config.environment_variables"),
    env("google_cloud_run_service", "template.spec.containers.env.value"),
    env("google_cloud_run_v2_service", "template.containers.env.value"),
    env("google_cloud_run_v2_job", "template.template.containers.env.value"),
    env("google_composer_environment", "config.software_config.env_variables"),
    env("google_app_engine_standard_app_version", "env_variables"),
    env("google_app_engine_flexible_app_version", "env_variables"),
    env("google_cloudbuild_trigger", "substitutions"),
    env("azurerm_*_app", "app_settings"),
    env("azurerm_*_app_slot", "app_settings"),
    env("azurerm_app_service", "app_settings"),
    env("azurerm_container_group", "container.environment_variables"),
    env("azurerm_container_app", "template.container.env.value"),
    env("azurerm_container_app_job", "template.container.env.value"),
    env("azurerm_spring_cloud_*_deployment", "environment_variables"),
    env("kubernetes_*", "spec.template.spec.container.env.value"),
    env("kubernetes_*", "spec.template.spec.init_container.env.value"),
    env("kubernetes_*", "spec.container.env.value"),
    env("kubernetes_*", "spec.job_template.spec.template.spec.container.env.value"),
    env("kubernetes_env", "env.value"),
    env("helm_release", "set.value"),
    env("heroku_app", "config_vars"),
    boot("aws_instance", "user_data"),
    boot("aws_instance", "user_data_base64"),
    boot("aws_spot_instance_request", "user_data"),
    boot("aws_launch_template", "user_data"),
    boot("aws_launch_configuration", "user_data"),
    boot("aws_launch_configuration", "user_data_base64"),
    boot("google_compute_*", "metadata_startup_script"),
    boot("google_compute_*", "metadata"),
    boot("azurerm_*virtual_machine*", "custom_data"),
    boot("azurerm_*virtual_machine*", "user_data"),
    boot("azurerm_virtual_machine_extension", "settings"),
    boot("digitalocean_droplet", "user_data"),
    boot("openstack_compute_instance_v2", "user_data"),
];

/// The rules of a type. No two of them speak of one path.
fn rules_of(resource: &str) -> impl Iterator<Item = &'static PlaceRule> {
    static TABLE: LazyLock<ByType<PlaceRule>> = LazyLock::new(|| ByType::new(&RULES, |rule| rule.types));
    TABLE.of(resource)
}

/// What a secret in this attribute is exposed to.
pub fn place_kind(resource: &str, path: &str) -> PlaceKind {
    if let Some(rule) = rules_of(resource).find(|rule| below(rule.path, path)) {
        return rule.kind;
    }
    if let Some(kind) = whatever_the_path(resource) {
        return kind;
    }
    let Some(facts) = super::of(resource) else { return PlaceKind::Other };
    let takes = facts.takes.iter().any(|attribute| below(attribute, path));
    match taken_by(facts) {
        PlaceKind::File => PlaceKind::File,
        kind if takes => kind,
        _ => PlaceKind::Other,
    }
}

/// Whether `place_kind` may say one of these of an attribute of the type.
pub fn may_be(resource: &str, wanted: &[PlaceKind]) -> bool {
    let ruled = rules_of(resource).any(|rule| wanted.contains(&rule.kind));
    let kind = || whatever_the_path(resource).or_else(|| super::of(resource).map(taken_by));
    ruled || kind().is_some_and(|kind| wanted.contains(&kind))
}

fn whatever_the_path(resource: &str) -> Option<PlaceKind> {
    match resource {
        "local_file" | "local_sensitive_file" => Some(PlaceKind::File),
        _ if resource.starts_with("github_") && resource.contains("secret") => Some(PlaceKind::CiSecret),
        "gitlab_project_variable"
        | "gitlab_group_variable"
        | "gitlab_instance_variable"
        | "tfe_variable"
        | "circleci_environment_variable"
        | "bitbucket_repository_variable"
        | "bitbucket_workspace_variable"
        | "bitbucket_deployment_variable"
        | "buildkite_pipeline_secret"
        | "spacelift_environment_variable" => Some(PlaceKind::CiSecret),
        "aws_iam_user_login_profile" => Some(PlaceKind::Login),
        _ => None,
    }
}

/// What a type does with the secrets that it takes.
fn taken_by(facts: &TypeFacts) -> PlaceKind {
    match facts.kind {
        Kind::SecretValue => PlaceKind::SecretStore,
        Kind::Database | Kind::Identity => PlaceKind::Login,
        Kind::Sink => PlaceKind::File,
        _ => PlaceKind::Other,
    }
}

/// `path` is `rule` or inside it.
fn below(rule: &str, path: &str) -> bool {
    path.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_by_type_and_path() {
        assert_eq!(place_kind("aws_lambda_function", "environment.variables"), PlaceKind::WorkloadEnv);
        assert_eq!(place_kind("azurerm_linux_web_app", "app_settings"), PlaceKind::WorkloadEnv);
        assert_eq!(place_kind("azurerm_linux_virtual_machine", "custom_data"), PlaceKind::BootScript);
        assert_eq!(place_kind("github_actions_secret", "plaintext_value"), PlaceKind::CiSecret);
        assert_eq!(place_kind("aws_secretsmanager_secret_version", "secret_string"), PlaceKind::SecretStore);
        assert_eq!(place_kind("google_sql_user", "password"), PlaceKind::Login);
        assert_eq!(place_kind("aws_s3_bucket", "bucket"), PlaceKind::Other);
    }
}
