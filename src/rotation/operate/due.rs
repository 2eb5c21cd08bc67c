use super::{OperateError, Operator, block_on};
use crate::dates::human;
use crate::rotation::traits::{KeyId, LONG_AGO, Moment};
use jiff::SignedDuration;

/// How old a credential is, by its issuer, against its limit.
#[derive(Clone, Debug)]
pub struct Due {
    pub key: KeyId,
    /// Of the oldest one that can still be used: as long as an old one is not deleted, it counts.
    pub age: Option<SignedDuration>,
    pub limit: Option<SignedDuration>,
    /// In words, when it is due.
    pub because: Option<String>,
}

impl Operator<'_> {
    pub fn due(&self) -> Result<Due, OperateError> {
        let parts = self.parts()?;
        let limit = self.terms().max_age;
        let (key, keys) = block_on(async {
            let key = self.current(&parts).await?;
            Ok::<_, OperateError>((key, parts.issuer.list().await.map_err(OperateError::World)?))
        })??;
        let now: Moment = parts.clock.now();
        let oldest = keys.iter().min_by_key(|listed| listed.created.unwrap_or(Moment::MAX));
        let made = oldest.and_then(|listed| listed.created).filter(|made| *made != LONG_AGO);
        let age = made.map(|made| SignedDuration::from_secs((now - made).max(0)));
        let because = match (age, limit, oldest) {
            (Some(age), Some(limit), Some(oldest)) if age > limit => {
                let days = SignedDuration::from_hours(age.as_hours());
                Some(format!("{} is {} old, and {} are allowed", oldest.id.0, human(days), human(limit)))
            }
            _ => None,
        };
        Ok(Due { key, age, limit, because })
    }
}
