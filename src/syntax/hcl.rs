use super::ast::{Attribute, Block, Body, Expr, ExprKind, Label, Piece};
use super::convert::Converter;
use super::scan::{self, Item};
use super::{Parsed, SyntaxError, repair};
use crate::source::{FileId, SourceFile, Span};
use std::ops::Range;
use std::sync::Arc;

/// How deep blocks are taken apart when they do not parse as a whole.
const MAX_SPLIT_DEPTH: usize = 16;

/// The largest item that is parsed in one piece. A tree takes up to a hundred times the memory of its text,
/// and a value of this size would not be computed either.
const MAX_ITEM_BYTES: usize = 1 << 20;

pub(super) fn parse_file(file: &SourceFile) -> Parsed {
    let mut parser = Parser { text: &file.text, file: file.id, errors: Vec::new() };
    let mut body = Body::default();
    let items = scan::items(&file.text, 0..file.text.len(), true);
    let mut broken = 0;
    for item in &items {
        let before = parser.errors.len();
        parser.item(item, &mut body, 0);
        broken += usize::from(parser.errors.len() > before);
    }
    Parsed { body: Arc::new(body), errors: parser.errors, items: items.len(), broken }
}

/// Parses an expression that stands alone, as on a console.
pub fn parse_expression(text: &str, file: FileId) -> Result<Expr, SyntaxError> {
    let whole = Span::new(file, 0, text.len());
    let error = match hcl_edit::parser::parse_expr(text.trim_end()) {
        Ok(expr) => return Ok(Converter::new(text, file, 0).expr(&expr)),
        Err(error) => error,
    };
    match repair::parse_expr(text.trim_end()) {
        Ok(expr) => Ok(Converter::new(text, file, 0).expr(&expr)),
        Err(_) => Err(syntax_error(&error, whole, text, 0)),
    }
}

/// Parses the text of a template file, or of a string in JSON syntax. `offset` is where it starts.
pub fn parse_template_text(text: &str, file: FileId, offset: usize) -> Result<Vec<Piece>, SyntaxError> {
    let whole = Span::new(file, offset, offset + text.len());
    match hcl_edit::parser::parse_template(text) {
        Ok(template) => Ok(Converter::new(text, file, offset).template(&template, true)),
        Err(error) => Err(syntax_error(&error, whole, text, offset)),
    }
}

/// Parses a template that is not in a file as it stands, an escaped string or a computed one: all of it is
/// at `place`.
pub fn parse_template_at(text: &str, place: Span) -> Result<Vec<Piece>, SyntaxError> {
    match hcl_edit::parser::parse_template(text) {
        Ok(template) => Ok(Converter::new(text, place.file, 0).at(place).template(&template, true)),
        Err(error) => Err(SyntaxError { span: place, ..syntax_error(&error, place, text, 0) }),
    }
}

fn syntax_error(error: &hcl_edit::parser::Error, item: Span, text: &str, offset: usize) -> SyntaxError {
    let mut at = error.location().offset().min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let len = text[at..].chars().next().map_or(0, char::len_utf8);
    let message = error.message().trim().replace('\n', " ");
    SyntaxError { span: Span::new(item.file, offset + at, offset + at + len), item, message }
}

struct Parser<'a> {
    text: &'a str,
    file: FileId,
    errors: Vec<SyntaxError>,
}

impl Parser<'_> {
    fn item(&mut self, item: &Item, body: &mut Body, depth: usize) {
        let text = &self.text[item.range.clone()];
        if text.len() > MAX_ITEM_BYTES {
            return self.large_item(item, body, depth);
        }
        let error = match repair::parse(text) {
            Ok(parsed) => return self.take(&parsed, item.range.start, body),
            Err(error) => error,
        };
        let whole = self.span(&item.range);
        let error = syntax_error(&error, whole, text, item.range.start);
        match item.open_brace {
            Some(open) if depth < MAX_SPLIT_DEPTH => self.split_block(item, open, Some(error), body, depth),
            _ => {
                body.attributes.extend(self.broken_attribute(item));
                self.errors.push(error);
            }
        }
    }

    /// A large block is read item by item; a large attribute, or what has too many blocks inside each other,
    /// is not read at all.
    fn large_item(&mut self, item: &Item, body: &mut Body, depth: usize) {
        match item.open_brace {
            Some(open) if depth < MAX_SPLIT_DEPTH => self.split_block(item, open, None, body, depth),
            _ => {
                body.attributes.extend(self.broken_attribute(item));
                let start = item.range.start;
                let first = self.text[start..].chars().next().map_or(0, char::len_utf8);
                self.errors.push(SyntaxError {
                    span: Span::new(self.file, start, start + first),
                    item: self.span(&item.range),
                    message: format!("{} bytes, over the limit of {MAX_ITEM_BYTES}", item.range.len()),
                });
            }
        }
    }

    fn take(&self, parsed: &hcl_edit::structure::Body, offset: usize, body: &mut Body) {
        Converter::new(self.text, self.file, offset).absolute().body_into(parsed, body);
    }

    /// Keeps the header of a block that does not parse as a whole, and every item inside that does.
    fn split_block(
        &mut self,
        item: &Item,
        open: usize,
        error: Option<SyntaxError>,
        body: &mut Body,
        depth: usize,
    ) {
        let header = self.text[item.range.start..open].trim_end();
        let Some((kind, labels)) = self.header(header, item.range.start) else {
            let unreadable = || SyntaxError {
                span: Span::new(self.file, open, open + 1),
                item: self.span(&item.range),
                message: "this is no header of a block".to_string(),
            };
            let error = error.unwrap_or_else(unreadable);
            self.errors.push(error);
            return;
        };
        let closed = !item.unclosed && self.text[..item.range.end].ends_with('}');
        let end = item.range.end - usize::from(closed);
        let mut inner = Body::default();
        let before = self.errors.len();
        if open < end {
            for item in scan::items(self.text, open + 1..end, false) {
                self.item(&item, &mut inner, depth + 1);
            }
        }
        if item.unclosed || self.errors.len() == before {
            self.errors.extend(error);
        }
        let start = item.range.start;
        let kind_span = Span::new(self.file, start, start + kind.len());
        body.blocks.push(Block {
            kind: kind.as_str().into(),
            kind_span,
            labels,
            body: Arc::new(inner),
            span: self.span(&item.range),
            header: Span::new(self.file, start, start + header.len()),
        });
    }

    fn header(&self, header: &str, offset: usize) -> Option<(String, Vec<Label>)> {
        let parsed = hcl_edit::parser::parse_body(&format!("{header} {{}}\n")).ok()?;
        let mut body = Body::default();
        Converter::new(self.text, self.file, offset).absolute().body_into(&parsed, &mut body);
        let block = body.blocks.pop()?;
        Some((block.kind.to_string(), block.labels))
    }

    /// `name = <something unreadable>`: the attribute exists, its value is not known.
    fn broken_attribute(&self, item: &Item) -> Option<Attribute> {
        let text = &self.text[item.range.clone()];
        let (name, value) = text.split_once('=')?;
        let name = name.trim_end();
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        let start = item.range.start;
        let value_start = item.range.end - value.len();
        let expr = Expr::new(ExprKind::Broken, Span::new(self.file, value_start, item.range.end));
        Some(Attribute {
            name: name.into(),
            name_span: Span::new(self.file, start, start + name.len()),
            expr: Arc::new(expr),
            span: self.span(&item.range),
        })
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.file, range.start, range.end)
    }
}
