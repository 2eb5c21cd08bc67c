//! Questions on small estates: who can do what, who can become whom, by which way.

use keyward::analysis::{Analysis, Settings, analyse};
use keyward::iam::Tri;
use keyward::query::{self, Answers, Ways};
use std::process::Command;

fn scan(text: &str) -> Analysis {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("main.tf"), text).expect("writable");
    analyse(dir.path(), &Settings::default(), jiff::civil::date(2026, 11, 22)).expect("readable")
}

fn ask(analysis: &Analysis, question: &str, ways: Ways) -> Answers {
    let question = query::parse(question).expect("a question");
    query::ask(&analysis.estate, &question, ways).expect("names that are here")
}

/// Names of those of whom the answer is yes, and with a question mark of those of whom it is perhaps.
fn who(analysis: &Analysis, question: &str) -> Vec<String> {
    named(&ask(analysis, question, Ways::Any))
}

fn named(answers: &Answers) -> Vec<String> {
    let mut names: Vec<String> = answers
        .matches
        .iter()
        .filter(|found| found.answer.is_possible())
        .map(|found| format!("{}{}", found.who, if found.answer.is_yes() { "" } else { "?" }))
        .collect();
    names.sort();
    names
}

fn can(analysis: &Analysis, question: &str) -> Tri {
    ask(analysis, question, Ways::Any).verdict.expect("a question of yes or no")
}

const CHAIN: &str = r#"
variable "bucket" {}

resource "aws_iam_user" "ci" {
  name = "ci"
}
resource "aws_iam_user_policy" "ci" {
  user = aws_iam_user.ci.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Resource = aws_iam_role.deploy.arn },
    { Effect = "Allow", Action = "s3:*", Resource = "arn:aws:s3:::acme-logs/*", Condition = { StringEquals = { "aws:PrincipalTag/team" = "x" } } },
    { Effect = "Deny", Action = "s3:PutObject", Resource = "arn:aws:s3:::acme-logs/*" },
    { Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${var.bucket}/*" },
  ] })
}
resource "aws_iam_role" "deploy" {
  name = "deploy"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = aws_iam_user.ci.arn } },
    { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } },
  ] })
}
resource "aws_iam_role_policy" "deploy" {
  role = aws_iam_role.deploy.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.jobs.arn },
    { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = "arn:aws:secretsmanager:*:*:secret:app/*" },
    { Effect = "Allow", Action = "s3:ListBucket", Resource = aws_s3_bucket.logs.arn },
  ] })
}
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}
resource "aws_sqs_queue" "other" {
  name = "other"
}
resource "aws_secretsmanager_secret" "app" {
  name = "app/db"
}
resource "aws_secretsmanager_secret" "billing" {
  name = "billing/db"
}
resource "aws_s3_bucket" "logs" {
  bucket = "acme-logs"
}
"#;

#[test]
fn permissions_are_those_on_the_resource() {
    let estate = scan(CHAIN);
    assert_eq!(
        who(&estate, "who can sqs:SendMessage on aws_sqs_queue.jobs"),
        ["aws_iam_role.deploy", "aws_iam_user.ci"]
    );
    assert_eq!(who(&estate, "who can sqs:SendMessage on aws_sqs_queue.other"), [""; 0]);
    assert_eq!(
        who(&estate, "who can secretsmanager:GetSecretValue on *.app"),
        ["aws_iam_role.deploy", "aws_iam_user.ci"]
    );
    assert_eq!(who(&estate, "who can secretsmanager:GetSecretValue on *.billing"), [""; 0]);
    assert_eq!(
        who(&estate, "who can secretsmanager:GetSecretValue"),
        ["aws_iam_role.deploy", "aws_iam_user.ci"]
    );
    let direct = ask(&estate, "who can sqs:SendMessage", Ways::Direct);
    assert_eq!(named(&direct), ["aws_iam_role.deploy"]);
}

#[test]
fn yes_no_and_cannot_tell() {
    let estate = scan(CHAIN);
    assert_eq!(can(&estate, "can aws_iam_user.ci sqs:SendMessage on aws_sqs_queue.jobs"), Tri::Yes);
    assert_eq!(can(&estate, "can aws_iam_user.ci s3:PutObject on aws_s3_bucket.logs"), Tri::No);
    assert_eq!(can(&estate, "can aws_iam_user.ci s3:DeleteObject on aws_s3_bucket.logs"), Tri::Maybe);
    assert_eq!(can(&estate, "can aws_iam_role.deploy s3:ListBucket on aws_s3_bucket.logs"), Tri::Yes);
    assert_eq!(can(&estate, "can aws_iam_role.deploy s3:GetObject on aws_s3_bucket.logs"), Tri::No);
    assert_eq!(can(&estate, "can aws_iam_role.deploy iam:PassRole"), Tri::No);
    assert_eq!(can(&estate, "can aws_iam_user.ci s3:GetObject on arn:aws:s3:::nowhere/x"), Tri::Maybe);
    let denied = ask(&estate, "can aws_iam_user.ci s3:PutObject on aws_s3_bucket.logs", Ways::Any);
    assert_eq!(denied.matches[0].grounds[0].text, "denied by `s3:PutObject`");
}

#[test]
fn ways_are_told_step_by_step() {
    let estate = scan(CHAIN);
    assert_eq!(
        who(&estate, "who can become aws_iam_role.deploy"),
        ["aws_iam_user.ci", "service ec2.amazonaws.com"]
    );
    assert_eq!(can(&estate, "can aws_iam_user.ci become aws_iam_role.deploy"), Tri::Yes);
    assert_eq!(can(&estate, "can aws_iam_role.deploy become aws_iam_user.ci"), Tri::No);
    let found = ask(&estate, "can aws_iam_user.ci sqs:SendMessage", Ways::Any);
    let way = &found.matches[0];
    assert_eq!(way.path.len(), 1);
    assert!(way.path[0].text.contains("aws_iam_role.deploy"), "{way:?}");
    assert_eq!(way.grounds.len(), 1);
    let unknown = query::parse("who can become aws_iam_role.nobody").expect("a question");
    assert!(query::ask(&estate.estate, &unknown, Ways::Any).is_err());
}

#[test]
fn roles_of_google_cloud() {
    let estate = scan(
        r#"
        resource "google_service_account" "app" {
          account_id = "app"
        }
        resource "google_service_account" "admin" {
          account_id = "admin"
        }
        resource "google_storage_bucket" "logs" {
          name     = "logs"
          location = "EU"
        }
        resource "google_storage_bucket_iam_member" "app" {
          bucket = google_storage_bucket.logs.name
          role   = "roles/storage.objectAdmin"
          member = google_service_account.app.member
        }
        resource "google_project_iam_member" "admin" {
          project = "p"
          role    = "roles/storage.admin"
          member  = google_service_account.admin.member
        }
        "#,
    );
    let both = ["google_service_account.admin", "google_service_account.app"];
    assert_eq!(who(&estate, "who can storage.objects.delete on google_storage_bucket.logs"), both);
    assert_eq!(who(&estate, "who can storage.buckets.delete"), ["google_service_account.admin"]);
    assert_eq!(can(&estate, "can google_service_account.app storage.objects.delete"), Tri::Yes);
    assert_eq!(can(&estate, "can google_service_account.app storage.buckets.delete"), Tri::No);
}

#[test]
fn roles_of_azure() {
    let estate = scan(
        r#"
        resource "azurerm_user_assigned_identity" "app" {
          name                = "app"
          location            = "westeurope"
          resource_group_name = "rg"
        }
        resource "azurerm_role_assignment" "app" {
          scope                = "/subscriptions/00000000-0000-0000-0000-000000000000"
          role_definition_name = "Key Vault Secrets User"
          principal_id         = azurerm_user_assigned_identity.app.principal_id
        }
        "#,
    );
    let read = "Microsoft.KeyVault/vaults/secrets/getSecret/action";
    assert_eq!(who(&estate, &format!("who can {read}")), ["azurerm_user_assigned_identity.app"]);
    assert_eq!(can(&estate, "can *.app Microsoft.Authorization/roleAssignments/write"), Tri::No);
}

#[test]
fn rules_of_kubernetes() {
    let estate = scan(
        r#"
        resource "kubernetes_service_account" "app" {
          metadata {
            name      = "app"
            namespace = "web"
          }
        }
        resource "kubernetes_role" "app" {
          metadata {
            name      = "app"
            namespace = "web"
          }
          rule {
            api_groups = [""]
            resources  = ["secrets"]
            verbs      = ["get"]
          }
        }
        resource "kubernetes_role_binding" "app" {
          metadata {
            name      = "app"
            namespace = "web"
          }
          role_ref {
            api_group = "rbac.authorization.k8s.io"
            kind      = "Role"
            name      = kubernetes_role.app.metadata[0].name
          }
          subject {
            kind      = "ServiceAccount"
            name      = kubernetes_service_account.app.metadata[0].name
            namespace = "web"
          }
        }
        "#,
    );
    assert_eq!(who(&estate, "who can get secrets"), ["kubernetes_service_account.app"]);
    assert_eq!(can(&estate, "can *.app delete secrets"), Tri::No);
    assert_eq!(can(&estate, "can *.app get deployments"), Tri::No);
}

#[test]
fn exit_codes_answer_too() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("main.tf"), CHAIN).expect("writable");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_keyward"))
            .arg("query")
            .args(arguments)
            .arg(dir.path())
            .output()
            .expect("it runs");
        let text = String::from_utf8(output.stdout).expect("text");
        (output.status.code(), text, String::from_utf8(output.stderr).expect("text"))
    };
    let (code, text, _) = run(&["who can sqs:SendMessage"]);
    assert_eq!(code, Some(0));
    assert!(text.contains("aws_iam_role.deploy\n  allowed by `sqs:SendMessage` (main.tf:"), "{text}");
    assert_eq!(run(&["who can iam:PassRole"]).0, Some(1));
    assert_eq!(run(&["who can iam:PassRole"]).1, "nobody\n");
    assert_eq!(run(&["can aws_iam_user.ci s3:DeleteObject on aws_s3_bucket.logs"]).0, Some(3));
    let (code, _, error) = run(&["who may iam:PassRole"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("who can PERMISSION [on RESOURCE]"), "{error}");
    let (code, text, _) = run(&["--format", "json", "can aws_iam_user.ci sqs:SendMessage"]);
    let answer: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((code, &answer["verdict"]), (Some(0), &serde_json::json!("yes")));
    assert_eq!(answer["answers"][0]["path"][0]["by"][0]["file"], "main.tf");
}

#[test]
fn cards_tell_powers_and_ways() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("main.tf"), CHAIN).expect("writable");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_keyward")).args(arguments).arg(dir.path()).output();
        String::from_utf8(output.expect("it runs").stdout).expect("text")
    };
    let card = run(&["explain", "aws_iam_role.deploy"]);
    for part in [
        "\nmay do\n",
        "  sqs             1 write: sqs:SendMessage (main.tf:26)\n",
        "  secretsmanager  1 read: secretsmanager:GetSecretValue (main.tf:27)\n",
        "\nwho becomes it\n  aws_iam_user.ci\n    the trust policy names it (main.tf:19)\n",
        "  service ec2.amazonaws.com\n",
    ] {
        assert!(card.contains(part), "{part}\n{card}");
    }
    let card = run(&["explain", "aws_iam_user.ci"]);
    assert!(card.contains("what it becomes\n  aws_iam_role.deploy\n"), "{card}");
    assert!(card.contains("  denied: s3:PutObject (main.tf:12)\n"), "{card}");
    let card: serde_json::Value =
        serde_json::from_str(&run(&["explain", "aws_iam_user.ci", "--format", "json"])).expect("JSON");
    assert_eq!(card["identities"][0]["becomes"][0]["target"], "aws_iam_role.deploy");
    assert_eq!(card["identities"][0]["may_do"]["denies"][0]["line"], 12);
}

#[test]
fn an_invariant_about_nobody_is_a_gap_with_its_place() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("main.tf"), CHAIN).expect("writable");
    let config = "[[invariant]]\nname = \"x\"\nfrom = [\"aws_iam_role.gone\"]\ncannot = [\"iam:PasRole\"]\n";
    std::fs::write(dir.path().join("keyward.toml"), config).expect("writable");
    let settings = Settings {
        config: keyward::config::load(&dir.path().join("keyward.toml"), &[]).expect("valid"),
        config_dir: Some(dir.path().to_path_buf()),
        ..Settings::default()
    };
    let analysis = analyse(dir.path(), &settings, jiff::civil::date(2026, 11, 22)).expect("readable");
    let gaps: Vec<String> = analysis
        .gaps
        .iter()
        .filter(|gap| gap.message.starts_with("invariant"))
        .map(|gap| {
            format!(
                "{} {}",
                gap.span.map(|span| analysis.sources.file_line(span)).unwrap_or_default(),
                gap.message
            )
        })
        .collect();
    assert_eq!(gaps.len(), 2, "{gaps:?}");
    assert!(gaps[0].starts_with("keyward.toml:3 invariant `x` is about nobody here"), "{gaps:?}");
    assert!(gaps[1].contains("has no action `iam:PasRole`"), "{gaps:?}");
}

const GUARDED: &str = r#"
provider "aws" {
  allowed_account_ids = ["123456789012"]
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = aws_iam_role.other.arn }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role" "other" {
  name               = "other"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ec2.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role_policy" "other" {
  role   = aws_iam_role.other.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["secretsmanager:GetSecretValue", "s3:GetObject"], Resource = "*" },
    { Effect = "Deny", Action = "s3:DeleteObject", Resource = "*" },
  ] })
}
resource "aws_s3_bucket" "b" {
  bucket = "b"
}
resource "aws_s3_bucket_policy" "b" {
  bucket = aws_s3_bucket.b.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = aws_iam_role.app.arn }, Action = "s3:PutObject", Resource = "${aws_s3_bucket.b.arn}/*" },
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::123456789012:role/other" }, Action = ["s3:PutObject", "s3:DeleteObject"], Resource = "${aws_s3_bucket.b.arn}/*" },
    { Effect = "Allow", Principal = { AWS = "444455556666" }, Action = "s3:PutObject", Resource = "*", Condition = { IpAddress = { "aws:SourceIp" = "192.0.2.0/24" } } },
    { Effect = "Deny", Principal = "*", Action = "s3:*", Resource = "*", Condition = { Bool = { "aws:SecureTransport" = "false" } } },
  ] })
}
resource "aws_secretsmanager_secret" "s" {
  name = "s"
}
resource "aws_secretsmanager_secret_policy" "s" {
  secret_arn = aws_secretsmanager_secret.s.arn
  policy     = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "secretsmanager:GetSecretValue", Resource = "*" },
    { Effect = "Deny", Principal = { AWS = aws_iam_role.other.arn }, Action = "secretsmanager:*", Resource = "*" },
  ] })
}
"#;

/// Policies of things let in whom they name, and keep out whom they deny.
#[test]
fn policies_of_resources_count() {
    let analysis = scan(GUARDED);
    let elsewhere = "everybody in account 444455556666 whom a policy allows it?";
    let app = "aws_iam_role.app";
    assert_eq!(
        who(&analysis, "who can s3:PutObject on aws_s3_bucket.b"),
        [app, "aws_iam_role.other", elsewhere]
    );
    assert_eq!(who(&analysis, "who can s3:GetObject on aws_s3_bucket.b"), ["aws_iam_role.other"]);
    assert!(who(&analysis, "who can s3:DeleteObject on aws_s3_bucket.b").is_empty());
    let secret = "who can secretsmanager:GetSecretValue on aws_secretsmanager_secret.s";
    assert_eq!(who(&analysis, secret), ["service lambda.amazonaws.com"]);
    assert_eq!(can(&analysis, "can aws_iam_role.app s3:PutObject on aws_s3_bucket.b"), Tri::Yes);
    assert_eq!(can(&analysis, "can aws_iam_role.other s3:DeleteObject on aws_s3_bucket.b"), Tri::No);
}
