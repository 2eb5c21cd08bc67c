//! Access keys that live in Terraform, exchanged by pull requests: a stateful GitHub, AWS on this machine, and between
//! them somebody who merges and applies.

#![allow(clippy::duplicate_mod, reason = "each of the two kinds of servers starts its own processes")]

mod github;
#[path = "rotation/servers.rs"]
mod servers;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use github::proxy::Verdict;
use github::{Hub, OWNER, message, today};
use keyward::pr::{Report, Run, Trouble};
use keyward::staged::{Exchange, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

const CODE: &str = r#"resource "aws_iam_user" "exporter" {
  name = "exporter"
}

resource "aws_iam_access_key" "exporter" {
  user = aws_iam_user.exporter.name
}

resource "aws_ssm_parameter" "exporter" {
  name = "/exporter/key"
  type = "SecureString"
  value = jsonencode({
    id     = aws_iam_access_key.exporter.id
    secret = aws_iam_access_key.exporter.secret
  })
}

# aws_iam_access_key.exporter is read by the job.
output "job" {
  value = "key ${aws_iam_access_key.exporter.id}"
}
"#;

const POLICY: &str = "[rotation]\nquiet = \"1s\"\nkeep-disabled = \"1s\"\n";

/// A key as AWS has it.
#[derive(Clone)]
struct Made {
    id: String,
    secret: String,
    active: bool,
}

/// A repository, an account, and what is applied there.
struct Estate {
    hub: Hub,
    aws: servers::Server,
    dir: tempfile::TempDir,
    keys: BTreeMap<String, Made>,
    /// Whose value the parameter has.
    held: String,
    serial: u64,
}

impl Estate {
    fn new(aws: servers::Server) -> Self {
        let hub = Hub::new();
        hub.commit("main", &[("live/main.tf", CODE), ("keyward.toml", POLICY)]);
        let dir = tempfile::tempdir().expect("a directory");
        let config = format!("[[live.aws]]\nendpoint = \"{}\"\n", aws.address);
        std::fs::write(dir.path().join("keyward.toml"), config).expect("writable");
        std::fs::write(dir.path().join("token"), format!("ghp_none-{}", hub.name)).expect("writable");
        let mut estate = Estate { hub, aws, dir, keys: BTreeMap::new(), held: String::new(), serial: 0 };
        estate.python(
            "iam.create_user(UserName='exporter')\n\
             allow = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'iam:ListUsers', 'Resource': '*'}]}\n\
             iam.put_user_policy(UserName='exporter', PolicyName='work', PolicyDocument=json.dumps(allow))",
        );
        estate.apply();
        estate
    }

    fn python(&self, line: &str) -> String {
        let client = "import boto3, json, os\niam = boto3.client('iam', endpoint_url=os.environ['ENDPOINT'])";
        servers::python(&self.aws, &format!("{client}\n{line}"))
    }

    fn code(&self) -> String {
        let file = self.hub.get("/contents/live/main.tf?ref=main");
        let text: String = file["content"].as_str().expect("content").split_whitespace().collect();
        String::from_utf8(STANDARD.decode(text).expect("base64")).expect("text")
    }

    /// Does what `terraform apply` does with this code, in its order.
    fn apply(&mut self) {
        let code = self.code();
        let block =
            regex::Regex::new(r#"(?s)resource "aws_iam_access_key" "(\w+)" \{(.*?)\n\}"#).expect("valid");
        let declared: BTreeMap<String, bool> = block
            .captures_iter(&code)
            .map(|found| (found[1].to_owned(), !found[2].contains("\"Inactive\"")))
            .collect();
        for (label, active) in &declared {
            if !self.keys.contains_key(label) {
                let made = self.python(
                    "print(json.dumps(iam.create_access_key(UserName='exporter')['AccessKey'], default=str))",
                );
                let made: Value = serde_json::from_str(&made).expect("JSON");
                let text = |name: &str| made[name].as_str().expect("text").to_owned();
                let made = Made { id: text("AccessKeyId"), secret: text("SecretAccessKey"), active: true };
                self.keys.insert(label.clone(), made);
            }
            if self.keys[label].active != *active {
                let status = if *active { "Active" } else { "Inactive" };
                let id = &self.keys[label].id;
                self.python(&format!(
                    "iam.update_access_key(UserName='exporter', AccessKeyId='{id}', Status='{status}')"
                ));
                self.keys.get_mut(label).expect("there").active = *active;
            }
        }
        let used = regex::Regex::new(r"aws_iam_access_key\.(\w+)\.secret").expect("valid");
        self.held = used.captures(&code).expect("a use")[1].to_owned();
        let gone: Vec<String> =
            self.keys.keys().filter(|label| !declared.contains_key(*label)).cloned().collect();
        for label in gone {
            let key = self.keys.remove(&label).expect("there");
            self.python(&format!("iam.delete_access_key(UserName='exporter', AccessKeyId='{}')", key.id));
        }
        self.serial += 1;
        std::fs::write(self.dir.path().join("live.tfstate"), self.state().to_string()).expect("writable");
    }

    /// As `terraform state pull` prints it.
    fn state(&self) -> Value {
        let keys = self.keys.iter().map(|(label, key)| {
            let status = if key.active { "Active" } else { "Inactive" };
            json!({ "mode": "managed", "type": "aws_iam_access_key", "name": label, "instances": [
                { "schema_version": 0, "attributes": { "id": key.id, "secret": key.secret, "user": "exporter", "status": status } }] })
        });
        let held = &self.keys[&self.held];
        let value = json!({ "id": held.id, "secret": held.secret }).to_string();
        let parameter = json!({ "mode": "managed", "type": "aws_ssm_parameter", "name": "exporter", "instances": [
            { "schema_version": 0, "attributes": { "name": "/exporter/key", "value": value } }] });
        let resources: Vec<Value> = keys.chain([parameter]).collect();
        json!({ "version": 4, "serial": self.serial, "lineage": "0", "resources": resources,
            "outputs": { "job": { "value": format!("key {}", held.id), "type": "string" } } })
    }

    /// The consumer uses what it has.
    fn work(&self) {
        let held = &self.keys[&self.held];
        let line = format!(
            "boto3.client('iam', endpoint_url=os.environ['ENDPOINT'], aws_access_key_id='{}', aws_secret_access_key='{}').list_users()",
            held.id, held.secret
        );
        self.python(&line);
    }

    fn rotate(&self, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.args([
            "rotate",
            "pr",
            &format!("{OWNER}/{}", self.hub.name),
            "--api-url",
            &self.hub.proxy.address(),
        ]);
        command.args(["--token-file", "token", "--state", "live=live.tfstate", "--live"]);
        command.args(more).current_dir(self.dir.path());
        command.env("AWS_ACCESS_KEY_ID", servers::ROOT_ID).env("AWS_SECRET_ACCESS_KEY", servers::ROOT_SECRET);
        command.output().expect("it starts")
    }

    /// What a run says of the key, due or not.
    fn told(&self, more: &[&str]) -> String {
        self.said(&[&["--only", "aws_iam_access_key.exporter"], more].concat())
    }

    /// What a run says, and no secret with it.
    fn said(&self, more: &[&str]) -> String {
        let output = self.rotate(more);
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{said}");
        self.is_without_secrets(&said);
        said
    }

    fn is_without_secrets(&self, text: &str) {
        for key in self.keys.values() {
            assert!(!text.contains(&key.secret), "a secret is in {text}");
        }
    }

    /// The one open pull request, merged by somebody who has read it; its title and its text.
    fn merge(&self) -> (String, String) {
        let open = self.hub.open_pulls();
        assert_eq!(open.len(), 1, "{open:#?}");
        let text = |name: &str| open[0][name].as_str().expect("text").to_owned();
        self.is_without_secrets(&text("body"));
        let number = open[0]["number"].as_u64().expect("a number");
        self.hub.send("PATCH", &format!("/pulls/{number}"), json!({ "draft": false }));
        self.hub.send("PUT", &format!("/pulls/{number}/merge"), json!({ "merge_method": "squash" }));
        (text("title"), text("body"))
    }
}

fn pass_quiet_period() {
    std::thread::sleep(std::time::Duration::from_millis(2_100));
}

/// All of it, and no step before the one before it is merged and applied.
#[test]
fn a_key_of_terraform_is_exchanged_by_pull_requests() {
    if servers::is_off() {
        return;
    }
    let mut estate = Estate::new(servers::ministack());
    let first = estate.keys["exporter"].clone();
    let unseen = ["--accept-unseen"];

    let said = estate.told(&unseen);
    assert!(said.contains("opened: Declare a second aws_iam_access_key.exporter"), "{said}");
    assert!(estate.told(&unseen).contains("is up to date"));
    let mut story = vec![estate.merge()];
    // Merged is not applied.
    let said = estate.told(&unseen);
    assert!(said.contains("`aws_iam_access_key.exporter_gen2` is not applied beside"), "{said}");
    estate.apply();
    let second = estate.keys["exporter_gen2"].clone();
    assert_ne!(first.id, second.id);

    let said = estate.told(&unseen);
    assert!(said.contains("Use aws_iam_access_key.exporter_gen2 in the place of exporter"), "{said}");
    story.push(estate.merge());
    let said = estate.told(&unseen);
    assert!(said.contains("still has"), "{said}");
    estate.work();
    estate.apply();
    assert_eq!(estate.held, "exporter_gen2");
    estate.work();
    pass_quiet_period();

    let said = estate.told(&unseen);
    assert!(said.contains("opened: Disable aws_iam_access_key.exporter,"), "{said}");
    story.push(estate.merge());
    let said = estate.told(&unseen);
    assert!(said.contains("is not disabled yet"), "{said}");
    estate.apply();
    pass_quiet_period();

    let said = estate.told(&unseen);
    assert!(said.contains("opened: Remove aws_iam_access_key.exporter,"), "{said}");
    story.push(estate.merge());
    estate.apply();
    assert_eq!(estate.keys.keys().collect::<Vec<_>>(), ["exporter_gen2"]);
    estate.work();

    // It is as it was, one generation later.
    let expected = CODE
        .replace("\"exporter\" {\n  user", "\"exporter_gen2\" {\n  user")
        .replace("exporter.id", "exporter_gen2.id")
        .replace("exporter.secret", "exporter_gen2.secret");
    assert_eq!(estate.code(), expected);
    let shown =
        story.iter().map(|(title, body)| format!("════ {title}\n\n{body}")).collect::<Vec<_>>().join("\n");
    let shown = shown.replace(&first.id, "AKIA-FIRST").replace(&second.id, "AKIA-SECOND");
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\d( \d\d:\d\d UTC)?").expect("valid");
    let marker = regex::Regex::new(r"<!-- keyward:pr .*? -->").expect("valid");
    let shown = marker.replace_all(&time.replace_all(&shown, "TIME"), "MARKER").into_owned();
    insta::assert_snapshot!("staged", shown);
}

/// AWS is asked who uses which, and goes on accepting what it should not.
#[test]
fn no_key_of_terraform_is_ended_while_it_is_used_or_accepted() {
    if servers::is_off() {
        return;
    }
    let mut estate = Estate::new(servers::moto());
    estate.told(&[]);
    estate.merge();
    estate.apply();
    estate.told(&[]);
    estate.merge();
    estate.apply();
    pass_quiet_period();
    // Somebody who was missed.
    estate.held = "exporter".to_owned();
    estate.work();
    let said = estate.told(&[]);
    assert!(said.contains("nobody has used") || said.contains("has to be quiet"), "{said}");
    assert_eq!(estate.hub.open_pulls().len(), 0);
    estate.held = "exporter_gen2".to_owned();
    estate.work();
    pass_quiet_period();
    let said = estate.told(&[]);
    assert!(said.contains("opened: Disable"), "{said}");
    assert!(estate.told(&[]).contains("is up to date"), "nothing is written that says nothing new");
    // It is open, and then somebody comes with the old one.
    estate.held = "exporter".to_owned();
    estate.work();
    estate.hub.commit("main", &[("keyward.toml", &POLICY.replace("quiet = \"1s\"", "quiet = \"1h\""))]);
    let said = estate.told(&[]);
    assert!(said.contains("has to be quiet for 1 hour") && said.contains("closed"), "{said}");
    estate.hub.commit("main", &[("keyward.toml", POLICY)]);
    estate.held = "exporter_gen2".to_owned();
    pass_quiet_period();
    assert!(estate.told(&[]).contains("opened: Disable"), "it comes back");
    estate.merge();
    estate.apply();
    pass_quiet_period();
    let said = estate.told(&[]);
    assert!(said.contains("AWS still accepts"), "{said}");
    assert_eq!(estate.hub.open_pulls().len(), 0);
}

/// How old a key is AWS says, where the code does not.
#[test]
fn what_is_due_is_begun() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new(servers::moto());
    assert!(estate.said(&[]).contains("nothing to do"), "it was made today");
    let year = (today() + jiff::Span::new().years(1)).to_string();
    let said = estate.said(&["--today", &year]);
    assert!(said.contains("opened: Declare a second aws_iam_access_key.exporter"), "{said}");
    let (_, body) = estate.merge();
    assert!(body.contains("- It is overdue"), "{body}");
}

/// Two keys are all that a user may have.
#[test]
fn a_second_key_in_the_way_is_named() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new(servers::moto());
    estate.python("iam.create_access_key(UserName='exporter')");
    let said = estate.told(&[]);
    assert!(
        said.contains("the user has 2 keys, and there may be no more") && said.contains("was never used"),
        "{said}"
    );
    assert_eq!(estate.hub.open_pulls().len(), 0);
}

/// What is not known opens nothing, and closes nothing that is open.
#[test]
fn without_a_state_nothing_moves() {
    if servers::is_off() {
        return;
    }
    let hub = Hub::new();
    hub.commit("main", &[("live/main.tf", &second_generation()), ("keyward.toml", POLICY)]);
    let report = exchange(&hub, &[], true);
    let said = message_of(&report);
    assert!(said.contains("it is not known what is applied in `live`: `--state live=FILE`"), "{said}");
    assert_eq!(hub.open_pulls().len(), 0);
    let state = applied();
    assert!(message_of(&exchange(&hub, &[state], true)).contains("opened: Use"));
    assert_eq!(hub.open_pulls().len(), 1);
    let said = message_of(&exchange(&hub, &[], true));
    assert!(said.contains("is kept"), "{said}");
    assert_eq!(hub.open_pulls().len(), 1);
}

fn second_generation() -> String {
    let second =
        "resource \"aws_iam_access_key\" \"exporter_gen2\" {\n  user = aws_iam_user.exporter.name\n}\n";
    format!("{CODE}\n{second}")
}

fn applied() -> State {
    let key = |label: &str, id: &str| {
        json!({ "mode": "managed", "type": "aws_iam_access_key", "name": label, "instances": [
            { "attributes": { "id": id, "secret": format!("secret-of-{id}"), "user": "exporter", "status": "Active" } }] })
    };
    let resources = [key("exporter", "AKIAAAAAAAAAAAAAAAAA"), key("exporter_gen2", "AKIABBBBBBBBBBBBBBBB")];
    let state = json!({ "version": 4, "serial": 2, "resources": resources, "outputs": {} });
    State::read("live", state.to_string().as_bytes()).expect("a state")
}

type Told = Result<(Report, Vec<String>), Trouble>;

fn exchange(hub: &Hub, states: &[State], accept_unseen: bool) -> Told {
    let now = jiff::Timestamp::now().as_second();
    let exchange = Exchange::new(&[], states, None, accept_unseen, now);
    let mut client = hub.client();
    let report = keyward::pr::run(Run {
        about: &exchange,
        client: Some(&mut client),
        checkout: None,
        scope: String::new(),
        base: None,
        adjust: &|_| {},
        selected: false,
        dry: false,
        today: today(),
    })?;
    Ok((report, exchange.lines()))
}

fn message_of(told: &Told) -> String {
    match told {
        Ok((report, lines)) => {
            let standings = keyward::pr::standings(&report.plan);
            [&report.told, &standings, lines].into_iter().flatten().cloned().collect::<Vec<_>>().join("\n")
        }
        Err(_) => panic!("it failed"),
    }
}

/// Killed at any request, the next run makes of it what one alone would have made.
#[test]
fn a_switch_can_be_interrupted_anywhere() {
    if servers::is_off() {
        return;
    }
    let prepared = || {
        let hub = Hub::new();
        hub.commit("main", &[("live/main.tf", &second_generation()), ("keyward.toml", POLICY)]);
        hub
    };
    let hub = prepared();
    hub.proxy.pass_all();
    exchange(&hub, &[applied()], true).map_err(message).expect("it runs");
    let (all, wanted) = (hub.proxy.log().len(), format!("{:#}", hub.state()));
    assert!(all >= 15, "{all} requests");
    for at in 1..=all {
        for lose_only_the_answer in [false, true] {
            let hub = prepared();
            hub.proxy.script(Box::new(move |count, _| match count {
                count if count < at => Verdict::Pass,
                count if count == at && lose_only_the_answer => Verdict::LoseAnswer,
                _ => Verdict::Drop,
            }));
            assert!(exchange(&hub, &[applied()], true).is_err(), "request {at} of {all}");
            hub.proxy.pass_all();
            exchange(&hub, &[applied()], true).map_err(message).expect("it runs");
            assert_eq!(format!("{:#}", hub.state()), wanted, "killed at {at} of {all}");
        }
    }
}

/// Names and files of users, each with what is said of it.
#[test]
fn what_cannot_be_exchanged_so_is_said_to_be() {
    let dir = tempfile::tempdir().expect("a directory");
    let run = |code: &str, more: &[&str]| {
        std::fs::write(dir.path().join("main.tf"), code).expect("writable");
        dry(dir.path(), more)
    };
    let key = |arguments: &str| {
        format!(
            "resource \"aws_iam_user\" \"a\" {{\n  name = \"a\"\n}}\nresource \"aws_iam_access_key\" \"a\" {{\n  user = aws_iam_user.a.name\n{arguments}}}\n"
        )
    };
    let only = ["--only", "aws_iam_access_key.a"];
    let cases: [(String, &[&str], &str); 5] = [
        (
            key(""),
            &["--only", "aws_iam_access_key.b"],
            "`aws_iam_access_key.b` is no credential that can be exchanged",
        ),
        (
            format!(
                "{}\nresource \"aws_iam_access_key\" \"b\" {{\n  user = aws_iam_user.a.name\n}}\n",
                key("")
            ),
            &only,
            "there is no room for another one beside `aws_iam_access_key.a` and `aws_iam_access_key.b`",
        ),
        (
            format!("{}\nlocals {{\n  text = \"aws_iam_access_key.a\"\n}}\n", key("")),
            &only,
            "is spoken of in main.tf:9 in a way that only a person can change",
        ),
        (
            format!("{}\nresource \"aws_iam_access_key\" \"a_gen2\" {{\n  user = \"b\"\n}}\n", key("")),
            &only,
            "is not the same as `a` but for its name",
        ),
        (key(""), &["--state", "missing.tfstate"], "cannot use the state `missing.tfstate`"),
    ];
    for (code, more, expected) in cases {
        let said = run(&code, more);
        assert!(said.contains(expected), "{more:?}: {said}");
    }
    let said = run(&key(""), &only);
    assert!(said.contains("open: Declare a second aws_iam_access_key.a"), "{said}");
    assert!(said.contains("+resource \"aws_iam_access_key\" \"a_gen2\" {"), "{said}");
}

fn dry(dir: &Path, more: &[&str]) -> String {
    Command::new("git").args(["init", "-q"]).current_dir(dir).output().expect("git");
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
    command.args(["rotate", "pr", ".", "--dry-run"]).args(more).current_dir(dir);
    for name in ["GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY"] {
        command.env_remove(name);
    }
    let output = command.output().expect("it starts");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
