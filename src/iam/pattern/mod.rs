//! Wildcard patterns that may contain holes: parts of which only the place is known.

mod arn;
mod covers;
mod glob;
mod parse;
mod resolve;
#[cfg(test)]
mod tests;

pub use parse::{Builder, Syntax};
pub use resolve::Filled;

use super::Tri;
use std::fmt;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    Text(Box<str>),
    /// `*`: any number of characters.
    Star,
    /// `?`: exactly one character.
    AnyChar,
    /// Text that is not known here, and might itself contain wildcards.
    Hole,
    /// A policy variable such as `${aws:username}`, which the cloud fills in for each request.
    Variable(Box<str>),
}

/// A wildcard pattern. Two texts never follow each other, and neither do two stars.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

/// A pattern, and whatever the caller wants to get back with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element<T = ()> {
    pub pattern: Pattern,
    pub at: T,
}

impl<T> Element<T> {
    pub fn new(pattern: Pattern, at: T) -> Self {
        Element { pattern, at }
    }
}

impl Pattern {
    /// A pattern of which nothing is known.
    pub fn unknown() -> Self {
        Pattern { pieces: vec![Piece::Hole] }
    }

    /// Reads `*`, `?` and policy variables.
    pub fn parse(text: &str) -> Self {
        Pattern::builder(Syntax::Glob).text(text).build()
    }

    /// Takes the text as it stands, apart from policy variables.
    pub fn literal(text: &str) -> Self {
        Pattern::builder(Syntax::Literal).text(text).build()
    }

    pub fn builder(syntax: Syntax) -> Builder {
        Builder::new(syntax)
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The only text that matches, where there is just one.
    pub fn as_text(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text before the first wildcard or hole.
    pub fn prefix(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    /// The pattern from its first wildcard or hole on.
    #[must_use]
    pub fn without_prefix(&self) -> Pattern {
        let from = usize::from(!self.prefix().is_empty());
        Pattern { pieces: self.pieces[from..].to_vec() }
    }

    /// The parts before and behind the first known occurrence of a character.
    pub fn split_once(&self, separator: char) -> Option<(Pattern, Pattern)> {
        let found = self.pieces.iter().enumerate().find_map(|(at, piece)| match piece {
            Piece::Text(text) => Some((at, text.split_once(separator)?)),
            _ => None,
        });
        let (at, (before, after)) = found?;
        let text = |text: &str| (!text.is_empty()).then(|| Piece::Text(text.into()));
        let head = self.pieces[..at].iter().cloned().chain(text(before)).collect();
        let tail = text(after).into_iter().chain(self.pieces[at + 1..].iter().cloned()).collect();
        Some((Pattern { pieces: head }, Pattern { pieces: tail }))
    }

    /// Nothing about it is known.
    pub fn is_unknown(&self) -> bool {
        self.pieces == [Piece::Hole]
    }

    /// Everything matches.
    pub fn is_any(&self) -> bool {
        self.pieces == [Piece::Star]
    }

    pub fn has_wildcard(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Star | Piece::AnyChar))
    }

    pub fn has_hole(&self) -> bool {
        self.pieces.contains(&Piece::Hole)
    }

    /// The policy variables in it.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_ref()),
            _ => None,
        })
    }

    /// What looks like a policy variable is text.
    #[must_use]
    pub fn without_variables(self) -> Pattern {
        let mut builder = Pattern::builder(Syntax::Literal);
        for piece in self.pieces {
            builder = match piece {
                Piece::Variable(name) => builder.piece(Piece::Text(format!("${{{name}}}").into())),
                piece => builder.piece(piece),
            };
        }
        builder.build()
    }

    /// No hole and no variable: the answer of a match is yes or no.
    pub fn is_certain(&self) -> bool {
        !self.pieces.iter().any(|piece| matches!(piece, Piece::Hole | Piece::Variable(_)))
    }

    pub fn matches(&self, text: &str) -> Tri {
        self.match_pieces(text, false)
    }

    /// As `matches`, with ASCII letters compared without regard to case, as in the names of actions.
    pub fn matches_ignore_case(&self, text: &str) -> Tri {
        self.match_pieces(text, true)
    }

    fn match_pieces(&self, text: &str, fold: bool) -> Tri {
        match glob::glob(&self.pieces, text, fold) {
            Some(true) if self.is_certain() => Tri::Yes,
            Some(true) | None => Tri::Maybe,
            Some(false) => Tri::No,
        }
    }

    /// Whether everything that matches `other` matches this pattern too. With a hole on either side the
    /// answer is certain only if it does not depend on what the hole stands for.
    pub fn covers(&self, other: &Pattern) -> Tri {
        covers::covers(self, other, false)
    }

    pub fn covers_ignore_case(&self, other: &Pattern) -> Tri {
        covers::covers(self, other, true)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.write_str(text)?,
                Piece::Star => out.write_str("*")?,
                Piece::AnyChar => out.write_str("?")?,
                Piece::Hole => out.write_str("…")?,
                Piece::Variable(name) => write!(out, "${{{name}}}")?,
            }
        }
        Ok(())
    }
}
