//! Keys of Google service accounts, and secrets of Google Secret Manager.

use super::fields::FieldNames;
use super::rotation::read_flag;
use super::secret_source::{SecretSource, refuse_secrets, secret};
use super::table::Table;
use super::target::{IssuerSettings, SinkSettings};
use toml::Spanned;

/// How Google Cloud is asked, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GcpSettings {
    /// Instead of the usual one of the service.
    pub endpoint: Option<String>,
    /// Instead of the usual one for tokens.
    pub token_endpoint: Option<String>,
    pub access: GcpAccess,
}

/// Where the login that asks comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GcpAccess {
    /// An access token.
    Token(SecretSource),
    /// The file of a key of a service account.
    File(String),
    /// The usual variable if it is set, or else the machine, which has a service account.
    Usual,
}

#[derive(Clone, Debug)]
pub struct GcpKeySettings {
    /// Its email address.
    pub account: String,
    pub gcp: GcpSettings,
    pub accept_unseen: bool,
}

#[derive(Clone, Debug)]
pub struct GcpSecretSettings {
    /// `projects/P/secrets/S`, or one of a location.
    pub secret: String,
    pub gcp: GcpSettings,
    pub fields: FieldNames,
}

impl GcpAccess {
    /// The variable that others read as well.
    pub const VARIABLE: &str = "GOOGLE_OAUTH_ACCESS_TOKEN";
}

impl GcpSettings {
    pub(super) fn read(table: &mut Table<'_>) -> Option<Self> {
        let endpoint = table.string("endpoint").map(Spanned::into_inner);
        let token_endpoint = table.string("token-endpoint").map(Spanned::into_inner);
        refuse_secrets(table, &["credentials"]);
        let file = table.string("credentials-file");
        let named = ["token-env", "token-file"].into_iter().find(|key| table.has(key));
        let token = secret(table, ["token-env", "token-file"], "token", Some(GcpAccess::VARIABLE));
        let access = match (file, named) {
            (Some(file), Some(named)) => {
                let both = format!("`credentials-file` and `{named}` are both there");
                table.sink.error(file.span(), both);
                return None;
            }
            (Some(file), None) => GcpAccess::File(file.into_inner()),
            (None, Some(_)) => GcpAccess::Token(token?),
            (None, None) => GcpAccess::Usual,
        };
        Some(GcpSettings { endpoint, token_endpoint, access })
    }
}

pub(super) fn service_account_key(table: &mut Table<'_>) -> Option<IssuerSettings> {
    let example = "`service-account = \"exporter@project.iam.gserviceaccount.com\"`";
    let account = table.required("service-account", example);
    let gcp = GcpSettings::read(table);
    let accept_unseen = read_flag(table, "accept-unseen").unwrap_or_default();
    let account = account?;
    let text = account.get_ref();
    if !text.contains('@') || text.contains(['/', ' ']) {
        table.sink.help(account.span(), "this is no email address of a service account", example);
        return None;
    }
    Some(IssuerSettings::GcpKey(GcpKeySettings { account: account.into_inner(), gcp: gcp?, accept_unseen }))
}

pub(super) fn managed_secret(table: &mut Table<'_>, fields: Option<FieldNames>) -> Option<SinkSettings> {
    let example = "`secret = \"projects/project/secrets/exporter\"`";
    let secret = table.required("secret", example);
    let gcp = GcpSettings::read(table);
    let secret = secret?;
    let parts: Vec<_> = secret.get_ref().split('/').collect();
    let named =
        matches!(parts[..], ["projects", _, "secrets", _] | ["projects", _, "locations", _, "secrets", _]);
    let plain = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
    };
    if !named || !parts.iter().all(plain) {
        table.sink.help(secret.span(), "this is no name of a secret", example);
        return None;
    }
    let settings = GcpSecretSettings { secret: secret.into_inner(), gcp: gcp?, fields: fields? };
    Some(SinkSettings::GcpSecret(settings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{RotationKind, parse, testing};

    const WHOLE: &str = r#"
[[rotation.target]]
credential = "exporter key"

[rotation.target.issuer]
kind = "gcp-service-account-key"
service-account = "exporter@acme.iam.gserviceaccount.com"
accept-unseen = true

[[rotation.target.sink]]
kind = "gcp-secret-manager"
secret = "projects/acme/secrets/exporter"
credentials-file = "rotator.json"

[[rotation.target.sink]]
kind = "vault-kv"
address = "https://vault.example"
path = "apps/exporter"
secret-field = "key"
"#;

    #[test]
    fn everything_is_read() {
        let config = parse(WHOLE, &[]).unwrap();
        let target = &config.rotation.targets[0];
        let IssuerSettings::GcpKey(issuer) = &target.issuer else { panic!("{target:?}") };
        assert_eq!(issuer.gcp.access, GcpAccess::Usual);
        assert!(target.issuer.accepts_unseen() && target.kind() == RotationKind::AccessKey);
        let [SinkSettings::GcpSecret(first), SinkSettings::VaultKv { fields, .. }] = &target.sinks[..] else {
            panic!("{target:?}")
        };
        assert_eq!(first.gcp.access, GcpAccess::File("rotator.json".to_owned()));
        assert_eq!((first.fields.id.as_str(), first.fields.secret.as_str()), ("", ""));
        assert_eq!((fields.id.as_str(), fields.secret.as_str()), ("", "key"));
    }

    #[test]
    fn mistakes_are_told() {
        let shown = [
            ("exporter@acme.iam.gserviceaccount.com", "exporter"),
            ("projects/acme/secrets/exporter", "exporter"),
            ("projects/acme/secrets/exporter", "projects/acme/secrets/a:access?b"),
            ("credentials-file = \"rotator.json\"", "credentials-file = \"a\"\ntoken-env = \"TOKEN\""),
            ("credentials-file = \"rotator.json\"", "token = \"ya29.first-secret\""),
            ("credentials-file = \"rotator.json\"", "id-field = \"id\""),
            (
                "kind = \"gcp-service-account-key\"\nservice-account",
                "kind = \"aws-iam\"\nuser = \"exporter\"\nservice-account",
            ),
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
