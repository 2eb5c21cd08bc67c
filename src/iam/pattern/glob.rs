use super::Piece;

/// Comparisons after which a match is given up. Only texts of many thousand characters made for the purpose
/// get there.
const BUDGET: usize = 1 << 23;

/// Whether the text matches, holes and variables taken for stars; nothing when the effort is out of proportion.
///
/// The usual greedy algorithm: on a mismatch only the last star has to be tried again, since what an earlier
/// star could take, the last one can take as well.
pub(super) fn glob(pieces: &[Piece], text: &str, fold: bool) -> Option<bool> {
    let (mut piece, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    let mut effort = 0;
    loop {
        let step = match pieces.get(piece) {
            None if at == text.len() => return Some(true),
            None => None,
            Some(Piece::Star | Piece::Hole | Piece::Variable(_)) => {
                if piece + 1 == pieces.len() {
                    return Some(true);
                }
                retry = Some((piece + 1, at));
                Some(0)
            }
            Some(Piece::AnyChar) => text[at..].chars().next().map(char::len_utf8),
            Some(Piece::Text(expected)) => {
                effort += expected.len();
                starts_with(&text[at..], expected, fold).then_some(expected.len())
            }
        };
        if let Some(taken) = step {
            piece += 1;
            at += taken;
            continue;
        }
        let (after, from) = match retry {
            Some(place) => place,
            None => return Some(false),
        };
        effort += 1;
        if effort > BUDGET {
            return None;
        }
        let Some(next) = advance(pieces, after, text, from, fold) else { return Some(false) };
        retry = Some((after, next));
        (piece, at) = (after, next);
    }
}

/// The next place at which the piece behind a star could begin.
fn advance(pieces: &[Piece], after: usize, text: &str, from: usize, fold: bool) -> Option<usize> {
    let next = from + text[from..].chars().next()?.len_utf8();
    match pieces.get(after) {
        Some(Piece::Text(expected)) if after + 1 == pieces.len() => {
            // The last text has to end where the whole text ends.
            let last = text.len().checked_sub(expected.len())?;
            (last >= next && text.is_char_boundary(last)).then_some(last)
        }
        Some(Piece::Text(expected)) if !fold => Some(next + text[next..].find(expected.as_ref())?),
        // A first byte is never found inside of a character.
        Some(Piece::Text(expected)) => {
            let first = expected.as_bytes().first()?;
            let found = text.as_bytes()[next..].iter().position(|byte| byte.eq_ignore_ascii_case(first))?;
            Some(next + found)
        }
        _ => Some(next),
    }
}

pub(super) fn starts_with(text: &str, expected: &str, fold: bool) -> bool {
    match text.as_bytes().get(..expected.len()) {
        Some(start) if fold => start.eq_ignore_ascii_case(expected.as_bytes()),
        Some(start) => start == expected.as_bytes(),
        None => false,
    }
}
