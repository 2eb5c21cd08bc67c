//! Key pairs: what accepts a public half changes with the private half, wherever that is.

use super::item::Step;
use super::steps::step;
use super::terms::Terms;
use crate::dates::human;
use crate::identity::{Credential, CredentialId, Model};
use std::collections::HashMap;

/// Types that register a public half, with the argument that holds it.
const PUBLIC: [(&str, &str); 9] = [
    ("aws_key_pair", "public_key"),
    ("aws_lightsail_key_pair", "public_key"),
    ("aws_transfer_ssh_key", "body"),
    ("aws_iam_user_ssh_key", "public_key"),
    ("digitalocean_ssh_key", "public_key"),
    ("hcloud_ssh_key", "public_key"),
    ("github_repository_deploy_key", "key"),
    ("gitlab_deploy_key", "key"),
    ("google_os_login_ssh_public_key", "key"),
];

/// Which public halves belong to a private one of the same code.
pub(super) struct Halves {
    /// Private ones, with what registers their public halves.
    registered: HashMap<CredentialId, Vec<CredentialId>>,
    followers: Vec<CredentialId>,
}

impl Halves {
    pub fn of(model: &Model) -> Halves {
        let mut halves = Halves { registered: HashMap::new(), followers: Vec::new() };
        for credential in &model.credentials {
            let Some(argument) = public_half(&credential.kind) else { continue };
            let Some(value) = model.resource(credential.resource).body.value(argument) else { continue };
            let refs = value.deep_refs();
            let private = refs.iter().find_map(|reference| {
                let found = model.credential_of(reference.resource)?;
                (found.kind == "tls_private_key").then_some(found.id)
            });
            if let Some(private) = private {
                halves.registered.entry(private).or_default().push(credential.id);
                halves.followers.push(credential.id);
            }
        }
        halves.followers.sort_unstable_by_key(|id| id.0);
        halves
    }

    /// Planned for with its private half, which is in the same code.
    pub fn is_followed(&self, credential: &Credential) -> bool {
        self.followers.binary_search_by_key(&credential.id.0, |id| id.0).is_ok()
    }

    /// What registers the public half of this private one.
    pub fn registrations<'m>(&self, model: &'m Model, id: CredentialId) -> Vec<&'m Credential> {
        let ids = self.registered.get(&id).into_iter().flatten();
        ids.map(|id| model.credential(*id)).collect()
    }
}

fn public_half(kind: &str) -> Option<&'static str> {
    PUBLIC.iter().find(|(name, _)| *name == kind).map(|(_, argument)| *argument)
}

/// Only the public half is here: whoever has the private one makes the new pair.
pub(super) fn is_public(credential: &Credential) -> bool {
    public_half(&credential.kind).is_some()
}

pub(super) fn steps(credential: &Credential, terms: &Terms) -> Vec<Step> {
    let old = format!("`{}`", credential.address);
    let quiet = human(terms.quiet);
    if on_instances(&credential.kind) {
        return vec![
            step("whoever has the private half makes a new pair, and hands out its public half".to_owned()),
            step(format!(
                "put the new public half into `authorized_keys` of what was started with {old}, or replace it"
            )),
            step(format!(
                "when nobody has logged in with the old one for {quiet}, take it out of `authorized_keys`"
            )),
            step(format!("change `public_key` of {old} for what is started from then on")),
        ];
    }
    vec![
        step("whoever has the private half makes a new pair, and hands out its public half".to_owned()),
        step(format!("pull request 1: register it beside {old}; wait until it is merged and applied")),
        step("let whoever logs in with the old one use the new one".to_owned()),
        step(format!("pull request 2: when nobody has logged in with the old one for {quiet}, remove {old}")),
    ]
}

/// They copy it when they are started for the first time, and never look again.
/// Source: Amazon EC2 User Guide, "Add or replace a public key on your Linux instance".
fn on_instances(kind: &str) -> bool {
    matches!(kind, "aws_key_pair" | "aws_lightsail_key_pair" | "digitalocean_ssh_key" | "hcloud_ssh_key")
}

/// What has to be known about a pair.
pub(super) fn cautions(credential: &Credential, model: &Model, halves: &Halves) -> Vec<String> {
    let mut cautions = Vec::new();
    if is_public(credential) {
        cautions.push("only its public half is here: who has the private half is not known".to_owned());
    }
    for one in halves.registrations(model, credential.id) {
        let address = &one.address;
        cautions.push(match on_instances(&one.kind) {
            true => format!(
                "its public half is in `{address}`: what was started with that goes on accepting the old one until it is replaced, or its `authorized_keys` changed"
            ),
            false => format!("its public half is in `{address}`, which changes with it"),
        });
    }
    cautions
}
