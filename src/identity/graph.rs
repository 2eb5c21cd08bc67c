//! The identity graph: the same facts as the model, as nodes and edges that can be walked and drawn.

use super::model::{Estate, Model, Subject};
use crate::source::Span;
use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap, VecDeque};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    Identity,
    Credential,
    Grant,
    Workload,
    Place,
    External,
    Owner,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Node {
    pub kind: NodeKind,
    pub address: String,
    /// `file:line`, empty for what is declared elsewhere.
    pub place: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// An identity holds a credential.
    Holds,
    /// A grant reaches a subject.
    GrantedTo,
    /// A workload runs as an identity.
    RunsAs,
    /// A credential's value is in a place.
    StoredIn,
    /// An owner is accountable.
    Owns,
}

impl Edge {
    pub fn name(self) -> &'static str {
        match self {
            Edge::Holds => "holds",
            Edge::GrantedTo => "granted to",
            Edge::RunsAs => "runs as",
            Edge::StoredIn => "stored in",
            Edge::Owns => "owns",
        }
    }
}

/// A graph as lists; edges are pairs of positions in `nodes`.
#[derive(Debug, Default)]
pub struct Parts {
    pub nodes: Vec<Node>,
    pub edges: Vec<(usize, usize, Edge)>,
}

#[derive(Debug, Default)]
pub struct Graph {
    graph: StableDiGraph<Node, Edge>,
    index: HashMap<(NodeKind, String), NodeIndex>,
}

impl Graph {
    /// Builds the graph of a whole estate. `locate` turns a span into `file:line`.
    pub fn new(estate: &Estate, locate: impl Fn(Span) -> String) -> Self {
        let mut graph = Graph::default();
        for model in &estate.models {
            graph.add(model, &locate);
        }
        graph
    }

    fn add(&mut self, model: &Model, locate: &impl Fn(Span) -> String) {
        // Addresses are unique within a root module only.
        let prefix =
            if model.project.dir.is_empty() { String::new() } else { format!("{}/", model.project.dir) };
        let named = |address: &str| format!("{prefix}{address}");
        for identity in &model.identities {
            let place = locate(model.resource(identity.resource).header());
            let node = self.node(NodeKind::Identity, named(&identity.address), place);
            if let Some(owner) = identity.owner.name() {
                let owner = self.node(NodeKind::Owner, owner.to_string(), String::new());
                self.edge(owner, node, Edge::Owns);
            }
        }
        for credential in &model.credentials {
            // Generated values and services that merely have keys appear once their value goes somewhere.
            let places: Vec<_> = model.places_of(credential.id).collect();
            if places.is_empty() && !credential.is_static {
                continue;
            }
            let place = locate(model.resource(credential.resource).header());
            let node = self.node(NodeKind::Credential, named(&credential.address), place);
            if let Some(holder) = self.subject(model, &credential.subject, &named, locate) {
                self.edge(holder, node, Edge::Holds);
            }
            for stored in places {
                let place = locate(stored.span);
                let target = self.node(NodeKind::Place, named(&stored.address), place);
                self.edge(node, target, Edge::StoredIn);
            }
        }
        for grant in model.grants.iter().filter(|grant| !grant.subjects.is_empty()) {
            let resource = model.resource(grant.resource);
            let node = self.node(
                NodeKind::Grant,
                named(&resource.address),
                locate(model.resource(grant.resource).header()),
            );
            for subject in &grant.subjects {
                if let Some(target) = self.subject(model, subject, &named, locate) {
                    self.edge(node, target, Edge::GrantedTo);
                }
            }
        }
        for workload in &model.workloads {
            let node = self.node(
                NodeKind::Workload,
                named(&workload.address),
                locate(model.resource(workload.resource).header()),
            );
            if let Some(target) = self.subject(model, &workload.runs_as, &named, locate) {
                self.edge(node, target, Edge::RunsAs);
            }
        }
    }

    fn subject(
        &mut self,
        model: &Model,
        subject: &Subject,
        named: &impl Fn(&str) -> String,
        locate: &impl Fn(Span) -> String,
    ) -> Option<NodeIndex> {
        match subject {
            Subject::Identity(id) => {
                let identity = model.identity(*id);
                let place = locate(model.resource(identity.resource).header());
                Some(self.node(NodeKind::Identity, named(&identity.address), place))
            }
            Subject::Resource(id) => {
                let place = locate(model.resource(*id).header());
                Some(self.node(NodeKind::External, named(&model.resource(*id).address), place))
            }
            Subject::External(text) => Some(self.node(NodeKind::External, text.clone(), String::new())),
            Subject::Unknown | Subject::None => None,
        }
    }

    fn node(&mut self, kind: NodeKind, address: String, place: String) -> NodeIndex {
        if let Some(index) = self.index.get(&(kind, address.clone())) {
            return *index;
        }
        let index = self.graph.add_node(Node { kind, address: address.clone(), place });
        self.index.insert((kind, address), index);
        index
    }

    fn edge(&mut self, from: NodeIndex, to: NodeIndex, edge: Edge) {
        if !self.graph.edges_connecting(from, to).any(|known| *known.weight() == edge) {
            self.graph.add_edge(from, to, edge);
        }
    }

    /// Nodes and edges as plain lists, sorted; `within` limits them to part of the graph.
    fn parts(&self, within: Option<&BTreeSet<NodeIndex>>) -> Parts {
        let inside = |index: &NodeIndex| within.is_none_or(|within| within.contains(index));
        let mut indices: Vec<NodeIndex> = self.graph.node_indices().filter(inside).collect();
        indices.sort_by_key(|index| self.graph[*index].clone());
        let position: HashMap<NodeIndex, usize> =
            indices.iter().enumerate().map(|(at, index)| (*index, at)).collect();
        let mut edges: Vec<(usize, usize, Edge)> = self
            .graph
            .edge_indices()
            .filter_map(|index| {
                let (from, to) = self.graph.edge_endpoints(index)?;
                Some((*position.get(&from)?, *position.get(&to)?, self.graph[index]))
            })
            .collect();
        edges.sort();
        Parts { nodes: indices.into_iter().map(|index| self.graph[index].clone()).collect(), edges }
    }

    /// Everything connected to an address within `depth` steps, in either direction. Empty when the address
    /// is not in the graph.
    pub fn around(&self, address: &str, depth: usize) -> Parts {
        self.parts(Some(&self.reach(address, depth)))
    }

    /// The whole graph.
    pub fn whole(&self) -> Parts {
        self.parts(None)
    }

    fn reach(&self, address: &str, depth: usize) -> BTreeSet<NodeIndex> {
        let mut reached: BTreeSet<NodeIndex> = BTreeSet::new();
        let mut pending: VecDeque<(NodeIndex, usize)> = self
            .graph
            .node_indices()
            .filter(|index| {
                let known = &self.graph[*index].address;
                known == address || known.ends_with(&format!("/{address}"))
            })
            .map(|index| (index, 0))
            .collect();
        while let Some((index, at)) = pending.pop_front() {
            if reached.insert(index) && at < depth {
                pending.extend(self.graph.neighbors_undirected(index).map(|next| (next, at + 1)));
            }
        }
        reached
    }
}
