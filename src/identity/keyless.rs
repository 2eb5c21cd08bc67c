//! What takes the place of a standing key: for each type, and for whoever uses the key.

use super::{Model, Place, PlaceKind, Subject, facts};
use crate::diagnostic::Persona;

/// Types whose keyless replacement is not in the facts, and those that only a thorough review asks about.
const OTHERS: [(&str, &str, Persona); 16] = [
    (
        "aws_iam_server_certificate",
        "a certificate of AWS Certificate Manager, which renews itself",
        Persona::Strict,
    ),
    ("aws_iam_user_ssh_key", "`git-remote-codecommit` with a role", Persona::Strict),
    ("aws_key_pair", "SSM Session Manager or EC2 Instance Connect", Persona::Strict),
    ("aws_transfer_ssh_key", "an identity provider for the Transfer server", Persona::Auditor),
    (
        "confluent_api_key",
        "OAuth with a `confluent_identity_pool` of your identity provider",
        Persona::Regular,
    ),
    ("databricks_obo_token", "OAuth of the service principal, or a federation policy", Persona::Strict),
    (
        "databricks_service_principal_secret",
        "a `databricks_service_principal_federation_policy`",
        Persona::Regular,
    ),
    ("databricks_token", "OAuth of a service principal, or workload identity federation", Persona::Regular),
    (
        "datadog_api_key",
        "the role of the cloud integration where that does, else a key of its own for each consumer",
        Persona::Strict,
    ),
    ("datadog_application_key", "a service account's application key with narrow scopes", Persona::Strict),
    ("digitalocean_ssh_key", "an SSH certificate authority", Persona::Auditor),
    ("gitlab_deploy_token", "the job token (`CI_JOB_TOKEN`) with an allowlist", Persona::Strict),
    (
        "mongodbatlas_api_key",
        "a service account with OAuth (`mongodbatlas_service_account`)",
        Persona::Regular,
    ),
    ("tfe_organization_token", "a team token with an end", Persona::Strict),
    (
        "tfe_team_token",
        "the workload identity of the run (`tfc_workload_identity_token`) where the consumer is a run",
        Persona::Auditor,
    ),
    (
        "vault_approle_auth_backend_role_secret_id",
        "the JWT, Kubernetes or cloud auth method of the workload's platform",
        Persona::Strict,
    ),
];

/// What to use instead of a standing credential of this type, and who is told.
pub fn instead_of(kind: &str) -> Option<(&'static str, Persona)> {
    if let Some((_, text, persona)) = OTHERS.iter().find(|(name, ..)| *name == kind) {
        return Some((text, *persona));
    }
    let known = match kind {
        "aws_iam_access_key" => "an `aws_iam_role` that the consumer assumes",
        "google_service_account_key" => {
            "workload identity federation, or the service account attached to the workload"
        }
        "google_storage_hmac_key" => "OAuth tokens of the attached service account",
        "azuread_application" | "azuread_application_password" => {
            "an `azuread_application_federated_identity_credential` or a managed identity"
        }
        "azuread_service_principal_password" => "a federated credential or a managed identity",
        "aws_codebuild_source_credential" => "an `aws_codestarconnections_connection`",
        "mongodbatlas_project_api_key" => "a service account with OAuth (`mongodbatlas_service_account`)",
        "aws_iam_service_specific_credential" => "signed requests of an assumed role",
        "snowflake_legacy_service_user" => {
            "a `snowflake_service_user` with workload identity, OAuth or a key pair"
        }
        _ => facts::of(kind).filter(|facts| facts.is_static)?.better.as_deref()?,
    };
    Some((known, Persona::Regular))
}

/// The concrete way for the consumer at hand. `None` when nothing more can be said than for the type.
pub fn for_consumer(credential: &str, place: &Place, consumer: Option<&str>) -> Option<String> {
    let cloud = match facts::provider(credential) {
        "aws" => Cloud::Aws,
        "google" => Cloud::Google,
        "azuread" => Cloud::Azure,
        _ => return None,
    };
    let consumer = consumer.unwrap_or_default();
    let text = match (cloud, facts::provider(consumer)) {
        (Cloud::Aws, "github") => {
            "let the workflow assume an `aws_iam_role` through GitHub's OIDC provider (`permissions: id-token: write`), with the `sub` claim held to the repository and branch"
        }
        (Cloud::Google, "github") => {
            "let the workflow come in through a `google_iam_workload_identity_pool_provider` for GitHub, with an `attribute_condition` on the repository"
        }
        (Cloud::Azure, "github") => {
            "give the application an `azuread_application_federated_identity_credential` for the repository and branch, and sign in with `use_oidc`"
        }
        (Cloud::Aws, "gitlab") => {
            "let the job assume an `aws_iam_role` with its ID token (`id_tokens:`) through an OIDC provider for GitLab"
        }
        (Cloud::Google, "gitlab") => {
            "let the job come in with its ID token (`id_tokens:`) through a workload identity pool provider for GitLab"
        }
        (Cloud::Azure, "gitlab") => {
            "give the application a federated credential for the job's ID token (`id_tokens:`)"
        }
        (_, "tfe") => {
            "use dynamic provider credentials of HCP Terraform: the run's workload identity token, trusted by the cloud"
        }
        (Cloud::Aws, "circleci" | "bitbucket" | "buildkite" | "spacelift") => {
            "let the job assume an `aws_iam_role` with the pipeline's OIDC token"
        }
        (_, "circleci" | "bitbucket" | "buildkite" | "spacelift") => {
            "federate the pipeline's OIDC token instead of handing it a key"
        }
        (Cloud::Aws, "kubernetes" | "helm") => {
            "give the service account of the pod a role: EKS Pod Identity (`aws_eks_pod_identity_association`) or IRSA"
        }
        (Cloud::Google, "kubernetes" | "helm") => {
            "bind the Kubernetes service account to the Google one: Workload Identity Federation for GKE"
        }
        (Cloud::Azure, "kubernetes" | "helm") => {
            "use AKS workload identity: a federated credential for the Kubernetes service account"
        }
        (Cloud::Aws, "aws") => return aws_consumer(consumer).map(str::to_string),
        (Cloud::Google, "google") if runs_code(place) => {
            "attach the service account to the workload itself; its metadata server hands out tokens"
        }
        (Cloud::Azure, "azurerm") if runs_code(place) => {
            "give the workload a managed identity (`identity` block) and grant that one instead"
        }
        (Cloud::Aws, "google" | "azurerm") => {
            "let the workload assume an `aws_iam_role` with the token of its own cloud's identity"
        }
        (Cloud::Google, "aws" | "azurerm") => "trust the other cloud's identity in a workload identity pool",
        (Cloud::Azure, "aws" | "google") => "trust the other cloud's identity with a federated credential",
        _ => return None,
    };
    Some(text.to_string())
}

#[derive(Clone, Copy)]
enum Cloud {
    Aws,
    Google,
    Azure,
}

fn runs_code(place: &Place) -> bool {
    matches!(place.kind, PlaceKind::WorkloadEnv | PlaceKind::BootScript)
}

fn aws_consumer(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "aws_lambda_function" => {
            "grant the function's execution role what the user may do, and drop the variable"
        }
        "aws_ecs_task_definition" => "grant the task role what the user may do, and drop the variable",
        "aws_batch_job_definition" | "aws_glue_job" => {
            "grant the job's role what the user may do, and drop the variable"
        }
        "aws_codebuild_project" => "grant the project's service role what the user may do",
        "aws_apprunner_service" => "grant the instance role what the user may do",
        "aws_instance" | "aws_launch_template" | "aws_launch_configuration" | "aws_spot_instance_request" => {
            "give the instance an instance profile with a role"
        }
        "aws_secretsmanager_secret_version" | "aws_ssm_parameter" => {
            "let whoever reads this entry assume a role; outside AWS, IAM Roles Anywhere or OIDC"
        }
        _ => return None,
    })
}

/// Keys that meter or route calls, or that a service shares among all its callers: worth knowing, seldom a reason
/// to stop.
pub fn is_shared_key(kind: &str) -> bool {
    const KINDS: [&str; 9] = [
        "aws_api_gateway_api_key",
        "aws_iot_certificate",
        "aws_lightsail_key_pair",
        "azurerm_api_management_subscription",
        "azurerm_eventhub_namespace_authorization_rule",
        "azurerm_servicebus_namespace_authorization_rule",
        "gitlab_pipeline_trigger",
        "google_apikeys_key",
        "pagerduty_service_integration",
    ];
    KINDS.contains(&kind)
}

/// Names that say where something goes, and that nobody logs in with: whoever has one can send something there.
pub fn only_routes(kind: &str) -> bool {
    kind == "pagerduty_service_integration"
}

/// How much the value is seen where it is, most first.
pub fn exposure(kind: PlaceKind) -> u8 {
    match kind {
        PlaceKind::BootScript => 0,
        PlaceKind::WorkloadEnv => 1,
        PlaceKind::Output => 2,
        PlaceKind::File => 3,
        PlaceKind::CiSecret => 4,
        PlaceKind::Provider => 5,
        PlaceKind::Module => 6,
        PlaceKind::Login => 7,
        PlaceKind::Other => 8,
        PlaceKind::SecretStore => 9,
    }
}

/// ` of …` for messages; nothing where only a number or an internal id is known.
pub fn whose(subject: &Subject, model: &Model) -> String {
    match subject {
        Subject::None | Subject::Unknown => String::new(),
        Subject::External(text) if text.starts_with('/') || !text.contains(char::is_alphabetic) => {
            String::new()
        }
        other => format!(" of `{}`", model.describe(other)),
    }
}
