//! One run: the files of the base, the analysis, the plan, and what comes of it.

use super::about::About;
use super::act::{Done, Hand};
use super::observe::observe;
use super::plan::{Blind, Plan, plan};
use super::proposal::Workshop;
use super::remote::Remote;
use super::{Base, Group, Observed, Options, Proposal, show};
use crate::analysis::{Analysis, Settings, analyse};
use crate::config::LoadError;
use crate::diagnostic::GapKind;
use crate::forge::{Client, Error, Kind, Repository, Slug};
use crate::report::Scrubber;
use crate::source::Tree;
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// How often an analysis may ask for further files.
const MAX_ROUNDS: usize = 4;

/// Why a run ended early.
#[derive(Debug)]
pub enum Trouble {
    Forge(Error),
    Config(LoadError),
    Other { message: String, help: String },
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Trouble::Forge(error)
    }
}

fn other(message: impl Into<String>, help: impl Into<String>) -> Trouble {
    Trouble::Other { message: message.into(), help: help.into() }
}

/// What a run is about.
pub struct Run<'a> {
    pub about: &'a dyn About,
    /// None for a run that sends nothing, which can only be a dry one in a checkout.
    pub client: Option<&'a mut Client>,
    /// The top of a clone, whose files are used where they are those of the base.
    pub checkout: Option<PathBuf>,
    /// The directory below the top that is scanned.
    pub scope: String,
    /// The branch, or the one of the configuration, or the default one.
    pub base: Option<String>,
    /// What the command line says, over the configuration of the base branch.
    pub adjust: &'a dyn Fn(&mut Settings),
    /// Only some rules run, so that what is not found is no news.
    pub selected: bool,
    pub dry: bool,
    pub today: Date,
}

impl std::fmt::Debug for Run<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Run").field("scope", &self.scope).field("base", &self.base).finish_non_exhaustive()
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    pub plan: Plan,
    /// One line for each thing that was done, or would be.
    pub told: Vec<String>,
    pub notes: Vec<String>,
    /// All of it in a dry run: the plan, the texts and the changes.
    pub preview: String,
}

/// The files, and where they are.
struct Ground {
    tree: Tree,
    remote: Option<Remote>,
    base: Base,
    notes: Vec<String>,
}

impl Ground {
    fn mode(&self, path: &str) -> String {
        self.remote.as_ref().map_or_else(|| "100644".to_owned(), |remote| remote.mode(path))
    }
}

pub fn run(run: Run<'_>) -> Result<Report, Trouble> {
    let Run { about, mut client, checkout, scope, base, adjust, selected, dry, today } = run;
    let mut ground = match client.as_deref_mut() {
        Some(client) => of_configuration(client, checkout.as_deref(), &scope, base.as_deref())?,
        None => in_checkout(checkout, &scope, base)?,
    };
    let (analysis, settings) = analysed(client.as_deref(), &mut ground, adjust, today)?;
    let mut options = Options::new(&settings.config.pull_requests, &ground.base.branch, &scope);
    about.adjust(&mut options);
    let scrubber = Scrubber::new(&analysis.sources, &analysis.findings, &analysis.redactions);
    let mut notes = std::mem::take(&mut ground.notes);
    let mode = |path: &str| ground.mode(path);
    let shop = Workshop {
        tree: &ground.tree,
        settings: &settings,
        analysis: &analysis,
        scrubber: &scrubber,
        options: &options,
        today,
        mode: &mode,
    };
    let groups = about.groups(&shop, client.as_deref())?;
    let observed = match client.as_deref_mut() {
        Some(client) => observe(client, ground.base.clone(), &groups, &options)?,
        None => Observed { base: ground.base.clone(), ..Observed::default() },
    };
    let blind = blind(&analysis, &options, selected);
    let mut propose = |group: &Group| -> Option<Proposal> { about.propose(&shop, group) };
    let plan = plan(&groups, &observed, &blind, &options, today, &mut propose);
    let Some(client) = client.filter(|_| !dry) else {
        if ground.remote.is_none() {
            let unknown = "pull requests that are there already are not taken into account";
            notes.push(format!("nothing was asked of GitHub: {unknown}"));
        }
        let (told, preview) = (show::would(&plan), show::preview(&plan, &options));
        return Ok(Report { plan, told, notes, preview });
    };
    let mut hand = Hand::new(client, &options, &ground.base);
    hand.carry_out(&plan)?;
    if options.dashboard && !selected {
        hand.dashboard(&plan, &observed)?;
    }
    let Done { told, notes: more, .. } = hand.done;
    notes.extend(more);
    Ok(Report { plan, told, notes, preview: String::new() })
}

/// The base branch, which the configuration of the default branch may name.
fn of_configuration(
    client: &mut Client,
    checkout: Option<&Path>,
    scope: &str,
    base: Option<&str>,
) -> Result<Ground, Trouble> {
    let ground = on_github(client, checkout, scope, base)?;
    let configured = Settings::of(&ground.tree).ok().and_then(|it| it.config.pull_requests.base);
    let configured = configured.map(crate::config::Spanned::into_inner);
    match configured.filter(|name| base.is_none() && *name != ground.base.branch) {
        Some(name) => on_github(client, checkout, scope, Some(&name)),
        None => Ok(ground),
    }
}

/// The base branch on GitHub, with a note when the repository goes by another name.
fn on_github(
    client: &mut Client,
    checkout: Option<&Path>,
    scope: &str,
    base: Option<&str>,
) -> Result<Ground, Trouble> {
    let mut notes = Vec::new();
    let repository = repository(client, &mut notes)?;
    if repository.archived {
        let message = format!("the repository {} is archived and can only be read", repository.full_name);
        return Err(Trouble::Forge(Error::new(Kind::Archived, message, "unarchive it, or leave it out")));
    }
    let name = base.unwrap_or(&repository.default_branch);
    let Some(branch) = client.branch(name)? else {
        let message = format!("there is no branch `{name}` in {}", repository.full_name);
        let help = format!(
            "its default branch is `{}`: use --base, or correct `base` in keyward.toml",
            repository.default_branch
        );
        return Err(Trouble::Forge(Error::new(Kind::NotFound, message, help)));
    };
    let commit = client.commit(&branch.sha)?;
    let listing = client.tree(&commit.tree)?;
    let remote = Remote::new(client, &listing, scope, checkout)?;
    let top = checkout.is_some();
    if top && remote.downloads() > 0 {
        notes.push(format!(
            "{} between the checkout and {name}: what is on GitHub counts",
            differing(remote.downloads())
        ));
    }
    let tree = Tree::snapshot(remote.files.clone(), scope);
    let base = Base { branch: branch.name, sha: branch.sha, tree: commit.tree };
    Ok(Ground { tree, remote: Some(remote), base, notes })
}

fn differing(count: usize) -> String {
    if count == 1 { "1 file differs".to_owned() } else { format!("{count} files differ") }
}

fn repository(client: &mut Client, notes: &mut Vec<String>) -> Result<Repository, Error> {
    let repository = match client.repository() {
        Err(error) if error.kind == Kind::Moved => match &error.location {
            Some(address) => client.repository_at(address)?,
            None => return Err(error),
        },
        other => other?,
    };
    let name: Option<Slug> = repository.full_name.parse().ok();
    if let Some(name) = name.filter(|name| !name.to_string().eq_ignore_ascii_case(&client.slug().to_string()))
    {
        notes.push(format!("{} is called {name} now", client.slug()));
        client.rename(name);
    }
    Ok(repository)
}

fn in_checkout(checkout: Option<PathBuf>, scope: &str, base: Option<String>) -> Result<Ground, Trouble> {
    let Some(top) = checkout else {
        return Err(other("there is nothing to look at", "name a directory, or a repository as owner/name"));
    };
    let base = Base { branch: base.unwrap_or_else(|| "main".to_owned()), ..Base::default() };
    Ok(Ground { tree: Tree::Disk(top.join(scope)), remote: None, base, notes: Vec::new() })
}

/// The analysis, with every file that it asked for.
fn analysed(
    client: Option<&Client>,
    ground: &mut Ground,
    adjust: &dyn Fn(&mut Settings),
    today: Date,
) -> Result<(Analysis, Settings), Trouble> {
    let mut rounds = 0;
    loop {
        rounds += 1;
        let mut settings = Settings::of(&ground.tree).map_err(Trouble::Config)?;
        adjust(&mut settings);
        let analysis = analyse(&ground.tree, &settings, today);
        let more = match (&mut ground.remote, client) {
            (Some(remote), Some(client)) if rounds < MAX_ROUNDS => remote.bring_missing(client)?,
            _ => false,
        };
        if more {
            continue;
        }
        let analysis = analysis.map_err(|error| {
            other(
                format!("cannot read what is to be scanned: {error}"),
                "name a directory of the base branch",
            )
        })?;
        if analysis.sources.is_empty() {
            let help = "name the directory that holds them, and the right branch with --base";
            return Err(other(format!("there are no Terraform files on `{}`", ground.base.branch), help));
        }
        return Ok((analysis, settings));
    }
}

/// What was not seen: the problems there may be as they were.
fn blind(analysis: &Analysis, options: &Options, selected: bool) -> Blind {
    let mut blind = Blind { selected, everywhere: analysis.internal_error, ..Blind::default() };
    let unseen = |kind: GapKind| {
        matches!(
            kind,
            GapKind::Syntax | GapKind::Unreadable | GapKind::TooLarge | GapKind::Encoding | GapKind::Limit
        )
    };
    for gap in analysis.gaps.iter().filter(|gap| unseen(gap.kind)) {
        let path = match gap.span {
            Some(span) => Some(analysis.sources.get(span.file).path.clone()),
            None => gap.path.clone(),
        };
        match path {
            Some(path) => {
                let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
                blind.modules.insert(super::group::below(&options.scope, dir));
            }
            None => blind.everywhere = true,
        }
    }
    blind
}
