//! Deploy keys of GitHub: one after the other, under consumers that log in over SSH all the while with what their place
//! holds. GitHub's API is a server of our own; the SSH server and its clients are somebody else's.

#[path = "rotation/driven.rs"]
mod driven;
#[path = "rotation/hub.rs"]
mod hub;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/settings.rs"]
mod settings;
#[path = "rotation/wire.rs"]
mod wire;

use hub::deployed::{Deployed, Lag};
use hub::{Hub, Stored, TOKEN};
use keyward::rotation::github::{DeployKeyCheck, GitHub};
use keyward::rotation::ssh::{Door, Login, PrivateKey};
use keyward::rotation::vault::{KvSecret, Vault};
use keyward::rotation::{Check, FailureKind, Fields, Http, Key, Sink};
use proxy::{Fault, Plan, Proxy};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use servers::Server;
use settings::set;
use std::future::Future;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const CONFIG: &str = r#"
[[rotation.target]]
credential = "deploy key"
quiet = "2s"
settle = "2s"
patience = "30s"

[rotation.target.issuer]
kind = "github-deploy-key"
repository = "acme/NAME"
api = "HUB"
ssh = "DOOR"
ssh-command = CLIENT
# more

[[rotation.target.sink]]
kind = "vault-kv"
address = "BAO"
path = "apps/NAME"
secret-field = "deploy_key"
"#;

const SECRET: &str = r#"
[[rotation.target.sink]]
kind = "github-secret"
repository = "acme/builds"
api = "HUB"
secret-field = "DEPLOY_KEY"
"#;

const NAME: &str = "deploy key";
/// What is in the text of each private key: as it is, in its first line of base64, and encoded once more.
const MARKS: [&str; 3] = ["OPENSSH PRIVATE KEY", "b3BlbnNzaC1rZXktdjE", "LS0tLS1CRUdJTiBPUEVOU1NI"];

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

fn http() -> Http {
    Http::new(Duration::from_secs(20)).expect("certificates")
}

/// The servers of many cases.
struct Estate {
    hub: Hub,
    bao: Server,
    ssh: Server,
    desk: SocketAddr,
    host: String,
    _dir: tempfile::TempDir,
}

impl Estate {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let (host, text) = PrivateKey::make().expect("a key");
        let file = dir.path().join("host");
        std::fs::write(&file, text.expose_secret()).expect("writable");
        let hub = Hub::new();
        hub.known_by(&[host.public_line()]);
        let (ssh, desk) = servers::ssh(&hub.address, &file);
        Estate { hub, bao: servers::openbao(), ssh, desk, host: host.public_line(), _dir: dir }
    }

    fn door(&self) -> Door {
        let (host, port) =
            self.ssh.address.trim_start_matches("http://").split_once(':').expect("an address");
        Door { user: "git".to_owned(), host: host.to_owned(), port: port.parse().expect("a number") }
    }

    /// As a consumer logs in: what it is greeted with.
    fn login(&self, text: &str) -> String {
        let mut stream = TcpStream::connect(self.desk).expect("it answers");
        stream.write_all(text.as_bytes()).expect("read");
        stream.shutdown(Shutdown::Write).expect("told");
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("an answer");
        said
    }
}

struct Case<'a> {
    estate: &'a Estate,
    name: String,
    first: String,
    proxy: Proxy,
    dir: tempfile::TempDir,
    kills: AtomicUsize,
}

fn id_of(text: &str) -> String {
    PrivateKey::read(text).expect("a private key").id().0
}

fn line_of(text: &str) -> String {
    PrivateKey::read(text).expect("a private key").public_line()
}

fn client() -> Vec<String> {
    servers::ssh_client().to_vec()
}

impl<'a> Case<'a> {
    fn new(estate: &'a Estate, name: &str, plan: Plan) -> Self {
        let (key, text) = PrivateKey::make().expect("a key");
        let repository = format!("acme/{name}");
        estate.hub.add(&repository, &key.public_line(), true);
        let proxy = Proxy::new(plan, Duration::ZERO);
        let dir = tempfile::tempdir().expect("a directory");
        let config = CONFIG
            .replace("NAME", name)
            .replace("HUB", &proxy.to(&estate.hub.address))
            .replace("BAO", &proxy.to(&estate.bao.address))
            .replace("DOOR", &estate.door().to_string())
            .replace("CLIENT", &serde_json::to_string(&client()).expect("JSON"));
        std::fs::write(dir.path().join("keyward.toml"), config).expect("writable");
        std::fs::create_dir(dir.path().join("tmp")).expect("writable");
        let first = text.expose_secret().to_owned();
        let case = Case { estate, name: name.to_owned(), first, proxy, dir, kills: AtomicUsize::new(0) };
        case.put(&case.first);
        case
    }

    fn repository(&self) -> String {
        format!("acme/{}", self.name)
    }

    fn change(&self, from: &str, to: &str) {
        let path = self.dir.path().join("keyward.toml");
        let text = std::fs::read_to_string(&path).expect("there");
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replace(from, to)).expect("writable");
    }

    /// The place of the consumer, past the proxy.
    fn place(&self) -> KvSecret {
        let token = SecretString::from("root".to_owned());
        let vault = Vault::new(http(), &self.estate.bao.address, token).expect("an address");
        KvSecret::new(vault, "secret", &format!("apps/{}", self.name), Fields::new("", "deploy_key"))
    }

    fn put(&self, text: &str) {
        let key = PrivateKey::read(text).expect("a private key");
        let key = Key { id: key.id(), secret: SecretString::from(text) };
        block_on(self.place().promote("", &key.id, Some(&key))).expect("the store is filled");
    }

    fn current(&self) -> String {
        block_on(async {
            let place = self.place();
            let held = place.look().await.expect("it answers").current.expect("there is a key");
            let key = place.read(&held).await.expect("it answers").expect("with its value");
            key.secret.expose_secret().to_owned()
        })
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(self.dir.path()).env_clear().env("NO_COLOR", "1");
        command.env("GITHUB_TOKEN", TOKEN).env("VAULT_TOKEN", "root").env("PATH", "/usr/bin:/bin");
        command.env("TMPDIR", self.dir.path().join("tmp"));
        let (out, err) = (self.dir.path().join("out"), self.dir.path().join("err"));
        let file = |path| std::fs::File::create(path).expect("writable");
        command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
        let mut child = command.spawn().expect("the program starts");
        let shown = self.dir.path().join("shown");
        let (code, kills) = self.proxy.see_to_the_end(&mut child, |child| look_at(child, &shown));
        self.kills.fetch_add(kills, Ordering::SeqCst);
        let left = std::fs::read_dir(self.dir.path().join("tmp")).expect("there").count();
        assert!(kills > 0 || self.kills.load(Ordering::SeqCst) > 0 || left == 0, "a directory was left");
        let read = |path| std::fs::read_to_string(path).expect("there");
        let text = format!("{}{}", read(out), read(err));
        self.assert_nowhere();
        (code, text)
    }

    #[track_caller]
    fn expect(&self, arguments: &[&str], code: i32, says: &[&str]) -> String {
        let (ended, text) = self.run(arguments);
        assert_eq!(ended, Some(code), "{text}");
        for words in says {
            assert!(text.contains(words), "`{words}` is missing in\n{text}");
        }
        text
    }

    /// Nothing of any private key is in what the program left or showed.
    fn assert_nowhere(&self) {
        let mut grep = Command::new("grep");
        grep.args(["-raF", "-l", "-f", "-"]).arg(self.dir.path());
        let mut child = grep.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("grep");
        let mut wanted = MARKS.map(str::to_owned).to_vec();
        wanted
            .extend([&self.first, &self.current()].map(|text| text.lines().nth(3).expect("long").to_owned()));
        child.stdin.take().expect("piped").write_all(wanted.join("\n").as_bytes()).expect("read");
        let found = child.wait_with_output().expect("grep");
        assert_eq!(String::from_utf8_lossy(&found.stdout), "", "a secret is in a file");
    }

    /// Takes the key from its place and logs in with it, until it is over.
    fn work(&self, over: &AtomicBool) -> (usize, Vec<String>) {
        let (mut logins, mut wrong) = (0, Vec::new());
        let wanted = format!("Hi {}! You've successfully authenticated", self.repository());
        while !over.load(Ordering::SeqCst) {
            let text = self.current();
            for _ in 0..2 {
                let said = self.estate.login(&text);
                match said.starts_with(&wanted) {
                    true => logins += 1,
                    false => wrong.push(format!("{}: {said}", id_of(&text))),
                }
                std::thread::sleep(Duration::from_millis(400));
            }
        }
        (logins, wrong)
    }

    fn left(&self) -> Vec<String> {
        self.estate.hub.deployed(&self.repository()).into_iter().map(|key| key.key).collect()
    }

    /// Works while it is exchanged, and judges what is left. Gives the number of logins, and whether it was exchanged.
    fn judge(&self, others: &[String]) -> (usize, bool) {
        let over = AtomicBool::new(false);
        let before = self.current();
        let (text, (logins, wrong)) = std::thread::scope(|scope| {
            let work = scope.spawn(|| self.work(&over));
            let text = driven::to_the_end(NAME, |arguments| self.run(arguments));
            over.store(true, Ordering::SeqCst);
            (text, work.join().expect("the workload ends"))
        });
        assert_eq!(wrong, Vec::<String>::new(), "{text}");
        assert!(logins > 3, "{logins}");
        let current = self.current();
        let mut left = self.left();
        left.retain(|key| !others.contains(key));
        assert_eq!(left, [line_of(&current)], "{text}");
        assert!(self.estate.login(&current).starts_with("Hi "), "{text}");
        let rotated = id_of(&current) != id_of(&before);
        if rotated {
            assert_eq!(self.estate.login(&before), "refused", "{text}");
            self.assert_quiet_then_deleted_then_refused(&id_of(&before));
        }
        assert_eq!(self.estate.hub.wrong(), Vec::<String>::new());
        self.expect(&["verify"], 0, &[]);
        (logins, rotated)
    }

    fn assert_quiet_then_deleted_then_refused(&self, old: &str) {
        let (_, shown) = self.run(&["evidence", NAME, "--format", "json"]);
        let evidence: Value = serde_json::from_str(&shown).expect("JSON");
        let bodies = evidence["entries"].as_array().expect("a list").iter();
        let entries: Vec<Value> = bodies
            .map(|proof| serde_json::from_str(proof["body"].as_str().expect("text")).expect("JSON"))
            .collect();
        let find = |event: &str, effect: &str| {
            let is = |entry: &&Value| {
                entry["event"] == event
                    && (effect.is_empty()
                        || entry["doing"]["effect"] == effect && entry["doing"]["key"] == old)
            };
            let found = entries.iter().find(is);
            found.unwrap_or_else(|| panic!("no {event} {effect} in {shown}"))["at"].as_i64().expect("a time")
        };
        let (quiet, deleted) = (find("quiet", ""), find("will", "delete"));
        assert!(deleted - quiet >= 2 && find("did", "prove-refused") >= deleted, "{shown}");
    }

    fn made(&self) -> usize {
        let is = |seen: &&proxy::Seen| seen.head.starts_with("POST /repos/") && seen.status == 201;
        self.proxy.seen().iter().filter(is).count()
    }
}

/// What every user of the machine sees of it and of what it started, and what it is given that only some see.
fn look_at(child: &Child, shown: &Path) {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(shown).expect("writable");
    let of = |id: &str, name: &str| std::fs::read(format!("/proc/{id}/{name}")).unwrap_or_default();
    let id = child.id().to_string();
    let mut ids = vec![id.clone()];
    for task in std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        ids.extend(children.split_whitespace().map(str::to_owned));
    }
    for id in ids {
        let parts = ["cmdline", "environ"].map(|name| of(&id, name));
        file.write_all(&parts.concat()).expect("writable");
    }
}

#[test]
fn a_key_follows_the_other_and_every_consumer_is_let_in() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "orders", Vec::new());
    let other = PrivateKey::make().expect("a key").0.public_line();
    estate.hub.add(&case.repository(), &other, false);
    let says = ["deploy keys of acme/orders", "login to git@127.0.0.1", "delete it, which cannot be undone"];
    case.expect(&["run", NAME, "--dry-run"], 0, &says);
    assert_eq!(case.made(), 0, "nothing is made by looking");
    // What was made or deleted shows late.
    estate.hub.lag(Lag { lists: Duration::from_millis(500), logins: Duration::from_secs(2) });
    let others = [other.clone()];
    assert!(case.judge(&others).1);
    estate.hub.lag(Lag::default());
    let made = |key: &&Deployed| key.key == line_of(&case.current());
    let deployed = estate.hub.deployed(&case.repository());
    let key = deployed.iter().find(made).expect("it is there");
    assert!(key.read_only && key.title == "keyward");
    assert!(deployed.iter().any(|key| key.key == other && !key.read_only), "that of others is none of ours");
    let shown = std::fs::read_to_string(case.dir.path().join("shown")).expect("text");
    assert!(shown.contains("IdentityAgent="), "its programs were looked at");
    assert!(case.judge(&others).1);
    assert_eq!(case.made(), 2);
}

/// It is written where nobody can read it, and may write where that is said.
#[test]
fn a_key_that_may_write_goes_to_workflows_as_well() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "writes", Vec::new());
    let old = line_of(&case.first);
    estate.hub.remove(&case.repository(), &old);
    estate.hub.add(&case.repository(), &old, false);
    let secret = "/repos/acme/builds/actions/secrets/DEPLOY_KEY";
    let stored = Stored { value: case.first.clone(), updated: 1_600_000_000, ..Stored::default() };
    estate.hub.store(secret, stored);
    let path = case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    let more = SECRET.replace("HUB", &case.proxy.to(&estate.hub.address));
    std::fs::write(&path, text + &more).expect("writable");
    // What consumers may do with it is not taken from them by the way.
    let why = "the one that is in use may write: say `read-only = false`";
    case.expect(&["run", NAME, "--dry-run"], 1, &[why]);
    case.expect(&["run", NAME], 1, &["went back: ", why]);
    assert_eq!(case.made(), 0);
    case.change("# more", "read-only = false\ntitle = \"orders, by its rotation\"");
    assert!(case.judge(&[]).1);
    let key = estate.hub.deployed(&case.repository()).remove(0);
    assert!(!key.read_only && key.title == "orders, by its rotation");
    assert_eq!(estate.hub.stored(secret).value, case.current());
}

#[test]
fn what_cannot_be_done_is_refused_with_the_reason() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    for (name, status) in [("closed", 422), ("barred", 403)] {
        let case = Case::new(&estate, name, Vec::new());
        let words = "Deploy keys are disabled for this repository";
        estate.hub.forbid(&case.repository(), status, words);
        case.expect(&["run", NAME], 1, &["went back: ", words]);
        assert_eq!((case.made(), case.left()), (0, vec![line_of(&case.first)]));
    }
    let case = Case::new(&estate, "elsewhere", Vec::new());
    case.change("repository = \"acme/elsewhere\"", "repository = \"acme/nowhere\"");
    case.expect(&["run", NAME, "--dry-run"], 2, &["cannot list the deploy keys of acme/nowhere: Not Found"]);
    // Its key is one of another repository.
    estate.hub.add("acme/another", &PrivateKey::make().expect("a key").0.public_line(), true);
    case.change("repository = \"acme/nowhere\"", "repository = \"acme/another\"");
    case.expect(&["run", NAME, "--dry-run"], 2, &["it is a key of acme/elsewhere, and not of acme/another"]);
    case.expect(&["run", NAME], 1, &["is not there any more"]);
    let case = Case::new(&estate, "garbled", Vec::new());
    let entry = block_on(case.place().look()).expect("there").current.expect("a key");
    assert_eq!(entry.0, id_of(&case.first));
    case.change("secret-field = \"deploy_key\"", "secret-field = \"other\"");
    case.expect(&["run", NAME], 2, &["holds no credential under the configured fields"]);
    let case = Case::new(&estate, "declared", Vec::new());
    let code = "resource \"github_repository\" \"a\" {\n  name = \"declared\"\n}\n\nresource \"github_repository_deploy_key\" \"a\" {\n  repository = github_repository.a.name\n  title = \"a\"\n  key = \"ssh-ed25519 AAAA\"\n}\n";
    std::fs::write(case.dir.path().join("main.tf"), code).expect("writable");
    case.expect(
        &["run", NAME],
        2,
        &["may live in Terraform as `github_repository_deploy_key.a`", "outside-terraform"],
    );
    let case = Case::new(&estate, "no-program", Vec::new());
    set(case.dir.path(), "patience", "1s");
    let client = serde_json::to_string(&client()).expect("JSON");
    case.change(&client, "[\"./nothing-of-this-name\"]");
    case.expect(&["run", NAME, "--wait", "forever"], 1, &["went back: ", "does not start"]);
    assert_eq!(case.left(), [line_of(&case.first)]);
    // Older servers of GitHub Enterprise do not tell of uses.
    estate.hub.tell_no_uses();
    let case = Case::new(&estate, "silent", Vec::new());
    let why = "nobody can see whether";
    case.expect(&["run", NAME], 1, &["went back: ", why, "`accept-unseen = true`"]);
    case.change("# more", "accept-unseen = true");
    assert!(case.judge(&[]).1);
    assert_eq!(estate.hub.wrong(), Vec::<String>::new());
}

/// It has served for a moment, and no consumer is left with it.
#[test]
fn what_fails_after_the_switch_goes_back_and_the_new_one_is_deleted() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "back", Vec::new());
    set(case.dir.path(), "patience", "1s");
    let path = case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    std::fs::write(&path, text + "\n[[rotation.target.probe]]\ncommand = [\"false\"]\n").expect("writable");
    case.expect(&["run", NAME, "--wait", "forever"], 1, &["went back: "]);
    assert_eq!((case.made(), case.left()), (1, vec![line_of(&case.first)]));
    assert_eq!(case.current(), case.first);
}

/// What somebody deleted by hand is deleted.
#[test]
fn an_old_key_that_somebody_deleted_meanwhile_is_done_with() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "gone", Vec::new());
    set(case.dir.path(), "quiet", "4s");
    case.expect(&["run", NAME, "--wait", "0"], 0, &["quiet period"]);
    estate.hub.remove(&case.repository(), &line_of(&case.first));
    case.expect(&["resume", "--wait", "forever"], 0, &["rotated"]);
    assert_eq!(case.left(), [line_of(&case.current())]);
}

/// What says nothing of the key is no refusal.
#[test]
fn only_a_key_that_is_shown_and_not_known_is_refused() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let text = |name: &str| {
        let path = format!("{}/testdata/ssh/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("there")
    };
    let asked = |repository: &str, door: &Door, client: &[String], text: &str| {
        let (owner, name) = repository.split_once('/').expect("two words");
        block_on(async {
            let github =
                GitHub::new(http(), &estate.hub.address, SecretString::from(TOKEN)).expect("an address");
            let login = Login::new(client.to_vec(), door.clone(), Duration::from_secs(10));
            let key = PrivateKey::read(text).expect("a private key");
            let key = Key { id: key.id(), secret: SecretString::from(text) };
            DeployKeyCheck::new(github, login, owner, name).accepted(&key).await
        })
    };
    let (door, client) = (estate.door(), client());
    // Keys of all types that are in use, also those that are not made here.
    for name in ["ed25519", "ed25519.pkcs8", "ecdsa256", "ecdsa384", "rsa"] {
        let (text, repository) = (text(name), format!("acme/{}", name.replace('.', "-")));
        assert_eq!(asked(&repository, &door, &client, &text), Ok(false), "{name}");
        estate.hub.add(&repository, &line_of(&text), true);
        assert_eq!(asked(&repository, &door, &client, &text), Ok(true), "{name}");
        assert_eq!(asked(&repository.to_uppercase(), &door, &client, &text), Ok(true), "{name}");
    }
    let text = text("rsa");
    let failed = |repository: &str, door: &Door, client: &[String], kind, why: &str| {
        let failure = asked(repository, door, client, &text).expect_err("nothing is known");
        assert!(failure.message.contains(why) && failure.kind == kind, "{failure}");
    };
    failed("acme/other", &door, &client, FailureKind::Never, "a key of acme/rsa, and not of acme/other");
    let nobody = Door { port: 1, ..door.clone() };
    failed("acme/rsa", &nobody, &client, FailureKind::Later, "the program says");
    let silent = ["sh", "-c", "exec sleep 60"].map(str::to_owned);
    failed("acme/rsa", &door, &silent, FailureKind::Later, "did not end within 10 seconds");
    let liar =
        ["sh", "-c", "echo 'git@host: Permission denied (publickey).' >&2; exit 255"].map(str::to_owned);
    failed("acme/rsa", &door, &liar, FailureKind::Later, "did not show the key");
    // Nobody logs in where the host is another one.
    estate.hub.known_by(&[PrivateKey::make().expect("a key").0.public_line()]);
    failed("acme/rsa", &door, &client, FailureKind::Later, "Host key verification failed");
    estate.hub.known_by(&[]);
    failed("acme/rsa", &door, &client, FailureKind::Later, "Host key verification failed");
    estate.hub.known_by(&["what is no key".to_owned(), estate.host.clone()]);
    assert_eq!(asked("acme/rsa", &door, &client, &text), Ok(true));
    assert_eq!(estate.hub.wrong(), Vec::<String>::new());
}

/// Killed before and after every request. All of them take minutes (`KEYWARD_TEST_SWEEP=1`).
#[test]
fn killed_at_any_moment_it_goes_on_to_a_safe_end() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let lag = Duration::from_millis(300);
    estate.hub.lag(Lag { lists: lag, logins: lag * 2 });
    let usual = Case::new(&estate, "usual", Vec::new());
    usual.judge(&[]);
    let seen = usual.proxy.seen();
    let of = |part: &str| seen.iter().position(|seen| seen.head.starts_with(part)).expect("there");
    let worst = ["POST /repos/", "POST /v1/", "DELETE /repos/"].map(of);
    let wide = std::env::var_os("KEYWARD_TEST_SWEEP").is_some();
    let faults = [
        Fault::KillBefore,
        Fault::KillAfter,
        Fault::LostAnswer,
        Fault::Unreached,
        Fault::Broken,
        Fault::Twice,
    ];
    let mut plans: Vec<(usize, Fault)> = (0..seen.len())
        .flat_map(|at| faults.iter().enumerate().map(move |(kind, fault)| (at, kind, *fault)))
        .filter(|(at, kind, _)| wide || (at + kind * 3) % 29 == 0)
        .map(|(at, _, fault)| (at, fault))
        .collect();
    if !wide {
        let kinds = [Fault::KillAfter, Fault::LostAnswer, Fault::Twice];
        plans.extend(worst.iter().flat_map(|at| kinds.map(|fault| (*at, fault))));
        // Its secret is lost, and it is not listed yet.
        plans.push((worst[0] + 1, Fault::KillBefore));
    }
    let plans = proxy::each_once(plans);
    let counts = [const { AtomicUsize::new(0) }; 4];
    let [next, kills, logins, rotated] = &counts;
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some((at, fault)) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let name = format!("r{at}{fault:?}").to_lowercase();
                    let case = Case::new(&estate, &name, vec![(*at, *fault)]);
                    // Of somebody else, and young.
                    let other = PrivateKey::make().expect("a key").0.public_line();
                    estate.hub.add(&case.repository(), &other, true);
                    let (done, whole) = case.judge(std::slice::from_ref(&other));
                    assert!(case.left().contains(&other), "{at} {fault:?}");
                    kills.fetch_add(case.kills.load(Ordering::SeqCst), Ordering::SeqCst);
                    logins.fetch_add(done, Ordering::SeqCst);
                    rotated.fetch_add(whole.into(), Ordering::SeqCst);
                }
            });
        }
    });
    println!(
        "{} cases, {kills:?} kills, {rotated:?} exchanged, {logins:?} logins, none refused",
        plans.len()
    );
    // Not every run has as many requests as the one that they were counted in.
    assert!(kills.load(Ordering::SeqCst) >= plans.len() / 6);
}
