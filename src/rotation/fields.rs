use super::traits::{Key, KeyId};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// Under which names the two halves of a key are kept in an entry. Other fields of it stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    pub id: String,
    pub secret: String,
}

impl Fields {
    pub(super) fn id_in(&self, data: &Map<String, Value>) -> Option<KeyId> {
        Some(KeyId(data.get(&self.id)?.as_str()?.to_owned()))
    }

    pub(super) fn key_in(&self, data: &Map<String, Value>) -> Option<Key> {
        let secret = data.get(&self.secret)?.as_str()?;
        Some(Key { id: self.id_in(data)?, secret: SecretString::from(secret.to_owned()) })
    }

    pub(super) fn put(&self, mut data: Map<String, Value>, key: &Key) -> Map<String, Value> {
        data.insert(self.id.clone(), key.id.0.clone().into());
        data.insert(self.secret.clone(), key.secret.expose_secret().into());
        data
    }
}
