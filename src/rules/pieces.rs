//! Putting findings together where one part of them is new: only what shares a file with it has to be looked at.
//!
//! What is said of one cause is in one file, or in files that a finding or an absorption connects. So findings fall
//! into pieces that have no file in common, and each can be put together by itself.

use super::engine::{Absorbed, Outcome};
use super::merge::together;
use crate::diagnostic::Finding;
use crate::source::FileId;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// What a root module, or a rule over the whole scan, said.
#[derive(Debug)]
pub struct Part {
    pub outcome: Arc<Outcome>,
    clusters: Vec<Cluster>,
}

/// What of a part is connected. Of its findings and absorptions these are the places.
#[derive(Debug, Default)]
struct Cluster {
    files: Vec<FileId>,
    findings: Vec<u32>,
    absorbed: Vec<u32>,
    /// What it comes to where no other part is about the same files.
    alone: OnceLock<Arc<Piece>>,
}

/// Findings that were put together.
#[derive(Debug)]
pub struct Piece {
    pub all: Vec<Arc<Finding>>,
    /// Those of each file that readers see, in their order.
    pub seen: Vec<(FileId, Arc<Vec<Arc<Finding>>>)>,
    made_of: Vec<Origin>,
}

/// A cluster of a part.
#[derive(Clone, Debug)]
struct Origin {
    part: Arc<Part>,
    cluster: u32,
}

/// Pieces that several parts have to do with, as they were last time.
#[derive(Debug, Default)]
pub struct Pieces(HashMap<FileId, Arc<Piece>>);

/// Which findings readers see, and in which order.
type See<'a> = &'a dyn Fn(&[Arc<Finding>]) -> Vec<Arc<Finding>>;

impl Part {
    pub fn new(outcome: Arc<Outcome>) -> Self {
        let clusters = clusters(&outcome);
        Part { outcome, clusters }
    }
}

impl Pieces {
    /// Everything that `parts` say, in pieces. `see` depends on nothing but the findings, and on what has not changed
    /// since the last time.
    pub fn put_together(&mut self, parts: &[Arc<Part>], see: See<'_>) -> Vec<Arc<Piece>> {
        let all: Vec<(usize, u32)> = parts
            .iter()
            .enumerate()
            .flat_map(|(at, part)| (0..part.clusters.len() as u32).map(move |cluster| (at, cluster)))
            .collect();
        let cluster = |at: usize| &parts[all[at].0].clusters[all[at].1 as usize];
        let groups = connected(all.len(), |at| cluster(at).files.iter().copied());
        let mut shared = HashMap::new();
        let mut pieces = Vec::with_capacity(groups.len());
        for group in groups {
            if let [at] = group.as_slice() {
                let (part, of) = (&parts[all[*at].0], cluster(*at));
                let from = || Origin { part: part.clone(), cluster: all[*at].1 };
                let make = || Arc::new(Piece::new(&[from()], see, Vec::new()));
                pieces.push(of.alone.get_or_init(make).clone());
                continue;
            }
            let Some(name) = group.first().and_then(|at| cluster(*at).files.first()).copied() else {
                continue;
            };
            let origin = |at: &usize| Origin { part: parts[all[*at].0].clone(), cluster: all[*at].1 };
            let made_of: Vec<Origin> = group.iter().map(origin).collect();
            let known = self.0.remove(&name).filter(|piece| piece.is_made_of(&made_of));
            let piece = known.unwrap_or_else(|| Arc::new(Piece::new(&made_of, see, made_of.clone())));
            shared.insert(name, piece.clone());
            pieces.push(piece);
        }
        self.0 = shared;
        pieces
    }
}

impl Piece {
    fn new(from: &[Origin], see: See<'_>, made_of: Vec<Origin>) -> Self {
        let (mut findings, mut absorbed): (Vec<Arc<Finding>>, Vec<Absorbed>) = Default::default();
        for Origin { part, cluster } in from {
            let Cluster { findings: own, absorbed: also, .. } = &part.clusters[*cluster as usize];
            findings.extend(own.iter().map(|at| part.outcome.findings[*at as usize].clone()));
            absorbed.extend(also.iter().map(|at| part.outcome.absorbed[*at as usize].clone()));
        }
        let all = together(findings, &absorbed);
        Piece { seen: by_file(see(&all)), all, made_of }
    }

    fn is_made_of(&self, other: &[Origin]) -> bool {
        let mut pairs = self.made_of.iter().zip(other);
        self.made_of.len() == other.len()
            && pairs
                .all(|(left, right)| Arc::ptr_eq(&left.part, &right.part) && left.cluster == right.cluster)
    }
}

/// Findings by their file, those of each in the order that they have.
pub fn by_file(findings: Vec<Arc<Finding>>) -> Vec<(FileId, Arc<Vec<Arc<Finding>>>)> {
    let mut found: Vec<(FileId, Vec<Arc<Finding>>)> = Vec::new();
    let mut places: HashMap<FileId, usize> = HashMap::new();
    for finding in findings {
        let file = finding.span().file;
        let at = *places.entry(file).or_insert_with(|| {
            found.push((file, Vec::new()));
            found.len() - 1
        });
        found[at].1.push(finding);
    }
    found.into_iter().map(|(file, findings)| (file, Arc::new(findings))).collect()
}

/// Files that a finding connects.
fn files_of(finding: &Finding) -> impl Iterator<Item = FileId> + '_ {
    finding.sites.iter().map(|site| site.span.file).chain(finding.root.map(|root| root.file))
}

fn clusters(outcome: &Outcome) -> Vec<Cluster> {
    let count = outcome.findings.len();
    let files = |at: usize| -> Vec<FileId> {
        match at.checked_sub(count) {
            None => files_of(&outcome.findings[at]).collect(),
            Some(at) => vec![outcome.absorbed[at].by.1.file, outcome.absorbed[at].span.file],
        }
    };
    let groups = connected(count + outcome.absorbed.len(), |at| files(at).into_iter());
    let clusters = groups.into_iter().map(|group| {
        let mut cluster = Cluster::default();
        for at in group {
            cluster.files.extend(files(at));
            match at.checked_sub(count) {
                None => cluster.findings.push(at as u32),
                Some(at) => cluster.absorbed.push(at as u32),
            }
        }
        cluster.files.sort_unstable();
        cluster.files.dedup();
        cluster
    });
    clusters.collect()
}

/// Which of so many things have a file in common, directly or by way of others. The things of a group are in order,
/// and so are the groups by their first.
fn connected<I: Iterator<Item = FileId>>(count: usize, files: impl Fn(usize) -> I) -> Vec<Vec<usize>> {
    let mut above: Vec<usize> = (0..count).collect();
    let mut first: HashMap<FileId, usize> = HashMap::with_capacity(count);
    for at in 0..count {
        for file in files(at) {
            let other = *first.entry(file).or_insert(at);
            let (left, right) = (top(&mut above, at), top(&mut above, other));
            above[left.max(right)] = left.min(right);
        }
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut places = vec![usize::MAX; count];
    for at in 0..count {
        let top = top(&mut above, at);
        if top == at {
            places[at] = groups.len();
            groups.push(vec![at]);
        } else {
            groups[places[top]].push(at);
        }
    }
    groups
}

/// The first thing that one is connected with. The way there is made shorter.
fn top(above: &mut [usize], mut at: usize) -> usize {
    while above[at] != at {
        above[at] = above[above[at]];
        at = above[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_connected_by_way_of_others() {
        let files = [vec![1], vec![2], vec![3, 4], vec![4, 1], vec![], vec![2]];
        let groups = connected(files.len(), |at| files[at].iter().map(|file| FileId(*file)));
        assert_eq!(groups, [vec![0, 2, 3], vec![1, 5], vec![4]]);
    }
}
