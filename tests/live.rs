//! `keyward inventory --live` and `keyward rotate plan --live` against an account that nobody here wrote.

#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;

use proxy::{Fault, Proxy};
use serde_json::Value;
use servers::{ROOT_ID, ROOT_SECRET, Server};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// The account that the server is.
const ACCOUNT: &str = "123456789012";
/// What is made today is old by then.
const LATER: &str = "2036-01-01";

const CODE: &str = r#"
provider "aws" {
  allowed_account_ids = ["123456789012"]
}

resource "aws_iam_user" "exporter" {
  name = "exporter"
  tags = { owner = "platform" }
}

resource "aws_iam_access_key" "exporter" {
  user = aws_iam_user.exporter.name
}

resource "aws_iam_user" "two" {
  name = "two"
}

resource "aws_iam_access_key" "two" {
  user = aws_iam_user.two.name
}

resource "aws_iam_user" "bare" {
  name = "bare"
}

resource "aws_iam_user" "keyless" {
  name = "keyless"
}

resource "aws_iam_access_key" "keyless" {
  user = aws_iam_user.keyless.name
}

resource "aws_iam_user" "gone" {
  name = "gone"
}

variable "team" {}

resource "aws_iam_user" "vague" {
  name = "team-${var.team}"
}

resource "aws_iam_access_key" "named" {
  user = "ghost"
}

resource "aws_iam_user" "many" {
  count = 60
  name  = "svc-${count.index}"
}

resource "aws_iam_role" "many" {
  count              = 130
  name               = "role-${count.index}"
  assume_role_policy = "{}"
}

resource "aws_iam_role" "prefixed" {
  name_prefix        = "pre-"
  assume_role_policy = "{}"
}
"#;

const ROSTER: &str = "name,email,end\nJane Doe,jane.doe@acme.example,2026-01-31\n";

const SET_UP: &str = r#"
import boto3, os
iam = boto3.client("iam", endpoint_url=os.environ["ENDPOINT"])
def user(name, keys=0, **more):
    iam.create_user(UserName=name, **more)
    return [iam.create_access_key(UserName=name)["AccessKey"] for _ in range(keys)]
used = user("exporter", 1)[0]
user("two", 2)
user("bare", 1)
user("keyless")
user("team-red")
lost = user("ghost", 1, Tags=[{"Key": "owner", "Value": "jane.doe@acme.example"}])[0]
iam.update_access_key(UserName="ghost", AccessKeyId=lost["AccessKeyId"], Status="Inactive")
user("stray", 1)
user("person")
iam.create_login_profile(UserName="person", Password="a-Password-of-seconds-1")
for at in range(60): user(f"svc-{at}")
policy = '{"Version":"2012-10-17","Statement":[]}'
for at in range(130): iam.create_role(RoleName=f"role-{at}", AssumeRolePolicyDocument=policy)
iam.create_role(RoleName="pre-20260101000000000000000001", AssumeRolePolicyDocument=policy)
iam.create_role(RoleName="manual", AssumeRolePolicyDocument=policy)
iam.create_service_linked_role(AWSServiceName="elasticbeanstalk.amazonaws.com")
auditor = user("auditor", 1)[0]
iam.put_user_policy(UserName="auditor", PolicyName="look", PolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:List*","iam:Get*"],"Resource":"*"},{"Effect":"Deny","Action":["iam:GetRole","iam:GetCredentialReport","iam:GetLoginProfile"],"Resource":"*"}]}')
boto3.client("s3", endpoint_url=os.environ["ENDPOINT"], aws_access_key_id=used["AccessKeyId"], aws_secret_access_key=used["SecretAccessKey"], region_name="eu-central-1").list_buckets()
print(used["AccessKeyId"], auditor["AccessKeyId"], auditor["SecretAccessKey"])
"#;

/// An account, and a directory with its code.
struct Stage {
    aws: Server,
    dir: tempfile::TempDir,
    /// The id of the key that was used.
    used: String,
    auditor: (String, String),
}

impl Stage {
    fn new() -> Self {
        let aws = servers::moto();
        let made = servers::python(&aws, SET_UP);
        let words: Vec<_> = made.split(' ').map(str::to_owned).collect();
        let [used, id, secret] = words.try_into().expect("three words");
        let dir = tempfile::tempdir().expect("a directory");
        let stage = Stage { aws, dir, used, auditor: (id, secret) };
        stage.write("main.tf", CODE);
        stage.write("people.csv", ROSTER);
        stage.configure(&stage.aws.address, "");
        stage
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).expect("writable");
    }

    fn configure(&self, address: &str, more: &str) {
        let text = format!(
            "[owners]\nroster = \"people.csv\"\n[live]\n[[live.aws]]\nendpoint = \"{address}\"\n{more}\n"
        );
        self.write("keyward.toml", &text);
    }

    fn run_as(&self, (id, secret): (&str, &str), args: &[&str]) -> Output {
        run(self.dir.path(), args, id, secret)
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.run_as((ROOT_ID, ROOT_SECRET), args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn items(&self) -> Vec<Value> {
        items(&self.run(&["inventory", "--live", "--format", "json", "--today", LATER]))
    }
}

fn run(dir: &Path, args: &[&str], id: &str, secret: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
    command.args(args).current_dir(dir).env("NO_COLOR", "1");
    command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret).env_remove("AWS_SESSION_TOKEN");
    command.output().expect("the program starts")
}

fn items(text: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(document["schema"], "urn:keyward:live-inventory-v1");
    assert_eq!(document["accounts"][0]["id"], ACCOUNT);
    document["items"].as_array().expect("a list").clone()
}

fn called<'a>(items: &'a [Value], what: &str, name: &str) -> &'a Value {
    let is = |item: &&Value| item["what"] == what && item["name"] == name;
    items.iter().find(is).unwrap_or_else(|| panic!("there is no {what} {name}"))
}

fn keys_of<'a>(items: &'a [Value], user: &str) -> Vec<&'a Value> {
    items.iter().filter(|item| item["what"] == "access-key" && item["of"] == user).collect()
}

fn remarks(item: &Value) -> Vec<&str> {
    let all = item["remarks"].as_array().expect("a list");
    all.iter().map(|remark| remark["kind"].as_str().expect("a word")).collect()
}

#[test]
fn an_account_is_held_against_its_code() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new();
    let items = stage.items();

    let exporter = called(&items, "user", "exporter");
    assert_eq!((&exporter["in_code"], &exporter["owner"]), (&"yes".into(), &"platform".into()));
    assert_eq!(exporter["code"][0]["address"], "aws_iam_user.exporter");
    let [key] = keys_of(&items, "exporter")[..] else { panic!("one key") };
    assert_eq!((&key["id"], &key["in_code"]), (&stage.used.as_str().into(), &"yes".into()));
    assert_eq!(key["code"][0]["address"], "aws_iam_access_key.exporter");
    assert!(key["used_for"].as_str().is_some_and(|text| text.contains("s3")), "{key:#}");
    assert_eq!(remarks(key), ["older-than-policy", "unused"]);

    let two = keys_of(&items, "two");
    assert_eq!(two.len(), 2);
    assert!(two.iter().all(|key| key["in_code"] == "unknown" && remarks(key).contains(&"more-than-code")));
    assert_eq!(remarks(keys_of(&items, "bare")[0]), ["not-in-code", "older-than-policy", "never-used"]);
    let [missing] = keys_of(&items, "keyless")[..] else { panic!("one key") };
    assert_eq!((&missing["in_cloud"], remarks(missing)), (&"no".into(), vec!["not-in-cloud"]));
    let gone = called(&items, "user", "gone");
    assert_eq!((&gone["in_cloud"], remarks(gone)), (&"no".into(), vec!["not-in-cloud"]));

    let vague = called(&items, "user", "team-red");
    assert_eq!((&vague["in_code"], remarks(vague)), (&"unknown".into(), vec![]));
    assert_eq!(called(&items, "role", "pre-20260101000000000000000001")["in_code"], "unknown");

    assert_eq!(remarks(called(&items, "user", "ghost")), ["owner-gone", "not-in-code"]);
    let [ghost] = keys_of(&items, "ghost")[..] else { panic!("one key") };
    assert_eq!((&ghost["active"], &ghost["in_code"]), (&false.into(), &"yes".into()));
    assert_eq!(remarks(ghost), ["inactive-but-kept"]);
    // What is said of a user is not said again of its key.
    assert_eq!(remarks(called(&items, "user", "stray")), ["not-in-code"]);
    assert_eq!(remarks(keys_of(&items, "stray")[0]), ["older-than-policy", "never-used"]);
    let password = called(&items, "console-password", "console password");
    assert_eq!(password["of"], "person");

    // More than one answer has.
    let roles = items.iter().filter(|item| item["what"] == "role" && item["in_code"] == "yes");
    assert_eq!(roles.filter(|role| role["in_cloud"] == "yes").count(), 130);
    assert!(remarks(called(&items, "role", "manual")).contains(&"not-in-code"));
    assert!(remarks(called(&items, "role", "role-7")).contains(&"never-used"));
    let users = items.iter().filter(|item| item["what"] == "user" && item["in_cloud"] == "yes");
    assert_eq!(users.count(), 60 + 9);
    assert!(!items.iter().any(|item| item["name"].as_str().is_some_and(|name| name.contains("AWSServiceRole"))));

    for format in ["table", "csv", "markdown"] {
        let text = stage.run(&["inventory", "--live", "--format", format, "--today", LATER]);
        for word in [stage.used.as_str(), "aws_iam_access_key.exporter", "not in code", "manual", "role-129"] {
            assert!(text.contains(word), "{format}: {word}");
        }
        assert!(!text.contains(ROOT_SECRET) && !text.contains("a-Password-of-seconds"), "{format}");
    }
}
