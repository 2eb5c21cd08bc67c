//! Resource types that hold a policy with principals, and where.
//! Source: Terraform Registry, hashicorp/aws; AWS IAM User Guide, "AWS services that work with IAM".

use super::Asset;

/// Type, attribute, what it guards, the prefix of its actions, and whether the type is the thing itself.
const TABLE: &[(&str, &str, &str, &str, bool)] = &[
    ("aws_acmpca_policy", "policy", "certificate authority", "acm-pca", false),
    ("aws_api_gateway_rest_api", "policy", "API", "execute-api", true),
    ("aws_api_gateway_rest_api_policy", "policy", "API", "execute-api", false),
    ("aws_backup_vault_policy", "policy", "backup vault", "backup", false),
    ("aws_cloudwatch_event_bus_policy", "policy", "event bus", "events", false),
    ("aws_cloudwatch_log_destination_policy", "access_policy", "log destination", "logs", false),
    ("aws_cloudwatch_log_resource_policy", "policy_document", "log group", "logs", false),
    (
        "aws_codeartifact_domain_permissions_policy",
        "policy_document",
        "package domain",
        "codeartifact",
        false,
    ),
    (
        "aws_codeartifact_repository_permissions_policy",
        "policy_document",
        "package repository",
        "codeartifact",
        false,
    ),
    ("aws_codebuild_resource_policy", "policy", "build project", "codebuild", false),
    ("aws_dynamodb_resource_policy", "policy", "table", "dynamodb", false),
    ("aws_ecr_registry_policy", "policy", "container registry", "ecr", false),
    ("aws_ecr_repository_policy", "policy", "container repository", "ecr", false),
    ("aws_ecrpublic_repository_policy", "policy", "public container repository", "ecr-public", false),
    ("aws_efs_file_system_policy", "policy", "file system", "elasticfilesystem", false),
    ("aws_elasticsearch_domain", "access_policies", "search domain", "es", true),
    ("aws_elasticsearch_domain_policy", "access_policies", "search domain", "es", false),
    ("aws_glacier_vault", "access_policy", "archive vault", "glacier", true),
    ("aws_glacier_vault_lock", "policy", "archive vault", "glacier", false),
    ("aws_glue_resource_policy", "policy", "data catalog", "glue", false),
    ("aws_iam_role", "assume_role_policy", "role", "sts", true),
    ("aws_kinesis_resource_policy", "policy", "stream", "kinesis", false),
    ("aws_kms_external_key", "policy", "key", "kms", true),
    ("aws_kms_key", "policy", "key", "kms", true),
    ("aws_kms_key_policy", "policy", "key", "kms", false),
    ("aws_kms_replica_external_key", "policy", "key", "kms", true),
    ("aws_kms_replica_key", "policy", "key", "kms", true),
    ("aws_media_store_container_policy", "policy", "media container", "mediastore", false),
    ("aws_msk_cluster_policy", "policy", "Kafka cluster", "kafka", false),
    ("aws_opensearch_domain", "access_policies", "search domain", "es", true),
    ("aws_opensearch_domain_policy", "access_policies", "search domain", "es", false),
    ("aws_redshift_resource_policy", "policy", "data warehouse", "redshift", false),
    ("aws_redshiftserverless_resource_policy", "policy", "data warehouse", "redshift-serverless", false),
    ("aws_s3_access_point", "policy", "bucket access point", "s3", true),
    ("aws_s3_bucket", "policy", "bucket", "s3", true),
    ("aws_s3_bucket_policy", "policy", "bucket", "s3", false),
    ("aws_s3control_access_point_policy", "policy", "bucket access point", "s3", false),
    ("aws_s3control_bucket_policy", "policy", "bucket", "s3-outposts", false),
    ("aws_s3control_multi_region_access_point_policy", "details.policy", "bucket access point", "s3", false),
    (
        "aws_s3control_object_lambda_access_point_policy",
        "policy",
        "bucket access point",
        "s3-object-lambda",
        false,
    ),
    ("aws_s3tables_table_bucket_policy", "resource_policy", "table bucket", "s3tables", false),
    ("aws_s3tables_table_policy", "resource_policy", "table", "s3tables", false),
    ("aws_schemas_registry_policy", "policy", "schema registry", "schemas", false),
    ("aws_secretsmanager_secret", "policy", "secret", "secretsmanager", true),
    ("aws_secretsmanager_secret_policy", "policy", "secret", "secretsmanager", false),
    ("aws_ses_identity_policy", "policy", "mail identity", "ses", false),
    ("aws_sesv2_email_identity_policy", "policy", "mail identity", "ses", false),
    ("aws_sns_topic", "policy", "topic", "sns", true),
    ("aws_sns_topic_policy", "policy", "topic", "sns", false),
    ("aws_sqs_queue", "policy", "queue", "sqs", true),
    ("aws_sqs_queue_policy", "policy", "queue", "sqs", false),
    ("aws_vpclattice_auth_policy", "policy", "service", "vpc-lattice-svcs", false),
];

/// Arguments by which a policy says what it is attached to.
pub(super) const TARGETS: &[&str] = &[
    "bucket",
    "queue_url",
    "arn",
    "key_id",
    "secret_arn",
    "function_name",
    "repository",
    "repository_name",
    "domain_name",
    "domain",
    "rest_api_id",
    "file_system_id",
    "vault_name",
    "backup_vault_name",
    "destination_name",
    "event_bus_name",
    "resource_arn",
    "container_name",
    "identity",
    "layer_name",
    "access_point_arn",
    "cluster_arn",
];

/// Services of documents that nothing attaches, beside those of the table.
const LAMBDA: Asset = Asset { noun: "function", service: "lambda", own: false };

pub(super) fn of(kind: &str) -> Option<(&'static str, Asset)> {
    let at = TABLE.binary_search_by_key(&kind, |row| row.0).ok()?;
    let (_, attribute, noun, service, own) = TABLE[at];
    Some((attribute, Asset { noun, service, own }))
}

pub(super) fn by_service(prefix: &str) -> Option<Asset> {
    if prefix == "lambda" {
        return Some(LAMBDA);
    }
    let (_, _, noun, service, own) = TABLE.iter().find(|row| row.3 == prefix)?;
    Some(Asset { noun, service, own: *own })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(of("aws_sqs_queue").map(|(attribute, _)| attribute), Some("policy"));
        assert!(of("aws_vpc_endpoint").is_none());
    }
}
