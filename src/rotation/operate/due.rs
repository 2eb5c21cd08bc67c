use super::{OperateError, Operator, block_on};
use crate::dates::{human, seconds};
use crate::rotation::traits::{KeyId, LONG_AGO, Listed, Moment};
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
        let parts = self.parts(0)?;
        let limit = self.terms().max_age;
        let (key, keys) = block_on(async {
            let key = self.current(&parts).await?;
            let listed = parts.issuer.look(std::slice::from_ref(&key), false).await;
            Ok::<_, OperateError>((key, listed.map_err(OperateError::World)?))
        })??;
        let now: Moment = parts.clock.now();
        let dated = |listed: &&Listed| listed.created.is_some_and(|made| made != LONG_AGO);
        // Others without a date may be anybody's, and exchanging this one ends none of those that surely are. What has
        // ended opens nothing any more.
        let has_ended = |listed: &Listed| listed.ends.is_some_and(|end| end <= now);
        let counts =
            |listed: &&Listed| listed.id == key || (dated(listed) && !listed.foreign && !has_ended(listed));
        let oldest = keys.iter().filter(counts).min_by_key(|listed| listed.created.unwrap_or(LONG_AGO));
        let made = oldest.filter(dated).and_then(|listed| listed.created);
        let age = made.map(|made| SignedDuration::from_secs((now - made).max(0)));
        let because = match (age, limit, oldest) {
            (Some(age), Some(limit), Some(oldest)) if age > limit => {
                let days = SignedDuration::from_hours(age.as_hours());
                Some(format!("{} is {} old, and {} are allowed", oldest.id.0, human(days), human(limit)))
            }
            // Exchanging it once makes it known.
            (None, Some(limit), Some(oldest)) => {
                Some(format!("it is not known how old {} is, and {} are allowed", oldest.id.0, human(limit)))
            }
            _ => None,
        };
        let current = keys.iter().find(|listed| listed.id == key);
        let because = because.or_else(|| current.and_then(|listed| self.ends_soon(listed, now)));
        Ok(Due { key, age, limit, because })
    }

    /// What ends by itself is due when a third of its life is left, if nothing else is said.
    fn ends_soon(&self, listed: &Listed, now: Moment) -> Option<String> {
        let ends = listed.ends?;
        let before = match self.target.issuer.renew_before() {
            Some(before) => before.as_secs(),
            None => (ends - listed.created?) / 3,
        };
        if ends - now > before {
            return None;
        }
        let (id, in_whole) = (&listed.id.0, |length: i64| human(seconds(length)));
        Some(match ends > now {
            true => {
                let (left, before) = (in_whole(ends - now), in_whole(before));
                format!("{id} ends in {left}, and is renewed {before} before its end")
            }
            false => format!("{id} has ended"),
        })
    }
}
