use super::way::Overlap;
use crate::config::RotationKind;
use crate::identity::{Credential, Model, Subject};
use std::collections::HashMap;

/// Words in names of types, first one first: `api_key` is a token before it is a key.
const WORDS: [(&str, RotationKind); 13] = [
    ("certificate", RotationKind::Certificate),
    ("ssh_key", RotationKind::Certificate),
    ("key_pair", RotationKind::Certificate),
    ("private_key", RotationKind::Certificate),
    ("deploy_key", RotationKind::Certificate),
    ("token", RotationKind::Token),
    ("api_key", RotationKind::Token),
    ("apikeys", RotationKind::Token),
    ("api_access_key", RotationKind::Token),
    ("application_key", RotationKind::Token),
    ("password", RotationKind::Password),
    ("random_", RotationKind::Password),
    ("secret", RotationKind::Password),
];

/// Which limit of `[rotation]` holds for a type.
pub(super) fn of(kind: &str) -> RotationKind {
    let found = WORDS.iter().find(|(word, _)| kind.contains(word));
    found.map_or(RotationKind::AccessKey, |(_, kind)| *kind)
}

/// Credentials of one type by whose they are.
pub(super) type Peers = HashMap<(String, Subject), Vec<String>>;

pub(super) fn peers(model: &Model) -> Peers {
    let mut found = Peers::new();
    for credential in &model.credentials {
        if !matches!(credential.subject, Subject::None | Subject::Unknown) {
            let key = (credential.kind.clone(), credential.subject.clone());
            found.entry(key).or_default().push(credential.address.clone());
        }
    }
    found
}

/// A rotation needs room for one more.
pub(super) fn crowded(
    credential: &Credential,
    model: &Model,
    peers: &Peers,
    overlap: Overlap,
) -> Option<String> {
    let Overlap::AtMost(limit) = overlap else { return None };
    let held = peers.get(&(credential.kind.clone(), credential.subject.clone()))?;
    if held.len() < limit {
        return None;
    }
    let names: Vec<_> = held.iter().take(3).map(|one| format!("`{one}`")).collect();
    Some(format!(
        "there is no room for a new one beside it: `{}` may have {limit} and has {} in this code ({}); the one that nothing uses goes first",
        model.describe(&credential.subject),
        held.len(),
        names.join(", "),
    ))
}
