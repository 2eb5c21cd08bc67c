//! Which attributes take a secret, so that whatever literal arrives there is one.

use crate::eval::Resource;
use crate::identity::facts::{self, Kind};
use crate::secret::is_secret_name;

/// What a literal in an attribute proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sink {
    /// A place to keep secrets, which people also keep settings in.
    Store,
    /// Something logs in with it: whatever stands here opens a door.
    Login,
}

/// Attributes of the tables that take public, encrypted or mixed text. What they hold is judged as text.
const MIXED: [(&str, &str); 11] = [
    ("azuread_application_certificate", "value"),
    ("azuread_service_principal_certificate", "value"),
    ("snowflake_service_user", "rsa_public_key"),
    ("github_actions_variable", "value"),
    ("helm_release", "values"),
    ("helm_release", "set.value"),
    ("local_file", "content"),
    ("local_sensitive_file", "content"),
    ("vault_generic_secret", "data_json"),
    ("vault_kv_secret_v2", "data_json"),
    ("aws_bedrockagentcore_oauth2_credential_provider", "oauth2_provider_config"),
];

/// Attributes that are a password in every resource type that has them.
const LOGINS: [&str; 15] = [
    "password",
    "passwords",
    "account_password",
    "admin_pass",
    "admin_password",
    "admin_user_password",
    "administrator_login_password",
    "administrator_password",
    "login_password",
    "master_password",
    "master_user_password",
    "plaintext_password",
    "root_pass",
    "root_password",
    "user_password",
];

/// What the attribute at `path` takes; `full` is the path with the keys inside the attribute, and `name` the key
/// of the value.
pub fn sink(resource: &Resource, path: &str, full: &str, name: &str) -> Option<Sink> {
    let kind = &*resource.kind;
    if path.ends_with("encrypted_value") || MIXED.contains(&(kind, path)) {
        return None;
    }
    let facts = facts::of(kind);
    let takes = facts.is_some_and(|facts| facts.takes.iter().any(|taken| taken == path || taken == full));
    let last = path.rsplit('.').next().unwrap_or(path);
    let keyed = name != last && full != path;
    if takes {
        return match kind {
            "aws_ssm_parameter" => {
                (resource.body.text("type") == Some("SecureString")).then_some(Sink::Store)
            }
            // Variables of pipelines are settings as often as secrets.
            "tfe_variable" | "gitlab_project_variable" | "gitlab_group_variable" => {
                is_secret_name(name).then_some(Sink::Store)
            }
            // A map or document in a secret holds settings beside the secret.
            _ if keyed => is_secret_name(name).then_some(Sink::Login),
            _ if facts.is_some_and(|facts| facts.kind == Kind::SecretValue) => Some(Sink::Store),
            _ => Some(Sink::Login),
        };
    }
    if !keyed && LOGINS.contains(&last) {
        return Some(Sink::Login);
    }
    let sensitive = facts::sensitive(kind).any(|known| known == path || known == full);
    (sensitive && is_secret_name(name)).then_some(Sink::Login)
}

/// Credential arguments by provider; `*` stands for any provider. Sources: the provider pages of the Terraform
/// Registry. The last part of a path is compared, since the same argument stands in several blocks.
const PROVIDERS: [(&str, &[&str]); 38] = [
    ("aws", &["secret_key", "token"]),
    ("awscc", &["secret_key", "token"]),
    ("google", &["credentials", "access_token"]),
    ("google-beta", &["credentials", "access_token"]),
    ("azurerm", &["client_secret", "client_certificate_password", "client_certificate"]),
    ("azuread", &["client_secret", "client_certificate_password", "client_certificate"]),
    ("azapi", &["client_secret", "client_certificate_password"]),
    ("azuredevops", &["personal_access_token", "client_secret", "client_certificate_password"]),
    ("kubernetes", &["token", "client_key", "password"]),
    ("kubectl", &["token", "client_key", "password"]),
    ("helm", &["token", "client_key", "password"]),
    ("vault", &["token", "password", "secret_id", "jwt", "aws_secret_access_key", "private_key"]),
    ("github", &["token", "pem_file"]),
    ("gitlab", &["token"]),
    ("tfe", &["token"]),
    ("datadog", &["api_key", "app_key"]),
    ("cloudflare", &["api_token", "api_key", "api_user_service_key"]),
    ("snowflake", &["password", "private_key", "private_key_passphrase", "token", "oauth_client_secret"]),
    ("digitalocean", &["token", "spaces_secret_key"]),
    ("databricks", &["token", "password", "client_secret", "azure_client_secret"]),
    ("mongodbatlas", &["private_key", "client_secret", "secret_access_key"]),
    ("newrelic", &["api_key", "insights_insert_key"]),
    ("okta", &["api_token", "private_key", "access_token"]),
    ("auth0", &["client_secret", "api_token"]),
    ("pagerduty", &["token", "user_token", "client_secret"]),
    ("postgresql", &["password"]),
    ("mysql", &["password"]),
    ("rabbitmq", &["password"]),
    ("grafana", &["auth", "cloud_access_policy_token", "sm_access_token", "oncall_access_token"]),
    ("fastly", &["api_key"]),
    ("heroku", &["api_key"]),
    ("alicloud", &["secret_key", "security_token"]),
    ("openstack", &["password", "application_credential_secret", "token"]),
    ("hcp", &["client_secret"]),
    ("consul", &["token", "http_auth"]),
    ("nomad", &["secret_id", "http_auth"]),
    ("docker", &["password", "key_material"]),
    ("launchdarkly", &["access_token", "oauth_token"]),
];

/// The same for backends. Source: the backend pages of the Terraform and OpenTofu documentation.
const BACKENDS: [(&str, &[&str]); 16] = [
    ("s3", &["secret_key", "token", "sse_customer_key"]),
    ("azurerm", &["access_key", "sas_token", "client_secret", "client_certificate_password"]),
    ("gcs", &["credentials", "access_token", "encryption_key"]),
    ("http", &["password", "client_private_key_pem"]),
    ("remote", &["token"]),
    ("cloud", &["token"]),
    ("pg", &["conn_str"]),
    ("consul", &["access_token", "http_auth"]),
    ("kubernetes", &["token", "client_key", "password"]),
    ("oss", &["secret_key", "security_token", "sts_token"]),
    ("cos", &["secret_key", "security_token"]),
    ("oci", &["private_key", "private_key_password"]),
    ("swift", &["password", "token", "application_credential_secret"]),
    ("artifactory", &["password"]),
    ("etcdv3", &["password"]),
    ("manta", &["key_material"]),
];

/// Whether an argument of a provider block is a credential. Providers that are not in the table count by the
/// name of the argument.
pub fn provider_credential(provider: &str, path: &str, name: &str) -> bool {
    credential(&PROVIDERS, provider, path, name)
}

/// Whether an argument of a backend is a credential.
pub fn backend_credential(backend: &str, path: &str, name: &str) -> bool {
    credential(&BACKENDS, backend, path, name)
}

fn credential(table: &[(&str, &[&str])], owner: &str, path: &str, name: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    match table.iter().find(|(known, _)| *known == owner) {
        // Of a document, such as a service account key, only what is secret in it.
        Some((_, names)) if name != last => {
            names.contains(&name) || (names.contains(&last) && is_secret_name(name))
        }
        Some((_, names)) => names.contains(&last),
        None => is_secret_name(name),
    }
}
