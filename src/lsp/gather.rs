//! One answer that is put together from those of all folders.

use super::outbox::{Failure, Reply};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// What the folders have answered so far. Whoever lets go last sends it.
#[derive(Debug)]
struct Gathering {
    reply: Mutex<Option<Reply>>,
    items: Mutex<Vec<Value>>,
    whole: fn(Vec<Value>) -> Value,
}

/// The duty of one folder to contribute, which it may do with nothing.
#[derive(Clone, Debug)]
pub(super) struct Part(Arc<Gathering>);

impl Part {
    /// `whole` makes the answer of all items, of which some are known already.
    pub fn new(reply: Reply, known: Vec<Value>, whole: fn(Vec<Value>) -> Value) -> Self {
        let reply = Mutex::new(Some(reply));
        Part(Arc::new(Gathering { reply, items: Mutex::new(known), whole }))
    }

    /// Contributes the items of an array.
    pub fn give(self, answer: Result<Value, Failure>) {
        match answer {
            Ok(Value::Array(items)) => {
                self.0.items.lock().unwrap_or_else(PoisonError::into_inner).extend(items);
            }
            Ok(_) => {}
            Err(failure) => {
                let reply = self.0.reply.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(reply) = reply {
                    reply.give(Err(failure));
                }
            }
        }
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        let reply = self.reply.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let items = std::mem::take(self.items.get_mut().unwrap_or_else(PoisonError::into_inner));
        if let Some(reply) = reply {
            reply.give(Ok((self.whole)(items)));
        }
    }
}
