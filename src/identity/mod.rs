//! Who is there: identities, the credentials they hold, what is granted to them, what runs as them, and
//! where their secrets go. Rules ask this model; they do not read resources attribute by attribute.

pub mod accounts;
pub mod escalation;
pub mod exposure;
pub mod facts;
pub mod graph;
pub mod guarded;
pub mod keyless;
pub mod literals;
mod lower;
mod model;
pub mod names;
mod naming;
pub mod permission;
pub mod policy;
pub mod privilege;
pub mod trust;

pub use lower::{Context, lower};
pub use model::{
    AzureRole, Credential, CredentialId, Estate, GoogleRole, Grant, Identity, IdentityId, Model, Owner,
    OwnerSource, Ownership, Place, PlaceKind, Policy, State, Subject, Use, Workload,
};
pub use naming::Naming;
