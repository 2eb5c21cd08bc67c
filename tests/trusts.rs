//! Who may become an identity, on every plane.

use keyward::analysis::{Analysis, Settings, analyse};
use keyward::identity::trust::{Party, Trust, Via, trusts};
use keyward::identity::{Model, Subject};

fn scan(text: &str) -> Analysis {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("main.tf"), text).expect("writable");
    analyse(dir.path(), &Settings::default(), jiff::civil::date(2026, 11, 22)).expect("readable")
}

/// `target < party (via) limits`, with `?` where it is not certain.
fn lines(text: &str) -> Vec<String> {
    let analysis = scan(text);
    let model = &analysis.estate.models[0];
    trusts(model).iter().map(|trust| line(model, trust)).collect()
}

fn line(model: &Model, trust: &Trust) -> String {
    let party = match &trust.party {
        Party::Anyone => "anyone".to_string(),
        Party::Subject(subject) => model.describe(subject),
        Party::Service(name) => format!("service {name}"),
        Party::Account(account) => format!("account {}", account.as_deref().unwrap_or("own")),
        Party::Federated(federation) => {
            let account = federation.service_account.map(|id| format!(" = {}", model.identity(id).address));
            format!("{:?}: {}{}", federation.issuer, federation.described, account.unwrap_or_default())
        }
        Party::External(name) => format!("external {name}"),
        Party::Unknown => "unknown".to_string(),
    };
    let sure = match (trust.certainty.is_yes(), trust.certainty.is_no()) {
        (true, _) => "",
        (_, true) => "not ",
        _ => "?",
    };
    let limits = trust.limits.join(", ");
    let target = &model.identity(trust.target).address;
    format!("{target} < {sure}{party} ({:?}) {limits}", trust.via).trim_end().to_string()
}

/// Trusts of one AWS role whose statements are given.
fn role(statements: &str, more: &str) -> Vec<String> {
    let found = lines(&format!(
        r#"
        variable "unknown" {{}}
        data "aws_caller_identity" "current" {{}}
        data "aws_partition" "current" {{}}
        resource "aws_iam_role" "x" {{
          name               = "x"
          assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{statements}] }})
        }}
        {more}
        "#
    ));
    let own = found.iter().filter_map(|line| line.strip_prefix("aws_iam_role.x < "));
    own.map(str::to_string).collect()
}

fn allow(principal: &str) -> Vec<String> {
    role(&format!(r#"{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {principal} }}"#), "")
}

#[test]
fn aws_principals() {
    let account = "${data.aws_caller_identity.current.account_id}";
    for (principal, expected) in [
        (r#""*""#, "anyone (AssumeRole)"),
        (r#"{ AWS = "*" }"#, "anyone (AssumeRole)"),
        (r#"{ AWS = "123456789012" }"#, "account 123456789012 (AssumeRole)"),
        (r#"{ AWS = "arn:aws:iam::123456789012:root" }"#, "account 123456789012 (AssumeRole)"),
        (&format!(r#"{{ AWS = "arn:aws:iam::{account}:root" }}"#), "account own (AssumeRole)"),
        (r#"{ AWS = data.aws_caller_identity.current.account_id }"#, "account own (AssumeRole)"),
        (r#"{ AWS = "arn:aws:iam::${var.unknown}:root" }"#, "account … (AssumeRole)"),
        (
            r#"{ AWS = "arn:aws:iam::123456789012:role/ci" }"#,
            "external arn:aws:iam::123456789012:role/ci (AssumeRole)",
        ),
        (r#"{ AWS = var.unknown }"#, "?unknown (AssumeRole)"),
        (r#"{ Service = "ec2.amazonaws.com" }"#, "service ec2.amazonaws.com (AssumeRole)"),
        (
            r#"{ Service = "ec2.${data.aws_partition.current.dns_suffix}" }"#,
            "service ec2.amazonaws.com (AssumeRole)",
        ),
        (
            r#"{ Service = "rolesanywhere.amazonaws.com" }"#,
            "RolesAnywhere: certificates of every trust anchor of the account (RolesAnywhere)",
        ),
    ] {
        assert_eq!(allow(principal), [expected], "{principal}");
    }
}

#[test]
fn aws_identities_of_this_code() {
    let deploy = r#"resource "aws_iam_user" "deploy" { name = "deploy" }"#;
    for principal in ["aws_iam_user.deploy.arn", r#""arn:aws:iam::123456789012:user/ci/deploy""#] {
        let found = role(
            &format!(
                r#"{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = [{principal}] }} }}"#
            ),
            deploy,
        );
        assert_eq!(found, ["aws_iam_user.deploy (AssumeRole)"]);
    }
}

#[test]
fn aws_conditions_and_denies() {
    let root = r#"Principal = { AWS = "arn:aws:iam::123456789012:root" }"#;
    let with = |condition: &str| {
        role(
            &format!(r#"{{ Effect = "Allow", Action = "sts:AssumeRole", {root}, Condition = {condition} }}"#),
            "",
        )
    };
    assert_eq!(
        with(r#"{ StringEquals = { "sts:ExternalId" = "a" } }"#),
        ["account 123456789012 (AssumeRole) only with an external id"]
    );
    assert_eq!(
        with("var.unknown"),
        ["?account 123456789012 (AssumeRole) under a condition that is not known"]
    );
    let denied = role(
        &format!(
            r#"{{ Effect = "Allow", Action = "sts:AssumeRole", {root} }},
               {{ Effect = "Deny", Action = "sts:*", Principal = "*" }}"#
        ),
        "",
    );
    assert_eq!(denied, ["not account 123456789012 (AssumeRole)"]);
}

fn federated(provider: &str, condition: &str, more: &str) -> Vec<String> {
    let statement = format!(
        r#"{{ Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity",
             Principal = {{ Federated = {provider} }}, Condition = {condition} }}"#
    );
    role(&statement, more)
}

#[test]
fn aws_federation() {
    let github = r#""arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com""#;
    let sub = "token.actions.githubusercontent.com:sub";
    let found = federated(github, &format!(r#"{{ StringLike = {{ "{sub}" = "repo:acme/app:*" }} }}"#), "");
    assert_eq!(found, ["GitHub: repository acme/app, any branch and any pull request (WebIdentity)"]);
    let found = federated(github, "{}", "");
    assert_eq!(found, ["GitHub: every repository on GitHub (WebIdentity)"]);

    let declared = r#"
        resource "aws_iam_openid_connect_provider" "g" { url = "https://gitlab.com" }
    "#;
    let condition =
        r#"{ StringLike = { "${aws_iam_openid_connect_provider.g.url}:sub" = "project_path:acme/*" } }"#;
    let found = federated("aws_iam_openid_connect_provider.g.arn", condition, declared);
    assert_eq!(found, ["GitLab: every project of group acme (WebIdentity)"]);
}

#[test]
fn aws_service_accounts() {
    let cluster = r#"
        data "aws_eks_cluster" "c" { name = "c" }
        resource "aws_iam_openid_connect_provider" "c" {
          url = data.aws_eks_cluster.c.identity[0].oidc[0].issuer
        }
        resource "kubernetes_service_account" "app" {
          metadata {
            name        = "app"
            namespace   = "web"
            annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.x.arn }
          }
        }
    "#;
    let key = r#"${replace(aws_iam_openid_connect_provider.c.url, "https://", "")}"#;
    let subject = |subject: &str| {
        let condition = format!(
            r#"{{ StringEquals = {{ "{key}:sub" = "{subject}", "{key}:aud" = "sts.amazonaws.com" }} }}"#
        );
        federated("aws_iam_openid_connect_provider.c.arn", &condition, cluster)
    };
    let linked = "Kubernetes: service account web/app = kubernetes_service_account.app (WebIdentity)";
    assert_eq!(subject("system:serviceaccount:web:app"), [linked]);
    let linked = "Kubernetes: service account …/app = kubernetes_service_account.app (WebIdentity)";
    assert_eq!(subject("system:serviceaccount:${var.unknown}:app"), [linked]);

    let pods = format!(
        r#"{cluster}
        resource "aws_eks_pod_identity_association" "app" {{
          cluster_name    = "c"
          namespace       = "web"
          service_account = "app"
          role_arn        = aws_iam_role.x.arn
        }}"#
    );
    let found = role(
        r#"{ Effect = "Allow", Action = ["sts:AssumeRole", "sts:TagSession"],
             Principal = { Service = "pods.eks.amazonaws.com" } }"#,
        &pods,
    );
    assert_eq!(
        found,
        [
            "service pods.eks.amazonaws.com (AssumeRole)",
            "Kubernetes: service account web/app = kubernetes_service_account.app (PodIdentity)"
        ]
    );
}

#[test]
fn google_members() {
    let found = lines(
        r#"
        resource "google_service_account" "a" { account_id = "a" }
        resource "google_service_account" "b" { account_id = "b" }
        resource "google_iam_workload_identity_pool" "p" { workload_identity_pool_id = "p" }
        resource "google_iam_workload_identity_pool_provider" "p" {
          workload_identity_pool_id          = google_iam_workload_identity_pool.p.workload_identity_pool_id
          workload_identity_pool_provider_id = "github"
          attribute_mapping = { "google.subject" = "assertion.sub", "attribute.repository" = "assertion.repository" }
          attribute_condition = "assertion.repository_owner == 'acme'"
          oidc { issuer_uri = "https://token.actions.githubusercontent.com" }
        }
        resource "google_service_account_iam_binding" "wi" {
          service_account_id = google_service_account.a.name
          role               = "roles/iam.workloadIdentityUser"
          members = [
            "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.p.name}/attribute.repository/acme/app",
            "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.p.name}/*",
            "serviceAccount:acme.svc.id.goog[web/app]",
          ]
        }
        resource "google_service_account_iam_member" "user" {
          service_account_id = google_service_account.a.name
          role               = "roles/iam.serviceAccountUser"
          member             = "serviceAccount:${google_service_account.b.email}"
        }
        resource "google_service_account_iam_member" "viewer" {
          service_account_id = google_service_account.a.name
          role               = "roles/iam.serviceAccountViewer"
          member             = "user:jo@acme.example"
        }
        resource "google_service_account_iam_member" "tokens" {
          service_account_id = "projects/acme/serviceAccounts/a@acme.iam.gserviceaccount.com"
          role               = "roles/iam.serviceAccountTokenCreator"
          member             = "group:ops@acme.example"
        }
        "#,
    );
    let own: Vec<_> =
        found.iter().filter_map(|line| line.strip_prefix("google_service_account.a < ")).collect();
    assert_eq!(
        own,
        [
            "GitHub: repository acme/app (Impersonation)",
            "GitHub: every repository of acme (Impersonation)",
            "Kubernetes: service account web/app (Impersonation)",
            "google_service_account.b (Impersonation) only by running a workload as it",
            "external group:ops@acme.example (Impersonation)",
        ]
    );
}

#[test]
fn azure_and_vault() {
    let found = lines(
        r#"
        resource "azurerm_user_assigned_identity" "i" { name = "i" }
        resource "azurerm_federated_identity_credential" "i" {
          parent_id = azurerm_user_assigned_identity.i.id
          issuer    = "https://token.actions.githubusercontent.com"
          subject   = "repo:acme/app:environment:prod"
        }
        resource "azuread_application" "a" { display_name = "a" }
        resource "azuread_application_flexible_federated_identity_credential" "a" {
          application_id             = azuread_application.a.id
          issuer                     = "https://token.actions.githubusercontent.com"
          claims_matching_expression = "claims['sub'] matches 'repo:acme/*'"
        }
        resource "aws_iam_role" "r" {
          name               = "r"
          assume_role_policy = "{}"
        }
        resource "vault_aws_secret_backend_role" "v" {
          name      = "v"
          role_arns = [aws_iam_role.r.arn]
        }
        "#,
    );
    assert_eq!(
        found,
        [
            "azurerm_user_assigned_identity.i < GitHub: repository acme/app (environment:prod) (FederatedCredential)",
            "azuread_application.a < GitHub: every repository of acme (FederatedCredential)",
            "aws_iam_role.r < vault_aws_secret_backend_role.v (Vault)",
        ]
    );
}

#[test]
fn vault_logins() {
    let analysis = scan(
        r#"
        resource "vault_jwt_auth_backend" "g" {
          path         = "github"
          bound_issuer = "https://token.actions.githubusercontent.com"
        }
        resource "vault_jwt_auth_backend_role" "r" {
          backend         = vault_jwt_auth_backend.g.path
          role_name       = "r"
          role_type       = "jwt"
          user_claim      = "sub"
          bound_audiences = ["https://github.com/acme"]
        }
        "#,
    );
    let model = &analysis.estate.models[0];
    let logins = &trusts(model).logins;
    assert!(matches!(&logins[0].party, Party::Federated(it) if it.described.contains("every token")));
    assert!(
        trusts(model)
            .iter()
            .all(|trust| trust.via != Via::Vault && trust.party != Party::Subject(Subject::None))
    );
}
