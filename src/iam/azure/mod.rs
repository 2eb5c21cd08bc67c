//! Azure: built-in and custom roles, scopes of assignments, and the Entra roles above them.

pub mod entra;
pub mod escalation;
mod permissions;
mod roles;
mod scope;

pub use permissions::{Judgement, Permissions, judge};
pub use roles::{Role, role, roles};
pub use scope::Scope;
