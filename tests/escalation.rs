//! What AWS identities may come to: every method of the catalogue, and who is told of it.

use keyward::analysis::{Analysis, Selection, Settings, analyse};
use keyward::diagnostic::{Finding, Persona};
use keyward::identity::escalation::aws::{Kind, methods};
use std::fmt::Write;

fn scan(text: &str, persona: Persona) -> Analysis {
    let dir = tempfile::tempdir().expect("a temporary directory");
    std::fs::write(dir.path().join("main.tf"), text).expect("writable");
    let selection = Selection { select: vec!["escalation".to_string()], ignore: Vec::new() };
    let settings = Settings { selection, persona, ..Settings::default() };
    analyse(dir.path(), &settings, jiff::civil::date(2026, 11, 22)).expect("readable")
}

fn of<'a>(analysis: &'a Analysis, identity: &str) -> Vec<&'a Finding> {
    let about = |finding: &&Finding| finding.identity.as_deref() == Some(identity);
    analysis.findings.iter().filter(about).collect()
}

fn role(name: &str, service: &str, statements: &str) -> String {
    format!(
        r#"
        resource "aws_iam_role" "{name}" {{
          name               = "{name}"
          assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "{service}" }} }}] }})
        }}
        resource "aws_iam_role_policy" "{name}" {{
          role   = aws_iam_role.{name}.name
          policy = jsonencode({{ Version = "2012-10-17", Statement = [{statements}] }})
        }}
        "#
    )
}

/// Whoever has the actions of a method on everything is told of, and the method is the one that is named.
#[test]
fn every_method_is_found() {
    let mut text = String::new();
    let mut wanted = Vec::new();
    for (name, method) in methods() {
        let actions = method.all.iter().chain(method.any.iter().filter_map(|group| group.first()));
        let list: Vec<String> = actions.map(|action| format!("\"{action}\"")).collect();
        let label = name.replace('-', "_");
        let statement = format!(r#"{{ Effect = "Allow", Action = [{}], Resource = "*" }}"#, list.join(", "));
        let _ = write!(text, "{}", role(&label, "ec2.amazonaws.com", &statement));
        wanted.push((name, method.kind, format!("aws_iam_role.{label}")));
    }
    let default = scan(&text, Persona::Regular);
    let strict = scan(&text, Persona::Strict);
    for (name, kind, identity) in wanted {
        let found = of(&strict, &identity);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let told = of(&default, &identity).len() == 1;
        // All secrets are a matter of the resources, which another rule speaks of.
        assert_eq!(told, kind != Kind::Credential, "{name}");
    }
}

const PASS_ONE: &str = r#"
    { Effect = "Allow", Action = "iam:PassRole", Resource = aws_iam_role.target.arn },
    { Effect = "Allow", Action = ["lambda:CreateFunction", "lambda:InvokeFunction"], Resource = "*" }"#;

/// What a pipeline passes is a matter of what it passes.
#[test]
fn passing_a_role_that_is_no_stronger_is_quiet() {
    let weak = r#"{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }"#;
    let strong = r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#;
    let code = |target: &str| {
        role("target", "lambda.amazonaws.com", target) + &role("deploy", "codebuild.amazonaws.com", PASS_ONE)
    };
    assert!(scan(&code(weak), Persona::Strict).findings.is_empty());
    assert_eq!(of(&scan(&code(weak), Persona::Auditor), "aws_iam_role.deploy").len(), 1);
    let found = scan(&code(strong), Persona::Regular);
    let found = of(&found, "aws_iam_role.deploy");
    assert!(found[0].message.contains("become an administrator of the AWS account"), "{}", found[0].message);
}

/// An alias of the provider may be another account, whose roles cannot be passed here.
#[test]
fn roles_of_other_accounts_are_not_passed() {
    let strong = r#"{ Effect = "Allow", Action = "*", Resource = "*" }"#;
    let target = role("target", "lambda.amazonaws.com", strong).replacen(
        "name               = \"target\"",
        "name = \"target\"\n          provider = aws.other",
        1,
    );
    let providers = r#"
        provider "aws" {
          region = "eu-west-1"
        }
        provider "aws" {
          alias  = "other"
          region = "eu-west-1"
          assume_role {
            role_arn = "arn:aws:iam::999999999999:role/deploy"
          }
        }
    "#;
    let code = format!("{providers}{target}{}", role("deploy", "codebuild.amazonaws.com", PASS_ONE));
    assert!(of(&scan(&code, Persona::Auditor), "aws_iam_role.deploy").is_empty());
}

/// A service control policy of this code may be about this account or not.
#[test]
fn service_control_policies_make_it_unsure() {
    let code = role(
        "own",
        "ec2.amazonaws.com",
        r#"{ Effect = "Allow", Action = "iam:PutRolePolicy", Resource = "*" }"#,
    );
    let policy = r#"
        resource "aws_organizations_policy" "deny" {
          name    = "deny"
          content = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "iam:Put*", Resource = "*" }] })
        }
        resource "aws_organizations_policy_attachment" "deny" {
          policy_id = aws_organizations_policy.deny.id
          target_id = "123456789012"
        }
    "#;
    assert_eq!(scan(&code, Persona::Regular).findings.len(), 1);
    let code = format!("{code}{policy}");
    assert!(scan(&code, Persona::Regular).findings.is_empty());
    let strict = scan(&code, Persona::Strict);
    let notes = &strict.findings[0].notes;
    assert!(notes.iter().any(|note| note.contains("service control policy")), "{notes:?}");
}

/// People and the services of AWS are not told of in the default run.
#[test]
fn some_are_for_strict_readers() {
    let wide = r#"{ Effect = "Allow", Action = ["iam:PassRole", "ec2:RunInstances"], Resource = "*" }"#;
    let code = role("backup", "backup.amazonaws.com", wide);
    assert!(scan(&code, Persona::Regular).findings.is_empty());
    assert_eq!(scan(&code, Persona::Strict).findings.len(), 1);
}

/// What runs in the account is taken over whether or not it is declared, unless the permission is limited.
#[test]
fn what_is_not_declared_is_taken_over_on_everything_only() {
    let on = |action: &str, resource: &str| {
        let statement = format!(r#"{{ Effect = "Allow", Action = "{action}", Resource = "{resource}" }}"#);
        role("deploy", "ec2.amazonaws.com", &statement)
    };
    let told = |code: &str, persona| scan(code, persona).findings.len();
    assert_eq!(told(&on("ssm:SendCommand", "*"), Persona::Regular), 1);
    // Which documents may be run is a limit of its own.
    let instances = on("ssm:SendCommand", "arn:aws:ec2:*:*:instance/*");
    assert_eq!((told(&instances, Persona::Regular), told(&instances, Persona::Strict)), (0, 1));
    assert_eq!(told(&on("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:*"), Persona::Regular), 1);
    assert_eq!(told(&on("ssm:Send*", "*"), Persona::Regular), 0);
}

/// A control policy holds for accounts that are known to be others than the one it is written in.
#[test]
fn control_policies_limit_member_accounts() {
    let control = |target: &str| {
        format!(
            r#"
            resource "aws_organizations_policy" "p" {{
              name    = "p"
              content = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Deny", Action = "iam:*", Resource = "*" }}] }})
            }}
            resource "aws_organizations_policy_attachment" "p" {{
              policy_id = aws_organizations_policy.p.id
              target_id = "{target}"
            }}
            provider "aws" {{
              allowed_account_ids = ["111122223333"]
            }}
            provider "aws" {{
              alias               = "member"
              allowed_account_ids = ["444455556666"]
            }}
            "#
        )
    };
    let grant = role(
        "deploy",
        "ec2.amazonaws.com",
        r#"{ Effect = "Allow", Action = "iam:CreateAccessKey", Resource = "*" }"#,
    );
    let member = grant.replace("\" {", "\" {\n provider = aws.member");
    let told = |code: &str, target: &str| {
        let code = format!("{code}{}", control(target));
        (scan(&code, Persona::Regular).findings.len(), scan(&code, Persona::Strict).findings.len())
    };
    assert_eq!(told(&member, "r-ab12"), (0, 0), "the root of the organization");
    assert_eq!(told(&member, "444455556666"), (0, 0), "the account");
    assert_eq!(told(&member, "777788889999"), (1, 1), "another account");
    assert_eq!(told(&member, "ou-ab12-cd34"), (0, 1), "some unit");
    assert_eq!(told(&grant, "r-ab12"), (0, 1), "perhaps the management account");
}

/// The language of 2008, which is the default, takes what looks like a variable for text.
#[test]
fn policies_without_a_version_know_no_variables() {
    let told = |code: &str| scan(code, Persona::Auditor).findings.len();
    let user = |version: &str| {
        format!(
            r#"
            resource "aws_iam_user" "u" {{
              name = "u"
            }}
            resource "aws_iam_user_policy" "u" {{
              user   = aws_iam_user.u.name
              policy = jsonencode({{ {version} Statement = [
                {{ Effect = "Allow", Action = "iam:PutUserPolicy", Resource = "arn:aws:iam::*:user/$${{aws:username}}" }},
              ] }})
            }}
            "#
        )
    };
    assert_eq!(told(&user(r#"Version = "2012-10-17","#)), 1);
    assert_eq!(told(&user(r#"Version = "2008-10-17","#)), 0);
    assert_eq!(told(&user("")), 0);
}
