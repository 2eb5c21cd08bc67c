use super::{KeyFile, TokenEndpoint};
use crate::rotation::traits::{Check, Doing, Failure, FailureKind, Key};
use secrecy::ExposeSecret;

/// With it a token opens nothing.
const SCOPE: &str = "https://www.googleapis.com/auth/userinfo.email";

/// Gets a token with a key, which needs no permission, and throws it away.
#[derive(Debug)]
pub struct KeyCheck {
    tokens: TokenEndpoint,
    account: String,
}

impl KeyCheck {
    pub fn new(tokens: TokenEndpoint, account: &str) -> Self {
        KeyCheck { tokens, account: account.to_owned() }
    }
}

impl Check for KeyCheck {
    fn name(&self) -> String {
        format!("token for {}", self.account)
    }

    fn accepted<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        Box::pin(async move {
            let never =
                |why: &str| Failure::new(FailureKind::Never, format!("{} is not used: {why}", key.id.0));
            let file = KeyFile::read(key.secret.expose_secret()).map_err(never)?;
            if file.id != key.id {
                return Err(never("its file is that of another key"));
            }
            if file.email != self.account {
                return Err(never("its file is that of another service account"));
            }
            self.tokens.knows(&file, SCOPE).await
        })
    }
}
