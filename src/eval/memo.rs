//! What others work out of something that does not change any more, kept beside it.

use std::any::{Any, TypeId};
use std::sync::{Arc, Mutex, PoisonError};

/// One thing of each type.
#[derive(Default)]
pub struct Memo(Mutex<Vec<(TypeId, Note)>>);

type Note = Arc<dyn Any + Send + Sync>;

impl std::fmt::Debug for Memo {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Memo")
    }
}

impl Memo {
    /// What is there of this type; made when it is asked for first.
    pub fn get<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        if let Some(known) = self.known() {
            return known;
        }
        let made = Arc::new(make());
        // Another thread may have made it meanwhile: it is the same.
        self.known().unwrap_or_else(|| {
            self.notes().push((TypeId::of::<T>(), made.clone()));
            made
        })
    }

    /// The same where nothing may be kept.
    pub fn maybe<T: Any + Send + Sync>(memo: Option<&Memo>, make: impl FnOnce() -> T) -> Arc<T> {
        match memo {
            Some(memo) => memo.get(make),
            None => Arc::new(make()),
        }
    }

    /// Gives back what is kept.
    pub fn clear(&self) {
        *self.notes() = Vec::new();
    }

    fn known<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        let known =
            self.notes().iter().find(|(id, _)| *id == TypeId::of::<T>()).map(|(_, note)| note.clone());
        known?.downcast().ok()
    }

    /// A thread that panicked has left them as they were.
    fn notes(&self) -> std::sync::MutexGuard<'_, Vec<(TypeId, Note)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_is_made_once() {
        let memo = Memo::default();
        assert_eq!(*memo.get(|| 1_u8), 1);
        assert_eq!(*memo.get(|| 2_u8), 1);
        assert_eq!(*memo.get(|| "text".to_owned()), "text");
        memo.clear();
        assert_eq!(*memo.get(|| 2_u8), 2);
    }
}
