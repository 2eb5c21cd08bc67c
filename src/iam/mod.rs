//! Policy languages as pure data: what a policy says, and what that amounts to over the embedded catalogues.
//!
//! Nothing here knows Terraform. A layer above builds documents out of evaluated values and hangs its own tag
//! (a source span, say) on every element, and gets those tags back with each answer.

pub mod aws;
pub mod azure;
pub mod gcp;
mod inflate;
pub mod kubernetes;
pub mod pattern;
mod rows;
mod tri;
pub mod vault;
mod verdict;

pub use pattern::{Element, Filled, Pattern, Piece, Syntax};
pub use tri::Tri;
pub use verdict::Verdict;
