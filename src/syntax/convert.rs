//! The one place that knows hcl-edit's tree: turns it into ours, with offsets in the whole file.

use super::ast::{
    Attribute, BinaryOp, Block, Body, Call, Expr, ExprKind, For, Label, Name, ObjectKey, Step, StepKind,
};
use crate::source::{FileId, Span};
use hcl_edit::Span as _;
use hcl_edit::expr::{self, BinaryOperator, Expression, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{self, BlockLabel, Structure};
use std::ops::Range;
use std::sync::Arc;

pub(super) struct Converter<'a> {
    pub(super) text: &'a str,
    pub(super) file: FileId,
    /// Added to every offset of the parsed tree.
    pub(super) offset: usize,
    /// `text` starts at offset 0 of the file rather than where the tree starts.
    whole: bool,
    /// The one place of everything, for text that is not in the file as it stands.
    pub(super) place: Option<Span>,
}

impl<'a> Converter<'a> {
    pub(super) fn new(text: &'a str, file: FileId, offset: usize) -> Self {
        Converter { text, file, offset, whole: false, place: None }
    }

    /// The text is that of the whole file.
    pub(super) fn absolute(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Everything is at `place`.
    pub(super) fn at(mut self, place: Span) -> Self {
        self.place = Some(place);
        self
    }

    pub(super) fn span(&self, range: Option<Range<usize>>) -> Span {
        if let Some(place) = self.place {
            return place;
        }
        let range = range.unwrap_or_default();
        Span::new(self.file, self.offset + range.start, self.offset + range.end)
    }

    pub(super) fn source(&self, range: Range<usize>) -> &str {
        let shift = if self.whole { self.offset } else { 0 };
        self.text.get(range.start + shift..range.end + shift).unwrap_or_default()
    }

    pub(super) fn body_into(&self, parsed: &structure::Body, body: &mut Body) {
        for item in parsed {
            match item {
                Structure::Attribute(attribute) => body.attributes.push(self.attribute(attribute)),
                Structure::Block(block) => body.blocks.push(self.block(block)),
            }
        }
    }

    fn attribute(&self, attribute: &structure::Attribute) -> Attribute {
        Attribute {
            name: attribute.key.as_str().into(),
            name_span: self.span(attribute.key.span()),
            expr: Arc::new(self.expr(&attribute.value)),
            span: self.span(attribute.span()),
        }
    }

    fn block(&self, block: &structure::Block) -> Block {
        let kind_span = self.span(block.ident.span());
        let labels: Vec<_> = block.labels.iter().map(|label| self.label(label)).collect();
        let header_end = labels.last().map_or(kind_span.end, |label| label.span.end);
        let mut body = Body::default();
        self.body_into(&block.body, &mut body);
        Block {
            kind: block.ident.as_str().into(),
            kind_span,
            header: Span { end: header_end, ..kind_span },
            labels,
            body: Arc::new(body),
            span: self.span(block.span()),
        }
    }

    fn label(&self, label: &BlockLabel) -> Label {
        let span = match label {
            BlockLabel::Ident(ident) => ident.span(),
            BlockLabel::String(text) => text.span(),
        };
        Label { text: label.as_str().into(), span: self.span(span) }
    }

    pub(super) fn expr(&self, expression: &Expression) -> Expr {
        let span = self.span(expression.span());
        let kind = match expression {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(value) => ExprKind::Bool(*value.value()),
            Expression::Number(_) => {
                ExprKind::Number(self.source(expression.span().unwrap_or_default()).trim().into())
            }
            Expression::String(value) => ExprKind::String(value.value().as_str().into()),
            Expression::Array(array) => ExprKind::List(array.iter().map(|item| self.expr(item)).collect()),
            Expression::Object(object) => self.object(object),
            Expression::StringTemplate(template) => ExprKind::Template(self.string_template(template)),
            Expression::HeredocTemplate(heredoc) => ExprKind::Template(self.heredoc(heredoc)),
            Expression::Parenthesis(inner) => ExprKind::Paren(Box::new(self.expr(inner.inner()))),
            Expression::Variable(name) => ExprKind::Variable(name.as_str().into()),
            Expression::Conditional(conditional) => ExprKind::Conditional(Box::new([
                self.expr(&conditional.cond_expr),
                self.expr(&conditional.true_expr),
                self.expr(&conditional.false_expr),
            ])),
            Expression::FuncCall(call) => self.call(call),
            Expression::Traversal(traversal) => {
                let steps =
                    traversal.operators.iter().map(|step| self.step(step.value(), step.span())).collect();
                ExprKind::Traversal(Box::new(self.expr(&traversal.expr)), steps)
            }
            Expression::UnaryOp(unary) => {
                let inner = Box::new(self.expr(&unary.expr));
                match unary.operator.value() {
                    UnaryOperator::Not => ExprKind::Not(inner),
                    UnaryOperator::Neg => ExprKind::Negate(inner),
                }
            }
            Expression::BinaryOp(binary) => {
                let op = binary_op(*binary.operator.value());
                ExprKind::Binary(Box::new((self.expr(&binary.lhs_expr), op, self.expr(&binary.rhs_expr))))
            }
            Expression::ForExpr(for_expr) => self.for_expr(for_expr),
        };
        Expr::new(kind, span)
    }

    fn object(&self, object: &expr::Object) -> ExprKind {
        let entries = object.iter().map(|(key, value)| {
            let key = match key {
                expr::ObjectKey::Ident(ident) => {
                    let name = self.source(ident.span().unwrap_or_default());
                    ObjectKey::Word(name.into(), self.span(ident.span()))
                }
                expr::ObjectKey::Expression(Expression::String(text)) => self.quoted_key(text),
                expr::ObjectKey::Expression(expr) => ObjectKey::Expr(self.expr(expr)),
            };
            (key, self.expr(value.expr()))
        });
        ExprKind::Object(entries.collect())
    }

    /// The key as the file has it: a repeated key was renamed before it was parsed.
    fn quoted_key(&self, text: &hcl_edit::Decorated<String>) -> ObjectKey {
        let source = self.source(text.span().unwrap_or_default());
        let inner = source.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let name = inner.filter(|inner| !inner.contains(['\\', '$', '%'])).unwrap_or(text.value());
        ObjectKey::Expr(Expr::new(ExprKind::String(name.into()), self.span(text.span())))
    }

    fn call(&self, call: &expr::FuncCall) -> ExprKind {
        let mut name = String::new();
        for part in &call.name.namespace {
            name.push_str(part.as_str());
            name.push_str("::");
        }
        name.push_str(call.name.name.as_str());
        ExprKind::Call(Box::new(Call {
            name: name.into(),
            name_span: self.span(call.name.name.span()),
            args: call.args.iter().map(|arg| self.expr(arg)).collect(),
            spread: call.args.expand_final(),
        }))
    }

    fn step(&self, step: &TraversalOperator, span: Option<Range<usize>>) -> Step {
        let kind = match step {
            TraversalOperator::AttrSplat(_) => StepKind::AttributeSplat,
            TraversalOperator::FullSplat(_) => StepKind::Splat,
            TraversalOperator::GetAttr(name) => StepKind::Attribute(name.as_str().into()),
            TraversalOperator::Index(index) => StepKind::Index(self.expr(index)),
            TraversalOperator::LegacyIndex(index) => {
                let text: Name = index.value().to_string().into();
                StepKind::Index(Expr::new(ExprKind::Number(text), self.span(index.span())))
            }
        };
        Step { kind, span: self.span(span) }
    }

    fn for_expr(&self, parsed: &expr::ForExpr) -> ExprKind {
        ExprKind::For(Box::new(For {
            key: parsed.intro.key_var.as_ref().map(|key| key.as_str().into()),
            value: parsed.intro.value_var.as_str().into(),
            collection: self.expr(&parsed.intro.collection_expr),
            key_expr: parsed.key_expr.as_ref().map(|key| self.expr(key)),
            value_expr: self.expr(&parsed.value_expr),
            grouping: parsed.grouping,
            condition: parsed.cond.as_ref().map(|condition| self.expr(&condition.expr)),
        }))
    }
}

fn binary_op(op: BinaryOperator) -> BinaryOp {
    match op {
        BinaryOperator::Eq => BinaryOp::Equal,
        BinaryOperator::NotEq => BinaryOp::NotEqual,
        BinaryOperator::LessEq => BinaryOp::LessEqual,
        BinaryOperator::GreaterEq => BinaryOp::GreaterEqual,
        BinaryOperator::Less => BinaryOp::Less,
        BinaryOperator::Greater => BinaryOp::Greater,
        BinaryOperator::Plus => BinaryOp::Add,
        BinaryOperator::Minus => BinaryOp::Subtract,
        BinaryOperator::Mul => BinaryOp::Multiply,
        BinaryOperator::Div => BinaryOp::Divide,
        BinaryOperator::Mod => BinaryOp::Modulo,
        BinaryOperator::And => BinaryOp::And,
        BinaryOperator::Or => BinaryOp::Or,
    }
}
