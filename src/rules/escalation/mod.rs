//! What the rules about escalation share: the ways found in the network, one case for each mistake.

mod mend;
mod statement;
mod tell;

pub use statement::{Told, Wide, draft, wide};
pub use tell::{name, place, tell};

use crate::diagnostic::{Confidence, Persona};
use crate::identity::escalation::aws;
use crate::identity::escalation::{Goal, Network, Node, NodeId, Path, Plain, Power, Step, StepKind, network};
use crate::identity::privilege::Holder;
use crate::identity::{Model, Policy, Subject};
use crate::rules::privileged;
use crate::source::Span;
use indexmap::IndexMap;

/// Somebody, and the step by which they escalate.
#[derive(Clone, Debug)]
pub struct Case<'n> {
    pub from: NodeId,
    pub step: &'n Step,
    pub to: NodeId,
    /// What follows.
    pub rest: Vec<(&'n Step, NodeId)>,
    pub goal: Option<&'n Goal>,
    /// Other methods that the same statement serves.
    pub also: Vec<&'static str>,
    pub persona: Persona,
}

/// What an escalation comes to, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It leads to something that is not here, or to somebody who is no stronger.
    Latent,
    /// Data, secrets, whatever something runs as.
    Minor,
    AnyIdentity,
    /// An administrator of a part.
    Part,
    Admin,
}

impl Case<'_> {
    pub fn standing(&self) -> Standing {
        let Some(goal) = self.goal else { return Standing::Latent };
        match goal.power {
            Power::Admin if goal.place == aws::ACCOUNT => Standing::Admin,
            Power::Admin => Standing::Part,
            Power::AnyIdentity => Standing::AnyIdentity,
            Power::Secrets | Power::Data => Standing::Minor,
        }
    }

    pub fn is_certain(&self) -> bool {
        self.unknown_steps() == 0
    }

    /// Steps of the way that hinge on something unknown.
    pub fn unknown_steps(&self) -> usize {
        let rest = self.rest.iter().filter(|(step, _)| !step.certain).count();
        rest + usize::from(!self.step.certain)
    }

    /// The statement or attachment that one edit would mend.
    pub fn root(&self) -> Option<Span> {
        self.step.evidence.first().and_then(|evidence| evidence.root)
    }

    fn rank(&self) -> (std::cmp::Reverse<Persona>, bool, Standing, std::cmp::Reverse<usize>) {
        let shorter = std::cmp::Reverse(self.rest.len());
        (std::cmp::Reverse(self.persona), self.is_certain(), self.standing(), shorter)
    }
}

/// Every case, by the statement to cut; the worst of each first.
pub fn cases<'m>(model: &'m Model) -> IndexMap<Span, Vec<Case<'m>>> {
    let network = network(model);
    let mut by_root: IndexMap<Span, Vec<Case<'m>>> = IndexMap::new();
    for (from, node) in network.nodes() {
        if is_admin(network, from) {
            continue;
        }
        let mut of_root: IndexMap<Span, Case<'m>> = IndexMap::new();
        let mut steps: Vec<_> = network.steps_from(from).filter(|(step, _)| is_of_aws(step)).collect();
        // In the order of the catalogue, so that of two methods that come to the same the simpler one is told.
        steps.reverse();
        for (step, to) in steps {
            let Some(case) = case(model, network, from, node, step, to) else { continue };
            let Some(root) = case.root() else { continue };
            match of_root.get_mut(&root) {
                None => {
                    of_root.insert(root, case);
                }
                Some(known) => join(known, case),
            }
        }
        for (root, case) in of_root {
            by_root.entry(root).or_default().push(case);
        }
    }
    for cases in by_root.values_mut() {
        cases.sort_by_key(|case| std::cmp::Reverse(case.rank()));
    }
    by_root
}

/// Other planes have rules of their own.
fn is_of_aws(step: &Step) -> bool {
    step.kind == StepKind::Escalates && aws::method(step.method).is_some()
}

/// Keeps the worse of two ways of one holder through one statement, and the name of the other.
fn join<'n>(known: &mut Case<'n>, other: Case<'n>) {
    let lesser = if other.rank() > known.rank() { std::mem::replace(known, other) } else { other };
    for name in lesser.also.into_iter().chain([lesser.step.method]) {
        if name != known.step.method && !known.also.contains(&name) {
            known.also.push(name);
        }
    }
}

fn case<'n>(
    model: &Model,
    network: &'n Network,
    from: NodeId,
    node: &Node,
    step: &'n Step,
    to: NodeId,
) -> Option<Case<'n>> {
    let way = match network.get(to) {
        Node::Goal(goal) => Some((Some(goal), Vec::new())),
        _ => onward(network, from, to).map(|path| (Some(path.goal), path.steps)),
    };
    let (goal, rest) = way.unwrap_or_default();
    let mut case = Case { from, step, to, rest, goal, also: Vec::new(), persona: Persona::Regular };
    case.persona = persona(model, node, &case)?;
    Some(case)
}

/// How it goes on to an administrator or to any identity, without coming back to where it started.
fn onward<'n>(network: &'n Network, from: NodeId, to: NodeId) -> Option<Path<'n>> {
    let ways = [Power::Admin, Power::AnyIdentity].into_iter().filter_map(|power| network.path(to, power));
    let mut straight = ways.filter(|path| path.steps.iter().all(|(_, at)| *at != from));
    straight.next()
}

fn is_admin(network: &Network, from: NodeId) -> bool {
    network.steps_from(from).any(|(step, to)| {
        step.kind == StepKind::Is && matches!(network.get(to), Node::Goal(goal) if goal.power == Power::Admin && goal.place == aws::ACCOUNT)
    })
}

/// What runs in the account is there whether or not this code declares it, and whoever allows such an action by
/// name on everything gives it away. All secrets are a matter of the resources that are named, of which
/// `wildcard-resource` speaks.
fn is_plain(model: &Model, node: &Node, case: &Case<'_>) -> bool {
    let grant = case.step.evidence.first().and_then(|evidence| evidence.grant);
    let written_here = grant.is_none_or(|at| matches!(model.grants[at].policy, Policy::Aws(_)));
    let of_secrets = case.goal.is_some_and(|goal| goal.power == Power::Secrets);
    // Other methods are limited by more than what they take over: commands by the documents that may be run.
    let replaces = || ["lambda-update-code", "glue-update-dev-endpoint"].contains(&case.step.method);
    let plain = match case.step.plain {
        Plain::Everything => true,
        Plain::Kind => replaces() && matches!(node, Node::Holder(_)),
        Plain::No => false,
    };
    plain && written_here && !of_secrets && case.is_certain()
}

/// Whom it is for; nobody where the holder is a person in someone else's directory.
fn persona(model: &Model, node: &Node, case: &Case<'_>) -> Option<Persona> {
    let own = audience(model, node, case.step.evidence.first()?.grant)?;
    let by_way = match case.standing() {
        Standing::Latent => Persona::Auditor,
        Standing::Minor if is_plain(model, node, case) => Persona::Regular,
        Standing::Minor => Persona::Strict,
        // With that much unknown it is no more than a thought.
        _ if Confidence::High.lowered(case.unknown_steps()).is_none() => Persona::Auditor,
        _ if !case.is_certain() => Persona::Strict,
        _ => Persona::Regular,
    };
    Some(own.max(by_way))
}

/// For whom findings about somebody are, whatever they say.
pub fn audience(model: &Model, node: &Node, grant: Option<usize>) -> Option<Persona> {
    match node {
        Node::Holder(holder) => of_holder(model, holder, grant),
        Node::Policy(_) | Node::Document(_) => Some(Persona::Regular),
        _ => None,
    }
}

fn of_holder(model: &Model, holder: &Holder, grant: Option<usize>) -> Option<Persona> {
    let audience = privileged::audience(model, holder, &model.grants[grant?])?;
    let for_aws = match holder.subject {
        Subject::Identity(id) => aws::is_for_aws(model, id),
        _ => false,
    };
    Some(if for_aws { audience.max(Persona::Strict) } else { audience })
}
