//! Fixes on every fixture: they do what they promise, a second run changes nothing, and nothing else appears.

use keyward::analysis::{Analysis, Selection, Settings, analyse};
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

/// The analysis before, and what came of the fixes.
fn repair(dir: &Path, settings: &Settings) -> (Analysis, Outcome) {
    let before = analyse(dir, settings, today()).expect("readable");
    let outcome = fix::repair(&before, &dir.into(), settings, today(), Applicability::Unsafe, &|_| true);
    (before, outcome.expect("readable"))
}

/// What they change, as a diff.
fn diff(dir: &Path, settings: &Settings) -> String {
    let (before, outcome) = repair(dir, settings);
    outcome.diff(&before)
}

#[test]
fn fixes_keep_their_promises() {
    let mut problems = Vec::new();
    let mut applied = 0;
    let mut unlike = 0;
    for dir in bad_cases() {
        let settings = settings(&dir);
        let (before, outcome) = repair(&dir, &settings);
        applied += outcome.applied.len();
        let mut complain = |why: String| problems.push(format!("{}: {why}", dir.display()));
        for failed in &outcome.failed {
            complain(format!("`{}` ({}): {}", failed.fix.title, failed.fix.rule, failed.why));
        }
        let mut again = settings.clone();
        again
            .overlay
            .extend(outcome.changes.iter().map(|change| (change.absolute.clone(), change.after.clone())));
        if !repair(&dir, &again).1.changes.is_empty() {
            complain("a second run changes more".to_owned());
        }
        for change in &outcome.changes {
            untouched(change).into_iter().chain(misaligned(change)).for_each(&mut complain);
        }
        if !outcome.changes.is_empty() {
            let (_, other) = repair(&dir, &with_carriage_returns(&settings, &before));
            let expected: Vec<_> =
                outcome.changes.iter().map(|change| carriage_returns(&change.after)).collect();
            let found: Vec<_> = other.changes.iter().map(|change| change.after.clone()).collect();
            let known = other.applied.len() == outcome.applied.len();
            unlike += usize::from(!known);
            if known && expected != found {
                complain("other line endings make it another change".to_owned());
            }
        }
    }
    assert!(applied > 20, "only {applied} fixes were applied");
    assert_eq!(unlike, 0, "cases are fixed with line feeds only");
    assert!(problems.is_empty(), "{}\n{} problems", problems.join("\n"), problems.len());
}

/// What users get to see of the fixes of a rule, with nothing but that rule.
#[test]
fn diffs_are_what_a_reviewer_would_merge() {
    for rule in rules::all().iter().map(|rule| rule.info()) {
        let mut text = String::new();
        for dir in bad_cases().iter().filter(|dir| is_of(dir, rule.name)) {
            let mut settings = settings(dir);
            // Waivers are judged by what all rules find.
            if rule.category != "governance" {
                settings.selection.select = vec![rule.name.to_owned()];
            }
            let diff = diff(dir, &settings);
            let case = dir.file_name().unwrap_or_default().to_string_lossy();
            if !diff.is_empty() {
                text.push_str(&format!("=== {case}\n{diff}\n"));
            }
        }
        if !text.is_empty() {
            insta::assert_snapshot!(format!("diff-{}", rule.name), text);
        }
    }
}

/// What a person is given to begin with: code that parses and is formatted, and every hole is in a text.
#[test]
fn scaffolds_are_code() {
    for rule in rules::all().iter().map(|rule| rule.info()) {
        let mut text = String::new();
        for dir in bad_cases().iter().filter(|dir| is_of(dir, rule.name)) {
            let mut settings = settings(dir);
            settings.selection.select = vec![rule.name.to_owned()];
            let analysis = analyse(dir, &settings, today()).expect("readable");
            let fixes = analysis.findings.iter().flat_map(|finding| &finding.fixes);
            let case = dir.file_name().unwrap_or_default().to_string_lossy();
            for (fix, scaffold) in fixes.filter_map(|fix| Some((fix, fix.scaffold.as_ref()?))) {
                assert_eq!(fix.applicability, Applicability::Manual, "{}", fix.title);
                let code = &scaffold.snippet;
                assert_eq!(syntax_errors(code), 0, "{}: {code}", dir.display());
                assert_eq!(ragged(code.as_bytes()), None, "{}: {code}", dir.display());
                assert!(!scaffold.steps.is_empty() && !code.contains("\n\n\n"), "{}: {code}", dir.display());
                text.push_str(&format!("=== {case}: {}\n{code}\n", fix.title));
                for (number, step) in scaffold.steps.iter().enumerate() {
                    text.push_str(&format!("{}. {step}\n", number + 1));
                }
                text.push('\n');
            }
        }
        if !text.is_empty() {
            insta::assert_snapshot!(format!("scaffold-{}", rule.name), text);
        }
    }
}

/// How many items of a text do not parse.
fn syntax_errors(text: &str) -> usize {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("main.tf"), text).expect("writable");
    let root = dir.path().canonicalize().expect("there");
    let analysis = analyse(&root, &Settings::default(), today()).expect("readable");
    analysis.parsed.iter().map(|parsed| parsed.errors.len()).sum()
}

fn is_of(case: &Path, rule: &str) -> bool {
    case.parent().and_then(Path::parent).is_some_and(|dir| dir.ends_with(rule))
}

/// The same files as an editor on Windows would have saved them.
fn with_carriage_returns(settings: &Settings, plain: &Analysis) -> Settings {
    let mut settings = settings.clone();
    let files = plain.sources.iter();
    settings
        .overlay
        .extend(files.map(|file| (file.absolute.clone(), carriage_returns(file.text.as_bytes()))));
    settings
}

fn carriage_returns(bytes: &[u8]) -> Arc<[u8]> {
    let text = String::from_utf8_lossy(bytes);
    format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes().into()
}

/// A file in which all assignments of neighbouring lines had their `=` below each other still has.
fn misaligned(change: &Change) -> Option<String> {
    if !change.path.ends_with(".tf") || ragged(&change.before).is_some() {
        return None;
    }
    let line = ragged(&change.after)?;
    Some(format!("{} is not aligned any more: `{line}`", change.path))
}

/// The first line that is not aligned with the one above. Much simpler than what the fixes use.
fn ragged(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut above: Option<usize> = None;
    for line in text.lines() {
        let opens = line.split(" #").next().unwrap_or_default().trim_end().ends_with(['{', '[', '(']);
        let name = line.trim_start().split([' ', '=']).next().unwrap_or_default();
        let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
        let equals = line.find(" = ").filter(|_| plain && !opens && !line.contains("<<"));
        if let (Some(above), Some(here)) = (above, equals)
            && above != here
        {
            return Some(line.to_owned());
        }
        above = equals;
    }
    None
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
    let (_, outcome) = repair(&root, &Settings::default());
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
    let text = diff(&dir, &settings(&dir));
    assert!(text.contains("+++ b/") && !text.contains(secret), "{text}");
}
