//! Sources: the Terraform Registry page of each type, and the product's documentation for what an absent
//! value means.

use super::Measure;
use crate::config::ExpiryKind;
use crate::diagnostic::{Persona, Severity};

/// What it means that nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The credential never ends.
    Endless(Persona, Severity),
    /// It lasts this many days.
    Lasts(i64, Persona),
    /// Something else limits it, or it does not matter.
    Fine,
}

/// How a value is written, for fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Seconds,
    Hours,
    Days,
    /// `"86400s"`
    SecondsText,
    /// `"2160h"`
    HoursText,
    /// `"2027-02-20"`
    Date,
    /// `"2027-02-20T00:00:00Z"`
    Moment,
    /// `"PT12H"`
    IsoHours,
    None,
}

/// Where a type says when it ends.
#[derive(Debug)]
pub struct Term {
    pub kind: &'static str,
    /// The block that holds the paths; the resource itself when empty.
    pub block: &'static str,
    /// The first one that is there decides.
    pub paths: &'static [&'static str],
    pub measure: Measure,
    pub form: Form,
    pub limit: Option<ExpiryKind>,
    pub absent: Absent,
    /// Who sees that it is too long.
    pub persona: Persona,
}

const ENDLESS: Absent = Absent::Endless(Persona::Regular, Severity::High);
const STORED: Absent = Absent::Endless(Persona::Regular, Severity::Medium);
const PERHAPS: Absent = Absent::Endless(Persona::Strict, Severity::Medium);
const AUDIT: Absent = Absent::Endless(Persona::Auditor, Severity::Low);

const fn row(
    kind: &'static str,
    paths: &'static [&'static str],
    measure: Measure,
    form: Form,
    limit: ExpiryKind,
    absent: Absent,
) -> Term {
    let persona = Persona::Regular;
    Term { kind, block: "", paths, measure, form, limit: Some(limit), absent, persona }
}

impl Term {
    const fn within(self, block: &'static str) -> Self {
        Term { block, ..self }
    }

    const fn strict(self) -> Self {
        Term { persona: Persona::Strict, ..self }
    }

    /// How many days an unset value lasts, and who wants to know.
    pub fn standard(&self) -> Option<(i64, Persona)> {
        match self.absent {
            Absent::Lasts(days, persona) => Some((days, persona)),
            _ => None,
        }
    }
}

use ExpiryKind::{AccessToken, ApiKey, ApplicationPassword, Certificate, Session, StoredSecret, VaultToken};
use Measure::{Days, Hours, Milliseconds, Months, Seconds, Validity};

const GITLAB: &[&str] = &["expires_at", "rotation_configuration.expiration_days", "rotation_configuration"];
const ENTRA: &[&str] = &["end_date", "end_date_relative"];
const VAULT_ROLE: &[&str] = &["token_explicit_max_ttl", "token_max_ttl", "token_ttl"];

const fn entra(kind: &'static str, limit: ExpiryKind, absent: Absent) -> Term {
    row(kind, ENTRA, Hours, Form::Moment, limit, absent)
}

const fn vault(kind: &'static str) -> Term {
    row(kind, VAULT_ROLE, Seconds, Form::Seconds, VaultToken, Absent::Fine)
}

/// By type; a type may have several rows.
const TERMS: &[Term] = &[
    row("aws_acmpca_certificate", &["value"], Validity, Form::None, Certificate, Absent::Fine)
        .within("validity"),
    // AWS ends an AppSync key after seven days when nothing is said.
    row("aws_appsync_api_key", &["expires"], Seconds, Form::Moment, ApiKey, Absent::Fine),
    row(
        "aws_grafana_workspace_api_key",
        &["seconds_to_live"],
        Seconds,
        Form::Seconds,
        AccessToken,
        Absent::Fine,
    ),
    row(
        "aws_grafana_workspace_service_account_token",
        &["seconds_to_live"],
        Seconds,
        Form::Seconds,
        AccessToken,
        Absent::Fine,
    ),
    row("aws_iam_role", &["max_session_duration"], Seconds, Form::Seconds, Session, Absent::Fine),
    row("aws_iam_service_specific_credential", &["credential_age_days"], Days, Form::Days, ApiKey, ENDLESS),
    row("aws_ssoadmin_permission_set", &["session_duration"], Seconds, Form::IsoHours, Session, Absent::Fine),
    // An application's password blocks, as of version 3 of the provider.
    row(
        "azuread_application",
        ENTRA,
        Hours,
        Form::Moment,
        ApplicationPassword,
        Absent::Lasts(730, Persona::Regular),
    )
    .within("password"),
    entra("azuread_application_certificate", Certificate, Absent::Lasts(365, Persona::Regular)),
    entra("azuread_application_password", ApplicationPassword, Absent::Lasts(730, Persona::Regular)),
    entra("azuread_service_principal_certificate", Certificate, Absent::Lasts(365, Persona::Regular)),
    entra("azuread_service_principal_password", ApplicationPassword, Absent::Lasts(730, Persona::Regular)),
    entra(
        "azuread_service_principal_token_signing_certificate",
        Certificate,
        Absent::Lasts(1_095, Persona::Strict),
    ),
    row(
        "azurerm_container_registry_token_password",
        &["expiry"],
        Seconds,
        Form::Moment,
        AccessToken,
        ENDLESS,
    )
    .within("password1"),
    row(
        "azurerm_container_registry_token_password",
        &["expiry"],
        Seconds,
        Form::Moment,
        AccessToken,
        ENDLESS,
    )
    .within("password2"),
    row(
        "azurerm_key_vault_certificate",
        &["x509_certificate_properties.validity_in_months"],
        Months,
        Form::None,
        Certificate,
        Absent::Fine,
    )
    .within("certificate_policy"),
    row(
        "azurerm_key_vault_key",
        &["expiration_date", "rotation_policy.expire_after"],
        Seconds,
        Form::Moment,
        StoredSecret,
        STORED,
    )
    .strict(),
    row("azurerm_key_vault_secret", &["expiration_date"], Seconds, Form::Moment, StoredSecret, STORED),
    row("cloudflare_account_token", &["expires_on"], Seconds, Form::Moment, AccessToken, ENDLESS),
    row("cloudflare_api_token", &["expires_on"], Seconds, Form::Moment, AccessToken, ENDLESS),
    row(
        "cloudflare_zero_trust_access_service_token",
        &["duration"],
        Hours,
        Form::HoursText,
        AccessToken,
        Absent::Lasts(365, Persona::Strict),
    ),
    row("consul_acl_token", &["expiration_time"], Seconds, Form::Moment, AccessToken, ENDLESS),
    row("databricks_obo_token", &["lifetime_seconds"], Seconds, Form::Seconds, AccessToken, ENDLESS),
    row(
        "databricks_service_principal_secret",
        &["lifetime"],
        Seconds,
        Form::SecondsText,
        AccessToken,
        Absent::Lasts(730, Persona::Regular),
    ),
    row("databricks_token", &["lifetime_seconds"], Seconds, Form::Seconds, AccessToken, ENDLESS),
    row("gitlab_deploy_key", &["expires_at"], Seconds, Form::Moment, AccessToken, PERHAPS),
    row("gitlab_deploy_token", &["expires_at"], Seconds, Form::Moment, AccessToken, ENDLESS),
    row("gitlab_group_access_token", GITLAB, Days, Form::Date, AccessToken, ENDLESS),
    row("gitlab_group_service_account_access_token", GITLAB, Days, Form::Date, AccessToken, ENDLESS),
    row("gitlab_personal_access_token", GITLAB, Days, Form::Date, AccessToken, ENDLESS),
    row("gitlab_project_access_token", GITLAB, Days, Form::Date, AccessToken, ENDLESS),
    row("google_privateca_certificate", &["lifetime"], Seconds, Form::SecondsText, Certificate, Absent::Fine),
    // Here the end deletes the secret itself, which few want.
    row("google_secret_manager_secret", &["ttl", "expire_time"], Seconds, Form::None, StoredSecret, AUDIT)
        .strict(),
    row("grafana_cloud_access_policy_token", &["expires_at"], Seconds, Form::Moment, AccessToken, ENDLESS),
    row("grafana_service_account_token", &["seconds_to_live"], Seconds, Form::Seconds, AccessToken, ENDLESS),
    row(
        "kubernetes_token_request_v1",
        &["expiration_seconds"],
        Seconds,
        Form::Seconds,
        AccessToken,
        Absent::Fine,
    )
    .within("spec"),
    row("launchdarkly_access_token", &["expire"], Milliseconds, Form::None, AccessToken, PERHAPS),
    row("linode_token", &["expiry"], Seconds, Form::Moment, AccessToken, ENDLESS),
    row("nomad_acl_token", &["expiration_ttl"], Seconds, Form::HoursText, AccessToken, ENDLESS),
    row("postgresql_role", &["valid_until"], Seconds, Form::Moment, ApplicationPassword, PERHAPS).strict(),
    row("scaleway_iam_api_key", &["expires_at"], Seconds, Form::Moment, ApiKey, ENDLESS),
    row("snowflake_legacy_service_user", &["days_to_expiry"], Days, Form::Days, ApplicationPassword, ENDLESS)
        .strict(),
    row("snowflake_service_user", &["days_to_expiry"], Days, Form::Days, ApplicationPassword, PERHAPS)
        .strict(),
    row("snowflake_user", &["days_to_expiry"], Days, Form::Days, ApplicationPassword, PERHAPS).strict(),
    // Snowflake ends one after fifteen days when nothing is said.
    row(
        "snowflake_user_programmatic_access_token",
        &["days_to_expiry"],
        Days,
        Form::Days,
        AccessToken,
        Absent::Fine,
    ),
    row("tailscale_tailnet_key", &["expiry"], Seconds, Form::Seconds, AccessToken, Absent::Fine),
    row("tfe_audit_trail_token", &["expired_at"], Seconds, Form::Moment, AccessToken, ENDLESS),
    row("tfe_organization_token", &["expired_at"], Seconds, Form::Moment, AccessToken, ENDLESS),
    row("tfe_team_token", &["expired_at"], Seconds, Form::Moment, AccessToken, ENDLESS),
    row("tls_locally_signed_cert", &["validity_period_hours"], Hours, Form::Hours, Certificate, Absent::Fine),
    row("tls_self_signed_cert", &["validity_period_hours"], Hours, Form::Hours, Certificate, Absent::Fine),
    vault("vault_approle_auth_backend_role"),
    row(
        "vault_approle_auth_backend_role",
        &["secret_id_ttl"],
        Seconds,
        Form::Seconds,
        AccessToken,
        Absent::Fine,
    ),
    row("vault_approle_auth_backend_role_secret_id", &["ttl"], Seconds, Form::None, AccessToken, PERHAPS),
    vault("vault_aws_auth_backend_role"),
    row("vault_aws_secret_backend_role", &["max_sts_ttl"], Seconds, Form::Seconds, Session, Absent::Fine),
    vault("vault_azure_auth_backend_role"),
    vault("vault_cert_auth_backend_role"),
    row(
        "vault_database_secret_backend_role",
        &["max_ttl", "default_ttl"],
        Seconds,
        Form::Seconds,
        AccessToken,
        Absent::Fine,
    ),
    vault("vault_gcp_auth_backend_role"),
    vault("vault_github_auth_backend"),
    vault("vault_jwt_auth_backend_role"),
    vault("vault_kubernetes_auth_backend_role"),
    vault("vault_ldap_auth_backend"),
    row("vault_pki_secret_backend_cert", &["ttl"], Seconds, Form::HoursText, Certificate, Absent::Fine),
    row("vault_pki_secret_backend_role", &["max_ttl", "ttl"], Seconds, Form::None, Certificate, Absent::Fine),
    // Vault's own default and maximum apply otherwise, 32 days unless tuned.
    row(
        "vault_token",
        &["explicit_max_ttl", "ttl"],
        Seconds,
        Form::HoursText,
        VaultToken,
        Absent::Endless(Persona::Strict, Severity::Medium),
    ),
    vault("vault_token_auth_backend_role"),
];

/// The rows of a type.
pub fn terms_of(kind: &str) -> impl Iterator<Item = &'static Term> {
    let from = TERMS.partition_point(|term| term.kind < kind);
    TERMS[from..].iter().take_while(move |term| term.kind == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_cover_the_types_with_an_end() {
        assert!(TERMS.is_sorted_by(|left, right| left.kind <= right.kind));
        let endless = TERMS.iter().filter(|term| matches!(term.absent, Absent::Endless(..)));
        assert!(endless.count() >= 20);
        assert_eq!(terms_of("azurerm_container_registry_token_password").count(), 2);
        assert_eq!(terms_of("aws_s3_bucket").count(), 0);
    }
}
