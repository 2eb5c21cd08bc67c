//! What Terraform holds must not be exchanged behind its back: the next apply would undo it, or fail.

use crate::config::{IssuerSettings, RotationTarget};
use crate::identity::{Credential, Estate, Model, Subject};

/// The address of what the code declares and a target would exchange.
pub fn declared(estate: &Estate, target: &RotationTarget) -> Option<String> {
    estate.models.iter().find_map(|model| {
        let found = model.credentials.iter().find(|credential| is_meant(model, credential, target))?;
        Some(found.address.clone())
    })
}

fn is_meant(model: &Model, credential: &Credential, target: &RotationTarget) -> bool {
    if model.resource(credential.resource).lifecycle.ignores_all {
        return false;
    }
    if credential.address == *target.credential.get_ref() {
        return true;
    }
    match &target.issuer {
        IssuerSettings::AwsIam { user, .. } => {
            credential.kind == "aws_iam_access_key" && is_of(model, &credential.subject, user)
        }
        IssuerSettings::GcpKey(settings) => {
            let account = settings.account.split('@').next().unwrap_or_default();
            let names = [settings.account.as_str(), account];
            credential.kind == "google_service_account_key"
                && names.iter().any(|name| is_of(model, &credential.subject, name))
        }
        // Roles, secret ids and certificates are new each time, and client ids are in the state alone, so that only
        // the address can be meant.
        IssuerSettings::Postgres { .. }
        | IssuerSettings::AppRole { .. }
        | IssuerSettings::Pki(_)
        | IssuerSettings::EntraPassword(_) => false,
    }
}

fn is_of(model: &Model, subject: &Subject, user: &str) -> bool {
    match subject {
        Subject::Identity(id) => model.identity(*id).name.as_deref() == Some(user),
        Subject::External(name) => name == user,
        _ => false,
    }
}
