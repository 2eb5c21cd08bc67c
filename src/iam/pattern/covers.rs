use super::{Pattern, Piece, Tri};

/// Cells of the table beyond which the answer is "maybe". Both patterns would have to be 2,000 characters long.
const MAX_CELLS: usize = 1 << 22;

#[derive(Clone, Copy, PartialEq)]
enum Token {
    Char(char),
    Any,
    Star,
    Hole,
}

/// What holes are taken for.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    /// For whatever makes the answer no.
    Doubting,
    /// For whatever makes the answer yes.
    Hoping,
}

pub(super) fn covers(wide: &Pattern, narrow: &Pattern, fold: bool) -> Tri {
    if wide.is_any() {
        return Tri::Yes;
    }
    if let Some(text) = narrow.as_text() {
        return wide.match_pieces(text, fold);
    }
    let (wide, narrow) = (tokens(wide, fold), tokens(narrow, fold));
    if wide.len().saturating_mul(narrow.len()) > MAX_CELLS {
        return Tri::Maybe;
    }
    if table(&wide, &narrow, Mood::Doubting) {
        Tri::Yes
    } else if table(&wide, &narrow, Mood::Hoping) {
        Tri::Maybe
    } else {
        Tri::No
    }
}

/// Flattens a pattern. In a run of wildcards the single characters come first and one star last: `*?` and `?*`
/// mean the same and have to compare the same.
fn tokens(pattern: &Pattern, fold: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut star = false;
    for piece in pattern.pieces() {
        match piece {
            Piece::Star => star = true,
            Piece::AnyChar => tokens.push(Token::Any),
            Piece::Text(text) => {
                end_run(&mut tokens, &mut star);
                let case = |char: char| if fold { char.to_ascii_lowercase() } else { char };
                tokens.extend(text.chars().map(|char| Token::Char(case(char))));
            }
            Piece::Hole | Piece::Variable(_) => {
                end_run(&mut tokens, &mut star);
                tokens.push(Token::Hole);
            }
        }
    }
    end_run(&mut tokens, &mut star);
    tokens
}

fn end_run(tokens: &mut Vec<Token>, star: &mut bool) {
    if std::mem::take(star) {
        tokens.push(Token::Star);
    }
}

/// Fills, from the ends, the table of which suffix of `wide` covers which suffix of `narrow`. A star of
/// `narrow` is a letter that only a star of `wide` takes; that is exact but for `?` against `*`, where hoping
/// says yes.
fn table(wide: &[Token], narrow: &[Token], mood: Mood) -> bool {
    let width = narrow.len();
    let hoping = mood == Mood::Hoping;
    let mut below = vec![false; width + 1];
    let mut row = vec![false; width + 1];
    for i in (0..=wide.len()).rev() {
        for j in (0..=width).rev() {
            let (needs, gives) = (wide.get(i), narrow.get(j));
            let skip_wide = i < wide.len() && below[j];
            let skip_narrow = j < width && row[j + 1];
            let skip_both = i < wide.len() && j < width && below[j + 1];
            row[j] = match (needs, gives) {
                (None, None) => true,
                (Some(Token::Star), _) => skip_wide || skip_narrow,
                (Some(Token::Hole), Some(Token::Hole)) if hoping => skip_wide || skip_narrow || skip_both,
                (Some(Token::Hole), _) => hoping && (skip_wide || skip_narrow),
                (_, Some(Token::Hole)) => hoping && (skip_narrow || skip_wide),
                (Some(Token::Any), Some(Token::Star)) => hoping && (skip_wide || skip_both),
                (Some(Token::Any), Some(_)) => skip_both,
                (Some(needed), Some(given)) => needed == given && skip_both,
                (None, Some(_)) | (Some(_), None) => false,
            };
        }
        std::mem::swap(&mut row, &mut below);
    }
    below[0]
}
