//! `keyward rotate plan`.

use crate::analysis::{Analysis, Selection, Settings};
use crate::cli::args::InputArgs;
use crate::cli::{CLEAN, FINDINGS, Trouble, input, live, output};
use crate::diagnostic::Persona;
use crate::rotation::plan::{Input, LEAK_RULES, PlanFormat, plan};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Format: human, json, markdown
    #[arg(long, short, default_value = "human")]
    pub format: PlanFormat,
    /// Show what is not due as well
    #[arg(long)]
    pub all: bool,
    /// Ask the accounts and repositories of `[live]`, or else the AWS account of the environment, how old keys are
    #[arg(long)]
    pub live: bool,
    /// Print nothing unless something is due now, and exit with 1 then
    #[arg(long)]
    pub alert_only: bool,
}

pub(super) fn run(args: &PlanArgs) -> Result<u8, Trouble> {
    let (settings, analysis) = look(&args.input)?;
    let joined = args.live.then(|| live::look(&args.input, &settings, &analysis)).transpose()?;
    let plan = plan(&Input {
        estate: &analysis.estate,
        sources: &analysis.sources,
        findings: &analysis.findings,
        roster: analysis.roster.as_ref(),
        config: &settings.config,
        today: input::today(&args.input),
        sightings: joined.as_ref().map(|joined| &joined.sightings),
    });
    if args.alert_only && plan.due() == 0 {
        return Ok(CLEAN);
    }
    output::print(&args.format.render(&plan, args.all))?;
    let gaps = analysis.gaps.len();
    if gaps > 0 {
        eprintln!("{gaps} coverage gap(s): `keyward scan --verbose` lists what could not be analysed");
    }
    Ok(if args.alert_only { FINDINGS } else { CLEAN })
}

/// Only what the plan takes from rules, whatever else the configuration selects.
fn look(args: &InputArgs) -> Result<(Settings, Analysis), Trouble> {
    let mut settings = input::settings(args)?;
    let select = LEAK_RULES.iter().map(|rule| (*rule).to_owned()).collect();
    settings.selection = Selection { select, ignore: Vec::new() };
    settings.persona = Persona::Regular;
    let analysis = input::read(args, &settings)?;
    Ok((settings, analysis))
}
