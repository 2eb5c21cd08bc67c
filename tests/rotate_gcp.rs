//! Keys of Google service accounts: one after the other, under a workload that takes them from Secret Manager and gets
//! tokens with them all the while.

#[path = "rotation/driven.rs"]
mod driven;
#[path = "rotation/google.rs"]
mod google;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/settings.rs"]
mod settings;

use google::{Cloud, Lag, TOKEN};
use keyward::rotation::gcp::{Actor, KeyCheck, Login, ManagedSecret, TokenEndpoint};
use keyward::rotation::{Check, Clock, FailureKind, Fields, Http, Key, KeyId, Moment, Sink};
use proxy::{Fault, Plan, Proxy};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use settings::set;
use std::future::Future;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const CONFIG: &str = r#"
[[rotation.target]]
credential = "exporter key"
quiet = "2s"
keep-disabled = "1s"
settle = "2s"
patience = "30s"

[rotation.target.issuer]
kind = "gcp-service-account-key"
service-account = "NAME@acme.iam.gserviceaccount.com"
endpoint = "CLOUD"
token-endpoint = "CLOUD/token"
accept-unseen = true

[[rotation.target.sink]]
kind = "gcp-secret-manager"
secret = "projects/acme/secrets/NAME"
endpoint = "CLOUD"
token-endpoint = "CLOUD/token"
"#;

const NAME: &str = "exporter key";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Moment {
        jiff::Timestamp::now().as_second()
    }

    fn sleep(&self, _: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

fn id_of(file: &str) -> String {
    let file: Value = serde_json::from_str(file).expect("JSON");
    file["private_key_id"].as_str().expect("an id").to_owned()
}

struct Case<'a> {
    cloud: &'a Cloud,
    email: String,
    secret: String,
    first: String,
    proxy: Proxy,
    dir: tempfile::TempDir,
    kills: AtomicUsize,
    /// Instead of a token.
    machine: Option<String>,
}

impl<'a> Case<'a> {
    fn new(cloud: &'a Cloud, name: &str, plan: Plan) -> Self {
        let proxy = Proxy::new(plan, Duration::ZERO);
        let address = proxy.to(&cloud.address);
        let (email, secret) =
            (format!("{name}@acme.iam.gserviceaccount.com"), format!("projects/acme/secrets/{name}"));
        cloud.account(&email, &format!("{address}/token"));
        let first = cloud.make(&email);
        cloud.write(&secret, &first);
        let config = CONFIG.replace("NAME", name).replace("CLOUD", &address);
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("keyward.toml"), config).expect("writable");
        Case { cloud, email, secret, first, proxy, dir, kills: AtomicUsize::new(0), machine: None }
    }

    fn change(&self, from: &str, to: &str) {
        let path = self.dir.path().join("keyward.toml");
        let text = std::fs::read_to_string(&path).expect("there");
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replace(from, to)).expect("writable");
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(self.dir.path()).env_clear().env("NO_COLOR", "1");
        match &self.machine {
            Some(host) => command.env("GCE_METADATA_HOST", host),
            None => command.env("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN),
        };
        let (out, err) = (self.dir.path().join("out"), self.dir.path().join("err"));
        let file = |path| std::fs::File::create(path).expect("writable");
        command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
        let mut child = command.spawn().expect("the program starts");
        // What every user of the machine sees of it is looked through as well.
        let shown = self.dir.path().join("shown");
        let (code, kills) = self.proxy.see_to_the_end(&mut child, |child| {
            if let Ok(line) = std::fs::read(format!("/proc/{}/cmdline", child.id())) {
                std::fs::write(&shown, line).expect("writable");
            }
        });
        self.kills.fetch_add(kills, Ordering::SeqCst);
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

    fn current(&self) -> String {
        self.cloud.latest(&self.secret)
    }

    /// Reads the secret every second and gets tokens more often, until it is over.
    fn work(&self, over: &AtomicBool) -> (usize, Vec<String>) {
        let (mut logins, mut wrong) = (0, Vec::new());
        while !over.load(Ordering::SeqCst) {
            let file = self.current();
            for _ in 0..3 {
                match self.cloud.login(&file) {
                    Ok(()) => logins += 1,
                    Err(why) => wrong.push(format!("{}: {why}", id_of(&file))),
                }
                std::thread::sleep(Duration::from_millis(280));
            }
        }
        (logins, wrong)
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
        assert!(logins > 5, "{logins}");
        let current = self.current();
        let mut left = self.cloud.keys(&self.email);
        left.retain(|(id, _)| !others.contains(id));
        assert_eq!(left, [(id_of(&current), true)], "{text}");
        assert_eq!(self.cloud.login(&current), Ok(()), "{text}");
        let rotated = id_of(&current) != id_of(&before);
        if rotated {
            assert_eq!(self.cloud.login(&before), Err("Invalid JWT Signature.".to_owned()), "{text}");
            self.assert_quiet_then_disabled_then_refused_then_deleted(&id_of(&before));
        }
        assert_eq!(self.cloud.wrong(), Vec::<String>::new());
        self.expect(&["verify"], 0, &[]);
        (logins, rotated)
    }

    fn assert_quiet_then_disabled_then_refused_then_deleted(&self, old: &str) {
        let (_, shown) = self.run(&["evidence", NAME, "--format", "json"]);
        let evidence: Value = serde_json::from_str(&shown).expect("JSON");
        let bodies = evidence["entries"].as_array().expect("a list").iter();
        let entries: Vec<Value> = bodies
            .map(|proof| serde_json::from_str(proof["body"].as_str().expect("text")).expect("JSON"))
            .collect();
        let find = |event: &str, effect: &str, last: bool| {
            let is = |entry: &&Value| {
                entry["event"] == event
                    && (effect.is_empty() || entry["doing"]["effect"] == effect)
                    && (effect.is_empty() || entry["doing"]["key"] == old)
            };
            let found = if last { entries.iter().rfind(is) } else { entries.iter().find(is) };
            found.unwrap_or_else(|| panic!("no {event} {effect} in {shown}"))["at"].as_i64().expect("a time")
        };
        let (quiet, disabled) = (find("quiet", "", false), find("will", "disable", false));
        let (refused, deleted) = (find("did", "prove-refused", false), find("will", "delete", false));
        assert!(disabled - quiet >= 2 && disabled <= refused && refused <= deleted, "{shown}");
    }

    /// No key, token or signature is in any file that the program or its outputs left.
    fn assert_nowhere(&self) {
        let mut grep = Command::new("grep");
        grep.args(["-rF", "-l", "--exclude=rotator.json", "-f", "-"]).arg(self.dir.path());
        let mut child = grep.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("grep");
        let secrets = [self.cloud.secrets(&self.email), vec![TOKEN.to_owned()]].concat().join("\n");
        std::io::Write::write_all(&mut child.stdin.take().expect("piped"), secrets.as_bytes()).expect("read");
        let found = child.wait_with_output().expect("grep");
        assert_eq!(String::from_utf8_lossy(&found.stdout), "", "a secret is in a file");
    }

    /// The requests that made a key.
    fn made(&self) -> usize {
        let is = |seen: &&proxy::Seen| {
            seen.head.starts_with("POST ") && seen.head.contains("/keys HTTP") && seen.status == 200
        };
        self.proxy.seen().iter().filter(is).count()
    }

    fn written(&self) -> usize {
        self.proxy
            .seen()
            .iter()
            .filter(|seen| seen.head.contains(":addVersion") && seen.status == 200)
            .count()
    }
}

#[test]
fn a_key_follows_the_other_and_every_consumer_gets_its_token() {
    if servers::is_off() {
        return;
    }
    let cloud = Cloud::new();
    let case = Case::new(&cloud, "exporter", Vec::new());
    let others = [id_of(&cloud.make(&case.email)), cloud.upload(&case.email)];
    let says = [
        "service account exporter@acme.iam.gserviceaccount.com",
        "Secret Manager projects/acme/secrets/exporter",
        "token for exporter@acme",
        "and disable it",
    ];
    case.expect(&["run", NAME, "--dry-run"], 0, &says);
    assert_eq!((case.made(), case.written()), (0, 0), "nothing is made by looking");
    cloud.lag(Lag { tokens: Duration::from_secs(2), lists: Duration::from_millis(500), ..Lag::default() });
    assert!(case.judge(&others).1);
    cloud.lag(Lag::default());
    case.expect(&["evidence", NAME], 0, &["after the quiet period alone"]);
    // What it was given is what Google's own library takes.
    assert_eq!(servers::google_auth(&case.current()), "a token");
    assert!(servers::google_auth(&case.first).contains("Invalid JWT Signature"));
    assert!(case.judge(&others).1);
    assert_eq!(case.written(), 2);
    let left = cloud.keys(&case.email);
    assert!(
        others.iter().all(|other| left.contains(&(other.clone(), true))),
        "those of others are none of ours"
    );
}

/// `latest` may give the old one for minutes. That is waited for, and nothing is written twice.
#[test]
fn a_switch_counts_when_consumers_are_given_the_new_one() {
    if servers::is_off() {
        return;
    }
    let cloud = Cloud::new();
    let case = Case::new(&cloud, "behind", Vec::new());
    cloud.lag(Lag { latest: Duration::from_secs(4), ..Lag::default() });
    assert!(case.judge(&[]).1);
    assert_eq!(case.written(), 1);
    case.expect(&["evidence", NAME], 0, &["`latest` does not give it yet"]);
    // With too little patience it goes back, and the new one lives for as long as somebody may be given it.
    set(case.dir.path(), "patience", "3s");
    cloud.lag(Lag { latest: Duration::from_secs(8), ..Lag::default() });
    let old = case.current();
    assert!(!case.judge(&[]).1);
    case.expect(&["evidence", NAME], 0, &["went back to", "`latest` is not beyond it yet"]);
    assert_eq!(id_of(&case.current()), id_of(&old));
}

#[test]
fn what_cannot_be_done_is_refused_with_the_reason() {
    if servers::is_off() {
        return;
    }
    let cloud = Cloud::new();
    let case = Case::new(&cloud, "unseen", Vec::new());
    case.change("accept-unseen = true\n", "");
    let says = ["nobody can see whether", "disabling it may stop somebody; `accept-unseen = true`"];
    case.expect(&["run", NAME, "--dry-run"], 1, &says);
    case.expect(&["run", NAME], 1, &["went back: ", says[0], says[1]]);
    assert_eq!(case.made(), 0);
    let case = Case::new(&cloud, "full", Vec::new());
    (0..9).for_each(|_| drop(cloud.make(&case.email)));
    case.expect(&["run", NAME], 1, &["went back: ", "10 are allowed"]);
    assert_eq!(case.made(), 0);
    let case = Case::new(&cloud, "closed", Vec::new());
    cloud.forbid(&case.email);
    case.expect(&["run", NAME], 1, &["went back: ", "Key creation is not allowed on this service account"]);
    let case = Case::new(&cloud, "gone", Vec::new());
    cloud.forget(&case.email);
    case.expect(&["run", NAME, "--dry-run"], 2, &["cannot list keys: NOT_FOUND"]);
    for (case, id) in [("unseen", 1), ("full", 10), ("closed", 1)] {
        assert_eq!(cloud.keys(&format!("{case}@acme.iam.gserviceaccount.com")).len(), id);
    }
    assert_eq!(cloud.wrong(), Vec::<String>::new());
}

/// It has served for a moment, and no consumer is left with it.
#[test]
fn what_fails_after_the_switch_goes_back_and_the_new_one_is_deleted() {
    if servers::is_off() {
        return;
    }
    let cloud = Cloud::new();
    let case = Case::new(&cloud, "back", Vec::new());
    set(case.dir.path(), "patience", "1s");
    let path = case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    std::fs::write(&path, text + "\n[[rotation.target.probe]]\ncommand = [\"false\"]\n").expect("writable");
    case.expect(&["run", NAME, "--wait", "forever"], 1, &["went back: "]);
    assert_eq!((case.made(), case.written()), (1, 2));
    assert_eq!(cloud.keys(&case.email), [(id_of(&case.first), true)]);
    assert_eq!(id_of(&case.current()), id_of(&case.first));
    assert_eq!(cloud.login(&case.current()), Ok(()));
}

/// Until it is deleted, the old one can be brought back.
#[test]
fn a_disabled_key_is_enabled_again_on_the_way_back() {
    if servers::is_off() {
        return;
    }
    let cloud = Cloud::new();
    let case = Case::new(&cloud, "again", Vec::new());
    set(case.dir.path(), "keep-disabled", "1h");
    case.expect(&["run", NAME, "--wait", "10s"], 0, &["kept disabled"]);
    assert!(cloud.keys(&case.email).contains(&(id_of(&case.first), false)));
    assert!(cloud.login(&case.first).is_err());
    case.expect(&["rollback", NAME, "--wait", "forever"], 0, &["went back: "]);
    assert_eq!(cloud.keys(&case.email), [(id_of(&case.first), true)]);
    assert_eq!(id_of(&case.current()), id_of(&case.first));
    assert_eq!(cloud.login(&case.first), Ok(()));
}

/// Its own key may be the one that is exchanged; or it has none, where the machine has an account.
#[test]
fn the_rotator_logs_in_with_a_key_or_as_its_machine() {
    if servers::is_off() {
        return;
    }
    let cloud = Cloud::new();
    let mut case = Case::new(&cloud, "rotator", Vec::new());
    let host = case.proxy.to(&cloud.address);
    case.machine = Some(host.trim_start_matches("http://").to_owned());
    case.expect(&["run", NAME, "--dry-run"], 0, &[]);
    case.machine = Some("127.0.0.1:1".to_owned());
    case.expect(&["run", NAME, "--dry-run"], 2, &["no variable or file with credentials of Google"]);
    case.change("endpoint = ", "credentials-file = \"rotator.json\"\nendpoint = ");
    case.change("token-credentials-file = \"rotator.json\"\nendpoint", "token-endpoint");
    std::fs::write(case.dir.path().join("rotator.json"), &case.first).expect("writable");
    assert!(case.judge(&[]).1);
    // Whoever starts it next has to hand it the new one.
    case.expect(&["run", NAME, "--dry-run"], 2, &["which this is done with, is not accepted"]);
    std::fs::write(case.dir.path().join("rotator.json"), case.current()).expect("writable");
    case.expect(&["run", NAME, "--dry-run"], 0, &[]);
}

/// What says nothing of the key is no refusal, and nobody but the endpoint that is configured is sent a signature.
#[test]
fn only_a_refused_signature_is_a_refused_key() {
    if servers::is_off() {
        return;
    }
    let cloud = Cloud::new();
    let (email, here) = ("a@acme.iam.gserviceaccount.com", format!("{}/token", cloud.address));
    cloud.account(email, &here);
    let file = cloud.make(email);
    let key = |file: &str| Key { id: KeyId(id_of(file)), secret: SecretString::from(file) };
    let asked = |account: &str, key: &Key| {
        block_on(async {
            let http = Http::new(Duration::from_secs(20)).expect("certificates");
            let tokens = TokenEndpoint::new(http, Arc::new(Wall), Some(&here)).expect("an address");
            KeyCheck::new(tokens, account).accepted(key).await
        })
    };
    assert_eq!(asked(email, &key(&file)), Ok(true));
    for (said, kind) in [
        (json!({ "error": "invalid_grant", "error_description": "Invalid JWT Signature." }), None),
        (
            json!({ "error": "invalid_grant", "error_description": "Invalid grant: account not found" }),
            Some("account"),
        ),
        (
            json!({ "error": "invalid_grant", "error_description": "Invalid JWT: Token must be a short-lived token (60 minutes)" }),
            Some("clocks"),
        ),
        (
            json!({ "error": "invalid_grant", "error_description": "Invalid JWT: Failed audience check." }),
            Some("not for its signature"),
        ),
        (json!({ "error": "invalid_client" }), Some("status 400")),
        (Value::Null, Some("status 400")),
    ] {
        cloud.say(Some((400, said)));
        match kind {
            None => assert_eq!(asked(email, &key(&file)), Ok(false)),
            Some(words) => {
                let failure = asked(email, &key(&file)).expect_err("nothing is known");
                assert!(failure.message.contains(words) && failure.kind == FailureKind::Later, "{failure}");
            }
        }
    }
    for (status, kind) in [
        (401, FailureKind::Later),
        (429, FailureKind::Later),
        (503, FailureKind::Unclear),
        (302, FailureKind::Later),
    ] {
        cloud.say(Some((status, Value::Null)));
        assert_eq!(asked(email, &key(&file)).expect_err("nothing is known").kind, kind);
    }
    cloud.say(Some((200, json!({ "id_token": "a" }))));
    assert!(asked(email, &key(&file)).expect_err("nothing is known").message.contains("no token"));
    cloud.say(None);
    let before = cloud.assertions();
    let elsewhere = file.replace(&here, "https://collector.example/token");
    let failure = asked(email, &key(&elsewhere)).expect_err("it is not sent");
    assert!(failure.message.contains("another place to get tokens from"), "{failure}");
    let failure = asked("b@acme.iam.gserviceaccount.com", &key(&file)).expect_err("it is not sent");
    assert!(failure.message.contains("another service account"), "{failure}");
    let other = Key { id: KeyId("0123".to_owned()), ..key(&file) };
    assert!(asked(email, &other).expect_err("it is not sent").message.contains("another key"));
    let nothing = Key { secret: SecretString::from("hunter2"), ..key(&file) };
    let failure = asked(email, &nothing).expect_err("it cannot be read");
    assert!(failure.message.contains("no key file") && !failure.message.contains("hunter2"), "{failure}");
    assert_eq!(cloud.assertions(), before);
}

async fn held(sink: &dyn Sink) -> String {
    sink.look().await.expect("readable").current.map(|id| id.0).unwrap_or_default()
}

#[test]
fn a_secret_is_switched_and_sent_back_and_others_are_noticed() {
    if servers::is_off() {
        return;
    }
    let cloud = Cloud::new();
    let sink = |name: &str| {
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let tokens = TokenEndpoint::new(http.clone(), Arc::new(Wall), None).expect("an address");
        let actor = Actor::new(tokens, Login::Token(SecretString::from(TOKEN)));
        let secret = format!("projects/acme/secrets/{name}");
        let fields = Fields::new("id", "secret");
        ManagedSecret::new(http, Some(&cloud.address), actor, &secret, fields).expect("an address")
    };
    let key =
        |id: &str| Key { id: KeyId(id.to_owned()), secret: SecretString::from(format!("value of {id}")) };
    let (old, new) = (key("old"), key("new"));
    let first = r#"{"other":"kept","id":"old","secret":"value of old"}"#;
    let usual = "projects/acme/secrets/usual";
    cloud.write(usual, first);
    block_on(async {
        let sink = sink("usual");
        assert_eq!(held(&sink).await, "old");
        for _ in 0..2 {
            sink.promote("", &new.id, Some(&new)).await.expect("switched");
            assert_eq!(held(&sink).await, "new");
        }
        assert_eq!(cloud.latest(usual), r#"{"other":"kept","id":"new","secret":"value of new"}"#);
        for key in [&new, &old] {
            let read = sink.read(&key.id).await.expect("readable").expect("it is there");
            assert_eq!(read.secret.expose_secret(), key.secret.expose_secret());
        }
        for _ in 0..2 {
            sink.revert("", &old.id).await.expect("sent back");
            assert_eq!(held(&sink).await, "old");
        }
        assert!(sink.revert("", &KeyId("never".to_owned())).await.is_err());
        assert!(sink.read(&KeyId("never".to_owned())).await.expect("readable").is_none());
        // What somebody wrote at that very moment is what consumers have afterwards.
        let theirs = r#"{"other":"changed","id":"theirs","secret":"value of theirs"}"#;
        cloud.interfere(usual, theirs);
        let failure = sink.promote("", &new.id, Some(&new)).await.expect_err("somebody was there");
        assert!(
            failure.kind == FailureKind::Later && failure.message.contains("at the same time"),
            "{failure}"
        );
        assert_eq!(cloud.latest(usual), theirs);
        // A request of ours that arrives twice is none of that.
        let twice = r#"{"other":"changed","id":"new","secret":"value of new"}"#;
        cloud.interfere(usual, twice);
        sink.promote("", &new.id, Some(&new)).await.expect("switched");
        assert_eq!(cloud.latest(usual), twice);
        // A version that was disabled is not given to anybody, nor looked into.
        let number = cloud.write(usual, r#"{"id":"bad","secret":"value of bad"}"#);
        cloud.disable(usual, number);
        assert_eq!(held(&sink).await, "");
        assert_eq!(
            sink.promote("", &old.id, Some(&old)).await.expect_err("it is closed").kind,
            FailureKind::Never
        );
        cloud.write(usual, first);
        let read = sink.read(&new.id).await.expect("readable").expect("it is there");
        assert_eq!(read.secret.expose_secret(), "value of new");
    });
    let plain = "projects/acme/secrets/plain";
    cloud.write(plain, "hunter2");
    block_on(async {
        let sink = sink("plain");
        assert_eq!(held(&sink).await, "");
        let failure = sink.promote("", &new.id, Some(&new)).await.expect_err("it is something else");
        assert!(
            failure.message.contains("is no JSON object") && !failure.message.contains("hunter2"),
            "{failure}"
        );
    });
    assert_eq!(cloud.latest(plain), "hunter2");
    let none = block_on(async { held(&sink("none")).await });
    assert_eq!((none.as_str(), cloud.wrong()), ("", Vec::new()));
}

/// Killed before and after every request. All of them take minutes (`KEYWARD_TEST_SWEEP=1`).
#[test]
fn killed_at_any_moment_it_goes_on_to_a_safe_end() {
    if servers::is_off() {
        return;
    }
    let cloud = Cloud::new();
    let lag = Duration::from_millis(300);
    cloud.lag(Lag { tokens: Duration::from_millis(700), lists: lag, latest: lag });
    let usual = Case::new(&cloud, "usual", Vec::new());
    usual.judge(&[]);
    let seen = usual.proxy.seen();
    let of = |part: &str| seen.iter().position(|seen| seen.head.contains(part)).expect("there");
    let worst = ["/keys HTTP", ":addVersion", ":disable", "DELETE "].map(|part| match part {
        "/keys HTTP" => {
            seen.iter().position(|seen| seen.head.starts_with("POST ") && seen.head.contains(part))
        }
        part => Some(of(part)),
    });
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
        .filter(|(at, kind, _)| wide || (at + kind * 3) % 23 == 0)
        .map(|(at, _, fault)| (at, fault))
        .collect();
    if !wide {
        let kinds = [Fault::KillAfter, Fault::LostAnswer, Fault::Twice];
        plans.extend(worst.iter().flatten().flat_map(|at| kinds.map(|fault| (*at, fault))));
    }
    let counts = [const { AtomicUsize::new(0) }; 4];
    let [next, kills, logins, rotated] = &counts;
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while let Some((at, fault)) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let name = format!("r{at}{fault:?}").to_lowercase();
                    let case = Case::new(&cloud, &name, vec![(*at, *fault)]);
                    // Of somebody else.
                    let other = id_of(&cloud.make(&case.email));
                    let (done, whole) = case.judge(std::slice::from_ref(&other));
                    assert!(cloud.keys(&case.email).contains(&(other, true)), "{at} {fault:?}");
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
    assert!(kills.load(Ordering::SeqCst) >= plans.len() / 4);
}
