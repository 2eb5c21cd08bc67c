use super::*;
use crate::report::{json, sarif};
use serde_json::Value;

fn check(name: &str, schema: &str, value: &Value) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut schema: Value =
        serde_json::from_str(&std::fs::read_to_string(root.join(schema)).unwrap()).unwrap();
    // The vendored revision is older than the approved errata, which repair a pattern and ask a region to say
    // where it starts.
    if let Some(definitions) = schema.get_mut("definitions").filter(|all| all.get("region").is_some()) {
        definitions["region"]["anyOf"] = serde_json::json!([
            { "required": ["startLine"] }, { "required": ["charOffset"] }, { "required": ["byteOffset"] },
        ]);
        for owner in ["run", "toolComponent"] {
            definitions[owner]["properties"]["language"]["pattern"] = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
        }
    }
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let errors: Vec<_> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}\n{value:#}");
}

pub fn check_both(name: &str, scene: &Scene) {
    let report = scene.report();
    check(name, "testdata/schema/sarif-2.1.0.json", &sarif::value(&report));
    check(name, "docs/schema/report-v1.json", &json::value(&report));
}

fn unicode() -> Scene {
    let text = "\u{feff}größe = \"😀 x\"\r\nname = \"z\"\r\n";
    let mut scene = Scene::new(&[("dir with space/ü#%.tf", text), ("/abs/x.tf", "y")]);
    let at = scene.span("dir with space/ü#%.tf", "x\"");
    scene.findings.push(finding(&HARDCODED, "größe[\"😀\"]", "", at, "see [this](0) {0} 😀"));
    let at = scene.span("/abs/x.tf", "y");
    scene.findings.push(finding(&ROTATION, "a", "", at, "elsewhere"));
    scene
}

fn nowhere() -> Scene {
    let mut scene = Scene::new(&[]);
    let mut one = finding(&HARDCODED, "org/repo", "", Span::NOWHERE, "no place");
    one.route.push(Label::new(Span::NOWHERE, "step"));
    one.related.push(Label::new(Span::NOWHERE, ""));
    one.fixes.push(Fix::new(
        "Nothing to write".to_owned(),
        Applicability::Safe,
        vec![Edit { span: Span::NOWHERE, text: "x".to_owned() }],
    ));
    scene.findings.push(one);
    scene.gaps.push(Gap::new(GapKind::Internal, None, "a rule failed"));
    scene.gaps.push(Gap::new(GapKind::Syntax, Some(Span::NOWHERE), "odd"));
    scene
}

fn many() -> Scene {
    let mut scene = Scene::new(&[("main.tf", "a = 1\n")]);
    let span = scene.span("main.tf", "1");
    let mut one = finding(&ROTATION, "x[0]", "", span, "many");
    one.sites.extend((1..500).map(|n| Site::new(ROTATION.name, format!("x[{n}]"), "", span)));
    scene.findings.push(one);
    // A rule that the report does not describe.
    scene.rules.clear();
    scene
}

#[test]
fn structured_reports_follow_their_schema() {
    check_both("empty", &Scene::new(&[]));
    check_both("rich", &rich());
    check_both("unicode", &unicode());
    check_both("nowhere", &nowhere());
    check_both("many", &many());
}

#[test]
fn the_json_schema_refuses_what_the_report_never_says() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/schema/report-v1.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap();
    let good = json::value(&rich().report());
    for (pointer, wrong) in [
        ("/version", Value::from(2)),
        ("/findings/0/severity", "awful".into()),
        ("/findings/0/sites", Value::Array(Vec::new())),
        ("/findings/0/sites/0/place/start/line", 0.into()),
        ("/findings/0/fixes/0/applicability", "sure".into()),
        ("/gaps/0/kind", "unheard-of".into()),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
}

#[test]
fn sarif_says_what_code_scanning_needs() {
    let log = sarif::value(&rich().report());
    let run = &log["runs"][0];
    let result = &run["results"][3];
    assert_eq!(result["ruleId"], "hardcoded-secret");
    assert_eq!(run["tool"]["driver"]["rules"][0]["properties"]["security-severity"], "9.5");
    assert_eq!(result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap().len(), 4);
    assert_eq!(run["results"][1]["suppressions"][0]["kind"], "external");
    assert_eq!(run["results"][2]["baselineState"], "unchanged");
    let tags = run["tool"]["driver"]["rules"][0]["properties"]["tags"].as_array().unwrap();
    assert!(tags.contains(&"OWASP-NHI/NHI2:2025".into()) && tags.contains(&"security".into()));
    insta::assert_snapshot!(
        "sarif",
        sarif::render(&rich().report()).replace(env!("CARGO_PKG_VERSION"), "VERSION")
    );
}

#[test]
fn sarif_counts_columns_in_code_points_without_the_byte_order_mark() {
    let log = sarif::value(&unicode().report());
    let location = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "dir%20with%20space/%C3%BC%23%25.tf");
    assert_eq!(location["region"]["startColumn"], 12);
    let absolute = &log["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(absolute["uri"], "file:///abs/x.tf");
    assert!(absolute.get("uriBaseId").is_none());
}

#[test]
fn json_is_complete_and_stable() {
    let scene = rich();
    assert_eq!(json::render(&scene.report()), json::render(&scene.report()));
    insta::assert_snapshot!(
        "json",
        json::render(&scene.report()).replace(env!("CARGO_PKG_VERSION"), "VERSION")
    );
}
