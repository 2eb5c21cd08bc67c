//! A service account that others become or run as, without a key.

use super::hcl::Block;
use super::tokens::Token;
use super::{Move, Parts, is_here};
use crate::eval::{InstanceKey, Resource};

/// A workload identity pool. Source: Google Cloud, "Configure Workload Identity Federation with deployment pipelines".
pub fn federated(of: &Move<'_, '_>, token: &Token) -> Parts {
    let pool = token.platform;
    let (address, mut blocks) = match declared_pool(of, token) {
        Some(known) => (known, Vec::new()),
        None => (format!("google_iam_workload_identity_pool.{pool}"), self::pool(token)),
    };
    let member = match token.is_pattern {
        true => {
            format!("principalSet://iam.googleapis.com/${{{address}.name}}/attribute.scope/{}", token.claim.1)
        }
        false => format!("principal://iam.googleapis.com/${{{address}.name}}/subject/{}", token.subject),
    };
    blocks.push(member_of(of, &format!("{}_{pool}", of.name("")), &member));
    Parts { blocks, granted: true, made: format!("the trust of the service account in `{address}`") }
}

/// A pool and its provider for the issuer, that nobody else's tokens pass.
fn pool(token: &Token) -> Vec<Block> {
    let name = token.platform;
    let id = if name.len() < 4 { format!("{name}-pool") } else { name.to_string() };
    let mapping = match token.is_pattern {
        true => format!(
            "{{\n  \"google.subject\"  = \"assertion.sub\"\n  \"attribute.scope\" = \"{}\"\n}}",
            token.claim.0
        ),
        false => "{\n  \"google.subject\" = \"assertion.sub\"\n}".to_string(),
    };
    let mut oidc = Block::new("oidc").text("issuer_uri", &format!("https://{}", token.issuer));
    if let Some(audience) = &token.audience {
        oidc = oidc.set("allowed_audiences", format!("[\"{audience}\"]"));
    }
    vec![
        Block::resource("google_iam_workload_identity_pool", name).text("workload_identity_pool_id", &id),
        Block::resource("google_iam_workload_identity_pool_provider", name)
            .set(
                "workload_identity_pool_id",
                format!("google_iam_workload_identity_pool.{name}.workload_identity_pool_id"),
            )
            .text("workload_identity_pool_provider_id", &id)
            .text("attribute_condition", &token.condition)
            .set("attribute_mapping", mapping)
            .block(oidc),
    ]
}

/// The pool of a provider for this issuer.
fn declared_pool(of: &Move<'_, '_>, token: &Token) -> Option<String> {
    let model = of.cx.model;
    let provider = model.of_kind("google_iam_workload_identity_pool_provider").find(|it| {
        let oidc = it.body.block("oidc");
        let issuer = oidc.as_ref().and_then(|oidc| oidc.text("issuer_uri")).unwrap_or_default();
        is_here(it, of.near()) && issuer.trim_start_matches("https://").trim_end_matches('/') == token.issuer
    })?;
    let refs = provider.body.value("workload_identity_pool_id")?.deep_refs();
    let pool =
        refs.iter().map(|reference| model.resource(reference.resource)).find(|it| is_here(it, of.near()))?;
    (pool.key == InstanceKey::None).then(|| pool.local_address())
}

/// The Kubernetes service account becomes the Google one. Source: Google Cloud, "Authenticate to Google Cloud APIs from
/// GKE workloads".
pub fn pod(of: &Move<'_, '_>, token: &Token) -> Parts {
    let mut subject = token.subject.split(':').skip(2);
    let (namespace, account) = (subject.next().unwrap_or_default(), subject.next().unwrap_or_default());
    let member = format!("serviceAccount:<project>.svc.id.goog[{namespace}/{account}]");
    let blocks = vec![member_of(of, &format!("{}_pods", of.name("")), &member)];
    Parts { blocks, granted: true, made: "the trust of the service account in the cluster".to_string() }
}

fn member_of(of: &Move<'_, '_>, name: &str, member: &str) -> Block {
    let account = of.holder_address().map(|address| format!("{address}.name"));
    Block::resource("google_service_account_iam_member", name)
        .set("service_account_id", account.unwrap_or_else(|| "\"<service account>\"".to_string()))
        .text("role", "roles/iam.workloadIdentityUser")
        .text("member", member)
}

/// The workload with its service account attached.
pub fn workload(of: &Move<'_, '_>, workload: &Resource) -> Option<Parts> {
    let email =
        of.holder_address().map_or_else(|| "\"<service account>\"".to_string(), |it| format!("{it}.email"));
    let outer = Block::resource(&workload.kind, &workload.name).comment("the rest stays as it is");
    let block =
        match &*workload.kind {
            "google_cloud_run_v2_service" => outer.block(
                Block::new("template").comment("the rest stays as it is").set("service_account", email),
            ),
            "google_cloud_run_v2_job" => outer.block(Block::new("template").block(
                Block::new("template").comment("the rest stays as it is").set("service_account", email),
            )),
            "google_cloud_run_service" => outer.block(Block::new("template").block(
                Block::new("spec").comment("the rest stays as it is").set("service_account_name", email),
            )),
            "google_cloudfunctions2_function" => outer.block(
                Block::new("service_config")
                    .comment("the rest stays as it is")
                    .set("service_account_email", email),
            ),
            "google_cloudfunctions_function" => outer.set("service_account_email", email),
            "google_compute_instance" | "google_compute_instance_template" => outer.block(
                Block::new("service_account").set("email", email).set("scopes", "[\"cloud-platform\"]"),
            ),
            _ => return None,
        };
    let made = format!("the service account of `{}`", workload.local_address());
    Some(Parts { blocks: vec![block], granted: true, made })
}
