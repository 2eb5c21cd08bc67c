//! The list of rules: one line each.

use crate::rules::Rule;

macro_rules! registry {
    ($($module:ident::$rule:ident,)*) => {
        $(pub mod $module;)*
        static ALL: &[&dyn Rule] = &[$(&$module::$rule,)*];
    };
}

registry! {
    k8s_legacy_sa_token::K8sLegacySaToken,
    admin_policy_attached::AdminPolicyAttached,
    wildcard_action::WildcardAction,
}

/// Every rule, in the order of their codes.
pub fn all() -> &'static [&'static dyn Rule] {
    ALL
}
