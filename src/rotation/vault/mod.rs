//! OpenBao and HashiCorp Vault over their HTTP API.

mod kv;

pub use kv::KvSecret;
