//! One credential with its own directory, and the built program that exchanges it.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

use super::proxy::{Plan, Proxy};
use super::servers::{self, ROOT_ID, ROOT_SECRET, Server};
use keyward::rotation::aws::{AwsCheck, Endpoint};
use keyward::rotation::vault::{KvSecret, Vault};
use keyward::rotation::{Check, Clock, Fields, Http, Key, KeyId, Moment, Sink};
use secrecy::{ExposeSecret, SecretString};
use std::future::Future;
use std::io::Read;
use std::path::Path;
use std::pin::Pin;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Moment {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64
    }

    fn sleep(&self, until: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let length = Duration::from_secs((until - self.now()).max(0).unsigned_abs());
        Box::pin(tokio::time::sleep(length))
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// The servers of many cases.
pub struct Estate {
    pub aws: Server,
    pub bao: Server,
}

/// A client for one runtime: its connections end with that.
fn http() -> Http {
    Http::new(Duration::from_secs(20)).expect("certificates")
}

/// What an entry gives now.
async fn current(entry: &KvSecret) -> Key {
    let held = entry.look().await.expect("the store answers").current.expect("there is a key");
    entry.read(&held).await.expect("the store answers").expect("with its value")
}

/// Makes users with a key each, and prints them.
const USERS: &str = r#"
import boto3, os
iam = boto3.client("iam", endpoint_url=os.environ["ENDPOINT"])
for at in range(COUNT):
    iam.create_user(UserName=f"PREFIX{at}")
    key = iam.create_access_key(UserName=f"PREFIX{at}")["AccessKey"]
    print(key["AccessKeyId"], key["SecretAccessKey"])
"#;

impl Estate {
    pub fn new(aws: Server) -> Self {
        Estate { aws, bao: servers::openbao() }
    }

    /// Users with a key that an entry of the store holds.
    pub fn users(&self, prefix: &str, count: usize) -> Vec<(String, Key)> {
        let script = USERS.replace("COUNT", &count.to_string()).replace("PREFIX", prefix);
        let made = servers::python(&self.aws, &script);
        let users = made.lines().enumerate().map(|(at, line)| {
            let (id, secret) = line.split_once(' ').expect("two words");
            let key = Key { id: KeyId(id.to_owned()), secret: SecretString::from(secret.to_owned()) };
            (format!("{prefix}{at}"), key)
        });
        let users: Vec<_> = users.collect();
        block_on(async {
            for (user, key) in &users {
                self.entry(user).promote("", &key.id, Some(key)).await.expect("the store is filled");
            }
        });
        users
    }

    /// The entry of the store, past any proxy.
    pub fn entry(&self, user: &str) -> KvSecret {
        let fields = Fields::new("access_key_id", "secret_access_key");
        let token = SecretString::from("root".to_owned());
        let path = format!("apps/{user}");
        let vault = Vault::new(http(), &self.bao.address, token).expect("an address");
        KvSecret::new(vault, "secret", &path, fields)
    }

    pub fn check(&self) -> AwsCheck {
        let sts = Endpoint::sts(Some(&self.aws.address), "us-east-1").expect("an address");
        AwsCheck::new(http(), sts, Arc::new(Wall))
    }

    /// What the store gives now.
    pub async fn current(&self, user: &str) -> Key {
        current(&self.entry(user)).await
    }

    /// Takes the credential from the store every second, and logs in more often, until it is over. Gives how often
    /// that worked, and what went wrong.
    pub fn consume(&self, user: &str, over: &AtomicBool) -> (usize, Vec<String>) {
        block_on(async {
            let (check, entry) = (self.check(), self.entry(user));
            let (mut logins, mut wrong) = (0, Vec::new());
            while !over.load(Ordering::SeqCst) {
                let key = current(&entry).await;
                for _ in 0..2 {
                    match check.accepted(&key).await {
                        Ok(true) => logins += 1,
                        other => wrong.push(format!("{}: {other:?}", key.id.0)),
                    }
                    tokio::time::sleep(Duration::from_millis(450)).await;
                }
            }
            (logins, wrong)
        })
    }
}

/// Who refuses what was disabled, for all tests of a file.
pub fn strict() -> Option<&'static Estate> {
    static ESTATE: OnceLock<Estate> = OnceLock::new();
    (!servers::is_off()).then(|| ESTATE.get_or_init(|| Estate::new(servers::ministack())))
}

/// Who knows when a key was used, and how many there may be.
pub fn knowing() -> Option<&'static Estate> {
    static ESTATE: OnceLock<Estate> = OnceLock::new();
    (!servers::is_off()).then(|| ESTATE.get_or_init(|| Estate::new(servers::moto())))
}

pub fn case<'a>(estate: &'a Estate, name: &str, lag: Duration) -> Case<'a> {
    Case::new(estate, estate.users(name, 1).remove(0), Vec::new(), lag)
}

pub fn usual<'a>(estate: &'a Estate, name: &str) -> Case<'a> {
    case(estate, name, Duration::ZERO)
}

#[track_caller]
pub fn assert_ended(ended: &Ended, code: i32, says: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.text);
    for words in says {
        assert!(ended.text.contains(words), "`{words}` is missing in\n{}", ended.text);
    }
}

/// What a program that ended left behind.
pub struct Ended {
    /// `None` when it was killed.
    pub code: Option<i32>,
    pub text: String,
}

/// A credential, its directory and the way to its servers.
pub struct Case<'a> {
    pub estate: &'a Estate,
    pub user: String,
    pub old: Key,
    pub proxy: Proxy,
    pub dir: tempfile::TempDir,
    pub kills: std::cell::Cell<usize>,
}

pub const CREDENTIAL: &str = "exporter key";

impl<'a> Case<'a> {
    pub fn new(estate: &'a Estate, user: (String, Key), plan: Plan, lag: Duration) -> Self {
        Case::behind(estate, user, Proxy::new(plan, lag))
    }

    pub fn behind(estate: &'a Estate, (user, old): (String, Key), proxy: Proxy) -> Self {
        let (aws, bao) = (proxy.to(&estate.aws.address), proxy.to(&estate.bao.address));
        let config = CONFIG.replace("USER", &user).replace("AWS", &aws).replace("BAO", &bao);
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("keyward.toml"), config).expect("writable");
        std::fs::write(dir.path().join("main.tf"), "").expect("writable");
        Case { estate, user, old, proxy, dir, kills: Default::default() }
    }

    /// Adds to the target, which is the last table but for its sinks.
    pub fn configure(&self, more: &str) {
        let path = self.dir.path().join("keyward.toml");
        let text = std::fs::read_to_string(&path).expect("there").replace("# more\n", more);
        std::fs::write(path, text).expect("writable");
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(self.dir.path()).env_clear();
        command.env("AWS_ACCESS_KEY_ID", ROOT_ID).env("AWS_SECRET_ACCESS_KEY", ROOT_SECRET);
        command
            .env("VAULT_TOKEN", "root")
            .env("PATH", "/usr/bin:/bin")
            .env("NO_COLOR", "1")
            .env("USER", "tester");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.wait(self.command(arguments))
    }

    /// Starts it and waits; kills it when the proxy says so. What it shows of itself meanwhile is part of the text.
    pub fn wait(&self, mut command: Command) -> Ended {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let readers = [pipe(child.stdout.take()), pipe(child.stderr.take())];
        let mut shown = String::new();
        let (code, kills) = self.proxy.see_to_the_end(&mut child, |child| look_at(child, &mut shown));
        self.kills.set(self.kills.get() + kills);
        let mut text: String = readers.into_iter().map(|reader| reader.join().expect("read")).collect();
        text.push_str(&shown);
        Ended { code, text }
    }

    pub fn evidence(&self) -> serde_json::Value {
        let ended = self.run(&["evidence", CREDENTIAL, "--format", "json"]);
        assert_eq!(ended.code, Some(0), "{}", ended.text);
        let json = ended.text.split("\u{1}").next().unwrap_or_default().to_owned();
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    /// Everything that the program left, in files and on its outputs, holds no secret in any form.
    pub fn assert_no_secret(&self, text: &str) {
        let mut secrets: Vec<_> = self.proxy.issued().into_iter().map(|(_, secret)| secret).collect();
        secrets.push(self.old.secret.expose_secret().to_owned());
        let mut forms = Vec::new();
        for secret in secrets {
            use base64::Engine;
            forms.push(base64::engine::general_purpose::STANDARD_NO_PAD.encode(&secret));
            forms.push(secret.replace('/', "%2F").replace('+', "%2B"));
            forms.push(secret.replace('/', "\\/"));
            forms.push(secret);
        }
        let mut places = vec![("outputs and process list".to_owned(), text.as_bytes().to_vec())];
        files(self.dir.path(), &mut places);
        for (name, bytes) in &places {
            for form in &forms {
                let found = bytes.windows(form.len()).any(|window| window == form.as_bytes());
                assert!(!found, "a secret is in {name}");
            }
        }
    }
}

fn files(dir: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).expect("readable").flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, into),
            path => into.push((path.display().to_string(), std::fs::read(&path).expect("readable"))),
        }
    }
}

fn pipe(from: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut from) = from {
            let _ = from.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What every user of the machine sees of it.
fn look_at(child: &Child, shown: &mut String) {
    let Ok(seen) = std::fs::read(format!("/proc/{}/cmdline", child.id())) else { return };
    let line = format!("\u{1}{}", String::from_utf8_lossy(&seen));
    if !shown.contains(&line) {
        shown.push_str(&line);
    }
}

const CONFIG: &str = r#"
[[rotation.target]]
credential = "exporter key"
quiet = "2s"
keep-disabled = "1s"
settle = "1s"
patience = "20s"
# more

[rotation.target.issuer]
kind = "aws-iam"
user = "USER"
endpoint = "AWS"

[[rotation.target.sink]]
kind = "vault-kv"
address = "BAO"
path = "apps/USER"
id-field = "access_key_id"
secret-field = "secret_access_key"
"#;
