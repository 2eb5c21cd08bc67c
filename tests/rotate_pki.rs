//! TLS certificates: one after the other, on the real server, under a workload that serves with what its place holds
//! and a client that connects all the while and looks at what was revoked.

#[path = "rotation/authority.rs"]
mod authority;
#[path = "rotation/driven.rs"]
mod driven;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/settings.rs"]
mod settings;

use authority::{Authority, block_on};
use keyward::rotation::{Key, KeyId};
use proxy::{Fault, Plan, Proxy};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use settings::set;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

const CONFIG: &str = r#"
[[rotation.target]]
credential = "orders certificate"
quiet = "2s"
settle = "1s"
patience = "20s"

[rotation.target.issuer]
kind = "pki"
address = "BAO"
role = "ROLE"
common-name = "ROLE.example.test"
alt-names = ["localhost", "127.0.0.1"]
ttl = "4h"
accept-unseen = true

[[rotation.target.sink]]
kind = "vault-kv"
address = "BAO"
path = "apps/ROLE"
id-field = "serial"
secret-field = "key"
certificate-field = "certificate"
chain-field = "chain"
"#;

const NAME: &str = "orders certificate";

struct Case<'a> {
    authority: &'a Authority,
    role: String,
    first: Key,
    proxy: Proxy,
    dir: tempfile::TempDir,
    kills: AtomicUsize,
    token: String,
}

impl<'a> Case<'a> {
    fn new(authority: &'a Authority, role: &str, plan: Plan) -> Self {
        let first = authority.set_up(role);
        let proxy = Proxy::new(plan, Duration::ZERO);
        let config = CONFIG.replace("ROLE", role).replace("BAO", &proxy.to(&authority.address()));
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("keyward.toml"), config).expect("writable");
        let (role, token) = (role.to_owned(), "root".to_owned());
        Case { authority, role, first, proxy, dir, kills: AtomicUsize::new(0), token }
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

    /// Serves while it is exchanged, and judges what is left. Gives the number of connections, and whether it was
    /// exchanged.
    fn judge(&self, others: &[KeyId]) -> (usize, bool) {
        let over = AtomicBool::new(false);
        let before = block_on(self.authority.current(&self.role));
        let (text, (served, wrong)) = std::thread::scope(|scope| {
            let work = scope.spawn(|| self.authority.serve(&self.role, &over));
            let text = self.to_the_end();
            over.store(true, Ordering::SeqCst);
            (text, work.join().expect("the workload ends"))
        });
        assert_eq!(wrong, Vec::<String>::new(), "{text}");
        assert!(served > 5, "{served}");
        let rotated = block_on(async {
            let current = self.authority.current(&self.role).await;
            let mut left = self.authority.valid(&self.role).await;
            left.retain(|id| !others.contains(id));
            assert_eq!(left, std::slice::from_ref(&current.id), "{text}");
            let rotated = current.id != before.id;
            if rotated {
                let refused = self.authority.connect(&self.role, &before).await.expect_err("it is revoked");
                assert!(refused.contains("Revoked"), "{refused}");
            }
            rotated
        });
        if rotated {
            self.assert_quiet_then_revoked_then_refused(&before.id);
        }
        let (code, shown) = self.run(&["verify"]);
        assert_eq!(code, Some(0), "{shown}");
        (served, rotated)
    }

    /// By the evidence: it was left alone for the whole quiet period, and the end is the proof.
    fn assert_quiet_then_revoked_then_refused(&self, old: &KeyId) {
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

    /// No private key is in any file that the program or its outputs left.
    fn assert_nowhere(&self) {
        let begins = "PRIVATE KEY-----\\n";
        let seen = self.proxy.seen();
        let sent =
            seen.iter().filter_map(|seen| seen.body.split_once(begins).map(|(_, key)| key[..60].to_owned()));
        let first = self.first.secret.expose_secret().replace('\n', "\\n");
        let (_, first) = first.split_once(begins).expect("a private key");
        for secret in sent.chain([first[..60].to_owned()]) {
            let found =
                Command::new("grep").args(["-rFl", &secret]).arg(self.dir.path()).output().expect("grep");
            assert_eq!(String::from_utf8_lossy(&found.stdout), "", "a private key is in a file");
        }
    }

    /// The requests that made something.
    fn signed(&self) -> usize {
        let is = |seen: &&proxy::Seen| seen.head.contains("/pki/sign/") && seen.status == 200;
        self.proxy.seen().iter().filter(is).count()
    }
}

#[test]
fn a_certificate_follows_the_other_and_every_client_connects() {
    if servers::is_off() {
        return;
    }
    let authority = Authority::new();
    let mut case = Case::new(&authority, "orders", Vec::new());
    case.token = authority.token("orders");
    let others: Vec<_> =
        block_on(async { [authority.make("orders").await.id, authority.make("orders").await.id].into() });
    let says = ["PKI pki/orders", "chain and revocations of pki", "delete it, which cannot be undone"];
    case.expect(&["run", NAME, "--dry-run"], 0, &says);
    assert_eq!(case.signed(), 0, "nothing is made by looking");
    assert!(case.judge(&others).1);
    // As OpenSSL sees it.
    let new = block_on(authority.current("orders"));
    let text = authority.openssl(&new);
    for words in ["orders.example.test", "DNS:localhost", "IP Address:127.0.0.1", "is OK"] {
        assert!(text.contains(words), "`{words}` is missing in\n{text}");
    }
    assert!(authority.openssl(&case.first).contains("certificate revoked"));
    // Private keys that are made here do not go to who signs for them.
    let signed = case.proxy.seen().into_iter().filter(|seen| seen.head.contains("/pki/"));
    assert!(signed.into_iter().all(|seen| !seen.body.contains("PRIVATE KEY")));
    assert!(case.judge(&others).1);
    assert_eq!(case.signed(), 2);
    let left = block_on(authority.valid("orders"));
    assert!(others.iter().all(|other| left.contains(other)), "those of others are none of ours");
}

/// Nobody sees who shows a certificate to whom, and there is no way back from revoking it.
#[test]
fn what_cannot_be_made_as_it_is_asked_for_is_refused_with_the_reason() {
    if servers::is_off() {
        return;
    }
    let authority = Authority::new();
    let refused = |role: &str, settings: Value, from: &str, to: &str, says: &str| {
        let case = Case::new(&authority, role, Vec::new());
        block_on(authority.patch_role(role, settings));
        case.change(from, to);
        let text = case.expect(&["run", NAME, "--verbose"], 1, &["went back: ", says]);
        assert_eq!(block_on(authority.current(role)).id, case.first.id, "{text}");
        assert_eq!(block_on(authority.valid(role)), std::slice::from_ref(&case.first.id), "{text}");
        (case, says.to_owned())
    };
    let none = || json!({});
    refused("unseen", none(), "accept-unseen = true\n", "", "`accept-unseen = true`");
    let (case, says) = refused(
        "rsa",
        json!({"key_type": "rsa", "key_bits": 2048}),
        "4h",
        "3h",
        "rsa wants keys of type rsa of 2048 bits",
    );
    case.expect(&["run", NAME, "--dry-run"], 1, &[&says]);
    assert_eq!(case.signed(), 0);
    refused("kept", json!({"no_store": true}), "4h", "3h", "kept does not store certificates");
    refused("short", json!({"max_ttl": "2h"}), "4h", "3h", "short allows 2 hours, and 3 hours are asked for");
    let narrow = json!({"allow_any_name": false, "allowed_domains": ["narrow.example.test"], "allow_bare_domains": true});
    refused("narrow", narrow, "\"localhost\"", "\"other.test\"", "narrow signs no such certificate: ");
    // This shows only afterwards: the mount caps it. It is revoked at once.
    let (case, _) = refused("capped", none(), "4h", "900h", "lasts 30 days, and 37 days");
    assert_eq!(case.signed(), 1);
}

/// It has served for a moment, and no consumer is left with it.
#[test]
fn what_fails_after_the_switch_goes_back_and_the_new_one_is_revoked() {
    if servers::is_off() {
        return;
    }
    let authority = Authority::new();
    let case = Case::new(&authority, "back", Vec::new());
    set(case.dir.path(), "patience", "1s");
    let path = case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    std::fs::write(&path, text + "\n[[rotation.target.probe]]\ncommand = [\"false\"]\n").expect("writable");
    let text = case.expect(&["run", NAME, "--wait", "forever"], 1, &["went back: "]);
    assert_eq!(case.signed(), 1, "{text}");
    assert_eq!(block_on(authority.current("back")).id, case.first.id);
    assert_eq!(block_on(authority.valid("back")), std::slice::from_ref(&case.first.id));
    assert_eq!(block_on(authority.connect("back", &case.first)), Ok(()));
}

/// Certificates end by themselves, so that their age is counted from there.
/// A server that goes on with what it loaded once is noticed before the old one is revoked.
#[test]
fn a_server_has_to_show_the_new_one() {
    if servers::is_off() {
        return;
    }
    let authority = Authority::new();
    let case = Case::new(&authority, "shown", Vec::new());
    set(case.dir.path(), "patience", "2s");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let path = case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    let probe = format!("\n[[rotation.target.probe]]\ntls = \"127.0.0.1:{port}\"\n");
    std::fs::write(&path, text + &probe).expect("writable");
    let (over, told) = (AtomicBool::new(false), case.dir.path().join("told"));
    std::thread::scope(|scope| {
        scope.spawn(|| authority.listen("shown", &listener, &told, &over));
        let old = &case.first.id.0;
        case.expect(&["run", NAME, "--wait", "forever"], 1, &["went back: ", "it still shows ", "and not "]);
        assert_eq!(block_on(authority.valid("shown")), std::slice::from_ref(&case.first.id));
        let text = std::fs::read_to_string(&path).expect("there");
        let reload = "\n[[rotation.target.reload]]\ncommand = [\"touch\", \"told\"]\n";
        std::fs::write(&path, text + reload).expect("writable");
        let text = case.expect(&["run", NAME, "--wait", "forever"], 0, &[": rotated, "]);
        assert!(!text.contains(&format!("{old} is in use")), "{text}");
        over.store(true, Ordering::SeqCst);
    });
}

#[test]
fn it_is_due_when_little_of_its_life_is_left() {
    if servers::is_off() {
        return;
    }
    let authority = Authority::new();
    let case = Case::new(&authority, "due", Vec::new());
    // Such a role takes the names from beside the request.
    let beside = json!({ "use_csr_sans": false, "use_csr_common_name": false });
    block_on(authority.patch_role("due", beside));
    case.expect(&["run", NAME, "--alert-only"], 0, &[]);
    case.expect(&["run", NAME, "--if-due"], 0, &["not due"]);
    // The first one lasts six hours.
    case.change("ttl = \"4h\"", "ttl = \"8h\"\nrenew-before = \"7h\"");
    case.expect(&["run", NAME, "--alert-only"], 1, &["and is renewed 7 hours before its end"]);
    case.expect(&["run", NAME, "--if-due", "--wait", "forever"], 0, &["rotated, "]);
    case.expect(&["run", NAME, "--if-due"], 0, &["not due"]);
}

/// Such as something that was put there by hand: it is not taken for proven.
#[test]
fn a_certificate_without_its_key_is_not_accepted() {
    if servers::is_off() {
        return;
    }
    let authority = Authority::new();
    let case = Case::new(&authority, "torn", Vec::new());
    let other = block_on(authority.make("torn"));
    let key = |key: &Key| authority::blocks(key.secret.expose_secret())[0].clone();
    block_on(authority.write("torn", json!({ "key": key(&other) })));
    case.expect(&["run", NAME, "--dry-run"], 2, &["the private key does not fit"]);
    block_on(authority.write("torn", json!({ "key": key(&case.first), "serial": other.id.0 })));
    case.expect(&["run", NAME, "--dry-run"], 2, &["has the number "]);
    block_on(authority.write("torn", json!({ "serial": case.first.id.0, "chain": "" })));
    case.expect(&["run", NAME, "--dry-run"], 2, &["its chain does not lead to the authority"]);
    // What is put in its place is whole, and what it was can still be seen to be refused.
    assert!(case.to_the_end().contains("rotated, "));
    let new = block_on(authority.current("torn"));
    assert_eq!(block_on(authority.connect("torn", &new)), Ok(()));
    assert_eq!(block_on(authority.valid("torn")).len(), 2, "the new one and that of somebody else");
}

/// Killed before and after every request. All of them take minutes (`KEYWARD_TEST_SWEEP=1`).
#[test]
fn killed_at_any_moment_it_goes_on_to_a_safe_end() {
    if servers::is_off() {
        return;
    }
    let authority = Authority::new();
    let usual = Case::new(&authority, "usual", Vec::new());
    usual.judge(&[]);
    let seen = usual.proxy.seen();
    let of = |part: &str| seen.iter().position(|seen| seen.head.contains(part)).expect("there");
    let (made, ended) = (of("/pki/sign/"), of("/pki/revoke"));
    let wide = std::env::var_os("KEYWARD_TEST_SWEEP").is_some();
    let faults = [Fault::KillBefore, Fault::KillAfter, Fault::LostAnswer, Fault::Unreached, Fault::Twice];
    let mut plans: Vec<(usize, Fault)> = (0..seen.len())
        .flat_map(|at| faults.iter().enumerate().map(move |(kind, fault)| (at, kind, *fault)))
        .filter(|(at, kind, _)| wide || (at + kind * 3) % 19 == 0)
        .map(|(at, _, fault)| (at, fault))
        .collect();
    if !wide {
        let worst = [Fault::KillAfter, Fault::LostAnswer, Fault::Twice];
        plans.extend(worst.iter().flat_map(|fault| [(made, *fault), (ended, *fault)]));
    }
    let plans = proxy::each_once(plans);
    let counts = [const { AtomicUsize::new(0) }; 4];
    let [next, kills, served, rotated] = &counts;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((at, fault)) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let role = format!("r{at}{fault:?}").to_lowercase();
                    let case = Case::new(&authority, &role, vec![(*at, *fault)]);
                    // Of somebody else, for the same names.
                    let other = block_on(authority.make(&role)).id;
                    let (done, whole) = case.judge(std::slice::from_ref(&other));
                    assert!(block_on(authority.valid(&role)).contains(&other), "{at} {fault:?}");
                    kills.fetch_add(case.kills.load(Ordering::SeqCst), Ordering::SeqCst);
                    served.fetch_add(done, Ordering::SeqCst);
                    rotated.fetch_add(whole.into(), Ordering::SeqCst);
                }
            });
        }
    });
    println!(
        "{} cases, {kills:?} kills, {rotated:?} exchanged, {served:?} connections, none refused",
        plans.len()
    );
    assert!(kills.load(Ordering::SeqCst) >= plans.len() / 4);
}
