//! What identities may do, computed over all their grants.

use keyward::analysis::{Analysis, Settings, analyse};
use keyward::identity::privilege::{Level, privilege};

fn scan(text: &str) -> Analysis {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("main.tf"), text).expect("writable");
    analyse(dir.path(), &Settings::default(), jiff::civil::date(2026, 11, 22)).expect("readable")
}

/// Level and summary of the one identity in the code.
fn of(text: &str) -> (Level, String, Vec<String>) {
    let analysis = scan(text);
    let model = &analysis.estate.models[0];
    let found = privilege(model, model.identities[0].id);
    (found.level, found.summary.clone(), found.caveats.clone())
}

fn role(statements: &str, more: &str) -> (Level, String, Vec<String>) {
    of(&format!(
        r#"
        variable "unknown" {{}}
        resource "aws_iam_role" "x" {{
          name               = "x"
          assume_role_policy = "{{}}"
          {more}
        }}
        resource "aws_iam_role_policy" "x" {{
          role   = aws_iam_role.x.id
          policy = jsonencode({{ Version = "2012-10-17", Statement = [{statements}] }})
        }}
        "#
    ))
}

#[test]
fn levels_of_aws_identities() {
    let level = |statements: &str| role(statements, "").0;
    let allow = |action: &str| format!(r#"{{ Effect = "Allow", Action = {action}, Resource = "*" }}"#);
    assert_eq!(level(&allow(r#""*""#)), Level::Admin);
    assert_eq!(level(r#"{ Effect = "Allow", NotAction = "iam:*", Resource = "*" }"#), Level::Power);
    assert_eq!(
        level(&allow(r#"["iam:PassRole", "iam:CreateRole", "s3:PutBucketPolicy"]"#)),
        Level::Permissions
    );
    assert_eq!(level(&allow(r#""sqs:SendMessage""#)), Level::Write);
    assert_eq!(level(&allow(r#"["s3:GetObject", "ec2:Describe*"]"#)), Level::Read);
    assert_eq!(level(&allow("var.unknown")), Level::Unknown);
    assert_eq!(level(""), Level::None);
}

#[test]
fn boundaries_and_denies_take_away() {
    let all = r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#;
    let bound = |boundary: &str| role(all, &format!("permissions_boundary = {boundary}"));
    let (level, summary, caveats) = bound(r#""arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess""#);
    assert_eq!(level, Level::Read);
    assert!(summary.contains("s3"), "{summary}");
    assert_eq!(caveats, ["it stays within permissions boundary `AmazonS3ReadOnlyAccess`"]);
    let (level, _, caveats) = bound("var.unknown");
    assert_eq!((level, caveats.len()), (Level::Admin, 1));
    let denied = format!(r#"{all}, {{ Effect = "Deny", NotAction = "s3:Get*", Resource = "*" }}"#);
    assert_eq!(role(&denied, "").0, Level::Read);
}

#[test]
fn summaries_are_short() {
    let (_, summary, _) = role(
        r#"{ Effect = "Allow", Action = ["sqs:SendMessage", "s3:PutObject", "kms:CreateGrant", "sns:Publish", "ses:SendEmail"], Resource = "*" }"#,
        "",
    );
    assert_eq!(summary, "manages permissions of kms, writes s3, ses, sns and 1 more");
    let (level, summary, _) = of(r#"
        resource "google_service_account" "x" {
          account_id = "x"
        }
        resource "google_project_iam_member" "x" {
          for_each = toset(["roles/viewer", "roles/editor"])
          project  = "p"
          role     = each.key
          member   = google_service_account.x.member
        }
        "#);
    assert_eq!(level, Level::Power);
    assert_eq!(summary, "roles/editor in project `p`; roles/viewer in project `p`");
}
