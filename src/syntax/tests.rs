use super::ast::{ExprKind, Piece};
use super::*;
use crate::source::FileId;
use std::path::PathBuf;

fn file(name: &str, text: &str) -> SourceFile {
    let kind = FileKind::of(name).unwrap();
    SourceFile::new(FileId(0), name.into(), PathBuf::from(name), kind, text.as_bytes().to_vec())
}

#[test]
fn spans_are_those_of_the_file() {
    let source = file("a.tf", "\u{feff}# c\r\nresource \"a\" \"b\" {\r\n  x = \"one\"\r\n}\r\n");
    let parsed = parse(&source);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let block = &parsed.body.blocks[0];
    assert_eq!(source.slice(block.header), "resource \"a\" \"b\"");
    assert_eq!(source.slice(block.labels[1].span), "\"b\"");
    assert_eq!(source.slice(block.body.attributes[0].expr.span), "\"one\"");
    assert_eq!(source.slice(block.body.attributes[0].span), "x = \"one\"");
}

#[test]
fn a_broken_attribute_costs_only_itself() {
    let source = file(
        "a.tf",
        "resource \"a\" \"b\" {\n  x = 1 +\n  y = 2\n  c {\n    z = ]\n    w = 3\n  }\n}\nlocals {}\n",
    );
    let parsed = parse(&source);
    assert_eq!(parsed.items, 2);
    assert_eq!(parsed.broken, 1);
    assert_eq!(parsed.errors.len(), 2);
    let body = &parsed.body.blocks[0].body;
    assert!(body.attribute("y").is_some() || body.attribute("x").is_some());
    assert!(body.blocks[0].body.attribute("w").is_some());
    assert!(matches!(body.blocks[0].body.attribute("z").unwrap().expr.kind, ExprKind::Broken));
}

#[test]
fn heredoc_lines_know_their_bytes() {
    let source = file("a.tf", "a = <<-EOT\n    one ${x}\n      two\n  EOT\n");
    let parsed = parse(&source);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let ExprKind::Template(pieces) = &parsed.body.attributes[0].expr.kind else { panic!("a template") };
    let texts: Vec<_> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Text(text, span) => Some((text.to_string(), source.slice(*span).to_string())),
            _ => None,
        })
        .collect();
    assert_eq!(texts[0], ("one ".to_string(), "one ".to_string()));
    assert_eq!(texts.last().unwrap(), &("  two\n".to_string(), "  two\n".to_string()));
}

#[test]
fn json_becomes_the_same_tree() {
    let source =
        file("a.tf.json", r#"{"resource":{"aws_iam_role":{"r":{"name":"x-${var.e}","tags":{"a":"b"}}}}}"#);
    let parsed = parse(&source);
    assert!(parsed.errors.is_empty(), "{:?}", parsed.errors);
    let block = &parsed.body.blocks[0];
    assert_eq!((block.label(0), block.label(1)), (Some("aws_iam_role"), Some("r")));
    let ExprKind::Template(pieces) = &block.body.attribute("name").unwrap().expr.kind else {
        panic!("a template")
    };
    let Piece::Interpolation(expr) = &pieces[1] else { panic!("an interpolation") };
    assert_eq!(source.slice(expr.span), "var.e");
}

#[test]
fn json_errors_name_their_place() {
    let parsed = parse(&file("a.tf.json", "{\"resource\": [}"));
    assert_eq!(parsed.errors.len(), 1);
}
