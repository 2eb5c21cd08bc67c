use super::{Done, Effect, Engine, lost};
use crate::rotation::traits::{Failure, FailureKind, Key, KeyId, Sink};

impl Engine<'_> {
    /// Does one thing, and tells what was made.
    pub(super) async fn effect(&mut self, effect: &Effect, token: &str) -> Result<Done, Failure> {
        match effect {
            Effect::Create { .. } => {
                let key = self.world.issuer.create(token).await?;
                let id = key.id.clone();
                self.new = Some(key);
                return Ok(Done { made: Some(id), stamp: None });
            }
            Effect::Discard { key } => {
                self.forget(key);
                // One that was never published may have been staged.
                for sink in &self.world.sinks {
                    sink.unstage(key).await?;
                }
                self.world.issuer.delete(key).await?;
            }
            Effect::Stage { sink, key } => {
                let value = self.new_key(key).await?.ok_or_else(|| lost(key))?;
                self.world.sinks[*sink].stage(token, &value).await?;
            }
            Effect::Promote { sink, key } => {
                let value = self.new_key(key).await?;
                self.world.sinks[*sink].promote(token, key, value.as_ref()).await?;
                return self.stamped(*sink).await;
            }
            Effect::Revert { sink, key } => {
                self.revert(self.world.sinks[*sink], token, key).await?;
                return self.stamped(*sink).await;
            }
            Effect::Unstage { sink, key } => self.world.sinks[*sink].unstage(key).await?,
            Effect::ProveFresh { key } => {
                let value = self.new_key(key).await?.ok_or_else(|| lost(key))?;
                self.expect(&value, true).await?;
            }
            Effect::Reload { .. } => {
                for reload in &self.reloads {
                    reload.reload().await?;
                }
            }
            Effect::ProveNew { key } => self.prove_everywhere(key).await?,
            Effect::ProveRefused { key } => {
                let value = self.world.find(key).await?.ok_or_else(|| lost(key))?;
                self.expect(&value, false).await?;
            }
            Effect::ProveRestored { key } => {
                let value = self.world.find(key).await?.ok_or_else(|| lost(key))?;
                self.expect(&value, true).await?;
            }
            Effect::Disable { key } => {
                // Without its value nobody could see that it is refused, nor go back to it.
                self.world.find(key).await?.ok_or_else(|| lost(key))?;
                self.world.issuer.disable(key).await?;
            }
            Effect::Enable { key } => self.world.issuer.enable(key).await?,
            Effect::Delete { key } => {
                // Without its value nobody could see afterwards that it is refused.
                if *key == self.state.job.old && !self.world.issuer.disables() {
                    self.world.find(key).await?.ok_or_else(|| lost(key))?;
                }
                self.world.issuer.delete(key).await?;
                self.forget(key);
            }
        }
        Ok(Done::default())
    }

    /// A place that does not have it any more, or gives nothing back, gets it from another one.
    async fn revert(&self, sink: &dyn Sink, token: &str, key: &KeyId) -> Result<(), Failure> {
        let gone = match sink.gives_back() {
            true => match sink.revert(token, key).await {
                Err(failure) if failure.kind == FailureKind::Never => failure,
                done => return done,
            },
            false => lost(key),
        };
        let value = self.world.find(key).await?.ok_or(gone)?;
        if sink.stages() {
            sink.stage(token, &value).await?;
        }
        sink.promote(token, key, Some(&value)).await
    }

    /// How the last write shows in a place that does not say what it holds.
    async fn stamped(&self, sink: usize) -> Result<Done, Failure> {
        let sink = self.world.sinks[sink];
        match sink.gives_back() {
            true => Ok(Done::default()),
            false => Ok(Done { made: None, stamp: sink.look().await?.stamp }),
        }
    }

    /// As consumers would: what each sink gives is what is used.
    async fn prove_everywhere(&self, id: &KeyId) -> Result<(), Failure> {
        let mut known = None;
        for (at, sink) in self.world.sinks.iter().enumerate() {
            if !sink.gives_back() {
                let held = self.state.held_at(at, &sink.look().await?).0.current;
                if held.as_ref() != Some(id) {
                    let why = format!("{} was written by somebody else", sink.name());
                    return Err(Failure::new(FailureKind::Later, why));
                }
                continue;
            }
            let value = sink.read(id).await?.ok_or_else(|| lost(id))?;
            self.expect(&value, true).await?;
            known.get_or_insert(value);
        }
        for probe in &self.probes {
            probe.is_well(known.as_ref().ok_or_else(|| lost(id))?).await?;
        }
        Ok(())
    }

    async fn expect(&self, key: &Key, wanted: bool) -> Result<(), Failure> {
        let accepted = self.world.check.accepted(key).await?;
        match accepted == wanted {
            true => Ok(()),
            false => {
                let still = if accepted { "is still accepted" } else { "is not accepted yet" };
                Err(Failure::new(FailureKind::Later, format!("{} {still}", key.id.0)))
            }
        }
    }

    fn forget(&mut self, id: &KeyId) {
        if self.new.as_ref().is_some_and(|key| key.id == *id) {
            self.new = None;
        }
    }
}
