//! PostgreSQL: roles that log in for a group, over its own protocol.

mod check;
mod roles;
mod tls;

pub use check::LoginCheck;
pub use roles::LoginRoles;

use super::traits::{Failure, FailureKind};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

/// Where a database answers.
#[derive(Clone, Debug)]
pub struct Database {
    host: String,
    port: u16,
    name: String,
    timeout: Duration,
    /// What it has to be signed by, if that was said.
    tls: Option<tls::Tls>,
}

impl Database {
    /// `postgres://host:port/database`, without a user or a password in it.
    pub fn new(address: &str, timeout: Duration) -> Result<Self, String> {
        let wrong =
            || "the address of a database is `postgres://host:port/database`, without user and password";
        let rest = address.strip_prefix("postgres://").or_else(|| address.strip_prefix("postgresql://"));
        let (host, name) = rest.and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
        if address.contains(['@', '?']) || name.is_empty() || name.contains('/') {
            return Err(wrong().to_owned());
        }
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().map_err(|_| wrong())?),
            _ => (host, 5432),
        };
        let host = host.trim_matches(['[', ']']);
        if host.is_empty() {
            return Err(wrong().to_owned());
        }
        Ok(Database { host: host.to_owned(), port, name: name.to_owned(), timeout, tls: None })
    }

    /// Trusts these certificates and no others, and encrypts on this machine as well.
    pub fn trusting(self, pem: &[u8]) -> Result<Self, String> {
        Ok(Database { tls: Some(tls::Tls::of(pem)?), ..self })
    }

    /// For messages.
    pub(in crate::rotation) fn shown(&self) -> String {
        format!("postgres://{}:{}/{}", self.host, self.port, self.name)
    }

    pub(in crate::rotation) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Secrets do not leave the machine unencrypted.
    fn is_here(&self) -> bool {
        self.host == "localhost"
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    pub(in crate::rotation) async fn connect(
        &self,
        user: &str,
        password: &SecretString,
    ) -> Result<Client, Refusal> {
        let mut config = Config::new();
        config.host(&self.host).port(self.port).dbname(&self.name).user(user);
        config.password(password.expose_secret()).application_name("keyward").connect_timeout(self.timeout);
        let connecting = async {
            let tls = match &self.tls {
                Some(tls) => tls.clone(),
                None if self.is_here() => {
                    let (client, connection) = config.connect(NoTls).await?;
                    tokio::spawn(connection);
                    return Ok(client);
                }
                None => tls::Tls::usual().map_err(|why| Refusal::of(FailureKind::Never, why))?,
            };
            config.ssl_mode(tokio_postgres::config::SslMode::Require);
            let (client, connection) = config.connect(tls).await?;
            tokio::spawn(connection);
            Ok(client)
        };
        match tokio::time::timeout(self.timeout, connecting).await {
            Ok(done) => done.map_err(|refusal: Refusal| refusal.at(&self.host)),
            // Nothing was asked for yet.
            Err(_) => Err(Refusal::of(FailureKind::Later, format!("{}: no answer", self.host))),
        }
    }
}

/// What the database said, or what became of the connection.
pub(in crate::rotation) struct Refusal {
    code: Option<SqlState>,
    message: String,
    pub failure: Failure,
}

impl Refusal {
    pub(in crate::rotation) fn of(kind: FailureKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Refusal { code: None, failure: Failure::new(kind, message.clone()), message }
    }

    fn at(mut self, host: &str) -> Self {
        self.failure.message = format!("{host}: {}", self.failure.message);
        self
    }
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Self {
        let code = error.code().cloned();
        let message = match error.as_db_error() {
            Some(said) => said.message().to_owned(),
            None => innermost(&error),
        };
        // Classes of PostgreSQL's appendix "PostgreSQL Error Codes": connection, resources, operator intervention,
        // and transactions that may be tried again.
        let kind = match code.as_ref().map(SqlState::code) {
            Some(code) if ["08", "40", "53", "55", "57"].iter().any(|class| code.starts_with(class)) => {
                FailureKind::Later
            }
            Some(_) => FailureKind::Never,
            None => FailureKind::Unclear,
        };
        Refusal { code, failure: Failure::new(kind, message.clone()), message }
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// A name as SQL takes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL takes it, with the standard strings that are usual since version 9.1.
pub(in crate::rotation) fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_no_passwords() {
        let of = |address: &str| Database::new(address, Duration::from_secs(1));
        let here = of("postgres://127.0.0.1:5433/app").unwrap();
        assert_eq!((here.host.as_str(), here.port, here.name.as_str()), ("127.0.0.1", 5433, "app"));
        assert!(here.is_here() && of("postgres://[::1]/app").unwrap().is_here());
        assert!(!of("postgres://db.example/app").unwrap().is_here());
        for wrong in
            ["db.example", "postgres://db", "postgres://u:p@db/app", "postgres:///app", "postgres://db/a?b"]
        {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_and_texts_are_quoted() {
        assert_eq!(quoted("a\"; DROP ROLE b"), "\"a\"\"; DROP ROLE b\"");
        assert_eq!(text("it's"), "'it''s'");
    }
}
