//! `--live` for GitHub against a server of our own. Its answers, and what is asked, are held against GitHub's own
//! description of its API.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

const CODE: &str = r#"
provider "github" {
  owner = "acme"
}

resource "github_repository" "app" {
  name = "app"
}

resource "tls_private_key" "deploy" {
  algorithm = "ED25519"
}

resource "github_repository_deploy_key" "deploy" {
  repository = github_repository.app.name
  title      = "deploy"
  key        = tls_private_key.deploy.public_key_openssh
}

resource "github_repository_deploy_key" "known" {
  repository = "app"
  title      = "was called so"
  key        = "ssh-ed25519 AAAAKNOWN somebody"
}

resource "github_repository_deploy_key" "twice" {
  repository = "app"
  title      = "twice"
  key        = var.public
}

variable "public" {}
variable "name" {}

resource "github_actions_secret" "somewhere" {
  repository      = var.name
  secret_name     = "SOMEWHERE"
  plaintext_value = var.token
}

variable "token" {}
variable "suffix" {}

resource "github_actions_secret" "many" {
  for_each        = toset([for at in range(120) : "key_${at}"])
  repository      = github_repository.app.name
  secret_name     = each.key
  plaintext_value = var.token
}

resource "github_actions_secret" "vague" {
  repository      = "app"
  secret_name     = "deploy_${var.suffix}"
  plaintext_value = var.token
}

resource "github_dependabot_secret" "gone" {
  repository      = "app"
  secret_name     = "GONE"
  plaintext_value = var.token
}

resource "github_actions_secret" "other" {
  repository      = "other"
  secret_name     = "ONLY_THERE"
  plaintext_value = var.token
}
"#;

const TOKEN: &str = "a-token-that-opens-nothing";

fn description() -> Value {
    fn translate(value: &mut Value) {
        match value {
            Value::Object(map) => {
                let nullable = map.remove("nullable") == Some(Value::Bool(true));
                if let Some(Value::Array(any)) = map.get_mut("anyOf").filter(|_| nullable) {
                    any.push(json!({ "type": "null" }));
                }
                if let Some(kind) = map.get("type").cloned().filter(|kind| nullable && kind.is_string()) {
                    map.insert("type".into(), json!([kind, "null"]));
                }
                map.values_mut().for_each(translate);
            }
            Value::Array(items) => items.iter_mut().for_each(translate),
            _ => {}
        }
    }
    let mut value: Value =
        serde_json::from_str(include_str!("../testdata/github/openapi-live.json")).expect("a description");
    translate(&mut value);
    value
}

/// All there is, by path: what is listed, and below which name.
fn world(path: &str) -> Option<(Vec<Value>, Option<&'static str>)> {
    let key = |id: u64, title: &str, key: &str, used: Value| {
        json!({ "id": id, "key": key, "url": "https://api.github.com/keys/1", "title": title, "verified": true,
            "created_at": "2024-01-01T00:00:00Z", "read_only": id == 2, "added_by": "jane", "last_used": used,
            "enabled": true })
    };
    let secret = |name: String, at: &str| json!({ "name": name, "created_at": "2020-01-01T00:00:00Z", "updated_at": at });
    match path.replace("/open/", "/acme/").as_str() {
        // Of those of one organization nothing is told.
        "/orgs/acme/installations" if path.starts_with("/orgs/open/") => {
            let app = json!({
                "id": 1, "app_id": 2, "app_slug": "renovate", "target_id": 3, "target_type": "Organization",
                "single_file_name": null, "repository_selection": "all", "events": [], "permissions": {},
                "access_tokens_url": "https://api.github.com/app/installations/1/access_tokens",
                "html_url": "https://github.com/organizations/open/settings/installations/1",
                "repositories_url": "https://api.github.com/installation/repositories", "account": null,
                "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "suspended_by": null,
                "suspended_at": null,
            });
            Some((vec![app], Some("installations")))
        }
        "/repos/acme/app/keys" => Some((
            vec![
                key(1, "deploy", "ssh-ed25519 AAAADEPLOY", json!("2026-11-20T10:00:00Z")),
                key(2, "renamed", "ssh-ed25519 AAAAKNOWN", Value::Null),
                key(3, "by hand", "ssh-ed25519 AAAAHAND", json!("2026-11-20T10:00:00Z")),
                key(4, "twice", "ssh-ed25519 AAAATWICE", json!("2026-11-20T10:00:00Z")),
                key(5, "twice", "ssh-ed25519 AAAAAGAIN", json!("2026-11-20T10:00:00Z")),
            ],
            None,
        )),
        "/repos/acme/app/actions/secrets" => {
            let mut all: Vec<_> =
                (0..120).map(|at| secret(format!("KEY_{at}"), "2026-11-01T00:00:00Z")).collect();
            all.push(secret("DEPLOY_EU".to_owned(), "2026-11-01T00:00:00Z"));
            all.push(secret("BY_HAND".to_owned(), "2025-01-01T00:00:00Z"));
            Some((all, Some("secrets")))
        }
        "/repos/acme/app/dependabot/secrets" => Some((Vec::new(), Some("secrets"))),
        _ => None,
    }
}

struct Hub {
    address: String,
    wrong: Arc<Mutex<Vec<String>>>,
}

impl Hub {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        let wrong = Arc::new(Mutex::new(Vec::new()));
        let (told, base) = (wrong.clone(), address.clone());
        std::thread::spawn(move || {
            let description = description();
            for client in listener.incoming().flatten() {
                while answer(&client, &base, &description, &told).is_some() {}
            }
        });
        Hub { address, wrong }
    }
}

/// One request of a connection.
fn answer(client: &TcpStream, base: &str, description: &Value, wrong: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let note = |text: String| wrong.lock().expect("whole").push(text);
    let target = lines[0].split(' ').nth(1)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let has = |line: &str| lines.iter().any(|known| known.eq_ignore_ascii_case(line));
    if !lines[0].starts_with("GET ") || !has("x-github-api-version: 2022-11-28") {
        note(format!("{}: no version, or more than a question", lines[0]));
    }
    if !has(&format!("authorization: Bearer {TOKEN}")) {
        return send(client, 401, "", &json!({ "message": "Bad credentials" }));
    }
    let segments: Vec<_> = path.split('/').collect();
    let template = match segments.as_slice() {
        ["", "repos", _, _, rest @ ..] => format!("/repos/{{owner}}/{{repo}}/{}", rest.join("/")),
        ["", "orgs", _, rest @ ..] => format!("/orgs/{{org}}/{}", rest.join("/")),
        _ => path.to_owned(),
    };
    let operation = &description["paths"][&template]["get"];
    if operation.is_null() {
        note(format!("{path}: no such operation"));
    }
    let mut page = 1;
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        let known = operation["parameters"].as_array().into_iter().flatten();
        if !known.clone().any(|it| it["in"] == "query" && it["name"] == name) {
            note(format!("{path}: no parameter {name}"));
        }
        if name == "page" {
            page = value.parse().ok()?;
        }
    }
    let Some((all, below)) = world(path) else {
        return send(
            client,
            403,
            "",
            &json!({ "message": "Resource not accessible by personal access token" }),
        );
    };
    // A page has a hundred, as was asked for.
    let list: Vec<_> = all.iter().skip((page - 1) * 100).take(100).cloned().collect();
    let body = match below {
        Some(name) => json!({ "total_count": all.len(), name: list }),
        None => Value::Array(list),
    };
    let validator = jsonschema::validator_for(&operation["response"]).expect("a schema");
    validator.iter_errors(&body).for_each(|error| note(format!("our own answer of {path}: {error}")));
    let link = match all.len() > page * 100 {
        true => format!("link: <{base}{path}?per_page=100&page={}>; rel=\"next\"\r\n", page + 1),
        false => String::new(),
    };
    send(client, 200, &link, &body)
}

fn send(mut client: &TcpStream, status: u16, headers: &str, body: &Value) -> Option<()> {
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    client.write_all(head.as_bytes()).ok()?;
    client.write_all(body.as_bytes()).ok()?;
    client.shutdown(std::net::Shutdown::Write).ok()?;
    None
}

fn run(hub: &Hub, token: &str, args: &[&str]) -> Output {
    run_for("acme/app", hub, token, args)
}

fn run_for(repository: &str, hub: &Hub, token: &str, args: &[&str]) -> Output {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("main.tf"), CODE).expect("writable");
    let settings = format!("[[live.github]]\nrepository = \"{repository}\"\napi = \"{}\"\n", hub.address);
    std::fs::write(dir.path().join("keyward.toml"), settings).expect("writable");
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
    command.args(args).args(["--today", "2026-11-22"]).current_dir(dir.path());
    command.env("NO_COLOR", "1").env("GITHUB_TOKEN", token);
    command.output().expect("the program starts")
}

#[test]
fn a_repository_is_held_against_its_code() {
    let hub = Hub::new();
    let output = run(&hub, TOKEN, &["inventory", "--live", "--format", "json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("installed Apps are not known"), "{said}");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let items = document["items"].as_array().expect("a list");
    let of = |what: &str, name: &str| {
        let found = items.iter().find(|item| item["what"] == what && item["name"] == name);
        let item = found.unwrap_or_else(|| panic!("there is no {what} {name}"));
        let remarks = item["remarks"].as_array().expect("a list").iter();
        let remarks: Vec<_> = remarks.map(|remark| remark["kind"].as_str().expect("a word")).collect();
        (item["in_code"].as_str().expect("a word"), item["in_cloud"].as_str().expect("a word"), remarks)
    };
    assert_eq!(of("repository", "acme/app"), ("yes", "yes", vec![]));
    assert_eq!(of("deploy-key", "deploy"), ("yes", "yes", vec!["older-than-policy"]));
    assert_eq!(of("deploy-key", "renamed"), ("yes", "yes", vec!["older-than-policy", "never-used"]));
    assert_eq!(of("deploy-key", "by hand"), ("no", "yes", vec!["not-in-code", "older-than-policy"]));
    assert_eq!(of("actions-secret", "KEY_119"), ("yes", "yes", vec![]));
    assert_eq!(of("actions-secret", "DEPLOY_EU"), ("unknown", "yes", vec![]));
    assert_eq!(of("actions-secret", "BY_HAND"), ("no", "yes", vec!["not-in-code", "older-than-policy"]));
    assert_eq!(of("dependabot-secret", "GONE"), ("yes", "no", vec!["not-in-cloud"]));
    // The code means one of them.
    assert_eq!(of("deploy-key", "twice"), ("unknown", "yes", vec!["older-than-policy"]));
    assert_eq!(items.iter().filter(|item| item["name"] == "twice").count(), 2);
    assert_eq!(of("actions-secret", "SOMEWHERE"), ("yes", "unknown", vec![]));
    assert!(!items.iter().any(|item| item["name"] == "ONLY_THERE"));
    assert_eq!(*hub.wrong.lock().expect("whole"), Vec::<String>::new());

    let text = run(&hub, TOKEN, &["inventory", "--live"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(
        text.contains("1 credential of the code not found, and not known to be of a repository"),
        "{text}"
    );
    for format in ["table", "csv", "markdown"] {
        let text = run(&hub, TOKEN, &["inventory", "--live", "--format", format]);
        let text = String::from_utf8_lossy(&text.stdout).into_owned();
        assert!(
            text.contains("github_repository_deploy_key.deploy") && text.contains("not in code"),
            "{text}"
        );
        assert!(!text.contains(TOKEN));
    }
}

#[test]
fn code_of_another_owner_is_not_joined_and_installed_apps_are_shown() {
    let hub = Hub::new();
    let output = run_for("open/app", &hub, TOKEN, &["inventory", "--live", "--format", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let items = document["items"].as_array().expect("a list");
    let app = items.iter().find(|item| item["what"] == "app").expect("an App");
    assert_eq!((&app["name"], &app["used_for"]), (&"renovate".into(), &"all repositories".into()));
    let mut secrets = items.iter().filter(|item| item["what"] == "actions-secret");
    assert!(secrets.all(|item| item["in_code"] == "no" && item["in_cloud"] == "yes"));
    assert_eq!(*hub.wrong.lock().expect("whole"), Vec::<String>::new());
}

#[test]
fn plans_know_the_age_of_deploy_keys() {
    let hub = Hub::new();
    let output = run(&hub, TOKEN, &["rotate", "plan", "--live", "--format", "json"]);
    let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let items = plan["items"].as_array().expect("a list");
    let aged = items.iter().filter(|item| item["age"]["since"] == "2024-01-01").count();
    assert!(aged >= 1, "{plan:#}");
    assert!(plan.to_string().contains("GitHub repository acme/app"), "{plan:#}");
    let twice = items.iter().find(|item| item["credential"] == "github_repository_deploy_key.twice");
    assert!(twice.is_some_and(|item| item["cautions"].to_string().contains("has 2 of them")), "{plan:#}");
}

#[test]
fn a_token_that_nobody_knows_ends_it() {
    let hub = Hub::new();
    let output = run(&hub, "nobodys-token", &["inventory", "--live"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    assert!(said.contains("help:") && !said.contains("nobodys-token"), "{said}");
}
