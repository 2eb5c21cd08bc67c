//! The syntax tree that HCL and JSON files share. Every node knows its bytes.

use crate::source::Span;
use std::sync::Arc;

pub type Name = Arc<str>;

/// The inside of a file or block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    pub attributes: Vec<Attribute>,
    pub blocks: Vec<Block>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub name: Name,
    pub name_span: Span,
    pub expr: Arc<Expr>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub kind: Name,
    pub kind_span: Span,
    pub labels: Vec<Label>,
    pub body: Arc<Body>,
    /// From the block's keyword to its closing brace.
    pub span: Span,
    /// From the keyword to before the opening brace.
    pub header: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub text: Name,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    Null,
    Bool(bool),
    /// As written; the value layer decides the precision.
    Number(Name),
    String(Name),
    Template(Vec<Piece>),
    List(Vec<Expr>),
    Object(Vec<(ObjectKey, Expr)>),
    Variable(Name),
    Traversal(Box<Expr>, Vec<Step>),
    Call(Box<Call>),
    Conditional(Box<[Expr; 3]>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Box<(Expr, BinaryOp, Expr)>),
    For(Box<For>),
    Paren(Box<Expr>),
    /// Could not be parsed; a syntax error says where.
    Broken,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectKey {
    /// A bare word, which is a string and not a reference.
    Word(Name, Span),
    Expr(Expr),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    Attribute(Name),
    Index(Expr),
    /// `[*]`: what follows applies to each element.
    Splat,
    /// `.*`: only the attributes that follow apply to each element.
    AttributeSplat,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub name: Name,
    pub name_span: Span,
    pub args: Vec<Expr>,
    /// The last argument is a list to be spread: `f(xs...)`.
    pub spread: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct For {
    pub key: Option<Name>,
    pub value: Name,
    pub collection: Expr,
    /// Present for `{for …}`.
    pub key_expr: Option<Expr>,
    pub value_expr: Expr,
    pub grouping: bool,
    pub condition: Option<Expr>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(Name, Span),
    Interpolation(Expr),
    If(Box<IfPiece>),
    For(Box<ForPiece>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfPiece {
    pub condition: Expr,
    pub then: Vec<Piece>,
    pub otherwise: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForPiece {
    pub key: Option<Name>,
    pub value: Name,
    pub collection: Expr,
    pub body: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    Equal,
    NotEqual,
    LessEqual,
    GreaterEqual,
    Less,
    Greater,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    And,
    Or,
}

impl Body {
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        // The last one wins, as an override file would.
        self.attributes.iter().rev().find(|attribute| &*attribute.name == name)
    }

    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> + 'a {
        self.blocks.iter().filter(move |block| &*block.kind == kind)
    }
}

impl Block {
    pub fn label(&self, index: usize) -> Option<&str> {
        self.labels.get(index).map(|label| &*label.text)
    }
}

impl Expr {
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Expr { kind, span }
    }

    /// `["aws", "iam"]` for the traversal `aws.iam` when it has only names.
    pub fn dotted(&self) -> Option<Vec<&str>> {
        match &self.kind {
            ExprKind::Variable(name) => Some(vec![name]),
            ExprKind::Traversal(root, steps) => {
                let mut names = root.dotted()?;
                for step in steps {
                    match &step.kind {
                        StepKind::Attribute(name) => names.push(name),
                        _ => return None,
                    }
                }
                Some(names)
            }
            _ => None,
        }
    }
}
