//! Who read what: for each thing that is computed once, what was computed from it, and what was noticed on the way.

use super::Evaluator;
use crate::diagnostic::Gap;
use crate::eval::ModuleId;
use indexmap::IndexSet;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Something that is computed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(u32);

/// What was noticed while one thing was computed.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// What Terraform would refuse. `try` and `can` take back what they catch.
    pub errors: Vec<Gap>,
    pub gaps: IndexSet<Gap>,
    /// Paths that expressions look at, and whether the file was read.
    pub reads: Vec<(String, bool)>,
    /// What it was computed from.
    read: Vec<NodeId>,
}

/// Where notes stood at some time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    errors: usize,
    gaps: usize,
    reads: usize,
    read: usize,
}

impl Notes {
    fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.gaps.is_empty() && self.reads.is_empty()
    }

    pub(super) fn mark(&self) -> Mark {
        let (errors, gaps) = (self.errors.len(), self.gaps.len());
        Mark { errors, gaps, reads: self.reads.len(), read: self.read.len() }
    }

    /// What was read since; `None` when something was wrong or not analysed.
    pub(super) fn clean_since(&self, mark: Mark) -> Option<Self> {
        let is_clean = self.errors.len() == mark.errors && self.gaps.len() == mark.gaps;
        is_clean.then(|| Notes {
            reads: self.reads[mark.reads..].to_vec(),
            read: self.read[mark.read..].to_vec(),
            ..Notes::default()
        })
    }

    /// The same was read again.
    pub(super) fn repeat(&mut self, other: &Notes) {
        self.reads.extend(other.reads.iter().cloned());
        self.read.extend(&other.read);
    }
}

/// A kind of name that was looked for in a module and is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Missing {
    Variable,
    Local,
    Output,
    Call,
    Family,
}

#[derive(Debug, Default)]
struct Node {
    /// What is to be computed again when this is.
    readers: Vec<NodeId>,
    notes: Option<Box<Notes>>,
}

/// The record of an evaluation.
#[derive(Debug, Default)]
pub(super) struct Trail {
    nodes: Vec<Node>,
    /// Names that are not there and that something was computed from.
    missing: HashMap<(ModuleId, Missing, Arc<str>), NodeId>,
    /// Of what is being computed.
    pub now: Notes,
    /// Whether it is recorded who read what.
    pub(super) records: bool,
    /// How many readers were recorded.
    links: usize,
}

impl Trail {
    pub(super) fn node(&mut self) -> NodeId {
        self.nodes.push(Node::default());
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// How much is recorded.
    pub(super) fn length(&self) -> usize {
        self.nodes.len() + self.links
    }

    /// What is being computed is computed from this.
    pub(super) fn read(&mut self, node: NodeId) {
        if self.records {
            self.now.read.push(node);
        }
    }

    /// What is being computed is computed from there being nothing of this name.
    pub(super) fn missed(&mut self, module: ModuleId, kind: Missing, name: &str) {
        if self.records {
            let key = (module, kind, Arc::from(name));
            let next = NodeId(self.nodes.len() as u32);
            let node = *self.missing.entry(key).or_insert(next);
            if node == next {
                self.nodes.push(Node::default());
            }
            self.read(node);
        }
    }

    /// What was looked for under a name.
    pub(super) fn sought(&self, module: ModuleId, kind: Missing, name: &str) -> Option<NodeId> {
        self.missing.get(&(module, kind, Arc::from(name))).copied()
    }

    fn close(&mut self, node: NodeId, mut notes: Notes) {
        let mut read = std::mem::take(&mut notes.read);
        read.sort_unstable();
        read.dedup();
        self.links += read.len();
        for other in read {
            self.nodes[other.0 as usize].readers.push(node);
        }
        self.nodes[node.0 as usize].notes = (!notes.is_empty()).then(|| Box::new(notes));
    }

    /// What is to be computed again when some of it is: all that was computed from it. Their notes are forgotten.
    pub(super) fn reached(&mut self, from: impl IntoIterator<Item = NodeId>) -> Vec<NodeId> {
        let mut open: Vec<NodeId> = from.into_iter().collect();
        let mut seen = vec![false; self.nodes.len()];
        let mut found = Vec::new();
        while let Some(node) = open.pop() {
            let at = node.0 as usize;
            if !std::mem::replace(&mut seen[at], true) {
                found.push(node);
                self.nodes[at].notes = None;
                open.append(&mut self.nodes[at].readers);
            }
        }
        found
    }

    pub(super) fn first_error(self) -> Option<Gap> {
        let notes = self.nodes.into_iter().filter_map(|node| node.notes).map(|notes| *notes);
        [self.now].into_iter().chain(notes).find_map(|notes| notes.errors.into_iter().next())
    }

    /// Everything that was noticed, in order: errors first.
    pub(super) fn everything(&self) -> (Vec<Gap>, BTreeMap<String, bool>) {
        let notes = || self.nodes.iter().filter_map(|node| node.notes.as_deref()).chain([&self.now]);
        let errors = notes().flat_map(|notes| &notes.errors);
        let gaps = errors.chain(notes().flat_map(|notes| &notes.gaps)).cloned().collect();
        let mut reads = BTreeMap::new();
        for (path, whole) in notes().flat_map(|notes| &notes.reads) {
            *reads.entry(path.clone()).or_default() |= whole;
        }
        (gaps, reads)
    }
}

impl NodeId {
    /// Of what has none yet.
    pub(super) const NONE: Self = NodeId(u32::MAX);
}

impl Evaluator<'_> {
    pub(super) fn missed(&mut self, module: ModuleId, kind: Missing, name: &str) {
        self.trail.missed(module, kind, name);
    }

    /// Computes what has this node. What is noticed meanwhile is noted there and nowhere else, so that it does not
    /// matter who asks first.
    pub(super) fn compute<T>(&mut self, node: NodeId, work: impl FnOnce(&mut Self) -> T) -> T {
        let around = std::mem::take(&mut self.trail.now);
        let made = work(self);
        let notes = std::mem::replace(&mut self.trail.now, around);
        self.trail.close(node, notes);
        made
    }
}
