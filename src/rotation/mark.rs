//! What shows with which attempt something was made.

use super::traits::{Failure, FailureKind};
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::{Mutex, PoisonError};

/// Six random bytes, as PostgreSQL has room for no more in the name of a role.
const BYTES: usize = 6;

/// The mark of the next one, which is written down before that is made.
#[derive(Debug, Default)]
pub(super) struct NextMark(Mutex<Option<String>>);

impl NextMark {
    /// A new one.
    pub fn choose(&self) -> Result<String, Failure> {
        let mut bytes = [0; BYTES];
        let random = SystemRandom::new().fill(&mut bytes);
        random.map_err(|_| Failure::new(FailureKind::Later, "the machine gives no random numbers"))?;
        let mark: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(mark.clone());
        Ok(mark)
    }

    /// The one that was chosen, once.
    pub fn take(&self) -> Result<String, Failure> {
        let mark = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        mark.ok_or_else(|| Failure::new(FailureKind::Later, "no mark was chosen for it"))
    }

    /// Whether a text may be one.
    pub fn is_one(text: &str) -> bool {
        text.len() == 2 * BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    }
}
