//! The key that the exchange itself is made with may be the one that is exchanged.

use super::Engine;
use crate::rotation::traits::Failure;

impl Engine<'_> {
    /// Goes on with the new key once that was proven, and with the old one again on the way back, before the other
    /// one ends.
    pub(super) async fn take_over(&mut self) -> Result<(), Failure> {
        let Some(acting) = self.world.issuer.acts_with() else { return Ok(()) };
        let (old, Some(new)) = (&self.state.job.old, &self.state.new) else { return Ok(()) };
        let wanted = match self.state.back.is_some() {
            // Only the new one is there to enable the old one with.
            true if !self.state.restored => new,
            true => old,
            false if self.state.proven => new,
            false => old,
        };
        if acting == *wanted || (acting != *old && acting != *new) {
            return Ok(());
        }
        let known = self.new.clone().filter(|key| key.id == *wanted);
        let key = match known {
            Some(key) => Some(key),
            None => self.world.find(wanted).await?,
        };
        if let Some(key) = key {
            self.world.issuer.act_with(&key);
        }
        Ok(())
    }
}
