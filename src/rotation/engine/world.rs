use crate::rotation::traits::{Check, Clock, Failure, FailureKind, Issuer, Key, KeyId, Sink};

/// Everything that a run acts on.
pub struct World<'a> {
    pub issuer: &'a dyn Issuer,
    pub sinks: Vec<&'a dyn Sink>,
    pub check: &'a dyn Check,
    pub clock: &'a dyn Clock,
}

impl std::fmt::Debug for World<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sinks: Vec<_> = self.sinks.iter().map(|sink| sink.name()).collect();
        out.debug_struct("World").field("issuer", &self.issuer.name()).field("sinks", &sinks).finish()
    }
}

impl World<'_> {
    /// Before a new one is made: what is deleted in the end has to be what the places hold, and until then there has
    /// to be a way back. Gives what will show that something was made by this attempt.
    pub async fn prepare(&self, old: &KeyId) -> Result<Option<String>, Failure> {
        let never = |why: String| Err(Failure::new(FailureKind::Never, why));
        if let Some(old) = self.find(old).await?
            && !self.issuer.is_of(&old).await?
        {
            return never(format!("the secret that is found beside {} is that of another one", old.id.0));
        }
        let (mut kept, mut forgetful) = (false, None);
        for sink in self.sinks.iter().filter(|sink| sink.gives_back()) {
            match sink.keeps().await? {
                true => kept = true,
                false => forgetful = Some(sink.name()),
            }
        }
        if let (false, Some(name)) = (kept, forgetful) {
            return never(format!(
                "{name} keeps nothing of what was there before, so that there would be no way back"
            ));
        }
        self.issuer.prepare().await
    }

    /// The value of one, from any place that has it.
    pub(super) async fn find(&self, id: &KeyId) -> Result<Option<Key>, Failure> {
        for sink in &self.sinks {
            if let Some(key) = sink.read(id).await? {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }
}
