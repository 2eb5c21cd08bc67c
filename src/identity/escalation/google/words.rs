use crate::iam::gcp::escalation::{Gain, Method};

/// What a method lets one do to `target`: "can mint access tokens of `google_service_account.a`".
pub(super) fn can(method: &Method, target: &str) -> String {
    let (before, after) = match method.name {
        "create-sa-key" => ("can create keys of", ""),
        "mint-access-token" => ("can mint access tokens of", ""),
        "mint-id-token" => ("can mint identity tokens of", ""),
        "implicit-delegation" => ("can mint tokens by way of", ""),
        "sign-blob" | "sign-jwt" => ("can sign as", ""),
        "set-sa-iam-policy" => ("can grant itself any role on", ""),
        "act-as-cloud-function" => ("can deploy a function that runs as", ""),
        "act-as-cloud-run" => ("can deploy a Cloud Run service that runs as", ""),
        "act-as-compute" => ("can start an instance that runs as", ""),
        "act-as-compute-set-sa" => ("can make an instance run as", ""),
        "act-as-scheduler" => ("can schedule calls signed by", ""),
        "act-as-dataproc" => ("can start a Dataproc cluster that runs as", ""),
        "act-as-dataflow" => ("can run a Dataflow job as", ""),
        "act-as-composer" => ("can create an Airflow environment that runs as", ""),
        "act-as-notebooks" => ("can create a notebook that runs as", ""),
        "act-as-workflows" => ("can create a workflow that runs as", ""),
        "act-as-batch" => ("can submit a batch job that runs as", ""),
        "instance-metadata-ssh" => ("can add its SSH key to machines and take", ""),
        "os-admin-login" => ("can log in to machines as root and take", ""),
        "create-hmac-key" => ("can create storage keys of", ""),
        "cloud-build" => ("can run builds as", ""),
        "deployment-manager" => ("can deploy as", ""),
        "deployment-manager-update" => ("can change what is deployed as", ""),
        "workload-identity-provider" => ("can let outsiders in as", ""),
        "update-custom-role" => ("can add any permission to", ""),
        "gke-cluster-credentials" => ("can read secrets or start pods in", ""),
        "set-org-policy" => ("can switch off the organization policies of", ""),
        "create-api-key" => ("can create API keys of", ""),
        "read-api-keys" => ("can read the API keys of", ""),
        "set-function-iam-policy" => ("can open the functions and services of", " to anybody"),
        "secret-access" => ("reads the secrets of", ""),
        _ => ("can take over", ""),
    };
    format!("{before} {target}{after}")
}

/// What a method reaches where it is granted on a whole place.
pub(super) fn target(gain: Gain, method: &Method, place: &str) -> String {
    match gain {
        Gain::Editor => format!("the Google APIs service agent, an editor of {place}"),
        Gain::Account if method.name == "cloud-build" => format!("the build service account of {place}"),
        Gain::Account | Gain::IdToken | Gain::Storage => format!("any service account of {place}"),
        Gain::AccountOnMachine => format!("the service account of any machine of {place}"),
        Gain::FederatedAccount => format!("the service accounts that federations of {place} lead to"),
        Gain::Role | Gain::Owner => format!("the custom roles of {place}"),
        Gain::Cluster => format!("the clusters of {place}"),
        Gain::Guardrail | Gain::Api | Gain::Invoke | Gain::Secrets => place.to_string(),
    }
}
