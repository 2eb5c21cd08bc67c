use super::certificate::Bundle;
use super::ssh::PrivateKey;
use super::traits::{Key, KeyId};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// Under which names the two halves of a key are kept in an entry. Other fields of it stay as they are.
///
/// A key file of Google has its id inside, and a private key of SSH tells its fingerprint. Without a field for the id it
/// is read from there, and without any field the entry is the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    id: String,
    secret: String,
    /// Where a certificate is kept apart from its private key.
    certificate: Option<String>,
    /// Where what leads from there to a root is kept apart as well.
    chain: Option<String>,
}

impl Fields {
    pub fn new(id: &str, secret: &str) -> Self {
        Fields { id: id.to_owned(), secret: secret.to_owned(), certificate: None, chain: None }
    }

    pub fn with_certificate(self, certificate: Option<&str>, chain: Option<&str>) -> Self {
        Fields { certificate: certificate.map(str::to_owned), chain: chain.map(str::to_owned), ..self }
    }

    /// All of them.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        [&self.id, &self.secret].into_iter().chain(&self.certificate).chain(&self.chain)
    }

    fn is_whole(&self) -> bool {
        self.secret.is_empty()
    }

    pub(super) fn id_in(&self, data: &Map<String, Value>) -> Option<KeyId> {
        if self.is_whole() {
            return inner_id(data);
        }
        if self.id.is_empty() {
            let secret = data.get(&self.secret)?.as_str()?;
            return match parsed(secret) {
                Some(file) => inner_id(&file),
                None => PrivateKey::read(secret).ok().map(|key| key.id()),
            };
        }
        Some(KeyId(data.get(&self.id)?.as_str()?.to_owned()))
    }

    pub(super) fn key_in(&self, data: &Map<String, Value>) -> Option<Key> {
        if self.is_whole() {
            let text = Zeroizing::new(serde_json::to_string(data).ok()?);
            return Some(Key { id: self.id_in(data)?, secret: SecretString::from(text.as_str()) });
        }
        let of = |name: &String| data.get(name).and_then(Value::as_str);
        let secret = of(&self.secret)?;
        let secret = match &self.certificate {
            None => SecretString::from(secret),
            Some(certificate) => {
                let chain = self.chain.as_ref().and_then(of).unwrap_or_default();
                Bundle::of([secret, of(certificate)?, chain])?.whole()
            }
        };
        Some(Key { id: self.id_in(data)?, secret })
    }

    pub(super) fn put(&self, mut data: Map<String, Value>, key: &Key) -> Map<String, Value> {
        let whole = key.secret.expose_secret();
        if self.is_whole() {
            return parsed(whole).unwrap_or_default();
        }
        if !self.id.is_empty() {
            data.insert(self.id.clone(), key.id.0.clone().into());
        }
        let Some((certificate, bundle)) = self.certificate.as_ref().zip(Bundle::of([whole])) else {
            data.insert(self.secret.clone(), whole.into());
            return data;
        };
        data.insert(self.secret.clone(), bundle.key().into());
        match &self.chain {
            Some(chain) => {
                data.insert(certificate.clone(), bundle.certificate().into());
                data.insert(chain.clone(), bundle.chain().into());
            }
            None => _ = data.insert(certificate.clone(), bundle.served().into()),
        }
        data
    }
}

fn parsed(file: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(file).ok()
}

/// Source: Google Cloud, "Create and delete service account keys": the file of a key.
fn inner_id(file: &Map<String, Value>) -> Option<KeyId> {
    Some(KeyId(file.get("private_key_id")?.as_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAQ==\n-----END PRIVATE KEY-----\n";
    const LEAF: &str = "-----BEGIN CERTIFICATE-----\nAg==\n-----END CERTIFICATE-----\n";
    const ROOT: &str = "-----BEGIN CERTIFICATE-----\nAw==\n-----END CERTIFICATE-----\n";

    /// Whatever the fields are, what was put is what is read.
    #[test]
    fn a_certificate_is_kept_in_as_many_fields_as_are_named() {
        let whole = [KEY, LEAF, ROOT].concat();
        let key = Key { id: KeyId("0a:ff".to_owned()), secret: SecretString::from(whole.clone()) };
        let usual = || Fields::new("serial", "tls.key");
        let served = LEAF.to_owned() + ROOT;
        for (fields, wanted) in [
            (usual(), json!({ "serial": "0a:ff", "tls.key": whole })),
            (
                usual().with_certificate(Some("tls.crt"), None),
                json!({ "serial": "0a:ff", "tls.key": KEY, "tls.crt": served }),
            ),
            (
                usual().with_certificate(Some("tls.crt"), Some("ca.crt")),
                json!({ "serial": "0a:ff", "tls.key": KEY, "tls.crt": LEAF, "ca.crt": ROOT }),
            ),
        ] {
            let data = fields.put(Map::new(), &key);
            assert_eq!(Value::Object(data.clone()), wanted);
            let read = fields.key_in(&data).unwrap();
            assert_eq!((read.id, read.secret.expose_secret()), (key.id.clone(), key.secret.expose_secret()));
            assert!(fields.names().all(|name| data.contains_key(name)));
        }
    }

    #[test]
    fn a_private_key_tells_its_id() {
        let (key, text) = PrivateKey::make().unwrap();
        let fields = Fields::new("", "deploy_key");
        let data = fields.put(Map::new(), &Key { id: key.id(), secret: text.clone() });
        assert_eq!(Value::Object(data.clone()), json!({ "deploy_key": text.expose_secret() }));
        let read = fields.key_in(&data).unwrap();
        assert_eq!((read.id, read.secret.expose_secret()), (key.id(), text.expose_secret()));
        let wrong = json!({ "deploy_key": "hunter2" }).as_object().cloned().unwrap();
        assert_eq!(fields.id_in(&wrong), None);
    }

    #[test]
    fn a_key_file_has_its_id_inside() {
        let file = r#"{"type":"service_account","private_key_id":"0123","private_key":"secret"}"#;
        let key = Key { id: KeyId("0123".to_owned()), secret: SecretString::from(file) };
        let other = || json!({ "other": "kept" }).as_object().cloned().unwrap();
        for (fields, wanted) in [
            (Fields::new("", ""), serde_json::from_str(file).unwrap()),
            (Fields::new("", "key.json"), json!({ "other": "kept", "key.json": file })),
            (Fields::new("id", "file"), json!({ "other": "kept", "id": "0123", "file": file })),
        ] {
            assert_eq!(fields.id_in(&other()), None);
            let data = fields.put(other(), &key);
            assert_eq!(Value::Object(data.clone()), wanted);
            let read = fields.key_in(&data).unwrap();
            assert_eq!((read.id, read.secret.expose_secret()), (key.id.clone(), file));
        }
    }
}
