//! A database with groups whose members log in, the store that has their passwords, and a workload.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

use super::servers::{self, ADMIN_PASSWORD, Server};
use keyward::rotation::vault::{KvSecret, Vault};
use keyward::rotation::{Fields, Http, Key, KeyId, Sink};
use secrecy::{ExposeSecret, SecretString};
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, NoTls};

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

pub const JOURNAL_PASSWORD: &str = "journal-of-seconds";

pub struct Estate {
    pub database: Server,
    pub bao: Server,
}

/// What an operator does once: a group with the rights, a rotator that may make members of it, and the first role,
/// which made its tables itself.
const SET_UP: &str = "
CREATE ROLE rotator LOGIN CREATEROLE PASSWORD 'rotator-of-seconds';
CREATE ROLE GROUP NOLOGIN;
GRANT GROUP TO rotator WITH ADMIN OPTION;
GRANT CREATE, USAGE ON SCHEMA public TO GROUP;
CREATE ROLE GROUP_first LOGIN IN ROLE GROUP PASSWORD 'first-of-seconds-GROUP';
GRANT GROUP_first TO rotator WITH ADMIN OPTION;
SET ROLE GROUP_first;
CREATE TABLE GROUP_done (who text, at timestamptz DEFAULT now());
GRANT ALL ON GROUP_done TO GROUP;
RESET ROLE;
";

impl Estate {
    pub fn new() -> Self {
        Estate { database: servers::postgres(), bao: servers::openbao() }
    }

    pub async fn login(&self, user: &str, password: &str) -> Result<Client, tokio_postgres::Error> {
        self.login_to("postgres", user, password).await
    }

    async fn login_to(
        &self,
        name: &str,
        user: &str,
        password: &str,
    ) -> Result<Client, tokio_postgres::Error> {
        let address = self.database.address.trim_start_matches("http://127.0.0.1:");
        let port = address.parse().expect("a port");
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(port).dbname(name).user(user).password(password);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    pub async fn admin(&self) -> Client {
        // It may be starting still.
        for _ in 0..100 {
            if let Ok(client) = self.login("admin", ADMIN_PASSWORD).await {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the database does not start")
    }

    pub fn entry(&self, group: &str) -> KvSecret {
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let fields = Fields::new("username", "password");
        let token = SecretString::from("root".to_owned());
        let vault = Vault::new(http, &self.bao.address, token).expect("an address");
        KvSecret::new(vault, "secret", &format!("db/{group}"), fields)
    }

    /// A database for journals, and the role that writes them.
    pub fn add_journal(&self) {
        block_on(async {
            let admin = self.admin().await;
            let role = format!("CREATE ROLE keyward LOGIN PASSWORD '{JOURNAL_PASSWORD}'");
            admin.batch_execute(&role).await.expect("a role");
            admin.batch_execute("CREATE DATABASE journal OWNER keyward").await.expect("a database");
        });
    }

    /// Looks into the journal, past the program.
    pub async fn journal(&self) -> Client {
        self.login_to("journal", "admin", ADMIN_PASSWORD).await.expect("it is there")
    }

    /// Groups with a first role each, without tables.
    pub fn set_up_all(&self, groups: &[String]) {
        block_on(async {
            let admin = self.admin().await;
            admin
                .batch_execute("CREATE ROLE rotator LOGIN CREATEROLE PASSWORD 'rotator-of-seconds'")
                .await
                .expect("a role");
            let script: String = groups
                .iter()
                .map(|group| {
                    format!(
                        "CREATE ROLE {group} NOLOGIN; GRANT {group} TO rotator WITH ADMIN OPTION; \
                         CREATE ROLE {group}_first LOGIN IN ROLE {group} PASSWORD 'first-{group}'; \
                         GRANT {group}_first TO rotator WITH ADMIN OPTION;"
                    )
                })
                .collect();
            admin.batch_execute(&script).await.expect("set up");
            for group in groups {
                let first = Key {
                    id: KeyId(format!("{group}_first")),
                    secret: SecretString::from(format!("first-{group}")),
                };
                self.entry(group).promote("", &first.id, Some(&first)).await.expect("the store is filled");
            }
        });
    }

    /// What the log of the server says of roles that were made for a group, newest last.
    pub async fn made(&self, group: &str) -> Vec<String> {
        let query = "SELECT line FROM (SELECT regexp_split_to_table(pg_read_file('log/' || name), E'\n') AS line \
                     FROM pg_ls_logdir()) lines WHERE line LIKE $1 AND line NOT LIKE '%parameters: $1%'";
        let pattern = format!("%CREATE ROLE \"{group}\\_%");
        let rows = self.admin().await.query(query, &[&pattern]).await.expect("a log");
        rows.iter().map(|row| row.get(0)).collect()
    }

    pub fn set_up(&self, group: &str) {
        // Two cannot change the rights of one schema at once.
        static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _guard = ONE_AT_A_TIME.lock().expect("whole");
        block_on(async {
            let script = SET_UP.replace("GROUP", group);
            let script =
                match self.admin().await.query("SELECT FROM pg_roles WHERE rolname = 'rotator'", &[]).await {
                    Ok(rows) if rows.is_empty() => script,
                    _ => script
                        .lines()
                        .filter(|line| !line.starts_with("CREATE ROLE rotator"))
                        .collect::<Vec<_>>()
                        .join("\n"),
                };
            self.admin().await.batch_execute(&script).await.expect("set up");
            let first = Key {
                id: KeyId(format!("{group}_first")),
                secret: SecretString::from(format!("first-of-seconds-{group}")),
            };
            self.entry(group).promote("", &first.id, Some(&first)).await.expect("the store is filled");
        });
    }

    /// Reads the entry, connects anew and writes a row, again and again; and keeps a session for a second.
    pub fn work(&self, group: &str, over: &AtomicBool) -> (usize, Vec<String>) {
        block_on(async {
            let entry = self.entry(group);
            let (mut logins, mut wrong) = (0, Vec::new());
            while !over.load(Ordering::SeqCst) {
                let held = entry.look().await.expect("the store answers").current.expect("there is a role");
                let key = entry.read(&held).await.expect("the store answers").expect("with its password");
                let loaded = Instant::now();
                while loaded.elapsed() < Duration::from_millis(900) {
                    let done = match self.login(&key.id.0, key.secret.expose_secret()).await {
                        Ok(client) => {
                            let insert = format!("INSERT INTO {group}_done (who) VALUES (session_user)");
                            client.batch_execute(&insert).await
                        }
                        Err(error) => Err(error),
                    };
                    match done {
                        Ok(()) => logins += 1,
                        Err(error) => wrong.push(format!("{}: {error:?}", key.id.0)),
                    }
                    tokio::time::sleep(Duration::from_millis(120)).await;
                }
            }
            (logins, wrong)
        })
    }
}
