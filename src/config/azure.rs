//! Passwords of Entra applications, and secrets of Azure Key Vault.

use super::fields::{FieldNames, Kept, fields};
use super::limits::length;
use super::rotation::read_flag;
use super::secret_source::{SecretSource, refuse_secrets, secret};
use super::table::Table;
use super::target::{IssuerSettings, SinkSettings};
use jiff::SignedDuration;
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

#[derive(Clone, Debug)]
pub struct EntraPasswordSettings {
    /// The client id of the application.
    pub client: String,
    /// They are those of its service principal.
    pub of_principal: bool,
    /// In which it logs in.
    pub tenant: String,
    /// Of Microsoft Graph, instead of the usual one.
    pub endpoint: Option<String>,
    pub azure: AzureSettings,
    /// How long one is to last; as long as Entra says, without it.
    pub ttl: Option<SignedDuration>,
    /// How long before its end it is due.
    pub renew_before: Option<SignedDuration>,
    pub accept_unseen: bool,
}

#[derive(Clone, Debug)]
pub struct KeyVaultSettings {
    /// The address of the vault.
    pub vault: String,
    pub secret: String,
    pub azure: AzureSettings,
    pub kept: KeptIn,
}

/// Where the halves of a credential are.
#[derive(Clone, Debug)]
pub enum KeptIn {
    Fields(FieldNames),
    /// The secret is the value, and the id is in this tag.
    Tag(String),
}

/// Source: Key Vault documentation, "About keys, secrets, and certificates", "Object identifiers".
const LONGEST_NAME: usize = 127;

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
                ["token-env", "token-file"].iter().for_each(|key| _ = table.get(key));
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

pub(super) fn password(table: &mut Table<'_>) -> Option<IssuerSettings> {
    let example = "its client id: `application = \"00000000-0000-0000-0000-000000000000\"`";
    let (application, principal) = (table.string("application"), table.string("service-principal"));
    let (client, of_principal) = match (application, principal) {
        (Some(client), None) => (Some(client), false),
        (None, Some(client)) => (Some(client), true),
        (None, None) => {
            table.missing("application", example);
            (None, false)
        }
        (Some(_), Some(both)) => {
            table.sink.error(both.span(), "`application` and `service-principal` are both there");
            (None, true)
        }
    };
    let endpoint = table.string("endpoint").map(Spanned::into_inner);
    let azure = AzureSettings::read(table);
    let (ttl, renew_before) = (length(table, "ttl"), length(table, "renew-before"));
    if let (Some(ttl), Some(before)) = (ttl, renew_before)
        && before >= ttl
    {
        table.sink.error(table.span.clone(), "`renew-before` has to be shorter than `ttl`");
    }
    let accept_unseen = read_flag(table, "accept-unseen").unwrap_or_default();
    let client = client?;
    if !is_guid(client.get_ref()) {
        table.sink.help(client.span(), "this is no client id of an application", example);
        return None;
    }
    let (client, azure) = (client.into_inner(), azure?);
    let Some(tenant) = azure.tenant.clone() else {
        table.missing("tenant", "in which it logs in: `tenant = \"acme.onmicrosoft.com\"`");
        return None;
    };
    Some(IssuerSettings::EntraPassword(EntraPasswordSettings {
        client,
        of_principal,
        tenant,
        endpoint,
        azure,
        ttl,
        renew_before,
        accept_unseen,
    }))
}

pub(super) fn key_vault(table: &mut Table<'_>, kept: Kept) -> Option<SinkSettings> {
    let vault = table.required("vault", "its address: `vault = \"https://acme.vault.azure.net\"`");
    let example = "its name: `secret = \"exporter\"`";
    let secret = table.required("secret", example);
    let azure = AzureSettings::read(table);
    let tag = table.string("id-tag");
    let has_fields = table.has("id-field") || table.has("secret-field");
    let kept = match (tag, has_fields) {
        (Some(tag), true) => {
            ["id-field", "secret-field"].iter().for_each(|key| _ = table.get(key));
            table.sink.error(tag.span(), "`id-tag` is for a secret without fields");
            None
        }
        (Some(tag), false) => Some(KeptIn::Tag(tag.into_inner())),
        (None, false) if kept == Kept::Halves => {
            table.missing(
                "id-tag",
                "where its id is: `id-tag = \"key-id\"`, or `id-field` and `secret-field`",
            );
            None
        }
        (None, _) => fields(table, kept).map(KeptIn::Fields),
    };
    let secret = secret?;
    let name = secret.get_ref();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(plain) {
        table.sink.help(secret.span(), "this is no name of a secret", example);
        return None;
    }
    let (vault, secret) = (vault?.into_inner(), secret.into_inner());
    Some(SinkSettings::KeyVault(KeyVaultSettings { vault, secret, azure: azure?, kept: kept? }))
}

/// Source: RFC 9562, section 4.
fn is_guid(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{RotationKind, parse, testing};
    use crate::dates::seconds;

    const WHOLE: &str = r#"
[[rotation.target]]
credential = "exporter password"

[rotation.target.issuer]
kind = "entra-password"
application = "5f2a1c34-0000-4000-8000-0123456789ab"
tenant = "acme.onmicrosoft.com"
ttl = "180d"
renew-before = "30d"
accept-unseen = true

[[rotation.target.sink]]
kind = "azure-key-vault"
vault = "https://acme.vault.azure.net"
secret = "exporter"
id-tag = "key-id"
credentials-file = "rotator.json"

[[rotation.target.sink]]
kind = "azure-key-vault"
vault = "https://acme.vault.azure.net"
secret = "exporter-json"
id-field = "id"
secret-field = "secret"
token-env = "VAULT_ACCESS"
"#;

    #[test]
    fn everything_is_read() {
        let config = parse(WHOLE, &[]).unwrap();
        let target = &config.rotation.targets[0];
        let IssuerSettings::EntraPassword(issuer) = &target.issuer else { panic!("{target:?}") };
        assert_eq!((issuer.tenant.as_str(), issuer.of_principal), ("acme.onmicrosoft.com", false));
        assert_eq!(
            (issuer.ttl, issuer.azure.access.clone()),
            (Some(seconds(180 * 86_400)), AzureAccess::Usual)
        );
        assert_eq!(target.issuer.renew_before(), Some(seconds(30 * 86_400)));
        assert!(target.issuer.accepts_unseen() && target.kind() == RotationKind::Password);
        let [SinkSettings::KeyVault(first), SinkSettings::KeyVault(second)] = &target.sinks[..] else {
            panic!("{target:?}")
        };
        assert_eq!(first.azure.access, AzureAccess::File("rotator.json".to_owned()));
        assert!(matches!(&first.kept, KeptIn::Tag(tag) if tag == "key-id"));
        assert!(matches!(&second.kept, KeptIn::Fields(names) if names.secret == "secret"));
    }

    #[test]
    fn mistakes_are_told() {
        let shown = [
            ("5f2a1c34-0000-4000-8000-0123456789ab", "exporter"),
            ("tenant = \"acme.onmicrosoft.com\"\n", ""),
            ("acme.onmicrosoft.com", "acme/other"),
            (
                "application = ",
                "service-principal = \"5f2a1c34-0000-4000-8000-0123456789ab\"\napplication = ",
            ),
            ("renew-before = \"30d\"", "renew-before = \"200d\""),
            ("secret = \"exporter\"", "secret = \"apps/exporter\""),
            ("id-tag = \"key-id\"\n", ""),
            ("id-tag = \"key-id\"", "id-tag = \"key-id\"\nid-field = \"id\"\nsecret-field = \"secret\""),
            ("credentials-file = \"rotator.json\"", "credentials-file = \"a\"\ntoken-env = \"TOKEN\""),
            ("credentials-file = \"rotator.json\"", "client-secret = \"first-secret\""),
        ]
        .map(|(from, to)| {
            assert!(WHOLE.contains(from), "{from}");
            let text = WHOLE.replacen(from, to, 1);
            testing::render(&text, &parse(&text, &[]).unwrap_err())
        });
        let shown = shown.join("\n---\n");
        assert!(!shown.contains("first-secret"), "{shown}");
        insta::assert_snapshot!(shown);
    }
}
