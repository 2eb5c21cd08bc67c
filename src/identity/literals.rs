//! Secrets written into the code: every literal of every file, whatever its block is, and every text file
//! that an expression reads.

use super::model::Model;
use crate::eval::value::Str;
use crate::secret::{self, Context, Level, Match};
use crate::source::{SourceFile, SourceMap, Span};
use crate::syntax::Parsed;
use crate::syntax::ast::{Attribute, Block, Body, Call, Expr, ExprKind, ObjectKey, Piece};
use jiff::civil::Date;
use rayon::prelude::*;

/// A secret literal.
#[derive(Clone, Debug)]
pub struct SecretLiteral {
    /// The token itself.
    pub span: Span,
    /// The literal or line of text that it is in.
    pub literal: Span,
    /// Format id, `github-personal-access-token`.
    pub format: &'static str,
    pub provider: &'static str,
    pub confidence: Level,
    /// The attribute, variable or key it is given to.
    pub name: Option<String>,
    /// `resource`, `variable`, `locals`, `provider`, `terraform`, … ; empty in variable files.
    pub block: String,
    /// Address of the block: `aws_db_instance.main`, `var.password`, `provider.aws`; the path for other files.
    pub address: String,
    /// Attribute path inside the block.
    pub attribute: String,
    /// An identifier that is no secret by itself, such as an access key id.
    pub identifier_only: bool,
    pub verified: bool,
    pub fingerprint: String,
    pub redacted: String,
    pub note: Option<String>,
}

/// Scans everything, in the order of files and offsets.
pub fn scan(sources: &SourceMap, parsed: &[Parsed], models: &[Model], today: Date) -> Vec<SecretLiteral> {
    let _ = models;
    let files: Vec<_> = sources.iter().cloned().collect();
    let per_file: Vec<Vec<SecretLiteral>> = files
        .par_iter()
        .zip(parsed)
        .map(|(file, parsed)| {
            let mut scanner = Scanner { file, today, found: Vec::new() };
            scanner.top(&parsed.body);
            scanner.found
        })
        .collect();
    let mut found: Vec<_> = per_file.into_iter().flatten().collect();
    for file in sources.loaded() {
        let mut scanner = Scanner { file, today, found: Vec::new() };
        scanner.document();
        found.extend(scanner.found);
    }
    found.sort_by_key(|literal| (literal.span, literal.format));
    found.dedup_by_key(|literal| literal.span);
    found
}

struct Scanner<'a> {
    file: &'a SourceFile,
    today: Date,
    found: Vec<SecretLiteral>,
}

/// Where a literal stands.
#[derive(Clone)]
struct Place<'a> {
    block: &'a str,
    address: &'a str,
    kind: Option<&'a str>,
    path: String,
    name: Option<String>,
    neighbours: Option<&'a str>,
}

impl Scanner<'_> {
    fn top(&mut self, body: &Body) {
        let path = self.file.path.clone();
        for attribute in &body.attributes {
            let address = format!("{path}:{}", attribute.name);
            self.attribute(attribute, &Place::new("", &address, None, None));
        }
        for block in &body.blocks {
            let address = address(block);
            let kind =
                matches!(&*block.kind, "resource" | "data" | "ephemeral").then(|| block.label(0)).flatten();
            let text = self.file.text.get(block.span.range());
            let place = Place::new(&block.kind, &address, kind, text);
            match &*block.kind {
                // The name of a variable is what its default is the value of.
                "variable" | "output" => {
                    let name = block.label(0).map(str::to_string);
                    for attribute in &block.body.attributes {
                        if matches!(&*attribute.name, "default" | "value") {
                            let place = Place {
                                name: name.clone(),
                                path: attribute.name.to_string(),
                                ..place.clone()
                            };
                            self.expr(&attribute.expr, &place);
                        }
                    }
                }
                _ => self.body(&block.body, &place),
            }
        }
    }

    fn body(&mut self, body: &Body, place: &Place<'_>) {
        for attribute in &body.attributes {
            self.attribute(attribute, place);
        }
        for block in &body.blocks {
            self.body(&block.body, &place.below(&block.kind));
        }
    }

    fn attribute(&mut self, attribute: &Attribute, place: &Place<'_>) {
        // Documentation is prose about secrets, not secrets.
        if matches!(&*attribute.name, "description" | "error_message") && place.kind.is_none() {
            return;
        }
        self.expr(&attribute.expr, &place.named(&attribute.name));
    }

    fn expr(&mut self, expr: &Expr, place: &Place<'_>) {
        match &expr.kind {
            ExprKind::String(text) => {
                let inside = if expr.span.len() == text.len() + 2 {
                    expr.span.slice(1, text.len() + 1)
                } else {
                    expr.span
                };
                let text = Str::with_pieces(text.clone(), vec![(0, inside)]);
                self.text(&text, expr.span, place);
            }
            ExprKind::Template(pieces) => self.template(pieces, expr.span, place),
            ExprKind::List(items) => items.iter().for_each(|item| self.expr(item, place)),
            ExprKind::Object(entries) => {
                for (key, value) in entries {
                    match key {
                        ObjectKey::Word(name, _) => self.expr(value, &place.named(name)),
                        ObjectKey::Expr(Expr { kind: ExprKind::String(name), .. }) => {
                            self.expr(value, &place.named(name))
                        }
                        ObjectKey::Expr(key) => {
                            self.expr(key, place);
                            self.expr(value, place);
                        }
                    }
                }
            }
            ExprKind::Call(call) => self.call(call, place),
            ExprKind::Conditional(parts) => {
                let [_, yes, no] = &**parts;
                self.expr(yes, place);
                self.expr(no, place);
            }
            ExprKind::For(parsed) => {
                self.expr(&parsed.collection, place);
                self.expr(&parsed.value_expr, place);
            }
            ExprKind::Paren(inner) => self.expr(inner, place),
            ExprKind::Traversal(root, _) => self.expr(root, place),
            _ => {}
        }
    }

    fn call(&mut self, call: &Call, place: &Place<'_>) {
        // Arguments that say where or how, and are no part of the value.
        let values = match &*call.name {
            "file" | "templatefile" | "fileexists" | "filebase64" | "lookup" | "regex" | "regexall"
            | "can" => 1..,
            "replace" | "split" | "formatdate" | "trimprefix" | "trimsuffix" => return,
            _ => 0..,
        };
        for arg in call.args.get(values).unwrap_or_default() {
            self.expr(arg, place);
        }
    }

    fn template(&mut self, pieces: &[Piece], span: Span, place: &Place<'_>) {
        let mut text = String::new();
        let mut spans = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(part, span) => {
                    spans.push((text.len(), *span));
                    text.push_str(part);
                }
                Piece::Interpolation(expr) => {
                    // Shown to the scanner as what it is: a reference.
                    spans.push((text.len(), expr.span));
                    text.push_str("${ref}");
                    if !matches!(expr.kind, ExprKind::Variable(_) | ExprKind::Traversal(..)) {
                        self.expr(expr, place);
                    }
                }
                Piece::If(parsed) => {
                    self.template(&parsed.then, span, place);
                    self.template(&parsed.otherwise, span, place);
                }
                Piece::For(parsed) => self.template(&parsed.body, span, place),
            }
        }
        self.text(&Str::with_pieces(text, spans), span, place);
    }

    /// A file that an expression reads, as one document.
    fn document(&mut self) {
        if self.file.text.len() > 1 << 20 {
            return;
        }
        let whole = Span::new(self.file.id, 0, self.file.text.len());
        let text = Str::with_pieces(self.file.text.clone(), vec![(0, whole)]);
        let path = self.file.path.clone();
        let place = Place::new("file", &path, None, None);
        self.text(&text, whole, &place);
    }

    fn text(&mut self, text: &Str, literal: Span, place: &Place<'_>) {
        if text.as_str().len() < 4 {
            return;
        }
        let context = Context {
            name: place.name.as_deref(),
            path: place.kind,
            neighbours: place.neighbours.map(|text| head(text, 4_096)),
            today: Some(self.today),
        };
        for found in secret::scan(text.as_str(), &context) {
            self.keep(&found, text, literal, place);
        }
    }

    fn keep(&mut self, found: &Match, text: &Str, literal: Span, place: &Place<'_>) {
        let Some(token) = text.as_str().get(found.start..found.end) else { return };
        let start = text.span_of(found.start, found.end);
        let last = text.span_of(found.end.saturating_sub(1), found.end);
        let span = match (start, last) {
            (Some(start), Some(last)) if start.file == last.file => {
                Span { end: last.end.max(start.end), ..start }
            }
            (Some(start), _) => start,
            _ => literal,
        };
        self.found.push(SecretLiteral {
            span,
            literal,
            format: &found.format.id,
            provider: &found.format.provider,
            confidence: found.confidence,
            name: place.name.clone(),
            block: place.block.to_string(),
            address: place.address.to_string(),
            attribute: place.path.clone(),
            identifier_only: found.identifier_only,
            verified: found.checksum == secret::Checksum::Verified,
            fingerprint: secret::fingerprint(token),
            redacted: secret::redact(token),
            note: found.note.clone(),
        });
    }
}

impl<'a> Place<'a> {
    fn new(block: &'a str, address: &'a str, kind: Option<&'a str>, neighbours: Option<&'a str>) -> Self {
        Place { block, address, kind, path: String::new(), name: None, neighbours }
    }

    fn below(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) };
        Place { path, ..self.clone() }
    }

    fn named(&self, name: &str) -> Self {
        Place { name: Some(name.to_string()), ..self.below(name) }
    }
}

fn head(text: &str, len: usize) -> &str {
    let mut end = len.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn address(block: &Block) -> String {
    let labels: Vec<_> = block.labels.iter().map(|label| &*label.text).collect();
    match (&*block.kind, labels.as_slice()) {
        ("resource", [kind, name]) => format!("{kind}.{name}"),
        ("variable", [name]) => format!("var.{name}"),
        ("locals", _) => "locals".to_string(),
        (kind, []) => kind.to_string(),
        (kind, labels) => format!("{kind}.{}", labels.join(".")),
    }
}
