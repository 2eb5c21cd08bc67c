//! Whoever applies the edits of the JSON or the SARIF report gets the same bytes as `--fix`: by bytes, by lines and
//! columns, with a byte order mark, carriage returns, and characters that take several bytes or two units of UTF-16.

use keyward::analysis::{Analysis, Settings, analyse};
use keyward::diagnostic::{Applicability, Fix, Persona};
use keyward::fix::original;
use keyward::report::{Format, HumanOptions, ScanReport, json};
use keyward::rules;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 22)
}

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules");
    let dirs = |path: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        found.sort();
        found
    };
    dirs(&root).iter().flat_map(|rule| dirs(&rule.join("bad"))).collect()
}

/// What an editor on Windows and somebody with umlauts would have made of a file.
fn foreign(text: &str) -> Arc<[u8]> {
    let mut out = String::from("\u{feff}# Schlüssel 🔑 für 世界\n");
    let mut heredoc: Option<String> = None;
    for line in text.lines() {
        let plain = line.trim_start();
        let word = plain.split(" = ").next().unwrap_or_default();
        let assigns =
            plain.contains(" = ") && word.trim_end().chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match &heredoc {
            None if assigns && !text.contains("<<") => {
                let indent = &line[..line.len() - plain.len()];
                out.push_str(&format!("{indent}/* é🔑 */ {plain}"));
            }
            _ => out.push_str(line),
        }
        match &heredoc {
            Some(word) if plain == word => heredoc = None,
            None => heredoc = line.split_once("<<").map(|(_, rest)| rest.trim_start_matches('-').to_owned()),
            Some(_) => {}
        }
        out.push('\n');
    }
    out.replace('\n', "\r\n").into_bytes().into()
}

/// The bytes of every file after a fix, as we write them.
fn by_us(analysis: &Analysis, fix: &Fix) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.span.start, edit.span.end)));
    for edit in edits {
        let file = analysis.sources.get(edit.span.file);
        let bytes = files
            .entry(file.path.clone())
            .or_insert_with(|| original(analysis, file).expect("readable").to_vec());
        bytes.splice(edit.span.range(), edit.text.bytes());
    }
    files
}

/// An edit as a report says it.
struct Region<'v> {
    path: &'v str,
    start: (u64, u64),
    end: (u64, u64),
    bytes: std::ops::Range<usize>,
    text: &'v str,
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("{name} in {value}"))
}

fn of_json(fix: &Value) -> Vec<Region<'_>> {
    fix["edits"].as_array().into_iter().flatten().map(json_region).collect()
}

fn json_region(edit: &Value) -> Region<'_> {
    let (start, end) = (&edit["place"]["start"], &edit["place"]["end"]);
    Region {
        path: edit["place"]["file"].as_str().expect("a path"),
        start: (number(start, "line"), number(start, "column")),
        end: (number(end, "line"), number(end, "column")),
        bytes: number(start, "byte") as usize..number(end, "byte") as usize,
        text: edit["text"].as_str().expect("a text"),
    }
}

fn of_sarif(fix: &Value) -> Vec<Region<'_>> {
    let mut regions = Vec::new();
    for change in fix["artifactChanges"].as_array().into_iter().flatten() {
        let path = change["artifactLocation"]["uri"].as_str().expect("a path");
        for one in change["replacements"].as_array().into_iter().flatten() {
            let region = &one["deletedRegion"];
            let offset = number(region, "byteOffset") as usize;
            regions.push(Region {
                path,
                start: (number(region, "startLine"), number(region, "startColumn")),
                end: (number(region, "endLine"), number(region, "endColumn")),
                bytes: offset..offset + number(region, "byteLength") as usize,
                text: one["insertedContent"]["text"].as_str().unwrap_or_default(),
            });
        }
    }
    regions
}

/// The offset of a line and a column, both from one, in a text without its byte order mark.
fn offset(text: &str, (line, column): (u64, u64)) -> usize {
    let start: usize = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum();
    let rest = &text[start..];
    let width = rest.chars().take(column as usize - 1).map(char::len_utf8).sum::<usize>();
    assert!(!rest[..width].contains('\n'), "column {column} is not in line {line}");
    start + width
}

/// What a consumer makes of the regions, that counts bytes or reads lines as text.
fn by_consumer(
    analysis: &Analysis,
    mut regions: Vec<Region<'_>>,
    in_text: bool,
) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    // From the end, so that what comes before stays where it is.
    regions.sort_by_key(|region| std::cmp::Reverse((region.bytes.start, region.bytes.end)));
    let places: Vec<_> =
        regions.iter().map(|region| (region.path, region.bytes.start, region.bytes.end)).collect();
    assert!(places.windows(2).all(|two| two[0] != two[1]), "two edits at one place: {places:?}");
    for region in regions {
        let file = analysis.sources.iter().find(|file| file.path == region.path).expect("a file of the scan");
        let bytes = files
            .entry(region.path.to_owned())
            .or_insert_with(|| original(analysis, file).expect("readable").to_vec());
        if !in_text {
            bytes.splice(region.bytes, region.text.bytes());
            continue;
        }
        let all = String::from_utf8(bytes.clone()).expect("text");
        let mark = if all.starts_with('\u{feff}') { 3 } else { 0 };
        let text = &all[mark..];
        let (start, end) = (offset(text, region.start), offset(text, region.end));
        bytes.splice(mark + start..mark + end, region.text.bytes());
    }
    files
}

fn report<'a>(analysis: &'a Analysis, infos: &'a [&'static rules::RuleInfo]) -> ScanReport<'a> {
    ScanReport {
        sources: &analysis.sources,
        findings: &analysis.findings,
        gaps: &analysis.gaps,
        rules: infos,
        redactions: &analysis.redactions,
        stats: analysis.stats,
        hidden: analysis.hidden,
        today: "2026-11-22".to_owned(),
        fail_on: None,
    }
}

/// How many fixes were compared.
fn compare(dir: &Path, analysis: &Analysis) -> usize {
    let infos: Vec<_> = rules::all().iter().map(|rule| rule.info()).collect();
    let report = report(analysis, &infos);
    let as_json = json::value(&report);
    let as_sarif: Value =
        serde_json::from_str(&Format::Sarif.render(&report, &HumanOptions::default())).expect("JSON");
    let results = as_sarif["runs"][0]["results"].as_array().expect("results");
    let mut compared = 0;
    for (at, finding) in analysis.findings.iter().enumerate() {
        let found = &as_json["findings"][at];
        let print = &found["sites"][0]["fingerprint"];
        let result = results.iter().find(|result| {
            &result["partialFingerprints"]["keyward/v1"] == print && result["ruleId"] == found["rule"]
        });
        let mut in_sarif = result.into_iter().flat_map(|it| it["fixes"].as_array().into_iter().flatten());
        for (number, fix) in finding.fixes.iter().enumerate() {
            let known = &found["fixes"][number];
            if fix.applicability == Applicability::Manual || of_json(known).is_empty() {
                continue;
            }
            let ours = by_us(analysis, fix);
            let sarif = in_sarif.next().expect("SARIF has the fix as well");
            for regions in [of_json(known), of_json(known), of_sarif(sarif), of_sarif(sarif)]
                .into_iter()
                .zip([true, false, true, false])
            {
                let theirs = by_consumer(analysis, regions.0, regions.1);
                assert_eq!(ours, theirs, "{}: `{}`", dir.display(), fix.title);
            }
            compared += 1;
        }
    }
    compared
}

#[test]
fn regions_are_the_bytes_that_a_fix_writes() {
    let (mut plain, mut strange) = (0, 0);
    for dir in cases() {
        let settings =
            Settings { persona: Persona::Auditor, config_dir: Some(dir.clone()), ..Settings::default() };
        let analysis = analyse(&dir, &settings, today()).expect("readable");
        plain += compare(&dir, &analysis);
        let mut settings = settings;
        let files = analysis.sources.iter().filter(|file| file.path.ends_with(".tf"));
        settings.overlay.extend(files.map(|file| (file.absolute.clone(), foreign(&file.text))));
        let analysis = analyse(&dir, &settings, today()).expect("readable");
        strange += compare(&dir, &analysis);
    }
    assert!(plain > 200 && strange > 200, "only {plain} and {strange} fixes");
}
