//! What the text of all files says of the outputs of modules. It is asked of few names, and each is looked for once.

use crate::source::{SourceFile, SourceMap, Word};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

/// Names with their answers.
pub(super) type Asked = BTreeMap<String, bool>;

/// In how many files a name was found.
#[derive(Debug, Default)]
pub struct Mentions {
    counts: Mutex<HashMap<String, usize>>,
}

impl Mentions {
    /// Whether a line anywhere takes an output of this name, or of a longer one, from a module.
    pub(super) fn output_is_taken(&self, sources: &SourceMap, name: &str) -> bool {
        // A thread that panicked has left the map as it was.
        let known = || self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = known().get(name) {
            return *count > 0;
        }
        let count = sources.iter().filter(|file| takes(file, name)).count();
        known().insert(name.to_owned(), count);
        count > 0
    }

    /// A file has another content, has come or has gone.
    pub fn replace(&mut self, before: Option<&SourceFile>, after: Option<&SourceFile>) {
        let counts = self.counts.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (name, count) in counts {
            let holds = |file: Option<&SourceFile>| usize::from(file.is_some_and(|file| takes(file, name)));
            *count = (*count + holds(after)).saturating_sub(holds(before));
        }
    }
}

fn takes(file: &SourceFile, name: &str) -> bool {
    if !file.has(Word::Module) {
        return false;
    }
    let taken = format!(".{name}");
    file.text.lines().any(|line| line.contains(&taken) && line.contains(Word::Module.text()))
}
