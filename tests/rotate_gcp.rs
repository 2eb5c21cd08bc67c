//! Keys of Google service accounts: one after the other, under a workload that takes them from Secret Manager and gets
//! tokens with them all the while.

#[path = "rotation/described.rs"]
mod described;
#[path = "rotation/driven.rs"]
mod driven;
#[path = "rotation/google.rs"]
mod google;
#[path = "rotation/program.rs"]
mod program;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/settings.rs"]
mod settings;
#[path = "rotation/wire.rs"]
mod wire;

use google::{Cloud, Lag, TOKEN};
use keyward::rotation::gcp::{Actor, KeyCheck, Login, ManagedSecret, TokenEndpoint};
use keyward::rotation::{Check, Clock, FailureKind, Fields, Http, Key, KeyId, Moment, Sink};
use program::Program;
use proxy::{Fault, Plan};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use settings::set;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    keyward::rotation::operate::block_on(future).expect("a runtime")
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
    program: Program,
    /// Instead of a token.
    machine: Option<String>,
}

impl<'a> Case<'a> {
    fn new(cloud: &'a Cloud, name: &str, plan: Plan) -> Self {
        let program = Program::new(plan);
        let address = program.proxy.to(&cloud.address);
        let (email, secret) =
            (format!("{name}@acme.iam.gserviceaccount.com"), format!("projects/acme/secrets/{name}"));
        cloud.account(&email, &format!("{address}/token"));
        let first = cloud.make(&email);
        cloud.write(&secret, &first);
        let config = CONFIG.replace("NAME", name).replace("CLOUD", &address);
        program.write("keyward.toml", &config);
        Case { cloud, email, secret, first, program, machine: None }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let login = match &self.machine {
            Some(host) => ("GCE_METADATA_HOST", host.as_str()),
            None => ("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN),
        };
        let done = self.program.run(arguments, &[login]);
        // No key, token or signature is in any file that the program or its outputs left.
        let secrets = [self.cloud.secrets(&self.email), vec![TOKEN.to_owned()]].concat();
        self.program.assert_nowhere(&secrets, &["rotator.json"]);
        done
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
        let entries = program::entries(&shown);
        let at = |event, effect| program::first(&entries, event, effect, old);
        let (disabled, refused) = (at("will", "disable"), at("did", "prove-refused"));
        assert!(disabled - at("quiet", "") >= 2 && disabled <= refused, "{shown}");
        assert!(refused <= at("will", "delete"), "{shown}");
    }

    /// The requests that made a key.
    fn made(&self) -> usize {
        self.program.count("POST ", "/keys HTTP", 200)
    }

    fn written(&self) -> usize {
        self.program.count("POST ", ":addVersion", 200)
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
    set(case.program.dir.path(), "patience", "3s");
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
    case.program.change("accept-unseen = true\n", "");
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
    set(case.program.dir.path(), "patience", "1s");
    let path = case.program.dir.path().join("keyward.toml");
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
    set(case.program.dir.path(), "keep-disabled", "1h");
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
    let host = case.program.proxy.to(&cloud.address);
    case.machine = Some(host.trim_start_matches("http://").to_owned());
    case.expect(&["run", NAME, "--dry-run"], 0, &[]);
    case.machine = Some("127.0.0.1:1".to_owned());
    case.expect(&["run", NAME, "--dry-run"], 2, &["no variable or file with credentials of Google"]);
    case.program.change("endpoint = ", "credentials-file = \"rotator.json\"\nendpoint = ");
    case.program.change("token-credentials-file = \"rotator.json\"\nendpoint", "token-endpoint");
    std::fs::write(case.program.dir.path().join("rotator.json"), &case.first).expect("writable");
    assert!(case.judge(&[]).1);
    // Whoever starts it next has to hand it the new one.
    case.expect(&["run", NAME, "--dry-run"], 2, &["which this is done with, is not accepted"]);
    std::fs::write(case.program.dir.path().join("rotator.json"), case.current()).expect("writable");
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
    let seen = usual.program.proxy.seen();
    let of = |part: &str| seen.iter().position(|seen| seen.head.contains(part)).expect("there");
    let making =
        seen.iter().position(|seen| seen.head.starts_with("POST ") && seen.head.contains("/keys HTTP"));
    let worst = [making.expect("one is made"), of(":addVersion"), of(":disable"), of("DELETE ")];
    let plans = program::plans(seen.len(), &worst);
    let told = program::sweep(&plans, |at, fault: Fault| {
        let name = format!("r{at}{fault:?}").to_lowercase();
        let case = Case::new(&cloud, &name, vec![(at, fault)]);
        // Of somebody else.
        let other = id_of(&cloud.make(&case.email));
        let (logins, rotated) = case.judge(std::slice::from_ref(&other));
        assert!(cloud.keys(&case.email).contains(&(other, true)), "{at} {fault:?}");
        (case.program.kills.load(Ordering::SeqCst), logins, rotated)
    });
    println!("{told}");
}
