//! The order in which a key is replaced, such that nothing stops working in between.

use super::{Move, Parts};
use crate::eval::Resource;
use crate::rules::ci_secrets::Cloud;

/// How the consumer signs in afterwards.
pub(super) enum Way<'a> {
    Token(&'static str),
    Pod,
    Workload(&'a Resource),
    Unknown,
}

pub(super) fn steps(of: &Move<'_, '_>, parts: &Parts, way: &Way<'_>, has_holes: bool) -> Vec<String> {
    let fill = if has_holes { "Fill the holes and apply" } else { "Apply" };
    let mut steps = vec![format!("{fill} {}, beside the key", parts.made)];
    if !parts.granted {
        steps.push("Grant it what the consumer has to do, and no more".to_string());
    }
    steps.push(sign_in(of, way));
    let others = of.key.map_or(0, |key| {
        let credential = of.cx.model.credential_of(key.id).map(|it| it.id);
        let places = of.cx.model.places.iter().filter(|place| Some(place.credential) == credential);
        let mut addresses: Vec<&str> = places.map(|place| place.address.as_str()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses.len().saturating_sub(1)
    });
    match others {
        0 => {}
        1 => steps.push("Do the same for the other place that its value goes to".to_string()),
        more => steps.push(format!("Do the same for the {more} other places that its value goes to")),
    }
    steps.extend(retire(of));
    steps
}

fn sign_in(of: &Move<'_, '_>, way: &Way<'_>) -> String {
    match (of.cloud, way) {
        (Cloud::Aws, Way::Token("github")) => "In the workflow set `permissions: id-token: write` and give `aws-actions/configure-aws-credentials` the `role-to-assume`, and no key".to_string(),
        (Cloud::Google, Way::Token("github")) => "In the workflow set `permissions: id-token: write` and give `google-github-actions/auth` the `workload_identity_provider` and `service_account`, and no key".to_string(),
        (Cloud::Azure, Way::Token("github")) => "In the workflow set `permissions: id-token: write` and give `azure/login` the client, tenant and subscription ids, and no secret (`ARM_USE_OIDC=true` for Terraform)".to_string(),
        (Cloud::Aws, Way::Token("gitlab")) => "In the job ask for an ID token (`id_tokens:`) of that audience and assume the role with it (`AWS_ROLE_ARN`, `AWS_WEB_IDENTITY_TOKEN_FILE`)".to_string(),
        (Cloud::Google, Way::Token("gitlab")) => "In the job ask for an ID token (`id_tokens:`) of that audience and sign in with a credential configuration for it (`gcloud iam workload-identity-pools create-cred-config`)".to_string(),
        (Cloud::Azure, Way::Token("gitlab")) => "In the job ask for an ID token (`id_tokens:`) with `aud: api://AzureADTokenExchange` and sign in with it (`az login --federated-token`)".to_string(),
        (Cloud::Aws, Way::Token("tfe")) => "In the workspace set `TFC_AWS_PROVIDER_AUTH=true` and `TFC_AWS_RUN_ROLE_ARN`, and drop the key".to_string(),
        (Cloud::Google, Way::Token("tfe")) => "In the workspace set `TFC_GCP_PROVIDER_AUTH=true`, `TFC_GCP_WORKLOAD_PROVIDER_NAME` and `TFC_GCP_RUN_SERVICE_ACCOUNT_EMAIL`, and drop the key".to_string(),
        (Cloud::Azure, Way::Token("tfe")) => "In the workspace set `TFC_AZURE_PROVIDER_AUTH=true` and `TFC_AZURE_RUN_CLIENT_ID`, drop the secret, and add the same credential for `run_phase:plan`".to_string(),
        (Cloud::Aws, Way::Pod) => "Run the pods with that service account, and drop the key from their environment: the SDK finds the role by itself".to_string(),
        (Cloud::Google, Way::Pod) => "Annotate the Kubernetes service account with `iam.gke.io/gcp-service-account`, run the pods with it, and drop the key".to_string(),
        (_, Way::Workload(workload)) => {
            format!("Take the key out of `{}`: the SDK signs in as the identity that it runs as", workload.local_address())
        }
        (Cloud::Azure, Way::Token("kubernetes")) => "Annotate the Kubernetes service account with `azure.workload.identity/client-id`, label the pods `azure.workload.identity/use: \"true\"`, and drop the secret".to_string(),
        (Cloud::Aws, Way::Unknown) => "Let the consumer assume the role instead of using the key".to_string(),
        _ => "Let the consumer sign in with its own token instead of the key".to_string(),
    }
}

/// How a key ends. Sources: AWS IAM User Guide, "Update access keys"; Google Cloud, "Delete service account keys";
/// Microsoft, "Sign-in logs of service principals".
fn retire(of: &Move<'_, '_>) -> Vec<String> {
    let key = of.key.map_or_else(|| "the key".to_string(), |key| format!("`{}`", key.local_address()));
    let secret = of.consumer.filter(|it| crate::rules::ci_secrets::of(&it.kind).is_some());
    let both = match secret {
        Some(secret) => format!("{key} and `{}`", secret.local_address()),
        None => key,
    };
    match of.cloud {
        Cloud::Aws => vec![
            "Wait until `aws iam get-access-key-last-used` shows no more use, then set `status = \"Inactive\"` and wait again".to_string(),
            format!("Delete {both}, and the user when it has no other use"),
        ],
        Cloud::Google => vec![
            "Wait until the metric `iam.googleapis.com/service_account/key/authn_events_count` shows no more use, then disable the key (`gcloud iam service-accounts keys disable`) and wait again".to_string(),
            format!("Delete {both}"),
        ],
        Cloud::Azure => vec![
            "Wait until the sign-in logs of the service principal show no more use of the credential key id".to_string(),
            format!("Delete {both}"),
        ],
    }
}
