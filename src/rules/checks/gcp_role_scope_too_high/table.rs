//! Roles that can be granted on one resource. Source: Google Cloud IAM documentation, "Resource types that accept
//! allow policies"; Terraform Registry, hashicorp/google, the `_iam` resources of each type.

/// Where a role can be granted instead.
pub(super) struct Row {
    pub roles: &'static [&'static str],
    /// The resource types that it is about.
    pub kinds: &'static [&'static str],
    /// In words, in the plural.
    pub noun: &'static str,
    /// The grant on one of them: type, argument, and the attribute that goes there. Nothing where the grant needs
    /// more than that.
    pub member: Option<(&'static str, &'static str, &'static str)>,
    /// Too much even where the code does not tell what it is for.
    pub always: bool,
}

const fn row(
    roles: &'static [&'static str],
    kinds: &'static [&'static str],
    noun: &'static str,
    member: Option<(&'static str, &'static str, &'static str)>,
) -> Row {
    Row { roles, kinds, noun, member, always: false }
}

pub(super) const ROWS: [Row; 12] = [
    Row {
        always: true,
        ..row(
            &[
                "roles/secretmanager.secretAccessor",
                "roles/secretmanager.secretVersionManager",
                "roles/secretmanager.secretVersionAdder",
            ],
            &["google_secret_manager_secret"],
            "secrets",
            Some(("google_secret_manager_secret_iam_member", "secret_id", "id")),
        )
    },
    Row {
        always: true,
        ..row(
            &[
                "roles/iam.serviceAccountUser",
                "roles/iam.serviceAccountTokenCreator",
                "roles/iam.serviceAccountOpenIdTokenCreator",
                "roles/iam.workloadIdentityUser",
                "roles/iam.serviceAccountKeyAdmin",
            ],
            &["google_service_account"],
            "service accounts",
            Some(("google_service_account_iam_member", "service_account_id", "name")),
        )
    },
    row(
        &[
            "roles/storage.objectAdmin",
            "roles/storage.objectCreator",
            "roles/storage.objectUser",
            "roles/storage.objectViewer",
        ],
        &["google_storage_bucket"],
        "buckets",
        Some(("google_storage_bucket_iam_member", "bucket", "name")),
    ),
    row(
        &["roles/run.invoker"],
        &["google_cloud_run_service", "google_cloud_run_v2_service", "google_cloud_run_v2_job"],
        "Cloud Run services",
        None,
    ),
    row(
        &["roles/cloudfunctions.invoker"],
        &["google_cloudfunctions_function", "google_cloudfunctions2_function"],
        "functions",
        None,
    ),
    row(
        &["roles/pubsub.publisher"],
        &["google_pubsub_topic"],
        "topics",
        Some(("google_pubsub_topic_iam_member", "topic", "id")),
    ),
    row(
        &["roles/pubsub.subscriber"],
        &["google_pubsub_subscription"],
        "subscriptions",
        Some(("google_pubsub_subscription_iam_member", "subscription", "name")),
    ),
    row(
        &["roles/bigquery.dataEditor", "roles/bigquery.dataOwner", "roles/bigquery.dataViewer"],
        &["google_bigquery_dataset"],
        "datasets",
        Some(("google_bigquery_dataset_iam_member", "dataset_id", "dataset_id")),
    ),
    row(
        &[
            "roles/artifactregistry.reader",
            "roles/artifactregistry.repoAdmin",
            "roles/artifactregistry.writer",
        ],
        &["google_artifact_registry_repository"],
        "repositories",
        None,
    ),
    row(
        &[
            "roles/cloudkms.cryptoKeyDecrypter",
            "roles/cloudkms.cryptoKeyEncrypter",
            "roles/cloudkms.cryptoKeyEncrypterDecrypter",
            "roles/cloudkms.signerVerifier",
        ],
        &["google_kms_crypto_key"],
        "keys",
        Some(("google_kms_crypto_key_iam_member", "crypto_key_id", "id")),
    ),
    row(&["roles/cloudtasks.enqueuer"], &["google_cloud_tasks_queue"], "queues", None),
    row(
        &["roles/spanner.databaseReader", "roles/spanner.databaseUser"],
        &["google_spanner_database"],
        "databases",
        None,
    ),
];

pub(super) fn row_of(role: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.roles.contains(&role))
}
