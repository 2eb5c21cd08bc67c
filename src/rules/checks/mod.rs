//! The list of rules: one line each.

use crate::rules::Rule;

macro_rules! registry {
    ($($module:ident::$rule:ident,)*) => {
        $(pub mod $module;)*
        static ALL: &[&dyn Rule] = &[$(&$module::$rule,)*];
    };
}

registry! {
    hardcoded_secret::HardcodedSecret,
    provider_static_credentials::ProviderStaticCredentials,
    secret_in_workload_env::SecretInWorkloadEnv,
    k8s_legacy_sa_token::K8sLegacySaToken,
    secret_reused::SecretReused,
}

/// Every rule, in the order of their codes.
pub fn all() -> &'static [&'static dyn Rule] {
    ALL
}
