//! Every rule against its fixtures and the examples of its documentation.
//!
//! `testdata/rules/<name>/bad/<case>/` holds code with `# expect: KW101` at the end of each line that a
//! finding must start on, and nowhere else; `good/<case>/` must stay silent. A case may bring a
//! `keyward.toml`. What the user sees is kept in a snapshot.

use keyward::analysis::{Analysis, Selection, Settings, analyse};
use keyward::diagnostic::Persona;
use keyward::report::{Format, HumanOptions, ScanReport};
use keyward::rules::{self, RuleInfo};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Found where two revisions are compared: `tests/review.rs` shows it.
const BETWEEN_REVISIONS: [&str; 1] = ["posture-fixed-credential-live"];

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 22)
}

fn scan(dir: &Path, info: &RuleInfo) -> Analysis {
    let known: Vec<&str> = rules::all()
        .iter()
        .flat_map(|rule| [rule.info().name, rule.info().code, rule.info().category])
        .collect();
    let config_path = dir.join("keyward.toml");
    let config = match config_path.exists() {
        true => keyward::config::load(&config_path, &known).expect("the fixture's keyward.toml is valid"),
        false => keyward::config::Config::default(),
    };
    // Whether a waiver covers something is known only when all rules run.
    let is_about_waivers = info.category == "governance";
    let select = if is_about_waivers { Vec::new() } else { vec![info.name.to_string()] };
    let selection = Selection { select, ignore: Vec::new() };
    let settings = Settings {
        config,
        config_dir: Some(dir.to_path_buf()),
        selection,
        persona: Persona::Auditor,
        ..Settings::default()
    };
    let mut analysis = analyse(dir, &settings, today()).expect("the fixture is readable");
    if is_about_waivers {
        analysis.findings.retain(|finding| finding.rule == info.name);
    }
    analysis
}

fn human(analysis: &Analysis) -> String {
    let rules: Vec<_> = rules::all().iter().map(|rule| rule.info()).collect();
    let report = ScanReport {
        sources: &analysis.sources,
        findings: &analysis.findings,
        gaps: &analysis.gaps,
        rules: &rules,
        redactions: &analysis.redactions,
        stats: analysis.stats,
        hidden: analysis.hidden,
        today: today().to_string(),
        fail_on: None,
    };
    Format::Human.render(&report, &HumanOptions::default())
}

fn cases(rule: &str, kind: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules").join(rule).join(kind);
    let Ok(entries) = std::fs::read_dir(&dir) else { return Vec::new() };
    let mut found: Vec<_> =
        entries.map(|entry| entry.expect("readable").path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// Lines that carry `expect: CODE`, as `path:line`.
fn expected(dir: &Path, analysis: &Analysis, code: &str) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut note = |path: &str, text: &str| {
        for (index, line) in text.lines().enumerate() {
            if let Some((_, codes)) = line.split_once("expect:")
                && codes.split([',', ' ']).any(|word| word == code)
            {
                lines.insert(format!("{path}:{}", index + 1));
            }
        }
    };
    for file in analysis.sources.iter() {
        note(&file.path, &file.text);
    }
    for file in analysis.sources.loaded() {
        note(&file.path, &file.text);
    }
    assert!(!lines.is_empty(), "{} expects nothing", dir.display());
    lines
}

/// Every site counts: a finding with three places is expected at each.
fn found(analysis: &Analysis) -> BTreeSet<String> {
    let sites = analysis.findings.iter().flat_map(|finding| &finding.sites);
    sites.map(|site| analysis.sources.file_line(site.span)).collect()
}

#[test]
fn fixtures_are_found_exactly() {
    let mut problems = Vec::new();
    for rule in rules::all() {
        let info = rule.info();
        let (bad, good) = (cases(info.name, "bad"), cases(info.name, "good"));
        if (bad.is_empty() || good.is_empty()) && !BETWEEN_REVISIONS.contains(&info.name) {
            problems.push(format!("{}: needs fixtures under testdata/rules/{0}/bad and good", info.name));
        }
        for dir in bad {
            let analysis = scan(&dir, info);
            let (expected, found) = (expected(&dir, &analysis, info.code), found(&analysis));
            for line in expected.difference(&found) {
                problems.push(format!("{}: missed {} in {}", info.name, line, dir.display()));
            }
            for line in found.difference(&expected) {
                problems.push(format!("{}: unexpected {} in {}", info.name, line, dir.display()));
            }
        }
        for dir in good {
            let analysis = scan(&dir, info);
            for line in found(&analysis) {
                problems.push(format!("{}: false alarm {} in {}", info.name, line, dir.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn users_see() {
    for rule in rules::all() {
        let info = rule.info();
        for dir in cases(info.name, "bad") {
            let case = dir.file_name().expect("a directory").to_string_lossy().to_string();
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(dir.parent().and_then(Path::parent).expect("a rule folder"));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(case, human(&scan(&dir, info))));
        }
    }
}

/// `keyward docs docs/rules` makes them.
#[test]
fn pages_are_up_to_date() {
    let check = Command::new(env!("CARGO_BIN_EXE_keyward"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["docs", "--check", "docs/rules"])
        .output()
        .expect("keyward runs");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

#[test]
fn documented_examples_are_true() {
    let mut problems = Vec::new();
    for rule in rules::all() {
        let info = rule.info();
        let examples = rules::examples(info.docs);
        for kind in ["bad", "good"] {
            let is_shown = examples.iter().any(|(known, _)| known == kind);
            if !is_shown && !BETWEEN_REVISIONS.contains(&info.name) {
                problems.push(format!("{}: its docs have no ```hcl,{kind} example", info.name));
            }
        }
        for (kind, text) in examples {
            let dir = tempfile::tempdir().expect("a temporary directory");
            std::fs::write(dir.path().join("main.tf"), &text).expect("writable");
            for (name, text) in rules::example_files(info.docs) {
                std::fs::write(dir.path().join(name), text).expect("writable");
            }
            let analysis = scan(dir.path(), info);
            assert!(analysis.gaps.iter().all(|gap| gap.kind.name() != "syntax"), "{}: {text}", info.name);
            if (kind == "bad") == analysis.findings.is_empty() {
                problems.push(format!(
                    "{}: {} finding(s) in its {kind} example",
                    info.name,
                    analysis.findings.len()
                ));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn codes_and_names_are_unique_and_known() {
    let mut seen = BTreeSet::new();
    for rule in rules::all() {
        let info = rule.info();
        assert!(
            seen.insert(info.code.to_string()) && seen.insert(info.name.to_string()),
            "{} is used twice",
            info.name
        );
        assert!(info.code.len() == 5 && info.code.starts_with("KW"), "{}", info.code);
    }
}
