//! A module as it is written: its blocks, and every place that speaks of one of them.

use super::hidden::VERSIONS;
use crate::analysis::Analysis;
use crate::source::{FileKind, SourceFile, Span};
use crate::syntax::ast::{Attribute, Block, Body, Expr, ExprKind, ObjectKey, Piece, StepKind};
use crate::syntax::{Parsed, comments};
use std::sync::Arc;

/// The files of one directory.
pub(super) struct Code<'a> {
    files: Vec<(&'a Arc<SourceFile>, &'a Parsed)>,
}

/// What speaks of a block.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// From its type to its name.
    pub spans: Vec<Span>,
    /// Numbers that have to be raised for a value to be written again, where the state does not keep it.
    pub versions: Vec<(Span, u64)>,
    /// Arguments that are written only when such a number changes, which is not written as one.
    pub unversioned: Vec<Span>,
    /// An `import` block is for it.
    pub imported: bool,
}

/// Blocks that speak of where something was, and use nothing.
const HISTORY: [&str; 2] = ["moved", "removed"];

impl<'a> Code<'a> {
    pub fn of(analysis: &'a Analysis, dir: &str) -> Self {
        let files = analysis.sources.iter().zip(&analysis.parsed);
        let code = |file: &SourceFile| !matches!(file.kind, FileKind::Vars | FileKind::VarsJson);
        Code { files: files.filter(|(file, _)| file.dir() == dir && code(file)).collect() }
    }

    pub fn block(&self, kind: &str, label: &str) -> Option<(&'a Arc<SourceFile>, &'a Block)> {
        self.files.iter().find_map(|(file, parsed)| {
            let block = parsed
                .body
                .blocks("resource")
                .find(|block| block.label(0) == Some(kind) && block.label(1) == Some(label))?;
            Some((*file, block))
        })
    }

    /// Every use of a block outside of itself. The error says what a person has to read.
    pub fn uses(&self, kind: &str, label: &str) -> Result<Uses, String> {
        let address = format!("{kind}.{label}");
        let own = self.block(kind, label).map(|(_, block)| block.span);
        let mut search = Search { kind, label, uses: Uses::default() };
        for (file, parsed) in &self.files {
            let known = search.uses.spans.len();
            let mut quiet: Vec<Span> = own.into_iter().collect();
            for block in &parsed.body.blocks {
                if HISTORY.contains(&&*block.kind) {
                    quiet.push(block.span);
                } else if &*block.kind == "import" {
                    let before = search.uses.spans.len();
                    search.body(&block.body);
                    search.uses.imported |= search.uses.spans.len() > before;
                    search.uses.spans.truncate(before);
                    quiet.push(block.span);
                } else if own != Some(block.span) {
                    search.body(&block.body);
                }
            }
            let found = &search.uses.spans[known..];
            let in_json = found.first().filter(|_| file.kind != FileKind::Hcl).map(|span| span.start);
            if let Some(at) = in_json.or_else(|| unread(file, &address, found, &quiet)) {
                let line = file.position(at).line + 1;
                return Err(format!(
                    "`{address}` is spoken of in {}:{line} in a way that only a person can change",
                    file.path
                ));
            }
        }
        Ok(search.uses)
    }
}

/// The first place that names it where no use was found: in text, in JSON, in what could not be parsed.
fn unread(file: &SourceFile, address: &str, found: &[Span], quiet: &[Span]) -> Option<u32> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let mut spoken = file.text.match_indices(address).filter(|(at, _)| {
        let (before, after) = (&file.text[..*at], &file.text[at + address.len()..]);
        !before.ends_with(|c: char| part(c) || c == '.') && !after.starts_with(part)
    });
    let known = |at: usize, spans: &[Span]| {
        spans
            .iter()
            .any(|span| span.file == file.id && (span.start as usize..span.end as usize).contains(&at))
    };
    let mut remarks = None;
    spoken.find_map(|(at, _)| {
        if known(at, found) || known(at, quiet) {
            return None;
        }
        let remarks = remarks.get_or_insert_with(|| comments(&file.text));
        let remark = file.kind == FileKind::Hcl && remarks.iter().any(|comment| comment.range.contains(&at));
        (!remark).then_some(u32::try_from(at).unwrap_or(u32::MAX))
    })
}

struct Search<'n> {
    kind: &'n str,
    label: &'n str,
    uses: Uses,
}

impl Search<'_> {
    fn body(&mut self, body: &Body) {
        for attribute in &body.attributes {
            let known = self.uses.spans.len();
            self.expr(&attribute.expr);
            if self.uses.spans.len() > known && attribute.name.ends_with("_wo") {
                self.version(body, attribute);
            }
        }
        body.blocks.iter().for_each(|block| self.body(&block.body));
    }

    /// A write-only argument is written when the number beside it changes.
    /// Source: Terraform, "Use write-only arguments".
    fn version(&mut self, body: &Body, attribute: &Attribute) {
        let mut versions = VERSIONS.iter().map(|ending| format!("{}{ending}", attribute.name));
        let number = versions.find_map(|name| body.attribute(&name)).and_then(|version| {
            let ExprKind::Number(text) = &version.expr.kind else { return None };
            Some((version.expr.span, text.parse().ok()?))
        });
        match number {
            Some(number) => self.uses.versions.push(number),
            None => self.uses.unversioned.push(attribute.span),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Traversal(root, steps) => {
                let named = |name: &str| matches!(&root.kind, ExprKind::Variable(root) if &**root == name);
                if let Some(first) = steps.first().filter(|_| named(self.kind))
                    && matches!(&first.kind, StepKind::Attribute(name) if &**name == self.label)
                {
                    self.uses.spans.push(Span { end: first.span.end, ..root.span });
                }
                self.expr(root);
                for step in steps {
                    if let StepKind::Index(index) = &step.kind {
                        self.expr(index);
                    }
                }
            }
            ExprKind::Template(pieces) => self.pieces(pieces),
            ExprKind::List(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Object(entries) => {
                for (key, value) in entries {
                    if let ObjectKey::Expr(key) = key {
                        self.expr(key);
                    }
                    self.expr(value);
                }
            }
            ExprKind::Call(call) => call.args.iter().for_each(|arg| self.expr(arg)),
            ExprKind::Conditional(parts) => parts.iter().for_each(|part| self.expr(part)),
            ExprKind::Not(inner) | ExprKind::Negate(inner) | ExprKind::Paren(inner) => self.expr(inner),
            ExprKind::Binary(parts) => {
                self.expr(&parts.0);
                self.expr(&parts.2);
            }
            ExprKind::For(it) => {
                self.expr(&it.collection);
                it.key_expr
                    .iter()
                    .chain([&it.value_expr])
                    .chain(&it.condition)
                    .for_each(|one| self.expr(one));
            }
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Variable(_)
            | ExprKind::Broken => {}
        }
    }

    fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(..) => {}
                Piece::Interpolation(expr) => self.expr(expr),
                Piece::If(it) => {
                    self.expr(&it.condition);
                    self.pieces(&it.then);
                    self.pieces(&it.otherwise);
                }
                Piece::For(it) => {
                    self.expr(&it.collection);
                    self.pieces(&it.body);
                }
            }
        }
    }
}
