//! Secrets of GitHub, which gives nothing back: what was put there is known from the journal, that it was put there is
//! seen, and what was there before comes from another place.

#[path = "rotation/case.rs"]
mod case;
#[path = "rotation/hub.rs"]
mod hub;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/wire.rs"]
mod wire;

use case::{CREDENTIAL, Case, Estate, assert_ended, block_on};
use hub::{Hub, Stored, TOKEN};
use keyward::rotation::github::{GitHub, GitHubSecret, SecretPlace};
use keyward::rotation::{Check, Fields, Http, Key, KeyId, Sink};
use proxy::{Fault, Plan, Proxy};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const ID: &str = "/repos/acme/orders/actions/secrets/AWS_ACCESS_KEY_ID";
const SECRET: &str = "/repos/acme/orders/actions/secrets/AWS_SECRET_ACCESS_KEY";

const SINK: &str = r#"
[[rotation.target.sink]]
kind = "github-secret"
api = "HUB"
token-file = "github-token"
repository = "acme/orders"
id-field = "AWS_ACCESS_KEY_ID"
secret-field = "AWS_SECRET_ACCESS_KEY"
"#;

fn key(id: &str) -> Key {
    Key { id: KeyId(id.to_owned()), secret: SecretString::from(format!("value of {id}")) }
}

fn of(value: &str) -> Stored {
    Stored { value: value.to_owned(), updated: 1_600_000_000, ..Stored::default() }
}

/// Every kind of place, held against GitHub's description.
#[test]
fn every_kind_of_secret_is_written_in_a_box_and_shows_that() {
    let (owner, name) = ("acme".to_owned(), "orders".to_owned());
    let repository =
        |dependabot| SecretPlace::Repository { owner: owner.clone(), name: name.clone(), dependabot };
    let environment = "production/eu".to_owned();
    let organization = |dependabot| SecretPlace::Organization { name: "acme".to_owned(), dependabot };
    let places = [
        (repository(false), "/repos/acme/orders/actions/secrets"),
        (repository(true), "/repos/acme/orders/dependabot/secrets"),
        (
            SecretPlace::Environment { owner: owner.clone(), name: name.clone(), environment },
            "/repos/acme/orders/environments/production%2Feu/secrets",
        ),
        (organization(false), "/orgs/acme/actions/secrets"),
        (organization(true), "/orgs/acme/dependabot/secrets"),
    ];
    let hub = Hub::new();
    for (place, path) in places {
        let [id, secret] = ["DEPLOY_ID", "DEPLOY_SECRET"].map(|name| format!("{path}/{name}"));
        let visible = path.starts_with("/orgs/");
        let stored = |visibility: &str, repositories: Vec<u64>| Stored {
            visibility: visible.then(|| visibility.to_owned()),
            repositories,
            ..of("old")
        };
        hub.store(&id, stored("private", Vec::new()));
        hub.store(&secret, stored("selected", if visible { (1..=230).collect() } else { Vec::new() }));
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let github = GitHub::new(http, &hub.address, SecretString::from(TOKEN)).expect("an address");
        let sink =
            GitHubSecret::new(github.clone(), place.clone(), Fields::new("DEPLOY_ID", "DEPLOY_SECRET"));
        assert!(!sink.gives_back() && !sink.stages());
        block_on(async {
            let stamp = async || sink.look().await.expect("readable").stamp.expect("it shows");
            let mut stamps = vec![stamp().await];
            for name in ["new", "new", "other"] {
                let key = key(name);
                sink.promote("", &key.id, Some(&key)).await.expect("written");
                assert_eq!(hub.values([&id, &secret]), [name.to_owned(), format!("value of {name}")]);
                // Also where it is written within one second, and with the same value.
                let now = stamp().await;
                assert!(!stamps.contains(&now), "{now} {stamps:?}");
                stamps.push(now);
            }
            assert_eq!(sink.read(&KeyId("new".to_owned())).await.map(|key| key.is_none()), Ok(true));
            assert!(sink.revert("", &KeyId("new".to_owned())).await.is_err());
            // One that only the secret half is wanted of.
            let alone = GitHubSecret::new(github.clone(), place.clone(), Fields::new("", "DEPLOY_SECRET"));
            let last = key("last");
            alone.promote("", &last.id, Some(&last)).await.expect("written");
            assert_eq!(hub.values([&id, &secret]), ["other".to_owned(), "value of last".to_owned()]);
            let none = GitHubSecret::new(github, place.clone(), Fields::new("", "NOT_THERE"));
            let missing = none.promote("", &last.id, Some(&last)).await.expect_err("nobody reads that");
            assert!(
                missing.message.contains("NOT_THERE") && missing.message.contains("is not there"),
                "{missing}"
            );
        });
        if visible {
            let secret = hub.stored(&secret);
            assert_eq!(secret.visibility.as_deref(), Some("selected"), "who sees it stays");
            assert_eq!(secret.repositories, (1..=230).collect::<Vec<_>>());
            assert_eq!(hub.stored(&id).visibility.as_deref(), Some("private"));
        }
    }
    assert_eq!(hub.wrong(), Vec::<String>::new());
}

struct Stage<'a> {
    case: Case<'a>,
    hub: Hub,
}

impl<'a> Stage<'a> {
    fn new(estate: &'a Estate, user: (String, Key), plan: Plan) -> Self {
        let case = Case::behind(estate, user, Proxy::new(plan, Duration::ZERO));
        let hub = Hub::new();
        hub.store(ID, of(&case.old.id.0));
        hub.store(SECRET, of(case.old.secret.expose_secret()));
        std::fs::write(case.dir.path().join("github-token"), TOKEN).expect("writable");
        // The order in which they are written down is not the one in which they are written to.
        case.configure(&SINK.replace("HUB", &case.proxy.to(&hub.address)));
        Stage { case, hub }
    }

    fn names(&self) -> [String; 2] {
        self.hub.values([ID, SECRET])
    }

    /// Runs it to its end under both kinds of consumers, and judges what is left.
    fn judge(&self) -> (usize, bool) {
        let over = AtomicBool::new(false);
        let (text, jobs, entry) = std::thread::scope(|scope| {
            let (estate, user, old) = (self.case.estate, &self.case.user, &self.case.old);
            let (hub, proxy, over) = (&self.hub, &self.case.proxy, &over);
            let jobs = scope.spawn(move || work(estate, hub, proxy, old, over));
            let entry = scope.spawn(move || estate.consume(user, over));
            let text = self.to_the_end();
            over.store(true, Ordering::SeqCst);
            (text, jobs.join().expect("ends"), entry.join().expect("ends"))
        });
        assert_eq!((jobs.2, entry.1), (Vec::new(), Vec::new()), "{text}");
        let current = block_on(self.case.estate.current(&self.case.user));
        assert_eq!(self.names(), [current.id.0.clone(), current.secret.expose_secret().to_owned()], "{text}");
        assert_eq!(block_on(self.case.estate.check().accepted(&current)), Ok(true), "{text}");
        let rotated = current.id != self.case.old.id;
        if rotated {
            assert_eq!(block_on(self.case.estate.check().accepted(&self.case.old)), Ok(false), "{text}");
        }
        let verified = self.case.run(&["verify"]);
        assert_eq!(verified.code, Some(0), "{}", verified.text);
        self.case.assert_no_secret(&text);
        assert_eq!(self.hub.wrong(), Vec::<String>::new());
        (jobs.0, rotated)
    }

    fn to_the_end(&self) -> String {
        const HOW: [&str; 5] = ["--wait", "forever", "--verbose", "--request-timeout", "3s"];
        let mut ended = self.case.run(&[&["run", CREDENTIAL][..], &HOW].concat());
        let mut text = ended.text;
        for _ in 0..10 {
            if ended.code == Some(0) || text.contains("went back") {
                return text;
            }
            ended = self.case.run(&[&["resume"][..], &HOW].concat());
            if ended.text.contains("no run is unfinished") && !text.contains("finished:") {
                ended = self.case.run(&[&["run", CREDENTIAL][..], &HOW].concat());
            }
            text.push_str(&ended.text);
        }
        panic!("it does not end: {text}");
    }
}

/// Jobs start all the while. One that starts between two writes gets one half of each; of all others each works.
fn work(
    estate: &Estate,
    hub: &Hub,
    proxy: &Proxy,
    old: &Key,
    over: &AtomicBool,
) -> (usize, usize, Vec<String>) {
    block_on(async {
        let check = estate.check();
        let (mut logins, mut torn, mut wrong) = (0, 0, Vec::new());
        while !over.load(Ordering::SeqCst) {
            let [id, secret] = hub.values([ID, SECRET]);
            let whole = (id.as_str() == old.id.0 && secret == old.secret.expose_secret())
                || proxy.issued().contains(&(id.clone(), secret.clone()));
            let key = Key { id: KeyId(id), secret: SecretString::from(secret) };
            match (whole, check.accepted(&key).await) {
                (false, _) => torn += 1,
                (true, Ok(true)) => logins += 1,
                // It was exchanged while this one logged in.
                (true, _) if hub.values([ID, SECRET])[0] != key.id.0 => torn += 1,
                (true, other) => wrong.push(format!("{}: {other:?}", key.id.0)),
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        (logins, torn, wrong)
    })
}

fn usual<'a>(estate: &'a Estate, name: &str) -> Stage<'a> {
    Stage::new(estate, estate.users(name, 1).remove(0), Vec::new())
}

#[test]
fn a_key_is_exchanged_where_nobody_can_read_it() {
    let Some(estate) = case::strict() else { return };
    let stage = usual(estate, "hub");
    let looked = stage.case.run(&["run", CREDENTIAL, "--dry-run"]);
    assert_ended(
        &looked,
        0,
        &["which only shows that it was written", "GitHub Actions secret of acme/orders"],
    );
    assert_eq!(stage.hub.stored(ID).writes, 0);
    assert!(stage.judge().1);
    // It is in the other place first, and the id is written last.
    let seen = stage.case.proxy.seen();
    let at = |part: &str| seen.iter().position(|seen| seen.head.starts_with(part)).expect("there");
    let put = |path: &str| at(&format!("PUT {path} "));
    assert!(at("POST /v1/secret/data") < put(SECRET) && put(SECRET) < put(ID));
    let shown = stage.case.run(&["evidence", CREDENTIAL]);
    assert_ended(
        &shown,
        0,
        &["which shows as AWS\\_SECRET\\_ACCESS\\_KEY of 20", "AWS\\_ACCESS\\_KEY\\_ID of 20"],
    );
}

/// The old one comes from the place that keeps it.
#[test]
fn what_fails_after_the_switch_goes_back() {
    let Some(estate) = case::strict() else { return };
    let stage = usual(estate, "back");
    let path = stage.case.dir.path().join("keyward.toml");
    let text =
        std::fs::read_to_string(&path).expect("there").replace("patience = \"20s\"", "patience = \"1s\"");
    std::fs::write(&path, text + "\n[[rotation.target.probe]]\ncommand = [\"false\"]\n").expect("writable");
    let ended = stage.case.run(&["run", CREDENTIAL, "--wait", "forever"]);
    assert_ended(&ended, 1, &["went back: "]);
    let old = &stage.case.old;
    assert_eq!(stage.names(), [old.id.0.clone(), old.secret.expose_secret().to_owned()]);
    assert_eq!(stage.hub.stored(ID).writes, 2);
    assert_eq!(block_on(estate.check().accepted(old)), Ok(true));
}

#[test]
fn what_somebody_else_writes_meanwhile_stops_it() {
    let Some(estate) = case::strict() else { return };
    let stage = usual(estate, "other");
    let path = stage.case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there").replace("quiet = \"2s\"", "quiet = \"1h\"");
    std::fs::write(&path, text).expect("writable");
    assert_ended(&stage.case.run(&["run", CREDENTIAL, "--wait", "0"]), 0, &["quiet period"]);
    let stored = stage.hub.stored(SECRET);
    stage.hub.store(SECRET, Stored { updated: stored.updated + 100, ..stored });
    let ended = stage.case.run(&["resume", "--wait", "0"]);
    assert_ended(&ended, 1, &["stuck", "was changed by somebody else"]);
    assert_eq!(block_on(estate.check().accepted(&stage.case.old)), Ok(true));
}

#[test]
fn nothing_is_begun_where_no_place_keeps_the_old_one() {
    let dir = tempfile::tempdir().expect("a directory");
    let target = "[[rotation.target]]\ncredential = \"a\"\n[rotation.target.issuer]\nkind = \"aws-iam\"\nuser = \"a\"\n";
    std::fs::write(dir.path().join("keyward.toml"), format!("{target}{SINK}")).expect("writable");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_keyward"));
    let output = command.args(["rotate", "run", "a"]).current_dir(dir.path()).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no sink keeps the old value") && said.contains("vault-kv"), "{said}");
}

/// Killed before and after every request. All of them take minutes (`KEYWARD_TEST_SWEEP=1`).
#[test]
fn killed_at_any_moment_it_goes_on_to_a_safe_end() {
    let Some(estate) = case::strict() else { return };
    let stage = usual(estate, "count");
    stage.judge();
    let seen = stage.case.proxy.seen();
    let wide = std::env::var_os("KEYWARD_TEST_SWEEP").is_some();
    let faults = [Fault::KillBefore, Fault::KillAfter, Fault::LostAnswer, Fault::Unreached, Fault::Twice];
    let writes = |at: usize| seen[at].head.starts_with("PUT ");
    let plans: Vec<(usize, Fault)> = (0..seen.len())
        .flat_map(|at| faults.iter().enumerate().map(move |(kind, fault)| (at, kind, *fault)))
        .filter(|(at, kind, _)| wide || writes(*at) || (at + kind * 3) % 31 == 0)
        .map(|(at, _, fault)| (at, fault))
        .collect();
    let users = Mutex::new(estate.users("sweep", plans.len()));
    let counts = [const { AtomicUsize::new(0) }; 4];
    let [next, kills, logins, rotated] = &counts;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((at, fault)) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let user = users.lock().expect("whole").pop().expect("enough of them");
                    let stage = Stage::new(estate, user, vec![(*at, *fault)]);
                    let (done, whole) = stage.judge();
                    kills.fetch_add(stage.case.kills.get(), Ordering::SeqCst);
                    logins.fetch_add(done, Ordering::SeqCst);
                    rotated.fetch_add(whole.into(), Ordering::SeqCst);
                }
            });
        }
    });
    println!("{} cases, {kills:?} kills, {rotated:?} exchanged, {logins:?} logins of jobs", plans.len());
    assert!(kills.load(Ordering::SeqCst) >= plans.len() / 4);
}
