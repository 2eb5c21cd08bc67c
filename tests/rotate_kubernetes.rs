//! A Secret of Kubernetes as the only place that has the credential, and a workload that is restarted for it. The
//! emulator keeps objects and runs nothing, so that nobody here has seen pods being replaced.

#[path = "rotation/case.rs"]
mod case;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use case::{CREDENTIAL, Case, Estate, block_on};
use keyward::rotation::kubernetes::{Cluster, ClusterSecret};
use keyward::rotation::{Check, Fields, Http, Key, KeyId, Sink};
use proxy::{Fault, Plan, Proxy, Seen};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use servers::{CLUSTER_TOKEN, Server};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

fn http() -> Http {
    Http::new(Duration::from_secs(20)).expect("certificates")
}

fn key(id: &str) -> Key {
    Key { id: KeyId(id.to_owned()), secret: SecretString::from(format!("value of {id}")) }
}

async fn ask(address: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{address}{path}"))
        .header("authorization", format!("Bearer {CLUSTER_TOKEN}"))
        .header("content-type", "application/merge-patch+json")
        .body(body.to_string())
        .expect("a request");
    let answer = http().send(request).await.expect("the server answers");
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

const SECRETS: &str = "/api/v1/namespaces/apps/secrets";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/apps/deployments";

/// A Secret with more than the credential in it, and what takes it.
async fn set_up(address: &str, name: &str, key: &Key) {
    let data = json!({
        "access_key_id": STANDARD.encode(&key.id.0),
        "secret_access_key": STANDARD.encode(key.secret.expose_secret()),
        "other": STANDARD.encode("kept"),
    });
    let metadata = json!({ "name": name, "namespace": "apps" });
    let secret = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data });
    assert_eq!(ask(address, "POST", SECRETS, &secret).await.0, 200);
    let template = json!({ "metadata": { "annotations": { "other": "kept" } } });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": { "template": template },
    });
    assert_eq!(ask(address, "POST", DEPLOYMENTS, &deployment).await.0, 200);
}

fn secret(address: &str, name: &str, token: &str) -> ClusterSecret {
    let fields = Fields::new("access_key_id", "secret_access_key");
    let cluster = Cluster::new(http(), address, SecretString::from(token)).expect("an address");
    ClusterSecret::new(cluster, "apps", name, fields)
}

async fn held(sink: &ClusterSecret) -> String {
    sink.look().await.expect("readable").current.map(|id| id.0).unwrap_or_default()
}

async fn value(sink: &ClusterSecret, id: &str) -> Option<String> {
    let key = sink.read(&KeyId(id.to_owned())).await.expect("readable");
    key.map(|key| key.secret.expose_secret().to_owned())
}

#[test]
fn a_secret_keeps_the_one_before_and_everything_else() {
    if servers::is_off() {
        return;
    }
    let server = servers::kubernetes();
    block_on(async {
        let (old, new) = (key("old"), key("new"));
        set_up(&server.address, "exporter", &old).await;
        let sink = secret(&server.address, "exporter", CLUSTER_TOKEN);
        for _ in 0..2 {
            sink.promote("", &new.id, Some(&new)).await.expect("switched");
            assert_eq!(held(&sink).await, "new");
        }
        assert_eq!(value(&sink, "new").await.as_deref(), Some("value of new"));
        assert_eq!(value(&sink, "old").await.as_deref(), Some("value of old"));
        for _ in 0..2 {
            sink.revert("", &old.id).await.expect("sent back");
            assert_eq!(held(&sink).await, "old");
        }
        assert_eq!(value(&sink, "old").await.as_deref(), Some("value of old"));
        assert_eq!(value(&sink, "never").await, None);
        assert!(sink.revert("", &KeyId("never".to_owned())).await.is_err());
        let (_, body) = ask(&server.address, "GET", &format!("{SECRETS}/exporter"), &Value::Null).await;
        assert_eq!(body["data"]["other"], STANDARD.encode("kept"));
    });
}

#[test]
fn what_cannot_be_read_or_written_is_told() {
    if servers::is_off() {
        return;
    }
    let server = servers::kubernetes();
    block_on(async {
        set_up(&server.address, "exporter", &key("old")).await;
        let says = async |name: &str, token: &str| {
            secret(&server.address, name, token).look().await.expect_err("refused").message
        };
        assert_eq!(says("none", CLUSTER_TOKEN).await, "cannot read Secret apps/none: it is not there");
        let refused = "cannot read Secret apps/exporter: the token is not accepted";
        assert_eq!(says("exporter", "another").await, refused);
        let path = format!("{SECRETS}/exporter");
        assert_eq!(ask(&server.address, "PATCH", &path, &json!({ "immutable": true })).await.0, 200);
        assert_eq!(says("exporter", CLUSTER_TOKEN).await, "Secret apps/exporter is immutable");
    });
    let http = Http::trusting(b"no certificate", Duration::from_secs(1));
    assert!(http.is_err(), "nobody would be trusted");
}

/// Somebody else writes between a look and the write that follows it: the write is refused, and made anew after
/// another look.
#[test]
fn a_write_in_between_is_noticed() {
    if servers::is_off() {
        return;
    }
    let server = servers::kubernetes();
    let proxy = Proxy::new(vec![(1, Fault::Twice)], Duration::ZERO);
    let address = proxy.to(&server.address);
    block_on(async {
        set_up(&server.address, "exporter", &key("old")).await;
        let new = key("new");
        let sink = secret(&address, "exporter", CLUSTER_TOKEN);
        sink.promote("", &new.id, Some(&new)).await.expect("switched");
        let statuses: Vec<_> = proxy.seen().iter().map(|seen| seen.status).collect();
        assert_eq!(statuses, [200, 200, 409], "the second arrival does nothing");
        assert_eq!(value(&sink, "old").await.as_deref(), Some("value of old"));
    });
}

struct Clusters {
    estate: Estate,
    server: Server,
}

/// The Secret instead of the entry of a store, and what has to be restarted for it.
const PLACES: &str = r#"
[[rotation.target.sink]]
kind = "kubernetes-secret"
address = "CLUSTER"
token-file = "token"
namespace = "apps"
secret = "NAME"
id-field = "access_key_id"
secret-field = "secret_access_key"

[[rotation.target.reload]]
restart = "deployment/NAME"
address = "CLUSTER"
token-env = "CLUSTER_TOKEN"
namespace = "apps"
"#;

impl Clusters {
    fn new() -> Self {
        Clusters { estate: Estate::new(servers::ministack()), server: servers::kubernetes() }
    }

    fn case(&self, user: (String, Key), plan: Plan) -> Case<'_> {
        block_on(set_up(&self.server.address, &user.0, &user.1));
        let case = Case::behind(&self.estate, user, Proxy::at_effects(plan, Duration::ZERO));
        let cluster = case.proxy.to(&self.server.address);
        let places = PLACES.replace("CLUSTER\"", &format!("{cluster}\"")).replace("NAME", &case.user);
        let path = case.dir.path().join("keyward.toml");
        let text = std::fs::read_to_string(&path).expect("there");
        let (target, _) = text.split_once("[[rotation.target.sink]]").expect("a place");
        std::fs::write(&path, format!("{target}{places}")).expect("writable");
        std::fs::write(case.dir.path().join("token"), CLUSTER_TOKEN).expect("writable");
        case
    }

    async fn current(&self, user: &str) -> Key {
        let sink = secret(&self.server.address, user, CLUSTER_TOKEN);
        let held = sink.look().await.expect("readable").current.expect("there is one");
        sink.read(&held).await.expect("readable").expect("with its value")
    }

    /// Logs in with what the Secret has, until it is over.
    fn consume(&self, user: &str, over: &AtomicBool) -> (usize, Vec<String>) {
        block_on(async {
            let check = self.estate.check();
            let (mut logins, mut wrong) = (0, Vec::new());
            while !over.load(Ordering::SeqCst) {
                let key = self.current(user).await;
                match check.accepted(&key).await {
                    Ok(true) => logins += 1,
                    other => wrong.push(format!("{}: {other:?}", key.id.0)),
                }
                tokio::time::sleep(Duration::from_millis(450)).await;
            }
            (logins, wrong)
        })
    }

    /// Runs it to its end, however often it dies on the way, and judges what is left. How often it was killed.
    fn judge(&self, case: &Case<'_>) -> usize {
        let over = AtomicBool::new(false);
        let (text, (logins, wrong)) = std::thread::scope(|scope| {
            let user = case.user.as_str();
            let workload = scope.spawn(|| self.consume(user, &over));
            let text = to_the_end(case);
            over.store(true, Ordering::SeqCst);
            (text, workload.join().expect("the workload ends"))
        });
        assert_eq!(wrong, Vec::<String>::new(), "the workload was refused\n{text}");
        assert!(logins > 0);
        block_on(self.assert_rotated(case, &text));
        let verified = case.run(&["verify"]);
        assert_eq!(verified.code, Some(0), "{}", verified.text);
        case.assert_no_secret(&text);
        case.kills.get()
    }

    async fn assert_rotated(&self, case: &Case<'_>, text: &str) {
        let (current, check) = (self.current(&case.user).await, self.estate.check());
        assert_ne!(current.id, case.old.id, "{text}");
        assert_eq!(check.accepted(&current).await, Ok(true), "{text}");
        let issued = case.proxy.issued();
        let made = issued.into_iter().map(|(id, secret)| Key { id: KeyId(id), secret: secret.into() });
        for key in made.chain([case.old.clone()]).filter(|key| key.id != current.id) {
            assert_eq!(check.accepted(&key).await, Ok(false), "{} is left behind\n{text}", key.id.0);
        }
        let path = format!("{DEPLOYMENTS}/{}", case.user);
        let (_, body) = ask(&self.server.address, "GET", &path, &Value::Null).await;
        let annotations = &body["spec"]["template"]["metadata"]["annotations"];
        assert_eq!(annotations["other"], "kept");
        let at = annotations["kubectl.kubernetes.io/restartedAt"].as_str().expect("it was restarted");
        assert!(at.starts_with("20") && at.ends_with('Z'), "{at}");
    }
}

fn call(case: &Case<'_>, arguments: &[&str]) -> case::Ended {
    const HOW: [&str; 5] = ["--wait", "forever", "--verbose", "--request-timeout", "10s"];
    let mut command = case.command(&[arguments, &HOW].concat());
    command.env("CLUSTER_TOKEN", CLUSTER_TOKEN);
    case.wait(command)
}

fn to_the_end(case: &Case<'_>) -> String {
    let mut text = String::new();
    for _ in 0..6 {
        let begun = text.contains("begun") || case.dir.path().join(".keyward").exists();
        let ended = call(case, if begun { &["resume"] } else { &["run", CREDENTIAL] });
        text.push_str(&ended.text);
        if ended.code == Some(0) && !ended.text.contains("no run is unfinished") {
            return text;
        }
        if ended.text.contains("no run is unfinished") {
            let ended = call(case, &["run", CREDENTIAL]);
            text.push_str(&ended.text);
            if ended.code == Some(0) {
                return text;
            }
        }
    }
    panic!("it does not end: {text}");
}

/// A consumer that is not well with the new one gets the old one back, from the Secret itself, and is restarted again.
#[test]
fn on_the_way_back_the_secret_has_the_old_one_and_consumers_load_it() {
    if servers::is_off() {
        return;
    }
    let clusters = Clusters::new();
    let case = clusters.case(clusters.estate.users("back", 1).remove(0), Vec::new());
    let path = case.dir.path().join("keyward.toml");
    let text =
        std::fs::read_to_string(&path).expect("there").replace("patience = \"20s\"", "patience = \"2s\"");
    let probe = "\n[[rotation.target.probe]]\ncommand = [\"false\"]\n";
    std::fs::write(&path, format!("{text}{probe}")).expect("writable");
    let told = call(&case, &["run", CREDENTIAL, "--dry-run"]).text;
    for says in ["switch Secret apps/back0 to it", "load it: restart of deployment apps/back0"] {
        assert!(told.contains(says), "{told}");
    }
    let ended = call(&case, &["run", CREDENTIAL]);
    assert!(ended.text.contains("went back"), "{}", ended.text);
    let current = block_on(clusters.current(&case.user));
    assert_eq!(
        (&current.id, current.secret.expose_secret()),
        (&case.old.id, case.old.secret.expose_secret())
    );
    let check = clusters.estate.check();
    assert_eq!(block_on(check.accepted(&current)), Ok(true));
    for (id, secret) in case.proxy.issued() {
        let made = Key { id: KeyId(id), secret: secret.into() };
        assert_eq!(block_on(check.accepted(&made)), Ok(false), "{} is left behind", made.id.0);
    }
    let seen = case.proxy.seen();
    let order = seen.iter().filter(|seen| is_patch(seen)).map(|seen| seen.head.contains("/deployments/"));
    assert_eq!(order.collect::<Vec<_>>(), [false, true, false, true], "{}", ended.text);
    case.assert_no_secret(&ended.text);
}

/// Dead before and after everything that changes or proves something, and each fault at what is new here.
#[test]
fn killed_at_every_effect_it_goes_on_to_a_safe_end() {
    if servers::is_off() {
        return;
    }
    let clusters = Clusters::new();
    let usual = clusters.case(clusters.estate.users("usual", 1).remove(0), Vec::new());
    assert_eq!(clusters.judge(&usual), 0);
    let seen = usual.proxy.seen();
    let effects: Vec<_> = seen.iter().filter(|seen| seen.matters()).collect();
    let patches: Vec<_> = (0..effects.len()).filter(|at| is_patch(effects[*at])).collect();
    assert_eq!(patches.len(), 2, "{seen:#?}");
    assert!(effects[patches[0]].body.contains("resourceVersion"), "a write in between has to be noticed");
    let mut plans: Vec<Plan> = Vec::new();
    for at in 0..effects.len() {
        plans.extend([vec![(at, Fault::KillBefore)], vec![(at, Fault::KillAfter)]]);
    }
    let faults = [Fault::LostAnswer, Fault::Unreached, Fault::Broken, Fault::Throttled, Fault::Twice];
    for at in patches {
        plans.extend(faults.map(|fault| vec![(at, fault)]));
    }
    let users = clusters.estate.users("short", plans.len());
    let cases: Vec<_> = users.into_iter().zip(plans).collect();
    let (next, kills) = (AtomicUsize::new(0), Mutex::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((user, plan)) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let case = clusters.case(user.clone(), plan.clone());
                    let judge = || clusters.judge(&case);
                    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(judge));
                    *kills.lock().expect("whole") += done.unwrap_or_else(|_| panic!("{plan:?}"));
                }
            });
        }
    });
    assert_eq!(kills.into_inner().expect("whole"), 2 * effects.len());
}

fn is_patch(seen: &Seen) -> bool {
    seen.head.starts_with("PATCH ")
}
