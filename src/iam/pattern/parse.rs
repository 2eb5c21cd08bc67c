use super::{Pattern, Piece};

/// Whether `*` and `?` are wildcards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    Glob,
    Literal,
}

/// Puts a pattern together from text and holes, in order.
#[derive(Clone, Debug)]
pub struct Builder {
    syntax: Syntax,
    text: String,
    pieces: Vec<Piece>,
}

impl Builder {
    pub(super) fn new(syntax: Syntax) -> Self {
        Builder { syntax, text: String::new(), pieces: Vec::new() }
    }

    /// Adds known text, in which wildcards (if the syntax has them) and policy variables are recognised.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        let mut rest = text;
        while let Some(at) = rest.find(['*', '?', '$']) {
            self.text.push_str(&rest[..at]);
            rest = &rest[at..];
            let taken = match rest.as_bytes()[0] {
                b'$' => self.variable(rest),
                _ if self.syntax == Syntax::Literal => 0,
                b'*' => self.push(Piece::Star),
                _ => self.push(Piece::AnyChar),
            };
            if taken == 0 {
                self.text.push_str(&rest[..1]);
            }
            rest = &rest[taken.max(1)..];
        }
        self.text.push_str(rest);
        self
    }

    /// Adds a part that is not known.
    #[must_use]
    pub fn hole(mut self) -> Self {
        self.push(Piece::Hole);
        self
    }

    /// Adds a piece as it is.
    #[must_use]
    pub fn piece(mut self, piece: Piece) -> Self {
        match piece {
            Piece::Text(text) => self.text.push_str(&text),
            piece => {
                self.push(piece);
            }
        }
        self
    }

    pub fn build(mut self) -> Pattern {
        self.flush();
        Pattern { pieces: self.pieces }
    }

    /// Takes `${name}` off the start of the text and returns its length, or 0 if there is none. `${*}`,
    /// `${?}` and `${$}` are AWS's way to write these three characters.
    fn variable(&mut self, rest: &str) -> usize {
        let Some(body) = rest.strip_prefix("${") else { return 0 };
        let Some(end) = body.find('}') else { return 0 };
        let name = &body[..end];
        match name {
            "*" | "?" | "$" => self.text.push_str(name),
            _ => {
                self.push(Piece::Variable(name.into()));
            }
        }
        end + 3
    }

    /// Adds a piece that is written in one character, and returns that length.
    fn push(&mut self, piece: Piece) -> usize {
        self.flush();
        let repeats = matches!(piece, Piece::Star | Piece::Hole) && self.pieces.last() == Some(&piece);
        if !repeats {
            self.pieces.push(piece);
        }
        1
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.pieces.push(Piece::Text(text.into()));
        }
    }
}
