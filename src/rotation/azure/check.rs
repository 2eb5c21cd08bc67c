use super::Authority;
use crate::rotation::traits::{Check, Doing, Failure, FailureKind, Key};

/// How often a password is tried, each time over whichever of Entra's servers answers.
const TRIES: usize = 3;

/// Gets tokens with a password, which needs no permission, and throws them away.
#[derive(Debug)]
pub struct PasswordCheck {
    authority: Authority,
    client: String,
    scope: String,
}

impl PasswordCheck {
    pub fn new(authority: Authority, client: &str, scope: &str) -> Self {
        PasswordCheck { authority, client: client.to_owned(), scope: scope.to_owned() }
    }

    /// A change reaches Entra's servers one after the other, so that one which knows it says nothing of the next.
    async fn is_known(&self, key: &Key) -> Result<bool, Failure> {
        let mut known = 0;
        for _ in 0..TRIES {
            known += usize::from(self.authority.knows(&self.client, &key.secret, &self.scope).await?);
        }
        match known {
            TRIES => Ok(true),
            0 => Ok(false),
            _ => {
                let why = format!("some servers of Entra accept {}, and some do not yet", key.id.0);
                Err(Failure::new(FailureKind::Later, why))
            }
        }
    }
}

impl Check for PasswordCheck {
    fn name(&self) -> String {
        format!("token for application {}", self.client)
    }

    fn accepted<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        Box::pin(self.is_known(key))
    }
}
