use super::{Journal, JournalError, Link, busy, link};
use crate::rotation::engine::{Entry, Event};

/// A journal that lives as long as the process. For tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    entries: Vec<Entry>,
    links: Vec<Link>,
}

impl Journal for MemoryJournal {
    fn begin(&mut self, started: Entry) -> Result<(), JournalError> {
        if let Event::Started { job } = &started.event
            && let Some(run) = busy(&self.entries, &job.credential)
        {
            return Err(JournalError::Busy { credential: job.credential.clone(), run });
        }
        if self.entries.iter().any(|entry| entry.run == started.run) {
            return Err(JournalError::Taken(started.run));
        }
        self.append(&started)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), JournalError> {
        self.links.push(link(self.links.last(), entry)?);
        self.entries.push(entry.clone());
        Ok(())
    }

    fn entries(&self, run: &str) -> Result<Vec<Entry>, JournalError> {
        Ok(self.entries.iter().filter(|entry| entry.run == run).cloned().collect())
    }

    fn links(&self) -> Result<Vec<Link>, JournalError> {
        Ok(self.links.clone())
    }
}
