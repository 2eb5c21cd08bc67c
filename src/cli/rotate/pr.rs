//! `keyward rotate pr`.

use super::now;
use crate::analysis::{Analysis, Settings};
use crate::cli::args::PullArgs;
use crate::cli::forge::variable;
use crate::cli::{Trouble, configuration, live, output, pr};
use crate::rotation::operate::Surroundings;
use crate::source::Tree;
use crate::staged::{Amazon, Cloud, Exchange, State};
use clap::Args;
use secrecy::zeroize::Zeroizing;
use std::io::Read;
use std::path::Path;

/// States are larger than code.
const MAX_STATE: u64 = 512 * 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct PrArgs {
    #[command(flatten)]
    pub pulls: PullArgs,
    /// Address of a credential to exchange whether it is due or not; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    pub only: Vec<String>,
    /// What is applied: a file, or - for the standard input, with what `terraform state pull` prints in a root module
    #[arg(long = "state", value_name = "[ROOT=]FILE")]
    pub states: Vec<String>,
    /// The states that are given are those of all workspaces of their root modules
    #[arg(long, requires = "states")]
    pub all_states: bool,
    /// Ask AWS whether keys work and when they were used: the accounts of `[live]`, or that of the environment
    #[arg(long)]
    pub live: bool,
    /// Go by the time alone where nobody can see who uses a credential
    #[arg(long)]
    pub accept_unseen: bool,
}

pub(super) fn run(args: &PrArgs) -> Result<u8, Trouble> {
    let states = args.states.iter().map(|named| state(named)).collect::<Result<Vec<State>, _>>()?;
    let here = Path::new(&args.pulls.target);
    let dir = if here.is_dir() { here } else { Path::new(".") };
    let settings = Settings::of(&Tree::Disk(dir.to_path_buf())).map_err(configuration::trouble)?;
    let config_dir = settings.config_dir.clone().unwrap_or_else(|| dir.to_path_buf());
    let surroundings = Surroundings { dir: &config_dir, variable: &variable, now, by: "", timeout: None };
    let amazon = args.live.then(|| Amazon::new(&settings.config.live, surroundings));
    let cloud = amazon.as_ref().map(|amazon| amazon as &dyn Cloud);
    let today = args.pulls.today.unwrap_or_else(|| jiff::Zoned::now().date());
    let ages = |analysis: &Analysis| {
        let joined = live::look_on(today, &settings, analysis);
        joined.map(|joined| joined.sightings).map_err(|trouble| trouble.message)
    };
    let mut exchange =
        Exchange::new(&args.only, &states, cloud, args.accept_unseen, now()).with_all_states(args.all_states);
    if args.live {
        exchange = exchange.with_ages(&ages);
    }
    let done = pr::make(&args.pulls, &exchange, &|_| {}, false)?;
    let lines = exchange.lines();
    if !lines.is_empty() {
        output::print(&format!("{}\n", lines.join("\n")))?;
    }
    Ok(done)
}

/// `live/prod=prod.tfstate`, or a file alone for the scanned directory itself.
fn state(named: &str) -> Result<State, Trouble> {
    let (root, file) = named.split_once('=').unwrap_or(("", named));
    let root: Vec<&str> = root.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let wrong = |why: String| Trouble::new(format!("cannot use the state `{file}`: {why}"));
    let bytes = match file {
        "-" => whole(std::io::stdin()),
        _ => open(Path::new(file)).and_then(whole),
    };
    let bytes = bytes.map_err(|error| wrong(error.to_string()))?;
    State::read(&root.join("/"), &bytes).map_err(wrong)
}

fn open(path: &Path) -> std::io::Result<std::fs::File> {
    match std::fs::metadata(path)?.is_file() {
        true => std::fs::File::open(path),
        false => Err(std::io::Error::other("it is no file")),
    }
}

fn whole(from: impl Read) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    from.take(MAX_STATE).read_to_end(&mut bytes)?;
    Ok(bytes)
}
