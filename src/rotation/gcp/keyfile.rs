use crate::rotation::pem;
use crate::rotation::traits::{KeyId, Moment};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::zeroize::Zeroizing;
use serde::Deserialize;
use serde_json::json;

/// What is needed of the JSON file that a key of a service account is.
pub struct KeyFile {
    pub id: KeyId,
    pub email: String,
    pub token_uri: String,
    pair: RsaKeyPair,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("KeyFile").field("id", &self.id).field("email", &self.email).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "type")]
    kind: String,
    private_key_id: String,
    private_key: String,
    client_email: String,
    token_uri: String,
}

/// How long an assertion can be used, in seconds. Google allows an hour.
const LASTS: Moment = 300;
/// How far its clock may be behind ours.
const BEHIND: Moment = 10;

impl KeyFile {
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let read: Text = serde_json::from_str(text).map_err(|_| "it is no key file of Google")?;
        let private_key = Zeroizing::new(read.private_key);
        if read.kind != "service_account" {
            return Err("it is no key file of a service account");
        }
        let der = pem::block(&private_key, "PRIVATE KEY").ok_or("its private key is no PEM")?;
        let pair = RsaKeyPair::from_pkcs8(&der)
            .map_err(|_| "its private key cannot be used (RSA, 2048 bits or more)")?;
        let (id, email, token_uri) = (KeyId(read.private_key_id), read.client_email, read.token_uri);
        Ok(KeyFile { id, email, token_uri, pair })
    }

    /// What is exchanged for a token. Source: RFC 7523, section 2.1; Google Identity, "Using OAuth 2.0 for Server to
    /// Server Applications".
    pub(super) fn assertion(&self, audience: &str, scope: &str, now: Moment) -> Option<Zeroizing<String>> {
        let begins = now - BEHIND;
        let head = json!({ "alg": "RS256", "typ": "JWT", "kid": self.id.0 }).to_string();
        let claims = json!({
            "iss": self.email,
            "scope": scope,
            "aud": audience,
            "iat": begins,
            "exp": begins + LASTS,
        });
        let [head, claims] = [head, claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
        let signed = format!("{head}.{claims}");
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).ok()?;
        Some(Zeroizing::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}
