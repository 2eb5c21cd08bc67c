use crate::rotation::traits::{Clock, Moment};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The time as the command line tells it. A machine that was suspended notices within half a minute.
pub(super) struct Ticking {
    pub now: fn() -> Moment,
    /// By how many seconds the clock that counts is ahead of it.
    pub ahead: Moment,
}

const LOOK: u64 = 30;
/// The clock has seconds, so that a wait for the next one may be over at once.
const LEAST: Duration = Duration::from_millis(50);

impl Clock for Ticking {
    fn now(&self) -> Moment {
        (self.now)() + self.ahead
    }

    fn sleep(&self, until: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            loop {
                let left = (until - self.now()).max(0).unsigned_abs();
                tokio::time::sleep(Duration::from_secs(left.min(LOOK)).max(LEAST)).await;
                if self.now() >= until {
                    return;
                }
            }
        })
    }
}
