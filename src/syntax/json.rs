//! Terraform's JSON syntax. Strings are templates; whether an object is a block or an attribute depends on
//! a schema that is not here, so below the top level everything is an attribute, and readers of blocks
//! accept objects (see `BlockValue::blocks`).

use super::ast::{Attribute, Block, Body, Expr, ExprKind, Label, ObjectKey};
use super::{Parsed, SyntaxError, parse_template_at, parse_template_text};
use crate::source::{FileId, FileKind, SourceFile, Span};
use jsonc_parser::ast::{Object, ObjectProp, ObjectPropName, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use std::sync::Arc;

/// Blocks with two labels, with one, and without.
const TWO_LABELS: [&str; 3] = ["resource", "data", "ephemeral"];
const ONE_LABEL: [&str; 5] = ["module", "variable", "output", "provider", "check"];
const NO_LABEL: [&str; 5] = ["terraform", "moved", "import", "removed", "locals"];

pub(super) fn parse_file(file: &SourceFile) -> Parsed {
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let start = if file.text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut reader = Reader { file: file.id, text: &file.text, offset: start, errors: Vec::new() };
    let whole = Span::new(file.id, 0, file.text.len());
    let mut body = Body::default();
    match parse_to_ast(&file.text[start..], &CollectOptions::default(), &options) {
        Ok(parsed) => match parsed.value {
            Some(Value::Object(root)) if file.kind == FileKind::VarsJson => {
                body.attributes = root.properties.iter().map(|entry| reader.attribute(entry)).collect();
            }
            Some(Value::Object(root)) => reader.top_level(&root, &mut body),
            Some(other) => reader.error(&other, "expected an object at the top level"),
            None => {}
        },
        Err(error) => {
            let at = start + error.range().start.min(file.text.len() - start);
            let len = file.text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            let span = Span::new(file.id, at, at + len);
            reader.errors.push(SyntaxError { span, item: whole, message: error.kind().to_string() });
        }
    }
    let items = body.blocks.len() + body.attributes.len() + reader.errors.len();
    let broken = reader.errors.len();
    Parsed { body: Arc::new(body), errors: reader.errors, items, broken }
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    offset: usize,
    errors: Vec<SyntaxError>,
}

impl Reader<'_> {
    fn top_level(&mut self, root: &Object<'_>, body: &mut Body) {
        for entry in &root.properties {
            let kind = entry.name.as_str();
            let labels = match kind {
                "//" => continue,
                _ if TWO_LABELS.contains(&kind) => 2,
                _ if ONE_LABEL.contains(&kind) => 1,
                _ if NO_LABEL.contains(&kind) => 0,
                _ => {
                    self.error(&entry.name, &format!("`{kind}` is not a block type"));
                    continue;
                }
            };
            self.blocks(entry, &entry.value, labels, Vec::new(), body);
        }
    }

    fn blocks(
        &mut self,
        keyword: &ObjectProp<'_>,
        value: &Value<'_>,
        depth: usize,
        labels: Vec<Label>,
        body: &mut Body,
    ) {
        match value {
            Value::Array(list) => {
                for item in &list.elements {
                    self.blocks(keyword, item, depth, labels.clone(), body);
                }
            }
            Value::Object(object) if depth > 0 => {
                for entry in object.properties.iter().filter(|entry| entry.name.as_str() != "//") {
                    let mut labels = labels.clone();
                    labels.push(Label { text: entry.name.as_str().into(), span: self.span(&entry.name) });
                    self.blocks(keyword, &entry.value, depth - 1, labels, body);
                }
            }
            Value::Object(object) => {
                let kind_span = self.span(&keyword.name);
                let header = labels.last().map_or(kind_span, |label| label.span);
                let end = self.span(object).end;
                let attributes = object.properties.iter().filter(|entry| entry.name.as_str() != "//");
                let inner =
                    Body { attributes: attributes.map(|e| self.attribute(e)).collect(), blocks: Vec::new() };
                body.blocks.push(Block {
                    kind: keyword.name.as_str().into(),
                    kind_span,
                    labels,
                    body: Arc::new(inner),
                    span: Span { end, ..header },
                    header,
                });
            }
            other => self.error(other, "expected an object or a list of objects"),
        }
    }

    fn attribute(&mut self, entry: &ObjectProp<'_>) -> Attribute {
        let name_span = self.name_span(&entry.name);
        Attribute {
            name: entry.name.as_str().into(),
            name_span,
            expr: Arc::new(self.expr(&entry.value)),
            span: self.span(entry),
        }
    }

    fn name_span(&self, name: &ObjectPropName<'_>) -> Span {
        let span = self.span(name);
        span.slice(1, span.len().saturating_sub(1))
    }

    fn expr(&mut self, value: &Value<'_>) -> Expr {
        let span = self.span(value);
        let kind = match value {
            Value::NullKeyword(_) => ExprKind::Null,
            Value::BooleanLit(literal) => ExprKind::Bool(literal.value),
            Value::NumberLit(literal) => ExprKind::Number(literal.value.into()),
            Value::StringLit(literal) => self.string(&literal.value, span),
            Value::Array(list) => ExprKind::List(list.elements.iter().map(|item| self.expr(item)).collect()),
            Value::Object(object) => {
                let entries = object.properties.iter().map(|entry| {
                    let key = ObjectKey::Word(entry.name.as_str().into(), self.name_span(&entry.name));
                    (key, self.expr(&entry.value))
                });
                ExprKind::Object(entries.collect())
            }
        };
        Expr::new(kind, span)
    }

    fn string(&mut self, text: &str, span: Span) -> ExprKind {
        if !text.contains("${") && !text.contains("%{") {
            return ExprKind::String(text.into());
        }
        // Without escapes the text stands in the file as it is, one byte after the quote.
        let exact = text.len() + 2 == span.len();
        let parsed = match exact {
            true => parse_template_text(text, self.file, span.start as usize + 1),
            false => parse_template_at(text, span),
        };
        match parsed {
            Ok(pieces) => ExprKind::Template(pieces),
            Err(error) => {
                self.errors.push(SyntaxError { item: span, ..error });
                ExprKind::Broken
            }
        }
    }

    fn span(&self, node: &impl Ranged) -> Span {
        let end = (node.end() + self.offset).min(self.text.len());
        Span::new(self.file, node.start() + self.offset, end)
    }

    fn error(&mut self, node: &impl Ranged, message: &str) {
        let span = self.span(node);
        self.errors.push(SyntaxError { span, item: span, message: message.to_string() });
    }
}
