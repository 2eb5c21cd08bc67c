//! The command line: arguments in, text and an exit code out.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is the layer that prints")]

mod args;
mod baseline;
mod completions;
mod configuration;
mod console;
mod docs;
mod explain;
mod fixes;
mod forge;
mod graph;
mod input;
mod inventory;
mod live;
mod lsp;
mod migrate;
mod output;
mod pr;
mod query;
mod review;
mod rotate;
mod rules;
mod scan;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

/// Nothing at or above `--fail-on`.
const CLEAN: u8 = 0;
/// Findings at or above `--fail-on`.
const FINDINGS: u8 = 1;
/// Wrong usage, wrong configuration, or a mistake of ours.
const TROUBLE: u8 = 2;

/// What ends a command early: a message, and what to do next.
#[derive(Debug)]
struct Trouble {
    message: String,
    help: Option<String>,
}

impl Trouble {
    fn new(message: impl Into<String>) -> Self {
        Trouble { message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Runs the program and returns its exit code.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match &cli.command {
        Command::Scan(args) => scan::run(args),
        Command::Inventory(args) => inventory::run(args),
        Command::Graph(args) => graph::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Query(args) => query::run(args),
        Command::Review(args) => review::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Baseline(args) => baseline::run(args),
        Command::Pr(args) => pr::run(args),
        Command::Rotate(args) => rotate::run(args),
        Command::Migrate(args) => migrate::run(args),
        Command::Lsp(args) => lsp::run(args),
        Command::Console(args) => console::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Docs(args) => docs::run(args),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(trouble) => {
            eprintln!("error: {}", trouble.message);
            if let Some(help) = trouble.help {
                eprintln!("  help: {help}");
            }
            ExitCode::from(TROUBLE)
        }
    }
}
