use crate::diagnostic::{Persona, Severity};
use crate::iam::vault::Grant;

/// A path of a policy that takes in too much.
pub(super) struct Wide {
    /// Index of the path in the policy.
    pub path: usize,
    pub phrase: &'static str,
    pub label: &'static str,
    pub severity: Severity,
    pub persona: Persona,
}

/// A segment that no policy names, so that only wildcards match it.
const ANY: &str = "keyward-sample";

/// Where secrets of everybody are kept unless somebody chose another name.
/// Source: HashiCorp Vault documentation, "KV secrets engine" and "Dev server mode".
const COMMON: [&str; 5] = ["secret", "secrets", "kv", "kv-v2", ANY];

/// The paths that take in too much, worst first.
pub(super) fn weigh(grants: &[Grant]) -> Vec<Wide> {
    let mut found: Vec<Wide> =
        grants.iter().enumerate().filter_map(|(at, grant)| of_path(at, grant)).collect();
    found.sort_by_key(|wide| (wide.persona, std::cmp::Reverse(wide.severity), wide.path));
    found
}

fn of_path(at: usize, grant: &Grant) -> Option<Wide> {
    let writes = grant.can_write();
    let reads = grant.can("read") || grant.can("list");
    let sudo = grant.can("sudo");
    if grant.is_denied() || !(writes || reads || sudo) {
        return None;
    }
    let takes = |path: &str| grant.path.matches(path).is_yes();
    let wide = |phrase, label, severity, persona| Some(Wide { path: at, phrase, label, severity, persona });
    use Persona::{Regular, Strict};
    use Severity::{High, Low, Medium};
    if grant.path.is_everything() || takes(&format!("{ANY}/{ANY}")) && takes("sys/mounts/x") {
        return match (writes || sudo, reads) {
            (true, _) => wide("may change everything in Vault", "every path", High, Regular),
            (false, true) => {
                wide("may read everything in Vault, every secret included", "every path", High, Regular)
            }
            _ => None,
        };
    }
    if writes {
        if takes(&format!("sys/{ANY}"))
            || takes(&format!("sys/policies/acl/{ANY}"))
            || takes(&format!("sys/policy/{ANY}"))
        {
            return wide(
                "may change how Vault works, policies included",
                "Vault's own settings",
                High,
                Regular,
            );
        }
        if takes(&format!("auth/{ANY}/{ANY}")) {
            return wide(
                "may change every auth method, and so let in anybody as anything",
                "every auth method",
                High,
                Regular,
            );
        }
        if takes(&format!("sys/auth/{ANY}")) {
            return wide("may add and change auth methods", "every auth method", High, Regular);
        }
        if takes(&format!("identity/{ANY}")) || takes(&format!("identity/entity/id/{ANY}")) {
            return wide("may give itself every policy", "every entity", High, Regular);
        }
        if takes(&format!("sys/mounts/{ANY}")) {
            return wide("may add and change secrets engines", "every secrets engine", Medium, Regular);
        }
        if secrets_of_all(&takes) {
            return wide(
                "may overwrite every secret of the mount",
                "every secret of the mount",
                High,
                Regular,
            );
        }
    }
    if sudo {
        let open = takes(&format!("sys/{ANY}"))
            || takes(&format!("auth/{ANY}/{ANY}"))
            || takes(&format!("sys/auth/{ANY}"));
        return match open {
            true => wide("may use what only root may otherwise", "`sudo` on all of it", High, Regular),
            false => wide("may use a path that only root may otherwise", "`sudo`", Medium, Regular),
        };
    }
    if secrets_of_all(&takes) {
        return wide("may read every secret of the mount", "every secret of the mount", Low, Strict);
    }
    None
}

fn secrets_of_all(takes: &impl Fn(&str) -> bool) -> bool {
    COMMON
        .iter()
        .any(|mount| takes(&format!("{mount}/{ANY}/{ANY}")) || takes(&format!("{mount}/data/{ANY}/{ANY}")))
}
