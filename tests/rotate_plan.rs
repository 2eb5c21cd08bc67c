//! What `keyward rotate plan` prints, as people run it.

use std::path::Path;
use std::process::{Command, Output};

const TODAY: &str = "2026-11-22";

fn plan(dir: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
    command.args(["rotate", "plan", "--today", TODAY]).args(more).current_dir(dir).env("NO_COLOR", "1");
    command.output().expect("the program starts")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn example() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rotation/plan")
}

fn of(code: &str, more: &[&str]) -> Output {
    let temp = tempfile::tempdir().expect("a directory");
    std::fs::write(temp.path().join("main.tf"), code).expect("writable");
    plan(temp.path(), more)
}

#[test]
fn people_read_what_is_due_and_how() {
    insta::assert_snapshot!(text(&plan(&example(), &["--all"])));
}

#[test]
fn machines_read_the_same() {
    let shown = text(&plan(&example(), &["--format", "json"]));
    let read: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(read["schema"], "urn:keyward:rotation-plan-v1");
    let urgencies: Vec<_> =
        read["items"].as_array().expect("a list").iter().map(|it| &it["urgency"]).collect();
    assert!(urgencies.contains(&&"leaked".into()) && urgencies.contains(&&"fresh".into()), "{urgencies:?}");
    insta::assert_snapshot!(shown);
}

#[test]
fn markdown_is_a_list_to_tick_off() {
    insta::assert_snapshot!(text(&plan(&example(), &["--format", "markdown"])));
}

#[test]
fn no_format_shows_a_secret() {
    for format in ["human", "json", "markdown"] {
        let output = plan(&example(), &["--all", "--format", format]);
        assert!(!text(&output).contains("Tr0ub4dor"), "{format}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("Tr0ub4dor"), "{format}");
    }
}

#[test]
fn alerts_are_silent_when_nothing_is_due() {
    let undated = "resource \"aws_iam_access_key\" \"a\" {\n  user = \"a\"\n}\n";
    let output = of(undated, &["--alert-only"]);
    assert_eq!((output.status.code(), text(&output)), (Some(0), String::new()));
    let leaked =
        "resource \"aws_db_instance\" \"a\" {\n  username = \"a\"\n  password = \"Tr0ub4dor&3-horse\"\n}\n";
    let output = of(leaked, &["--alert-only"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).starts_with("LEAKED  aws_db_instance.a"), "{}", text(&output));
}

#[test]
fn code_without_credentials_needs_nothing() {
    let output = of("resource \"aws_iam_role\" \"a\" {\n  name = \"a\"\n}\n", &[]);
    assert_eq!(text(&output), "There is no standing credential in this code.\n");
}

#[test]
fn an_unknown_age_is_said_to_be_unknown() {
    let output = of("resource \"aws_iam_access_key\" \"a\" {\n  user = \"a\"\n}\n", &["--all"]);
    let shown = text(&output);
    assert!(shown.contains("its age is not in the code"), "{shown}");
    assert!(shown.contains("nothing here uses it"), "{shown}");
}

#[test]
fn hours_and_conditions_that_are_wrong_stop_it() {
    let temp = tempfile::tempdir().expect("a directory");
    std::fs::write(temp.path().join("main.tf"), "").expect("writable");
    std::fs::write(temp.path().join("keyward.toml"), "[rotation]\nwindows = [\"always\"]\n")
        .expect("writable");
    let output = plan(temp.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`always` is no window"));
}
