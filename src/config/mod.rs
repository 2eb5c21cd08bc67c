//! `keyward.toml`: what a team expects of its identities, with every mistake reported at its bytes.
//!
//! This layer knows rules only as strings. A broken file is a usage error, so nothing of it is used, but all
//! of its problems are told at once.

mod address;
mod aws;
mod azure;
mod cluster;
mod deploy_key;
mod environments;
mod error;
mod fields;
mod find;
mod gcp;
mod github;
mod globs;
mod invariant;
mod journal;
mod limits;
mod live;
mod load;
mod owners;
mod parse;
mod pki;
mod pull_requests;
mod rotation;
mod secret_source;
mod selector;
mod suggest;
mod table;
mod target;
#[cfg(test)]
mod testing;
mod waiver;
mod window;

pub use address::AddressGlob;
pub use aws::{AwsAccess, AwsSettings};
pub use azure::{AzureAccess, AzureSettings, EntraPasswordSettings, KeptIn, KeyVaultSettings};
pub use cluster::{ClusterSettings, ReloadSettings, WorkloadKind};
pub use deploy_key::{DeployKeySettings, SshSettings};
pub use environments::{Environment, Environments};
pub use error::{ConfigError, LoadError};
pub use fields::FieldNames;
pub use find::{CONFIG_NAME, find};
pub use gcp::{GcpAccess, GcpKeySettings, GcpSecretSettings, GcpSettings};
pub use github::GitHubSettings;
pub use globs::PathGlobs;
pub use invariant::Invariant;
pub use journal::{JournalSettings, PostgresAccess};
pub use limits::{ExpiryKind, ExpiryPolicy, LimitKind, Limits, RotationKind};
pub use live::{LiveAccount, LiveProject, LiveRepository, LiveSettings, LiveTenant};
pub use load::{load, load_from};
pub use owners::{CodeOwnersSetting, Evidence, OwnerKeys, OwnerSettings};
pub use parse::{Config, FailOn, parse};
pub use pki::PkiSettings;
pub use pull_requests::{Draft, GroupBy, PullRequests};
pub use rotation::{Privileged, RotationPolicy, RotationRule};
pub use secret_source::SecretSource;
pub use selector::selects;
pub use target::{IssuerSettings, ProbeSettings, RotationTarget, SinkSettings, VaultSettings};
pub use toml::Spanned;
pub use waiver::Waiver;
pub use window::Window;
