//! Passwords of Entra applications, and secrets of Azure Key Vault.

use super::table::Table;
use super::target::{SecretSource, refuse_secrets, secret};
use toml::Spanned;

/// How Entra and Azure are asked, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AzureSettings {
    /// Its id, or one of its domains; what the login says, without it.
    pub tenant: Option<String>,
    /// Who gives tokens, instead of the usual one.
    pub authority: Option<String>,
    pub access: AzureAccess,
}

/// Where the login that asks comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AzureAccess {
    /// An access token.
    Token(SecretSource),
    /// A file with an application and its password.
    File(String),
    /// The usual variables if they are set, or else the machine, which has a managed identity.
    Usual,
}

impl AzureSettings {
    pub(super) fn read(table: &mut Table<'_>) -> Option<Self> {
        let tenant = table.string("tenant");
        let authority = table.string("authority").map(Spanned::into_inner);
        refuse_secrets(table, &["credentials", "client-secret"]);
        let file = table.string("credentials-file");
        let named = ["token-env", "token-file"].into_iter().find(|key| table.has(key));
        let token = match named {
            Some(_) => secret(table, ["token-env", "token-file"], "token", None),
            None => {
                refuse_secrets(table, &["token"]);
                None
            }
        };
        let access = match (file, named) {
            (Some(file), Some(named)) => {
                let both = format!("`credentials-file` and `{named}` are both there");
                table.sink.error(file.span(), both);
                return None;
            }
            (Some(file), None) => AzureAccess::File(file.into_inner()),
            (None, Some(_)) => AzureAccess::Token(token?),
            (None, None) => AzureAccess::Usual,
        };
        if let Some(tenant) = tenant.as_ref().filter(|tenant| !is_tenant(tenant.get_ref())) {
            let help = "its id or a domain of it: `tenant = \"acme.onmicrosoft.com\"`";
            table.sink.help(tenant.span(), "this is no tenant", help);
            return None;
        }
        Some(AzureSettings { tenant: tenant.map(Spanned::into_inner), authority, access })
    }
}

fn is_tenant(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
}
