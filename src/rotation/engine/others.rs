//! Runs of the same journal that make keys of the same issuer at the same time.

use super::decide::strays;
use super::{Effect, Engine, Entry, Event, LOSS, Next, Sight};
use crate::rotation::journal::JournalError;
use crate::rotation::traits::{KeyId, Moment};
use std::collections::{BTreeMap, HashSet};

/// What the other runs of an issuer made, and when those asked for one that have no answer yet.
#[derive(Default)]
struct Others {
    issuer: BTreeMap<String, bool>,
    made: HashSet<KeyId>,
    asked: BTreeMap<String, Moment>,
}

impl Engine<'_> {
    /// Marks what another run made, where nothing else shows whose it is. As long as one of them waits for an answer,
    /// nobody can tell.
    pub(super) fn is_of_others(&self, sight: &mut Sight) -> Result<Option<Next>, JournalError> {
        let Some(doubt) = self.state.doubt.as_ref().filter(|doubt| doubt.mark.is_none()) else {
            return Ok(None);
        };
        let found: HashSet<KeyId> = strays(&self.state, sight).cloned().collect();
        if found.is_empty() {
            return Ok(None);
        }
        let mut others = Others::default();
        for link in self.journal.links()? {
            let entry = serde_json::from_str(&link.body);
            let entry: Entry = entry.map_err(|_| JournalError::Unreadable(link.number))?;
            if entry.run != self.state.run {
                others.note(&entry, &self.state.job.issuer);
            }
        }
        for key in &mut sight.keys {
            key.foreign |= others.made.contains(&key.id);
        }
        let waits = strays(&self.state, sight).next().is_some();
        let until = others.asked.values().map(|at| at + self.state.job.settle + LOSS);
        let until = until.filter(|until| waits && sight.now < *until && doubt.at <= *until).max();
        let why = "another run may have made what this one does not know".to_owned();
        Ok(until.map(|until| Next::Wait { until, why }))
    }
}

impl Others {
    fn note(&mut self, entry: &Entry, issuer: &str) {
        match &entry.event {
            Event::Started { job } => {
                self.issuer.insert(entry.run.clone(), job.issuer == issuer);
            }
            _ if self.issuer.get(&entry.run) != Some(&true) => {}
            Event::Will { doing: Effect::Create { .. }, .. } => {
                self.asked.insert(entry.run.clone(), entry.at);
            }
            Event::Did { doing: Effect::Create { .. }, made, .. } => {
                self.made.extend(made.clone());
                self.asked.remove(&entry.run);
            }
            Event::Failed { doing: Effect::Create { .. }, .. } => {
                self.asked.remove(&entry.run);
            }
            _ => {}
        }
    }
}
