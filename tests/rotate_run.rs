//! `keyward rotate` as people run it.

#[path = "rotation/case.rs"]
mod case;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/settings.rs"]
mod settings;

use case::{CREDENTIAL, Ended, assert_ended, block_on, knowing, strict, usual};
use keyward::rotation::{Check, KeyId};
use settings::set;
use std::path::Path;
use std::process::Command;

#[test]
fn from_the_first_look_to_the_evidence() {
    let Some(estate) = strict() else { return };
    let case = usual(estate, "whole");
    let old = case.old.id.0.clone();
    set(case.dir.path(), "quiet", "6s");
    assert_ended(&case.run(&["status"]), 0, &["nothing was rotated yet"]);
    let preview = case.run(&["run", CREDENTIAL, "--dry-run"]);
    assert_ended(&preview, 0, &[&format!("{old} would be exchanged"), "8. delete"]);
    assert!(case.proxy.issued().is_empty() && !case.dir.path().join(".keyward").exists(), "nothing was done");

    let begun = case.run(&["run", CREDENTIAL, "--wait", "0"]);
    assert_ended(
        &begun,
        0,
        &["exporter key: waits until", "quiet period", "keyward rotate resume 'exporter key'"],
    );
    assert_eq!(
        begun.text.split('\u{1}').next().map(|text| text.lines().count()),
        Some(1),
        "quiet where nobody looks on"
    );
    assert_ended(&case.run(&["status"]), 0, &["not finished: quiet period", &old]);

    let second = case.run(&["run", CREDENTIAL]);
    assert_ended(&second, 2, &["is being rotated already", "keyward rotate resume"]);
    let done = case.run(&["resume", "--wait", "forever", "--verbose"]);
    assert_ended(&done, 0, &["rotated, ", &format!("done: see that {old} is refused"), "finished: "]);
    assert_ended(&case.run(&["resume"]), 0, &["no run is unfinished"]);
    assert_ended(&case.run(&["resume", CREDENTIAL]), 2, &["no run of `exporter key` is unfinished"]);

    let markdown = case.run(&["evidence", CREDENTIAL]);
    assert_ended(&markdown, 0, &["# Rotation of `exporter key`", "by tester", "AWS IAM user whole0"]);
    let evidence = case.evidence();
    let verified = case.run(&["verify", "--head", evidence["journal_head"].as_str().expect("a digest")]);
    assert_ended(&verified, 0, &["none changed"]);
    assert_ended(&case.run(&["verify", "--head", "0000"]), 1, &["not there any more"]);
    assert_chain(&evidence);
    case.assert_no_secret(&format!("{}{}{evidence}", markdown.text, done.text));
}

/// Whoever has the export alone can compute every digest again.
fn assert_chain(evidence: &serde_json::Value) {
    use sha2::{Digest, Sha256};
    let entries = evidence["entries"].as_array().expect("a list");
    assert!(entries.len() > 15, "{}", entries.len());
    for entry in entries {
        let of = |name: &str| entry[name].as_str().expect("text");
        let digest = Sha256::digest(format!("{}\n{}\n{}", of("before"), entry["number"], of("body")));
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, of("digest"));
    }
}

#[test]
fn what_was_changed_in_the_journal_is_found_and_nothing_is_done_by_it() {
    let Some(estate) = strict() else { return };
    let case = usual(estate, "tampered");
    set(case.dir.path(), "quiet", "1h");
    assert_ended(&case.run(&["run", CREDENTIAL, "--wait", "0"]), 0, &["waits"]);
    let path = case.dir.path().join(".keyward/rotation.sqlite");
    let tamper = "import sqlite3,sys\nc=sqlite3.connect(sys.argv[1])\nc.execute('DROP TRIGGER entry_stays')\nc.execute(\"UPDATE entry SET body=replace(body,'tester','nobody') WHERE number=1\")\nc.commit()";
    let changed = Command::new("python3").args(["-c", tamper]).arg(&path).status().expect("Python starts");
    assert!(changed.success());
    assert_ended(&case.run(&["verify"]), 1, &["entry 1 was changed"]);
    assert_ended(&case.run(&["resume"]), 2, &["entry 1 was changed", "find out who changed it"]);
    assert_ended(&case.run(&["evidence", CREDENTIAL]), 2, &["entry 1 was changed"]);
}

#[test]
fn a_run_is_canceled_before_and_rolled_back_after_the_switch() {
    let Some(estate) = strict() else { return };
    let case = usual(estate, "back");
    set(case.dir.path(), "quiet", "6s");
    assert_ended(&case.run(&["run", CREDENTIAL, "--wait", "0"]), 0, &["quiet period"]);
    assert_ended(&case.run(&["cancel", CREDENTIAL]), 2, &["cannot be canceled", "rotate rollback"]);
    let back = case.run(&["rollback", CREDENTIAL, "--reason", "ticket 7", "--wait", "forever"]);
    assert_ended(&back, 0, &["went back: ticket 7"]);
    let current = block_on(estate.current("back0"));
    assert_eq!(current.id, case.old.id);
    let (id, secret) = case.proxy.issued().remove(0);
    let new = keyward::rotation::Key { id: KeyId(id), secret: secret.into() };
    assert_eq!(block_on(estate.check().accepted(&new)), Ok(false), "nothing is left of the new one");
    assert_ended(&case.run(&["rollback", CREDENTIAL]), 2, &["no run of"]);
}

#[test]
fn whatever_is_not_configured_is_refused_with_the_reason() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("writable");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(dir.path()).env_clear().env("NO_COLOR", "1");
        let output = command.output().expect("the program starts");
        let text = [output.stdout, output.stderr].concat();
        Ended { code: output.status.code(), text: String::from_utf8_lossy(&text).into_owned() }
    };
    write("main.tf", "");
    assert_ended(&run(&["run", "a"]), 2, &["`a` is not configured", "[[rotation.target]]"]);
    assert_ended(&run(&["run"]), 2, &["which credential?"]);
    assert_ended(&run(&["run", "--all"]), 2, &["no credential is configured"]);
    assert_ended(&run(&["verify"]), 2, &["there is no journal"]);
    write("keyward.toml", TARGET);
    assert_ended(&run(&["run", "b"]), 2, &["`b` is not configured", "configured are: a"]);
    assert_ended(&run(&["run", "a"]), 2, &["the variable `AWS_ACCESS_KEY_ID` is not set"]);
    write("keyward.toml", &TARGET.replace("https://vault.example", "http://vault.example"));
    let refused = run(&["run", "a", "--dry-run"]);
    assert_ended(&refused, 2, &["AWS_ACCESS_KEY_ID"]);
    write("keyward.toml", &TARGET.replace("path = \"a\"", ""));
    assert_ended(&run(&["run", "a"]), 2, &["needs `path`"]);
}

const TARGET: &str = r#"
[[rotation.target]]
credential = "a"

[rotation.target.issuer]
kind = "aws-iam"
user = "a"

[[rotation.target.sink]]
kind = "vault-kv"
address = "https://vault.example"
path = "a"
id-field = "id"
secret-field = "secret"
"#;

#[test]
fn outside_of_its_windows_nothing_begins() {
    let Some(estate) = strict() else { return };
    let case = usual(estate, "window");
    // The day after tomorrow, in UTC.
    let day = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .checked_add(jiff::Span::new().days(2));
    let day = day.expect("a day").strftime("%a").to_string();
    case.configure(&format!("windows = [\"{day} 09:00-10:00\"]\n"));
    let ended = case.run(&["run", CREDENTIAL]);
    assert_ended(&ended, 0, &["not begun, the next window opens at", "09:00:00 UTC"]);
    assert!(case.proxy.seen().is_empty());
    assert_ended(
        &case.run(&["run", CREDENTIAL, "--dry-run"]),
        0,
        &["it would begin when the next window opens"],
    );
}

#[test]
fn nothing_is_said_and_done_while_nothing_is_due() {
    let Some(estate) = knowing() else { return };
    let case = usual(estate, "fresh");
    let alert = case.run(&["run", "--alert-only"]);
    assert_ended(&alert, 0, &[]);
    assert_eq!(alert.text.split('\u{1}').next(), Some(""));
    assert_ended(&case.run(&["run", "--all", "--if-due"]), 0, &["exporter key: not due"]);
    assert!(case.proxy.issued().is_empty());
}

/// Whoever reads the directory of the tests sees what they rely on.
#[test]
fn the_configuration_of_the_documentation_is_read() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rotation.md");
    let text = std::fs::read_to_string(docs).expect("there");
    let fences: Vec<_> =
        text.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(fences.iter().any(|fence| fence.contains("[[rotation.target]]")));
    for fence in fences {
        assert!(keyward::config::parse(fence, &[]).is_ok(), "{fence}");
    }
}
