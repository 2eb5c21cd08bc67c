//! Templates: strip markers are applied, and every line of literal text is a
//! piece of its own, so that a finding in a policy document can point at its line.

use super::ast::{ForPiece, IfPiece, Piece};
use super::convert::Converter;
use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, HeredocTemplate, StringTemplate, Strip, Template};
use std::borrow::Cow;
use std::ops::Range;

impl Converter<'_> {
    pub(super) fn string_template(&self, template: &StringTemplate) -> Vec<Piece> {
        self.elements(template.iter(), false)
    }

    pub(super) fn heredoc(&self, heredoc: &HeredocTemplate) -> Vec<Piece> {
        let mut pieces = self.elements(heredoc.template.iter(), true);
        if let Some(indent) = heredoc.indent() {
            for piece in &mut pieces {
                unindent_inside(piece, indent);
            }
        }
        pieces
    }

    pub(super) fn template(&self, template: &Template, by_line: bool) -> Vec<Piece> {
        self.elements(template.iter(), by_line)
    }

    fn elements<'e>(&self, elements: impl Iterator<Item = &'e Element>, by_line: bool) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut strip_next = false;
        for element in elements {
            match element {
                Element::Literal(text) => {
                    let first = pieces.len();
                    self.literal(text.value(), text.span(), by_line, &mut pieces);
                    if strip_next && let Some(Piece::Text(text, span)) = pieces.get_mut(first) {
                        let kept = text.trim_start();
                        // With escapes the offsets in text and source differ.
                        if span.len() == text.len() {
                            *span = span.slice(text.len() - kept.len(), span.len());
                        }
                        *text = kept.into();
                    }
                    strip_next = false;
                    continue;
                }
                Element::Interpolation(interpolation) => {
                    strip_last(&mut pieces, interpolation.strip);
                    strip_next = interpolation.strip.strip_end();
                    pieces.push(Piece::Interpolation(self.expr(&interpolation.expr)));
                }
                Element::Directive(directive) => {
                    strip_last(&mut pieces, outer_start(directive));
                    strip_next = outer_end(directive).strip_end();
                    pieces.push(self.directive(directive, by_line));
                }
            }
        }
        pieces.retain(|piece| !matches!(piece, Piece::Text(text, _) if text.is_empty()));
        pieces
    }

    /// Heredocs arrive unindented, so that each line is found again at the end of its source line.
    fn literal(&self, text: &str, range: Option<Range<usize>>, by_line: bool, pieces: &mut Vec<Piece>) {
        let span = self.span(range.clone());
        if !by_line {
            pieces.push(Piece::Text(text.into(), span));
            return;
        }
        let raw = self.source(range.unwrap_or_default());
        let mut offset = 0;
        let mut sources = raw.split_inclusive('\n');
        for line in text.split_inclusive('\n') {
            let source = sources.next().unwrap_or_default();
            let line = with_carriage_return(line, source);
            let line = line.as_ref();
            // Escapes make text and source differ; then the whole literal is the best known place.
            let place = match source.ends_with(line) && self.place.is_none() {
                true => span.slice(offset + source.len() - line.len(), offset + source.len()),
                false => span,
            };
            pieces.push(Piece::Text(line.into(), place));
            offset += source.len();
        }
    }

    fn directive(&self, directive: &Directive, by_line: bool) -> Piece {
        match directive {
            Directive::If(parsed) => {
                let first = &parsed.if_expr;
                let end = parsed.endif_expr.strip;
                let after_then = parsed.else_expr.as_ref().map_or(end, |part| part.strip);
                let mut then = self.elements(first.template.iter(), by_line);
                strip_both(&mut then, first.strip, after_then);
                let mut otherwise = Vec::new();
                if let Some(part) = &parsed.else_expr {
                    otherwise = self.elements(part.template.iter(), by_line);
                    strip_both(&mut otherwise, part.strip, end);
                }
                Piece::If(Box::new(IfPiece { condition: self.expr(&first.cond_expr), then, otherwise }))
            }
            Directive::For(parsed) => {
                let intro = &parsed.for_expr;
                let mut body = self.elements(intro.template.iter(), by_line);
                strip_both(&mut body, intro.strip, parsed.endfor_expr.strip);
                Piece::For(Box::new(ForPiece {
                    key: intro.key_var.as_ref().map(|key| key.as_str().into()),
                    value: intro.value_var.as_str().into(),
                    collection: self.expr(&intro.collection_expr),
                    body,
                }))
            }
        }
    }
}

/// Losing their indentation, lines lose their carriage returns too, which are part of the value.
fn with_carriage_return<'t>(line: &'t str, source: &str) -> Cow<'t, str> {
    match line.strip_suffix('\n') {
        Some(text) if source.ends_with("\r\n") && !text.ends_with('\r') => format!("{text}\r\n").into(),
        _ => line.into(),
    }
}

/// The text inside of directives keeps its indentation when the heredoc loses it; this takes it away too.
fn unindent_inside(piece: &mut Piece, indent: usize) {
    match piece {
        Piece::If(parsed) => {
            unindent(&mut parsed.then, indent);
            unindent(&mut parsed.otherwise, indent);
        }
        Piece::For(parsed) => unindent(&mut parsed.body, indent),
        Piece::Text(..) | Piece::Interpolation(_) => {}
    }
}

fn unindent(pieces: &mut Vec<Piece>, indent: usize) {
    // What follows a directive's brace is not at the start of a line.
    let mut line_start = false;
    for piece in pieces.iter_mut() {
        if let Piece::Text(text, span) = piece {
            let blank = text.len() - text.trim_start_matches(' ').len();
            let cut = if line_start { blank.min(indent) } else { 0 };
            line_start = text.ends_with('\n');
            *span = span.slice(cut, span.len());
            *text = text[cut..].into();
        } else {
            unindent_inside(piece, indent);
            line_start = false;
        }
    }
    pieces.retain(|piece| !matches!(piece, Piece::Text(text, _) if text.is_empty()));
}

fn outer_start(directive: &Directive) -> Strip {
    match directive {
        Directive::If(parsed) => parsed.if_expr.strip,
        Directive::For(parsed) => parsed.for_expr.strip,
    }
}

fn outer_end(directive: &Directive) -> Strip {
    match directive {
        Directive::If(parsed) => parsed.endif_expr.strip,
        Directive::For(parsed) => parsed.endfor_expr.strip,
    }
}

fn strip_both(pieces: &mut Vec<Piece>, opener: Strip, closer: Strip) {
    if opener.strip_end()
        && let Some(Piece::Text(text, _)) = pieces.first_mut()
    {
        *text = text.trim_start().into();
    }
    strip_last(pieces, closer);
    pieces.retain(|piece| !matches!(piece, Piece::Text(text, _) if text.is_empty()));
}

fn strip_last(pieces: &mut [Piece], strip: Strip) {
    if strip.strip_start()
        && let Some(Piece::Text(text, _)) = pieces.last_mut()
    {
        *text = text.trim_end().into();
    }
}
