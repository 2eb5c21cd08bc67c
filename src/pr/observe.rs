//! What is there: our pull requests, branches and the dashboard.

use super::group::Group;
use super::marker::{Marker, Stage, read_trailers};
use super::plan::Head;
use super::{Base, LABEL, Observed, Options, Ours, content, dashboard};
use crate::forge::{Branch, Client, Commit, Error, Kind, Pull};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

/// Groups whose history is looked up, one request for each.
const MAX_LOOKUPS: usize = 500;

/// Reads all that the plan needs.
pub fn observe(client: &Client, base: Base, groups: &[Group], options: &Options) -> Result<Observed, Error> {
    let mut observed = Observed { base, ..Observed::default() };
    let mut foreign = HashSet::new();
    for pull in client.open_pulls()? {
        let branch = pull.head.branch.clone();
        if !branch.starts_with(options.prefix)
            || !pull.is_from(client.slug())
            || pull.base.branch != options.base
        {
            continue;
        }
        match ours(&pull) {
            Some(ours) => observed.open.push(ours),
            // Somebody took the marker out: they want it for themselves.
            None => {
                foreign.insert(branch);
            }
        }
    }
    observed.open.sort_by_key(|pull| pull.number);
    let branches = client.branches(options.prefix)?;
    look_back(client, &mut observed, groups, &branches)?;
    for branch in &branches {
        let head = match foreign.contains(&branch.name) {
            true => Some(Head::Foreign { sha: branch.sha.clone() }),
            false => head(client, branch, &observed)?,
        };
        observed.heads.extend(head.map(|head| (branch.name.clone(), head)));
    }
    if options.dashboard {
        observed.dashboards = dashboards(client, options)?;
    }
    Ok(observed)
}

/// A pull request with a whole marker that is its own.
fn ours(pull: &Pull) -> Option<Ours> {
    let marker = Marker::read(pull.text())?;
    if !pull.head.branch.ends_with(&marker.fingerprint) {
        return None;
    }
    Some(Ours {
        number: pull.number,
        branch: pull.head.branch.clone(),
        body: pull.text().to_owned(),
        marker,
        merged: pull.merged_at.is_some(),
        closed: pull.closed_at.as_deref().and_then(day),
        draft: pull.draft,
    })
}

/// The day of `2026-11-22T10:00:00Z`.
fn day(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

/// Closed pull requests of what has no open one.
fn look_back(
    client: &Client,
    observed: &mut Observed,
    groups: &[Group],
    branches: &[Branch],
) -> Result<(), Error> {
    let open: HashSet<&str> = observed.open.iter().map(|pull| pull.branch.as_str()).collect();
    let wanted = groups.iter().filter(|group| !group.fixable.is_empty()).map(|group| group.branch.as_str());
    let mut names: Vec<&str> = wanted.take(MAX_LOOKUPS).collect();
    names.extend(branches.iter().map(|branch| branch.name.as_str()));
    names.retain(|name| !open.contains(name));
    names.sort_unstable();
    names.dedup();
    let mut past = HashMap::new();
    for name in names {
        let pulls = client.pulls_from(name)?;
        let of_base = pulls.iter().filter(|pull| !pull.is_open() && pull.base.branch == observed.base.branch);
        // A twin was never more than a mistake.
        let pulls = of_base.filter_map(ours).filter(|pull| pull.marker.stage != Stage::Twin);
        let pulls: Vec<Ours> = pulls.collect();
        if !pulls.is_empty() {
            past.insert(name.to_owned(), pulls);
        }
    }
    observed.past = past;
    Ok(())
}

/// Whether what a branch points to was made by us. `None` for one that is for another base.
fn head(client: &Client, branch: &Branch, observed: &Observed) -> Result<Option<Head>, Error> {
    let past = observed.past.get(&branch.name).into_iter().flatten();
    let of_branch = observed.open.iter().filter(|pull| pull.branch == branch.name);
    if let Some(known) = of_branch.chain(past).find(|pull| pull.marker.head == branch.sha) {
        let content = known.marker.content.clone();
        return Ok(Some(Head::Ours { sha: branch.sha.clone(), content }));
    }
    // An interrupted run moved the branch and could not write that down.
    let commit = client.commit(&branch.sha)?;
    let foreign = || Head::Foreign { sha: branch.sha.clone() };
    let Some(trailers) = read_trailers(&commit.message) else {
        let empty = client.is_contained(&branch.sha, &observed.base.sha)?;
        let ours = || Head::Ours { sha: branch.sha.clone(), content: String::new() };
        return Ok(Some(if empty { ours() } else { foreign() }));
    };
    if trailers.base != observed.base.branch {
        return Ok(None);
    }
    let fits = branch.name.ends_with(&trailers.fingerprint) && holds(client, &commit, &trailers.content)?;
    Ok(Some(match fits {
        true => Head::Ours { sha: branch.sha.clone(), content: trailers.content },
        false => foreign(),
    }))
}

/// Whether a commit changes exactly what it says. Somebody may have amended it, and kept the message.
fn holds(client: &Client, commit: &Commit, said: &str) -> Result<bool, Error> {
    let [parent] = commit.parents.as_slice() else { return Ok(false) };
    let parent = client.commit(parent)?;
    let (before, after) = (client.tree(&parent.tree)?, client.tree(&commit.tree)?);
    let old: HashMap<&str, (&str, &str)> = before
        .entries
        .iter()
        .map(|entry| (entry.path.as_str(), (entry.mode.as_str(), entry.sha.as_str())))
        .collect();
    let files = after.entries.iter().filter(|entry| entry.kind != "tree");
    let changed = files
        .filter(|entry| old.get(entry.path.as_str()) != Some(&(entry.mode.as_str(), entry.sha.as_str())));
    let each = changed.map(|entry| (entry.path.as_str(), entry.mode.as_str(), entry.sha.as_str()));
    let kept: HashSet<&str> = after.entries.iter().map(|entry| entry.path.as_str()).collect();
    let deleted = before.entries.iter().any(|entry| !kept.contains(entry.path.as_str()));
    Ok(!deleted && content(each) == said)
}

/// Issues that are the dashboard of this base and directory.
pub fn dashboards(client: &Client, options: &Options) -> Result<Vec<crate::forge::Issue>, Error> {
    let mut found = match client.issues(LABEL) {
        Err(error) if matches!(error.kind, Kind::Gone | Kind::NotFound) => Vec::new(),
        other => other?,
    };
    let marker = dashboard::marker(options);
    found.retain(|issue| issue.body.as_deref().is_some_and(|body| body.contains(&marker)));
    Ok(found)
}
