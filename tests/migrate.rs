//! Skips of other scanners become waivers: each with a reason and a day, once, and the scan is green until then.

use std::path::Path;
use std::process::{Command, Output};

fn keyward(args: &[&str], dir: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
    command.args(args).current_dir(dir).env("NO_COLOR", "1");
    command.output().expect("the program starts")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const CODE: &str = r#"resource "aws_iam_role_policy" "ci" {
  #checkov:skip=CKV_AWS_355: "the service names
  #checkov:skip=CKV_AWS_290:  writes anywhere
  #checkov:skip=CKV_AWS_18:not about identities
  role   = aws_iam_role.ci.id
  policy = data.aws_iam_policy_document.ci.json
}

data "aws_iam_policy_document" "ci" {
  # checkov:skip=CKV_AWS_111: Terraform writes everywhere
  # checkov:skip=CKV_AWS_356
  statement {
    actions   = ["dynamodb:*"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "narrow" {
  # checkov:skip=CKV_AWS_356:nothing is found here
  statement {
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::reports/*"]
  }
}

resource "aws_iam_role" "ci" {
  tags = { Owner = "platform" }
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      #tfsec:ignore:AVD-AWS-0097 the partner asks for it
      Principal = { AWS = "*" }
    }]
  })
}

resource "aws_iam_access_key" "old" {
  user = "old"
}
"#;

#[test]
fn skips_become_waivers_with_a_reason_and_a_day() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("main.tf");
    let put = |text: &str| std::fs::write(&file, text).expect("writable");
    let read = || std::fs::read_to_string(&file).expect("there");
    for windows in [false, true] {
        let code = if windows { format!("\u{feff}{}", CODE.replace('\n', "\r\n")) } else { CODE.to_owned() };
        put(&code);
        let today = ["--today", "2026-11-22"];
        assert_eq!(keyward(&[&["scan"], &today[..]].concat(), dir.path()).status.code(), Some(1));

        let preview = keyward(&[&["migrate", "--diff"], &today[..]].concat(), dir.path());
        assert_eq!((preview.status.code(), read()), (Some(0), code.clone()), "a preview writes nothing");

        let done = keyward(&[&["migrate"], &today[..]].concat(), dir.path());
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        if !windows {
            insta::assert_snapshot!("listed", out(&done));
            insta::assert_snapshot!("code", read());
        } else {
            assert_eq!(read().matches('\n').count(), read().matches("\r\n").count());
            assert!(read().starts_with('\u{feff}'));
        }
        let added = read().lines().filter(|line| line.contains("keyward: ignore[")).count();
        assert!(added >= 2, "{}", read());
        for line in read().lines().filter(|line| line.contains("keyward: ignore[")) {
            assert!(line.contains("until=2027-02-20 reason=\""), "{line}");
        }

        let scan = keyward(&[&["scan"], &today[..]].concat(), dir.path());
        assert_eq!(scan.status.code(), Some(0), "{}", out(&scan));
        let late = keyward(&["scan", "--today", "2027-02-21", "--format", "concise"], dir.path());
        assert_eq!(late.status.code(), Some(1));
        assert!(
            out(&late).contains("[waiver-expired] the waiver of `wildcard-action` ended on 2027-02-20"),
            "{}",
            out(&late)
        );
        assert!(out(&late).contains("wildcard"), "{}", out(&late));

        let before = read();
        let again = keyward(&[&["migrate"], &today[..]].concat(), dir.path());
        assert_eq!((again.status.code(), read()), (Some(0), before), "a second run changes nothing");
        std::fs::remove_file(dir.path().join("keyward-baseline.json")).expect("written");
    }
}

#[test]
fn the_last_day_is_to_come() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("main.tf"), CODE).expect("writable");
    let output = keyward(&["migrate", "--until", "2026-01-01", "--today", "2026-11-22"], dir.path());
    assert_eq!(output.status.code(), Some(2));
    let json = keyward(
        &["migrate", "--diff", "--format", "json", "--until", "2027-01-15", "--today", "2026-11-22"],
        dir.path(),
    );
    assert!(
        out(&json).contains("\"fate\": \"waiver\"") && out(&json).contains("2027-01-15"),
        "{}",
        out(&json)
    );
}
