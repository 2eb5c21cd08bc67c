use super::super::value::{Kind, Meta, Part, Str, Value};
use super::budget::weight;
use super::{Evaluator, Scope};
use crate::source::Span;
use crate::syntax::ast::{Expr, Piece};

/// Pieces of one rendered template.
const MAX_PARTS: usize = 50_000;

impl Evaluator<'_> {
    pub(super) fn template(&mut self, pieces: &[Piece], scope: &mut Scope, span: Span) -> Value {
        // A template that is only one interpolation is that value, of whatever type.
        if let [Piece::Interpolation(expr)] = pieces {
            return self.expr(expr, scope);
        }
        let mut parts = Vec::new();
        let mut meta = Meta::default();
        self.pieces(pieces, scope, &mut parts, &mut meta);
        meta.route = None;
        let value = Value::template(parts);
        self.budget.spend(weight(&value));
        value.absorbing(&meta).at(span)
    }

    fn pieces(&mut self, pieces: &[Piece], scope: &mut Scope, parts: &mut Vec<Part>, meta: &mut Meta) {
        for piece in pieces {
            match piece {
                Piece::Text(text, span) => {
                    parts.push(Part::Text(Str::with_pieces(text.clone(), vec![(0, *span)])));
                }
                Piece::Interpolation(expr) => self.interpolate(expr, scope, parts, meta),
                Piece::If(parsed) => {
                    let condition = self.expr(&parsed.condition, scope);
                    match condition.as_bool() {
                        Some(true) => self.pieces(&parsed.then, scope, parts, meta),
                        Some(false) => self.pieces(&parsed.otherwise, scope, parts, meta),
                        None => {
                            if !condition.is_unknown() {
                                self.error(parsed.condition.span, "the condition is not true or false");
                            }
                            parts.push(Part::Hole(Value::derived([&condition])));
                        }
                    }
                }
                Piece::For(parsed) => {
                    let collection = self.expr(&parsed.collection, scope);
                    let Some(pairs) = self.pairs(&collection, parsed.collection.span) else {
                        parts.push(Part::Hole(Value::derived([&collection])));
                        continue;
                    };
                    for (key, value) in pairs {
                        let bound = scope.bindings.len();
                        if let Some(name) = &parsed.key {
                            scope.bindings.push((name.clone(), key));
                        }
                        scope.bindings.push((parsed.value.clone(), value));
                        self.pieces(&parsed.body, scope, parts, meta);
                        scope.bindings.truncate(bound);
                        if parts.len() > MAX_PARTS || self.budget.is_exhausted() {
                            // What was not rendered is not known, so the text must not look complete.
                            parts.push(Part::Hole(self.exhausted(parsed.collection.span)));
                            return;
                        }
                    }
                }
            }
        }
    }

    fn interpolate(&mut self, expr: &Expr, scope: &mut Scope, parts: &mut Vec<Part>, meta: &mut Meta) {
        let value = self.expr(expr, scope);
        meta.absorb(&value.meta);
        match &value.kind {
            Kind::Template(inner) => parts.extend(inner.iter().cloned()),
            Kind::String(text) => parts.push(Part::Text(text.located(value.meta.span))),
            Kind::Number(_) | Kind::Bool(_) => {
                let text = self.as_string(&value).unwrap_or_default();
                parts.push(Part::Text(Str::new(text)));
            }
            Kind::Unknown(_) => parts.push(Part::Hole(value)),
            Kind::Null | Kind::List(..) | Kind::Map(..) => {
                let hole =
                    self.error(expr.span, format!("a {} cannot be part of a string", value.type_name()));
                parts.push(Part::Hole(hole));
            }
        }
    }
}
