//! Where in a place the halves of a credential are.

use super::pki::certificate_fields;
use super::table::Table;
use toml::Spanned;

/// Under which names the two halves are kept. That of the id is empty where it is in the secret, and both are where the
/// secret is all that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldNames {
    pub id: String,
    pub secret: String,
    /// Of a certificate, if it is kept apart from its private key.
    pub certificate: Option<String>,
    /// Of what leads from there to a root, if that is kept apart as well.
    pub chain: Option<String>,
}

/// What a place has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// An id and a secret.
    Halves,
    /// A file with its id inside, with a field for it if something else is there as well.
    File,
    Field,
    /// A private key, which tells its id, in a field.
    PrivateKey,
}

impl Kept {
    pub fn beside_others(self) -> Self {
        if self == Kept::File { Kept::Field } else { self }
    }
}

pub(super) fn fields(table: &mut Table<'_>, kept: Kept) -> Option<FieldNames> {
    let of_id = "the field with the id: `id-field = \"access_key_id\"`";
    let of_secret = "the field with the secret: `secret-field = \"secret_access_key\"`";
    if kept == Kept::PrivateKey
        && let Some(id) = table.string("id-field")
    {
        let help = "the id is the fingerprint of the private key in `secret-field`";
        table.sink.help(id.span(), "there is no id beside it: leave `id-field` out", help);
    }
    let id = match kept {
        Kept::Halves => table.required("id-field", of_id),
        Kept::File | Kept::Field | Kept::PrivateKey => {
            table.string("id-field").or_else(|| Some(nowhere(table)))
        }
    };
    let secret = match kept == Kept::File && !table.has("id-field") && !table.has("secret-field") {
        false => table.required("secret-field", of_secret),
        true => table.string("secret-field").or_else(|| Some(nowhere(table))),
    };
    let (id, secret) = (id?, secret?);
    if id.get_ref() == secret.get_ref() && !id.get_ref().is_empty() {
        table.sink.error(secret.span(), "both halves cannot be in one field");
        return None;
    }
    let (id, secret) = (id.into_inner(), secret.into_inner());
    certificate_fields(table, FieldNames { id, secret, certificate: None, chain: None })
}

fn nowhere(table: &Table<'_>) -> Spanned<String> {
    Spanned::new(table.span.clone(), String::new())
}
