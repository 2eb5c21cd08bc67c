use super::*;
use crate::report::{Format, concise, github, gitlab, junit, markdown};

#[test]
fn human_shows_worst_first_with_every_part() {
    insta::assert_snapshot!("human_rich", rich().human());
}

#[test]
fn human_in_ascii_on_a_narrow_terminal() {
    let scene = rich();
    let options = HumanOptions { unicode: false, width: 60, verbose: true, ..HumanOptions::default() };
    let out = crate::report::human::render(&scene.report(), &options);
    assert!(out.is_ascii(), "{out}");
    insta::assert_snapshot!("human_ascii", out);
}

#[test]
fn human_in_colour() {
    let scene = rich();
    let options = HumanOptions { color: true, ..HumanOptions::default() };
    let out = crate::report::human::render(&scene.report(), &options);
    insta::assert_snapshot!("human_color", out.replace('\u{1b}', "^"));
}

#[test]
fn human_without_problems() {
    let mut scene = Scene::new(&[("main.tf", "")]);
    assert_eq!(scene.human(), "No problems · 2 identities, 1 credential in 1 file\n");
    scene.stats.files = 214;
    scene.hidden.waived = 2;
    assert_eq!(
        scene.human(),
        "Not counted: 2 waived\nNo problems · 2 identities, 1 credential in 214 files\n"
    );
}

#[test]
fn a_block_is_marked_by_its_header_and_a_few_lines_as_a_whole() {
    let body = "  a = 1\n".repeat(20);
    let text =
        format!("resource \"aws_iam_user\" \"ci\" {{\n{body}}}\n\npolicy = {{\n  x = 1\n  y = 2\n}}\n");
    let mut scene = Scene::new(&[("main.tf", &text)]);
    let long = Span::new(scene.span("main.tf", "r").file, 0, text.find("\n\n").unwrap() + 1);
    let few = Span::new(long.file, text.find("policy").unwrap(), text.len());
    for (span, label) in [(long, "never used"), (few, "allows everything")] {
        let mut one = finding(&ROTATION, "aws_iam_user.ci", "", span, "A block");
        one.label = label.to_owned();
        scene.findings.push(one);
    }
    insta::assert_snapshot!("human_blocks", scene.human());
}

#[test]
fn a_very_long_line_is_cut_around_the_mark() {
    let filler = "\"x\": \"ü界y\", ".repeat(20_000);
    let text = format!("{{ {filler} \"Action\": \"*\", {filler} }}");
    let mut scene = Scene::new(&[("main.tf.json", &text)]);
    let mut one = finding(&ROTATION, "a.b", "", scene.span("main.tf.json", "\"*\""), "Too much");
    one.label = "every action".to_owned();
    scene.findings.push(one);
    let out = scene.human();
    assert!(out.len() < 1_500, "{}", out.len());
    insta::assert_snapshot!("human_long_line", out);
}

#[test]
fn gaps_are_told_in_full_when_asked() {
    let mut scene = rich();
    scene.findings.clear();
    let options = HumanOptions { verbose: true, ..HumanOptions::default() };
    let out = crate::report::human::render(&scene.report(), &options);
    assert!(out.contains("help: run `terraform init`"), "{out}");
    assert_eq!(out.matches("limit: main.tf:").count(), 2, "{out}");
}

#[test]
fn one_line_each() {
    insta::assert_snapshot!("concise", concise::render(&rich().report()));
}

#[test]
fn annotations() {
    insta::assert_snapshot!("github", github::render(&rich().report()));
}

#[test]
fn annotations_cannot_be_broken_out_of() {
    let mut scene = Scene::new(&[("a,b:c.tf", "x")]);
    let span = scene.span("a,b:c.tf", "x");
    scene.findings.push(finding(&ROTATION, "a", "", span, "100%\n::error::gotcha"));
    let out = github::render(&scene.report());
    assert_eq!(out.lines().count(), 1);
    assert!(out.contains("file=a%2Cb%3Ac.tf,") && out.contains("::100%25%0A::error::gotcha"), "{out}");
}

#[test]
fn code_quality() {
    insta::assert_snapshot!("gitlab", gitlab::render(&rich().report()));
}

#[test]
fn test_cases() {
    insta::assert_snapshot!("junit", junit::render(&rich().report()));
}

#[test]
fn a_comment() {
    insta::assert_snapshot!("markdown", markdown::render(&rich().report()));
}

#[test]
fn a_comment_pings_nobody_and_draws_nothing() {
    let mut scene = Scene::new(&[("main.tf", "x")]);
    let span = scene.span("main.tf", "x");
    let text = "@org/team <img src=x> ![a](b) | `x|@y` *bold*";
    scene.findings.push(finding(&ROTATION, "a", "", span, text));
    let out = markdown::render(&scene.report());
    let cell = "&#64;org/team &lt;img src=x&gt; \\!\\[a\\](b) \\| `x\\|@y` \\*bold\\*";
    assert!(out.contains(cell), "{out}");
}

#[test]
fn failure_follows_the_limit_and_counts_open_findings_only() {
    let mut scene = rich();
    assert!(scene.report().fails());
    scene.findings.retain(|finding| finding.severity == Severity::Medium);
    assert!(!scene.report().fails());
    scene.fail_on = Some(Severity::Low);
    assert!(scene.report().fails());
    scene.findings.retain(|finding| finding.status != Status::Open);
    assert!(!scene.report().fails());
}

#[test]
fn formats_are_named() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
        let out = format.render(&rich().report(), &HumanOptions::default());
        assert!(out.ends_with('\n'), "{format}");
    }
    assert!("xml".parse::<Format>().is_err());
}
