//! The list of rules: one line each.

use crate::rules::Rule;

macro_rules! registry {
    ($($module:ident::$rule:ident,)*) => {
        $(pub mod $module;)*
        static ALL: &[&dyn Rule] = &[$(&$module::$rule,)*];
    };
}

registry! {
    nhi_missing_owner::NhiMissingOwner,
    owner_not_in_roster::OwnerNotInRoster,
    hardcoded_secret::HardcodedSecret,
    provider_static_credentials::ProviderStaticCredentials,
    secret_in_workload_env::SecretInWorkloadEnv,
    secret_persisted_in_state::SecretPersistedInState,
    secret_only_in_state::SecretOnlyInState,
    k8s_legacy_sa_token::K8sLegacySaToken,
    long_lived_static_credential::LongLivedStaticCredential,
    missing_expiry::MissingExpiry,
    expiry_too_long::ExpiryTooLong,
    expired_credential_declared::ExpiredCredentialDeclared,
    vault_role_unbounded::VaultRoleUnbounded,
    github_secret_plaintext::GithubSecretPlaintext,
    ci_secret_too_visible::CiSecretTooVisible,
    deploy_key_write::DeployKeyWrite,
    ci_cloud_key_instead_of_oidc::CiCloudKeyInsteadOfOidc,
    admin_policy_attached::AdminPolicyAttached,
    wildcard_action::WildcardAction,
    aws_managed_policy_overbroad::AwsManagedPolicyOverbroad,
    wildcard_resource::WildcardResource,
    unbounded_delegator::UnboundedDelegator,
    gcp_primitive_role::GcpPrimitiveRole,
    gcp_role_scope_too_high::GcpRoleScopeTooHigh,
    azure_scope_too_wide::AzureScopeTooWide,
    azure_custom_role_wildcard::AzureCustomRoleWildcard,
    entra_high_privilege_app::EntraHighPrivilegeApp,
    k8s_rbac_wildcard::K8sRbacWildcard,
    token_scope_too_wide::TokenScopeTooWide,
    api_key_unrestricted::ApiKeyUnrestricted,
    vault_policy_overbroad::VaultPolicyOverbroad,
    trust_wildcard_principal::TrustWildcardPrincipal,
    github_oidc_unscoped::GithubOidcUnscoped,
    oidc_provider_unscoped::OidcProviderUnscoped,
    confused_deputy::ConfusedDeputy,
    cross_account_root_trust::CrossAccountRootTrust,
    third_party_nhi_overprivileged::ThirdPartyNhiOverprivileged,
    gcp_workload_pool_open::GcpWorkloadPoolOpen,
    azure_federated_credential_wide::AzureFederatedCredentialWide,
    rolesanywhere_unscoped::RolesanywhereUnscoped,
    irsa_unscoped::IrsaUnscoped,
    shared_identity_across_workloads::SharedIdentityAcrossWorkloads,
    secret_reused::SecretReused,
    identity_crosses_environments::IdentityCrossesEnvironments,
    human_use_of_nhi::HumanUseOfNhi,
    aws_privilege_escalation::AwsPrivilegeEscalation,
    passrole_unscoped::PassroleUnscoped,
    gcp_privilege_escalation::GcpPrivilegeEscalation,
    azure_privilege_escalation::AzurePrivilegeEscalation,
    k8s_privilege_escalation::K8sPrivilegeEscalation,
    cross_plane_escalation::CrossPlaneEscalation,
    exposed_workload_privileged_identity::ExposedWorkloadPrivilegedIdentity,
    exposed_workload_static_key::ExposedWorkloadStaticKey,
    metadata_service_open::MetadataServiceOpen,
    anonymous_endpoint_with_identity::AnonymousEndpointWithIdentity,
    default_identity_used::DefaultIdentityUsed,
    sa_token_automount::SaTokenAutomount,
    secret_store_public::SecretStorePublic,
    orphaned_identity::OrphanedIdentity,
    no_rotation_configured::NoRotationConfigured,
    waiver_expired::WaiverExpired,
    invariant_broken::InvariantBroken,
    waiver_unused::WaiverUnused,
    foreign_skip::ForeignSkip,
    posture_fixed_credential_live::PostureFixedCredentialLive,
}

/// Every rule, in the order of their codes.
pub fn all() -> &'static [&'static dyn Rule] {
    ALL
}
