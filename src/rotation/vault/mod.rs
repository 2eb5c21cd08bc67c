//! OpenBao and HashiCorp Vault over their HTTP API.

mod approle;
mod client;
mod kv;
mod pki;
mod pki_check;

pub use approle::{AppRole, AppRoleCheck};
pub use client::Vault;
pub use kv::KvSecret;
pub use pki::{Pki, Wanted};
pub use pki_check::PkiCheck;
