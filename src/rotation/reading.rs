//! Looking at what an account lists. It changes nothing, so whatever may pass is asked again.

use super::traits::{Clock, Failure, FailureKind, Moment};

/// How long one question is asked again while the service asks for patience.
const PATIENCE: Moment = 120;
/// How often a server that does not answer is tried.
const TRIES: u32 = 3;
/// A service that goes on forever is wrong.
pub(super) const MAX_PAGES: usize = 10_000;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// As the service calls it; empty where there was no answer at all.
    pub code: String,
    pub message: String,
}

impl Denial {
    pub fn is_missing(&self) -> bool {
        matches!(self.code.as_str(), "NoSuchEntity" | "NotFound" | "NOT_FOUND")
    }

    pub(super) fn unreadable(question: &str) -> Self {
        Denial { code: String::new(), message: format!("{question}: the answer cannot be read") }
    }

    /// Nobody else is asked, nor given the token.
    pub(super) fn astray(question: &str) -> Self {
        Denial { code: String::new(), message: format!("{question}: the list goes on at another address") }
    }

    pub(super) fn endless(question: &str) -> Self {
        Denial { code: String::new(), message: format!("{question}: the list does not end") }
    }
}

/// An answer that is no success.
pub(super) struct Refusal {
    /// Empty where there was no answer at all.
    pub code: String,
    pub failure: Failure,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Refusal { code: String::new(), failure }
    }
}

/// What is worth asking again; where the service asks for patience, for long.
pub(super) fn passing(status: u16, patience: bool) -> FailureKind {
    match status {
        _ if patience => FailureKind::Later,
        200 | 408 | 500.. => FailureKind::Unclear,
        _ => FailureKind::Never,
    }
}

/// Asks until there is an answer, or there will be none.
pub(super) async fn patiently<T, F>(clock: &dyn Clock, ask: impl Fn() -> F) -> Result<T, Denial>
where
    F: Future<Output = Result<T, Refusal>>,
{
    let begun = clock.now();
    let (mut tries, mut wait) = (0, 1);
    loop {
        let refusal = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(refusal) => refusal,
        };
        tries += 1;
        let waited = clock.now() - begun;
        let again = match refusal.failure.kind {
            FailureKind::Later if !refusal.code.is_empty() => waited + wait <= PATIENCE,
            FailureKind::Later | FailureKind::Unclear => tries < TRIES,
            FailureKind::Full | FailureKind::Never => false,
        };
        if !again {
            return Err(Denial { code: refusal.code, message: refusal.failure.message });
        }
        clock.sleep(clock.now() + wait).await;
        wait = (wait * 2).min(16);
    }
}

/// Does several things at once, but not too many, and keeps their order.
pub async fn several<J, T>(jobs: impl IntoIterator<Item = J>) -> Vec<T>
where
    J: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    const AT_ONCE: usize = 6;
    let mut jobs = jobs.into_iter().enumerate();
    let mut running = tokio::task::JoinSet::new();
    let mut done = Vec::new();
    loop {
        while running.len() < AT_ONCE
            && let Some((at, job)) = jobs.next()
        {
            running.spawn(async move { (at, job.await) });
        }
        match running.join_next().await {
            Some(Ok(one)) => done.push(one),
            // None of them is cancelled, so it panicked, which is ours to hear.
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => break,
        }
    }
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, one)| one).collect()
}
