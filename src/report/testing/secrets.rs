use super::*;
use crate::report::{Format, MASK};

fn everywhere(scene: &Scene) -> Vec<(String, String)> {
    let report = scene.report();
    let mut outputs: Vec<_> = Format::ALL
        .iter()
        .map(|format| (format.to_string(), format.render(&report, &HumanOptions::default())))
        .collect();
    for (color, unicode) in [(true, true), (false, false)] {
        let options = HumanOptions { color, unicode, width: 50, verbose: true };
        outputs.push((format!("{options:?}"), crate::report::human::render(&report, &options)));
    }
    outputs
}

pub fn assert_hidden(scene: &Scene, secret: &str) {
    for (format, out) in everywhere(scene) {
        assert!(!out.contains(secret), "{format} shows {secret:?}:\n{out}");
    }
}

#[test]
fn a_marked_secret_is_in_no_format() {
    assert_hidden(&rich(), SECRET);
}

#[test]
fn one_finding_masks_the_snippets_of_another() {
    let mut scene = rich();
    let beside = scene.span("main.tf", "region   = \"eu\"");
    scene.findings.push(finding(&ROTATION, "local.region", "", beside, "Next to a secret"));
    let out = scene.human();
    assert!(out.contains("password = \"••••••••••••••••\""), "{out}");
    assert_hidden(&scene, SECRET);
}

#[test]
fn a_secret_of_a_rule_that_did_not_run_is_masked_too() {
    let mut scene = Scene::new(&[("main.tf", ROOT)]);
    scene.redactions = vec![scene.span("main.tf", SECRET)];
    let beside = scene.span("main.tf", "region   = \"eu\"");
    scene.findings.push(finding(&ROTATION, "local.region", "", beside, "Next to a secret"));
    assert!(scene.human().contains("••••"));
    assert_hidden(&scene, SECRET);
}

#[test]
fn a_key_over_several_lines_is_masked_in_each() {
    let key = "-----BEGIN PRIVATE KEY-----\n    MIIEvQIBADANBgkqhkiG9w0B\n    AQEFAASCBKcwggSjAgEAAoIB\n    -----END PRIVATE KEY-----\n";
    let text = format!("resource \"x\" \"y\" {{\n  key = <<-EOT\n    {key}    EOT\n  after = 1\n}}\n");
    let mut scene = Scene::new(&[("main.tf", &text)]);
    let mut one = finding(&HARDCODED, "x.y", "key", scene.span("main.tf", "<<-EOT"), "A private key");
    one.related.push(Label::new(scene.span("main.tf", "after"), "after it"));
    one.related.push(Label::new(scene.span("main.tf", "MIIEvQ"), "inside"));
    one.redactions = vec![scene.span("main.tf", key)];
    scene.findings.push(one);
    let out = scene.human();
    insta::assert_snapshot!("human_pem", out);
    for part in ["MIIEvQIB", "AQEFAASC", "BEGIN"] {
        assert!(!out.contains(part), "{out}");
    }
}

#[test]
fn words_that_quote_a_secret_are_scrubbed() {
    let mut scene = rich();
    let one = &mut scene.findings[3];
    let quoted = format!("the value {SECRET} is weak");
    one.message.clone_from(&quoted);
    one.label.clone_from(&quoted);
    one.notes.push(quoted.clone());
    one.help = Some(quoted.clone());
    one.sites[1].address = format!("x[\"{SECRET}\"]");
    one.related[0].text.clone_from(&quoted);
    one.route[0].text.clone_from(&quoted);
    one.fixes[0].title.clone_from(&quoted);
    one.fixes[0].edits[0].text = format!("default = \"{SECRET}\"");
    scene.gaps[0].message = quoted;
    assert_hidden(&scene, SECRET);
    assert!(scene.human().contains(&format!("the value {MASK} is weak")));
    // An edit that would write the mask is worse than none.
    let json = crate::report::json::value(&scene.report());
    assert_eq!(json["findings"][3]["fixes"][0]["edits"], serde_json::json!([]));
}

#[test]
fn the_same_secret_elsewhere_in_a_snippet_is_masked() {
    let text = format!("a = \"{SECRET}\"\nb = 1\nc = \"prefix-{SECRET}-suffix\"\n");
    let mut scene = Scene::new(&[("main.tf", &text)]);
    scene.redactions = vec![scene.span("main.tf", SECRET)];
    scene.findings.push(finding(&ROTATION, "b", "", scene.span("main.tf", "b = 1"), "Between"));
    assert!(scene.human().contains("prefix-••••"), "{}", scene.human());
    assert_hidden(&scene, SECRET);
}

#[test]
fn a_common_word_is_masked_where_it_stands_and_may_be_said() {
    let text = "user = \"changeme\"\n";
    let mut scene = Scene::new(&[("main.tf", text)]);
    let mut one =
        finding(&HARDCODED, "x.y", "", scene.span("main.tf", "user"), "A default like `changeme` stays");
    one.redactions = vec![scene.span("main.tf", "\"changeme\"")];
    scene.findings.push(one);
    let out = scene.human();
    assert!(out.contains("user = \"••••••••\"") && out.contains("like `changeme` stays"), "{out}");
}
