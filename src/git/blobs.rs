use crate::source::{BlobError, Blobs};
use std::sync::{Mutex, PoisonError};

/// The objects of a repository, for any thread.
pub(super) struct ObjectBlobs {
    repository: gix::ThreadSafeRepository,
    /// A handle can be used by one thread at a time, and opening one costs more than reading a file.
    idle: Mutex<Vec<gix::Repository>>,
}

impl ObjectBlobs {
    pub fn new(repository: gix::ThreadSafeRepository) -> Self {
        ObjectBlobs { repository, idle: Mutex::default() }
    }

    fn with<T>(&self, work: impl FnOnce(&gix::Repository) -> T) -> T {
        // A thread that panicked has left the list as it was.
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = idle().pop().unwrap_or_else(|| self.repository.to_thread_local());
        let result = work(&handle);
        idle().push(handle);
        result
    }
}

impl std::fmt::Debug for ObjectBlobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ObjectBlobs").finish_non_exhaustive()
    }
}

impl Blobs for ObjectBlobs {
    fn names_content(&self) -> bool {
        true
    }

    fn read(&self, blob: &str, limit: u64) -> Result<Vec<u8>, BlobError> {
        let unreadable = |error: &dyn std::fmt::Display| {
            BlobError::Unreadable(format!("object {blob} of the repository is missing or damaged ({error})"))
        };
        let id = gix::ObjectId::from_hex(blob.as_bytes()).map_err(|error| unreadable(&error))?;
        self.with(|repository| {
            // The size is asked first, so that nothing enormous is unpacked.
            let size = repository.find_header(id).map_err(|error| unreadable(&error))?.size();
            if size > limit {
                return Err(BlobError::TooLarge(size));
            }
            let mut object = repository.find_object(id).map_err(|error| unreadable(&error))?;
            match object.kind {
                gix::object::Kind::Blob => Ok(std::mem::take(&mut object.data)),
                _ => Err(unreadable(&"it is no file")),
            }
        })
    }
}
