//! Who gets somewhere, by which steps: one search backwards through the network of escalation, from everything
//! that is wanted.

use super::{Ground, Hop, trusted};
use crate::identity::escalation::{Network, Node, NodeId, Power, Step, StepKind, network};
use crate::identity::privilege::Holder;
use crate::identity::trust::{Party, Trust};
use crate::identity::{Model, Subject};
use std::collections::{HashMap, HashSet, VecDeque};

/// The next step from each node towards what is wanted.
#[derive(Debug)]
pub struct Reach<'m> {
    model: &'m Model,
    network: &'m Network,
    next: HashMap<NodeId, (&'m Step, NodeId)>,
    wanted: HashSet<NodeId>,
}

impl<'m> Reach<'m> {
    /// Walks back from the nodes that are wanted: those that certainly are and certain steps first.
    pub fn to(model: &'m Model, certain: &[NodeId], others: &[NodeId]) -> Self {
        let network = network(model);
        let mut reach = Reach { model, network, next: HashMap::new(), wanted: HashSet::new() };
        let mut seen: HashSet<NodeId> = HashSet::new();
        let mut reached: Vec<NodeId> = Vec::new();
        for (only_certain, sources) in [(true, certain), (false, others)] {
            // Somebody who perhaps is there by themselves may certainly get there another way.
            let new: Vec<NodeId> = sources.iter().copied().filter(|node| seen.insert(*node)).collect();
            reach.wanted.extend(&new);
            reached.extend(new);
            let mut queue: VecDeque<NodeId> = reached.iter().copied().collect();
            while let Some(at) = queue.pop_front() {
                for (step, from) in network.steps_to(at) {
                    if (only_certain && !step.certain) || !seen.insert(from) {
                        continue;
                    }
                    reach.next.insert(from, (step, at));
                    reached.push(from);
                    queue.push_back(from);
                }
            }
        }
        reach
    }

    /// Nodes from which one gets there, those that are wanted left out.
    pub fn from(&self) -> impl Iterator<Item = NodeId> {
        let mut nodes: Vec<NodeId> =
            self.next.keys().copied().filter(|node| !self.wanted.contains(node)).collect();
        nodes.sort();
        nodes.into_iter()
    }

    /// The way from a node, and where it ends.
    pub fn path(&self, from: NodeId) -> (Vec<Hop>, NodeId) {
        let mut hops = Vec::new();
        let mut at = from;
        while let Some((step, to)) = self.next.get(&at) {
            if !step.text.is_empty() {
                hops.push(hop(self.model, at, step, *to));
            }
            at = *to;
        }
        (hops, at)
    }

    pub fn node(&self, id: NodeId) -> &'m Node {
        self.network.get(id)
    }
}

pub fn hop(model: &Model, from: NodeId, step: &Step, to: NodeId) -> Hop {
    let mut grounds: Vec<Ground> =
        step.evidence.iter().map(|it| Ground { text: it.text.clone(), span: it.span }).collect();
    if step.kind == StepKind::Becomes
        && let Some(trust) = trust_between(model, from, to)
        && !grounds.iter().any(|ground| ground.span == trust.span)
    {
        // The whole of the role stands for its trust where a step knows no better.
        let header = model.resource(model.identity(trust.target).resource).header();
        grounds.retain(|ground| ground.span != header);
        grounds.push(trusted::ground(trust));
    }
    Hop { text: step.text.clone(), grounds, certain: step.certain, caveats: step.caveats.clone() }
}

/// The trust by which one identity becomes another.
fn trust_between(model: &Model, from: NodeId, to: NodeId) -> Option<&Trust> {
    let network = network(model);
    let (Node::Holder(from), Node::Holder(to)) = (network.get(from), network.get(to)) else { return None };
    let Subject::Identity(target) = to.subject else { return None };
    trusted::of(model, target)
        .find(|trust| matches!(&trust.party, Party::Subject(subject) if *subject == from.subject))
}

/// The nodes that stand for having a power.
pub fn goals(model: &Model, power: Power) -> Vec<NodeId> {
    let has = |node: &Node| matches!(node, Node::Goal(goal) if goal.power == power);
    network(model).nodes().filter(|(_, node)| has(node)).map(|(id, _)| id).collect()
}

/// The nodes that stand for administering the AWS account: who does may do everything in it and become everybody.
pub fn aws_admins(model: &Model) -> Vec<NodeId> {
    let place = crate::identity::escalation::aws::ACCOUNT;
    let is =
        |node: &Node| matches!(node, Node::Goal(goal) if goal.power == Power::Admin && goal.place == place);
    network(model).nodes().filter(|(_, node)| is(node)).map(|(id, _)| id).collect()
}

pub fn node_of(model: &Model, holder: &Holder) -> Option<NodeId> {
    network(model).find(&Node::Holder(holder.clone()))
}

/// How a holder is called: by address, or by what is known of its name.
pub fn name_of(model: &Model, holder: &Holder) -> String {
    holder.describe(model).replace('`', "")
}
