//! GitHub over its REST API, as far as a rotation needs it.

mod client;
mod deploy_check;
mod deploy_keys;
mod secret;

pub use client::GitHub;
pub use deploy_check::DeployKeyCheck;
pub use deploy_keys::{DeployKeyTerms, DeployKeys};
pub use secret::{GitHubSecret, SecretPlace};
