//! What the clouds say, for commands with `--live`.

use super::Trouble;
use super::args::InputArgs;
use super::forge::variable;
use super::{input, rotate};
use crate::analysis::{Analysis, Settings};
use crate::live::{Code, Joined, join, survey};
use crate::rotation::operate::Surroundings;
use jiff::civil::Date;

/// Asks every account, and holds what it tells against the code.
pub(super) fn look(args: &InputArgs, settings: &Settings, analysis: &Analysis) -> Result<Joined, Trouble> {
    look_on(input::today(args), settings, analysis)
}

/// The same, on a day.
pub(super) fn look_on(today: Date, settings: &Settings, analysis: &Analysis) -> Result<Joined, Trouble> {
    let dir = settings.config_dir.clone().unwrap_or_else(|| ".".into());
    let surroundings =
        Surroundings { dir: &dir, variable: &variable, now: rotate::now, by: "", timeout: None };
    let asked = survey(&settings.config.live, &surroundings).map_err(rotate::operate)?;
    let code = Code {
        estate: &analysis.estate,
        sources: &analysis.sources,
        config: &settings.config,
        roster: analysis.roster.as_ref(),
        today,
    };
    let joined = join(&code, &asked);
    let gaps: usize = joined.drift.accounts.iter().map(|account| account.gaps.len()).sum();
    if gaps > 0 {
        eprintln!("{gaps} coverage gap(s): an account did not tell everything");
        for gap in joined.drift.accounts.iter().flat_map(|account| &account.gaps) {
            eprintln!("  {}", crate::report::one_line(gap));
        }
    }
    Ok(joined)
}
