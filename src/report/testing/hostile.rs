//! Nothing that a file holds and no span makes a format fail or show a secret.

use super::schemas::check_both;
use super::secrets::assert_hidden;
use super::*;
use crate::report::Format;
use crate::source::FileId;
use proptest::prelude::*;

fn render_all(scene: &Scene) {
    let report = scene.report();
    for format in Format::ALL {
        format.render(&report, &HumanOptions::default());
    }
    for width in [0, 1, 40, 500] {
        let options = HumanOptions { width, color: true, verbose: true, unicode: false };
        let out = crate::report::human::render(&report, &options);
        assert!(!out.contains("Failed to read"), "{out}");
    }
}

fn with_spans(text: &str, spans: &[(usize, usize)]) -> Scene {
    let mut scene = Scene::new(&[("main.tf", text), ("empty.tf", "")]);
    let at = |(start, end): (usize, usize)| Span::new(FileId(0), start, end);
    let mut one = finding(&HARDCODED, "a.b", "c", at(spans[0]), "message");
    one.label = "label".to_owned();
    one.related = spans.iter().map(|span| Label::new(at(*span), "related")).collect();
    one.related.push(Label::new(Span::new(FileId(1), 0, 0), "empty"));
    one.route = one.related.clone();
    one.fixes = vec![Fix::new(
        "Fix".to_owned(),
        Applicability::Safe,
        spans.iter().map(|span| Edit { span: at(*span), text: "x".to_owned() }).collect(),
    )];
    scene.findings.push(one);
    scene
}

#[test]
fn edges_of_files() {
    let long = "x".repeat(5_000);
    for text in [
        "",
        "\n",
        "\r\n",
        "\u{feff}",
        "\u{feff}a\r\nb",
        "a",
        "a\n",
        "\n\n\n",
        "\ta\t=\t1",
        "\u{1b}[31m\0",
        &long,
    ] {
        let len = text.len();
        for span in [(0, 0), (0, len), (len, len), (len, len + 10), (len + 5, len + 9), (len / 2, len)] {
            let scene = with_spans(text, &[span, (0, 0), (len, len)]);
            render_all(&scene);
            check_both(text, &scene);
        }
    }
}

#[test]
fn a_terminal_obeys_no_source() {
    let mut scene = Scene::new(&[("main.tf", "a = \"\u{1b}[2J\u{202e}\u{7}\"\n")]);
    let span = scene.span("main.tf", "a");
    scene.findings.push(finding(&ROTATION, "\u{1b}]0;x\u{7}", "", span, "\u{1b}[2J\nx"));
    for format in [Format::Human, Format::Concise, Format::Markdown] {
        let out = format.render(&scene.report(), &HumanOptions::default());
        assert!(!out.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{format}: {out:?}");
    }
}

fn source() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("\t".to_owned()),
        Just("界😀é\u{301}".to_owned()),
        Just("x".repeat(300)),
        "[ -~]{0,12}",
        any::<String>().prop_map(|text| text.chars().take(5).collect()),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_span_makes_a_format_panic(
        text in source(),
        spans in proptest::collection::vec((0usize..400, 0usize..400), 1..5),
    ) {
        let scene = with_spans(&text, &spans);
        render_all(&scene);
    }

    #[test]
    fn a_secret_never_shows(
        before in source(),
        after in source(),
        secret in "[A-Z][a-z0-9/+=!$]{11,30}[0-9]",
        offsets in proptest::collection::vec((0usize..400, 0usize..60), 1..4),
        quoted in any::<bool>(),
    ) {
        prop_assume!(!before.contains(&secret) && !after.contains(&secret));
        let quote = if quoted { "\"" } else { "" };
        let literal = format!("{quote}{secret}{quote}");
        let text = format!("{before}{literal}{after}");
        let spans: Vec<_> = offsets.iter().map(|(start, len)| (*start, start + len)).collect();
        let mut scene = with_spans(&text, &spans);
        let marked = Span::new(FileId(0), before.len(), before.len() + literal.len());
        scene.findings[0].related.push(Label::new(marked, "here"));
        scene.findings[0].notes.push(format!("it is {secret}"));
        scene.redactions = vec![marked];
        assert_hidden(&scene, &secret);
    }
}
