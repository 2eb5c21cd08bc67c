//! The password of a database: a role after the other, under a workload that reconnects all the while.

#[path = "rotation/database.rs"]
mod database;
#[path = "rotation/driven.rs"]
mod driven;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/settings.rs"]
mod settings;
#[path = "rotation/verifiers.rs"]
mod verifiers;

use database::{Estate, block_on};
use keyward::rotation::{KeyId, Sink};
use proxy::{Fault, Plan, Proxy};
use secrecy::ExposeSecret;
use settings::set;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use verifiers::Verifier;

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
    /// Passwords that were made, and of which nothing was heard again.
    discarded: AtomicUsize,
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
        Case {
            estate,
            group: group.to_owned(),
            proxy,
            dir,
            kills: AtomicUsize::new(0),
            discarded: AtomicUsize::new(0),
        }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(self.dir.path()).env_clear().env("NO_COLOR", "1");
        command.env("ROTATOR_PASSWORD", "rotator-of-seconds").env("VAULT_TOKEN", "root");
        let (out, err) = (self.dir.path().join("out"), self.dir.path().join("err"));
        let file = |path| std::fs::File::create(path).expect("writable");
        command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
        let mut child = command.spawn().expect("the program starts");
        let mut shown = String::new();
        let (code, kills) = self.proxy.see_to_the_end(&mut child, |child| {
            // What every user of the machine sees of it.
            if let Ok(seen) = std::fs::read_to_string(format!("/proc/{}/cmdline", child.id()))
                && !shown.contains(&seen)
            {
                shown.push_str(&seen);
            }
        });
        self.kills.fetch_add(kills, Ordering::SeqCst);
        let read = |path| std::fs::read_to_string(path).expect("there");
        (code, format!("{}{}{shown}", read(out), read(err)))
    }

    fn to_the_end(&self) -> String {
        driven::to_the_end("orders database", |arguments| self.run(arguments))
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
            self.assert_nowhere(key.secret.expose_secret(), &text);
            self.assert_none_left(&text).await;
            current
        });
        let (code, shown) = self.run(&["verify"]);
        assert_eq!(code, Some(0), "{shown}");
        (logins, current != first)
    }

    /// Neither those of the roles that were dropped again, which nobody but the process that made them ever knew.
    async fn assert_none_left(&self, text: &str) {
        let made = self.estate.made(&self.group).await;
        let made: Vec<_> = made.iter().filter_map(|line| Verifier::read(line)).collect();
        assert!(!made.is_empty(), "{text}");
        let mut places = vec![("outputs and process list".to_owned(), text.as_bytes().to_vec())];
        verifiers::files(self.dir.path(), &mut places);
        for (name, bytes) in &places {
            assert!(!verifiers::is_in(bytes, &made), "a password is in {name}");
        }
        self.discarded.fetch_add(made.len() - 1, Ordering::SeqCst);
    }

    fn assert_nowhere(&self, secret: &str, text: &str) {
        let (_, shown) = self.run(&["evidence", "orders database", "--format", "json"]);
        assert!(!shown.contains(secret) && !text.contains(secret));
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
    set(case.dir.path(), "quiet", "10s");
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

/// What looks for discarded passwords finds those that are there.
#[test]
fn a_password_that_is_in_a_file_is_found() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "found", Vec::new());
    case.judge();
    block_on(async {
        let made = estate.made("found").await;
        let made: Vec<_> = made.iter().filter_map(|line| Verifier::read(line)).collect();
        let key = estate.entry("found").look().await.expect("readable").current.expect("there");
        let value = estate.entry("found").read(&key).await.expect("readable").expect("there");
        let secret = value.secret.expose_secret();
        use base64::Engine;
        let hidden = base64::engine::general_purpose::STANDARD.encode(secret);
        assert!(verifiers::is_in(format!("{{\"password\":\"{secret}\"}}").as_bytes(), &made));
        assert!(verifiers::is_in(format!("x{secret}y").as_bytes(), &made));
        assert!(verifiers::is_in(format!("auth: {hidden}\n").as_bytes(), &made));
        assert!(!verifiers::is_in(format!("{}A", &secret[..42]).as_bytes(), &made) || secret.ends_with('A'));
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
    let discarded = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((at, fault)) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let group = format!("g{at}{fault:?}").to_lowercase();
                    let case = Case::new(&estate, &group, vec![(*at, *fault)]);
                    let (done, _) = case.judge();
                    kills.fetch_add(case.kills.load(Ordering::SeqCst), Ordering::SeqCst);
                    logins.fetch_add(done, Ordering::SeqCst);
                    discarded.fetch_add(case.discarded.load(Ordering::SeqCst), Ordering::SeqCst);
                }
            });
        }
    });
    println!("{} cases, {kills:?} kills, {logins:?} logins, none refused", plans.len());
    println!("{discarded:?} passwords were made and discarded, and are nowhere");
    assert!(!wide || discarded.load(Ordering::SeqCst) > 0);
    assert!(kills.load(Ordering::SeqCst) >= plans.len() / 4);
}
