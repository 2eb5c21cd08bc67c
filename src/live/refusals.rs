use crate::rotation::Denial;
use std::collections::BTreeMap;

/// Questions without an answer, by action: what is not known for that, how often, and the words of the first one.
#[derive(Debug, Default)]
pub(super) struct Refusals(BTreeMap<&'static str, (&'static str, usize, String)>);

impl Refusals {
    pub fn note(&mut self, action: &'static str, missing: &'static str, denial: &Denial) {
        let known = self.0.entry(action).or_insert_with(|| (missing, 0, denial.message.clone()));
        known.1 += 1;
    }

    /// What was told in another way.
    pub fn forget(&mut self, action: &str) {
        self.0.remove(action);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One sentence each.
    pub fn gaps(self) -> Vec<String> {
        let gap = |(action, (missing, count, said)): (_, (_, usize, _))| {
            let often = if count == 1 { String::new() } else { format!(", {count} times") };
            format!("{missing}: {action} failed{often} ({said})")
        };
        self.0.into_iter().map(gap).collect()
    }
}
