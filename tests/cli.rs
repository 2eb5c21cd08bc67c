//! The program as people run it: output, exit codes, and what it says about bad input.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn keyward(args: &[&str], dir: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
    command.args(args).current_dir(dir).env("NO_COLOR", "1").env_remove("COLUMNS").stdin(Stdio::null());
    command.output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn write(dir: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("writable");
        std::fs::write(path, text).expect("writable");
    }
}

fn demo() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/demo")
}

/// A key made in one module, passed through two others, stored in three places.
const FLOW: [(&str, &str); 4] = [
    (
        "main.tf",
        r#"module "key" {
  source = "./key"
}

module "relay" {
  source = "./relay"
  token  = module.key.secret
}

module "sinks" {
  source = "./sinks"
  token  = module.relay.token
}

output "deploy_key" {
  value     = module.relay.token
  sensitive = true
}
"#,
    ),
    (
        "key/main.tf",
        r#"resource "aws_iam_access_key" "ci" {
  user = "ci"
}

output "secret" {
  value     = aws_iam_access_key.ci.secret
  sensitive = true
}
"#,
    ),
    (
        "relay/main.tf",
        r#"variable "token" {}

locals {
  bundle = { token = var.token }
}

output "token" {
  value = local.bundle.token
}
"#,
    ),
    (
        "sinks/main.tf",
        r#"variable "token" {}

resource "github_actions_secret" "deploy" {
  repository      = "shop"
  secret_name     = "DEPLOY"
  plaintext_value = var.token
}

resource "aws_lambda_function" "notify" {
  function_name = "notify"
  role          = "arn:aws:iam::111122223333:role/notify"
  environment {
    variables = {
      KEY = "prefix-${var.token}"
    }
  }
}
"#,
    ),
];

#[test]
fn one_credential_with_three_places() {
    let dir = tempfile::tempdir().expect("a directory");
    write(dir.path(), &FLOW);
    let output = keyward(&["inventory", "--format", "json"], dir.path());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("valid JSON");
    let credentials = document["credentials"].as_array().expect("a list");
    assert_eq!(credentials.len(), 1, "{document:#}");
    let mut places: Vec<String> = credentials[0]["places"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|place| format!("{} {}:{}", place["kind"], place["file"], place["line"]).replace('"', ""))
        .collect();
    places.sort();
    assert_eq!(places, ["ci-secret sinks/main.tf:6", "output main.tf:16", "workload-env sinks/main.tf:14"]);

    let graph = keyward(&["graph", "--format", "json"], dir.path());
    let document: serde_json::Value = serde_json::from_str(&stdout(&graph)).expect("valid JSON");
    let nodes = document["nodes"].as_array().expect("a list");
    let of = |kind: &str| nodes.iter().filter(|node| node["kind"] == kind).count();
    assert_eq!((of("credential"), of("place")), (1, 3), "{document:#}");
    let stored =
        document["edges"].as_array().expect("a list").iter().filter(|edge| edge["kind"] == "stored-in");
    assert_eq!(stored.count(), 3);
    assert!(
        nodes.iter().filter(|node| node["kind"] == "place").all(|node| node["place"] != ""),
        "{document:#}"
    );
}

/// Rules that somebody who tries keyward should see at work.
const HEADLINES: [&str; 21] = [
    "nhi-missing-owner",
    "owner-not-in-roster",
    "hardcoded-secret",
    "provider-static-credentials",
    "secret-in-workload-env",
    "secret-persisted-in-state",
    "secret-only-in-state",
    "k8s-legacy-sa-token",
    "long-lived-static-credential",
    "missing-expiry",
    "expiry-too-long",
    "admin-policy-attached",
    "wildcard-action",
    "shared-identity-across-workloads",
    "secret-reused",
    "identity-crosses-environments",
    "orphaned-identity",
    "no-rotation-configured",
    "github-oidc-unscoped",
    "aws-privilege-escalation",
    "ci-cloud-key-instead-of-oidc",
];

#[test]
fn the_demo_shows_the_headline_rules_and_a_silent_corner() {
    let output = keyward(&["scan", ".", "--format", "json", "--today", "2026-11-22"], &demo());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("valid JSON");
    let findings = report["findings"].as_array().expect("a list");
    let shown: std::collections::BTreeSet<&str> =
        findings.iter().filter_map(|finding| finding["rule"].as_str()).collect();
    let missing: Vec<_> = HEADLINES.iter().filter(|name| !shown.contains(*name)).collect();
    assert!(missing.is_empty(), "the demo does not show {missing:?}");
    let text = stdout(&output);
    assert!(!text.contains("\"platform/main.tf\""), "the clean corner is not silent");
}

#[test]
fn no_format_shows_a_secret() {
    let secret = "whsec_9uK2vQpZ7mXw4RtY8bNc3Ld6Hs1Jf5Ga";
    for format in ["human", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"] {
        let output = keyward(&["scan", ".", "--format", format, "--persona", "auditor"], &demo());
        assert!(stdout(&output).contains("hardcoded-secret"), "{format}");
        assert!(!stdout(&output).contains(secret) && !stderr(&output).contains(secret), "{format}");
    }
    for command in ["inventory", "graph"] {
        assert!(!stdout(&keyward(&[command, "."], &demo())).contains(secret), "{command}");
    }
}

#[test]
fn exit_codes_follow_fail_on() {
    let dir = tempfile::tempdir().expect("a directory");
    write(dir.path(), &[("main.tf", "resource \"aws_iam_access_key\" \"k\" {\n  user = \"svc\"\n}\n")]);
    assert_eq!(keyward(&["scan"], dir.path()).status.code(), Some(1));
    assert_eq!(keyward(&["scan", "--fail-on", "never"], dir.path()).status.code(), Some(0));
    assert_eq!(keyward(&["scan", "--fail-on", "critical"], dir.path()).status.code(), Some(0));
    write(dir.path(), &[("keyward.toml", "fail-on = \"never\"\n")]);
    assert_eq!(keyward(&["scan"], dir.path()).status.code(), Some(0));
    assert_eq!(keyward(&["scan", "--no-config"], dir.path()).status.code(), Some(1));
}

#[test]
fn bad_input_is_named_with_what_to_do() {
    let dir = tempfile::tempdir().expect("a directory");
    let empty = keyward(&["scan"], dir.path());
    assert_eq!(empty.status.code(), Some(2));
    assert!(stderr(&empty).contains("no Terraform files") && stderr(&empty).contains("help:"));

    let missing = keyward(&["scan", "nowhere"], dir.path());
    assert_eq!(missing.status.code(), Some(2));
    assert!(stderr(&missing).contains("nowhere"));

    write(dir.path(), &[("main.tf", "locals {}\n"), ("keyward.toml", "persona = \"loud\"\nfail_on = 1\n")]);
    let config = keyward(&["scan"], dir.path());
    assert_eq!(config.status.code(), Some(2));
    assert!(stderr(&config).contains("keyward.toml:1"), "{}", stderr(&config));

    let rule = keyward(&["scan", "--no-config", "--select", "hardcoded-secrets"], dir.path());
    assert_eq!(rule.status.code(), Some(2));
    assert!(stderr(&rule).contains("did you mean `hardcoded-secret`"), "{}", stderr(&rule));

    let address = keyward(&["explain", "aws_iam_role.nobody", "--no-config"], dir.path());
    assert_eq!(address.status.code(), Some(2));
}

#[test]
fn a_syntax_error_costs_one_item() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = "resource \"aws_iam_role\" \"broken\" {\n  name = = 1\n}\nresource \"aws_iam_access_key\" \"k\" {\n  user = \"svc\"\n}\n";
    write(dir.path(), &[("main.tf", text)]);
    let output = keyward(&["scan", "--verbose"], dir.path());
    assert!(stdout(&output).contains("aws_iam_access_key.k"), "{}", stdout(&output));
    assert!(stdout(&output).contains("main.tf:2"), "{}", stdout(&output));
}

#[test]
fn standard_input_is_a_file() {
    use std::io::Write;
    let dir = tempfile::tempdir().expect("a directory");
    let mut child = Command::new(env!("CARGO_BIN_EXE_keyward"))
        .args(["scan", "-", "--stdin-filename", "keys.tf", "--format", "concise"])
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let text = "resource \"aws_iam_access_key\" \"k\" {\n  user = \"svc\"\n}\n";
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("writable");
    let output = child.wait_with_output().expect("it ends");
    assert!(stdout(&output).contains("keys.tf:"), "{}", stdout(&output));
}

#[test]
fn every_command_has_output() {
    for args in [
        &["rules"][..],
        &["rules", "--json"],
        &["explain", "hardcoded-secret"],
        &["explain", "KW107"],
        &["completions", "bash"],
        &["graph", ".", "--format", "mermaid"],
        &["graph", ".", "--around", "module.ci_user.aws_iam_user.this"],
        &["inventory", ".", "--format", "csv"],
        &["explain", "google_service_account.reports"],
    ] {
        let output = keyward(args, &demo());
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", stderr(&output));
        assert!(stdout(&output).lines().count() > 3, "{args:?}: {}", stdout(&output));
    }
}

#[test]
fn machine_formats_hold_to_their_schemas() {
    let read = |path: &str| -> serde_json::Value {
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("readable");
        serde_json::from_str(&text).expect("valid JSON")
    };
    for (format, schema) in
        [("json", "docs/schema/report-v1.json"), ("sarif", "testdata/schema/sarif-2.1.0.json")]
    {
        let output = keyward(&["scan", ".", "--format", format, "--persona", "auditor"], &demo());
        let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("valid JSON");
        let mut schema = read(schema);
        if format == "sarif" {
            // The approved errata repair this pattern.
            for owner in ["run", "toolComponent"] {
                schema["definitions"][owner]["properties"]["language"]["pattern"] =
                    "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
            }
        }
        let validator = jsonschema::validator_for(&schema).expect("a valid schema");
        let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{format}: {errors:#?}");
    }
}

#[test]
fn sarif_tags_carry_categories_and_routes() {
    let output = keyward(&["scan", ".", "--format", "sarif"], &demo());
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("valid JSON");
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let rule = rules.iter().find(|rule| rule["id"] == "hardcoded-secret").expect("the rule");
    let tags = rule["properties"]["tags"].as_array().expect("tags");
    assert!(tags.iter().any(|tag| tag == "secret"), "{tags:?}");
    let results = run["results"].as_array().expect("results");
    assert!(results.iter().all(|result| result["partialFingerprints"].is_object()));
    assert!(results.iter().any(|result| result["codeFlows"].is_array()), "no route is shown");
}
