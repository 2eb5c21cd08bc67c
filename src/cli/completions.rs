use super::args::{Cli, CompletionsArgs};
use super::{CLEAN, Trouble, output};
use clap::CommandFactory;

pub(super) fn run(args: &CompletionsArgs) -> Result<u8, Trouble> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "keyward", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(CLEAN)
}
