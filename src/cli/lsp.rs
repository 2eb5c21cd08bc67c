use super::Trouble;
use super::args::LspArgs;
use crate::lsp;

pub(super) fn run(_args: &LspArgs) -> Result<u8, Trouble> {
    // What a panic says may quote the code, and the log of an editor is no place for that.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        eprintln!("keyward: internal error at {place}");
    }));
    Ok(lsp::serve(std::io::stdin(), std::io::stdout(), || jiff::Zoned::now().date()))
}
