//! Credentials of which a second one can stand beside the first in the same code, and what is known of each type.

use crate::rotation::plan;

/// A type of credential.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// The attribute that its issuer knows it by.
    pub id: &'static str,
    /// The attributes that have its value.
    pub secrets: &'static [&'static str],
    /// The argument that disables it, and the value that does.
    pub off: Option<(&'static str, &'static str)>,
    /// An argument with an end that a copy would share.
    pub end: Option<&'static str>,
}

/// The one whose keys a cloud can be asked about.
pub const ACCESS_KEY: &str = "aws_iam_access_key";

/// Types whose arguments hold nothing that may be there only once.
/// Source: Terraform Registry, the page of each type.
const KINDS: [Kind; 6] = [
    Kind {
        name: ACCESS_KEY,
        id: "id",
        secrets: &["secret", "ses_smtp_password_v4"],
        off: Some(("status", "Inactive")),
        end: None,
    },
    Kind { name: "google_service_account_key", id: "name", secrets: &["private_key"], off: None, end: None },
    Kind {
        name: "google_storage_hmac_key",
        id: "access_id",
        secrets: &["secret"],
        off: Some(("state", "INACTIVE")),
        end: None,
    },
    Kind {
        name: "azuread_application_password",
        id: "key_id",
        secrets: &["value"],
        off: None,
        end: Some("end_date"),
    },
    Kind {
        name: "azuread_service_principal_password",
        id: "key_id",
        secrets: &["value"],
        off: None,
        end: Some("end_date"),
    },
    Kind {
        name: "vault_approle_auth_backend_role_secret_id",
        id: "accessor",
        secrets: &["secret_id"],
        off: None,
        end: None,
    },
];

impl Kind {
    /// How many there may be for one identity.
    pub fn room(&self) -> Option<usize> {
        plan::room(self.name)
    }
}

pub fn of(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Before the number of a generation in the name of a block.
const MARK: &str = "_gen";

/// `("exporter", 3)` for `exporter_gen3`. What nobody numbered is the first generation.
pub fn generation(label: &str) -> (&str, u32) {
    let numbered = label.rsplit_once(MARK).and_then(|(stem, number)| {
        let plain = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse().ok().filter(|number| plain && *number > 1)?;
        (!stem.is_empty()).then_some((stem, number))
    });
    numbered.unwrap_or((label, 1))
}

pub fn label(stem: &str, number: u32) -> String {
    format!("{stem}{MARK}{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_are_told_by_their_names() {
        assert_eq!(generation("exporter"), ("exporter", 1));
        assert_eq!(generation("exporter_gen2"), ("exporter", 2));
        assert_eq!(generation("exporter_gen12"), ("exporter", 12));
        for plain in ["exporter_gen", "exporter_gen1", "exporter_gen02", "_gen2", "exporter_gen2x", "a_gen+3"]
        {
            assert_eq!(generation(plain), (plain, 1), "{plain}");
        }
        assert_eq!(generation(&label("exporter", 2)), ("exporter", 2));
    }
}
