//! The answers to questions.

use super::guards::{Admitted, Guards};
use super::own::{Asker, Own};
use super::parse::{Destination, Question};
use super::reach::{Reach, aws_admins, goals, hop, name_of, node_of};
use super::target::Target;
use super::trusted::{self, party};
use super::{Answers, Hop, Match, Permission};
use crate::config::AddressGlob;
use crate::iam::Tri;
use crate::identity::escalation::{Node, NodeId, Power, network};
use crate::identity::privilege::{Holder, privileges};
use crate::identity::{Estate, Identity, Model};
use indexmap::IndexMap;

/// Whether becoming others counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ways {
    /// Only what somebody may do by their own grants.
    Direct,
    /// Others than becoming it as an administrator, who becomes everybody.
    ButAdmins,
    Any,
}

/// Answers a question, or says which of its names means nothing here.
pub fn ask(estate: &Estate, question: &Question, ways: Ways) -> Result<Answers, String> {
    let mut answers = Answers::default();
    match question {
        Question::Who { permission, on } => {
            present(estate, on.as_deref())?;
            for model in &estate.models {
                answers.matches.extend(who_can(model, permission, on.as_deref(), ways, None));
            }
        }
        Question::Can { who, permission, on } => {
            named(estate, who)?;
            present(estate, on.as_deref())?;
            for model in &estate.models {
                answers.matches.extend(who_can(model, permission, on.as_deref(), ways, Some(who)));
            }
            answers.verdict = Some(verdict(&answers.matches));
        }
        Question::WhoBecomes { target } => {
            identities(estate, target)?;
            for model in &estate.models {
                answers.matches.extend(who_becomes(model, target, ways));
            }
        }
        Question::CanBecome { who, target } => {
            named(estate, who)?;
            identities(estate, target)?;
            for model in &estate.models {
                let all = who_becomes(model, target, ways);
                answers.matches.extend(all.into_iter().filter(|it| who.matches(&it.who)));
            }
            answers.verdict = Some(verdict(&answers.matches));
        }
        Question::Path { from, to } => {
            named(estate, from)?;
            if let Destination::Identity(target) = to {
                identities(estate, target)?;
            }
            for model in &estate.models {
                let all = paths(model, to);
                answers.matches.extend(all.into_iter().filter(|it| from.matches(&it.who)));
            }
        }
    }
    Ok(answers)
}

/// The best of several answers; an explicit no is none that allows.
fn verdict(matches: &[Match]) -> Tri {
    Tri::any(matches.iter().map(|found| found.answer))
}

/// Whether an address, or what is known of a name, is that of somebody here.
pub fn is_identity(estate: &Estate, who: &AddressGlob) -> bool {
    estate.models.iter().any(|model| {
        let mut holders = privileges(model).iter();
        holders.any(|(holder, _)| who.matches(&name_of(model, holder)))
            || model.identities.iter().any(|identity| who.matches(&identity.address))
    })
}

/// Whether a resource is here, or an ARN says which one is meant.
pub fn is_resource(estate: &Estate, on: &str) -> bool {
    estate.models.iter().any(|model| !Target::of(model, Some(on)).is_empty())
}

fn named(estate: &Estate, who: &AddressGlob) -> Result<(), String> {
    match is_identity(estate, who) {
        true => Ok(()),
        false => Err(format!("there is no identity `{who}` here")),
    }
}

fn identities(estate: &Estate, target: &AddressGlob) -> Result<(), String> {
    let mut all = estate.models.iter().flat_map(|model| &model.identities);
    match all.any(|identity| target.matches(&identity.address)) {
        true => Ok(()),
        false => Err(format!("there is no identity `{target}` here")),
    }
}

fn present(estate: &Estate, on: Option<&str>) -> Result<(), String> {
    match on.filter(|on| !is_resource(estate, on)) {
        None => Ok(()),
        Some(on) => Err(format!("there is no resource `{on}` here")),
    }
}

/// Everybody who may do something, by their own grants first. With `only`, those who may not are told as well, if
/// they are asked about and hold something.
pub fn who_can(
    model: &Model,
    permission: &Permission,
    on: Option<&str>,
    ways: Ways,
    only: Option<&AddressGlob>,
) -> Vec<Match> {
    let asker = Asker::new(model);
    let mut found = Vec::new();
    for target in Target::of(model, on) {
        let (mut certain, mut others): (Vec<NodeId>, Vec<NodeId>) = (Vec::new(), Vec::new());
        let guards = Guards::of(model, permission, &target);
        let mut own: IndexMap<Holder, Own> = IndexMap::new();
        for (holder, privilege) in privileges(model).iter() {
            let mut answer = asker.own(holder, &privilege.grants, permission, &target);
            guards.iter().for_each(|guards| guards.limit(holder, &mut answer));
            own.insert(holder.clone(), answer);
        }
        let mut strangers: Vec<(String, Own)> = Vec::new();
        for (who, answer) in guards.iter().flat_map(|guards| guards.admitted(&asker)) {
            match who {
                Admitted::Other(name) => strangers.push((name, answer)),
                Admitted::Holder(holder) => match own.get_mut(&holder) {
                    Some(known) if known.answer >= answer.answer => {}
                    Some(known) => *known = answer,
                    None => {
                        own.insert(holder, answer);
                    }
                },
            }
        }
        for (holder, answer) in &own {
            match (answer.answer, node_of(model, holder)) {
                (Tri::Yes, Some(node)) => certain.push(node),
                (Tri::Maybe, Some(node)) if !answer.grounds.is_empty() => others.push(node),
                _ => {}
            }
        }
        if matches!(permission, Permission::Aws(_)) {
            certain.extend(aws_admins(model));
        }
        let described = target.describe(model);
        let is_asked = |name: &str| only.is_none_or(|only| only.matches(name));
        let reach = (ways != Ways::Direct).then(|| Reach::to(model, &certain, &others));
        let mut here: IndexMap<String, Match> = IndexMap::new();
        for (holder, own) in &own {
            let name = name_of(model, holder);
            let says_nothing = own.answer.is_no() || own.grounds.is_empty();
            let is_other = says_nothing && only.is_none();
            if is_asked(&name) && !is_other {
                best(&mut here, Match::own(model, name, described.clone(), own));
            }
        }
        for (name, own) in strangers.iter().filter(|(name, own)| is_asked(name) && own.answer.is_possible()) {
            best(&mut here, Match::own(model, name.clone(), described.clone(), own));
        }
        for (name, hops, end) in reach.iter().flat_map(|reach| indirect(model, reach)) {
            if is_asked(&name) {
                let grounds = end.and_then(|holder| own.get(&holder));
                best(&mut here, Match::through(model, name, described.clone(), hops, grounds));
            }
        }
        found.extend(here.into_values());
    }
    found
}

/// Keeps the better of two answers about somebody, and the first of equal ones.
fn best(known: &mut IndexMap<String, Match>, found: Match) {
    match known.get_mut(&found.who) {
        Some(before) if before.answer >= found.answer => {}
        Some(before) => *before = found,
        None => {
            known.insert(found.who.clone(), found);
        }
    }
}

/// Everybody with a way there: name, steps, and who they are in the end.
fn indirect(model: &Model, reach: &Reach<'_>) -> Vec<(String, Vec<Hop>, Option<Holder>)> {
    let named = reach.from().filter_map(|node| {
        let name = match reach.node(node) {
            Node::Holder(holder) => name_of(model, holder),
            Node::Outsider(name) => name.clone(),
            _ => return None,
        };
        let (hops, end) = reach.path(node);
        let holder = match reach.node(end) {
            Node::Holder(holder) => Some(holder.clone()),
            _ => None,
        };
        Some((name, hops, holder))
    });
    named.collect()
}

/// Everybody who may become one of these identities.
pub fn who_becomes(model: &Model, target: &AddressGlob, ways: Ways) -> Vec<Match> {
    let mut found: Vec<Match> = Vec::new();
    let admins = aws_admins(model);
    for identity in model.identities.iter().filter(|identity| target.matches(&identity.address)) {
        let described = Some(identity.address.clone());
        let mut here: IndexMap<String, Match> = IndexMap::new();
        for trust in trusted::of(model, identity.id) {
            best(
                &mut here,
                Match {
                    root: root(model),
                    who: party(model, &trust.party),
                    target: described.clone(),
                    answer: trust.certainty,
                    path: Vec::new(),
                    grounds: vec![trusted::ground(trust)],
                    caveats: trust.limits.clone(),
                },
            );
        }
        let node = node_of(model, &Holder::identity(identity.id));
        let mut ends: Vec<NodeId> = node.into_iter().collect();
        if ways == Ways::Any && identity.kind.starts_with("aws_") {
            ends.extend(admins.iter().filter(|_| !is_admin(model, identity, &admins)));
        }
        let reach = Reach::to(model, &ends, &[]);
        for (name, hops, _) in indirect(model, &reach) {
            if name != identity.address && (ways != Ways::Direct || hops.len() == 1) {
                best(&mut here, Match::through(model, name, described.clone(), hops, None));
            }
        }
        found.extend(here.into_values());
    }
    found
}

/// Everybody whom an identity may become, and what it may have in the end, nearest first.
pub fn becomes(model: &Model, identity: &Identity) -> Vec<Match> {
    let network = network(model);
    let Some(start) = node_of(model, &Holder::identity(identity.id)) else { return Vec::new() };
    let mut found: Vec<Match> = Vec::new();
    for (node, _) in network.reachable(start) {
        let target = match network.get(node) {
            Node::Holder(holder) => name_of(model, holder),
            Node::Outsider(name) => name.clone(),
            Node::Goal(goal) => match goal.power {
                Power::Admin => format!("administrator of {}", goal.place),
                Power::AnyIdentity => format!("any identity of {}", goal.place),
                Power::Secrets => format!("whoever reads the secrets of {}", goal.place),
                Power::Data => format!("whoever reads data of {}", goal.place),
            },
            _ => continue,
        };
        let Some(steps) = network.between(start, node) else { continue };
        let mut at = start;
        let mut hops = Vec::new();
        for (step, to) in steps {
            if !step.text.is_empty() {
                hops.push(hop(model, at, step, to));
            }
            at = to;
        }
        found.push(Match::through(model, identity.address.clone(), Some(target), hops, None));
    }
    found
}

/// An administrator is where the way to administration ends, so that it leads to nobody else.
fn is_admin(model: &Model, identity: &Identity, admins: &[NodeId]) -> bool {
    let Some(node) = node_of(model, &Holder::identity(identity.id)) else { return false };
    network(model).steps_from(node).any(|(_, to)| admins.contains(&to))
}

fn paths(model: &Model, to: &Destination) -> Vec<Match> {
    let (ends, described) = match to {
        Destination::Identity(target) => return who_becomes(model, target, Ways::Any),
        Destination::Admin => (goals(model, Power::Admin), "admin"),
        Destination::Secrets => (goals(model, Power::Secrets), "secrets"),
    };
    let reach = Reach::to(model, &ends, &[]);
    let found = indirect(model, &reach)
        .into_iter()
        .map(|(name, hops, _)| Match::through(model, name, Some(described.to_string()), hops, None));
    found.collect()
}

/// The directory of the root module.
fn root(model: &Model) -> String {
    if model.project.dir.is_empty() { ".".to_string() } else { model.project.dir.clone() }
}

impl Match {
    fn own(model: &Model, who: String, target: Option<String>, own: &Own) -> Match {
        Match {
            root: root(model),
            who,
            target,
            answer: own.answer,
            path: Vec::new(),
            grounds: own.grounds.clone(),
            caveats: own.caveats.clone(),
        }
    }

    fn through(
        model: &Model,
        who: String,
        target: Option<String>,
        path: Vec<Hop>,
        end: Option<&Own>,
    ) -> Match {
        let certain = path.iter().all(|hop| hop.certain);
        let answer = Tri::from(certain).or(Tri::Maybe).and(end.map_or(Tri::Yes, |own| own.answer));
        Match {
            root: root(model),
            who,
            target,
            answer,
            path,
            grounds: end.map(|own| own.grounds.clone()).unwrap_or_default(),
            caveats: end.map(|own| own.caveats.clone()).unwrap_or_default(),
        }
    }
}
