//! Fixes on every fixture: they do what they promise, a second run changes nothing, and nothing else appears.

use keyward::analysis::{Selection, Settings, analyse};
use keyward::diagnostic::{Applicability, Persona};
use keyward::fix::{self, Change, Outcome};
use keyward::rules;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 22)
}

fn settings(dir: &Path) -> Settings {
    let known: Vec<&str> = rules::all()
        .iter()
        .flat_map(|rule| [rule.info().name, rule.info().code, rule.info().category])
        .collect();
    let path = dir.join("keyward.toml");
    let config = match path.exists() {
        true => keyward::config::load(&path, &known).expect("a valid configuration"),
        false => keyward::config::Config::default(),
    };
    Settings {
        config,
        config_dir: Some(dir.to_path_buf()),
        selection: Selection::default(),
        persona: Persona::Auditor,
        ..Settings::default()
    }
}

fn bad_cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules");
    let dirs = |path: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        found.sort();
        found
    };
    dirs(&root).iter().flat_map(|rule| dirs(&rule.join("bad"))).collect()
}

fn repair(dir: &Path, settings: &Settings) -> Outcome {
    fix::repair(dir, settings, today(), Applicability::Unsafe).expect("readable")
}

#[test]
fn fixes_keep_their_promises() {
    let mut problems = Vec::new();
    let mut applied = 0;
    for dir in bad_cases() {
        let settings = settings(&dir);
        let outcome = repair(&dir, &settings);
        applied += outcome.applied.len();
        for failed in &outcome.failed {
            problems.push(format!(
                "{}: `{}` ({}): {}",
                dir.display(),
                failed.fix.title,
                failed.fix.rule,
                failed.why
            ));
        }
        let mut again = settings.clone();
        again
            .overlay
            .extend(outcome.changes.iter().map(|change| (change.absolute.clone(), change.after.clone())));
        let second = repair(&dir, &again);
        if !second.changes.is_empty() {
            problems.push(format!("{}: a second run changes more", dir.display()));
        }
        for change in &outcome.changes {
            problems.extend(untouched(change).map(|why| format!("{}: {why}", dir.display())));
        }
    }
    assert!(applied > 20, "only {applied} fixes were applied");
    assert!(problems.is_empty(), "{}\n{} problems", problems.join("\n"), problems.len());
}

/// Line endings and the mark at the start stay as they were.
fn untouched(change: &Change) -> Option<String> {
    let marks =
        |bytes: &Arc<[u8]>| (bytes.starts_with(b"\xef\xbb\xbf"), bytes.windows(2).any(|two| two == b"\r\n"));
    (marks(&change.before) != marks(&change.after)).then(|| format!("{} has other line endings", change.path))
}

#[test]
fn carriage_returns_and_the_mark_stay() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = "\u{feff}# keyward: ignore[missing-expiry] until=2999-01-01 reason=\"x\"\r\nlocals {\r\n  a = 1\r\n}\r\n";
    std::fs::write(dir.path().join("main.tf"), text).expect("writable");
    let root = dir.path().canonicalize().expect("there");
    let outcome = fix::repair(&root, &Settings::default(), today(), Applicability::Safe).expect("readable");
    fix::write(&root, &outcome.changes).expect("written");
    let now = std::fs::read_to_string(root.join("main.tf")).expect("readable");
    assert_eq!(now, "\u{feff}locals {\r\n  a = 1\r\n}\r\n");
    let left: Vec<_> =
        std::fs::read_dir(&root).expect("there").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["main.tf"]);
}

#[test]
fn a_file_that_changed_meanwhile_is_left_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let root = dir.path().canonicalize().expect("there");
    let path = root.join("main.tf");
    std::fs::write(&path, "locals {}\n").expect("writable");
    let change = Change {
        path: "main.tf".to_owned(),
        absolute: path.clone(),
        before: Arc::from(&b"something else"[..]),
        after: Arc::from(&b"new"[..]),
    };
    assert!(fix::write(&root, &[change]).is_err());
    assert_eq!(std::fs::read_to_string(&path).expect("readable"), "locals {}\n");
}

#[test]
fn a_diff_shows_no_secret() {
    let secret = "whsec_9uK2vQpZ7mXw4RtY8bNc3Ld6Hs1Jf5Ga";
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/demo");
    let before = analyse(&dir, &settings(&dir), today()).expect("readable");
    let outcome = repair(&dir, &settings(&dir));
    let text = fix::unified(&outcome.changes, &before, &outcome.analysis);
    assert!(text.contains("+++ b/") && !text.contains(secret), "{text}");
}
