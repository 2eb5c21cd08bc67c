use super::table::Table;
use crate::dates::{Unit, days, duration_of, seconds};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::DeValue;

/// The kinds that a section of limits has a key for.
pub trait LimitKind: Copy + Ord + 'static {
    const ALL: &'static [Self];
    fn key(self) -> &'static str;
    fn standard(self) -> SignedDuration;
}

/// How long each kind may last at most. `None` is a limit that was turned off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits<K: LimitKind>(BTreeMap<K, Option<SignedDuration>>);

pub type ExpiryPolicy = Limits<ExpiryKind>;

/// Keys of `[expiry]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExpiryKind {
    /// Personal, project, group and deploy tokens of forges and SaaS products.
    AccessToken,
    /// API keys without a session behind them.
    ApiKey,
    /// Passwords of applications, as in Entra ID.
    ApplicationPassword,
    Certificate,
    /// Entries of a secret store that carry an expiry date.
    StoredSecret,
    /// The longest that a Vault token may be renewed to.
    VaultToken,
    /// Sessions of an assumed role.
    Session,
    /// Not a limit but how long before its end a credential is reported.
    Warning,
}

/// Keys of `[rotation]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RotationKind {
    /// Static keys of users and service accounts.
    AccessKey,
    /// Secrets in a store that rotates them.
    Secret,
    /// Database and application passwords.
    Password,
    /// Tokens and API keys of forges and SaaS products.
    Token,
    /// Certificates and key pairs.
    Certificate,
    /// Keys of a key management service.
    EncryptionKey,
}

impl LimitKind for ExpiryKind {
    const ALL: &'static [Self] = &[
        ExpiryKind::AccessToken,
        ExpiryKind::ApiKey,
        ExpiryKind::ApplicationPassword,
        ExpiryKind::Certificate,
        ExpiryKind::StoredSecret,
        ExpiryKind::VaultToken,
        ExpiryKind::Session,
        ExpiryKind::Warning,
    ];

    fn key(self) -> &'static str {
        match self {
            ExpiryKind::AccessToken => "access-token",
            ExpiryKind::ApiKey => "api-key",
            ExpiryKind::ApplicationPassword => "application-password",
            ExpiryKind::Certificate => "certificate",
            ExpiryKind::StoredSecret => "stored-secret",
            ExpiryKind::VaultToken => "vault-token",
            ExpiryKind::Session => "session",
            ExpiryKind::Warning => "warning",
        }
    }

    fn standard(self) -> SignedDuration {
        match self {
            ExpiryKind::AccessToken | ExpiryKind::ApiKey => days(90),
            ExpiryKind::ApplicationPassword => days(180),
            // The CA/Browser Forum's limit for public certificates before its steps below 200 days began.
            ExpiryKind::Certificate => days(398),
            ExpiryKind::StoredSecret => days(365),
            ExpiryKind::VaultToken => seconds(24 * 3_600),
            ExpiryKind::Session => seconds(12 * 3_600),
            ExpiryKind::Warning => days(30),
        }
    }
}

impl LimitKind for RotationKind {
    const ALL: &'static [Self] = &[
        RotationKind::AccessKey,
        RotationKind::Secret,
        RotationKind::Password,
        RotationKind::Token,
        RotationKind::Certificate,
        RotationKind::EncryptionKey,
    ];

    fn key(self) -> &'static str {
        match self {
            RotationKind::AccessKey => "access-key",
            RotationKind::Secret => "secret",
            RotationKind::Password => "password",
            RotationKind::Token => "token",
            RotationKind::Certificate => "certificate",
            RotationKind::EncryptionKey => "encryption-key",
        }
    }

    fn standard(self) -> SignedDuration {
        match self {
            RotationKind::AccessKey | RotationKind::Secret | RotationKind::Password | RotationKind::Token => {
                days(90)
            }
            // Automatic rotation of KMS keys is yearly by default.
            RotationKind::Certificate | RotationKind::EncryptionKey => days(365),
        }
    }
}

impl<K: LimitKind> Default for Limits<K> {
    fn default() -> Self {
        Limits(K::ALL.iter().map(|kind| (*kind, Some(kind.standard()))).collect())
    }
}

impl<K: LimitKind> Limits<K> {
    /// The longest allowed, or `None` when this kind has no limit.
    pub fn max(&self, kind: K) -> Option<SignedDuration> {
        self.0.get(&kind).copied().flatten()
    }

    pub(super) fn read(mut table: Table<'_>) -> Self {
        let limits = Limits::read_from(&mut table);
        table.finish();
        limits
    }

    /// The limits of a table that has other keys as well.
    pub(super) fn read_from(table: &mut Table<'_>) -> Self {
        let mut limits = Limits::default();
        for kind in K::ALL {
            if let Some(limit) = read_limit(table, kind.key()) {
                limits.0.insert(*kind, limit);
            }
        }
        limits
    }
}

/// A length of time, or `false` for none. The outer `None` is a key that is absent or wrong.
fn read_limit(table: &mut Table<'_>, key: &'static str) -> Option<Option<SignedDuration>> {
    let value = table.get(key)?;
    if matches!(value.get_ref(), DeValue::Boolean(false)) {
        return Some(None);
    }
    let help =
        format!("write days (`{key} = 90`), a length (`\"12h\"`, `\"P90D\"`), or `false` for no limit");
    read_length(table, key, value, help).map(Some)
}

/// A length of time that has to be one.
pub(super) fn length(table: &mut Table<'_>, key: &'static str) -> Option<SignedDuration> {
    let value = table.get(key)?;
    read_length(table, key, value, format!("write days (`{key} = 7`) or a length (`\"12h\"`, `\"P7D\"`)"))
}

fn read_length(
    table: &Table<'_>,
    key: &'static str,
    value: &Spanned<DeValue<'_>>,
    help: String,
) -> Option<SignedDuration> {
    let length = match value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => duration_of(number.as_str(), Unit::Days),
        DeValue::String(text) => duration_of(text, Unit::Days),
        _ => {
            table.mismatch(key, "a length of time", value, Some(help));
            return None;
        }
    };
    match length {
        Some(length) if length.is_positive() => return Some(length),
        Some(_) => table.sink.help(value.span(), format!("`{key}` must be more than zero"), help),
        None => table.sink.help(value.span(), format!("`{key}` is not a length of time"), help),
    }
    None
}
