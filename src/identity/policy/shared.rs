//! Policy documents that several ask for, each read once.

use super::aws::{Tag, document};
use crate::eval::value::{Place, Value};
use crate::eval::{Memo, Resource, computed};
use crate::iam::aws::{self, Document, Statement, managed_policies};
use std::any::Any;
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

/// A document, with what was worked out of it where its resource is likely to be looked at again.
#[derive(Clone, Debug)]
pub struct SharedDocument {
    document: Arc<Document<Tag>>,
    memo: Option<Arc<Memo>>,
}

impl SharedDocument {
    /// What is worked out of the document and of nothing else that changes, once for as long as it is there.
    pub fn note<T: Any + Send + Sync>(&self, make: impl FnOnce(&Document<Tag>) -> T) -> Arc<T> {
        Memo::maybe(self.memo.as_deref(), || make(&self.document))
    }

    /// Leaves out statements.
    pub fn retain(&mut self, keep: impl Fn(&Statement<Tag>) -> bool) {
        if !self.statements.iter().all(&keep) {
            self.memo = None;
            Arc::make_mut(&mut self.document).statements.retain(keep);
        }
    }
}

impl Deref for SharedDocument {
    type Target = Document<Tag>;

    fn deref(&self) -> &Document<Tag> {
        &self.document
    }
}

impl From<Document<Tag>> for SharedDocument {
    fn from(document: Document<Tag>) -> Self {
        SharedDocument { document: Arc::new(document), memo: None }
    }
}

/// The documents that were read of one resource, by the value that each was read from. The value is there as long as
/// they are, so that no other one takes its place.
#[derive(Default)]
struct Documents(Mutex<HashMap<Place, (Value, SharedDocument)>>);

/// The document that a value of a resource is. It is read once, for as long as the resource stays as it is.
pub fn document_of(resource: &Resource, value: &Value) -> SharedDocument {
    let (Some(place), true) = (value.place(), resource.memo.is_some()) else {
        return document(value).into();
    };
    let documents = resource.note(Documents::default);
    // A thread that panicked has left them as they were.
    let all = || documents.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, known)) = all().get(&place) {
        return known.clone();
    }
    let read = SharedDocument { memo: Some(Arc::default()), ..document(value).into() };
    all().entry(place).or_insert_with(|| (value.clone(), read)).1.clone()
}

/// What a data source computes, and the document that it is.
pub fn computed_document(resource: &Resource, attribute: &str) -> Option<(Value, SharedDocument)> {
    let value = computed(resource, attribute)?;
    let document = document_of(resource, &value);
    Some((value, document))
}

/// The document of a policy of AWS itself. It is read once; where it is attached is for others to say.
pub fn managed_document(name: &str) -> &'static Document<Tag> {
    type ByName = HashMap<&'static str, OnceLock<Document<Tag>>>;
    static ALL: LazyLock<ByName> =
        LazyLock::new(|| managed_policies().iter().map(|policy| (policy.name, OnceLock::new())).collect());
    static NONE: Document<Tag> = Document { statements: Vec::new() };
    let read = || aws::managed_document(name).unwrap_or_default().map(|()| Tag::default());
    ALL.get(name).map_or(&NONE, |document| document.get_or_init(read))
}
