//! What AWS says of keys that the state of Terraform names.

use crate::config::{AwsSettings, LiveAccount, LiveSettings};
use crate::rotation::operate::{Issuing, Surroundings, access_keys, block_on};
use crate::rotation::{Key, KeyId, Listed};

/// Whoever can be asked about access keys.
pub trait Cloud {
    /// The keys of a user, in the account that has this one; `None` when none of the accounts has it.
    fn keys(&self, user: &str, id: &str) -> Result<Option<Vec<Listed>>, String>;
    /// Whether a key is accepted, by using it.
    fn accepts(&self, key: &Key) -> Result<bool, String>;
}

/// The accounts that are configured, or that of the environment.
#[derive(Debug)]
pub struct Amazon<'a> {
    accounts: Vec<AwsSettings>,
    surroundings: Surroundings<'a>,
}

impl<'a> Amazon<'a> {
    pub fn new(settings: &LiveSettings, surroundings: Surroundings<'a>) -> Self {
        let mut accounts: Vec<AwsSettings> = settings.aws.iter().map(|live| live.access.clone()).collect();
        if accounts.is_empty() {
            accounts.push(LiveAccount::default().access);
        }
        Amazon { accounts, surroundings }
    }

    fn of(&self, user: &str, account: &AwsSettings) -> Result<Issuing, String> {
        access_keys(user, account, &self.surroundings).map_err(|(message, _)| message)
    }
}

impl Cloud for Amazon<'_> {
    fn keys(&self, user: &str, id: &str) -> Result<Option<Vec<Listed>>, String> {
        let mut failed = None;
        for account in &self.accounts {
            let (issuer, _) = self.of(user, account)?;
            match block_on(issuer.list()).map_err(|error| error.to_string())? {
                Ok(keys) if keys.iter().any(|key| key.id.0 == id) => return Ok(Some(keys)),
                Ok(_) => {}
                // Another account may have it.
                Err(failure) => failed = Some(failure.message),
            }
        }
        failed.map_or(Ok(None), Err)
    }

    fn accepts(&self, key: &Key) -> Result<bool, String> {
        let KeyId(id) = &key.id;
        let account = self.accounts.first().ok_or("no account is configured")?;
        let (_, check) = self.of(id, account)?;
        block_on(check.accepted(key)).map_err(|error| error.to_string())?.map_err(|failure| failure.message)
    }
}
