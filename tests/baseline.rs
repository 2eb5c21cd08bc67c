//! A baseline survives what people do to code, and catches what is new.

use std::path::Path;
use std::process::{Command, Output};

fn keyward(args: &[&str], dir: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
    command.args(args).args(["--today", "2026-11-22"]).current_dir(dir).env("NO_COLOR", "1");
    command.output().expect("the program starts")
}

fn code(args: &[&str], dir: &Path) -> Option<i32> {
    keyward(args, dir).status.code()
}

#[test]
fn a_renamed_file_keeps_what_stands_in_locals_and_providers() {
    let dir = tempfile::tempdir().expect("a directory");
    let code = "locals {\n  password = \"kT7#pQ2!vX9z\"\n}\n\nresource \"aws_ssm_parameter\" \"db\" {\n  name = \"db\"\n  type = \"SecureString\"\n  value = local.password\n}\n";
    std::fs::write(dir.path().join("main.tf"), code).expect("writable");
    assert_eq!(code_of(&keyward(&["scan"], dir.path())), Some(1));
    assert_eq!(code_of(&keyward(&["baseline", "write"], dir.path())), Some(0));
    std::fs::rename(dir.path().join("main.tf"), dir.path().join("other.tf")).expect("there");
    let scan = keyward(&["scan"], dir.path());
    assert_eq!(code_of(&scan), Some(0), "{}", String::from_utf8_lossy(&scan.stdout));
}

fn code_of(output: &Output) -> Option<i32> {
    output.status.code()
}

const KEY: &str = "resource \"aws_iam_access_key\" \"ci\" {\n  user = \"ci\"\n}\n";

#[test]
fn what_was_known_does_not_fail_and_what_is_new_does() {
    let dir = tempfile::tempdir().expect("a directory");
    let at = |name: &str| dir.path().join(name);
    let put = |name: &str, text: &str| std::fs::write(at(name), text).expect("writable");
    put("main.tf", KEY);
    assert_eq!(code(&["scan"], dir.path()), Some(1));
    assert_eq!(code(&["baseline", "write"], dir.path()), Some(0));
    assert_eq!(code(&["scan"], dir.path()), Some(0));
    assert_eq!(code(&["scan", "--no-baseline"], dir.path()), Some(1));

    // Reformatted, moved down and into a file of another name.
    std::fs::remove_file(at("main.tf")).expect("there");
    put(
        "keys.tf",
        "locals {\n  a = 1\n}\n\nresource \"aws_iam_access_key\" \"ci\" {\n\n    user   =  \"ci\"\n}\n",
    );
    assert_eq!(code(&["scan"], dir.path()), Some(0));
    assert_eq!(code(&["baseline", "status"], dir.path()), Some(0));

    // Renamed, as Terraform is told of it.
    let moved = "moved {\n  from = aws_iam_access_key.ci\n  to   = aws_iam_access_key.robot\n}\n";
    put("keys.tf", &format!("{}{moved}", KEY.replace("\"ci\" {", "\"robot\" {")));
    assert_eq!(code(&["scan"], dir.path()), Some(0));
    assert_eq!(code(&["baseline", "prune"], dir.path()), Some(0));
    put("keys.tf", &KEY.replace("\"ci\" {", "\"robot\" {"));
    assert_eq!(code(&["scan"], dir.path()), Some(0));

    put("more.tf", &KEY.replace("\"ci\" {", "\"new\" {"));
    let output = keyward(&["scan", "--format", "concise"], dir.path());
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("more.tf") && !text.contains("keys.tf"), "{text}");
    assert_eq!(code(&["baseline", "status"], dir.path()), Some(1));

    std::fs::remove_file(at("keys.tf")).expect("there");
    std::fs::remove_file(at("more.tf")).expect("there");
    put("main.tf", "locals {\n  a = 1\n}\n");
    assert_eq!(code(&["baseline", "prune"], dir.path()), Some(0));
    let text = std::fs::read_to_string(at("keyward-baseline.json")).expect("there");
    assert!(text.contains("\"findings\": []"), "{text}");
}

#[test]
fn what_is_no_baseline_is_said_to_be_none() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("main.tf"), KEY).expect("writable");
    std::fs::write(dir.path().join("keyward-baseline.json"), "{\"findings\": []}").expect("writable");
    let output = keyward(&["scan"], dir.path());
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("it has no schema") && text.contains("keyward baseline write"), "{text}");
    assert_eq!(code(&["scan", "--baseline", "missing.json"], dir.path()), Some(2));
}
