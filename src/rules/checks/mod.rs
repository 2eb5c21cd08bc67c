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
    k8s_legacy_sa_token::K8sLegacySaToken,
    shared_identity_across_workloads::SharedIdentityAcrossWorkloads,
    identity_crosses_environments::IdentityCrossesEnvironments,
    orphaned_identity::OrphanedIdentity,
}

/// Every rule, in the order of their codes.
pub fn all() -> &'static [&'static dyn Rule] {
    ALL
}
