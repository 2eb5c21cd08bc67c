//! Providers that sign in with a token of whoever runs Terraform.

use super::hcl::{Block, render};
use crate::diagnostic::Scaffold;

/// `None` for providers of which no way without a standing credential is known.
pub(in crate::rules) fn sign_in(kind: &str) -> Option<Scaffold> {
    let (block, step) = match kind {
        // Source: Kubernetes provider, "Exec plugins".
        "kubernetes" | "kubectl" => (
            Block::new(format!("provider \"{kind}\"")).comment(STAYS).block(exec()),
            "Let whoever runs Terraform into the cluster as itself (an access entry, an IAM role or a group)",
        ),
        "helm" => (
            Block::new("provider \"helm\"").block(Block::new("kubernetes").comment(STAYS).block(exec())),
            "Let whoever runs Terraform into the cluster as itself (an access entry, an IAM role or a group)",
        ),
        // Source: Vault provider, "JWT auth".
        "vault" => (
            Block::new("provider \"vault\"").comment(STAYS).block(
                Block::new("auth_login_jwt").text("mount", "jwt").text("role", "<role for the pipeline>"),
            ),
            "Give the pipeline a role of the JWT auth method (`vault_jwt_auth_backend_role`) that is bound to its claims, and pass its token as `TERRAFORM_VAULT_AUTH_JWT`",
        ),
        // Source: GitHub provider, "GitHub App installation".
        "github" => (
            Block::new("provider \"github\"").comment(STAYS).block(Block::new("app_auth")),
            "Register an app with the permissions that the resources here take, and pass `GITHUB_APP_ID`, `GITHUB_APP_INSTALLATION_ID` and `GITHUB_APP_PEM_FILE` from the pipeline's secrets",
        ),
        _ => return None,
    };
    let steps = vec![
        step.to_string(),
        "Replace the literal by this, and plan: nothing may change".to_string(),
        "Revoke the old credential, since it stays in the git history".to_string(),
    ];
    Some(Scaffold { snippet: render(&[block]), steps })
}

const STAYS: &str = "the rest stays as it is";

fn exec() -> Block {
    Block::new("exec")
        .text("api_version", "client.authentication.k8s.io/v1")
        .text("command", "<aws, gke-gcloud-auth-plugin or kubelogin>")
        .set("args", "[\"<arguments that print a token>\"]")
}
