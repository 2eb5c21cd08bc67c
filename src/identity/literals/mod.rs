//! Secrets written into the code: every literal of every file, whatever its block is, and every text file
//! that an expression reads.

mod flows;
mod given;
pub mod leaves;
mod sinks;

pub use flows::{Flow, LiteralUse, backend_kind, flow};
pub use given::{GivenIdentity, given};
pub use sinks::{Sink, backend_credential, provider_credential, sink};

use super::model::Model;
use crate::eval::value::Str;
use crate::secret::{self, Context, Level, Match};
use crate::source::{FileId, FileKind, SourceFile, SourceMap, Span};
use crate::syntax::Parsed;
use crate::syntax::ast::{Attribute, Block, Body, Call, Expr, ExprKind, ObjectKey, Piece};
use flows::{Flows, Hot};
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

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
    /// It is given to a variable whose value something logs in with, in a file that is not read by itself.
    pub feeds: bool,
    /// Where its value arrives, as far as the code tells; each attribute once.
    pub uses: Vec<LiteralUse>,
}

/// More places than this are not kept for one literal.
const MAX_USES: usize = 256;

/// What was found in files, with all that it depends on beside the file.
#[derive(Clone, Debug, Default)]
pub struct Scans(HashMap<FileId, Arc<Scan>>);

#[derive(Debug)]
struct Scan {
    found: Vec<SecretLiteral>,
    hot: Vec<Hot>,
    variables: Vec<String>,
}

impl Scans {
    /// Scans files as if no root module said anything of them, which is so for most files.
    pub fn expect(&mut self, files: &[(&SourceFile, &Parsed)], today: Date) {
        let flows = Flows::default();
        let scans = files.par_iter().map(|(file, parsed)| {
            let mut scanner = Scanner::new(file, today, &flows);
            scanner.top(&parsed.body);
            (file.id, Arc::new(scanner.finish()))
        });
        let scans: Vec<_> = scans.collect();
        self.0.extend(scans);
    }

    /// Files that have changed.
    pub fn forget(&mut self, files: &HashSet<FileId>) {
        for file in files {
            self.0.remove(file);
        }
    }
}

/// Scans everything, in the order of files and offsets. What `known` has for a file of the same id is taken over,
/// where the root modules say the same of it. `tree` gives what a file holds.
pub fn scan<'a>(
    sources: &SourceMap,
    tree: impl Fn(&SourceFile) -> Parsed + Sync,
    flows: impl Iterator<Item = &'a Flow>,
    today: Date,
    known: &Scans,
) -> (Vec<SecretLiteral>, Scans) {
    let flows = Flows::of(flows);
    let files: Vec<_> = sources.iter().chain(sources.loaded()).collect();
    let scans = files.par_iter().map(|file| {
        let mut scanner = Scanner::new(file, today, &flows);
        if let Some(known) = known.0.get(&file.id).filter(|known| scanner.is_as_for(known)) {
            return (file.id, known.clone());
        }
        match file.kind {
            FileKind::Other => scanner.document(),
            _ => scanner.top(&tree(file).body),
        }
        (file.id, Arc::new(scanner.finish()))
    });
    let scans: Vec<_> = scans.collect();
    let mut found: Vec<_> = scans.iter().flat_map(|(_, scan)| scan.found.iter().cloned()).collect();
    found.sort_by_key(|literal| (literal.span, std::cmp::Reverse(literal.confidence), literal.format));
    found.dedup_by_key(|literal| literal.span);
    (found, Scans(scans.into_iter().collect()))
}

/// Where literals arrive in one root module: each with the characters of the literal.
pub type Uses = Vec<(Span, LiteralUse)>;

/// Where literals arrive in a root module. `spans` are theirs, in order.
pub fn uses(model: &Model, spans: &[Span], sources: &SourceMap, today: Date) -> Uses {
    let mut found = Uses::new();
    if spans.is_empty() {
        return found;
    }
    let mut seen = HashSet::new();
    let mut counts: HashMap<usize, usize> = HashMap::new();
    flows::arrivals(model, spans, sources, today, |origin, describe| {
        // Secrets are in order and do not overlap, so those inside the origin are neighbours.
        let first = spans.partition_point(|span| (span.file, span.end) <= (origin.file, origin.start));
        let inside = spans[first..]
            .iter()
            .take_while(|span| span.file == origin.file && span.start < origin.end)
            .count();
        for (at, span) in spans.iter().enumerate().skip(first).take(inside) {
            let count = counts.entry(at).or_default();
            if *count >= MAX_USES {
                continue;
            }
            let used = describe();
            if seen.insert((at, used.address.clone(), used.attribute.clone(), used.name.clone())) {
                *count += 1;
                found.push((*span, used));
            }
        }
    });
    found
}

/// Tells of each literal where it arrives. `each` are the uses in root modules, in the order of these.
pub fn attach<'a>(found: &mut [SecretLiteral], each: impl Iterator<Item = &'a Uses>) {
    for (model, uses) in each.enumerate() {
        for (span, used) in uses {
            let Ok(at) = found.binary_search_by_key(span, |literal| literal.span) else { continue };
            if found[at].uses.len() < MAX_USES {
                found[at].uses.push(LiteralUse { model, ..used.clone() });
            }
        }
    }
}

struct Scanner<'a> {
    file: &'a SourceFile,
    today: Date,
    hot: &'a [Hot],
    /// Variables that are given here and feed secret attributes.
    variables: Vec<&'a str>,
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
    /// It is the value of a variable that a secret attribute takes.
    feeds: bool,
}

impl<'s> Scanner<'s> {
    fn new(file: &'s SourceFile, today: Date, flows: &'s Flows) -> Self {
        let variables = match file.kind {
            // A variable file is used for the root module that it lies in or below.
            FileKind::Vars | FileKind::VarsJson => {
                let holds = |dir: &str| {
                    dir.is_empty() || file.path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
                };
                let of = flows.variables.iter().filter(|(dir, _)| holds(dir));
                of.flat_map(|(_, names)| names).map(String::as_str).collect()
            }
            _ => Vec::new(),
        };
        let hot = flows.hot.get(&file.id).map_or(&[][..], Vec::as_slice);
        Scanner { file, today, hot, variables, found: Vec::new() }
    }

    fn finish(self) -> Scan {
        let Scanner { found, hot, variables, .. } = self;
        let variables = variables.into_iter().map(str::to_owned).collect();
        Scan { found, hot: hot.to_vec(), variables }
    }

    /// Whether a scan was made with what is known now.
    fn is_as_for(&self, known: &Scan) -> bool {
        self.hot == known.hot && self.variables.iter().eq(&known.variables)
    }

    fn top(&mut self, body: &Body) {
        let path = self.file.path.clone();
        for attribute in &body.attributes {
            let address = format!("{path}:{}", attribute.name);
            let mut place = Place::new("", &address, None, None);
            place.feeds = self.variables.contains(&&*attribute.name);
            self.attribute(attribute, &place);
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
                            self.expr(key, &place.unnamed());
                            self.expr(value, &place.ending(key));
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
            "format" | "formatlist" => {
                if let Some(pattern) = call.args.first() {
                    self.expr(pattern, &place.unnamed());
                }
                1..
            }
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
                        // A part of a value need not be like the whole.
                        self.expr(expr, &place.unnamed());
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
        let before = self.found.len();
        for found in secret::scan(text.as_str(), &context) {
            self.keep(&found, text, literal, place);
        }
        if self.found.len() == before {
            self.decoded(text, literal, place, &context);
        }
        if self.found.len() == before && place.feeds {
            let context = Context { name: Some("password"), ..context };
            for found in secret::scan_login(text.as_str(), &context) {
                self.keep(&found, text, literal, place);
            }
        }
        self.arriving(before, literal, place);
    }

    /// Text wrapped in base64, such as a boot script.
    fn decoded(&mut self, text: &Str, literal: Span, place: &Place<'_>, context: &Context<'_>) {
        let Some(inner) = unwrap_base64(text.as_str()) else { return };
        for mut found in secret::scan(&inner, context) {
            if found.format.id == "named-attribute" && found.end - found.start == inner.len() {
                continue;
            }
            let token = inner.get(found.start..found.end).unwrap_or_default().to_string();
            (found.start, found.end) = (0, text.as_str().len());
            self.keep(&found, text, literal, place);
            if let Some(kept) = self.found.last_mut() {
                kept.fingerprint = secret::fingerprint(&token);
                kept.redacted = secret::redact(&token);
                kept.note = Some("it is written in base64, which hides nothing".to_string());
            }
            // The whole text is the one place to show.
            return;
        }
    }

    /// What is a secret because of the attribute that it arrives at.
    fn arriving(&mut self, before: usize, literal: Span, place: &Place<'_>) {
        let first = self.hot.partition_point(|hot| hot.span.end <= literal.start);
        for hot in self.hot[first..].iter().take_while(|hot| hot.span.start < literal.end) {
            let overlaps = |known: &&mut SecretLiteral| {
                known.span.start < hot.span.end && hot.span.start < known.span.end
            };
            if let Some(known) = self.found[before..].iter_mut().find(overlaps) {
                known.confidence = known.confidence.max(hot.level);
                continue;
            }
            let shown = match self.file.text.get(hot.span.range()) {
                Some(written) if hot.text.contains(written) => written,
                _ => hot.text.as_str(),
            };
            self.found.push(SecretLiteral {
                span: hot.span,
                literal,
                format: &hot.format.id,
                provider: &hot.format.provider,
                confidence: hot.level,
                name: place.name.clone(),
                block: place.block.to_string(),
                address: place.address.to_string(),
                attribute: place.path.clone(),
                identifier_only: false,
                verified: false,
                fingerprint: secret::fingerprint(shown),
                redacted: secret::redact(shown),
                note: hot.note.clone(),
                feeds: place.feeds,
                uses: Vec::new(),
            });
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
        // The name nearest to it is the one that it is known by.
        let inner =
            secret::assigned_name(text.as_str(), found.start).filter(|name| secret::is_secret_name(name));
        self.found.push(SecretLiteral {
            span,
            literal,
            format: &found.format.id,
            provider: &found.format.provider,
            confidence: found.confidence,
            name: inner.map(str::to_string).or_else(|| place.name.clone()),
            block: place.block.to_string(),
            address: place.address.to_string(),
            attribute: place.path.clone(),
            identifier_only: found.identifier_only,
            verified: found.checksum == secret::Checksum::Verified,
            fingerprint: secret::fingerprint(token),
            redacted: secret::redact(token),
            note: found.note.clone(),
            feeds: place.feeds,
            uses: Vec::new(),
        });
    }
}

/// The text inside a base64 literal, when it is text.
fn unwrap_base64(text: &str) -> Option<String> {
    use base64::Engine as _;
    let text = text.trim();
    let plausible = (24..1 << 17).contains(&text.len())
        && text.len().is_multiple_of(4)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
    let bytes = plausible.then(|| base64::engine::general_purpose::STANDARD.decode(text).ok())??;
    let inner = String::from_utf8(bytes).ok()?;
    inner.chars().all(|letter| !letter.is_control() || letter.is_ascii_whitespace()).then_some(inner)
}

impl<'a> Place<'a> {
    fn new(block: &'a str, address: &'a str, kind: Option<&'a str>, neighbours: Option<&'a str>) -> Self {
        Place { block, address, kind, path: String::new(), name: None, neighbours, feeds: false }
    }

    fn below(&self, name: &str) -> Self {
        let path = if self.path.is_empty() { name.to_string() } else { format!("{}.{name}", self.path) };
        Place { path, ..self.clone() }
    }

    fn unnamed(&self) -> Self {
        Place { name: None, ..self.clone() }
    }

    /// Under a key that is made from parts, of which the last says what it is: `"${var.app}_PASSWORD"`.
    fn ending(&self, key: &Expr) -> Self {
        let ExprKind::Template(pieces) = &key.kind else { return self.unnamed() };
        match pieces.last() {
            Some(Piece::Text(text, _)) => self.named(text.trim_matches(['_', '-', '.', '/'])),
            _ => self.unnamed(),
        }
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
