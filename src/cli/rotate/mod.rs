//! `keyward rotate`.

mod herald;
mod history;
mod plan;
mod pr;
mod progress;
mod run;
mod setting;
mod work;

pub(super) use setting::{now, operate};

use super::Trouble;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(super) struct RotateArgs {
    #[command(subcommand)]
    command: RotateCommand,
}

#[derive(Debug, Subcommand)]
enum RotateCommand {
    /// List what is due, why, and how it is to be exchanged
    Plan(plan::PlanArgs),
    /// Exchange what lives in Terraform by pull requests, one step after the other
    Pr(pr::PrArgs),
    /// Exchange credentials that `[[rotation.target]]` in keyward.toml describes
    #[command(after_help = run::EXIT_CODES)]
    Run(run::RunArgs),
    /// Go on with runs that wait or were interrupted
    #[command(after_help = run::EXIT_CODES)]
    Resume(run::ResumeArgs),
    /// Be one of several workers: exchange what is due and go on with runs, until nothing is left
    #[command(after_help = run::EXIT_CODES)]
    Work(work::WorkArgs),
    /// Say how runs stand
    Status(history::StatusArgs),
    /// Give up a run before any consumer may have the new credential
    Cancel(run::BackArgs),
    /// Send everything back to the old credential, as long as that is not being deleted
    Rollback(run::BackArgs),
    /// Check that nothing in the journal was changed or left out
    Verify(history::VerifyArgs),
    /// Export what the journal shows of a run
    Evidence(history::EvidenceArgs),
}

pub(super) fn run(args: &RotateArgs) -> Result<u8, Trouble> {
    match &args.command {
        RotateCommand::Plan(args) => plan::run(args),
        RotateCommand::Pr(args) => pr::run(args),
        RotateCommand::Run(args) => run::run(args),
        RotateCommand::Resume(args) => run::resume(args),
        RotateCommand::Work(args) => work::run(args),
        RotateCommand::Status(args) => history::status(args),
        RotateCommand::Cancel(args) => run::cancel(args),
        RotateCommand::Rollback(args) => run::roll_back(args),
        RotateCommand::Verify(args) => history::verify(args),
        RotateCommand::Evidence(args) => history::evidence(args),
    }
}
