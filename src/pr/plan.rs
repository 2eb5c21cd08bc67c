//! What is to be done, from what is wanted and what is there. Nothing is read or written here: the same input gives the
//! same plan, so that each stage in the life of a pull request can be tried without a server.

use super::marker::{Lane, Marker, Stage, at_stage, compose, strip, text_hash};
use super::{Group, Observed, Options, Ours, Proposal};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap, HashSet};

/// One thing to do. Each can be done again after an interruption, and then changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Make the branch, or move it if it is there, and open a pull request.
    Open {
        proposal: Proposal,
        from: Origin,
    },
    /// The same commit is there already; open the pull request.
    OpenOnly {
        proposal: Proposal,
        head: String,
    },
    /// Put the branch on the base as it is now, and say so.
    Update {
        pull: Box<Ours>,
        expected: String,
        proposal: Box<Proposal>,
    },
    /// Change only the text.
    Rewrite {
        number: u64,
        body: String,
    },
    /// Labels and reviewers, then the marker.
    Finish {
        pull: Ours,
        people: Vec<String>,
        teams: Vec<String>,
    },
    /// Say why, close, and delete the branch if it is ours.
    Close {
        number: u64,
        why: &'static str,
        body: String,
        comment: String,
        branch: Option<Tip>,
    },
    DeleteBranch {
        branch: Tip,
    },
    /// Say once that somebody else's commits are left alone.
    Note {
        number: u64,
        comment: String,
    },
}

/// A branch and what it must point to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    pub branch: String,
    pub sha: String,
}

/// Where the branch of a new pull request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Nothing,
    /// A branch of ours that points here is moved.
    Branch(String),
}

/// Where a group stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// To be opened in this run.
    New,
    /// Open and right as it is.
    Current(u64),
    /// Open, and changed in this run.
    Changed(u64),
    /// Somebody else pushed to the branch.
    Foreign(Option<u64>),
    /// Closed by somebody, and left alone until that day.
    Suppressed { number: u64, until: Date },
    /// A limit is reached.
    Waiting,
    /// There is no fix that holds what it promises.
    Stuck(Option<u64>),
}

/// A group, or an open pull request that no group belongs to any more, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub group: Group,
    pub standing: Standing,
}

/// All that is to be done, and why nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    pub actions: Vec<Action>,
    pub lines: Vec<Line>,
    /// Pull requests that are closed because nothing is left to do.
    pub closing: Vec<u64>,
    /// Open ones that this run says nothing about, with the reason.
    pub kept: Vec<(u64, &'static str)>,
}

/// What a branch of ours points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// A commit that we made.
    Ours { sha: String, content: String },
    /// It has a commit that we did not make.
    Foreign { sha: String },
}

impl Head {
    pub fn sha(&self) -> &str {
        match self {
            Head::Ours { sha, .. } | Head::Foreign { sha } => sha,
        }
    }
}

/// What was there is not analysed in full, or not looked at, in this run.
#[derive(Clone, Debug, Default)]
pub struct Blind {
    /// Directories below the top of the repository with a file that cannot be read.
    pub modules: HashSet<String>,
    /// Nothing can be said at all.
    pub everywhere: bool,
    /// Only some rules ran.
    pub selected: bool,
}

/// Makes the plan. `propose` is asked for what a group comes to, and only where it is needed, since that is the
/// expensive part.
pub fn plan(
    groups: &[Group],
    observed: &Observed,
    blind: &Blind,
    options: &Options,
    today: Date,
    propose: &mut dyn FnMut(&Group) -> Option<Proposal>,
) -> Plan {
    let mut plan = Plan::default();
    let by_branch: HashMap<&str, &Group> =
        groups.iter().map(|group| (group.branch.as_str(), group)).collect();
    let mut open: BTreeMap<Lane, usize> = BTreeMap::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for pull in &observed.open {
        let group = by_branch.get(pull.branch.as_str()).copied();
        if !seen.insert(&pull.branch) {
            plan.closing.push(pull.number);
            plan.actions.push(twin(pull));
            continue;
        }
        if !end(&mut plan, pull, group, observed, blind, options) {
            *open.entry(pull.marker.lane).or_default() += 1;
        }
    }
    for group in groups.iter().filter(|group| !group.fixable.is_empty()) {
        match observed.open.iter().find(|pull| pull.branch == group.branch) {
            Some(pull) => {
                let standing = keep(&mut plan.actions, pull, group, observed, options, propose);
                plan.lines.push(Line { group: group.clone(), standing });
            }
            None => {
                let mut limits = Limits { open: &mut open, new: &plan.lines, options };
                let (standing, action) = begin(group, observed, options, today, &mut limits, propose);
                plan.actions.extend(action);
                plan.lines.push(Line { group: group.clone(), standing });
            }
        }
    }
    let whole = options.scope.is_empty() && !blind.selected && !blind.everywhere;
    for (branch, head) in &observed.heads {
        let wanted = by_branch.contains_key(branch.as_str());
        if !wanted && !seen.contains(branch.as_str()) && whole {
            plan.actions.extend(sweep(branch, head, observed));
        }
    }
    plan
}

struct Limits<'a> {
    open: &'a mut BTreeMap<Lane, usize>,
    new: &'a [Line],
    options: &'a Options,
}

impl Limits<'_> {
    fn are_reached(&self, lane: Lane) -> bool {
        let is_new = |line: &&Line| line.standing == Standing::New && line.group.lane() == lane;
        let new = self.new.iter().filter(is_new).count();
        let open = self.open.get(&lane).copied().unwrap_or(0);
        open >= self.options.max_open || new >= self.options.max_per_run
    }
}

/// Closes a pull request of which nothing is left. False while it stays open.
fn end(
    plan: &mut Plan,
    pull: &Ours,
    group: Option<&Group>,
    observed: &Observed,
    blind: &Blind,
    options: &Options,
) -> bool {
    let why = match group {
        Some(group) if !group.fixable.is_empty() => return false,
        // What it is about is still there, only this version cannot mend it.
        Some(_) => Some("what it is for is still there, and this run has no change for it"),
        None if pull.marker.scope != options.scope => {
            Some("it is about a directory that was not scanned as a whole")
        }
        None if blind.selected => Some("only some rules ran"),
        None if blind.everywhere => Some("the analysis is not complete"),
        None if blind.modules.contains(&pull.marker.module) => Some("a file of the module cannot be read"),
        None => None,
    };
    if let Some(why) = why {
        plan.kept.push((pull.number, why));
        return false;
    }
    match observed.heads.get(&pull.branch) {
        Some(Head::Foreign { .. }) => {
            plan.kept.push((pull.number, "somebody else pushed to its branch"));
            plan.actions
                .push(Action::Note { number: pull.number, comment: super::words::gone_but_foreign() });
            false
        }
        head => {
            plan.closing.push(pull.number);
            plan.actions.push(Action::Close {
                number: pull.number,
                why: "nothing is left to do there",
                body: at_stage(Stage::Finished, &pull.body),
                comment: super::words::gone(&observed.base.branch, &pull.marker.family),
                branch: head.map(|head| Tip { branch: pull.branch.clone(), sha: head.sha().to_owned() }),
            });
            true
        }
    }
}

/// Of two runs at once each has opened one, and was stopped before it saw the other. The older one stays.
fn twin(pull: &Ours) -> Action {
    let (body, comment) = (at_stage(Stage::Twin, &pull.body), super::words::twin());
    let why = "there is an older one from the same branch";
    Action::Close { number: pull.number, why, body, comment, branch: None }
}

/// Keeps an open pull request up to date.
fn keep(
    actions: &mut Vec<Action>,
    pull: &Ours,
    group: &Group,
    observed: &Observed,
    options: &Options,
    propose: &mut dyn FnMut(&Group) -> Option<Proposal>,
) -> Standing {
    let (sha, content) = match observed.heads.get(&pull.branch) {
        Some(Head::Ours { sha, content }) => (sha, content),
        _ => {
            actions.push(Action::Note { number: pull.number, comment: super::words::foreign() });
            return Standing::Foreign(Some(pull.number));
        }
    };
    let Some(proposal) = propose(group) else { return Standing::Stuck(Some(pull.number)) };
    let moved = options.always_follow && pull.marker.base != observed.base.sha;
    let mut changed = false;
    if *content != proposal.content || moved {
        let (pull, proposal) = (Box::new(pull.clone()), Box::new(proposal.clone()));
        actions.push(Action::Update { pull, expected: sha.clone(), proposal });
        changed = true;
    } else if let Some(body) = rewritten(pull, &proposal, &pull.marker.base, sha) {
        actions.push(Action::Rewrite { number: pull.number, body });
        changed = true;
    }
    if pull.marker.stage != Stage::Open {
        let (people, teams) = (proposal.people, proposal.teams);
        actions.push(Action::Finish { pull: pull.clone(), people, teams });
        changed = true;
    }
    if changed { Standing::Changed(pull.number) } else { Standing::Current(pull.number) }
}

/// The body as it should be; `None` when it is so. A text that somebody edited is theirs: only the marker changes.
pub fn rewritten(pull: &Ours, proposal: &Proposal, base: &str, head: &str) -> Option<String> {
    let there = strip(&pull.body);
    let edited = text_hash(&there) != pull.marker.text;
    let (text, hash) = match edited {
        true => (there.as_str(), pull.marker.text.clone()),
        false => (proposal.text.as_str(), text_hash(&proposal.text)),
    };
    let marker = Marker {
        base: base.to_owned(),
        head: head.to_owned(),
        content: proposal.content.clone(),
        text: hash,
        lane: proposal.group.lane(),
        ..pull.marker.clone()
    };
    if marker == pull.marker && text.trim() == there.trim() {
        return None;
    }
    Some(compose(&marker, text))
}

/// A group without an open pull request.
fn begin(
    group: &Group,
    observed: &Observed,
    options: &Options,
    today: Date,
    limits: &mut Limits<'_>,
    propose: &mut dyn FnMut(&Group) -> Option<Proposal>,
) -> (Standing, Option<Action>) {
    if let Some(standing) = suppressed(group, observed, options, today) {
        return (standing, None);
    }
    let head = observed.heads.get(&group.branch);
    if let Some(Head::Foreign { .. }) = head {
        return (Standing::Foreign(None), None);
    }
    let lane = group.lane();
    if limits.are_reached(lane) {
        return (Standing::Waiting, None);
    }
    let Some(proposal) = propose(group) else { return (Standing::Stuck(None), None) };
    *limits.open.entry(lane).or_default() += 1;
    let action = match head {
        // What was merged once has to be made anew, on what came after it.
        Some(Head::Ours { sha, content })
            if *content == proposal.content && !observed.past.contains_key(&group.branch) =>
        {
            Action::OpenOnly { proposal, head: sha.clone() }
        }
        Some(head) => Action::Open { proposal, from: Origin::Branch(head.sha().to_owned()) },
        None => Action::Open { proposal, from: Origin::Nothing },
    };
    (Standing::New, Some(action))
}

/// Somebody closed the last one without merging it, and that was not long ago.
fn suppressed(group: &Group, observed: &Observed, options: &Options, today: Date) -> Option<Standing> {
    let last = observed.past.get(&group.branch)?.first()?;
    if last.merged || last.marker.stage == Stage::Finished {
        return None;
    }
    // A date that cannot be read is no reason to come back.
    let closed = last.closed.unwrap_or(today);
    let until = closed.checked_add(options.suppress_days.days()).unwrap_or(Date::MAX);
    (today < until).then_some(Standing::Suppressed { number: last.number, until })
}

/// A branch that was left behind by an interruption.
fn sweep(branch: &str, head: &Head, observed: &Observed) -> Option<Action> {
    let Head::Ours { sha, .. } = head else { return None };
    let finished = match observed.past.get(branch).and_then(|past| past.first()) {
        Some(last) => last.marker.stage == Stage::Finished,
        None => true,
    };
    finished.then(|| Action::DeleteBranch { branch: Tip { branch: branch.to_owned(), sha: sha.clone() } })
}
