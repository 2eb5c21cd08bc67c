//! What runs as what: the attribute of each workload type that names its identity.
//! Sources: the Terraform Registry pages of each type.

use super::by_type::ByType;
use std::sync::LazyLock;

/// How an attribute names an identity.
#[derive(Debug)]
pub struct RunsAs {
    pub types: &'static str,
    pub paths: &'static [&'static str],
}

const fn row(types: &'static str, paths: &'static [&'static str]) -> RunsAs {
    RunsAs { types, paths }
}

static ROWS: [RunsAs; 62] = [
    row("aws_lambda_function", &["role"]),
    row("aws_instance", &["iam_instance_profile"]),
    row("aws_spot_instance_request", &["iam_instance_profile"]),
    row("aws_spot_fleet_request", &["iam_fleet_role"]),
    row("aws_launch_template", &["iam_instance_profile.name", "iam_instance_profile.arn"]),
    row("aws_launch_configuration", &["iam_instance_profile"]),
    row("aws_ecs_task_definition", &["task_role_arn", "execution_role_arn"]),
    row("aws_codebuild_project", &["service_role"]),
    row("aws_codepipeline", &["role_arn"]),
    row("aws_codedeploy_deployment_group", &["service_role_arn"]),
    row("aws_glue_job", &["role_arn"]),
    row("aws_glue_crawler", &["role"]),
    row("aws_glue_dev_endpoint", &["role_arn"]),
    row("aws_sagemaker_notebook_instance", &["role_arn"]),
    row("aws_sagemaker_model", &["execution_role_arn"]),
    row("aws_sagemaker_domain", &["default_user_settings.execution_role"]),
    row("aws_eks_cluster", &["role_arn"]),
    row("aws_eks_node_group", &["node_role_arn"]),
    row("aws_eks_fargate_profile", &["pod_execution_role_arn"]),
    row("aws_eks_pod_identity_association", &["role_arn"]),
    row("aws_eks_addon", &["service_account_role_arn"]),
    row("aws_sfn_state_machine", &["role_arn"]),
    row("aws_batch_compute_environment", &["service_role", "compute_resources.instance_role"]),
    row("aws_batch_job_definition", &["container_properties"]),
    row("aws_emr_cluster", &["service_role", "ec2_attributes.instance_profile"]),
    row("aws_emrserverless_application", &["execution_role"]),
    row(
        "aws_apprunner_service",
        &[
            "instance_configuration.instance_role_arn",
            "source_configuration.authentication_configuration.access_role_arn",
        ],
    ),
    row("aws_cloudformation_stack", &["iam_role_arn"]),
    row("aws_kinesis_firehose_delivery_stream", &["extended_s3_configuration.role_arn"]),
    row("aws_scheduler_schedule", &["target.role_arn"]),
    row("aws_cloudwatch_event_target", &["role_arn"]),
    row("aws_pipes_pipe", &["role_arn"]),
    row("aws_mwaa_environment", &["execution_role_arn"]),
    row("aws_bedrockagent_agent", &["agent_resource_role_arn"]),
    row("aws_bedrockagentcore_agent_runtime", &["role_arn"]),
    row("aws_bedrockagentcore_gateway", &["role_arn"]),
    row("aws_transfer_server", &["logging_role"]),
    row("aws_transfer_user", &["role"]),
    row("aws_dms_replication_task", &["service_access_role_arn"]),
    row("aws_imagebuilder_infrastructure_configuration", &["instance_profile_name"]),
    row("aws_elastic_beanstalk_environment", &["setting.value"]),
    row("aws_appsync_datasource", &["service_role_arn"]),
    row("aws_amplify_app", &["iam_service_role_arn"]),
    row("google_compute_instance", &["service_account.email"]),
    row("google_compute_instance_template", &["service_account.email"]),
    row("google_compute_region_instance_template", &["service_account.email"]),
    row("google_container_cluster", &["node_config.service_account"]),
    row("google_container_node_pool", &["node_config.service_account"]),
    row("google_cloudfunctions_function", &["service_account_email"]),
    row("google_cloudfunctions2_function", &["service_config.service_account_email"]),
    row("google_cloud_run_service", &["template.spec.service_account_name"]),
    row("google_cloud_run_v2_service", &["template.service_account"]),
    row("google_cloud_run_v2_job", &["template.template.service_account"]),
    row("google_cloudbuild_trigger", &["service_account"]),
    row(
        "google_cloud_scheduler_job",
        &["http_target.oidc_token.service_account_email", "http_target.oauth_token.service_account_email"],
    ),
    row("google_dataflow_*", &["service_account_email"]),
    row("google_dataproc_cluster", &["cluster_config.gce_cluster_config.service_account"]),
    row("google_composer_environment", &["config.node_config.service_account"]),
    row("google_workflows_workflow", &["service_account"]),
    row("google_*", &["service_account_email"]),
    row("azurerm_*", &["identity.identity_ids"]),
    row(
        "kubernetes_*",
        &[
            "spec.service_account_name",
            "spec.template.spec.service_account_name",
            "spec.job_template.spec.template.spec.service_account_name",
        ],
    ),
];

/// An annotation by which a Kubernetes service account stands for an identity of a cloud, or a setting by which
/// a workload chooses one.
#[derive(Debug)]
pub struct AccountAnnotation {
    pub key: &'static str,
    /// The type of identity that it names.
    pub names: &'static str,
}

/// Sources: Amazon EKS User Guide, "IAM roles for service accounts"; Google Kubernetes Engine documentation,
/// "Authenticate to Google Cloud APIs from GKE workloads"; Azure Kubernetes Service documentation, "Use
/// Microsoft Entra Workload ID"; Azure Identity library, "Environment variables".
const ANNOTATIONS: [AccountAnnotation; 4] = [
    AccountAnnotation { key: "eks.amazonaws.com/role-arn", names: "aws_iam_role" },
    AccountAnnotation { key: "iam.gke.io/gcp-service-account", names: "google_service_account" },
    AccountAnnotation { key: "azure.workload.identity/client-id", names: "azurerm_user_assigned_identity" },
    AccountAnnotation { key: CLIENT_ID, names: "azurerm_user_assigned_identity" },
];

/// The environment variable that names the identity to sign in as.
pub const CLIENT_ID: &str = "AZURE_CLIENT_ID";

/// The annotation or setting that a path ends in, if it names an identity.
pub fn account_annotation(path: &str) -> Option<&'static AccountAnnotation> {
    ANNOTATIONS.iter().find(|annotation| path.ends_with(annotation.key))
}

/// Types that the patterns above would take for workloads although nothing runs in them.
const NOT_WORKLOADS: [&str; 4] =
    ["google_storage_hmac_key", "google_apikeys_key", "google_service_account_iam_member", "google_sql_user"];

/// Paths that name the identity of a workload of this type; empty for everything else.
pub fn runs_as(kind: &str) -> &'static [&'static str] {
    if NOT_WORKLOADS.contains(&kind) {
        return &[];
    }
    static TABLE: LazyLock<ByType<RunsAs>> = LazyLock::new(|| ByType::new(&ROWS, |row| row.types));
    TABLE.of(kind).next().map_or(&[], |row| row.paths)
}
