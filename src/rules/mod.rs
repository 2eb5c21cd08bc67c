//! Rules: what is wrong with an identity, and what would be right.

mod info;

pub use info::{FixKind, RuleInfo};
