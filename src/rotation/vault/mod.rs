//! OpenBao and HashiCorp Vault over their HTTP API.

mod approle;
mod client;
mod kv;

pub use approle::{AppRole, AppRoleCheck};
pub use client::Vault;
pub use kv::KvSecret;
