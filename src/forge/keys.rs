//! What may act on a repository, and what its workflows are given. Only names and dates: GitHub never gives a value back.

use super::transport::Client;
use super::{Result, encoded};
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub struct DeployKey {
    pub title: String,
    /// The public half.
    pub key: String,
    pub created_at: String,
    /// None where the server does not tell, as older ones of GitHub Enterprise.
    #[serde(default, deserialize_with = "told")]
    pub last_used: Option<Option<String>>,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub added_by: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
}

fn told<'de, D: serde::Deserializer<'de>>(from: D) -> std::result::Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

fn yes() -> bool {
    true
}

/// A secret of Actions or Dependabot.
#[derive(Clone, Debug, Deserialize)]
pub struct StoredSecret {
    pub name: String,
    /// When its value was set.
    pub updated_at: String,
}

/// An App in an organization.
#[derive(Clone, Debug, Deserialize)]
pub struct Installation {
    pub app_slug: String,
    pub created_at: String,
    #[serde(default)]
    pub repository_selection: String,
    #[serde(default)]
    pub suspended_at: Option<String>,
}

impl Client {
    pub fn deploy_keys(&self) -> Result<Vec<DeployKey>> {
        self.list(&self.in_repository("/keys"), "list deploy keys")
    }

    pub fn actions_secrets(&self) -> Result<Vec<StoredSecret>> {
        let path = self.in_repository("/actions/secrets");
        self.list_below("secrets", &path, "list the secrets of Actions")
    }

    pub fn dependabot_secrets(&self) -> Result<Vec<StoredSecret>> {
        let path = self.in_repository("/dependabot/secrets");
        self.list_below("secrets", &path, "list the secrets of Dependabot")
    }

    /// Those of the owner, which has to be an organization.
    pub fn installations(&self) -> Result<Vec<Installation>> {
        let path = format!("/orgs/{}/installations", encoded(&self.slug().owner));
        self.list_below("installations", &path, "list installed Apps")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_that_is_not_told_is_not_never() {
        let of = |more: &str| {
            let text =
                format!(r#"{{"title": "a", "key": "ssh-ed25519 A", "created_at": "2026-01-01"{more}}}"#);
            serde_json::from_str::<DeployKey>(&text).unwrap().last_used
        };
        assert_eq!(of(""), None);
        assert_eq!(of(r#", "last_used": null"#), Some(None));
        assert_eq!(of(r#", "last_used": "2026-02-01""#), Some(Some("2026-02-01".to_owned())));
    }
}
