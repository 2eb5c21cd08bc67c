use crate::diagnostic::{Gap, GapKind};
use crate::syntax::Parsed;

/// One gap for each syntax error. Everything else in the file was analysed.
pub(super) fn gaps(parsed: &[Parsed]) -> impl Iterator<Item = Gap> + '_ {
    parsed.iter().flat_map(|parsed| &parsed.errors).map(|error| {
        Gap::new(GapKind::Syntax, Some(error.span), error.message.clone())
            .help("only this item is left out; the rest of the file is analysed")
    })
}
