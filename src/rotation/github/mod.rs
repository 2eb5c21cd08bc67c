//! GitHub over its REST API, as far as a rotation needs it.

mod client;
mod secret;

pub use client::GitHub;
pub use secret::{GitHubSecret, SecretPlace};
