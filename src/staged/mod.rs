//! Credentials that live in Terraform, exchanged through Terraform: a call of an API would only make drift, so pull
//! requests declare a second generation, switch everything that uses the first one, disable that and remove it.
//!
//! ```text
//! code ──────────▶ subject: which stage is next ─┐
//! states, clouds ─▶ gate: may it be proposed ────┼──▶ edits, verified ──▶ pull request
//! ```
//!
//! Nothing is remembered between two runs, so that nothing can be lost: what is merged is in the code, what is applied
//! is in the state, and whether a key works or is used its issuer says.

mod cloud;
mod code;
mod edits;
mod gate;
mod hidden;
mod kinds;
mod state;
mod subject;
#[cfg(test)]
mod tests;
mod text;
mod workspaces;

pub use cloud::{Amazon, Cloud};
pub use state::State;
pub use subject::Stage;

use crate::analysis::{Analysis, Settings, analyse};
use crate::config::Draft;
use crate::dates::moment_of;
use crate::diagnostic::{GapKind, Severity};
use crate::fix::{self, Change};
use crate::forge::Client;
use crate::pr::{self, About, EXCHANGE, Group, Options, Proposal, Trouble, Workshop};
use crate::rotation::Moment;
use crate::rotation::plan::{self, Input, Item, Plan, Sightings, Urgency};
use gate::{Look, Wait};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use subject::Subject;

/// How branches of these pull requests begin.
const PREFIX: &str = "keyward-exchange/";

/// What is exchanged, and what there is to look at.
pub struct Exchange<'a> {
    /// Addresses; everything that is due when empty.
    pub only: &'a [String],
    pub states: &'a [State],
    pub cloud: Option<&'a dyn Cloud>,
    pub accept_unseen: bool,
    /// The states are those of all workspaces.
    pub all_states: bool,
    pub now: Moment,
    ages: Option<Ages<'a>>,
    /// Root modules with several states.
    several: OnceCell<BTreeSet<String>>,
    told: RefCell<Told>,
}

/// How old credentials are by what clouds say.
type Ages<'a> = &'a dyn Fn(&Analysis) -> Result<Sightings, String>;

impl std::fmt::Debug for Exchange<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Exchange")
            .field("only", &self.only)
            .field("states", &self.states)
            .finish_non_exhaustive()
    }
}

/// What a run has found out.
#[derive(Default)]
struct Told {
    /// What may be proposed, by the fingerprint of its group.
    seen: HashMap<String, Seen>,
    plan: Option<Rc<Plan>>,
    lines: Vec<String>,
}

/// That a stage can follow.
struct Seen {
    /// Of the code that is changed.
    dir: String,
    /// What shows it.
    grounds: Vec<String>,
}

impl<'a> Exchange<'a> {
    pub fn new(
        only: &'a [String],
        states: &'a [State],
        cloud: Option<&'a dyn Cloud>,
        accept_unseen: bool,
        now: Moment,
    ) -> Self {
        let (ages, several, told) = (None, OnceCell::new(), RefCell::default());
        Exchange { only, states, cloud, accept_unseen, all_states: false, now, ages, several, told }
    }

    /// Takes the states for those of all workspaces.
    pub fn with_all_states(mut self, all: bool) -> Self {
        self.all_states = all;
        self
    }

    /// Takes ages from there, and not from the code alone.
    pub fn with_ages(mut self, ages: Ages<'a>) -> Self {
        self.ages = Some(ages);
        self
    }

    /// What is due, as far as is known.
    fn plan(&self, shop: &Workshop<'_>) -> Result<Rc<Plan>, String> {
        if let Some(plan) = &self.told.borrow().plan {
            return Ok(plan.clone());
        }
        let sightings = self.ages.map(|ages| ages(shop.analysis)).transpose()?;
        let plan = Rc::new(plan::plan(&Input {
            estate: &shop.analysis.estate,
            sources: &shop.analysis.sources,
            findings: &shop.analysis.findings,
            roster: shop.analysis.roster.as_ref(),
            config: &shop.settings.config,
            today: shop.today,
            sightings: sightings.as_ref(),
        }));
        self.told.borrow_mut().plan = Some(plan.clone());
        Ok(plan)
    }

    /// How each credential stands, one line each.
    pub fn lines(&self) -> Vec<String> {
        self.told.borrow().lines.clone()
    }

    fn say(&self, line: String) {
        self.told.borrow_mut().lines.push(line);
    }

    /// What is to go on: what was begun, what is named, and what is due.
    fn is_wanted(&self, subject: &Subject<'_>, item: Option<&Item>, analysis: &Analysis) -> bool {
        match self.only.is_empty() {
            false => self.only.iter().any(|name| is_named(subject, analysis, name)),
            true => {
                subject.stage > Stage::Declare || item.is_some_and(|item| item.urgency <= Urgency::Overdue)
            }
        }
    }

    fn look(
        &self,
        shop: &Workshop<'_>,
        subject: &Subject<'_>,
        client: Option<&Client>,
    ) -> Result<Vec<String>, Wait> {
        if let Some(why) = &subject.obstacle {
            return Err(Wait::Unknown(why.clone()));
        }
        let (model, credential) = subject.first(shop.analysis);
        if subject.stage == Stage::Declare {
            let peers = subject::peers(model, credential);
            if let Some(other) =
                peers.first().filter(|_| subject.kind.room().is_some_and(|room| peers.len() + 1 >= room))
            {
                return Err(Wait::Unknown(format!(
                    "there is no room for another one beside `{}` and `{}`: remove one of them, or let its consumers use the other",
                    credential.address, other.address
                )));
            }
        }
        let (quiet, keep_disabled) = plan::periods(&shop.settings.config, model, credential);
        let merged = |stage: Stage| -> Option<Moment> {
            merged(client?, &group(shop.options, subject, stage).branch, &shop.options.base)
        };
        gate::gate(
            subject,
            &Look {
                roots: subject.roots(shop.analysis),
                states: self.states,
                several: self.several.get_or_init(|| workspaces::several(shop.analysis)),
                all_states: self.all_states,
                blocks: subject.blocks(shop.analysis),
                hidden: hidden::hidden(shop.analysis, &subject.dir, subject.kind, &subject.follower),
                cloud: self.cloud,
                merged: &merged,
                accept_unseen: self.accept_unseen,
                quiet,
                keep_disabled,
                now: self.now,
            },
        )
    }
}

impl About for Exchange<'_> {
    fn adjust(&self, options: &mut Options) {
        options.prefix = PREFIX;
        options.dashboard = false;
    }

    fn groups(&self, shop: &Workshop<'_>, client: Option<&Client>) -> Result<Vec<Group>, Trouble> {
        let plan = self.plan(shop).map_err(|message| Trouble::Other {
            message,
            help: "leave `--live` out, or give credentials that may ask".to_owned(),
        })?;
        let subjects = subject::subjects_in(shop.analysis, None);
        self.check_names(&subjects, shop.analysis)?;
        let mut groups = Vec::new();
        for subject in &subjects {
            let item = item_of(&plan, shop.analysis, subject);
            let mut group = group(shop.options, subject, subject.stage);
            let (_, credential) = subject.first(shop.analysis);
            group.owner = credential.owner.name().map(str::to_owned);
            if !self.is_wanted(subject, item, shop.analysis) {
                // Of what was not asked for, nothing is known in this run.
                if !self.only.is_empty() {
                    group.others = 1;
                    groups.push(group);
                }
                continue;
            }
            let address = subject.address();
            match self.look(shop, subject, client) {
                Ok(grounds) => {
                    group.fixable = vec![group.fingerprint.clone()];
                    let seen = Seen { dir: subject.dir.clone(), grounds };
                    self.told.borrow_mut().seen.insert(group.fingerprint.clone(), seen);
                    groups.push(group);
                }
                // What is open already is neither confirmed nor wrong.
                Err(Wait::Unknown(why)) => {
                    self.say(format!("{address} ({}): {why}", subject.stage.name()));
                    group.others = 1;
                    groups.push(group);
                }
                Err(Wait::Closed(why)) => {
                    self.say(format!("{address} ({}) waits: {why}", subject.stage.name()))
                }
            }
        }
        Ok(groups)
    }

    fn propose(&self, shop: &Workshop<'_>, group: &Group) -> Option<Proposal> {
        let dir = self.told.borrow().seen.get(&group.fingerprint)?.dir.clone();
        let subjects = subject::subjects_in(shop.analysis, Some(&dir));
        let subject =
            subjects.iter().find(|it| fingerprint_of(shop.options, it, it.stage) == group.fingerprint)?;
        match self.proposal(shop, subject, group) {
            Ok(proposal) => Some(proposal),
            Err(why) => {
                self.say(format!("{} ({}): {why}", subject.address(), subject.stage.name()));
                None
            }
        }
    }
}

impl Exchange<'_> {
    fn check_names(&self, subjects: &[Subject<'_>], analysis: &Analysis) -> Result<(), Trouble> {
        let known = |name: &&String| subjects.iter().any(|it| is_named(it, analysis, name));
        match self.only.iter().find(|name| !known(name)) {
            None => Ok(()),
            Some(name) => Err(Trouble::Other {
                message: format!("`{name}` is no credential that can be exchanged by pull requests"),
                help: match subjects {
                    [] => "there is none in this code; `keyward rotate plan` says how others are exchanged"
                        .to_owned(),
                    some => format!(
                        "those are {}",
                        some.iter().map(|it| format!("`{}`", it.address())).collect::<Vec<_>>().join(", ")
                    ),
                },
            }),
        }
    }

    fn proposal(
        &self,
        shop: &Workshop<'_>,
        subject: &Subject<'_>,
        group: &Group,
    ) -> Result<Proposal, String> {
        let edits = edits::edits(shop.analysis, subject)?;
        if edits.iter().any(|edit| shop.scrubber.leaks(&edit.text)) {
            return Err("a secret is written in it, which no pull request shall show".to_owned());
        }
        let changes = fix::edited(shop.analysis, &edits).map_err(|error| error.to_string())?;
        let after = verified(shop, subject, &changes)?;
        let (files, content) = shop.files(&changes);
        let plan = self.plan(shop)?;
        let told = self.told.borrow();
        let seen = told.seen.get(&group.fingerprint).map(|seen| seen.grounds.as_slice()).unwrap_or_default();
        let text = text::body(subject, item_of(&plan, shop.analysis, subject), seen);
        let trailers = pr::trailers(&group.fingerprint, &content, &shop.options.base);
        let message = format!("{}\n\n{trailers}", text::message(subject));
        let (people, teams) = shop.reviewers(group, &files);
        let draft = match shop.options.draft {
            Draft::Always => true,
            Draft::Unsafe => subject.stage > Stage::Declare,
            Draft::Never => false,
        };
        Ok(Proposal {
            group: group.clone(),
            title: shop.scrubber.clean(&text::title(subject)),
            text: shop.scrubber.clean(&text),
            message: shop.scrubber.clean(&message),
            files,
            content,
            draft,
            people,
            teams,
            diff: fix::unified(&changes, shop.analysis, &after),
        })
    }
}

/// The most urgent of what the plan says of it.
fn item_of<'p>(plan: &'p Plan, analysis: &Analysis, subject: &Subject<'_>) -> Option<&'p Item> {
    let addresses = addresses(analysis, subject);
    let roots: Vec<String> = subject
        .roots(analysis)
        .into_iter()
        .map(|root| if root.is_empty() { ".".to_owned() } else { root })
        .collect();
    plan.items.iter().find(|item| addresses.contains(&item.credential.as_str()) && roots.contains(&item.root))
}

/// By its address in its module, or in full.
fn is_named(subject: &Subject<'_>, analysis: &Analysis, name: &str) -> bool {
    name == subject.address() || addresses(analysis, subject).contains(&name)
}

/// As the inventory calls it.
fn addresses<'m>(analysis: &'m Analysis, subject: &Subject<'_>) -> Vec<&'m str> {
    let of = |(at, id): &(usize, _)| analysis.estate.models[*at].credential(*id).address.as_str();
    subject.declared.iter().map(of).collect()
}

fn fingerprint_of(options: &Options, subject: &Subject<'_>, stage: Stage) -> String {
    let [dir, kind, label, stage] = subject.key(stage);
    pr::hash(&["exchange", &options.base, &options.scope, dir, kind, label, stage], 12)
}

fn group(options: &Options, subject: &Subject<'_>, stage: Stage) -> Group {
    let fingerprint = fingerprint_of(options, subject, stage);
    let name = pr::slug(stage.name(), &subject.old.label);
    Group {
        owner: None,
        module: pr::below(&options.scope, &subject.dir),
        family: EXCHANGE.to_owned(),
        branch: format!("{PREFIX}{name}-{fingerprint}"),
        fingerprint,
        severity: Severity::High,
        fixable: Vec::new(),
        others: 0,
    }
}

/// When the pull request from a branch was merged.
fn merged(client: &Client, branch: &str, base: &str) -> Option<Moment> {
    let pulls = client.pulls_from(branch).ok()?;
    let of_base = pulls.iter().filter(|pull| pull.base.branch == base);
    of_base.filter_map(|pull| Some(moment_of(pull.merged_at.as_deref()?)?.as_second())).max()
}

/// The analysis of the result, in which the stage has to be done and nothing else broken.
fn verified(shop: &Workshop<'_>, subject: &Subject<'_>, changes: &[Change]) -> Result<Analysis, String> {
    let mut settings: Settings = shop.settings.clone();
    settings.overlay.extend(changes.iter().map(|change| (change.absolute.clone(), change.after.clone())));
    let after = analyse(shop.tree, &settings, shop.today).map_err(|error| error.to_string())?;
    let broken = |analysis: &Analysis| analysis.gaps.iter().filter(|gap| gap.kind == GapKind::Syntax).count();
    if broken(&after) > broken(shop.analysis) {
        return Err("the code could not be read any more with the change: it is left to a person".to_owned());
    }
    let left = subject::subjects_in(&after, Some(&subject.dir));
    let mut same = left.iter().filter(|it| it.kind.name == subject.kind.name);
    let done = match subject.stage {
        Stage::Remove => same.all(|it| it.old.label != subject.old.label),
        stage => same.any(|it| {
            it.old.label == subject.old.label && it.follower == subject.follower && it.stage > stage
        }),
    };
    match done {
        true => {
            drop(left);
            Ok(after)
        }
        false => Err("the change would not do what it is for: it is left to a person".to_owned()),
    }
}
