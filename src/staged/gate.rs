//! Whether the next stage may be proposed: what came before has to be merged, which the code shows, and applied and
//! proven, which states and clouds show. What is not known opens nothing.

use super::cloud::Cloud;
use super::hidden::{Hidden, Written};
use super::kinds::ACCESS_KEY;
use super::state::{Instance, State, inner};
use super::subject::{Stage, Subject};
use crate::dates::human;
use crate::rotation::{Key, KeyId, Listed, Moment};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::collections::BTreeSet;

/// What is there to look at.
pub(super) struct Look<'a> {
    pub roots: BTreeSet<String>,
    pub states: &'a [State],
    /// Root modules that are applied several times, as far as their code tells.
    pub several: &'a BTreeSet<String>,
    /// The states that are given are all that there are.
    pub all_states: bool,
    /// Blocks of the old one.
    pub blocks: BTreeSet<String>,
    /// What takes the value of the new one where no state shows it.
    pub hidden: Vec<Hidden>,
    pub cloud: Option<&'a dyn Cloud>,
    /// When the pull request of a stage was merged, as far as that is known.
    pub merged: &'a dyn Fn(Stage) -> Option<Moment>,
    /// Go by the time alone where nobody can see who uses what.
    pub accept_unseen: bool,
    pub quiet: SignedDuration,
    pub keep_disabled: SignedDuration,
    pub now: Moment,
}

/// Why the next stage has to wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// It would be wrong now.
    Closed(String),
    /// It is not known whether it would be.
    Unknown(String),
}

use Wait::{Closed, Unknown};

/// What was seen, one sentence each.
pub(super) type Seen = Result<Vec<String>, Wait>;

pub(super) fn gate(subject: &Subject<'_>, look: &Look<'_>) -> Seen {
    let gate = Gate { subject, look };
    match subject.stage {
        Stage::Declare => gate.declare(),
        Stage::Switch => gate.switch(),
        Stage::Remove if subject.kind.off.is_some() => gate.remove(),
        Stage::Disable | Stage::Remove => gate.retire(),
    }
}

struct Gate<'a> {
    subject: &'a Subject<'a>,
    look: &'a Look<'a>,
}

impl<'a> Gate<'a> {
    /// Nothing comes before; where it can be looked at, there has to be room.
    fn declare(&self) -> Seen {
        let asks = self.look.cloud.is_some() && self.subject.kind.name == ACCESS_KEY;
        let states = if asks { self.states()? } else { self.known_states().collect() };
        let mut seen = Vec::new();
        for state in states {
            for old in self.olds(state) {
                seen.push(format!("{}: {} is {}", home(state), old.address(), self.id(old)));
                let Some(keys) = self.keys(old)? else { continue };
                let others = keys.iter().filter(|key| key.id.0 != self.id(old));
                let full = self.subject.kind.room().is_some_and(|room| keys.len() >= room);
                if let Some(other) = others.max_by_key(|key| key.last_used).filter(|_| full) {
                    return Err(Closed(format!(
                        "the user has {} keys, and there may be no more: {} {}; delete it if nothing needs it",
                        keys.len(),
                        other.id.0,
                        last_use(other)
                    )));
                }
            }
        }
        Ok(seen)
    }

    /// The new one is applied, and works.
    fn switch(&self) -> Seen {
        let mut seen = Vec::new();
        for state in self.states()? {
            for (old, new) in self.pairs(state)? {
                let (was, is) = (self.id(old), self.id(new));
                seen.push(format!("{}: beside {was} there is {is} ({})", home(state), new.address()));
                match self.try_out(new)? {
                    Some(true) => seen.push(format!("AWS accepts {is}")),
                    Some(false) => return Err(Closed(format!("AWS refuses {is} of {}", new.address()))),
                    None => seen.push(format!("nobody has tried {is}")),
                }
            }
        }
        match seen.is_empty() {
            true => Err(Closed(format!("`{}` is applied nowhere", self.subject.address()))),
            false => Ok(seen),
        }
    }

    /// Nothing has the old one any more, and nobody has used it for a while.
    fn retire(&self) -> Seen {
        let mut seen = self.given_up()?;
        if self.subject.kind.name == ACCESS_KEY && self.look.cloud.is_some() {
            for state in self.states()? {
                for (old, new) in self.pairs(state)? {
                    seen.extend(self.quiet(old, new)?);
                }
            }
            return Ok(seen);
        }
        if !self.look.accept_unseen {
            let ask = match self.subject.kind.name {
                ACCESS_KEY => "`--live` asks AWS, and `--accept-unseen` goes by the time alone",
                _ => "`--accept-unseen` goes by the time alone",
            };
            return Err(Unknown(format!("it is not known who still uses the old one: {ask}")));
        }
        seen.push(self.has_passed(Stage::Switch, self.look.quiet, "consumers were switched")?);
        Ok(seen)
    }

    /// The old one is disabled, refused, and was so for a while.
    fn remove(&self) -> Seen {
        let mut seen = self.given_up()?;
        let (argument, value) = self.subject.kind.off.unwrap_or_default();
        for state in self.states()? {
            for old in self.olds(state) {
                let id = self.id(old);
                if old.text(argument) != Some(value) {
                    return Err(Closed(format!(
                        "{} is not disabled yet: apply {}",
                        old.address(),
                        home(state)
                    )));
                }
                if let Some(keys) = self.keys(old)? {
                    if keys.iter().any(|key| key.id.0 == id && key.active) {
                        return Err(Closed(format!("AWS says that {id} is active: apply {}", home(state))));
                    }
                    match self.try_out(old)? {
                        Some(true) => return Err(Closed(format!("AWS still accepts {id}"))),
                        Some(false) => seen.push(format!("AWS refuses {id}")),
                        None => seen.push(format!("AWS says that {id} is inactive")),
                    }
                }
            }
        }
        seen.push(self.has_passed(Stage::Disable, self.look.keep_disabled, "it was disabled")?);
        Ok(seen)
    }

    /// Nothing that was applied has the old value.
    fn given_up(&self) -> Seen {
        let (kind, label) = (self.subject.kind, &*self.subject.old.label);
        let states = self.states()?;
        let mut seen = Vec::new();
        for state in &states {
            for old in self.olds(state) {
                let id = self.id(old);
                let values: Vec<Zeroizing<String>> = kind
                    .secrets
                    .iter()
                    .filter_map(|name| old.text(name))
                    .flat_map(|secret| [Some(secret.to_owned()), inner(secret)])
                    .flatten()
                    .map(Zeroizing::new)
                    .collect();
                let secrets: Vec<&str> = values.iter().map(|value| value.as_str()).collect();
                // Other root modules may have it through an output.
                for there in self.look.states {
                    let except = if there.root == state.root { label } else { "" };
                    let holders = there.holders(kind.name, except, &[id], &secrets);
                    if let Some(first) = holders.first() {
                        let more = holders.len() - 1;
                        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                        return Err(Closed(format!(
                            "{first}{more} still has {id}: apply {}, or change it by hand where it ignores changes",
                            home(there)
                        )));
                    }
                }
                seen.push(format!("{}: nothing but {} has {id}", home(state), old.address()));
            }
        }
        seen.extend(self.hidden()?);
        Ok(seen)
    }

    /// What was given the value where no state shows it.
    fn hidden(&self) -> Seen {
        let mut seen = Vec::new();
        let depends = |it: &Instance| self.look.blocks.iter().any(|block| it.depends_on(block));
        let means = |hidden: &Hidden, state: &State, it: &Instance| {
            let address = hidden.address.as_deref();
            hidden.root == state.root
                && it.is_of(&hidden.block)
                && address.is_none_or(|all| all == it.address())
        };
        for state in self.known_states() {
            for instance in state.managed() {
                let address = instance.address();
                let mut unseen = None;
                let mut is_known = false;
                for hidden in self.look.hidden.iter().filter(|hidden| means(hidden, state, instance)) {
                    let argument = &hidden.argument;
                    let closed = |why: &str| {
                        Err(Closed(format!(
                            "{address} was given the old one in `{argument}`, which no state shows, and {why}: apply {}",
                            home(state)
                        )))
                    };
                    if depends(instance) {
                        return closed("has not been applied since");
                    }
                    match &hidden.written {
                        Written::ByVersion(version, wanted) if !version.contains('.') => {
                            if instance.scalar(version).as_ref() != Some(wanted) {
                                return closed(&format!("is not at `{version} = {wanted}` yet"));
                            }
                            seen.push(format!("{address} is at `{version} = {wanted}`"));
                        }
                        Written::ByItself => {
                            seen.push(format!(
                                "{address} was applied since its `{argument}` has the new one"
                            ));
                        }
                        Written::ByVersion(..) | Written::Unseen => unseen = Some(format!("`{argument}`")),
                    }
                    is_known = true;
                }
                // By the code it takes neither, and did so when it was applied.
                if !is_known && instance.hides() && depends(instance) {
                    unseen = Some("an argument".to_owned());
                }
                match unseen {
                    Some(argument) if self.look.accept_unseen => seen.push(format!(
                        "nobody can see whether {address} still has the old one from {argument}"
                    )),
                    Some(argument) => {
                        return Err(Unknown(format!(
                            "{address} may have been given the old one in {argument}, which no state shows, nor whether it was written since: see to it, and go on with `--accept-unseen`"
                        )));
                    }
                    None => {}
                }
            }
        }
        Ok(seen)
    }

    /// By what AWS says of both.
    fn quiet(&self, old: &Instance, new: &Instance) -> Seen {
        let (was, is) = (self.id(old), self.id(new));
        let Some(keys) = self.keys(old)? else { return Ok(Vec::new()) };
        let of = |id: &str| keys.iter().find(|key| key.id.0 == id);
        let (Some(before), Some(after)) = (of(was), of(is)) else {
            return Err(Unknown(format!("AWS does not list {is} beside {was}")));
        };
        if !self.is_in_use(after) && !self.look.accept_unseen {
            return Err(Closed(format!("nobody has used {is} yet: see whether consumers have it")));
        }
        let told = last_use(before);
        let since = before.last_used.map(|at| SignedDuration::from_secs(self.look.now.saturating_sub(at)));
        if since.is_some_and(|since| since < self.look.quiet) {
            let quiet = human(self.look.quiet);
            return Err(Closed(format!("{was} {told}, and has to be quiet for {quiet}")));
        }
        let used = match self.is_in_use(after) {
            true => format!("{is} was used since the switch"),
            false => format!("{is} was not seen in use"),
        };
        Ok(vec![format!("{was} {told}"), used])
    }

    /// It was tried before the switch, which is no use by a consumer.
    fn is_in_use(&self, key: &Listed) -> bool {
        let Some(at) = key.last_used else { return false };
        match (self.look.merged)(Stage::Switch) {
            Some(switched) => at >= switched,
            None => key.used_for.as_ref().is_none_or(|purpose| !purpose.starts_with("sts")),
        }
    }

    fn has_passed(&self, stage: Stage, period: SignedDuration, since: &str) -> Result<String, Wait> {
        let ago = |from: Moment| SignedDuration::from_secs(self.look.now.saturating_sub(from));
        match (self.look.merged)(stage) {
            Some(from) if ago(from) < period => {
                let end = moment(from.saturating_add(period.as_secs()));
                Err(Closed(format!("not before {end}: {since} on {}", moment(from))))
            }
            Some(from) => Ok(format!("{since} on {}", moment(from))),
            None if period.is_zero() => Ok(format!("{since}, at a time that is not known")),
            None => Err(Unknown(format!(
                "it is not known when {since}, since no pull request of keyward did it: remove `{}` by hand",
                self.subject.address()
            ))),
        }
    }

    /// States of the root modules that have it, as far as they were given.
    fn known_states(&self) -> impl Iterator<Item = &'a State> {
        let roots = &self.look.roots;
        self.look.states.iter().filter(|state| roots.contains(&state.root))
    }

    /// The same; it is not known what is applied where one of them is missing.
    fn states(&self) -> Result<Vec<&'a State>, Wait> {
        let found: Vec<&State> = self.known_states().collect();
        let missing = self.look.roots.iter().find(|root| !found.iter().any(|state| state.root == **root));
        let several = self.look.roots.intersection(self.look.several).next();
        match (missing, several.filter(|_| !self.look.all_states)) {
            (None, None) => Ok(found),
            (None, Some(root)) => {
                let root = if root.is_empty() { "." } else { root };
                Err(Unknown(format!(
                    "the code of `{root}` speaks of workspaces, of which each has a state: give all of them, one `--state {root}=FILE` each, and say so with `--all-states`"
                )))
            }
            (Some(root), _) => {
                let root = if root.is_empty() { "." } else { root };
                Err(Unknown(format!(
                    "it is not known what is applied in `{root}`: `--state {root}=FILE`, with what `terraform state pull` prints there"
                )))
            }
        }
    }

    fn olds<'s>(&self, state: &'s State) -> Vec<&'s Instance> {
        state.instances(self.subject.kind.name, &self.subject.old.label)
    }

    /// Each of the old ones with the new one beside it.
    fn pairs<'s>(&self, state: &'s State) -> Result<Vec<(&'s Instance, &'s Instance)>, Wait> {
        let subject = self.subject;
        let news = state.instances(subject.kind.name, &subject.follower);
        let mut pairs = Vec::new();
        for old in self.olds(state) {
            let beside =
                news.iter().find(|new| new.place == old.place && new.text(subject.kind.id).is_some());
            match beside {
                Some(new) => pairs.push((old, *new)),
                None => {
                    let next = subject.next();
                    return Err(Closed(format!(
                        "`{next}` is not applied beside {} yet: apply {}",
                        old.address(),
                        home(state)
                    )));
                }
            }
        }
        Ok(pairs)
    }

    fn id<'s>(&self, instance: &'s Instance) -> &'s str {
        instance.text(self.subject.kind.id).unwrap_or("one without an id")
    }

    /// What AWS says of the keys of its user; `None` where it is not asked.
    fn keys(&self, instance: &Instance) -> Result<Option<Vec<Listed>>, Wait> {
        let Some(cloud) = self.look.cloud.filter(|_| self.subject.kind.name == ACCESS_KEY) else {
            return Ok(None);
        };
        let (id, user) = (self.id(instance), instance.text("user").unwrap_or_default());
        match cloud.keys(user, id) {
            Ok(Some(keys)) => Ok(Some(keys)),
            Ok(None) => {
                Err(Unknown(format!("no account that was asked has the key {id} for a user `{user}`")))
            }
            Err(why) => Err(Unknown(format!("AWS does not tell of the keys of `{user}`: {why}"))),
        }
    }

    /// Whether AWS accepts it; `None` where nobody can try.
    fn try_out(&self, instance: &Instance) -> Result<Option<bool>, Wait> {
        if self.subject.kind.name != ACCESS_KEY {
            return Ok(None);
        }
        let Some(cloud) = self.look.cloud else {
            return match self.look.accept_unseen {
                true => Ok(None),
                false => Err(Unknown(
                    "it is not known whether the new one works: `--live` tries it, and `--accept-unseen` does without".to_owned(),
                )),
            };
        };
        // With `pgp_key` the state has no secret that could be tried.
        let Some(secret) = instance.text("secret") else { return Ok(None) };
        let key = Key { id: KeyId(self.id(instance).to_owned()), secret: SecretString::from(secret) };
        cloud.accepts(&key).map(Some).map_err(|why| Unknown(format!("{} cannot be tried: {why}", key.id.0)))
    }
}

/// A root module, for people.
fn home(state: &State) -> String {
    let root = if state.root.is_empty() { "." } else { &state.root };
    format!("`{root}`")
}

fn moment(at: Moment) -> String {
    let time = Timestamp::from_second(at).map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    time.unwrap_or_else(|_| "an unknown day".to_owned())
}

fn last_use(key: &Listed) -> String {
    let Some(at) = key.last_used else { return "was never used".to_owned() };
    let purpose = key.used_for.as_ref().map(|it| format!(", for {it}")).unwrap_or_default();
    format!("was last used on {}{purpose}", moment(at))
}
