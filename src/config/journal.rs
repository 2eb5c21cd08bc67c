//! Where runs are written down: a file, or a database that several workers share.

use super::limits::length;
use super::secret_source::{SecretSource, secret};
use super::table::Table;
use jiff::SignedDuration;
use toml::Spanned;

#[derive(Clone, Debug)]
pub enum JournalSettings {
    /// Relative to the configuration.
    File(String),
    Postgres {
        access: PostgresAccess,
        /// How long a worker that nobody hears of keeps what it works on.
        lease: SignedDuration,
    },
}

/// A database, and who asks it.
#[derive(Clone, Debug)]
pub struct PostgresAccess {
    pub address: String,
    pub user: String,
    pub password: SecretSource,
    /// The file with the certificates that its own is signed by, relative to the configuration, instead of those of
    /// the system.
    pub root_certificate: Option<String>,
}

/// What a lease is without being said.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// With a shorter one, every hiccup of the network would look like a death.
const LEAST: SignedDuration = SignedDuration::from_secs(3);

impl JournalSettings {
    pub(super) fn read(table: &mut Table<'_>) -> Option<Self> {
        let value = table.get("journal")?;
        if value.get_ref().as_table().is_none() {
            let path = table.string("journal")?;
            if path.get_ref().starts_with("postgres") && path.get_ref().contains("://") {
                let help =
                    "a database is a table: `[rotation.journal]` with `address`, `user` and `password-env`";
                table.sink.help(path.span(), "this is the address of a database, not of a file", help);
                return None;
            }
            return Some(JournalSettings::File(path.into_inner()));
        }
        let mut journal = table.table("journal")?;
        let access = PostgresAccess::read(&mut journal, "name the role that writes it: `user = \"keyward\"`");
        let lease = length(&mut journal, "lease").unwrap_or(LEASE);
        if lease < LEAST {
            let span = journal.span.clone();
            journal.sink.help(span, "a lease of less than three seconds is none", "write `lease = \"30s\"`");
        }
        journal.finish();
        Some(JournalSettings::Postgres { access: access?, lease })
    }
}

impl PostgresAccess {
    pub(super) fn read(table: &mut Table<'_>, who: &str) -> Option<Self> {
        let address = table.required("address", "`address = \"postgres://db.example:5432/orders\"`");
        let user = table.required("user", who);
        let password = secret(table, ["password-env", "password-file"], "password", None);
        let root_certificate = table.string("root-certificate").map(Spanned::into_inner);
        let (address, user) = (address?.into_inner(), user?.into_inner());
        Some(PostgresAccess { address, user, password: password?, root_certificate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use crate::dates::seconds;

    #[test]
    fn a_journal_is_a_file_or_a_database() {
        let of = |text: &str| parse(text, &[]).map(|config| config.rotation.journal);
        let Ok(Some(JournalSettings::File(path))) = of("[rotation]\njournal = \"a/b.sqlite\"") else {
            panic!("a file")
        };
        assert_eq!(path, "a/b.sqlite");
        let text = "[rotation.journal]\naddress = \"postgres://db.example/keyward\"\nuser = \"keyward\"\n\
                    password-env = \"JOURNAL_PASSWORD\"\nroot-certificate = \"ca.pem\"\nlease = \"1m\"\n";
        let Ok(Some(JournalSettings::Postgres { access, lease })) = of(text) else { panic!("a database") };
        assert_eq!((access.user.as_str(), lease), ("keyward", seconds(60)));
        assert_eq!(access.password, SecretSource::Variable("JOURNAL_PASSWORD".to_owned()));
        assert_eq!(access.root_certificate.as_deref(), Some("ca.pem"));
    }

    #[test]
    fn mistakes_are_told() {
        let wrong = |text: &str, says: &str| {
            let errors = parse(text, &[]).unwrap_err();
            assert!(errors.iter().any(|error| error.message.contains(says)), "{errors:?}");
        };
        wrong("[rotation]\njournal = \"postgres://db.example/keyward\"", "not of a file");
        wrong("[rotation.journal]\naddress = \"postgres://db.example/keyward\"", "needs `user`");
        let short = "[rotation.journal]\naddress = \"postgres://db.example/a\"\nuser = \"a\"\n\
                     password-env = \"P\"\nlease = \"1s\"\n";
        wrong(short, "less than three seconds");
        wrong(&short.replace("password-env = \"P\"", "password = \"hunter2\""), "does not belong");
    }
}
