//! Secret ids of an AppRole: one after the other, on the real server, under a workload that logs in all the while.
//! They cannot be disabled, so what is deleted has to be quiet before, and is seen to be refused afterwards.

#[path = "rotation/driven.rs"]
mod driven;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/settings.rs"]
mod settings;

use keyward::rotation::vault::{AppRole, AppRoleCheck, KvSecret, Vault};
use keyward::rotation::{Check, Fields, Http, Issuer, Key, KeyId, Sink};
use proxy::{Fault, Plan, Proxy};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use servers::Server;
use settings::set;
use std::future::Future;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

struct Estate {
    bao: Server,
}

impl Estate {
    fn new() -> Self {
        let estate = Estate { bao: servers::openbao() };
        block_on(estate.post("sys/auth/approle", json!({ "type": "approle" })));
        estate
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let request = http::Request::post(format!("{}/v1/{path}", self.bao.address))
            .header("x-vault-token", "root")
            .body(body.to_string())
            .expect("a request");
        let answer = http.send(request).await.expect("the server answers");
        assert!((200..300).contains(&answer.status), "{path}: {}", String::from_utf8_lossy(&answer.body));
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    fn vault(&self) -> Vault {
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        Vault::new(http, &self.bao.address, SecretString::from("root")).expect("an address")
    }

    fn entry(&self, role: &str) -> KvSecret {
        let fields = Fields::new("accessor", "secret_id");
        KvSecret::new(self.vault(), "secret", &format!("apps/{role}"), fields)
    }

    fn check(&self, role: &str) -> AppRoleCheck {
        AppRoleCheck::new(self.vault(), "approle", role)
    }

    async fn make(&self, role: &str) -> Key {
        let made = self.post(&format!("auth/approle/role/{role}/secret-id"), json!({})).await;
        let of = |name: &str| made["data"][name].as_str().expect("made").to_owned();
        Key { id: KeyId(of("secret_id_accessor")), secret: SecretString::from(of("secret_id")) }
    }

    /// A role with a secret id as operators make them, which an entry of the store holds.
    fn set_up(&self, role: &str) -> Key {
        block_on(async {
            self.post(&format!("auth/approle/role/{role}"), json!({ "token_ttl": "60s" })).await;
            let first = self.make(role).await;
            self.entry(role).promote("", &first.id, Some(&first)).await.expect("the store is filled");
            first
        })
    }

    async fn current(&self, role: &str) -> Key {
        let entry = self.entry(role);
        let held = entry.look().await.expect("the store answers").current.expect("there is one");
        entry.read(&held).await.expect("the store answers").expect("with its value")
    }

    async fn ids(&self, role: &str) -> Vec<KeyId> {
        let listed = AppRole::new(self.vault(), "approle", role, false).list().await.expect("listed");
        listed.into_iter().map(|listed| listed.id).collect()
    }

    /// A token that may do what the documentation says is needed, and write the entry.
    fn token(&self, role: &str) -> String {
        let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rotation.md");
        let docs = std::fs::read_to_string(docs).expect("there");
        let fence =
            docs.split("```hcl\n").find(|text| text.starts_with("path \"auth/approle")).expect("there");
        let policy = fence.split("```").next().expect("closed").replace("orders", role);
        let entry = format!(
            "path \"secret/data/apps/{role}\" {{ capabilities = [\"read\", \"update\"] }}
             path \"secret/metadata/apps/{role}\" {{ capabilities = [\"read\"] }}"
        );
        block_on(async {
            self.post(&format!("sys/policies/acl/{role}"), json!({ "policy": policy + &entry })).await;
            let body = json!({ "policies": [role], "no_default_policy": true });
            let made = self.post("auth/token/create", body).await;
            made["auth"]["client_token"].as_str().expect("a token").to_owned()
        })
    }

    /// Logs in with what the entry holds, as often as it can.
    fn replica(&self, role: &str, over: &AtomicBool) -> (usize, Vec<String>) {
        block_on(async {
            let check = self.check(role);
            let (mut logins, mut wrong) = (0, Vec::new());
            while !over.load(Ordering::SeqCst) {
                let key = self.current(role).await;
                match check.accepted(&key).await {
                    Ok(true) => logins += 1,
                    other => wrong.push(format!("{}: {other:?}", key.id.0)),
                }
            }
            (logins, wrong)
        })
    }

    /// Reads the entry again every second and logs in more often, until it is over.
    fn work(&self, role: &str, over: &AtomicBool) -> (usize, Vec<String>) {
        block_on(async {
            let check = self.check(role);
            let (mut logins, mut wrong) = (0, Vec::new());
            while !over.load(Ordering::SeqCst) {
                let key = self.current(role).await;
                let loaded = Instant::now();
                while loaded.elapsed() < Duration::from_millis(900) {
                    match check.accepted(&key).await {
                        Ok(true) => logins += 1,
                        other => wrong.push(format!("{}: {other:?}", key.id.0)),
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
            (logins, wrong)
        })
    }
}

const CONFIG: &str = r#"
[[rotation.target]]
credential = "orders approle"
quiet = "2s"
settle = "1s"
patience = "20s"

[rotation.target.issuer]
kind = "approle"
address = "BAO"
role = "ROLE"
accept-unseen = true

[[rotation.target.sink]]
kind = "vault-kv"
address = "BAO"
path = "apps/ROLE"
id-field = "accessor"
secret-field = "secret_id"
"#;

const NAME: &str = "orders approle";

struct Case<'a> {
    estate: &'a Estate,
    role: String,
    first: Key,
    proxy: Proxy,
    dir: tempfile::TempDir,
    kills: AtomicUsize,
    token: String,
}

impl<'a> Case<'a> {
    fn new(estate: &'a Estate, role: &str, plan: Plan) -> Self {
        let first = estate.set_up(role);
        let proxy = Proxy::new(plan, Duration::ZERO);
        let config = CONFIG.replace("ROLE", role).replace("BAO", &proxy.to(&estate.bao.address));
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("keyward.toml"), config).expect("writable");
        let (role, token) = (role.to_owned(), "root".to_owned());
        Case { estate, role, first, proxy, dir, kills: AtomicUsize::new(0), token }
    }

    /// What is made from now on shows its uses.
    fn count_uses(&self) {
        let path = self.dir.path().join("keyward.toml");
        let text = std::fs::read_to_string(&path).expect("there");
        std::fs::write(&path, text.replace("accept-unseen", "count-uses = true\naccept-unseen"))
            .expect("writable");
    }

    /// From now on only what shows its uses.
    fn accept_nothing_unseen(&self) {
        let path = self.dir.path().join("keyward.toml");
        let text = std::fs::read_to_string(&path).expect("there");
        std::fs::write(&path, text.replace("accept-unseen = true\n", "")).expect("writable");
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(self.dir.path()).env_clear().env("NO_COLOR", "1");
        command.env("VAULT_TOKEN", &self.token);
        let (out, err) = (self.dir.path().join("out"), self.dir.path().join("err"));
        let file = |path| std::fs::File::create(path).expect("writable");
        command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
        let mut child = command.spawn().expect("the program starts");
        let (code, kills) = self.proxy.see_to_the_end(&mut child, |_| {});
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

    fn to_the_end(&self) -> String {
        driven::to_the_end(NAME, |arguments| self.run(arguments))
    }

    /// Works while it is exchanged, and judges what is left. Gives the number of logins, and whether it was exchanged.
    fn judge(&self, others: &[KeyId]) -> (usize, bool) {
        let over = AtomicBool::new(false);
        let before = block_on(self.estate.current(&self.role));
        let (text, (logins, wrong)) = std::thread::scope(|scope| {
            let work = scope.spawn(|| self.estate.work(&self.role, &over));
            let text = self.to_the_end();
            over.store(true, Ordering::SeqCst);
            (text, work.join().expect("the workload ends"))
        });
        assert_eq!(wrong, Vec::<String>::new(), "{text}");
        assert!(logins > 5, "{logins}");
        let rotated = block_on(async {
            let current = self.estate.current(&self.role).await;
            let mut left = self.estate.ids(&self.role).await;
            left.retain(|id| !others.contains(id));
            assert_eq!(left, std::slice::from_ref(&current.id), "{text}");
            let check = self.estate.check(&self.role);
            assert_eq!(check.accepted(&current).await, Ok(true), "{text}");
            let rotated = current.id != before.id;
            if rotated {
                assert_eq!(check.accepted(&before).await, Ok(false), "{text}");
            }
            rotated
        });
        if rotated {
            self.assert_quiet_then_deleted_then_refused(&before.id);
        }
        let (code, shown) = self.run(&["verify"]);
        assert_eq!(code, Some(0), "{shown}");
        (logins, rotated)
    }

    /// By the evidence: nobody had used it for the whole quiet period, and the end is the proof.
    fn assert_quiet_then_deleted_then_refused(&self, old: &KeyId) {
        let (_, shown) = self.run(&["evidence", NAME, "--format", "json"]);
        let evidence: Value = serde_json::from_str(&shown).expect("JSON");
        let entries: Vec<Value> = evidence["entries"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|proof| serde_json::from_str(proof["body"].as_str().expect("text")).expect("JSON"))
            .collect();
        let find = |event: &str, effect: &str, last: bool| {
            let is = |entry: &&Value| {
                entry["event"] == event
                    && (effect.is_empty() || entry["doing"]["effect"] == effect)
                    && (effect.is_empty() || entry["doing"]["key"] == old.0.as_str())
            };
            let found = if last { entries.iter().rfind(is) } else { entries.iter().find(is) };
            found.unwrap_or_else(|| panic!("no {event} {effect} in {shown}"))["at"].as_i64().expect("a time")
        };
        let quiet = find("quiet", "", false);
        let (begun, deleted) = (find("will", "delete", false), find("did", "delete", true));
        let refused = find("did", "prove-refused", true);
        assert!(begun - quiet >= 2 && begun <= deleted && deleted <= refused, "{shown}");
    }

    /// No secret id that was ever issued is in any file that the program or its outputs left.
    fn assert_nowhere(&self) {
        let mut secrets: Vec<_> = self.proxy.issued().into_iter().map(|(_, secret)| secret).collect();
        secrets.push(self.first.secret.expose_secret().to_owned());
        for secret in secrets {
            let found =
                Command::new("grep").args(["-rFl", &secret]).arg(self.dir.path()).output().expect("grep");
            assert_eq!(String::from_utf8_lossy(&found.stdout), "", "a secret id is in a file");
        }
    }
}

#[test]
fn a_secret_id_follows_the_other_and_nobody_fails_to_log_in() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let mut case = Case::new(&estate, "orders", Vec::new());
    case.token = estate.token("orders");
    let others: Vec<_> =
        block_on(async { [estate.make("orders").await.id, estate.make("orders").await.id].into() });
    case.expect(
        &["run", NAME, "--dry-run"],
        0,
        &["delete it, which cannot be undone", "see that", "AppRole approle/orders"],
    );
    assert!(case.judge(&others).1);
    case.expect(&["evidence", NAME], 0, &["- Allowed: to delete it after the quiet period alone"]);
    case.count_uses();
    assert!(case.judge(&others).1);
    // One that counts its uses need not be taken on trust.
    case.accept_nothing_unseen();
    assert!(case.judge(&others).1);
    assert_eq!(case.proxy.issued().len(), 3);
    let left = block_on(estate.ids("orders"));
    assert!(others.iter().all(|other| left.contains(other)), "those of others are none of ours");
}

/// Replicas start together, and log in at the same moment.
#[test]
fn many_log_in_at_once_and_nobody_fails() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "many", Vec::new());
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let replicas: Vec<_> = (0..8).map(|_| scope.spawn(|| estate.replica("many", &over))).collect();
        let text = case.to_the_end();
        over.store(true, Ordering::SeqCst);
        assert!(text.contains(": rotated, "), "{text}");
        let done = replicas.into_iter().map(|replica| replica.join().expect("it ends"));
        let (logins, wrong): (Vec<usize>, Vec<Vec<String>>) = done.unzip();
        assert_eq!(wrong.concat(), Vec::<String>::new());
        assert!(logins.iter().sum::<usize>() > 200, "{logins:?}");
    });
}

/// There is no way back from deletion, so somebody has to say so where no use would show.
#[test]
fn what_shows_no_use_is_not_deleted_unless_somebody_says_so() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "unseen", Vec::new());
    case.accept_nothing_unseen();
    let says = ["nobody can see whether", "`accept-unseen = true`"];
    case.expect(&["run", NAME, "--dry-run"], 1, &says);
    case.expect(&["run", NAME], 1, &["went back: ", says[0], says[1]]);
    assert!(case.proxy.issued().is_empty(), "nothing was made");
    assert_eq!(block_on(estate.ids("unseen")), std::slice::from_ref(&case.first.id));
}

/// Such secret ids are made for one consumer each, and end by themselves.
#[test]
fn a_role_that_limits_how_often_is_refused_with_the_reason() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "limited", Vec::new());
    block_on(estate.post("auth/approle/role/limited", json!({ "secret_id_num_uses": 5 })));
    case.expect(&["run", NAME], 1, &["went back: could not make a new one", "a role that limits their uses"]);
    assert_eq!(block_on(estate.ids("limited")), std::slice::from_ref(&case.first.id));
    assert_eq!(block_on(estate.check("limited").accepted(&case.first)), Ok(true));
}

#[test]
fn a_secret_id_that_is_still_used_is_not_deleted() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "jobs", Vec::new());
    case.count_uses();
    assert!(case.to_the_end().contains("rotated, "));
    case.accept_nothing_unseen();
    set(case.dir.path(), "quiet", "10s");
    let old = block_on(estate.current("jobs"));
    case.expect(&["run", NAME, "--wait", "0"], 0, &["quiet period"]);
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(1_100));
        assert_eq!(block_on(estate.check("jobs").accepted(&old)), Ok(true), "a job that nobody knew of");
        case.expect(&["resume", "--wait", "0"], 0, &["was still used after the switch"]);
    }
    // And as long as it is there, there is a way back.
    case.expect(&["rollback", NAME, "--wait", "forever"], 0, &["went back: "]);
    assert_eq!(block_on(estate.current("jobs")).id, old.id);
    assert_eq!(block_on(estate.ids("jobs")), [old.id]);
}

/// Without the value of the old one there is no way back, and nobody could see that it is refused.
#[test]
fn a_place_that_keeps_nothing_is_left_alone() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "forgetful", Vec::new());
    set(case.dir.path(), "patience", "1s");
    block_on(estate.post("secret/metadata/apps/forgetful", json!({ "max_versions": 1 })));
    case.expect(&["run", NAME, "--wait", "forever"], 1, &["went back: ", "keeps nothing of what was there"]);
    assert_eq!(block_on(estate.current("forgetful")).id, case.first.id);
    assert_eq!(block_on(estate.check("forgetful").accepted(&case.first)), Ok(true));
}

/// What is deleted in the end is known by its accessor alone.
#[test]
fn an_accessor_that_is_not_that_of_the_secret_id_ends_nothing() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let case = Case::new(&estate, "mixed", Vec::new());
    let other = block_on(estate.make("mixed"));
    let mixed = Key { id: other.id.clone(), secret: case.first.secret.clone() };
    block_on(estate.entry("mixed").promote("", &mixed.id, Some(&mixed))).expect("the store is written");
    for arguments in [&["run", NAME, "--dry-run"][..], &["run", NAME, "--wait", "forever"]] {
        case.expect(arguments, 1, &["is that of another one"]);
    }
    assert_eq!(block_on(estate.ids("mixed")).len(), 2);
    assert_eq!(block_on(estate.check("mixed").accepted(&other)), Ok(true));
}

/// Killed before and after every request. All of them take minutes (`KEYWARD_TEST_SWEEP=1`).
#[test]
fn killed_at_any_moment_it_goes_on_to_a_safe_end() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    let usual = Case::new(&estate, "usual", Vec::new());
    usual.judge(&[]);
    let requests = usual.proxy.seen().len();
    let seen = usual.proxy.seen();
    let of =
        |end: &str| seen.iter().position(|seen| seen.head.contains(&format!("{end} HTTP"))).expect("there");
    let (made, ended) = (of("/secret-id"), of("/destroy"));
    let wide = std::env::var_os("KEYWARD_TEST_SWEEP").is_some();
    let faults = [Fault::KillBefore, Fault::KillAfter, Fault::LostAnswer, Fault::Unreached, Fault::Twice];
    let mut plans: Vec<(usize, Fault)> = (0..requests)
        .flat_map(|at| faults.iter().enumerate().map(move |(kind, fault)| (at, kind, *fault)))
        .filter(|(at, kind, _)| wide || (at + kind * 3) % 14 == 0)
        .map(|(at, _, fault)| (at, fault))
        .collect();
    if !wide {
        let worst = [Fault::KillAfter, Fault::LostAnswer, Fault::Twice];
        plans.extend(worst.iter().flat_map(|fault| [(made, *fault), (ended, *fault)]));
    }
    let plans = proxy::each_once(plans);
    let (next, kills, logins, rotated) =
        (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((at, fault)) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let role = format!("r{at}{fault:?}").to_lowercase();
                    let case = Case::new(&estate, &role, vec![(*at, *fault)]);
                    // Of somebody else, made at the same time.
                    let other = block_on(estate.make(&role)).id;
                    let (done, whole) = case.judge(std::slice::from_ref(&other));
                    assert!(block_on(estate.ids(&role)).contains(&other), "{at} {fault:?}");
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
