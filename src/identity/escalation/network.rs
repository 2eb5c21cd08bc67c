use crate::eval::value::ResourceId;
use crate::identity::privilege::Holder;
use crate::source::Span;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use petgraph::{Direction, graph::EdgeIndex};
use std::collections::{HashMap, VecDeque};

pub type NodeId = NodeIndex<u32>;

/// A point of the network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// Somebody who is granted something, or who is declared here.
    Holder(Holder),
    /// Whoever gets a policy that nothing here attaches: its index in `Model::grants`.
    Policy(usize),
    /// Whoever gets a document that nothing here uses: its data source.
    Document(ResourceId),
    /// Somebody whom only a trust names: "repository acme/app", a service account of a cluster.
    Outsider(String),
    /// Several at once, so that "any role that trusts Lambda" is one step and not one for each role.
    Class(String),
    /// What is worth having.
    Goal(Goal),
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Goal {
    pub power: Power,
    /// Of what: "the AWS account", "project `a`", "the cluster".
    pub place: String,
}

/// What somebody has in the end, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Power {
    /// Data or an interface, such as API keys or invoking a function.
    Data,
    /// Stored secrets.
    Secrets,
    /// Any identity of the place, whichever there are: the code does not show all of them.
    AnyIdentity,
    Admin,
}

impl Power {
    pub const ALL: [Power; 4] = [Power::Admin, Power::AnyIdentity, Power::Secrets, Power::Data];

    /// Its place in `ALL`.
    fn order(self) -> usize {
        Power::Admin as usize - self as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StepKind {
    /// Has the goal already, or belongs to the class.
    Is,
    /// Runs as it, or is trusted to become it, as somebody meant it.
    Becomes,
    /// A method of escalation.
    Escalates,
}

/// Whether a permission is written out, so that whoever wrote it knew what it gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// The action is part of a wildcard, or its resources are named.
    No,
    /// On all of a kind: `function:*`.
    Kind,
    /// On `*`.
    Everything,
}

/// From one node to the next.
#[derive(Clone, Debug)]
pub struct Step {
    pub kind: StepKind,
    /// Name of the method in the catalogue: `PassRoleLambda`; empty for the other kinds.
    pub method: &'static str,
    /// "passes `aws_iam_role.admin` to a Lambda function of its own".
    pub text: String,
    /// What allows it: the statement to cut first.
    pub evidence: Vec<Evidence>,
    /// Nothing that is unknown stands in the way.
    pub certain: bool,
    /// It takes in everything of its kind ("any role"), whatever else this code declares.
    pub unscoped: bool,
    pub plain: Plain,
    /// Conditions and the like that were looked at and do not prevent it, one sentence each.
    pub caveats: Vec<String>,
}

impl Step {
    /// Being something already, with nothing unknown about it.
    pub fn is(text: impl Into<String>) -> Step {
        Step {
            kind: StepKind::Is,
            method: "",
            text: text.into(),
            evidence: Vec::new(),
            certain: true,
            unscoped: false,
            plain: Plain::No,
            caveats: Vec::new(),
        }
    }
}

/// Characters that allow a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub span: Span,
    pub text: String,
    /// The whole statement or block, which one edit would mend.
    pub root: Option<Span>,
    /// Index in `Model::grants`, where it is one.
    pub grant: Option<usize>,
}

/// A way from a node to a goal, first step first.
#[derive(Clone, Debug)]
pub struct Path<'a> {
    pub goal: &'a Goal,
    /// Each step with the node that it leads to.
    pub steps: Vec<(&'a Step, NodeId)>,
}

/// Nodes, steps, and the shortest way from each node to what is worth having.
#[derive(Debug, Default)]
pub struct Network {
    /// Who leads to whom, and whether that is certain: apart from the texts, so that a search of a large network
    /// reads little memory.
    graph: DiGraph<(), bool>,
    /// By their place in the graph.
    nodes: Vec<Node>,
    steps: Vec<Step>,
    goals: [Vec<NodeId>; Power::ALL.len()],
    index: HashMap<Node, NodeId>,
    /// For each power, in the order of `Power::ALL`: the next step from each node on the shortest way there.
    next: [Vec<Option<(EdgeIndex, NodeId)>>; Power::ALL.len()],
}

impl Network {
    /// The node, which is added if it is new.
    pub fn node(&mut self, node: Node) -> NodeId {
        if let Some(known) = self.index.get(&node) {
            return *known;
        }
        let id = self.graph.add_node(());
        if let Node::Goal(goal) = &node {
            self.goals[goal.power.order()].push(id);
        }
        self.nodes.push(node.clone());
        self.index.insert(node, id);
        id
    }

    pub fn find(&self, node: &Node) -> Option<NodeId> {
        self.index.get(node).copied()
    }

    pub fn get(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.graph.node_indices().zip(&self.nodes)
    }

    pub fn step(&mut self, from: NodeId, to: NodeId, step: Step) {
        self.graph.add_edge(from, to, step.certain);
        self.steps.push(step);
    }

    /// The steps that lead out of a node.
    pub fn steps_from(&self, id: NodeId) -> impl Iterator<Item = (&Step, NodeId)> {
        self.graph.edges(id).map(|edge| (&self.steps[edge.id().index()], edge.target()))
    }

    /// The steps that lead to a node.
    pub fn steps_to(&self, id: NodeId) -> impl Iterator<Item = (&Step, NodeId)> {
        let edges = self.graph.edges_directed(id, Direction::Incoming);
        edges.map(|edge| (&self.steps[edge.id().index()], edge.source()))
    }

    /// Finds the shortest ways. To be called once all steps are there.
    pub fn settle(&mut self) {
        let incoming = Incoming::of(&self.graph);
        self.next = self.goals.each_ref().map(|goals| self.ways_to(goals, &incoming));
    }

    /// Walks backwards from all goals of a power at once: certain steps first, then the others, so that a way
    /// that hinges on something unknown is only taken where there is no other.
    fn ways_to(&self, goals: &[NodeId], incoming: &Incoming) -> Vec<Option<(EdgeIndex, NodeId)>> {
        if goals.is_empty() {
            return Vec::new();
        }
        let mut next = vec![None; self.graph.node_count()];
        let mut seen = vec![false; self.graph.node_count()];
        for goal in goals {
            seen[goal.index()] = true;
        }
        let mut queue = VecDeque::from_iter(goals.iter().copied());
        for only_certain in [true, false] {
            let mut doubtful = VecDeque::new();
            while let Some(at) = queue.pop_front() {
                let mut left = false;
                for entry in incoming.to(at) {
                    let from = entry.from;
                    if seen[from.index()] {
                        continue;
                    }
                    if only_certain && !entry.certain {
                        left = true;
                        continue;
                    }
                    seen[from.index()] = true;
                    next[from.index()] = Some((entry.step, at));
                    queue.push_back(from);
                }
                if left {
                    doubtful.push_back(at);
                }
            }
            queue = doubtful;
        }
        next
    }

    /// The shortest way from a node to a power; none where there is no way.
    pub fn path(&self, from: NodeId, power: Power) -> Option<Path<'_>> {
        let next = &self.next[power.order()];
        let mut steps = Vec::new();
        let mut at = from;
        while let Some((edge, target)) = next.get(at.index()).copied().flatten() {
            steps.push((&self.steps[edge.index()], target));
            at = target;
        }
        match self.get(at) {
            Node::Goal(goal) if !steps.is_empty() => Some(Path { goal, steps }),
            _ => None,
        }
    }

    /// The way to the most that can be had from a node.
    pub fn worst(&self, from: NodeId) -> Option<Path<'_>> {
        Power::ALL.into_iter().find_map(|power| self.path(from, power))
    }

    /// Everything that can be reached from a node, nearest first, with the step that leads there.
    pub fn reachable(&self, from: NodeId) -> Vec<(NodeId, EdgeIndex)> {
        let mut seen = vec![false; self.graph.node_count()];
        seen[from.index()] = true;
        let mut queue = VecDeque::from([from]);
        let mut found = Vec::new();
        while let Some(at) = queue.pop_front() {
            for edge in self.graph.edges(at) {
                let to = edge.target();
                if !std::mem::replace(&mut seen[to.index()], true) {
                    found.push((to, edge.id()));
                    queue.push_back(to);
                }
            }
        }
        found
    }

    /// The steps of the shortest way from one node to another.
    pub fn between(&self, from: NodeId, to: NodeId) -> Option<Vec<(&Step, NodeId)>> {
        let came: HashMap<NodeId, EdgeIndex> = self.reachable(from).into_iter().collect();
        let mut steps = Vec::new();
        let mut at = to;
        while at != from {
            let edge = came.get(&at)?;
            let (source, target) = self.graph.edge_endpoints(*edge)?;
            steps.push((&self.steps[edge.index()], target));
            at = source;
        }
        steps.reverse();
        Some(steps)
    }
}

/// The steps to each node side by side.
struct Incoming {
    /// Where those of a node start, with one more at the end.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    step: EdgeIndex,
    from: NodeId,
    certain: bool,
}

impl Incoming {
    fn of(graph: &DiGraph<(), bool>) -> Incoming {
        let mut starts = vec![0; graph.node_count() + 1];
        for edge in graph.raw_edges() {
            starts[edge.target().index()] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let nothing = Entry { step: EdgeIndex::end(), from: NodeId::end(), certain: false };
        let mut entries = vec![nothing; graph.edge_count()];
        // Each start is now the end of its part, which is filled from there: the newest step comes first.
        for edge in graph.edge_references() {
            let start: &mut u32 = &mut starts[edge.target().index()];
            *start -= 1;
            entries[*start as usize] =
                Entry { step: edge.id(), from: edge.source(), certain: *edge.weight() };
        }
        Incoming { starts, entries }
    }

    fn to(&self, node: NodeId) -> &[Entry] {
        let at = node.index();
        &self.entries[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}
