use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a process claimed, until when it may act on it. Every copy sees the same end, which moves as the lease is
/// renewed.
#[derive(Clone, Debug)]
pub struct Lease {
    end: Arc<Mutex<Option<Instant>>>,
    tick: fn() -> Instant,
}

impl Lease {
    pub(super) fn new(tick: fn() -> Instant) -> Self {
        Lease { end: Arc::default(), tick }
    }

    pub(super) fn now(&self) -> Instant {
        (self.tick)()
    }

    /// Without an end there is none.
    pub(super) fn set(&self, end: Option<Instant>) {
        *self.end() = end;
    }

    /// A lease that was given up meanwhile stays so.
    pub(super) fn renew(&self, end: Instant) {
        if let Some(known) = self.end().as_mut() {
            *known = end;
        }
    }

    fn left(&self) -> Option<Duration> {
        self.end().and_then(|end| end.checked_duration_since(self.now())).filter(|left| !left.is_zero())
    }

    fn end(&self) -> MutexGuard<'_, Option<Instant>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody else may have it already.
    pub fn is_over(&self) -> bool {
        self.left().is_none()
    }

    /// Does something for as long as the lease holds; `None` when that ended first.
    pub async fn hold<T>(&self, doing: impl Future<Output = T>) -> Option<T> {
        let mut doing = pin!(doing);
        loop {
            let left = self.left()?;
            if let Ok(done) = tokio::time::timeout(left, doing.as_mut()).await {
                return Some(done);
            }
        }
    }
}
