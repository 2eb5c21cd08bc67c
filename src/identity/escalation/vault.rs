//! Vault: paths by which a role gives itself policies that it does not have.
//! Sources: HashiCorp Vault documentation, "Policies", "Tokens" (`auth/token/create` with `sudo`), "Identity".

use super::network::{Evidence, Goal, Network, Node, Plain, Power, Step, StepKind};
use crate::iam::vault::Grant;
use crate::identity::model::{Model, Policy};
use crate::identity::privilege::{Cause, privileges};

/// A path of each kind, what it takes there, and what one can do with it.
const METHODS: [(&str, &[&str], &str, &str); 9] = [
    ("auth/approle/role/x", &[], "vault-auth-role", "can give login roles of Vault any policy"),
    ("auth/kubernetes/role/x", &[], "vault-auth-role", "can give login roles of Vault any policy"),
    ("auth/jwt/role/x", &[], "vault-auth-role", "can give login roles of Vault any policy"),
    ("auth/aws/role/x", &[], "vault-auth-role", "can give login roles of Vault any policy"),
    ("auth/token/roles/x", &[], "vault-token-role", "can write token roles of Vault with any policy"),
    ("auth/token/create", &["sudo"], "vault-token-create", "can create Vault tokens with any policy"),
    ("auth/userpass/users/x", &[], "vault-auth-role", "can give users of Vault any policy"),
    ("identity/entity/id/x", &[], "vault-identity", "can give entities of Vault any policy"),
    ("identity/group/id/x", &[], "vault-identity", "can give groups of Vault any policy"),
];

pub(super) fn steps(model: &Model, network: &mut Network) {
    let is_vault = |index: &usize| matches!(model.grants[*index].policy, Policy::Vault(_));
    if !(0..model.grants.len()).any(|index| is_vault(&index)) {
        return;
    }
    for (holder, privilege) in privileges(model).iter() {
        // Whoever administers Vault has nothing left to reach.
        let strong = |cause: &Cause| is_vault(&cause.grant);
        if privilege.causes.iter().any(strong) {
            continue;
        }
        for index in privilege.grants.iter().copied().filter(is_vault) {
            let grant = &model.grants[index];
            let Policy::Vault(paths) = &grant.policy else { continue };
            let mut seen: Vec<&str> = Vec::new();
            for (path, needed, method, text) in METHODS {
                if seen.contains(&method) || !paths.iter().any(|it| allows(it, path, needed)) {
                    continue;
                }
                seen.push(method);
                let from = network.node(Node::Holder(holder.clone()));
                let goal = Goal { power: Power::Admin, place: "Vault".to_string() };
                let to = network.node(Node::Goal(goal));
                let policy = model.resource(grant.resource);
                let evidence = Evidence {
                    span: grant.span,
                    text: policy.address.clone(),
                    root: Some(policy.span()),
                    grant: Some(index),
                };
                let step = Step {
                    kind: StepKind::Escalates,
                    method,
                    text: text.to_string(),
                    evidence: vec![evidence],
                    certain: true,
                    unscoped: false,
                    plain: Plain::No,
                    caveats: Vec::new(),
                };
                network.step(from, to, step);
            }
        }
    }
}

fn allows(grant: &Grant, path: &str, needed: &[&str]) -> bool {
    let writes = grant.can("create") || grant.can("update");
    writes && needed.iter().all(|it| grant.can(it)) && grant.path.matches(path).is_yes()
}
