//! The types that are looked for, by who tells of them.

use super::aws::{ACCESS_KEY, PASSWORD, ROLE, ROOT_USER, USER};
use super::azure::{
    APPLICATION, APPLICATION_CERTIFICATE, APPLICATION_PASSWORD, PRINCIPAL_CERTIFICATE, PRINCIPAL_PASSWORD,
    REGISTRATION, SERVICE_PRINCIPAL,
};
use super::google::{HMAC_KEY, SERVICE_ACCOUNT, SERVICE_ACCOUNT_KEY};

/// A provider whose identities have names that code knows, and credentials that only their holder tells apart.
#[derive(Debug)]
pub(super) struct Cloud {
    pub provider: &'static str,
    /// What is asked, with and without whose it is.
    pub account: &'static str,
    pub place: &'static str,
    pub identities: &'static [&'static str],
    pub credentials: &'static [&'static str],
}

pub(super) const CLOUDS: [Cloud; 3] = [
    Cloud {
        provider: "aws",
        account: "AWS account",
        place: "account",
        identities: &[ROOT_USER, USER, ROLE],
        credentials: &[ACCESS_KEY, PASSWORD],
    },
    Cloud {
        provider: "google",
        account: "Google project",
        place: "project",
        identities: &[SERVICE_ACCOUNT],
        credentials: &[SERVICE_ACCOUNT_KEY, HMAC_KEY],
    },
    Cloud {
        provider: "azure",
        account: "Entra tenant",
        place: "tenant",
        identities: &[APPLICATION, SERVICE_PRINCIPAL],
        credentials: &[
            APPLICATION_PASSWORD,
            APPLICATION_CERTIFICATE,
            PRINCIPAL_PASSWORD,
            PRINCIPAL_CERTIFICATE,
        ],
    },
];

/// What a declared identity is listed as.
pub(super) fn identity(declared: &str) -> Option<&'static str> {
    match declared {
        REGISTRATION => Some(APPLICATION),
        _ => [USER, ROLE, SERVICE_ACCOUNT, APPLICATION, SERVICE_PRINCIPAL]
            .into_iter()
            .find(|kind| *kind == declared),
    }
}

/// What a declared credential is listed as.
pub(super) fn credential(declared: &str) -> Option<&'static str> {
    CLOUDS.iter().flat_map(|cloud| cloud.credentials).copied().find(|kind| *kind == declared)
}

/// Whether code that declares such a credential may mean such a holder.
pub(super) fn holds(holder: &str, credential: &str) -> bool {
    match credential {
        ACCESS_KEY | PASSWORD => holder == USER,
        APPLICATION_PASSWORD | APPLICATION_CERTIFICATE => holder == APPLICATION,
        PRINCIPAL_PASSWORD | PRINCIPAL_CERTIFICATE => holder == SERVICE_PRINCIPAL,
        _ => holder == SERVICE_ACCOUNT,
    }
}

/// As rows call it.
pub(super) fn what(kind: &str) -> &'static str {
    match kind {
        USER => "user",
        ROLE => "role",
        ROOT_USER => "root-user",
        ACCESS_KEY => "access-key",
        PASSWORD => "console-password",
        SERVICE_ACCOUNT => "service-account",
        SERVICE_ACCOUNT_KEY => "service-account-key",
        HMAC_KEY => "hmac-key",
        APPLICATION => "application",
        SERVICE_PRINCIPAL => "service-principal",
        APPLICATION_PASSWORD | PRINCIPAL_PASSWORD => "client-secret",
        APPLICATION_CERTIFICATE | PRINCIPAL_CERTIFICATE => "certificate",
        _ => "identity",
    }
}

/// The same in a sentence.
pub(super) fn words(kind: &str) -> String {
    spoken(what(kind))
}

pub(super) fn spoken(what: &str) -> String {
    what.replace('-', " ").replace("hmac", "HMAC")
}
