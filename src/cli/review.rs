//! `keyward review --base REV`.

use super::args::ReviewArgs;
use super::{CLEAN, FINDINGS, TROUBLE, Trouble, configuration, forge, output, scan};
use crate::analysis::{self, Analysis, Settings, analyse_both};
use crate::baseline::{BASELINE_NAME, Baseline};
use crate::git::{Commit, GitError, Repository};
use crate::report::HumanOptions;
use crate::report::review::{MARKER, ReviewFormat, scrub};
use crate::review::{Side, review};
use crate::rules::{self, RuleInfo};
use crate::source::{Tree, work_tree};
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn run(args: &ReviewArgs) -> Result<u8, Trouble> {
    let repository = Repository::discover(&args.path).map_err(trouble)?;
    let within = repository.within(&args.path).ok_or_else(|| {
        Trouble::new(format!("`{}` is not in the work tree of its repository", args.path.display()))
    })?;
    let sides = Sides::of(args, &repository, &within)?;
    let (base_settings, settings, mut notes) = settings(args, &repository, &sides)?;
    let today = args.today.unwrap_or_else(|| jiff::Zoned::now().date());
    let (base, head) = analysed((&sides.base_tree, &base_settings), (&sides.head_tree, &settings), today)?;
    let mut found = review(&base, &head, &settings, (sides.base, sides.head));
    found.notes.append(&mut notes);
    let infos: Vec<&'static RuleInfo> = rules::all().iter().map(|rule| rule.info()).collect();
    let reports = [&base, &head].map(|analysis| scan::report(analysis, &infos, found.fail_on, today));
    scrub(&mut found, &reports[0], &reports[1]);
    let terminal = args.format == ReviewFormat::Human && output::is_terminal();
    let options = scan::human_options(args.color, terminal, args.verbose);
    output::print(&args.format.render(&found, &reports[1], &options))?;
    for (format, path) in &args.output {
        let plain = HumanOptions { color: false, ..options };
        std::fs::write(path, format.render(&found, &reports[1], &plain))
            .map_err(|error| Trouble::new(format!("cannot write `{}`: {error}", path.display())))?;
    }
    if let Some(number) = args.comment {
        let plain = HumanOptions { color: false, ..options };
        comment(args, &repository, number, &ReviewFormat::Markdown.render(&found, &reports[1], &plain))?;
    }
    let code = match (base.internal_error || head.internal_error, found.fails()) {
        (true, _) => TROUBLE,
        (false, true) => FINDINGS,
        (false, false) => CLEAN,
    };
    // The process ends here: giving the memory back value by value would only delay it.
    std::mem::forget((base, head));
    Ok(code)
}

/// The review on a pull request, in the one comment that is ours.
fn comment(args: &ReviewArgs, repository: &Repository, number: u64, text: &str) -> Result<(), Trouble> {
    let slug = forge::slug(args.repo.as_deref(), repository)?.ok_or_else(forge::no_repository)?;
    let auth = forge::auth(&args.forge)?.ok_or_else(|| {
        Trouble::new("there is no token for GitHub").help("set GITHUB_TOKEN, or use --token-file")
    })?;
    let client = forge::client(&args.forge, slug, auth)?;
    client.upsert_comment(number, MARKER, text).map_err(forge::trouble)
}

/// Both revisions as trees.
struct Sides {
    base: Side,
    head: Side,
    base_tree: Tree,
    head_tree: Tree,
}

impl Sides {
    fn of(args: &ReviewArgs, repository: &Repository, within: &Path) -> Result<Self, Trouble> {
        let named = repository.commit(&args.base).map_err(trouble)?;
        let tip = repository.commit(&args.head).map_err(trouble)?;
        let parted = match args.direct {
            true => named,
            false => repository.merge_base(&named, &tip).map_err(trouble)?,
        };
        let tree = |commit: &Commit| {
            let files = repository.snapshot(commit).map_err(trouble)?;
            Ok::<Tree, Trouble>(Tree::snapshot(files, within))
        };
        let (head_tree, head) = match args.worktree {
            true => {
                let top =
                    repository.top().ok_or_else(|| Trouble::new("a bare repository has no work tree"))?;
                let side = Side { name: "the work tree".to_string(), ..Side::default() };
                (Tree::snapshot(Arc::new(work_tree(top)), within), side)
            }
            false => (tree(&tip)?, side(&args.head, &tip)),
        };
        Ok(Sides { base: side(&args.base, &parted), head, base_tree: tree(&parted)?, head_tree })
    }
}

fn side(name: &str, commit: &Commit) -> Side {
    Side { name: name.to_string(), commit: Some(commit.id.clone()), ..Side::default() }
}

/// Each revision is read with its own configuration; which rules run, and what is shown, is the head's word for
/// both, since a rule that runs on one side only would make its findings come and go.
fn settings(
    args: &ReviewArgs,
    repository: &Repository,
    sides: &Sides,
) -> Result<(Settings, Settings, Vec<String>), Trouble> {
    let mut notes = Vec::new();
    let mut head = Settings::of(&sides.head_tree).map_err(configuration::trouble)?;
    let mut base = match Settings::of(&sides.base_tree) {
        Ok(settings) => settings,
        Err(error) => {
            notes.push(format!("the base is read with the configuration of the head: {error}"));
            head.clone()
        }
    };
    notes.extend(changed(&base, &head));
    scan::choose(&args.choice, &mut head)?;
    base.selection = head.selection.clone();
    base.persona = head.persona;
    for (settings, tree) in [(&mut base, &sides.base_tree), (&mut head, &sides.head_tree)] {
        settings.vars.clone_from(&args.vars);
        settings.var_files = args.var_files.iter().map(|path| var_file(repository, tree, path)).collect();
        settings.baseline = baseline(settings, tree);
    }
    Ok((base, head, notes))
}

/// A variable file of the repository is that of the revision.
fn var_file(repository: &Repository, tree: &Tree, path: &Path) -> PathBuf {
    let within = repository.top().and_then(|_| repository.within(path));
    within.filter(|within| tree.is_file(within)).unwrap_or_else(|| path.to_path_buf())
}

fn baseline(settings: &Settings, tree: &Tree) -> Option<Baseline> {
    let Tree::Snapshot { at, .. } = tree else { return None };
    let dir = settings.config_dir.clone().unwrap_or_else(|| at.clone());
    let bytes = tree.read(&dir.join(BASELINE_NAME)).ok()?;
    Baseline::parse(&String::from_utf8_lossy(&bytes)).ok()
}

/// What a reviewer has to know of the configuration: it decides what the rest of the report shows.
fn changed(base: &Settings, head: &Settings) -> Option<String> {
    let (was, is) = (&base.config, &head.config);
    let names = |list: &[crate::config::Spanned<String>]| {
        list.iter().map(|name| name.get_ref().clone()).collect::<Vec<_>>().join(", ")
    };
    let mut keys = Vec::new();
    let mut differs = |key: &str, was: String, is: String| {
        if was != is {
            let show = |text: String| if text.is_empty() { "nothing".to_string() } else { text };
            keys.push(format!("`{key}` from {} to {}", show(was), show(is)));
        }
    };
    differs("ignore", names(&was.ignore), names(&is.ignore));
    differs("select", names(&was.select), names(&is.select));
    differs("exclude", names(&was.exclude.patterns), names(&is.exclude.patterns));
    differs("persona", was.persona.name().to_string(), is.persona.name().to_string());
    let fail = |config: &crate::config::Config| match analysis::fail_on(config.fail_on) {
        Some(severity) => severity.name().to_string(),
        None => "never".to_string(),
    };
    differs("fail-on", fail(was), fail(is));
    match keys.is_empty() {
        true => None,
        false => Some(format!("this change sets {} in keyward.toml", keys.join(" and "))),
    }
}

fn analysed(
    base: (&Tree, &Settings),
    head: (&Tree, &Settings),
    today: Date,
) -> Result<(Analysis, Analysis), Trouble> {
    // A directory that one of the revisions does not have is empty there.
    let nothing = Tree::snapshot(Arc::default(), "");
    let there =
        |(tree, settings)| if Tree::open(tree).is_ok() { (tree, settings) } else { (&nothing, settings) };
    let (base, head) = (there(base), there(head));
    if base.0.open().is_err() || (std::ptr::eq(base.0, &nothing) && std::ptr::eq(head.0, &nothing)) {
        return Err(Trouble::new("neither revision has this directory"));
    }
    analyse_both(base, head, today).map_err(|error| Trouble::new(error.to_string()))
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn trouble(error: GitError) -> Trouble {
    Trouble::new(error.to_string()).help(error.help())
}
