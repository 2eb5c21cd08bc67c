//! Places that consumers take a credential from, beside those that the other tests use all the while.

#[path = "rotation/case.rs"]
mod case;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/wire.rs"]
mod wire;

use case::{CREDENTIAL, Case, Estate, block_on};
use keyward::rotation::aws::{AwsCredentials, Endpoint, Parameter};
use keyward::rotation::{Check, Clock, CommandSink, Fields, Http, Key, KeyId, Moment, Sink};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use servers::{ROOT_ID, ROOT_SECRET, Server};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Moment {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64
    }

    fn sleep(&self, _: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }
}

fn key(id: &str) -> Key {
    Key { id: KeyId(id.to_owned()), secret: SecretString::from(format!("value of {id}")) }
}

async fn held(sink: &dyn Sink) -> String {
    sink.look().await.expect("readable").current.map(|id| id.0).unwrap_or_default()
}

/// Switched and sent back, twice each.
async fn switch_and_back(sink: &dyn Sink) {
    let (old, new) = (key("old"), key("new"));
    assert_eq!(held(sink).await, "old");
    for _ in 0..2 {
        sink.promote("", &new.id, Some(&new)).await.expect("switched");
        assert_eq!(held(sink).await, "new");
    }
    let read = sink.read(&new.id).await.expect("readable").expect("it is there");
    assert_eq!(read.secret.expose_secret(), "value of new");
    let before = sink.read(&old.id).await.expect("readable").expect("the one before can be proven dead");
    assert_eq!(before.secret.expose_secret(), "value of old");
    for _ in 0..2 {
        sink.revert("", &old.id).await.expect("sent back");
        assert_eq!(held(sink).await, "old");
    }
    assert!(sink.revert("", &KeyId("never".to_owned())).await.is_err());
    assert!(sink.read(&KeyId("never".to_owned())).await.expect("readable").is_none());
}

const PARAMETERS: &str = r#"
import boto3, os
endpoint = os.environ["ENDPOINT"]
key = boto3.client("kms", endpoint_url=endpoint).create_key()["KeyMetadata"]["KeyId"]
ssm = boto3.client("ssm", endpoint_url=endpoint)
value = '{"id": "old", "secret": "value of old", "other": "kept"}'
ssm.put_parameter(Name="/apps/exporter", Value=value, Type="SecureString", KeyId=key, Tier="Advanced")
ssm.put_parameter(Name="/apps/plain", Value=value, Type="String")
print(key)
"#;

const LOOK: &str = r#"
import boto3, json, os
ssm = boto3.client("ssm", endpoint_url=os.environ["ENDPOINT"])
found = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["/apps/exporter"]}])["Parameters"][0]
value = ssm.get_parameter(Name="/apps/exporter", WithDecryption=True)["Parameter"]["Value"]
print(found["KeyId"], found["Tier"], found["Type"], json.loads(value)["other"])
"#;

#[test]
fn a_parameter_is_written_with_the_key_and_the_tier_that_it_had() {
    if servers::is_off() {
        return;
    }
    let aws: Server = servers::moto();
    let encrypted_with = servers::python(&aws, PARAMETERS);
    block_on(async {
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let root = AwsCredentials {
            id: ROOT_ID.to_owned(),
            secret: SecretString::from(ROOT_SECRET.to_owned()),
            session: None,
        };
        let sink = |name: &str| {
            let endpoint = Endpoint::systems_manager(Some(&aws.address), "us-east-1").expect("an address");
            let fields = Fields::new("id", "secret");
            Parameter::new(http.clone(), endpoint, Arc::new(Wall), root.clone(), name, fields)
        };
        switch_and_back(&sink("/apps/exporter")).await;
        let plain = sink("/apps/plain").look().await.expect_err("a secret has to be encrypted");
        assert!(plain.message.contains("is no SecureString"), "{plain}");
        let new = key("new");
        let missing =
            sink("/apps/none").promote("", &new.id, Some(&new)).await.expect_err("nobody reads that");
        assert!(missing.message.contains("is not there"), "{missing}");
    });
    assert_eq!(servers::python(&aws, LOOK), format!("{encrypted_with} Advanced SecureString kept"));
}

/// A service may answer a question for one parameter with pages that have none.
/// Source: AWS Systems Manager API Reference, `DescribeParameters`, `NextToken`.
#[test]
fn the_key_and_the_tier_are_looked_for_on_every_page() {
    let put: Arc<Mutex<Vec<Value>>> = Arc::default();
    let seen = put.clone();
    let address = wire::serve(move |request| {
        let asked = request.json();
        let said = match request.header("x-amz-target") {
            "AmazonSSM.GetParameter" => {
                let value = r#"{"id": "old", "secret": "value of old"}"#;
                json!({ "Parameter": { "Type": "SecureString", "Value": value, "Version": 1 } })
            }
            "AmazonSSM.DescribeParameters" => match asked["NextToken"].as_str() {
                None => json!({ "Parameters": [], "NextToken": "more" }),
                Some("more") => {
                    json!({ "Parameters": [{ "Name": "/apps/exporter", "KeyId": "alias/ours" }] })
                }
                Some(_) => json!({ "Parameters": [] }),
            },
            _ => {
                seen.lock().expect("whole").push(asked);
                json!({ "Version": 2 })
            }
        };
        (200, said)
    });
    let sink = |name: &str| {
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let endpoint = Endpoint::systems_manager(Some(&address), "us-east-1").expect("an address");
        let (id, secret) = (ROOT_ID.to_owned(), SecretString::from(ROOT_SECRET.to_owned()));
        let root = AwsCredentials { id, secret, session: None };
        Parameter::new(http, endpoint, Arc::new(Wall), root, name, Fields::new("id", "secret"))
    };
    let new = key("new");
    let write = |name: &str| block_on(sink(name).promote("", &new.id, Some(&new)));
    write("/apps/exporter").expect("written");
    write("arn:aws:ssm:us-east-1:123456789012:parameter/apps/exporter").expect("written");
    // Whose key is not known is not written with the usual one.
    let failure = write("/apps/other").expect_err("its key is not known");
    assert!(failure.message.contains("its key and its tier are not told"), "{failure}");
    let put = put.lock().expect("whole");
    assert!(put.len() == 2 && put.iter().all(|put| put["KeyId"] == "alias/ours"), "{put:?}");
}

/// A store in a file, as somebody might write it for a place that nobody else knows.
const STORE: &str = r#"
import json, os, sys, time
place = os.path.join(os.environ["STORE"], "keys")
what, asked = sys.argv[1], json.load(sys.stdin)
with open(os.path.join(os.environ["STORE"], "seen"), "a") as seen:
    seen.write(repr(sys.argv) + repr(dict(os.environ)) + "\n")
held = json.load(open(place))
if what == "look":
    print(json.dumps({"id": held[-1]["id"]}))
elif what == "read":
    print(json.dumps(next((key for key in reversed(held) if key["id"] == asked["id"]), {})))
elif what == "put":
    time.sleep(float(os.environ.get("SLOW", "0")))
    with open(place + ".new", "w") as out:
        json.dump(held + [asked], out)
    os.replace(place + ".new", place)
else:
    sys.exit(2)
"#;

fn store(dir: &Path, first: &Key) {
    let held = json!([{ "id": first.id.0, "secret": first.secret.expose_secret() }]);
    std::fs::write(dir.join("keys"), held.to_string()).expect("writable");
    std::fs::write(dir.join("store.py"), STORE).expect("writable");
}

#[test]
fn a_program_of_the_user_keeps_it_where_nobody_else_can() {
    let dir = tempfile::tempdir().expect("a directory");
    store(dir.path(), &key("old"));
    let script = format!(
        "STORE={} exec python3 {} \"$1\"",
        dir.path().display(),
        dir.path().join("store.py").display()
    );
    let words = ["sh".to_owned(), "-c".to_owned(), script, "sh".to_owned()].to_vec();
    let sink = CommandSink::new("files", words, Vec::new(), Duration::from_secs(20));
    block_on(switch_and_back(&sink));
    for (script, says) in [("exit 3", "exit status: 3"), ("echo no", "is not JSON")] {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        let sink = CommandSink::new("broken", words, Vec::new(), Duration::from_secs(2));
        let failure = block_on(sink.look()).expect_err("it does not work");
        assert!(failure.message.contains(says) && failure.message.starts_with("broken: "), "{failure}");
    }
}

/// Adds the program to the places of a case.
fn add(case: &Case<'_>, dir: &Path) {
    let path = case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there").replace("settle = \"1s\"", "settle = \"6s\"");
    let sink = format!(
        "\n[[rotation.target.sink]]\nkind = \"command\"\nname = \"files\"\ncommand = [\"python3\", \"{}\"]\nenv = [\"STORE\", \"SLOW\"]\n",
        dir.join("store.py").display()
    );
    std::fs::write(&path, format!("{text}{sink}")).expect("writable");
}

fn assert_both_hold(case: &Case<'_>, dir: &Path) -> KeyId {
    let current = block_on(case.estate.current(&case.user));
    let held: Value = serde_json::from_slice(&std::fs::read(dir.join("keys")).expect("there")).expect("JSON");
    let last = held.as_array().expect("a list").last().expect("one");
    assert_eq!(last["id"], current.id.0.as_str());
    assert_eq!(last["secret"], current.secret.expose_secret());
    assert_eq!(block_on(case.estate.check().accepted(&current)), Ok(true));
    current.id
}

/// The run is killed while the program is at it, and the program goes on: its key is not deleted meanwhile.
#[test]
fn a_program_that_outlives_the_run_finds_its_key_alive() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new(servers::ministack());
    let case = Case::new(&estate, estate.users("orphan", 1).remove(0), Vec::new(), Duration::ZERO);
    let dir = tempfile::tempdir().expect("a directory");
    store(dir.path(), &case.old);
    add(&case, dir.path());
    // The program comes first, so that nobody else has the key when it is called.
    let path = case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    let parts: Vec<_> = text.split("[[rotation.target.sink]]").collect();
    let [head, store, program] = &parts[..] else { panic!("{text}") };
    let mark = "[[rotation.target.sink]]";
    std::fs::write(&path, format!("{head}{mark}{program}\n{mark}{store}")).expect("writable");
    let mut command = case.command(&["run", CREDENTIAL, "--wait", "forever"]);
    let mut child = command.env("STORE", dir.path()).env("SLOW", "3").spawn().expect("the program starts");
    let seen = || std::fs::read_to_string(dir.path().join("seen")).unwrap_or_default();
    while !seen().contains("'put'") {
        assert_eq!(child.try_wait().expect("it is ours"), None);
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("it can be killed");
    child.wait().expect("it is ours");
    let mut command = case.command(&["resume", "--wait", "forever", "--verbose"]);
    command.env("STORE", dir.path());
    let ended = case.wait(command);
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(ended.text.contains("may still be on the way"), "{}", ended.text);
    let current = assert_both_hold(&case, dir.path());
    assert_eq!(
        case.proxy.issued().iter().map(|(id, _)| id).collect::<Vec<_>>(),
        [&current.0],
        "no second one"
    );
    case.assert_no_secret(&format!("{}{}", ended.text, seen()));
}

/// One that a store and a program hold: both are switched, and what the program sees of itself holds no secret.
#[test]
fn a_program_is_one_place_of_several() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new(servers::ministack());
    let case = Case::new(&estate, estate.users("program", 1).remove(0), Vec::new(), Duration::ZERO);
    let dir = tempfile::tempdir().expect("a directory");
    store(dir.path(), &case.old);
    add(&case, dir.path());
    let mut command = case.command(&["run", CREDENTIAL, "--wait", "forever", "--verbose"]);
    command.env("STORE", dir.path());
    let ended = case.wait(command);
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(ended.text.contains("done: switch command files to AKIA"), "{}", ended.text);
    assert_both_hold(&case, dir.path());
    let seen = std::fs::read_to_string(dir.path().join("seen")).expect("it was called");
    assert!(seen.contains("'put'") && !seen.contains("VAULT_TOKEN"), "{seen}");
    case.assert_no_secret(&format!("{}{seen}", ended.text));
}
