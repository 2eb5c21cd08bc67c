//! ARNs compared part by part. Colons part the first five from each other; the sixth takes the rest.

use super::{Pattern, Piece};
use crate::iam::Tri;

/// Cells of the table beyond which the answer is "maybe".
const MAX_CELLS: usize = 1 << 22;

/// How far a star reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stars {
    /// To the next colon, as in conditions on ARNs.
    Inside,
    /// The same, but one at the end of a part goes on beyond it, as in `Resource`.
    BeyondAtEnd,
}

#[derive(Clone, Copy)]
enum Token {
    Char(char),
    Any { colon: bool },
    Star { colon: bool },
}

impl Pattern {
    /// Whether an ARN passes a condition on ARNs with this value. Each of the six parts is compared by itself.
    /// Source: AWS IAM User Guide, "IAM JSON policy elements: Condition operators", ARN operators.
    pub fn matches_arn(&self, arn: &str) -> Tri {
        if self.is_any() {
            return Tri::Yes;
        }
        self.matches_parts(arn, Stars::Inside)
    }

    /// Whether an element of `Resource` names an ARN. A star stays within its part unless it ends it.
    /// Source: AWS IAM User Guide, "IAM JSON policy elements: Resource".
    pub fn matches_resource(&self, arn: &str) -> Tri {
        if self.is_any() {
            return Tri::Yes;
        }
        self.matches_parts(arn, Stars::BeyondAtEnd)
    }

    /// Its parts: cut at the first five colons that are known. Fewer than six when it ends before, as `arn:aws:*`.
    pub fn arn_parts(&self) -> Vec<Pattern> {
        let mut parts = Vec::with_capacity(6);
        let mut rest = self.clone();
        while parts.len() < 5 {
            let Some((part, after)) = rest.split_once(':') else { break };
            parts.push(part);
            rest = after;
        }
        parts.push(rest);
        parts
    }

    fn matches_parts(&self, arn: &str, stars: Stars) -> Tri {
        // A hole may stand for several parts.
        if !self.is_certain() {
            return self.matches(arn);
        }
        let tokens = tokens(self, stars);
        let text: Vec<char> = arn.chars().collect();
        if tokens.len().saturating_mul(text.len()) > MAX_CELLS {
            return Tri::Maybe;
        }
        table(&tokens, &text).into()
    }
}

fn tokens(pattern: &Pattern, stars: Stars) -> Vec<Token> {
    let pieces = pattern.pieces();
    let mut tokens = Vec::new();
    let mut colons = 0;
    for (at, piece) in pieces.iter().enumerate() {
        let rest = colons >= 5;
        match piece {
            Piece::Text(text) => {
                colons += text.matches(':').count();
                tokens.extend(text.chars().map(Token::Char));
            }
            Piece::AnyChar => tokens.push(Token::Any { colon: rest }),
            Piece::Star => {
                let ends = match pieces.get(at + 1) {
                    None => true,
                    Some(Piece::Text(next)) => next.starts_with(':'),
                    Some(_) => false,
                };
                tokens.push(Token::Star { colon: rest || (ends && stars == Stars::BeyondAtEnd) });
            }
            // They were ruled out before.
            Piece::Hole | Piece::Variable(_) => tokens.push(Token::Star { colon: true }),
        }
    }
    tokens
}

/// Fills, from the ends, the table of which suffix of the pattern matches which suffix of the text.
fn table(tokens: &[Token], text: &[char]) -> bool {
    let mut below = vec![false; text.len() + 1];
    below[text.len()] = true;
    let mut row = vec![false; text.len() + 1];
    for token in tokens.iter().rev() {
        for at in (0..=text.len()).rev() {
            let char = text.get(at).copied();
            let next = char.is_some() && below[(at + 1).min(text.len())];
            row[at] = match token {
                Token::Char(expected) => char == Some(*expected) && next,
                Token::Any { colon } => next && (*colon || char != Some(':')),
                Token::Star { colon } => {
                    let takes = char.is_some_and(|char| *colon || char != ':');
                    below[at] || (takes && row[at + 1])
                }
            };
        }
        std::mem::swap(&mut row, &mut below);
    }
    below[0]
}
