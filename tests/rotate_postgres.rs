//! The password of a database: a role after the other, under a workload that reconnects all the while.

#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;

use keyward::rotation::vault::{KvSecret, Vault};
use keyward::rotation::{Fields, Http, Key, KeyId, Sink};
use proxy::{Fault, Plan, Proxy};
use secrecy::{ExposeSecret, SecretString};
use servers::{ADMIN_PASSWORD, Server};
use std::future::Future;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, NoTls};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

struct Estate {
    database: Server,
    bao: Server,
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
    fn new() -> Self {
        Estate { database: servers::postgres(), bao: servers::openbao() }
    }

    async fn login(&self, user: &str, password: &str) -> Result<Client, tokio_postgres::Error> {
        let address = self.database.address.trim_start_matches("http://127.0.0.1:");
        let port = address.parse().expect("a port");
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(port).dbname("postgres").user(user).password(password);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    async fn admin(&self) -> Client {
        // It may be starting still.
        for _ in 0..100 {
            if let Ok(client) = self.login("admin", ADMIN_PASSWORD).await {
                return client;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the database does not start")
    }

    fn entry(&self, group: &str) -> KvSecret {
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let fields = Fields { id: "username".to_owned(), secret: "password".to_owned() };
        let token = SecretString::from("root".to_owned());
        let vault = Vault::new(http, &self.bao.address, token).expect("an address");
        KvSecret::new(vault, "secret", &format!("db/{group}"), fields)
    }

    fn set_up(&self, group: &str) {
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
    fn work(&self, group: &str, over: &AtomicBool) -> (usize, Vec<String>) {
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

const CONFIG: &str = r#"
[[rotation.target]]
credential = "orders database"
quiet = "2s"
keep-disabled = "1s"
settle = "1s"
patience = "20s"

[rotation.target.issuer]
kind = "postgres"
address = "postgres://DATABASE/postgres"
user = "rotator"
password-env = "ROTATOR_PASSWORD"
group = "GROUP"

[[rotation.target.sink]]
kind = "vault-kv"
address = "BAO"
path = "db/GROUP"
id-field = "username"
secret-field = "password"
"#;

struct Case<'a> {
    estate: &'a Estate,
    group: String,
    proxy: Proxy,
    dir: tempfile::TempDir,
    kills: AtomicUsize,
}

impl<'a> Case<'a> {
    fn new(estate: &'a Estate, group: &str, plan: Plan) -> Self {
        estate.set_up(group);
        let proxy = Proxy::new(plan, Duration::ZERO);
        let database = proxy.to_database(&estate.database.address).replace("http://", "");
        let config = CONFIG.replace("GROUP", group).replace("BAO", &proxy.to(&estate.bao.address));
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("keyward.toml"), config.replace("DATABASE", &database))
            .expect("writable");
        Case { estate, group: group.to_owned(), proxy, dir, kills: AtomicUsize::new(0) }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(self.dir.path()).env_clear().env("NO_COLOR", "1");
        command.env("ROTATOR_PASSWORD", "rotator-of-seconds").env("VAULT_TOKEN", "root");
        let (out, err) = (self.dir.path().join("out"), self.dir.path().join("err"));
        let file = |path| std::fs::File::create(path).expect("writable");
        command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
        let mut child = command.spawn().expect("the program starts");
        let code = loop {
            if self.proxy.take_kill() {
                child.kill().expect("it can be killed");
                self.kills.fetch_add(1, Ordering::SeqCst);
            }
            match child.try_wait().expect("it is ours") {
                Some(status) => break status.code(),
                None => std::thread::sleep(Duration::from_millis(15)),
            }
        };
        let read = |path| std::fs::read_to_string(path).expect("there");
        (code, format!("{}{}", read(out), read(err)))
    }

    fn to_the_end(&self) -> String {
        const HOW: [&str; 5] = ["--wait", "forever", "--verbose", "--request-timeout", "3s"];
        let run = || self.run(&[&["run", "orders database"][..], &HOW].concat());
        let (mut code, mut text) = run();
        for _ in 0..10 {
            if code == Some(0) || text.contains("went back") {
                return text;
            }
            let (next, mut more) = self.run(&[&["resume"][..], &HOW].concat());
            code = next;
            if more.contains("no run is unfinished") && !text.contains("finished:") {
                (code, more) = run();
            }
            text.push_str(&more);
        }
        panic!("it does not end: {text}");
    }

    /// Works while it is exchanged, and judges what is left.
    fn judge(&self) -> (usize, bool) {
        let over = AtomicBool::new(false);
        let (text, (logins, wrong)) = std::thread::scope(|scope| {
            let work = scope.spawn(|| self.estate.work(&self.group, &over));
            let text = self.to_the_end();
            over.store(true, Ordering::SeqCst);
            (text, work.join().expect("the workload ends"))
        });
        assert_eq!(wrong, Vec::<String>::new(), "{text}");
        assert!(logins > 10, "{logins}");
        let first = format!("{}_first", self.group);
        let current = block_on(async {
            let entry = self.estate.entry(&self.group);
            let current = entry.look().await.expect("readable").current.expect("there is one").0;
            let query = "SELECT rolname::text, rolcanlogin FROM pg_roles WHERE rolname LIKE $1 ORDER BY 1";
            let pattern = format!("{}\\_%", self.group);
            let rows = self.estate.admin().await.query(query, &[&pattern]).await.expect("listed");
            let left: Vec<(String, bool)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
            assert_eq!(left, [(current.clone(), true)], "{text}");
            let owner = "SELECT tableowner::text FROM pg_tables WHERE tablename = $1";
            let table = format!("{}_done", self.group);
            let owner: String =
                self.estate.admin().await.query_one(owner, &[&table]).await.expect("there").get(0);
            let expected = if current == first { &first } else { &self.group };
            assert_eq!(owner, *expected, "what the old role had is the group's");
            let key = entry.read(&KeyId(current.clone())).await.expect("readable").expect("there");
            self.assert_nowhere(key.secret.expose_secret());
            current
        });
        let (code, shown) = self.run(&["verify"]);
        assert_eq!(code, Some(0), "{shown}");
        (logins, current != first)
    }

    fn assert_nowhere(&self, secret: &str) {
        let (_, shown) = self.run(&["evidence", "orders database", "--format", "json"]);
        assert!(!shown.contains(secret));
        let found = Command::new("grep").args(["-rFl", secret]).arg(self.dir.path()).output().expect("grep");
        assert_eq!(String::from_utf8_lossy(&found.stdout), "", "a password is in a file");
    }
}

/// The log of a server with `log_statement = all` shows verifiers, and no password.
#[test]
fn a_role_follows_the_other_and_nobody_fails_to_log_in() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "orders", Vec::new());
    let (_, rotated) = case.judge();
    assert!(rotated);
    // And again, from a role that was made here to the next one.
    let (_, text) = case.run(&["run", "orders database", "--wait", "forever", "--verbose"]);
    assert!(text.contains("orders database: rotated, orders_"), "{text}");
    block_on(async {
        let key = estate.entry("orders").look().await.expect("readable").current.expect("there");
        let value = estate.entry("orders").read(&key).await.expect("readable").expect("there");
        let logs = "SELECT string_agg(pg_read_file('log/' || name), '') FROM pg_ls_logdir()";
        let logs: String = estate.admin().await.query_one(logs, &[]).await.expect("a log").get(0);
        assert!(logs.contains("CREATE ROLE \"orders_") && logs.contains("SCRAM-SHA-256"), "it is logged");
        assert!(!logs.contains(value.secret.expose_secret()));
    });
}

/// A session that is open is a use, however old its login is.
#[test]
fn as_long_as_a_session_is_open_the_old_role_is_not_disabled() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "pool", Vec::new());
    block_on(async {
        let session = estate.login("pool_first", "first-of-seconds-pool").await.expect("accepted");
        session.batch_execute("SET application_name = 'night job'").await.expect("it may have a name");
        let (code, text) = case.run(&["run", "orders database", "--wait", "0"]);
        assert_eq!(code, Some(0), "{text}");
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(2_200)).await;
            let (_, text) = case.run(&["resume", "--wait", "0"]);
            assert!(text.contains("pool_first was still used after the switch (night job)"), "{text}");
        }
        session.batch_execute("SELECT 1").await.expect("it works still");
    });
}

/// Killed before and after every connection and every request.
#[test]
fn killed_at_any_moment_it_goes_on_to_a_safe_end() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let usual = Case::new(&estate, "usual", Vec::new());
    usual.judge();
    let requests = usual.proxy.seen().len();
    let wide = std::env::var_os("KEYWARD_TEST_SWEEP").is_some();
    // All of them take minutes (`KEYWARD_TEST_SWEEP=1`).
    let faults = [Fault::KillBefore, Fault::KillAfter, Fault::LostAnswer, Fault::Unreached];
    let plans: Vec<(usize, Fault)> = (0..requests)
        .flat_map(|at| faults.iter().enumerate().map(move |(kind, fault)| (at, kind, *fault)))
        .filter(|(at, kind, _)| wide || (at + kind) % 8 == 0)
        .map(|(at, _, fault)| (at, fault))
        .collect();
    let (next, kills, logins) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((at, fault)) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let group = format!("g{at}{fault:?}").to_lowercase();
                    let case = Case::new(&estate, &group, vec![(*at, *fault)]);
                    let (done, _) = case.judge();
                    kills.fetch_add(case.kills.load(Ordering::SeqCst), Ordering::SeqCst);
                    logins.fetch_add(done, Ordering::SeqCst);
                }
            });
        }
    });
    println!("{} cases, {kills:?} kills, {logins:?} logins, none refused", plans.len());
    assert!(kills.load(Ordering::SeqCst) >= plans.len() / 4);
}
