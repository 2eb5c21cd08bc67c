//! `keyward inventory --live` and `keyward rotate plan --live` against an account that nobody here wrote.

#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;

use proxy::{Fault, Proxy};
use serde_json::Value;
use servers::{ROOT_ID, ROOT_SECRET, Server};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
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

    fn audit(&self, args: &[&str]) -> Output {
        self.run_as((&self.auditor.0, &self.auditor.1), args)
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
    assert!(
        !items.iter().any(|item| item["name"].as_str().is_some_and(|name| name.contains("AWSServiceRole")))
    );

    for format in ["table", "csv", "markdown"] {
        let text = stage.run(&["inventory", "--live", "--format", format, "--today", LATER]);
        for word in [stage.used.as_str(), "aws_iam_access_key.exporter", "not in code", "manual", "role-129"]
        {
            assert!(text.contains(word), "{format}: {word}");
        }
        assert!(!text.contains(ROOT_SECRET) && !text.contains("a-Password-of-seconds"), "{format}");
    }
}

#[test]
fn what_is_refused_is_a_gap_and_the_rest_is_shown() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new();
    // From now on it asks who is asking, and holds everybody to their policies.
    let strict = "import os, urllib.request as r; r.urlopen(r.Request(os.environ['ENDPOINT'] + '/moto-api/reset-auth', b'0', {'Content-Type': 'text/plain'}, method='POST'))";
    servers::python(&stage.aws, strict);
    let args = ["inventory", "--live", "--format", "json", "--today", LATER];
    let output = stage.audit(&args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("iam:GetRole failed") && said.contains("AccessDenied"), "{said}");
    assert!(said.contains("console passwords are not known"), "{said}");
    assert!(said.contains("whether the root user has access keys is not known"), "{said}");
    let items = items(&String::from_utf8_lossy(&output.stdout));
    let role = called(&items, "role", "role-7");
    assert_eq!((&role["in_code"], &role["last_used"], remarks(role)), (&"yes".into(), &Value::Null, vec![]));
    assert_eq!(keys_of(&items, "exporter")[0]["code"][0]["address"], "aws_iam_access_key.exporter");

    // Whoever may look at nothing of this is told so, and so is whoever is nobody.
    let wrong = run(stage.dir.path(), &args, &stage.auditor.0, "wrong");
    let said = String::from_utf8_lossy(&wrong.stderr);
    assert_eq!((wrong.status.code(), wrong.stdout.len()), (Some(2), 0), "{said}");
    assert!(said.contains("GetCallerIdentity") && said.contains("help:"), "{said}");
}

#[test]
fn pages_and_faults_change_nothing() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new();
    let straight = stage.items();
    let faults = [(0, Fault::Throttled), (5, Fault::Throttled), (6, Fault::Throttled), (20, Fault::Broken)];
    let more = [(40, Fault::LostAnswer), (60, Fault::Unreached), (90, Fault::Twice)];
    let proxy = Proxy::new(faults.into_iter().chain(more).collect(), Duration::ZERO);
    stage.configure(&proxy.to(&pages(&stage.aws.address)), "");
    assert_eq!(stage.items(), straight);
    assert_eq!(proxy.left(), 0);
    let asked = proxy.seen().iter().filter(|seen| seen.is("ListUsers")).count();
    assert!(asked > 5, "{asked}");
}

#[test]
fn nothing_is_missing_where_it_is_not_known_to_belong() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new();
    let anywhere = CODE.replace("allowed_account_ids = [\"123456789012\"]", "");
    stage.write("main.tf", &anywhere);
    let items = stage.items();
    let gone = called(&items, "user", "gone");
    assert_eq!((&gone["in_cloud"], remarks(gone)), (&"unknown".into(), vec![]));
    assert_eq!(called(&items, "user", "exporter")["in_code"], "yes");
    assert!(stage.run(&["inventory", "--live"]).contains("`roots` of `[[live.aws]]`"));

    // The configuration says whose code it is.
    stage.configure(&stage.aws.address, "roots = [\".\"]");
    assert_eq!(remarks(called(&stage.items(), "user", "gone")), ["not-in-cloud"]);
    stage.configure(&stage.aws.address, "roots = [\"prod\"]");
    let items = stage.items();
    let of_both: Vec<_> = items.iter().filter(|item| item["name"] == "exporter").collect();
    assert_eq!((remarks(of_both[0]), remarks(of_both[1])), (vec!["not-in-code"], vec![]));
    assert_eq!((&of_both[0]["in_code"], &of_both[1]["in_cloud"]), (&"no".into(), &"unknown".into()));

    // One of two accounts cannot be asked.
    let second = "[[live.aws]]\nendpoint = \"http://127.0.0.1:1\"\naccess-key-id-env = \"NOT_SET\"";
    stage.configure(&stage.aws.address, second);
    let output = stage.run_as((ROOT_ID, ROOT_SECRET), &["inventory", "--live"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("`NOT_SET` is not set"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("user exporter"));

    // What is passed into a module that is not here may be what that declares.
    let module = "module \"hand\" {\n  source  = \"acme/role/aws\"\n  version = \"1.0.0\"\n  roles   = [\"manual\"]\n}\n";
    stage.write("module.tf", module);
    stage.configure(&stage.aws.address, "");
    let manual = &stage.items();
    let manual = called(manual, "role", "manual");
    assert_eq!(
        (&manual["in_code"], &manual["code"][0]["address"]),
        (&"unknown".into(), &"module.hand".into())
    );
}

/// What stands under a condition, and what is for another account.
const UNSURE: &str = r#"
terraform {
  backend "s3" {
    assume_role = { role_arn = "arn:aws:iam::123456789012:role/state" }
  }
}

provider "aws" {}

provider "aws" {
  alias               = "dns"
  allowed_account_ids = ["210987654321"]
}

variable "on" {
  type = bool
}

resource "aws_iam_user" "gone" {
  name = "gone"
}

resource "aws_iam_user" "elsewhere" {
  provider = aws.dns
  name     = "stray"
}

resource "aws_iam_user" "perhaps" {
  count = var.on ? 1 : 0
  name  = "perhaps"
}

resource "aws_iam_user" "some" {
  for_each = var.on ? toset(["always", "at-times"]) : toset(["always"])
  name     = each.key
}

module "part" {
  source = "./part"
  count  = var.on ? 1 : 0
}

resource "aws_iam_access_key" "two" {
  user = "two"
}

resource "aws_iam_access_key" "second" {
  count = var.on ? 1 : 0
  user  = "two"
}

resource "aws_iam_user" "bare" {
  name = "bare"
}

resource "aws_iam_user_login_profile" "bare" {
  user = aws_iam_user.bare.name
}

resource "aws_iam_user_login_profile" "person" {
  user = "person"
}

resource "aws_iam_access_key" "gone" {
  user = aws_iam_user.gone.name
}
"#;

#[test]
fn what_is_not_surely_there_or_here_is_not_missed() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new();
    std::fs::create_dir(stage.dir.path().join("part")).expect("made");
    stage.write("part/main.tf", "resource \"aws_iam_user\" \"inner\" {\n  name = \"inner\"\n}\n");
    let trust = |count: &str, provider: &str| {
        format!(
            "resource \"aws_iam_role\" \"deploy\" {{\n  {count}\n  {provider}\n  name = \"manual\"\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRoleWithWebIdentity\", Principal = {{ Federated = \"arn:aws:iam::123456789012:oidc-provider/token.example\" }} }}] }})\n}}\n"
        )
    };
    let shared = "resource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"kms:*\", Resource = \"*\", Principal = { AWS = \"arn:aws:iam::210987654321:root\" } }] })\n}\n";
    // Where the state is kept, where another provider works, who shares a key, and what may not be there, tell nothing.
    let mores = [
        String::new(),
        shared.to_owned(),
        trust("count = var.on ? 1 : 0", ""),
        trust("", "provider = aws.dns"),
    ];
    for more in mores {
        stage.write("main.tf", &format!("{UNSURE}{more}"));
        let items = stage.items();
        let gone = called(&items, "user", "gone");
        assert_eq!((&gone["in_cloud"], remarks(gone)), (&"unknown".into(), vec![]));
        assert_eq!(called(&items, "user", "stray")["in_code"], "no");
        assert_eq!(called(&items, "user", "bare")["in_code"], "yes");
        let password = called(&items, "console-password", "aws_iam_user_login_profile.bare");
        assert_eq!((&password["in_cloud"], remarks(password)), (&"unknown".into(), vec![]));
    }
    let roles = "provider \"aws\" {\n  dynamic \"assume_role\" {\n    for_each = var.on ? [\"arn:aws:iam::210987654321:role/x\"] : []\n    content {\n      role_arn = assume_role.value\n    }\n  }\n}\n";
    stage.write("main.tf", &UNSURE.replace("provider \"aws\" {}\n", roles));
    assert_eq!(called(&stage.items(), "user", "bare")["in_code"], "yes");
    stage.write("main.tf", &format!("{UNSURE}{}", trust("", "provider = aws.dns")));
    let said = stage.run(&["inventory", "--live"]);
    assert!(said.contains("7 identities and 2 credentials of the code not found"), "{said}");
    stage.write("main.tf", &format!("{UNSURE}{}", trust("", "")));
    let items = stage.items();
    for name in ["gone", "always"] {
        let gone = called(&items, "user", name);
        assert_eq!((&gone["in_cloud"], remarks(gone)), (&"no".into(), vec!["not-in-cloud"]));
    }
    for name in ["perhaps", "at-times", "inner"] {
        let user = called(&items, "user", name);
        assert_eq!((&user["in_cloud"], remarks(user)), (&"unknown".into(), vec![]), "{name}");
    }
    // One of them may be one that nobody declares.
    let both = keys_of(&items, "two");
    let told: Vec<_> = both.iter().map(|key| (key["in_code"].as_str(), remarks(key))).collect();
    assert_eq!(told, vec![(Some("unknown"), vec!["older-than-policy", "never-used"]); 2]);
    let password = called(&items, "console-password", "aws_iam_user_login_profile.bare");
    assert_eq!((&password["in_cloud"], remarks(password)), (&"no".into(), vec!["not-in-cloud"]));
    let passwords: Vec<_> = items.iter().filter(|item| item["what"] == "console-password").collect();
    let person = passwords.iter().find(|item| item["of"] == "person" && item["in_cloud"] == "yes");
    assert_eq!((passwords.len(), &person.expect("a password")["in_code"]), (2, &"yes".into()));
    // The key of a user who is gone is gone with them.
    assert!(!items.iter().any(|item| item["name"] == "aws_iam_access_key.gone"));

    // With one that is not known it may be any account.
    let code = CODE.replace("[\"123456789012\"]", "[\"210987654321\", var.team]");
    stage.write("main.tf", &code);
    let items = stage.items();
    assert_eq!(called(&items, "user", "exporter")["in_code"], "yes");
    assert_eq!(called(&items, "user", "gone")["in_cloud"], "unknown");
}

#[test]
fn plans_and_alerts_go_by_what_is_there() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new();
    let plan = |today: &str| -> Value {
        let text = stage.run(&["rotate", "plan", "--live", "--format", "json", "--today", today]);
        serde_json::from_str(&text).expect("JSON")
    };
    let of = |plan: &Value, address: &str| -> Value {
        let items = plan["items"].as_array().expect("a list");
        items.iter().find(|item| item["credential"] == address).expect("planned").clone()
    };
    let late = plan(LATER);
    let exporter = of(&late, "aws_iam_access_key.exporter");
    assert_eq!(exporter["urgency"], "overdue");
    assert!(
        exporter["age"]["evidence"].as_str().is_some_and(|text| text.contains(&stage.used)),
        "{exporter:#}"
    );
    let cautions = exporter["cautions"].to_string();
    assert!(cautions.contains("last used on") && cautions.contains("s3"), "{cautions}");
    assert!(of(&late, "aws_iam_access_key.two")["cautions"].to_string().contains("has 2 of them"));
    assert_eq!(of(&late, "aws_iam_access_key.keyless")["urgency"], "undated");
    // Its only key is inactive there.
    assert_eq!(late["disabled"], 1);
    // Without asking, nothing is known.
    let blind = stage.run(&["rotate", "plan", "--format", "json"]);
    let blind: Value = serde_json::from_str(&blind).expect("JSON");
    assert_eq!(of(&blind, "aws_iam_access_key.exporter")["urgency"], "undated");

    let alert = ["inventory", "--live", "--alert-only"];
    let output = stage.run_as((ROOT_ID, ROOT_SECRET), &alert);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("not in code"));
    let alone = run(stage.dir.path(), &["inventory", "--alert-only"], ROOT_ID, ROOT_SECRET);
    assert_eq!(alone.status.code(), Some(2));
}

/// Leads to a server that lists all users in one answer, and cuts that into pages of seven.
fn pages(server: &str) -> String {
    let server = server.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = server.clone();
            std::thread::spawn(move || drop(serve(client, &server)));
        }
    });
    address
}

fn serve(mut client: TcpStream, server: &str) -> std::io::Result<()> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    let body_at = loop {
        let count = client.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        let Some(end) = text.find("\r\n\r\n") else { continue };
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
        let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        if request.len() >= end + 4 + length {
            break end + 4;
        }
    };
    let mut upstream = TcpStream::connect(server)?;
    upstream.write_all(&request)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    let body = String::from_utf8_lossy(&request[body_at..]).into_owned();
    if !body.contains("Action=ListUsers&") {
        return client.write_all(&answer);
    }
    let marker = body.split("Marker=").nth(1).and_then(|text| text.split('&').next());
    let from: usize = marker.and_then(|marker| marker.parse().ok()).unwrap_or(0);
    let page = cut(&String::from_utf8_lossy(&answer), from, 7);
    write!(client, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}", page.len())
}

fn cut(answer: &str, from: usize, length: usize) -> String {
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    let (head, rest) = body.split_once("<Users>").expect("users");
    let (list, tail) = rest.rsplit_once("</Users>").expect("users");
    let mut members: Vec<String> = Vec::new();
    let mut depth = 0;
    for part in list.split_inclusive("member>") {
        if depth == 0 {
            members.push(String::new());
        }
        members.last_mut().expect("one").push_str(part);
        depth = if part.ends_with("</member>") { depth - 1 } else { depth + 1 };
    }
    let members: Vec<_> = members.into_iter().filter(|text| text.contains("<UserName>")).collect();
    let page: String = members.iter().skip(from).take(length).map(String::as_str).collect();
    let more = match from + length < members.len() {
        true => format!("<IsTruncated>true</IsTruncated><Marker>{}</Marker>", from + length),
        false => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    let plain = |text: &str| {
        text.replace("<IsTruncated>false</IsTruncated>", "").replace("<IsTruncated>False</IsTruncated>", "")
    };
    format!("{}<Users>{page}</Users>{more}{}", plain(head), plain(tail))
}
