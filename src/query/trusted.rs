//! Who is let in, in words.

use super::Ground;
use crate::identity::trust::{Party, Trust, Via, trusts};
use crate::identity::{IdentityId, Model};

/// The trusts that lead to an identity.
pub fn of(model: &Model, target: IdentityId) -> impl Iterator<Item = &Trust> {
    trusts(model).of(target)
}

/// Who is let in: an address, or a description.
pub fn party(model: &Model, party: &Party) -> String {
    match party {
        Party::Anyone => "anybody".to_string(),
        Party::Subject(subject) => model.describe(subject),
        Party::Service(name) => format!("service {name}"),
        Party::Account(None) => "everybody in the account whom a policy allows it".to_string(),
        Party::Account(Some(account)) => format!("everybody in account {account} whom a policy allows it"),
        Party::Federated(federation) => federation.described.clone(),
        Party::External(name) => name.clone(),
        Party::Unknown => "somebody who is not known here".to_string(),
    }
}

/// What lets them in.
pub fn ground(trust: &Trust) -> Ground {
    let text = match trust.via {
        Via::AssumeRole => "the trust policy names it",
        Via::WebIdentity => "the trust policy takes its tokens",
        Via::Saml => "the trust policy takes its SAML assertions",
        Via::RolesAnywhere => "Roles Anywhere takes its certificates",
        Via::PodIdentity => "pod identity is associated with it",
        Via::Impersonation => "it may impersonate it",
        Via::FederatedCredential => "a federated credential names it",
        Via::Vault => "a role of Vault hands it out",
    };
    Ground { text: text.to_string(), span: trust.span }
}
