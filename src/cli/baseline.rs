//! `keyward baseline write|prune|status`.

use super::args::{BaselineArgs, BaselineCommand, BaselineInput};
use super::{CLEAN, FINDINGS, Trouble, input};
use crate::analysis::{Analysis, Settings};
use crate::baseline::{BASELINE_NAME, Baseline};
use std::path::{Path, PathBuf};

pub(super) fn run(args: &BaselineArgs) -> Result<u8, Trouble> {
    match &args.command {
        BaselineCommand::Write(input) => write(input),
        BaselineCommand::Prune(input) => prune(input),
        BaselineCommand::Status(input) => status(input),
    }
}

fn write(args: &BaselineInput) -> Result<u8, Trouble> {
    let (settings, analysis) = look(args)?;
    let path = place(args, &settings);
    let baseline = Baseline::of(&analysis.findings);
    save(&path, &baseline)?;
    eprintln!("{} known from now on, in {}", places(baseline.len()), path.display());
    Ok(CLEAN)
}

fn prune(args: &BaselineInput) -> Result<u8, Trouble> {
    let (settings, analysis) = look(args)?;
    let path = place(args, &settings);
    let known = read(&path)?;
    let pruned = known.pruned(&analysis.findings, |address| analysis.moves.former(address));
    save(&path, &pruned)?;
    eprintln!("{} gone, {} left", places(known.len() - pruned.len()), pruned.len());
    Ok(CLEAN)
}

fn status(args: &BaselineInput) -> Result<u8, Trouble> {
    let (settings, mut analysis) = look(args)?;
    let moves = std::mem::take(&mut analysis.moves);
    let known = read(&place(args, &settings))?;
    let comparison = known.apply(&mut analysis.findings, |address| moves.former(address));
    println!("{} known, {} new, {} gone", comparison.known, comparison.new, comparison.gone);
    Ok(if comparison.new == 0 { CLEAN } else { FINDINGS })
}

/// Everything as if there were no baseline.
fn look(args: &BaselineInput) -> Result<(Settings, Analysis), Trouble> {
    let settings = input::settings(&args.input)?;
    let analysis = input::read(&args.input, &settings)?;
    Ok((settings, analysis))
}

fn place(args: &BaselineInput, settings: &Settings) -> PathBuf {
    args.file.clone().unwrap_or_else(|| usual(&args.input.path, settings))
}

/// Beside the configuration, else in the scanned directory.
pub(super) fn usual(path: &Path, settings: &Settings) -> PathBuf {
    let dir = match &settings.config_dir {
        Some(dir) => dir.clone(),
        None if path.is_file() => path.parent().map(Path::to_path_buf).unwrap_or_default(),
        None => path.to_path_buf(),
    };
    dir.join(BASELINE_NAME)
}

pub(super) fn read(path: &Path) -> Result<Baseline, Trouble> {
    Baseline::read(path).map_err(|error| {
        Trouble::new(error.to_string()).help("`keyward baseline write` records what is there today")
    })
}

pub(super) fn save(path: &Path, baseline: &Baseline) -> Result<(), Trouble> {
    std::fs::write(path, baseline.to_text())
        .map_err(|error| Trouble::new(format!("cannot write {}: {error}", path.display())))
}

fn places(count: usize) -> String {
    if count == 1 { "1 place".to_owned() } else { format!("{count} places") }
}
