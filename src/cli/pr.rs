use super::args::{PrArgs, PullArgs};
use super::{CLEAN, Trouble, configuration, forge, output};
use crate::analysis::Settings;
use crate::forge::{Auth, Slug};
use crate::git;
use crate::pr::{self, About, Run};
use std::path::{Path, PathBuf};

/// Where the files are, and which repository it is.
struct Target {
    repository: Option<Slug>,
    checkout: Option<PathBuf>,
    scope: String,
    base: Option<String>,
}

pub(super) fn run(args: &PrArgs) -> Result<u8, Trouble> {
    configuration::check_selectors(&args.rules)?;
    let adjust = |settings: &mut Settings| {
        args.rules.choose(&mut settings.selection);
        settings.config.pull_requests.unsafe_fixes &= !args.safe_only;
    };
    let selected = !args.rules.select.is_empty() || !args.rules.ignore.is_empty();
    make(&args.pulls, &pr::Findings, &adjust, selected)
}

/// Makes the pull requests that something is about, and says what was done.
pub(super) fn make(
    args: &PullArgs,
    about: &dyn About,
    more: &dyn Fn(&mut Settings),
    selected: bool,
) -> Result<u8, Trouble> {
    let target = target(args)?;
    let auth = forge::auth(&args.forge)?;
    let mut client = match (auth, &target.repository) {
        (Some(auth), Some(repository)) => Some(forge::client(&args.forge, repository.clone(), auth)?),
        (Some(_), None) => return Err(forge::no_repository()),
        // A checkout can be looked at without asking anybody.
        (None, _) if args.dry_run && target.checkout.is_some() => None,
        (None, Some(repository)) if args.dry_run => {
            Some(forge::client(&args.forge, repository.clone(), Auth::Anonymous)?)
        }
        (None, _) => {
            return Err(Trouble::new("there is no token for GitHub")
                .help("set GITHUB_TOKEN, or use --token-file, or --dry-run to see what would be done"));
        }
    };
    let adjust = |settings: &mut Settings| {
        adjust(args, settings);
        more(settings);
    };
    let run = Run {
        about,
        client: client.as_mut(),
        checkout: target.checkout,
        scope: target.scope,
        base: target.base,
        adjust: &adjust,
        selected,
        dry: args.dry_run,
        today: args.today.unwrap_or_else(|| jiff::Zoned::now().date()),
    };
    let report = pr::run(run).map_err(|error| match error {
        pr::Trouble::Forge(error) => forge::trouble(error),
        pr::Trouble::Config(error) => configuration::trouble(error),
        pr::Trouble::Other { message, help } => Trouble::new(message).help(help),
    })?;
    output::print(&report.preview)?;
    let mut lines = report.told;
    if lines.is_empty() {
        lines.push("nothing to do".to_owned());
    }
    lines.extend(pr::standings(&report.plan));
    output::print(&format!("{}\n", lines.join("\n")))?;
    for note in &report.notes {
        eprintln!("note: {note}");
    }
    Ok(CLEAN)
}

/// What the command line says, over the configuration of the base branch.
fn adjust(args: &PullArgs, settings: &mut Settings) {
    settings.vars.extend(args.vars.iter().cloned());
    let pull_requests = &mut settings.config.pull_requests;
    pull_requests.max_open = args.max_open.unwrap_or(pull_requests.max_open);
    pull_requests.max_per_run = args.max_per_run.unwrap_or(pull_requests.max_per_run);
}

fn target(args: &PullArgs) -> Result<Target, Trouble> {
    let path = Path::new(&args.target);
    if !path.exists() {
        let (name, branch) = match args.target.split_once('@') {
            Some((name, branch)) => (name, Some(branch.to_owned())),
            None => (args.target.as_str(), None),
        };
        let Ok(repository) = name.parse::<Slug>() else {
            return Err(Trouble::new(format!("`{}` is neither a directory nor a repository", args.target))
                .help("name a directory of a checkout, or a repository as owner/name"));
        };
        let scope = tidy(args.directory.as_deref().unwrap_or_default());
        let base = args.base.clone().or(branch);
        return Ok(Target { repository: Some(repository), checkout: None, scope, base });
    }
    let repository = git::Repository::discover(path)
        .map_err(|error| Trouble::new(error.to_string()).help(error.help()))?;
    let (Some(top), Some(within)) = (repository.top(), repository.within(path)) else {
        return Err(Trouble::new(format!("`{}` is not in a checkout", path.display()))
            .help("name a directory of a clone with its files"));
    };
    let within = within.join(args.directory.as_deref().unwrap_or_default());
    let parts: Vec<_> =
        within.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let slug = forge::slug(args.repo.as_deref(), &repository)?;
    Ok(Target {
        repository: slug,
        checkout: Some(top.to_path_buf()),
        scope: tidy(&parts.join("/")),
        base: args.base.clone(),
    })
}

fn tidy(directory: &str) -> String {
    let parts = directory.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.collect::<Vec<_>>().join("/")
}
