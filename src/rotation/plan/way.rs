use super::item::Through;
use crate::diagnostic::Persona;
use crate::identity::{Credential, Model, Place, PlaceKind, keyless};

/// How many may work at once, which decides whether consumers can move one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overlap {
    AtMost(usize),
    /// A first and a second one that are renewed in turns.
    InTurns,
    /// A new one ends the old one.
    Single,
    Free,
}

impl Overlap {
    /// Sources: AWS IAM User Guide, "IAM and AWS STS quotas"; Google Cloud, "Create and delete service account
    /// keys" and "HMAC keys"; Terraform Registry, `tfe_organization_token`.
    pub fn of(kind: &str, places: &[&Place]) -> Overlap {
        match kind {
            "aws_iam_access_key" | "aws_iam_service_specific_credential" | "aws_iam_signing_certificate" => {
                Overlap::AtMost(2)
            }
            "google_service_account_key" => Overlap::AtMost(10),
            "google_storage_hmac_key" => Overlap::AtMost(10),
            "azurerm_eventhub_namespace_authorization_rule"
            | "azurerm_servicebus_namespace_authorization_rule"
            | "azurerm_api_management_subscription"
            | "azurerm_container_registry_token_password" => Overlap::InTurns,
            "tfe_organization_token" | "tfe_team_token" => Overlap::Single,
            _ if places.iter().any(|place| place.kind == PlaceKind::Login) => Overlap::Single,
            _ => Overlap::Free,
        }
    }
}

/// How many of a type there may be for one identity, where that is known.
pub fn room(kind: &str) -> Option<usize> {
    match Overlap::of(kind, &[]) {
        Overlap::AtMost(most) => Some(most),
        _ => None,
    }
}

/// What takes its place, and for which consumer how. `None` where that is a matter of taste.
pub(super) fn instead(
    model: &Model,
    credential: &Credential,
    places: &[&Place],
) -> Option<(String, Vec<String>)> {
    let (by, persona) = keyless::instead_of(&credential.kind)?;
    if persona != Persona::Regular {
        return None;
    }
    let mut ways = Vec::new();
    for place in places {
        let consumer = place.resource.map(|id| &*model.resource(id).kind);
        if let Some(way) = keyless::for_consumer(&credential.kind, place, consumer)
            && !ways.contains(&way)
        {
            ways.push(way);
        }
    }
    Some((by.to_owned(), ways))
}

/// What the code leaves alone is changed elsewhere.
pub(super) fn through(model: &Model, credential: &Credential) -> Through {
    match model.resource(credential.resource).lifecycle.ignores_all {
        true => Through::Api,
        false => Through::Terraform,
    }
}
