//! Evaluations of the root modules that somebody is typing in, so that each keystroke computes what it reaches.

use crate::eval::{Inputs, Kept, Project, evaluate_again};
use crate::source::News;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// What is kept for the next change.
#[derive(Debug, Default)]
pub(super) struct Evaluations {
    kept: Mutex<BTreeMap<String, Kept>>,
    /// Root modules of which nothing can be kept.
    hopeless: BTreeSet<String>,
}

/// Root modules of which evaluations are kept, and what evaluating all of them may take, in small expressions.
const MAX_KEPT: usize = 12;
const MAX_WORK: u64 = 2_500_000;

impl Evaluations {
    pub fn clear(&mut self) {
        *self = Evaluations::default();
    }

    /// Forgets those that read what has changed, other than as code.
    pub fn forget(&mut self, news: &News) {
        self.all().retain(|_, kept| kept.holds(news.changed.iter()));
    }

    pub fn take(&self, root: &str) -> Option<Kept> {
        self.locked().remove(root)
    }

    pub fn put(&self, root: &str, kept: Option<Kept>) {
        if let Some(kept) = kept {
            self.locked().insert(root.to_owned(), kept);
        }
    }

    /// Which root modules to evaluate so that the next change of them is quick, of those that open documents are in and
    /// with the work that they take: the hardest first. Of others nothing is kept; they come second.
    pub fn wanted(&mut self, mut roots: Vec<(String, u64)>) -> (Vec<String>, Vec<String>) {
        roots.retain(|(root, _)| !self.hopeless.contains(root));
        roots.sort_by_key(|(_, work)| std::cmp::Reverse(*work));
        let mut sum = 0;
        roots.retain(|(_, work)| {
            let fits = sum + work <= MAX_WORK;
            sum += if fits { *work } else { 0 };
            fits
        });
        roots.truncate(MAX_KEPT);
        let kept = self.all();
        let is_wanted = |root: &String| roots.iter().any(|(wanted, _)| wanted == root);
        let given_up = kept.keys().filter(|root| !is_wanted(root)).cloned().collect();
        kept.retain(|root, _| is_wanted(root));
        let new = roots.into_iter().map(|(root, _)| root).filter(|root| !kept.contains_key(root)).collect();
        (new, given_up)
    }

    /// Evaluates a root module for the first time. What it comes to shares its values with what is kept.
    pub fn begin(&mut self, inputs: &Inputs<'_>, root: &str) -> Option<Project> {
        let (project, kept) = evaluate_again(inputs, root, None);
        let Some(kept) = kept else {
            self.hopeless.insert(root.to_owned());
            return None;
        };
        self.all().insert(root.to_owned(), kept);
        Some(project)
    }

    fn all(&mut self) -> &mut BTreeMap<String, Kept> {
        self.kept.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
